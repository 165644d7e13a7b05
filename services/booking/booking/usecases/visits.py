"""ambulo.booking.v1.VisitService: what becomes of an appointment, step by step."""

from uuid import UUID

from ambulo.booking.v1 import appointments_pb2
from ambulo.booking.v1 import events_pb2 as events
from ambulo.booking.v1 import visits_pb2 as pb
from chassis import Call
from chassis.errors import Denied
from chassis.store import Page

from booking import wire
from booking.domain.appointment import Appointment
from booking.domain.errors import NotYourAppointment
from booking.domain.status import Action, Status
from booking.store import appointments, claims, timeline

_ANYBODYS = (Action.CONFIRMED, Action.CHECKED_IN)
"""The rest a specialist decides of their own appointments only."""


class VisitService:
    async def AcceptAppointment(
        self, request: pb.ChangeStatusRequest, call: Call
    ) -> appointments_pb2.AppointmentResponse:
        return await _become(Action.ACCEPTED, request, call)

    async def DeclineAppointment(
        self, request: pb.ChangeStatusRequest, call: Call
    ) -> appointments_pb2.AppointmentResponse:
        return await _become(Action.DECLINED, request, call)

    async def ConfirmAppointment(
        self, request: pb.ChangeStatusRequest, call: Call
    ) -> appointments_pb2.AppointmentResponse:
        return await _become(Action.CONFIRMED, request, call)

    async def CheckInAppointment(
        self, request: pb.ChangeStatusRequest, call: Call
    ) -> appointments_pb2.AppointmentResponse:
        return await _become(Action.CHECKED_IN, request, call)

    async def StartAppointment(
        self, request: pb.ChangeStatusRequest, call: Call
    ) -> appointments_pb2.AppointmentResponse:
        return await _become(Action.STARTED, request, call)

    async def CompleteAppointment(
        self, request: pb.ChangeStatusRequest, call: Call
    ) -> appointments_pb2.AppointmentResponse:
        return await _become(Action.COMPLETED, request, call)

    async def MarkNoShow(self, request: pb.ChangeStatusRequest, call: Call) -> appointments_pb2.AppointmentResponse:
        return await _become(Action.NO_SHOW, request, call)

    async def ListTimeline(self, request: pb.ListTimelineRequest, call: Call) -> pb.ListTimelineResponse:
        appointment = await appointments.get(call.tx, UUID(request.appointment_id))
        rows, cursor = await timeline.search(call.tx, appointment.id, Page.of(request, int))
        return pb.ListTimelineResponse(entries=map(wire.timeline_entry, rows), next_cursor=cursor)


async def _become(action: Action, request: pb.ChangeStatusRequest, call: Call) -> appointments_pb2.AppointmentResponse:
    if request.waive_fee and call.claims.patient_id is not None:
        raise Denied("Only the clinic waives a fee")
    appointment = await appointments.get_for_update(call.tx, UUID(request.appointment_id))
    if action not in _ANYBODYS:
        _require_own(appointment, call)
    appointment.require_version(request.expected_version)
    before = appointment.become(action, reason=request.reason, now=call.now, waived=request.waive_fee)
    if appointment.status is Status.CANCELED:
        await claims.release(call.tx, appointment.holder)
    await appointments.save(call.tx, appointment, timeline.entry(appointment, action, call))
    call.emit(_event(appointment, before), key=str(appointment.id))
    return wire.response(appointment, call.clinic_id)


def _event(it: Appointment, before: Status) -> events.AppointmentStatusChanged | events.AppointmentCanceled:
    if it.status is Status.CANCELED:
        return wire.canceled(it)
    return events.AppointmentStatusChanged(
        occupied=wire.occupied(it),
        patient_id=str(it.patient_id),
        status=it.status.value,
        previous_status=before.value,
        fee=wire.money(it.fee),
    )


def _require_own(appointment: Appointment, call: Call) -> None:
    claims_ = call.claims
    if claims_.role == "specialist" and claims_.specialist_id not in appointment.specialist_ids:
        raise NotYourAppointment("It is for them to say, or for the front desk")
