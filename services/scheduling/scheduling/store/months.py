"""Masks by resource and month of UTC, remembered: in this process, and in Valkey for all (seed 003 section 4.4).

A month counts only in the version it was read in, so nothing is ever thrown away by hand: what has changed is asked for
under another name, and what is old falls out by age or by least use.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from sys import getsizeof
from typing import Any
from uuid import UUID

from chassis import Call

from scheduling.domain import mask
from scheduling.domain.hours import DAY, instant_of, minute_of
from scheduling.domain.rules import Visit
from scheduling.store import masks, stamps
from scheduling.store.masks import Asked, Masks
from scheduling.store.memory import Memory
from scheduling.store.shared import Place, Shared

Thing = tuple[str, UUID]
"""Its kind, and which."""


class Months:
    def __init__(self, memory: Memory, shared: Shared) -> None:
        self._memory = memory
        self._shared = shared

    async def read(self, call: Call, asked: Asked, stamped: Mapping[UUID, int]) -> Masks:
        """Put together from months. Those that this process does not know are looked up in Valkey, those that it does
        not know either are read from the tables: one command and a constant number of statements for all of them."""
        months = months_of(*_around(asked))
        here = (stamped[stamps.CATALOG], stamped[asked.location.id])

        def places(thing: Thing) -> list[Place]:
            kind, id_ = thing
            return [(_key(call, asked, kind, id_, month), (stamped[id_], *here)) for month in months]

        found: dict[Thing, list[Any]] = {}
        until: datetime | None = None
        for thing in _things(asked):
            known = [self._memory.get(*place) for place in places(thing)]
            alive = [each is not None and not each.is_over(call.now) for each in known]
            found[thing] = [each.value if lives else None for each, lives in zip(known, alive, strict=True)]
            until = _sooner(until, *(each.until for each, lives in zip(known, alive, strict=True) if lives))
        lacking = [thing for thing, known in found.items() if None in known]
        if lacking:
            shared = iter(await self._shared.get([place for thing in lacking for place in places(thing)]))
            for thing in lacking:
                found[thing] = [next(shared) for _ in months]
                self._keep(places(thing), found[thing], None)
        unknown = [thing for thing in lacking if None in found[thing]]
        if unknown:
            fresh, over = await _by_month(call, asked, months, unknown)
            for thing, values in fresh.items():
                self._keep(places(thing), values, over)
            if over is None:
                await self._shared.put(
                    [
                        (place, value)
                        for thing in unknown
                        for place, value in zip(places(thing), fresh[thing], strict=True)
                    ]
                )
            found |= fresh
            until = _sooner(until, over)
        return replace(_together(asked, months, found), until=until)

    def _keep(self, places: Sequence[Place], values: Sequence[Any], until: datetime | None) -> None:
        for (key, version), value in zip(places, values, strict=True):
            if value is not None:
                self._memory.put(key, version, _Kept(value, until), _size(value))


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    until: datetime | None
    """A hold in it runs out then."""

    def is_over(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now


def _sooner(*instants: datetime | None) -> datetime | None:
    return min((each for each in instants if each is not None), default=None)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of UTC, in minutes."""

    first: int
    last: int


@lru_cache(maxsize=4096)
def months_of(first: int, last: int) -> tuple[Month, ...]:
    """Those that a stretch of minutes touches."""
    found: list[Month] = []
    at = instant_of(first).replace(day=1, hour=0, minute=0)
    while not found or found[-1].last < last:
        following = (at + timedelta(days=31)).replace(day=1)
        found.append(Month(minute_of(at), minute_of(following)))
        at = following
    return tuple(found)


def _around(asked: Asked) -> tuple[int, int]:
    """Rules that look at visits look at whole days, and at what is a day away."""
    margin = 2 * DAY if asked.visits_of else 0
    return asked.first - margin, asked.last + margin


async def read_at_once(call: Call, asked: Asked) -> Masks:
    first, last = _around(asked)
    whole = Month(first, last)
    wider = replace(asked, first=first, last=last)
    read = await masks.read(call.tx, wider)
    found: dict[Thing, list[Any]] = {("specialist", id_): [(read.open[id_], read.busy[id_])] for id_ in read.open}
    found |= {("room", id_): [read.busy[id_]] for id_ in asked.room_ids}
    found |= {("pool", id_): [units] for id_, units in read.units.items()}
    if asked.visits_of:
        found["visits", asked.visits_of] = [read.visits]
    together = _together(asked, [whole], found)
    together.seen = read.seen
    return together


def _things(asked: Asked) -> list[Thing]:
    return [
        *(("specialist", id_) for id_ in asked.specialist_ids),
        *(("room", id_) for id_ in asked.room_ids),
        *(("pool", pool.id) for pool in asked.pools),
        *([("visits", asked.visits_of)] if asked.visits_of else []),
    ]


def _key(call: Call, asked: Asked, kind: str, id_: UUID, month: Month) -> tuple[object, ...]:
    """Whoever has hours of their own in a calendar is open otherwise there."""
    calendar = asked.calendar if kind == "specialist" else None
    apart = calendar.id if calendar is not None and id_ in calendar.own_hours() else None
    return (call.clinic_id, asked.location.id, kind, id_, month.first, apart)


def stamped_by(asked: Asked) -> list[UUID]:
    """All that, if it changes, changes the masks."""
    return [stamps.CATALOG, asked.location.id, *(id_ for _, id_ in _things(asked))]


async def _by_month(
    call: Call, asked: Asked, months: Sequence[Month], lacking: Sequence[Thing]
) -> tuple[dict[Thing, list[Any]], datetime | None]:
    """Of each thing, what is remembered of each month; and until when it holds, if a hold is in it."""
    ids = set(lacking)
    wider = replace(
        asked,
        first=months[0].first,
        last=months[-1].last,
        specialist_ids=[id_ for kind, id_ in lacking if kind == "specialist"],
        room_ids=[id_ for kind, id_ in lacking if kind == "room"],
        pools=[pool for pool in asked.pools if ("pool", pool.id) in ids],
        visits_of=asked.visits_of if ("visits", asked.visits_of) in ids else None,
    )
    read = await masks.read(call.tx, wider)

    def remembered(kind: str, id_: UUID, month: Month) -> Any:
        begin, size = month.first - wider.first, month.last - month.first
        match kind:
            case "specialist":
                return mask.part(read.open[id_], begin, size), mask.part(read.busy[id_], begin, size)
            case "room":
                return mask.part(read.busy[id_], begin, size)
            case "pool":
                return tuple(mask.part(unit, begin, size) for unit in read.units[id_])
            case _:
                return tuple(visit for visit in read.visits if month.first <= visit.starts < month.last)

    found = {(kind, id_): [remembered(kind, id_, month) for month in months] for kind, id_ in lacking}
    return found, read.until


def _together(asked: Asked, months: Sequence[Month], found: dict[Thing, list[Any]]) -> Masks:
    """One stretch out of its months."""

    def joined(parts: Iterable[int]) -> int:
        whole = 0
        for month, part in zip(months, parts, strict=True):
            whole |= part << (month.first - months[0].first)
        return mask.part(whole, asked.first - months[0].first, asked.last - asked.first)

    together = Masks()
    for (kind, id_), parts in found.items():
        match kind:
            case "specialist":
                together.open[id_] = joined(part[0] for part in parts)
                together.busy[id_] = joined(part[1] for part in parts)
            case "room":
                together.busy[id_] = joined(parts)
            case "pool":
                together.units[id_] = tuple(joined(unit) for unit in zip(*parts, strict=True))
            case _:
                together.visits = tuple(visit for part in parts for visit in part)
    return together


def _size(value: Any) -> int:
    if isinstance(value, tuple):
        return getsizeof(value) + sum(100 if isinstance(each, Visit) else getsizeof(each) for each in value)
    return getsizeof(value)
