"""All that the kernel needs to know, from this process' memory where nothing has changed, else from the tables.

What masks are made of is stamped (store/stamps.py): one statement tells whether all that is remembered still holds.
Masks are kept by resource and month of UTC.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from sys import getsizeof
from typing import Any
from uuid import UUID

from chassis import Call
from chassis.errors import FieldViolation
from google.protobuf.message import Message

from scheduling.domain import mask, rules
from scheduling.domain.errors import UnknownLocation, UnknownService
from scheduling.domain.grid import grid_minutes
from scheduling.domain.hours import DAY, instant_of, minute_of
from scheduling.domain.kernel import Bar, Need, Reason, Room, Situation, Specialist, Taken, Unit, Window
from scheduling.domain.offer import Catalog, Offer, Pool
from scheduling.domain.rules import Visit
from scheduling.store import catalog, masks, stamps
from scheduling.store.masks import Asked, Masks
from scheduling.store.memory import Memory


class Facts:
    """Reads what decides, for the clinic of a call."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._stamps = stamps.Stamps()

    async def catalog(self, call: Call) -> Catalog:
        return await self._catalog(call, (await stamps.read(call.tx, [stamps.CATALOG]))[stamps.CATALOG])

    async def answer(self, call: Call, request: Message) -> Any:
        """What was answered to the same question within this minute, if nothing has changed since; else None."""
        known = self._memory.get(_question(call, request), minute_of(call.now))
        if known is None:
            return None
        stamped, answer = known
        return answer if await self._stamps.stand(call, stamped) else None

    def remember(self, call: Call, request: Message, situation: Situation, answer: Message) -> None:
        key, size = _question(call, request), request.ByteSize() + 3 * answer.ByteSize()
        self._memory.put(key, minute_of(call.now), (situation.stamped, answer), size + 100 * len(situation.stamped))

    async def situation(
        self,
        call: Call,
        offer: Offer,
        specialist_ids: Sequence[UUID],
        starts: tuple[int, int],
        *,
        holder: UUID | None = None,
        taken: Sequence[Taken] | None = None,
    ) -> Situation:
        """For starts within two minutes of UTC. What `holder` takes counts as free: it is being moved. `taken` is what
        booking says is taken, if that may not have been heard; then nothing is remembered."""
        terms, needed = offer.service.terms, dict(offer.service.rules.equipment)
        window = Window.around(terms, *starts, offer.turnaround)
        asked = Asked(
            first=window.first,
            last=window.last,
            location=offer.location,
            specialist_ids=specialist_ids,
            room_ids=[room.id for room in offer.rooms],
            pools=offer.pools,
            visits_of=offer.service.id if rules.looks_at_visits(offer.service) else None,
            holder=holder,
        )
        # Whoever moves something asks once, for a moment: nothing of that need be remembered.
        once = holder is not None or taken is not None
        stamped = await stamps.read(call.tx, _stamped(asked)) if not once else {}
        found = await _read_at_once(call, asked) if once else await self._remembered(call, asked, stamped)
        if taken is not None:
            _add_taken(found, taken, window)
        asking = rules.Asking(window, offer.location.id, offer.location.time_zone, call.now, found.visits)
        past = Bar(Reason.PAST, mask.stretch(0, minute_of(call.now) + 1 - window.first), "This time is past")
        return Situation(
            terms=terms,
            window=window,
            wanted=grid_minutes(terms.grid, offer.location.time_zone, *window.starts) << terms.buffer_before,
            specialists=[
                Specialist(id_, found.open[id_], found.busy[id_], rules.bars_of(offer.service, asking, id_))
                for id_ in specialist_ids
            ],
            rooms=[Room(room.id, found.busy[room.id], room.turnaround) for room in offer.rooms],
            needs=[_need(kind, count, offer.pools, found) for kind, count in needed.items()],
            bars=[past, *rules.bars(offer.service, asking)],
            stamped=stamped,
        )

    async def _catalog(self, call: Call, version: int) -> Catalog:
        key = ("catalog", call.clinic_id)
        known: Catalog | None = self._memory.get(key, version)
        if known is None:
            known = await catalog.load(call.tx)
            self._memory.put(key, version, known, known.things * 1000)
        return known

    async def _remembered(self, call: Call, asked: Asked, stamped: Mapping[UUID, int]) -> Masks:
        """Put together from months; those that are missing or out of date are read, all at once."""
        months = months_of(*_around(asked))
        here = (stamped[stamps.CATALOG], stamped[asked.location.id])
        found: dict[Thing, list[Any]] = {}
        lacking: list[Thing] = []
        for kind, id_ in _things(asked):
            version = (stamped[id_], *here)
            known = [self._memory.get((call.clinic_id, asked.location.id, kind, id_, m.first), version) for m in months]
            if None in known:
                lacking.append((kind, id_))
            else:
                found[kind, id_] = known
        if lacking:
            fresh = await _by_month(call, asked, months, lacking)
            for (kind, id_), values in fresh.items():
                version = (stamped[id_], *here)
                for month, value in zip(months, values, strict=True):
                    where = (call.clinic_id, asked.location.id, kind, id_, month.first)
                    self._memory.put(where, version, value, _size(value))
            found |= fresh
        return _together(asked, months, found)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of UTC, in minutes."""

    first: int
    last: int


Thing = tuple[str, UUID]
"""Its kind, and which."""


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


def _add_taken(found: Masks, taken: Sequence[Taken], window: Window) -> None:
    for each in taken:
        minutes = mask.stretch(each.begins - window.first, min(each.ends, window.last) - window.first)
        if each.resource_id in found.busy:
            found.busy[each.resource_id] |= minutes
        units = found.units.get(each.resource_id, ())
        if each.unit < len(units):
            found.units[each.resource_id] = (*units[: each.unit], units[each.unit] | minutes, *units[each.unit + 1 :])


def _around(asked: Asked) -> tuple[int, int]:
    """Rules that look at visits look at whole days, and at what is a day away."""
    margin = 2 * DAY if asked.visits_of else 0
    return asked.first - margin, asked.last + margin


async def _read_at_once(call: Call, asked: Asked) -> Masks:
    first, last = _around(asked)
    whole = Month(first, last)
    wider = replace(asked, first=first, last=last)
    read = await masks.read(call.tx, wider)
    found: dict[Thing, list[Any]] = {("specialist", id_): [(read.open[id_], read.busy[id_])] for id_ in read.open}
    found |= {("room", id_): [read.busy[id_]] for id_ in asked.room_ids}
    found |= {("pool", id_): [units] for id_, units in read.units.items()}
    if asked.visits_of:
        found["visits", asked.visits_of] = [read.visits]
    return _together(asked, [whole], found)


def _things(asked: Asked) -> list[Thing]:
    return [
        *(("specialist", id_) for id_ in asked.specialist_ids),
        *(("room", id_) for id_ in asked.room_ids),
        *(("pool", pool.id) for pool in asked.pools),
        *([("visits", asked.visits_of)] if asked.visits_of else []),
    ]


def _stamped(asked: Asked) -> list[UUID]:
    """All that, if it changes, changes the masks."""
    return [stamps.CATALOG, asked.location.id, *(id_ for _, id_ in _things(asked))]


def _question(call: Call, request: Message) -> tuple[object, ...]:
    return (call.clinic_id, request.DESCRIPTOR.full_name, request.SerializeToString(deterministic=True))


async def _by_month(
    call: Call, asked: Asked, months: Sequence[Month], lacking: Sequence[Thing]
) -> dict[Thing, list[Any]]:
    """Of each thing, what is remembered of each month."""
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

    return {(kind, id_): [remembered(kind, id_, month) for month in months] for kind, id_ in lacking}


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


def _need(kind: str, count: int, pools: Sequence[Pool], found: Masks) -> Need:
    units = [
        Unit(pool.id, number, busy)
        for pool in pools
        if pool.equipment_type == kind
        for number, busy in enumerate(found.units[pool.id])
    ]
    return Need(kind, count, tuple(units))


def choose(catalog: Catalog, *, service_id: UUID, location_id: UUID, only: Sequence[UUID] = ()) -> Offer:
    """What there is to choose from; `only` names specialists that are wanted."""
    service, location = catalog.services.get(service_id), catalog.locations.get(location_id)
    if service is None:
        raise UnknownService(f"There is no service {service_id}", fields=[FieldViolation("service_id", "is unknown")])
    if location is None:
        unknown = FieldViolation("location_id", "is unknown")
        raise UnknownLocation(f"There is no location {location_id}", fields=[unknown])
    if service.location_ids and location_id not in service.location_ids:
        wrong = FieldViolation("service_id", "is not given at this location")
        raise UnknownService(f"Service {service_id} is not given at location {location_id}", fields=[wrong])
    kinds = {kind for kind, _ in service.rules.equipment}
    return Offer(
        service=service,
        location=location,
        specialists=tuple(
            each
            for each in catalog.specialists.values()
            if each.bookable and service.is_given_by(each.id) and (not only or each.id in only)
        ),
        rooms=tuple(
            room
            for room in catalog.rooms.values()
            if service.terms.requires_room and room.location_id == location_id and room.does_for(service)
        ),
        pools=tuple(
            pool for pool in catalog.pools.values() if pool.location_id == location_id and pool.equipment_type in kinds
        ),
    )
