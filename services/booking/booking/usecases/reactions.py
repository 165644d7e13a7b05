"""What booking does when it hears of others, and by the clock."""

from datetime import UTC, timedelta
from uuid import UUID

from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.scheduling.v1 import events_pb2 as scheduling
from chassis import Call
from chassis.errors import Conflict, Refused
from tracing import logger

from booking import waitlist_wire, walk_in_wire, wire
from booking.domain.errors import UnknownRoom
from booking.domain.status import Status
from booking.domain.waitlist import Freed, earliest_today
from booking.domain.walk_in import GIVEN_UP_AFTER
from booking.store import appointments, claims, guests, holds, timeline, waitlist, walk_ins
from booking.usecases.appointments import AppointmentService
from booking.usecases.named import Named
from booking.usecases.offering import Offering

log = logger(__name__)

_KEPT = timedelta(days=1)
"""Longer than any buffer: what begins now may reach back into what has just ended."""
_NEVER_ANSWERED = "Nobody answered in time"
_NEVER_SEEN = "Was never seen"
_TOO_LATE = "Their last day is past"


class Reactions:
    def __init__(self, appointments: AppointmentService, offering: Offering, named: Named) -> None:
        self.appointments = appointments
        self.named = named
        self.offering = offering

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
        call.audit(appointment_id=event.appointment_id)
        try:
            await self.appointments.ChangeAppointment(change, call)
        except (Conflict, Refused) as failure:
            await call.undo()
            log.warning("a displaced appointment stays", appointment_id=event.appointment_id, reason=failure.reason)
            call.audit(stays_because=failure.reason)

    async def on_appointment_canceled(self, event: booking.AppointmentCanceled, call: Call) -> None:
        await self.offering.on_freed(_freed(event), call)

    async def on_appointment_moved(self, event: booking.AppointmentMoved, call: Call) -> None:
        freed = Freed(
            event.previous_starts_at.ToDatetime(UTC),
            event.previous_ends_at.ToDatetime(UTC),
            [UUID(id_) for id_ in (event.previous_specialist_id, *event.previous_also_specialist_ids)],
            UUID(event.previous_location_id),
        )
        await self.offering.on_freed(freed, call)

    async def on_hold_ended(self, event: booking.HoldEnded, call: Call) -> None:
        if event.how != "booked":
            await self.offering.on_freed(_freed(event), call)

    async def on_block_put(self, event: booking.BlockPut, call: Call) -> None:
        if event.HasField("previous"):
            await self._on_unblocked(event.previous, call)

    async def on_block_removed(self, event: booking.BlockRemoved, call: Call) -> None:
        await self._on_unblocked(event, call)

    async def _on_unblocked(self, it: booking.BlockRemoved | booking.Occupied, call: Call) -> None:
        location_id = None
        if it.room_id:
            try:
                location_id = UUID((await self.named.room(it.room_id, call)).location_id)
            except UnknownRoom:
                return
        specialists = [UUID(it.specialist_id)] if it.specialist_id else []
        freed = Freed(it.starts_at.ToDatetime(UTC), it.ends_at.ToDatetime(UTC), specialists, location_id)
        await self.offering.on_freed(freed, call)


def _freed(event: booking.AppointmentCanceled | booking.HoldEnded) -> Freed:
    return Freed(
        event.starts_at.ToDatetime(UTC),
        event.ends_at.ToDatetime(UTC),
        [UUID(id_) for id_ in (event.specialist_id, *event.also_specialist_ids)],
        UUID(event.location_id),
    )


class Timers:
    async def end_expired_holds(self, call: Call) -> None:
        """What has run out takes nothing already; this says so to everybody else. Who was offered it waits again
        from the same moment on, whatever becomes of offering it to the next."""
        await waitlist.expire_offers(call.tx, call.now)
        for clinic_id, hold in await holds.take_expired(call.tx, call.now):
            call.emit(wire.hold_ended(hold, "expired"), key=str(hold.id), clinic_id=clinic_id)

    async def decline_unanswered(self, call: Call) -> None:
        """Who asked for a time that has come without an answer waits for nothing."""
        for clinic_id, it in await appointments.decline_unanswered(
            call.tx, call.now, call.claims.subject, _NEVER_ANSWERED
        ):
            call.emit(wire.canceled(it), key=str(it.id), clinic_id=clinic_id)

    async def ensure_partitions(self, call: Call) -> None:
        """A transaction of its own: making one locks the timeline, for a moment."""
        await timeline.ensure_partitions(call.tx)

    async def give_up_walk_ins(self, call: Call) -> None:
        """Who went without a word must not keep their place, nor be kept from coming again tomorrow."""
        for clinic_id, it in await walk_ins.give_up(call.tx, call.now - GIVEN_UP_AFTER, _NEVER_SEEN, call.now):
            before = it.status
            it.leave(_NEVER_SEEN, call.now)
            call.emit(walk_in_wire.changed(it, before), key=str(it.id), clinic_id=clinic_id)

    async def end_waiting(self, call: Call) -> None:
        """Nothing that comes will suit them."""
        for clinic_id, it in await waitlist.end_waiting(call.tx, earliest_today(call.now), _TOO_LATE):
            call.emit(waitlist_wire.left(it, "over", call.now), key=str(it.id), clinic_id=clinic_id)

    async def remove_old_guest_bookings(self, call: Call) -> None:
        """Names and addresses are kept no longer than they are needed."""
        if removed := await guests.remove_over(call.tx, call.now - _KEPT):
            call.audit(guest_bookings_removed=removed)

    async def remove_past_claims(self, call: Call) -> None:
        """Nobody can take a time that is over, so nothing need defend it (ARCHITECTURE D3)."""
        await claims.remove_ended(call.tx, call.now - _KEPT)
