"""ambulo.booking.v1.AppointmentService: an appointment from booking to cancellation."""

import asyncio
from datetime import UTC, date, datetime
from typing import Protocol
from uuid import UUID

from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.booking.v1 import events_pb2 as events
from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1 import availability_pb2
from chassis import Call, new_id
from chassis.errors import Conflict, FieldViolation, Invalid, NotFound
from chassis.store import Page
from chassis.wire import stamp
from google.protobuf.timestamp_pb2 import Timestamp

from booking import wire
from booking.domain.appointment import Appointment, require_future
from booking.domain.errors import AnotherAppointment, SlotTaken, UnknownPatient
from booking.store import appointments, claims


class People(Protocol):
    """What booking needs of people, and no more."""

    async def CheckPatient(
        self, request: patients_pb2.CheckPatientRequest, call: Call
    ) -> patients_pb2.CheckedPatient: ...


class Scheduling(Protocol):
    """What booking needs of scheduling, and no more."""

    async def ResolveSlot(
        self, request: availability_pb2.ResolveSlotRequest, call: Call
    ) -> availability_pb2.ResolvedSlot: ...


class AppointmentService:
    def __init__(self, people: People, scheduling: Scheduling) -> None:
        self.people = people
        self.scheduling = scheduling

    async def BookAppointment(self, request: pb.BookAppointmentRequest, call: Call) -> pb.AppointmentResponse:
        _require_own(call, request.patient_id)
        before = await _booked_before(request, call)
        if before is not None:
            return before
        try:
            return await self._book(request, call)
        except (SlotTaken, AnotherAppointment):
            # Perhaps by this very request, made twice at once.
            before = await _booked_before(request, call)
            if before is None:
                raise
            return before

    async def _book(self, request: pb.BookAppointmentRequest, call: Call) -> pb.AppointmentResponse:
        require_future(request.starts_at.ToDatetime(UTC), call.now)
        _, resolved = await asyncio.gather(
            self._check_patient(request.patient_id, call),
            self._resolve(
                availability_pb2.ResolveSlotRequest(
                    service_id=request.service_id,
                    specialist_id=request.specialist_id,
                    starts_at=request.starts_at,
                    location_id=request.location_id,
                    room_id=request.room_id,
                ),
                call,
            ),
        )
        slot = wire.slot(resolved)
        slot.require_end(request.ends_at.ToDatetime(UTC) if request.HasField("ends_at") else None)
        appointment = Appointment.book(
            id_=UUID(request.appointment_id) if request.appointment_id else new_id(),
            patient_id=UUID(request.patient_id),
            specialist_id=UUID(request.specialist_id),
            service_id=UUID(request.service_id),
            slot=slot,
            notes=request.notes,
            now=call.now,
        )
        await _take(appointment, call)
        await appointments.add(call.tx, appointment)
        call.emit(
            events.AppointmentBooked(
                occupied=wire.occupied(appointment),
                patient_id=request.patient_id,
                service_id=request.service_id,
                location_id=str(slot.location_id),
                starts_at=stamp(slot.starts_at),
                ends_at=stamp(slot.ends_at),
            ),
            key=str(appointment.id),
        )
        call.audit(appointment_id=str(appointment.id))
        return wire.response(appointment, call.clinic_id)

    async def GetAppointment(self, request: pb.GetAppointmentRequest, call: Call) -> pb.AppointmentResponse:
        return wire.response(await appointments.get(call.tx, UUID(request.appointment_id)), call.clinic_id)

    async def ChangeAppointment(self, request: pb.ChangeAppointmentRequest, call: Call) -> pb.AppointmentResponse:
        if request.HasField("starts_at"):
            return await self._move(request, call)
        appointment = await appointments.get_for_update(call.tx, UUID(request.appointment_id))
        appointment.require_version(request.expected_version)
        appointment.cancel(reason=request.reason, now=call.now)
        await claims.release(call.tx, appointment.id)
        await appointments.save(call.tx, appointment)
        call.emit(
            events.AppointmentCanceled(
                appointment_id=str(appointment.id),
                version=appointment.version,
                patient_id=str(appointment.patient_id),
                specialist_id=str(appointment.specialist_id),
                starts_at=stamp(appointment.slot.starts_at),
            ),
            key=str(appointment.id),
        )
        return wire.response(appointment, call.clinic_id)

    async def _move(self, request: pb.ChangeAppointmentRequest, call: Call) -> pb.AppointmentResponse:
        # A first look tells what to ask scheduling; that asks over the network, so no lock may be held meanwhile.
        seen = await appointments.get(call.tx, UUID(request.appointment_id))
        await call.pause()
        seen.require_version(request.expected_version)
        require_future(request.starts_at.ToDatetime(UTC), call.now)
        resolved = await self._resolve(
            availability_pb2.ResolveSlotRequest(
                service_id=str(seen.service_id),
                specialist_id=str(seen.specialist_id),
                starts_at=request.starts_at,
                holder_id=str(seen.id),
            ),
            call,
        )
        slot = wire.slot(resolved)
        slot.require_end(request.ends_at.ToDatetime(UTC) if request.HasField("ends_at") else None)

        appointment = await appointments.get_for_update(call.tx, seen.id)
        appointment.require_version(request.expected_version)
        previous = appointment.slot.starts_at
        appointment.move(slot, reason=request.reason, now=call.now)
        await claims.release(call.tx, appointment.id)
        await _take(appointment, call)
        await appointments.save(call.tx, appointment)
        call.emit(
            events.AppointmentMoved(
                occupied=wire.occupied(appointment),
                patient_id=str(appointment.patient_id),
                service_id=str(appointment.service_id),
                location_id=str(slot.location_id),
                starts_at=stamp(slot.starts_at),
                ends_at=stamp(slot.ends_at),
                previous_starts_at=stamp(previous),
            ),
            key=str(appointment.id),
        )
        return wire.response(appointment, call.clinic_id)

    async def ListAppointments(self, request: pb.ListAppointmentsRequest, call: Call) -> pb.ListAppointmentsResponse:
        equal = {
            name: UUID(getattr(request, name))
            for name in ("specialist_id", "patient_id", "location_id")
            if getattr(request, name)
        }
        found, cursor = await appointments.search(
            call.tx,
            Page.of(request, datetime, UUID),
            equal=equal,
            on=_date(request),
            starts_from=_instant(request.starts_from) if request.HasField("starts_from") else None,
            starts_until=_instant(request.starts_until) if request.HasField("starts_until") else None,
            statuses=[wire.STATUSES_BACK[status] for status in request.statuses],
        )
        return pb.ListAppointmentsResponse(
            appointments=[wire.appointment(each, call.clinic_id) for each in found], next_cursor=cursor
        )

    async def _resolve(self, request: availability_pb2.ResolveSlotRequest, call: Call) -> availability_pb2.ResolvedSlot:
        """Whether somebody was faster by a day or by a moment is the same to who asks: SLOT_TAKEN."""
        try:
            return await self.scheduling.ResolveSlot(request, call)
        except Conflict as failure:
            raise SlotTaken(failure.detail) from None

    async def _check_patient(self, patient_id: str, call: Call) -> None:
        try:
            await self.people.CheckPatient(patients_pb2.CheckPatientRequest(patient_id=patient_id), call)
        except NotFound:
            missing = f"There is no patient {patient_id}"
            raise UnknownPatient(missing, fields=[FieldViolation("patient_id", "is unknown")]) from None


async def _booked_before(request: pb.BookAppointmentRequest, call: Call) -> pb.AppointmentResponse | None:
    """What was booked under the id that the booker chose; the transaction is over then."""
    if not request.appointment_id:
        return None
    await call.pause()
    found = await appointments.find(call.tx, UUID(request.appointment_id))
    if found is not None:
        found.require_same(patient_id=UUID(request.patient_id), service_id=UUID(request.service_id))
        return wire.response(found, call.clinic_id)
    await call.pause()
    return None


def _require_own(call: Call, patient_id: str) -> None:
    """A patient books for themselves; others are not there for them."""
    if call.claims.patient_id is not None and str(call.claims.patient_id) != patient_id:
        missing = f"There is no patient {patient_id}"
        raise UnknownPatient(missing, fields=[FieldViolation("patient_id", "is unknown")])


async def _take(appointment: Appointment, call: Call) -> None:
    for limit in appointment.slot.daily_limits:
        await appointments.require_place(call.tx, appointment, limit)
    appointment.taken = await claims.take(call.tx, appointment.id, appointment.slot.demands)


def _instant(timestamp: Timestamp) -> datetime:
    return timestamp.ToDatetime(UTC)


def _date(request: pb.ListAppointmentsRequest) -> date | None:
    if not request.HasField("on"):
        return None
    try:
        return date(request.on.year, request.on.month, request.on.day)
    except ValueError:
        raise Invalid(fields=[FieldViolation("on", "must be a date, YYYY-MM-DD")]) from None
