"""What appointments and holds have in common in their tables."""

import json
from typing import Any
from uuid import UUID

from booking.domain.visit import Kind, Option, Slot, Visit


def columns(it: Visit) -> dict[str, object]:
    return {
        "specialist_id": it.specialist_id,
        "also_specialist_ids": list(it.also),
        "service_id": it.service_id,
        "location_id": it.slot.location_id,
        "calendar_id": it.calendar_id,
        "room_id": it.room_id,
        "equipment": json.dumps([[str(id_), unit] for id_, unit in it.equipment]),
        "time_zone": it.slot.time_zone,
        "starts_at": it.slot.starts_at,
        "ends_at": it.slot.ends_at,
        "occupied_from": it.slot.occupied_from,
        "occupied_until": it.slot.occupied_until,
        "room_until": it.room.ends_at if it.room else None,
        "assignment": it.assignment,
        "version": it.version,
        "session_id": it.session_id,
    }


def facts(row: Any) -> dict[str, Any]:
    """A Visit's fields, of a row with its id."""
    return {
        "id": row["id"],
        "specialist_id": row["specialist_id"],
        "also": row["also_specialist_ids"],
        "service_id": row["service_id"],
        "calendar_id": row["calendar_id"],
        "slot": Slot(
            location_id=row["location_id"],
            time_zone=row["time_zone"],
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            occupied_from=row["occupied_from"],
            occupied_until=row["occupied_until"],
        ),
        "assignment": row["assignment"],
        "version": row["version"],
        "taken": taken(row),
        "session_id": row["session_id"],
    }


def taken(row: Any) -> list[tuple[Kind, Option]]:
    """Room and equipment; that it takes its specialist goes without saying."""
    begin, end = row["occupied_from"], row["occupied_until"]
    room = [(Kind.ROOM, Option(row["room_id"], 0, begin, row["room_until"] or end))] if row["room_id"] else []
    units = json.loads(row["equipment"])
    return [*room, *((Kind.EQUIPMENT, Option(UUID(id_), unit, begin, end)) for id_, unit in units)]
