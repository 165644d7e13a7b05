"""The SQL of appointments to come, and of what is in their way."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from chassis import Transaction

from scheduling.domain import impact, mask
from scheduling.domain.hours import instant_of, minute_of
from scheduling.domain.impact import Promise
from scheduling.domain.kernel import Obstacle, Reason
from scheduling.domain.offer import Catalog, units_away
from scheduling.store import masks
from scheduling.store.masks import Asked

_PROMISES: Final = """
SELECT appointment_id, specialist_id, service_id, location_id, starts_at, ends_at, occupied_from, occupied_until,
       room_id, room_until, equipment, calendar_id, also_specialist_ids
FROM busy
WHERE kind = 'appointment'
"""


async def of_specialist(tx: Transaction, specialist_id: UUID, since: datetime, limit: int) -> list[Promise]:
    """Those that begin from then on, by start; also those that others give together with them."""
    where = """
        AND (specialist_id = $1 OR is_together AND $1 = ANY (also_specialist_ids))
          AND starts_at > $2 AND service_id IS NOT NULL
        ORDER BY starts_at, appointment_id
    """
    rows = await tx.fetch(f"{_PROMISES} {where} LIMIT $3", specialist_id, since, limit)
    return [_promise(row) for row in rows]


async def of_service(tx: Transaction, service_id: UUID, since: datetime, limit: int) -> list[Promise]:
    """Those that begin from then on, by start."""
    where = "AND service_id = $1 AND starts_at > $2 ORDER BY starts_at, appointment_id"
    rows = await tx.fetch(f"{_PROMISES} {where} LIMIT $3", service_id, since, limit)
    return [_promise(row) for row in rows]


async def of_days(
    tx: Transaction, location_id: UUID, days: Sequence[date], zone: str, since: datetime, limit: int
) -> list[Promise]:
    """Those at a location that begin from then on and touch one of these days of its clock, by start."""
    where = """
        AND location_id = $1 AND starts_at > $2 AND service_id IS NOT NULL
          AND ((starts_at AT TIME ZONE $3)::date = ANY ($4)
               OR ((ends_at - interval '1 second') AT TIME ZONE $3)::date = ANY ($4))
        ORDER BY starts_at, appointment_id
    """
    rows = await tx.fetch(f"{_PROMISES} {where} LIMIT $5", location_id, since, zone, days, limit)
    return [_promise(row) for row in rows]


async def of_resource(tx: Transaction, resource_id: UUID, begin: datetime, end: datetime, limit: int) -> list[Promise]:
    """Those that take a room, or a unit of a pool, at some time between."""
    where = """
        AND (room_id = $1 OR equipment @> jsonb_build_array(jsonb_build_array($1::text)))
          AND greatest(occupied_until, room_until) > $2 AND occupied_from < $3 AND service_id IS NOT NULL
          AND starts_at IS NOT NULL
        ORDER BY starts_at, appointment_id
    """
    rows = await tx.fetch(f"{_PROMISES} {where} LIMIT $4", resource_id, begin, end, limit)
    return [_promise(row) for row in rows]


async def obstacles(
    tx: Transaction, catalog: Catalog, known: Catalog, promises: Sequence[Promise]
) -> dict[UUID, list[Obstacle]]:
    """What is in the way of each, as things are now: hours, downtime and the catalog; nothing else that was promised.
    `known` still has the names of what the catalog no longer has."""
    found = {promise.appointment_id: list(impact.against(promise, catalog, known)) for promise in promises}
    if not promises:
        return found
    for promise, obstacle in [
        *await _outside_of_hours(tx, catalog, promises), *await _out_of_use(tx, catalog, promises)
    ]:  # fmt: skip
        found[promise.appointment_id].append(obstacle)
    return found


async def _outside_of_hours(
    tx: Transaction, catalog: Catalog, promises: Sequence[Promise]
) -> list[tuple[Promise, Obstacle]]:
    first, last = min(p.starts for p in promises), max(p.ends for p in promises)
    found = []
    for location_id, calendar_id in {(p.location_id, p.calendar_id) for p in promises}:
        location = catalog.locations.get(location_id)
        if location is None:
            continue
        here = [p for p in promises if (p.location_id, p.calendar_id) == (location_id, calendar_id)]
        ids = sorted({id_ for p in here for id_ in p.specialist_ids})
        calendar = catalog.calendars.get(calendar_id) if calendar_id is not None else None
        open_ = await masks.open_minutes_of(tx, Asked(first, last, location, specialist_ids=ids, calendar=calendar))
        for promise in here:
            visit = mask.stretch(promise.starts - first, promise.ends - first)
            for id_ in promise.specialist_ids:
                if visit & ~open_[id_]:
                    known = catalog.specialists.get(id_)
                    words = f"{known.name if known else 'The specialist'} does not work at {location.name} then"
                    found.append((promise, Obstacle(Reason.HOURS, words, (id_,))))
    return found


async def _out_of_use(tx: Transaction, catalog: Catalog, promises: Sequence[Promise]) -> list[tuple[Promise, Obstacle]]:
    first, last = min(p.occupied_from for p in promises), max(p.room_until for p in promises)
    rows = await tx.fetch(
        "SELECT room_id, equipment_id, units, starts_at, ends_at FROM downtime WHERE ends_at > $1 AND starts_at < $2",
        instant_of(first),
        instant_of(last),
    )
    found = []
    lacking: defaultdict[UUID, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        begin, end = minute_of(row["starts_at"]), minute_of(row["ends_at"])
        if row["equipment_id"] is not None:
            lacking[row["equipment_id"]].append((mask.stretch(begin - first, min(end, last) - first), row["units"]))
            continue
        room = catalog.rooms.get(row["room_id"])
        found += [
            (promise, Obstacle(Reason.ROOM, f"{room.name} is out of use then", (room.id,)))
            for promise in promises
            if room and promise.room_id == room.id and promise.occupied_from < end and begin < promise.room_until
        ]
    pools = [catalog.pools[id_] for id_ in lacking if id_ in catalog.pools]
    away = {pool.id: units_away(pool.quantity, lacking[pool.id]) for pool in pools}
    for promise in promises:
        for pool_id, unit in promise.equipment:
            out = away.get(pool_id, ())[unit : unit + 1]
            if any(
                mask.part(each, promise.occupied_from - first, promise.occupied_until - promise.occupied_from)
                for each in out
            ):
                words = f"{catalog.pools[pool_id].name}: out of use then"
                found.append((promise, Obstacle(Reason.EQUIPMENT, words, (pool_id,))))
    return found


def _promise(row: Any) -> Promise:
    return Promise(
        appointment_id=row["appointment_id"],
        specialist_id=row["specialist_id"],
        service_id=row["service_id"],
        location_id=row["location_id"],
        starts=minute_of(row["starts_at"]),
        ends=minute_of(row["ends_at"]),
        occupied_from=minute_of(row["occupied_from"]),
        occupied_until=minute_of(row["occupied_until"]),
        room_id=row["room_id"],
        room_until=minute_of(row["room_until"] or row["occupied_until"]),
        equipment=tuple((UUID(pool_id), unit) for pool_id, unit in json.loads(row["equipment"])),
        calendar_id=row["calendar_id"],
        also=tuple(row["also_specialist_ids"]),
    )
