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

from gateway.addresses import network

_Caller = tuple[UUID | None, str]

_REMEMBERED_S: Final = 10.0
_CALLERS_AT_MOST: Final = 20_000
_EVENTS_AT_MOST: Final = 20


class Recent:
    """Per caller and clinic, the newest events. Strangers are told apart by their addresses."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._callers: OrderedDict[_Caller, list[tuple[float, Said]]] = OrderedDict()

    def note(self, claims: Claims, address: str, said: Sequence[Said]) -> None:
        caller, now = _caller(claims, address), self._clock()
        known = self._callers.pop(caller, [])
        self._callers[caller] = [*known, *((now, event) for event in said)][-_EVENTS_AT_MOST:]
        if len(self._callers) > _CALLERS_AT_MOST:
            self._callers.popitem(last=False)

    def of(self, claims: Claims, address: str) -> tuple[Said, ...]:
        caller = _caller(claims, address)
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


def _caller(claims: Claims, address: str) -> _Caller:
    return (claims.clinic_id, claims.subject) if claims.signed_in else (None, network(address))
