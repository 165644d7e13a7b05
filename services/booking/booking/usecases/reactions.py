"""What booking does when it hears of others, and by the clock."""

from datetime import UTC, timedelta
from uuid import UUID

from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.scheduling.v1 import events_pb2 as scheduling
from chassis import Call
from chassis.errors import Conflict, NotFound, Refused
from chassis.mail import Mailer
from tracing import logger

from booking import wire
from booking.domain.status import Status
from booking.domain.waitlist import Freed
from booking.store import appointments, claims, guests, holds
from booking.usecases.appointments import AppointmentService
from booking.usecases.offering import Offering

log = logger(__name__)

_KEPT = timedelta(days=1)
"""Longer than any buffer: what begins now may reach back into what has just ended."""


class Reactions:
    def __init__(self, appointments: AppointmentService, offering: Offering, mailer: Mailer) -> None:
        self.appointments = appointments
        self.offering = offering
        self.mailer = mailer

    async def on_appointment_displaced(self, event: scheduling.AppointmentDisplaced, call: Call) -> None:
        """Where a person decided that it goes. If that time has gone meanwhile it stays, for a person to look at."""
        found = await appointments.find(call.tx, UUID(event.appointment_id))
        await call.pause()
        if found is None or found.status is Status.CANCELED:
            return
        change = pb.ChangeAppointmentRequest(
            appointment_id=event.appointment_id,
            expected_version=found.version,
            reason=event.reason[:500],
        )
        if event.HasField("starts_at"):
            change.starts_at.CopyFrom(event.starts_at)
            change.specialist_id = event.specialist_id
        else:
            change.status = pb.APPOINTMENT_STATUS_CANCELED
        try:
            await self.appointments.ChangeAppointment(change, call)
        except (Conflict, Refused) as failure:
            await call.undo()
            log.warning("a displaced appointment stays", appointment_id=event.appointment_id, reason=failure.reason)
            call.audit(appointment_id=event.appointment_id, stays_because=failure.reason)

    async def on_guest_booking_requested(self, event: booking.GuestBookingRequested, call: Call) -> None:
        """Sent twice, it is the same code."""
        try:
            found = await guests.get_for_update(call.tx, UUID(event.guest_booking_id))
        except NotFound:
            return
        await call.pause()
        await self.mailer.send(
            to=event.email,
            subject=f"{found.code} confirms your booking",
            text=f"Give this code where you booked, within half an hour, and the time is yours:\n\n    {found.code}\n\n"
            f"Booking {found.id}\n\nIf you did not book anything, you need not do anything.\n",
        )

    async def on_appointment_canceled(self, event: booking.AppointmentCanceled, call: Call) -> None:
        await self.offering.on_freed(_freed(event, event.time_zone), call)

    async def on_appointment_moved(self, event: booking.AppointmentMoved, call: Call) -> None:
        freed = Freed(
            event.previous_starts_at.ToDatetime(UTC),
            UUID(event.previous_specialist_id),
            UUID(event.previous_location_id),
            event.occupied.time_zone,
        )
        await self.offering.on_freed(freed, call)

    async def on_hold_ended(self, event: booking.HoldEnded, call: Call) -> None:
        """First to the next, then back to their place: asking for the next ends what was written before."""
        if event.how != "booked":
            await self.offering.on_freed(_freed(event, event.time_zone), call)
            await self.offering.on_hold_ended(UUID(event.hold_id), call)


def _freed(event: booking.AppointmentCanceled | booking.HoldEnded, time_zone: str) -> Freed:
    return Freed(event.starts_at.ToDatetime(UTC), UUID(event.specialist_id), UUID(event.location_id), time_zone)


class Timers:
    async def end_expired_holds(self, call: Call) -> None:
        """What has run out takes nothing already; this says so to everybody else."""
        for clinic_id, hold in await holds.take_expired(call.tx, call.now):
            call.emit(wire.hold_ended(hold, "expired"), key=str(hold.id), clinic_id=clinic_id)

    async def remove_old_guest_bookings(self, call: Call) -> None:
        """Names and addresses are kept no longer than they are needed."""
        await guests.remove_over(call.tx, call.now - _KEPT)

    async def remove_past_claims(self, call: Call) -> None:
        """Nobody can take a time that is over, so nothing need defend it (ARCHITECTURE D3)."""
        await claims.remove_ended(call.tx, call.now - _KEPT)
