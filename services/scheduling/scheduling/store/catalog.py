"""What scheduling has heard from the catalog, as a whole."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from ambulo.catalog.v1 import services_pb2, specialists_pb2
from chassis import Transaction
from google.type import date_pb2, timeofday_pb2

from scheduling.domain import offer
from scheduling.domain.kernel import Terms
from scheduling.domain.offer import Catalog, Rules, Timed
from scheduling.store import calendars

_SERVICES: Final = """
SELECT id, name, duration_minutes, buffer_before_minutes, buffer_after_minutes, requires_room, room_type, capacity,
       room_features, start_every_minutes, specialist_ids, location_ids, rules
FROM service WHERE NOT inactive ORDER BY name, id
"""
_USUAL_PRIORITY, _USUAL_GRID, _USUAL_CAPACITY = 100, 15, 1


async def load(tx: Transaction) -> Catalog:
    """Everything that is in use, in a constant number of statements."""
    services = await tx.fetch(_SERVICES)
    locations = await tx.fetch("SELECT id, name, time_zone FROM location WHERE NOT inactive ORDER BY name, id")
    rooms = await tx.fetch(
        "SELECT id, location_id, name, room_type, capacity, features, turnaround_minutes FROM room"
        " WHERE NOT inactive ORDER BY name, id"
    )
    pools = await tx.fetch(
        "SELECT id, location_id, name, equipment_type, quantity FROM equipment WHERE NOT inactive ORDER BY name, id"
    )
    specialists = await tx.fetch(
        """
        SELECT s.id, s.name, s.specialty, s.not_bookable, p.preferences
        FROM specialist s LEFT JOIN preference p ON p.specialist_id = s.id WHERE NOT s.inactive ORDER BY s.name, s.id
        """
    )
    return Catalog(
        services={row["id"]: _service(row) for row in services},
        locations={r["id"]: offer.Location(r["id"], r["name"], r["time_zone"]) for r in locations},
        rooms={row["id"]: _room(row) for row in rooms},
        pools={
            r["id"]: offer.Pool(r["id"], r["location_id"], r["name"], r["equipment_type"], r["quantity"]) for r in pools
        },
        specialists={row["id"]: _specialist(row) for row in specialists},
        calendars=await calendars.load(tx),
    )


def _service(row: Any) -> offer.Service:
    rules = _rules(services_pb2.Service.FromString(row["rules"]), row["room_type"])
    return offer.Service(
        id=row["id"],
        name=row["name"],
        terms=Terms(
            duration=row["duration_minutes"],
            buffer_before=row["buffer_before_minutes"],
            buffer_after=row["buffer_after_minutes"],
            requires_room=row["requires_room"],
            grid=row["start_every_minutes"] or _USUAL_GRID,
        ),
        capacity=row["capacity"] or _USUAL_CAPACITY,
        room_features=frozenset(row["room_features"]),
        specialist_ids=frozenset(row["specialist_ids"]),
        location_ids=frozenset(row["location_ids"]),
        rules=rules,
    )


def _rules(it: services_pb2.Service, room_type: str) -> Rules:
    counting = sorted((r for r in it.rules if not r.inactive), key=lambda r: -(r.priority or _USUAL_PRIORITY))
    allowed: frozenset[UUID] | None = None
    room_types, equipment, timed = {room_type} - {""}, list[tuple[str, int]](), list[Timed]()
    for rule in counting:
        if rule.HasField("allowed_provider"):
            these = frozenset(UUID(id_) for id_ in rule.allowed_provider.specialist_ids)
            allowed = these if allowed is None else allowed & these
        elif rule.HasField("room_type"):
            room_types.add(rule.room_type.type)
        elif rule.HasField("required_equipment_type"):
            needed = rule.required_equipment_type
            equipment.append((needed.equipment_type, needed.min_units or 1))
        else:
            timed.append(_timed(rule))
    return Rules(allowed, frozenset(room_types), _most_of_each(equipment), tuple(timed))


def _most_of_each(equipment: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Two rules for one type ask for the larger of the two."""
    most: dict[str, int] = {}
    for kind, units in equipment:
        most[kind] = max(units, most.get(kind, 0))
    return tuple(most.items())


def _timed(rule: services_pb2.ServiceRule) -> Timed:
    if rule.HasField("min_gap"):
        return offer.MinGap(rule.min_gap.minutes)
    if rule.HasField("max_daily"):
        return offer.MaxDaily(rule.max_daily.max_per_day, rule.max_daily.per_specialist)
    if rule.HasField("lead_time"):
        return offer.LeadTime(rule.lead_time.minutes)
    if rule.HasField("max_future"):
        return offer.MaxFuture(rule.max_future.days)
    dates = rule.blackout_dates
    return offer.BlackoutDates(_day(dates.first), _day(dates.last if dates.HasField("last") else dates.first))


def _day(it: date_pb2.Date) -> date:
    return date(it.year, it.month, it.day)


def _room(row: Any) -> offer.Room:
    return offer.Room(
        id=row["id"],
        location_id=row["location_id"],
        name=row["name"],
        room_type=row["room_type"],
        capacity=row["capacity"] or _USUAL_CAPACITY,
        features=frozenset(row["features"]),
        turnaround=row["turnaround_minutes"],
    )


def _specialist(row: Any) -> offer.Specialist:
    said = specialists_pb2.Preferences.FromString(row["preferences"] or b"").preferences
    return offer.Specialist(
        id=row["id"],
        name=row["name"],
        specialty=row["specialty"],
        bookable=not row["not_bookable"],
        preferences={UUID(each.service_id) if each.service_id else None: _preference(each) for each in said},
    )


def _preference(it: specialists_pb2.Preference) -> offer.Preference:
    return offer.Preference(
        room_ids=tuple(UUID(id_) for id_ in it.room_ids),
        windows=tuple((_minute(w.starts), _minute(w.ends)) for w in it.time_windows),
        weight=it.weight,
        equipment_type=it.equipment_type,
    )


def _minute(it: timeofday_pb2.TimeOfDay) -> int:
    return int(it.hours * 60 + it.minutes)
