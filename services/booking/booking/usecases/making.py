"""How an appointment comes to be: with its claims, its terms, its first entry and its event; whoever asked for it."""

from uuid import UUID

from ambulo.booking.v1 import events_pb2 as events
from chassis import Call
from chassis.wire import stamp

from booking import wire
from booking.domain.appointment import Appointment
from booking.domain.assignment import Offered
from booking.domain.hold import Hold
from booking.domain.policy import Policy
from booking.domain.status import Action, Status
from booking.domain.visit import Kind, Visit, require_future
from booking.store import appointments, claims, holds, policies, timeline
from booking.usecases import seats
from booking.usecases.taking import take


class NeverHere(Exception):
    """Nobody has booked this patient here before: whether there is such a patient, people must be asked."""


async def make(
    visit: Visit,
    offered: Offered,
    *,
    id_: UUID,
    patient_id: UUID,
    notes: str,
    by_patient: bool,
    call: Call,
    series_id: UUID | None = None,
    is_last: bool = False,
    is_known: bool = True,
) -> Appointment:
    """What is offered is taken now. This is where forms, consents and plans will attach: before anything is taken.
    `is_last`: nothing in this call looks at it, or catches its failure. Not `is_known`: NeverHere, unless the patient
    was booked in this clinic before."""
    appointment = Appointment.book(visit, id_=id_, patient_id=patient_id, notes=notes, now=call.now)
    appointment.series_id = series_id
    taken = await take(appointment, offered, call, patient_id=patient_id)
    was_here = is_known or (taken.was_here if taken else await appointments.was_here(call.tx, patient_id))
    if not was_here:
        raise NeverHere
    appointment.agree(await _policy(taken, visit, call), by_patient=by_patient)
    appointment.overbooked = any(kind is Kind.SPECIALIST and option.unit for kind, option in appointment.taken)
    await _add(appointment, call, is_last=is_last)
    return appointment


async def make_now(visit: Visit, offered: Offered, *, patient_id: UUID, notes: str, call: Call) -> Appointment:
    """Who is there is seen at once: in progress from the beginning."""
    appointment = Appointment.book(visit, id_=visit.id, patient_id=patient_id, notes=notes, now=call.now)
    taken = await take(appointment, offered, call)
    appointment.agree(await _policy(taken, visit, call), by_patient=False)
    appointment.status = Status.IN_PROGRESS
    await _add(appointment, call)
    return appointment


async def make_of_hold(
    hold: Hold, *, id_: UUID, patient_id: UUID, notes: str, by_patient: bool, call: Call
) -> Appointment:
    """What was held changes hands: it was resolved and taken when it was held."""
    require_future(hold.slot.starts_at, call.now)
    appointment = Appointment.book(hold, id_=id_, patient_id=patient_id, notes=notes, now=call.now)
    appointment.agree(await policies.of(call.tx, hold.service_id), by_patient=by_patient)
    if hold.session_id is None:
        await claims.hand_over(call.tx, hold, appointment.id)
    else:
        await seats.keep(call.tx, hold, None)
    await holds.remove(call.tx, hold.id)
    await _add(appointment, call)
    call.emit(wire.hold_ended(hold, "booked"), key=str(hold.id))
    return appointment


async def _policy(taken: claims.Taken | None, visit: Visit, call: Call) -> Policy:
    return taken.policy if taken is not None else await policies.of(call.tx, visit.service_id)


async def _add(appointment: Appointment, call: Call, *, is_last: bool = False) -> None:
    await appointments.add(call.tx, appointment, timeline.entry(appointment, Action.BOOKED, call), is_last=is_last)
    call.emit(
        events.AppointmentBooked(
            occupied=wire.occupied(appointment),
            patient_id=str(appointment.patient_id),
            service_id=str(appointment.service_id),
            location_id=str(appointment.slot.location_id),
            starts_at=stamp(appointment.slot.starts_at),
            ends_at=stamp(appointment.slot.ends_at),
            status=appointment.status.value,
        ),
        key=str(appointment.id),
    )
    call.audit(appointment_id=str(appointment.id))
