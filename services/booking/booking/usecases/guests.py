"""ambulo.booking.v1.GuestService: booking without an account, in two steps."""

from datetime import UTC
from uuid import UUID

from ambulo.booking.v1 import events_pb2 as events
from ambulo.booking.v1 import guests_pb2 as pb
from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1 import availability_pb2
from chassis import Call, new_id
from chassis.clock import local
from chassis.errors import DomainError, NotFound
from chassis.wire import stamp
from google.protobuf.empty_pb2 import Empty

from booking import wire
from booking.domain.appointment import Appointment
from booking.domain.errors import AnotherHold, BookingOver, WrongCode
from booking.domain.guest import AWAITS, GIVEN, GuestBooking, HoldToken, new_code
from booking.domain.hold import Hold
from booking.domain.status import Status
from booking.domain.visit import require_future
from booking.store import appointments, guests, holds
from booking.usecases.holds import place, placed, release
from booking.usecases.making import make_of_hold
from booking.usecases.peers import Peers
from booking.usecases.taking import keep


class GuestService:
    def __init__(self, peers: Peers) -> None:
        self.peers = peers

    async def PlaceGuestHold(self, request: pb.PlaceGuestHoldRequest, call: Call) -> pb.GuestHold:
        require_future(request.starts_at.ToDatetime(UTC), call.now)
        token = HoldToken(request.token) if request.token else HoldToken.new()
        before = await self._placed_before(request, call)
        if before is not None:
            return wire.guest_hold(before, token.text)
        await call.pause()
        asked = availability_pb2.ResolveSlotRequest(
            service_id=request.service_id,
            specialist_id=request.specialist_id,
            starts_at=request.starts_at,
            location_id=request.location_id,
            calendar_id=request.calendar_id,
            public_only=True,
        )
        try:
            resolved = await self.peers.resolve(asked, call)
            await holds.take_turns(call.tx, token.subject)
            hold = await self._placed_before(request, call)
            if hold is None:
                hold = await place(resolved, request.calendar_id, token.subject, call)
        except DomainError:
            # It may be the same request, sent twice, that has taken the time.
            hold = await self._placed_before(request, call)
            if hold is None:
                raise
        return wire.guest_hold(hold, token.text)

    async def _placed_before(self, request: pb.PlaceGuestHoldRequest, call: Call) -> Hold | None:
        """With the same token, for the same time."""
        if not request.token:
            return None
        hold = await holds.find_guests(call.tx, HoldToken(request.token).subject, call.now)
        if hold is None or hold.is_as_asked(
            starts_at=request.starts_at.ToDatetime(UTC),
            service_id=request.service_id,
            specialist_id=request.specialist_id,
            location_id=request.location_id,
            calendar_id=request.calendar_id,
        ):
            return hold
        raise AnotherHold("This token came before, with another time; make a new one for each")

    async def ReleaseGuestHold(self, request: pb.ReleaseGuestHoldRequest, call: Call) -> Empty:
        await release(UUID(request.hold_id), HoldToken(request.token).subject, call)
        return Empty()

    async def BookAsGuest(self, request: pb.BookAsGuestRequest, call: Call) -> pb.GuestBooking:
        hold = await holds.get_for_update(call.tx, UUID(request.hold_id), HoldToken(request.token).subject)
        hold.require_alive(call.now)
        before = await guests.find_by_hold(call.tx, hold.id)
        given = {name: getattr(request, name) for name in GIVEN}
        if before is not None:
            if before.correct(given):
                await guests.correct(call.tx, before)
                _ask_to_confirm(before, request, call)
            return _awaiting(before)
        expires_at = min(call.now + AWAITS, hold.slot.starts_at)
        booking = GuestBooking(id=new_id(), hold_id=hold.id, **given, code=new_code(), expires_at=expires_at)
        hold.expires_at = booking.expires_at
        hold.version += 1
        await keep(hold, call)
        await holds.keep(call.tx, hold)
        await guests.add(call.tx, booking)
        call.emit(placed(hold), key=str(hold.id))
        _ask_to_confirm(booking, request, call)
        return _awaiting(booking)

    async def ConfirmGuestBooking(self, request: pb.ConfirmGuestBookingRequest, call: Call) -> pb.GuestBooking:
        booking = await self._with_code(request, call)
        if booking.appointment_id is not None:
            return _booked(booking, await appointments.get(call.tx, booking.appointment_id))
        await call.pause()
        # The booking's id becomes the patient's if they are new: asked again, it is the same patient.
        admitted = await self.peers.people.AdmitGuest(
            patients_pb2.AdmitGuestRequest(
                patient_id=str(booking.id),
                given_name=booking.given_name,
                family_name=booking.family_name,
                email=booking.email,
                phone=booking.phone,
            ),
            call,
        )
        booking = await guests.get_for_update(call.tx, booking.id)
        if booking.appointment_id is not None:
            return _booked(booking, await appointments.get(call.tx, booking.appointment_id))
        try:
            hold = await holds.get_kept(call.tx, booking.hold_id)
            hold.require_alive(call.now)
        except NotFound:
            raise BookingOver("The time is held no longer; look for another") from None
        patient_id = UUID(admitted.patient_id)
        appointment = await make_of_hold(
            hold, id_=new_id(), patient_id=patient_id, notes=booking.notes, by_patient=True, call=call
        )
        await guests.confirm(call.tx, booking.id, appointment.id)
        booking.appointment_id = appointment.id
        return _booked(booking, appointment)

    async def _with_code(self, request: pb.ConfirmGuestBookingRequest, call: Call) -> GuestBooking:
        """A wrong code is counted, although the call fails."""
        booking = await guests.get_for_update(call.tx, UUID(request.guest_booking_id))
        try:
            booking.require_code(request.code, call.now)
        except WrongCode:
            await guests.count_attempt(call.tx, booking.id)
            await call.tx.commit()
            raise
        return booking


def _awaiting(it: GuestBooking) -> pb.GuestBooking:
    return pb.GuestBooking(id=str(it.id), status=pb.GUEST_BOOKING_STATUS_AWAITING_CODE, expires_at=stamp(it.expires_at))


def _booked(it: GuestBooking, appointment: Appointment) -> pb.GuestBooking:
    requested = appointment.status is Status.REQUESTED
    return pb.GuestBooking(
        id=str(it.id),
        status=pb.GUEST_BOOKING_STATUS_REQUESTED if requested else pb.GUEST_BOOKING_STATUS_BOOKED,
        expires_at=stamp(it.expires_at),
        appointment_id=str(appointment.id),
        start=local(appointment.slot.starts_at, appointment.slot.time_zone),
        end=local(appointment.slot.ends_at, appointment.slot.time_zone),
        service_id=str(appointment.service_id),
        specialist_id=str(appointment.specialist_id),
        location_id=str(appointment.slot.location_id),
    )


def _ask_to_confirm(booking: GuestBooking, request: pb.BookAsGuestRequest, call: Call) -> None:
    asked = events.GuestBookingRequested(guest_booking_id=str(booking.id), language=request.language)
    call.emit(asked, key=str(booking.id))
