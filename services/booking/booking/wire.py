"""Domain to protobuf, and scheduling's answer to the domain."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ambulo.booking.v1 import agenda_pb2, blocks_pb2, feeds_pb2, guests_pb2, holds_pb2, policies_pb2, visits_pb2
from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.booking.v1 import events_pb2 as events
from ambulo.types.v1 import types_pb2
from chassis.clock import local
from chassis.wire import stamp

from booking.domain.appointment import Appointment
from booking.domain.block import Block
from booking.domain.feed import Whose
from booking.domain.hold import EXTENSIONS, Hold
from booking.domain.policy import Fee, Terms
from booking.domain.status import Status
from booking.domain.visit import Visit
from booking.store import policies

STATUSES: Final = {
    Status.SCHEDULED: pb.APPOINTMENT_STATUS_SCHEDULED,
    Status.CANCELED: pb.APPOINTMENT_STATUS_CANCELED,
    Status.REQUESTED: pb.APPOINTMENT_STATUS_REQUESTED,
    Status.CONFIRMED: pb.APPOINTMENT_STATUS_CONFIRMED,
    Status.CHECKED_IN: pb.APPOINTMENT_STATUS_CHECKED_IN,
    Status.IN_PROGRESS: pb.APPOINTMENT_STATUS_IN_PROGRESS,
    Status.COMPLETED: pb.APPOINTMENT_STATUS_COMPLETED,
    Status.NO_SHOW: pb.APPOINTMENT_STATUS_NO_SHOW,
}
STATUSES_BACK: Final = {wire: status for status, wire in STATUSES.items()}


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
        calendar_id=str(a.calendar_id or ""),
        also_specialist_ids=map(str, a.also),
        assignment=a.assignment,
        cancellation=terms(a.terms, a.slot.starts_at),
        fee=money(a.fee),
        overbooked=a.overbooked,
        series_id=str(a.series_id or ""),
        session_id=str(a.session_id or ""),
    )


def terms(it: Terms, starts_at: datetime) -> policies_pb2.CancellationTerms | None:
    if not it.version:
        return None
    return policies_pb2.CancellationTerms(
        free_until=stamp(it.free_until(starts_at)),
        late_fee=money(it.late_fee),
        no_show_fee=money(it.no_show_fee),
        terms_version=it.version,
    )


def money(it: Fee | None) -> types_pb2.Money | None:
    return types_pb2.Money(amount_minor=it.amount_minor, currency=it.currency) if it is not None else None


def hold(it: Hold) -> holds_pb2.Hold:
    return holds_pb2.Hold(
        id=str(it.id),
        service_id=str(it.service_id),
        specialist_id=str(it.specialist_id),
        location_id=str(it.slot.location_id),
        room_id=str(it.room_id or ""),
        start=local(it.slot.starts_at, it.slot.time_zone),
        end=local(it.slot.ends_at, it.slot.time_zone),
        starts_at=stamp(it.slot.starts_at),
        ends_at=stamp(it.slot.ends_at),
        expires_at=stamp(it.expires_at),
        extensions_left=EXTENSIONS - it.extensions,
        calendar_id=str(it.calendar_id or ""),
    )


def guest_hold(it: Hold, token: str) -> guests_pb2.GuestHold:
    return guests_pb2.GuestHold(
        id=str(it.id),
        token=token,
        service_id=str(it.service_id),
        specialist_id=str(it.specialist_id),
        location_id=str(it.slot.location_id),
        start=local(it.slot.starts_at, it.slot.time_zone),
        end=local(it.slot.ends_at, it.slot.time_zone),
        starts_at=stamp(it.slot.starts_at),
        ends_at=stamp(it.slot.ends_at),
        expires_at=stamp(it.expires_at),
    )


def agenda_hold(it: Hold) -> agenda_pb2.AgendaHold:
    return agenda_pb2.AgendaHold(
        specialist_id=str(it.specialist_id),
        room_id=str(it.room_id or ""),
        starts_at=stamp(it.slot.starts_at),
        ends_at=stamp(it.slot.ends_at),
        expires_at=stamp(it.expires_at),
    )


def hold_ended(it: Hold, how: str) -> events.HoldEnded:
    return events.HoldEnded(
        hold_id=str(it.id),
        version=it.version + 1,
        specialist_id=str(it.specialist_id),
        room_id=str(it.room_id or ""),
        location_id=str(it.slot.location_id),
        starts_at=stamp(it.slot.starts_at),
        ends_at=stamp(it.slot.ends_at),
        how=how,
        time_zone=it.slot.time_zone,
        also_specialist_ids=map(str, it.also),
    )


def timeline_entry(row: Any) -> visits_pb2.TimelineEntry:
    return visits_pb2.TimelineEntry(
        version=row["version"],
        changed_at=stamp(row["changed_at"]),
        changed_by=row["changed_by"],
        actor=row["actor"],
        action=row["action"],
        status=STATUSES[Status(row["status"])],
        starts_at=stamp(row["starts_at"]),
        specialist_id=str(row["specialist_id"]),
        room_id=str(row["room_id"] or ""),
        reason=row["reason"],
    )


def block(it: Block) -> blocks_pb2.Block:
    return blocks_pb2.Block(
        id=str(it.id),
        specialist_id=str(it.specialist_id or ""),
        room_id=str(it.room_id or ""),
        starts_at=stamp(it.starts_at),
        ends_at=stamp(it.ends_at),
        reason=it.reason,
        version=it.version,
    )


def policy(row: Any) -> policies_pb2.BookingPolicy:
    own = row["service_id"] != policies.ALL
    return policies_pb2.BookingPolicy(
        service_id=str(row["service_id"]) if own else "",
        notice_minutes=row["notice_minutes"],
        late_fee=money(policies.fee(row["late_fee"])),
        no_show_fee=money(policies.fee(row["no_show_fee"])),
        terms=row["terms"],
        needs_acceptance=row["needs_acceptance"],
        overbook_most=row["overbook_most"],
        hold_minutes=row["hold_minutes"],
        version=row["version"],
    )


def occupied(a: Visit, expires_at: datetime | None = None) -> events.Occupied:
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
        calendar_id=str(a.calendar_id or ""),
        also_specialist_ids=map(str, a.also),
        time_zone=a.slot.time_zone,
        expires_at=stamp(expires_at) if expires_at is not None else None,
        session_id=str(a.session_id or ""),
    )


def moved(a: Appointment, before: Appointment) -> events.AppointmentMoved:
    previous = before.slot
    return events.AppointmentMoved(
        occupied=occupied(a),
        patient_id=str(a.patient_id),
        service_id=str(a.service_id),
        location_id=str(a.slot.location_id),
        starts_at=stamp(a.slot.starts_at),
        ends_at=stamp(a.slot.ends_at),
        previous_starts_at=stamp(previous.starts_at),
        previous_ends_at=stamp(previous.ends_at),
        previous_specialist_id=str(before.specialist_id),
        previous_also_specialist_ids=map(str, before.also),
        previous_location_id=str(previous.location_id),
        previous_time_zone=previous.time_zone,
        fee=money(a.fee),
        status=a.status.value,
    )


def canceled(a: Appointment) -> events.AppointmentCanceled:
    return events.AppointmentCanceled(
        appointment_id=str(a.id),
        version=a.version,
        patient_id=str(a.patient_id),
        specialist_id=str(a.specialist_id),
        starts_at=stamp(a.slot.starts_at),
        ends_at=stamp(a.slot.ends_at),
        service_id=str(a.service_id),
        location_id=str(a.slot.location_id),
        room_id=str(a.room_id or ""),
        time_zone=a.slot.time_zone,
        also_specialist_ids=map(str, a.also),
        fee=money(a.fee),
    )


def feed(id_: UUID, whose: Whose, name: str, created_at: datetime, *, token: str = "") -> feeds_pb2.Feed:
    return feeds_pb2.Feed(
        id=str(id_),
        specialist_id=str(whose.specialist_id or ""),
        patient_id=str(whose.patient_id or ""),
        name=name,
        token=token,
        path=f"/feeds/{token}.ics" if token else "",
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
        tentative=a.status is Status.REQUESTED,
        version=a.version,
        updated_at=stamp(a.updated_at),
    )
