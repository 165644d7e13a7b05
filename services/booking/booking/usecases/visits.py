"""ambulo.booking.v1.VisitService: what becomes of an appointment, step by step."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from ambulo.booking.v1 import events_pb2 as events
from ambulo.booking.v1 import visits_pb2 as pb
from ambulo.booking.v1.appointments_pb2 import AppointmentResponse
from chassis import Call
from chassis.errors import Denied
from chassis.store import Page
from chassis.wire import stamp

from booking import wire
from booking.domain.appointment import Appointment
from booking.domain.errors import NotYourAppointment
from booking.domain.status import Action, Status
from booking.store import appointments, claims, timeline
from booking.usecases.queues import finish
from booking.usecases.taking import give_back

_ANYBODYS = (Action.CONFIRMED, Action.CHECKED_IN, Action.CHECK_IN_UNDONE)
"""The rest a specialist decides of their own appointments only."""


def _becomes(action: Action) -> Callable[[pb.ChangeStatusRequest, Call], Awaitable[AppointmentResponse]]:
    async def change(request: pb.ChangeStatusRequest, call: Call) -> AppointmentResponse:
        return await _become(action, request, call)

    return change


class VisitService:
    AcceptAppointment = staticmethod(_becomes(Action.ACCEPTED))
    DeclineAppointment = staticmethod(_becomes(Action.DECLINED))
    ConfirmAppointment = staticmethod(_becomes(Action.CONFIRMED))
    CheckInAppointment = staticmethod(_becomes(Action.CHECKED_IN))
    UndoCheckIn = staticmethod(_becomes(Action.CHECK_IN_UNDONE))
    StartAppointment = staticmethod(_becomes(Action.STARTED))
    CompleteAppointment = staticmethod(_becomes(Action.COMPLETED))
    MarkNoShow = staticmethod(_becomes(Action.NO_SHOW))

    async def ListTimeline(self, request: pb.ListTimelineRequest, call: Call) -> pb.ListTimelineResponse:
        appointment = await appointments.get(call.tx, UUID(request.appointment_id))
        rows, cursor = await timeline.search(call.tx, appointment, Page.of(request, int))
        return pb.ListTimelineResponse(entries=map(wire.timeline_entry, rows), next_cursor=cursor)


async def _become(action: Action, request: pb.ChangeStatusRequest, call: Call) -> AppointmentResponse:
    if request.waive_fee and call.claims.patient_id is not None:
        raise Denied("Only the clinic waives a fee")
    appointment = await appointments.get_for_update(call.tx, UUID(request.appointment_id))
    if action not in _ANYBODYS:
        _require_own(appointment, call)
    appointment.require_version(request.expected_version)
    before = appointment.become(action, reason=request.reason, now=call.now, waived=request.waive_fee)
    freed_until = None
    if appointment.status is Status.CANCELED:
        await give_back(appointment, call)
    elif appointment.status is Status.COMPLETED:
        freed_until = await _end_early(appointment, call)
    await appointments.save(call.tx, appointment, timeline.entry(appointment, action, call))
    call.emit(_event(appointment, before, freed_until), key=str(appointment.id))
    if appointment.status is Status.COMPLETED:
        await finish(appointment, call)
    return wire.response(appointment, call.clinic_id)


async def _end_early(appointment: Appointment, call: Call) -> datetime | None:
    """What is left of its time is given back. Until when it was taken, if that was longer."""
    if appointment.session_id is not None:
        # The others are still there.
        return None
    until = appointment.slot.occupied_until
    saved = appointment.end_early(call.now)
    if not saved:
        return None
    await claims.shorten(call.tx, appointment.holder, saved)
    return until


def _event(
    it: Appointment, before: Status, freed_until: datetime | None
) -> events.AppointmentStatusChanged | events.AppointmentCanceled:
    if it.status is Status.CANCELED:
        return wire.canceled(it)
    return events.AppointmentStatusChanged(
        occupied=wire.occupied(it),
        patient_id=str(it.patient_id),
        status=it.status.value,
        previous_status=before.value,
        fee=wire.money(it.fee),
        freed_until=stamp(freed_until) if freed_until is not None else None,
    )


def _require_own(appointment: Appointment, call: Call) -> None:
    claims_ = call.claims
    if claims_.role == "specialist" and claims_.specialist_id not in appointment.specialist_ids:
        raise NotYourAppointment("It is for them to say, or for the front desk")
