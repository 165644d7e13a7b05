"""Domain to protobuf, and scheduling's answer to the domain."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.booking.v1 import events_pb2 as events
from ambulo.booking.v1 import feeds_pb2
from ambulo.scheduling.v1 import availability_pb2
from chassis.clock import local
from chassis.wire import stamp

from booking.domain.appointment import Appointment, DailyLimit, Demand, Kind, Option, Slot, Status
from booking.domain.feed import Whose

STATUSES: Final = {
    Status.SCHEDULED: pb.APPOINTMENT_STATUS_SCHEDULED,
    Status.CANCELED: pb.APPOINTMENT_STATUS_CANCELED,
}
_KINDS: Final = {
    availability_pb2.DEMAND_KIND_SPECIALIST: Kind.SPECIALIST,
    availability_pb2.DEMAND_KIND_ROOM: Kind.ROOM,
    availability_pb2.DEMAND_KIND_EQUIPMENT: Kind.EQUIPMENT,
    availability_pb2.DEMAND_KIND_GAP: Kind.GAP,
}
STATUSES_BACK: Final = {wire: status for status, wire in STATUSES.items()}


def slot(resolved: availability_pb2.ResolvedSlot) -> Slot:
    return Slot(
        location_id=UUID(resolved.location_id),
        time_zone=resolved.time_zone,
        starts_at=resolved.starts_at.ToDatetime(UTC),
        ends_at=resolved.ends_at.ToDatetime(UTC),
        occupied_from=resolved.occupied_from.ToDatetime(UTC),
        occupied_until=resolved.occupied_until.ToDatetime(UTC),
        demands=[_demand(each) for each in resolved.demands],
        daily_limits=[
            DailyLimit(each.most, each.per_specialist, each.begins_at.ToDatetime(UTC), each.ends_at.ToDatetime(UTC))
            for each in resolved.daily_limits
        ],
    )


def _demand(it: availability_pb2.Demand) -> Demand:
    options = [
        Option(UUID(o.resource_id), o.unit, o.begins_at.ToDatetime(UTC), o.ends_at.ToDatetime(UTC)) for o in it.options
    ]
    return Demand(_KINDS[it.kind], it.count, options)


def response(a: Appointment, clinic_id: UUID | None) -> pb.AppointmentResponse:
    return pb.AppointmentResponse(appointment=appointment(a, clinic_id))


def appointment(a: Appointment, clinic_id: UUID | None) -> pb.Appointment:
    return pb.Appointment(
        id=str(a.id),
        clinic_id=str(clinic_id),
        patient_id=str(a.patient_id),
        specialist_id=str(a.specialist_id),
        room_id=str(a.room_id or ""),
        service_id=str(a.service_id),
        location_id=str(a.slot.location_id),
        start=local(a.slot.starts_at, a.slot.time_zone),
        end=local(a.slot.ends_at, a.slot.time_zone),
        starts_at=stamp(a.slot.starts_at),
        ends_at=stamp(a.slot.ends_at),
        status=STATUSES[a.status],
        notes=a.notes,
        reason=a.reason,
        version=a.version,
        created_at=stamp(a.created_at),
        updated_at=stamp(a.updated_at),
        equipment=[pb.TakenEquipment(equipment_id=str(id_), unit=unit) for id_, unit in a.equipment],
    )


def occupied(a: Appointment) -> events.Occupied:
    return events.Occupied(
        appointment_id=str(a.id),
        version=a.version,
        specialist_id=str(a.specialist_id),
        room_id=str(a.room_id or ""),
        occupied_from=stamp(a.slot.occupied_from),
        occupied_until=stamp(a.slot.occupied_until),
        room_until=stamp(a.room.ends_at) if a.room else None,
        equipment=[events.EquipmentUnit(equipment_id=str(id_), unit=unit) for id_, unit in a.equipment],
        service_id=str(a.service_id),
        location_id=str(a.slot.location_id),
        starts_at=stamp(a.slot.starts_at),
        ends_at=stamp(a.slot.ends_at),
    )


def feed(id_: UUID, whose: Whose, name: str, created_at: datetime, *, token: str = "") -> feeds_pb2.Feed:
    return feeds_pb2.Feed(
        id=str(id_),
        specialist_id=str(whose.specialist_id or ""),
        patient_id=str(whose.patient_id or ""),
        name=name,
        token=token,
        created_at=stamp(created_at),
    )


def feed_content(found: Sequence[Appointment], clinic_id: UUID, *, for_patient: bool) -> feeds_pb2.FeedContent:
    return feeds_pb2.FeedContent(
        clinic_id=str(clinic_id),
        appointments=map(_feed_appointment, found),
        for_patient=for_patient,
        time_zones={str(each.slot.location_id): each.slot.time_zone for each in found},
    )


def _feed_appointment(a: Appointment) -> feeds_pb2.FeedAppointment:
    return feeds_pb2.FeedAppointment(
        id=str(a.id),
        specialist_id=str(a.specialist_id),
        service_id=str(a.service_id),
        location_id=str(a.slot.location_id),
        starts_at=stamp(a.slot.starts_at),
        ends_at=stamp(a.slot.ends_at),
        canceled=a.status is Status.CANCELED,
        version=a.version,
        updated_at=stamp(a.updated_at),
    )
