"""What scheduling does when it hears of changes in the catalog and in booking."""

import json
from datetime import UTC, timedelta
from uuid import UUID

from ambulo.booking.v1 import events_pb2 as booking
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.catalog.v1 import services_pb2
from chassis import Call

from scheduling.store import projections, tables

_LATE = timedelta(days=3)


class Reactions:
    async def on_location_defined(self, event: catalog.LocationDefined, call: Call) -> None:
        it = event.location
        values = {
            "id": UUID(it.id), "version": it.version, "time_zone": it.time_zone, "name": it.name,
            "inactive": it.inactive,
        }  # fmt: skip
        await projections.put(call.tx, tables.location, values)

    async def on_room_defined(self, event: catalog.RoomDefined, call: Call) -> None:
        it = event.room
        values = {
            "id": UUID(it.id), "version": it.version, "location_id": UUID(it.location_id), "name": it.name,
            "room_type": it.room_type, "inactive": it.inactive, "capacity": it.capacity, "features": list(it.features),
            "turnaround_minutes": it.turnaround_minutes,
        }  # fmt: skip
        await projections.put(call.tx, tables.room, values)

    async def on_equipment_defined(self, event: catalog.EquipmentDefined, call: Call) -> None:
        it = event.equipment
        values = {
            "id": UUID(it.id), "version": it.version, "location_id": UUID(it.location_id), "name": it.name,
            "equipment_type": it.equipment_type, "quantity": it.quantity, "inactive": it.inactive,
        }  # fmt: skip
        await projections.put(call.tx, tables.equipment, values)

    async def on_specialist_defined(self, event: catalog.SpecialistDefined, call: Call) -> None:
        it = event.specialist
        values = {
            "id": UUID(it.id), "version": it.version, "name": it.name, "specialty": it.specialty,
            "inactive": it.inactive, "not_bookable": it.not_bookable,
        }  # fmt: skip
        await projections.put(call.tx, tables.specialist, values)

    async def on_preferences_set(self, event: catalog.PreferencesSet, call: Call) -> None:
        it = event.preferences
        values = {
            "specialist_id": UUID(it.specialist_id), "version": it.version, "preferences": it.SerializeToString(),
        }  # fmt: skip
        await projections.put(call.tx, tables.preference, values)

    async def on_service_defined(self, event: catalog.ServiceDefined, call: Call) -> None:
        it = event.service
        values = {
            "id": UUID(it.id), "version": it.version, "name": it.name, "duration_minutes": it.duration_minutes,
            "buffer_before_minutes": it.buffer_before_minutes, "buffer_after_minutes": it.buffer_after_minutes,
            "requires_room": it.requires_room, "room_type": it.room_type, "inactive": it.inactive,
            "capacity": it.capacity, "room_features": list(it.room_features),
            "start_every_minutes": it.start_every_minutes,
            "rules": services_pb2.Service(rules=it.rules).SerializeToString(),
            "specialist_ids": [UUID(id_) for id_ in it.specialist_ids],
            "location_ids": [UUID(id_) for id_ in it.location_ids],
        }  # fmt: skip
        await projections.put(call.tx, tables.service, values)

    async def on_appointment_booked(self, event: booking.AppointmentBooked, call: Call) -> None:
        await _takes("appointment", event.occupied, call)

    async def on_appointment_moved(self, event: booking.AppointmentMoved, call: Call) -> None:
        await _takes("appointment", event.occupied, call)

    async def on_appointment_canceled(self, event: booking.AppointmentCanceled, call: Call) -> None:
        await _frees("appointment", event.appointment_id, event.version, call)

    async def on_appointment_status_changed(self, event: booking.AppointmentStatusChanged, call: Call) -> None:
        await _takes("appointment", event.occupied, call)

    async def on_hold_placed(self, event: booking.HoldPlaced, call: Call) -> None:
        await _takes("hold", event.occupied, call)

    async def on_hold_ended(self, event: booking.HoldEnded, call: Call) -> None:
        await _frees("hold", event.hold_id, event.version, call)

    async def on_block_put(self, event: booking.BlockPut, call: Call) -> None:
        await _takes("block", event.occupied, call)

    async def on_block_removed(self, event: booking.BlockRemoved, call: Call) -> None:
        await _frees("block", event.block_id, event.version, call)


async def _frees(kind: str, id_: str, version: int, call: Call) -> None:
    nothing = dict.fromkeys(
        (
            "specialist_id", "room_id", "occupied_from", "occupied_until", "service_id", "location_id", "starts_at",
            "ends_at", "room_until", "calendar_id", "expires_at", "session_id",
        )
    )  # fmt: skip
    ended = {"equipment": "[]", "also_specialist_ids": [], "is_together": False}
    key = {"appointment_id": UUID(id_), "kind": kind, "version": version}
    await projections.put(call.tx, tables.busy, key | nothing | ended)


async def _takes(kind: str, it: booking.Occupied, call: Call) -> None:
    until = it.occupied_until.ToDatetime(UTC)
    values = {
        "appointment_id": UUID(it.appointment_id),
        "kind": kind,
        "version": it.version,
        "specialist_id": _id(it.specialist_id),
        "room_id": _id(it.room_id),
        "occupied_from": it.occupied_from.ToDatetime(UTC),
        "occupied_until": until,
        "service_id": _id(it.service_id),
        "location_id": _id(it.location_id),
        "starts_at": it.starts_at.ToDatetime(UTC),
        "ends_at": it.ends_at.ToDatetime(UTC),
        "room_until": it.room_until.ToDatetime(UTC) if it.HasField("room_until") else until,
        "equipment": json.dumps([[unit.equipment_id, unit.unit] for unit in it.equipment]),
        "calendar_id": _id(it.calendar_id),
        "also_specialist_ids": [UUID(id_) for id_ in it.also_specialist_ids],
        "is_together": bool(it.also_specialist_ids),
        "expires_at": it.expires_at.ToDatetime(UTC) if it.HasField("expires_at") else None,
        "session_id": _id(it.session_id),
    }
    await projections.put(call.tx, tables.busy, values)


def _id(given: str) -> UUID | None:
    return UUID(given) if given else None


class Timers:
    async def forget_ended_holds(self, call: Call) -> None:
        """Late enough that nothing of them can come any more."""
        await projections.forget_ended(call.tx, call.now - _LATE)
