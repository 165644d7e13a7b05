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

from scheduling.domain import mask
from scheduling.domain.calendar import Calendar
from scheduling.domain.holidays import closed_minutes
from scheduling.domain.hours import instant_of, minute_of, open_minutes
from scheduling.domain.offer import Location, Pool, units_away
from scheduling.domain.rules import Visit
from scheduling.store.holidays import calendar_of
from scheduling.store.hours import pattern_of

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


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


_PLANS: Final = """
SELECT
    ARRAY(
        SELECT ROW(specialist_id, intervals, breaks, recurring) FROM weekly_hours
        WHERE location_id = $5 AND specialist_id = ANY ($3)
    ),
    ARRAY(
        SELECT ROW(specialist_id, kind, starts_at, ends_at) FROM override
        WHERE specialist_id = ANY ($3) AND ends_at > $1 AND starts_at < $2
          AND (kind = 'unavailable' OR location_id = $5)
    ),
    ARRAY(
        SELECT ROW(room_id, equipment_id, units, starts_at, ends_at) FROM downtime
        WHERE ends_at > $1 AND starts_at < $2 AND (room_id = ANY ($4) OR equipment_id = ANY ($6))
    ),
    country, subdivision, open_on, closed_on
FROM (VALUES ($5::uuid)) AS here (id) LEFT JOIN holiday_calendar ON location_id = here.id
"""


class _Plans(NamedTuple):
    """All but what was promised, in one statement; tuples in the order of its columns."""

    hours: list[Any]
    overrides: list[Any]
    downtime: list[Any]
    holidays: tuple[str, str, list[date], str] | None

    @classmethod
    async def read(cls, tx: Transaction, asked: Asked) -> "_Plans":
        row = await tx.fetchrow(
            _PLANS,
            instant_of(asked.first), instant_of(asked.last), asked.specialist_ids, asked.room_ids, asked.location.id,
            [pool.id for pool in asked.pools],
        )  # fmt: skip
        hours, overrides, downtime, *holidays = row
        return cls(hours, overrides, downtime, None if holidays[0] is None else tuple(holidays))


async def read(tx: Transaction, asked: Asked) -> Masks:
    plans = await _Plans.read(tx, asked)
    found = Masks(
        open=_open_minutes(asked, plans),
        busy=dict.fromkeys((*asked.specialist_ids, *asked.room_ids), 0),
    )
    units = {pool.id: [0] * pool.quantity for pool in asked.pools}
    visits = []
    for row in await _taken(tx, asked):
        if row["expires_at"] is not None:
            found.until = min(found.until or row["expires_at"], row["expires_at"])
        occupied = _minutes(asked, row["occupied_from"], row["occupied_until"])
        for specialist_id in (row["specialist_id"], *row["also_specialist_ids"]):
            _add(found.busy, specialist_id, occupied)
        if row["room_id"] in found.busy:
            _add(found.busy, row["room_id"], _minutes(asked, row["occupied_from"], row["room_until"]))
        for pool_id, unit in json.loads(row["equipment"]):
            taken = units.get(UUID(pool_id), [])
            if unit < len(taken):
                taken[unit] |= occupied
        if row["service_id"] == asked.visits_of and asked.visits_of is not None:
            visits += _visits(row)
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
    return _open_minutes(asked, await _Plans.read(tx, asked))


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


async def _taken(tx: Transaction, asked: Asked) -> list[Any]:
    """What may touch the stretch: after a visit that ended before, a room may be made ready for four hours at most.

    Visits of several specialists together are few, and looked up apart: row-level security lets no index be used for
    what an array contains."""
    pool_location = asked.location.id if asked.pools else None
    return await tx.fetch(
        """
        SELECT specialist_id, room_id, service_id, location_id, occupied_from, occupied_until, room_until, equipment,
               starts_at, ends_at, also_specialist_ids, expires_at, session_id
        FROM busy
        WHERE occupied_until > $1::timestamptz - interval '4 hours' AND occupied_from < $2
          AND appointment_id <> ALL ($3) AND (expires_at IS NULL OR expires_at > $8)
          AND (specialist_id = ANY ($4) OR room_id = ANY ($5) OR service_id = $6 OR location_id = $7)
        UNION ALL
        SELECT specialist_id, room_id, service_id, location_id, occupied_from, occupied_until, room_until, equipment,
               starts_at, ends_at, also_specialist_ids, expires_at, session_id
        FROM busy
        WHERE is_together AND occupied_until > $1 AND occupied_from < $2 AND appointment_id <> ALL ($3)
          AND (expires_at IS NULL OR expires_at > $8) AND also_specialist_ids && $4
          AND (specialist_id = ANY ($4) OR room_id = ANY ($5) OR service_id = $6 OR location_id = $7) IS NOT TRUE
        """,
        instant_of(asked.first), instant_of(asked.last), list(asked.holders), asked.specialist_ids, asked.room_ids,
        asked.visits_of, pool_location, asked.now,
    )  # fmt: skip


def _add(masks: dict[UUID, int], id_: UUID | None, minutes: int) -> None:
    if id_ in masks:
        masks[id_] |= minutes


def _visits(row: Any) -> list[Visit]:
    """One of each who is there."""
    starts, ends = minute_of(row["starts_at"]), minute_of(row["ends_at"])
    there = (row["specialist_id"], *row["also_specialist_ids"])
    session_id, room_id = row["session_id"], row["room_id"]
    return [
        Visit(id_, row["location_id"], starts, ends, is_first=n == 0, session_id=session_id, room_id=room_id)
        for n, id_ in enumerate(there)
    ]


def _minutes(asked: Asked, starts: datetime, ends: datetime) -> int:
    """Seconds count as their whole minute: a claim is never seen shorter than it is."""
    last = minute_of(ends) + (1 if ends.second or ends.microsecond else 0)
    return mask.stretch(minute_of(starts) - asked.first, min(last, asked.last) - asked.first)
