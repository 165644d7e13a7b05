"""What each caller has just caused, so that their next request is answered by services that know it.

Kept in this process, for as long as an event may need to arrive: behind several gateways a client must stay with one.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from chassis.envelope import Said
from claims import Claims

_REMEMBERED_S: Final = 10.0
_CALLERS_AT_MOST: Final = 20_000
_EVENTS_AT_MOST: Final = 20


class Recent:
    """Per caller and clinic, the newest events."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._callers: OrderedDict[tuple[UUID | None, str], list[tuple[float, Said]]] = OrderedDict()

    def note(self, claims: Claims, said: Sequence[Said]) -> None:
        caller, now = (claims.clinic_id, claims.subject), self._clock()
        known = self._callers.pop(caller, [])
        self._callers[caller] = [*known, *((now, event) for event in said)][-_EVENTS_AT_MOST:]
        if len(self._callers) > _CALLERS_AT_MOST:
            self._callers.popitem(last=False)

    def of(self, claims: Claims) -> tuple[Said, ...]:
        caller = (claims.clinic_id, claims.subject)
        known = self._callers.get(caller)
        if known is None:
            return ()
        since = self._clock() - _REMEMBERED_S
        fresh = [(at, event) for at, event in known if at > since]
        if fresh:
            self._callers[caller] = fresh
        else:
            del self._callers[caller]
        return tuple(event for _, event in fresh)
