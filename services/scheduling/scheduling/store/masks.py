"""Masks of resources over a stretch of UTC minutes, read from the tables in a constant number of statements."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import Transaction
from chassis.sql import select_from

from scheduling.domain import mask
from scheduling.domain.calendar import Calendar
from scheduling.domain.holidays import closed_minutes
from scheduling.domain.hours import instant_of, minute_of, open_minutes
from scheduling.domain.offer import Location, Pool, units_away
from scheduling.domain.rules import Visit
from scheduling.store.holidays import calendar_of
from scheduling.store.hours import pattern_of

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
# What the functions of migrations 0007 and 0009 return.
_PLANS: Final = {
    "hours": "record[]", "overrides": "record[]", "downtime": "record[]",
    "country": "text", "subdivision": "text", "open_on": "date[]", "closed_on": "jsonb",
}  # fmt: skip
_SITUATION: Final = {"version": "bigint", "workplaces": "uuid[]", "taken": "record[]"} | _PLANS
_ONLY_PLANS: Final = select_from("plans($1, $2, $3, $4, $5, $6)", _PLANS)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose masks, from which minute to which. What `holders` take counts as free: they are being moved."""

    first: int
    last: int
    location: Location
    specialist_ids: Sequence[UUID] = ()
    room_ids: Sequence[UUID] = ()
    pools: Sequence[Pool] = ()
    visits_of: UUID | None = None
    """A service whose visits are wanted, too."""
    holders: Sequence[UUID] = ()
    calendar: Calendar | None = None
    now: datetime = _NEVER
    """Holds that have run out by then take nothing."""
    workplaces_of: UUID | None = None
    """The specialist whose workplaces are wanted, too."""


class Seen(NamedTuple):
    """What else there was at that moment."""

    version: int
    """Of all that was heard of the catalog."""
    workplaces: Sequence[UUID]
    """Where the specialist of `workplaces_of` has hours or extra openings."""


@dataclass(slots=True)
class Masks:
    """By resource; bit 0 is the first minute that was asked for."""

    open: dict[UUID, int] = field(default_factory=dict)
    busy: dict[UUID, int] = field(default_factory=dict)
    """Of specialists and rooms."""
    units: dict[UUID, tuple[int, ...]] = field(default_factory=dict)
    """Of pools, when each unit is taken."""
    visits: tuple[Visit, ...] = ()
    until: datetime | None = None
    """A hold runs out then: all this is true no longer."""
    seen: Seen | None = None


class _Taken(NamedTuple):
    """In the order in which the database says it."""

    specialist_id: UUID | None
    also_specialist_ids: list[UUID]
    room_id: UUID | None
    service_id: UUID | None
    location_id: UUID | None
    occupied_from: datetime
    occupied_until: datetime
    room_until: datetime
    equipment: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None
    session_id: UUID | None


class _Plans(NamedTuple):
    """All but what was promised, in the order of _PLANS."""

    hours: list[Any]
    overrides: list[Any]
    downtime: list[Any]
    holidays: tuple[str, str, list[date], str] | None

    @classmethod
    def of(cls, hours: list[Any], overrides: list[Any], downtime: list[Any], *holidays: Any) -> "_Plans":
        return cls(hours, overrides, downtime, None if holidays[0] is None else holidays)


def _asked_of_plans(asked: Asked) -> tuple[object, ...]:
    return (
        instant_of(asked.first), instant_of(asked.last), asked.specialist_ids, asked.room_ids, asked.location.id,
        [pool.id for pool in asked.pools],
    )  # fmt: skip


async def read(tx: Transaction, asked: Asked) -> Masks:
    place = asked.location.id if asked.pools else None
    version, workplaces, taken_then, *plans_then = await tx.call(
        "situation_and_catalog",
        *(*_asked_of_plans(asked), asked.holders, asked.visits_of, place, asked.now, asked.workplaces_of),
        columns=_SITUATION,
    )
    plans = _Plans.of(*plans_then)
    found = Masks(
        open=_open_minutes(asked, plans),
        busy=dict.fromkeys((*asked.specialist_ids, *asked.room_ids), 0),
        seen=Seen(version or 0, workplaces),
    )
    units = {pool.id: [0] * pool.quantity for pool in asked.pools}
    visits = []
    for it in map(_Taken._make, taken_then):
        if it.expires_at is not None:
            found.until = min(found.until or it.expires_at, it.expires_at)
        occupied = _minutes(asked, it.occupied_from, it.occupied_until)
        for specialist_id in (it.specialist_id, *it.also_specialist_ids):
            _add(found.busy, specialist_id, occupied)
        if it.room_id in found.busy:
            _add(found.busy, it.room_id, _minutes(asked, it.occupied_from, it.room_until))
        for pool_id, unit in json.loads(it.equipment):
            taken = units.get(UUID(pool_id), [])
            if unit < len(taken):
                taken[unit] |= occupied
        if it.service_id == asked.visits_of and asked.visits_of is not None:
            visits += _visits(it)
    lacking: defaultdict[UUID | None, list[tuple[int, int]]] = defaultdict(list)
    for room_id, pool_id, out_of_use, starts_at, ends_at in plans.downtime:
        away = _minutes(asked, starts_at, ends_at)
        _add(found.busy, room_id, away)
        lacking[pool_id].append((away, out_of_use))
    for pool_id, taken in units.items():
        for unit, away in enumerate(units_away(len(taken), lacking[pool_id])):
            taken[unit] |= away
    found.units = {id_: tuple(each) for id_, each in units.items()}
    found.visits = tuple(visits)
    return found


async def open_minutes_of(tx: Transaction, asked: Asked) -> dict[UUID, int]:
    return _open_minutes(asked, _Plans.of(*await tx.fetchrow(_ONLY_PLANS, *_asked_of_plans(asked))))


def _open_minutes(asked: Asked, plans: _Plans) -> dict[UUID, int]:
    """Hours, or those of the calendar; less the closed days, more the extra openings, less the time off."""
    zone, first, last = asked.location.time_zone, asked.first, asked.last
    closed = 0
    if plans.holidays is not None:
        begin, end = (instant_of(minute).astimezone(ZoneInfo(zone)).year for minute in (first, last))
        days = calendar_of(*plans.holidays).closed(range(begin, end + 1))
        closed = closed_minutes(days, zone, first, last)
    found = dict.fromkeys(asked.specialist_ids, 0)
    off: dict[UUID, int] = {}
    patterns = {id_: pattern_of(*pattern) for id_, *pattern in plans.hours}
    if asked.calendar is not None:
        patterns |= {id_: own for id_, own in asked.calendar.own_hours().items() if id_ in found}
    for id_, pattern in patterns.items():
        found[id_] = open_minutes(pattern, zone, first, last) & ~closed
    for id_, kind, starts_at, ends_at in plans.overrides:
        minutes = off if kind == "unavailable" else found
        minutes[id_] = minutes.get(id_, 0) | _minutes(asked, starts_at, ends_at)
    return {id_: minutes & ~off.get(id_, 0) for id_, minutes in found.items()}


def _add(masks: dict[UUID, int], id_: UUID | None, minutes: int) -> None:
    if id_ in masks:
        masks[id_] |= minutes


def _visits(it: _Taken) -> list[Visit]:
    """One of each who is there."""
    assert it.specialist_id is not None
    assert it.location_id is not None
    starts, ends = minute_of(it.starts_at), minute_of(it.ends_at)
    return [
        Visit(id_, it.location_id, starts, ends, is_first=n == 0, session_id=it.session_id, room_id=it.room_id)
        for n, id_ in enumerate((it.specialist_id, *it.also_specialist_ids))
    ]


def _minutes(asked: Asked, starts: datetime, ends: datetime) -> int:
    """Seconds count as their whole minute: a claim is never seen shorter than it is."""
    last = minute_of(ends) + (1 if ends.second or ends.microsecond else 0)
    return mask.stretch(minute_of(starts) - asked.first, min(last, asked.last) - asked.first)
