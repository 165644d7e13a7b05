"""What a service has heard: who caused something a moment ago waits here until it has taken effect."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Pool
from chassis.envelope import Said

_REMEMBERED = 20_000
_FIRST_LOOK_S = 0.01
_FIRST_LOOK_ALONE_S = 0.1
_NOT_ALONE_FOR_S = 10.0
"""Another replica may have heard it; then only the database knows. Each look waits twice as long as the one before, and
the first is sooner while there is such a replica."""

Effect = tuple[str, UUID]
"""The consumer, and the event that it has heard."""


@dataclass(slots=True)
class _Waiting:
    lacking: set[Effect]
    until: asyncio.Future[None]


class Heard:
    """Remembers what this process has heard last, so that hardly anybody has to ask the database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: OrderedDict[Effect, None] = OrderedDict()
        self._taken_here: set[Effect] = set()
        self._waiting: list[_Waiting] = []
        self._alone_from = 0.0

    @contextmanager
    def taking(self, effects: Collection[Effect]) -> Iterator[None]:
        """They take effect in this process, within; they are noted if nothing fails."""
        self._taken_here.update(effects)
        try:
            yield
            self.note(effects)
        finally:
            self._taken_here.difference_update(effects)

    def note(self, effects: Collection[Effect]) -> None:
        """They are committed."""
        self._known.update(dict.fromkeys(effects))
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        for each in self._waiting:
            each.lacking.difference_update(effects)
            if not each.lacking and not each.until.done():
                each.until.set_result(None)

    async def all(self, consumers: Mapping[str, str], events: Sequence[Said], within_s: float) -> bool:
        """Whether all of these events, as far as there are consumers of their subjects, have taken effect; waits a
        little."""
        wanted = ((consumers[subject], id_) for subject, id_ in events if subject in consumers)
        lacking = {effect for effect in wanted if effect not in self._known}
        if not lacking:
            return True
        loop = asyncio.get_running_loop()
        deadline, mine = loop.time() + within_s, _Waiting(lacking, loop.create_future())
        self._waiting.append(mine)
        patience = _FIRST_LOOK_ALONE_S if loop.time() > self._alone_from else _FIRST_LOOK_S
        try:
            while loop.time() < deadline:
                await asyncio.wait([mine.until], timeout=min(patience, deadline - loop.time()))
                patience *= 2
                if not mine.until.done():
                    committed = await self._in_database(lacking)
                    if any(effect in lacking and effect not in self._taken_here for effect in committed):
                        self._alone_from = loop.time() + _NOT_ALONE_FOR_S
                    self.note(committed)
                if mine.until.done():
                    return True
            return False
        finally:
            self._waiting.remove(mine)

    async def _in_database(self, effects: Collection[Effect]) -> list[Effect]:
        rows = await self._pool.fetch(
            """
            SELECT consumer, event_id FROM inbox
            WHERE (consumer, event_id) IN (SELECT name, id FROM unnest($1::text[], $2::uuid[]) AS wanted (name, id))
            """,
            [name for name, _ in effects],
            [event_id for _, event_id in effects],
        )
        return [(row["consumer"], row["event_id"]) for row in rows]
