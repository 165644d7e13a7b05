"""Booking without an account, on a real database; people and scheduling are faked."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ambulo.booking.v1 import appointments_pb2, guests_pb2
from ambulo.people.v1 import patients_pb2
from chassis.errors import Conflict, Invalid, NotFound, Refused
from chassis.testing import FakePeer, as_owner
from chassis.wire import stamp
from claims import ANONYMOUS

TEN = (datetime.now(UTC) + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
NOBODY = ANONYMOUS.issued_by("fake")
GUEST = {"given_name": "Ion", "family_name": "Rusu", "email": "ion@example.com"}


@pytest.fixture
def admitted(desk: Any) -> list[patients_pb2.AdmitGuestRequest]:
    """Guests that people was asked to take up."""
    asked: list[patients_pb2.AdmitGuestRequest] = []

    def admit(request: patients_pb2.AdmitGuestRequest) -> patients_pb2.CheckedPatient:
        asked.append(request)
        return patients_pb2.CheckedPatient(patient_id=request.patient_id)

    desk.running.process.local.update(FakePeer("ambulo.people.v1.PatientService", AdmitGuest=admit).endpoints)
    return asked


async def hold(desk: Any, starts_at: datetime = TEN) -> guests_pb2.GuestHold:
    request = guests_pb2.PlaceGuestHoldRequest(
        service_id=desk.service, specialist_id=desk.specialist, starts_at=stamp(starts_at)
    )
    found: guests_pb2.GuestHold = await desk.ask("PlaceGuestHold", request, claims=NOBODY)
    return found


async def test_a_hold_asked_for_twice_with_one_token_is_one(desk: Any) -> None:
    token = "a-secret-of-the-guests-own-making-1"
    asked = guests_pb2.PlaceGuestHoldRequest(
        service_id=desk.service, specialist_id=desk.specialist, location_id=desk.location, starts_at=stamp(TEN),
        token=token,
    )  # fmt: skip
    first, *others = await asyncio.gather(*(desk.ask("PlaceGuestHold", asked, claims=NOBODY) for _ in range(4)))
    assert first.token == token
    assert all(each == first for each in others)
    assert await desk.ask("PlaceGuestHold", asked, claims=NOBODY) == first
    asked.starts_at.seconds += 3600
    with pytest.raises(Conflict) as another:
        await desk.ask("PlaceGuestHold", asked, claims=NOBODY)
    assert another.value.reason == "ANOTHER_HOLD"
    release = guests_pb2.ReleaseGuestHoldRequest(hold_id=first.id, token=token)
    await desk.ask("ReleaseGuestHold", release, claims=NOBODY)
    assert (await desk.ask("PlaceGuestHold", asked, claims=NOBODY)).id != first.id


@pytest.mark.parametrize("token", ["short", "x" * 101, "with spaces in it, however long it may be"])
async def test_a_token_that_could_be_guessed_is_refused(desk: Any, token: str) -> None:
    asked = guests_pb2.PlaceGuestHoldRequest(
        service_id=desk.service, specialist_id=desk.specialist, starts_at=stamp(TEN), token=token
    )
    with pytest.raises(Invalid) as wrong:
        await desk.ask("PlaceGuestHold", asked, claims=NOBODY)
    assert [each.field for each in wrong.value.fields] == ["token"]


async def book(desk: Any, held: guests_pb2.GuestHold, **more: Any) -> guests_pb2.GuestBooking:
    facts = {"hold_id": held.id, "token": held.token} | GUEST | more
    found: guests_pb2.GuestBooking = await desk.ask(
        "BookAsGuest", guests_pb2.BookAsGuestRequest(**facts), claims=NOBODY
    )
    return found


async def confirm(desk: Any, booking: guests_pb2.GuestBooking, code: str) -> guests_pb2.GuestBooking:
    request = guests_pb2.ConfirmGuestBookingRequest(guest_booking_id=booking.id, code=code)
    found: guests_pb2.GuestBooking = await desk.ask("ConfirmGuestBooking", request, claims=NOBODY)
    return found


async def code_of(environment: dict[str, str], booking: guests_pb2.GuestBooking) -> str:
    owner = await as_owner(environment, "booking")
    try:
        return str(await owner.fetchval("SELECT code FROM guest_booking WHERE id = $1", UUID(booking.id)))
    finally:
        await owner.close()


async def test_a_guest_holds_names_themselves_and_confirms(
    desk: Any, admitted: list[Any], environment: dict[str, str]
) -> None:
    held = await hold(desk)
    with pytest.raises(Conflict):
        await desk.book()
    waiting = await book(desk, held)
    assert waiting.status == guests_pb2.GUEST_BOOKING_STATUS_AWAITING_CODE
    assert await book(desk, held) == waiting, "asked twice it is one booking"
    code = await code_of(environment, waiting)
    booked = await confirm(desk, waiting, code.lower())
    assert booked.status == guests_pb2.GUEST_BOOKING_STATUS_BOOKED
    assert await confirm(desk, waiting, code) == booked
    assert [(each.email, each.patient_id) for each in admitted] == [("ion@example.com", waiting.id)]
    request = appointments_pb2.GetAppointmentRequest(appointment_id=booked.appointment_id)
    appointment = (await desk.ask("GetAppointment", request)).appointment
    assert (appointment.patient_id, appointment.specialist_id) == (waiting.id, desk.specialist)
    for name in ("service_id", "specialist_id", "location_id"):
        assert getattr(booked, name) == getattr(appointment, name) != ""
    assert await desk.running.events() == [
        "HoldPlaced", "HoldPlaced", "GuestBookingRequested", "AppointmentBooked", "HoldEnded",
    ]  # fmt: skip


async def test_a_code_is_guessed_ten_times_at_most(desk: Any, admitted: list[Any], environment: dict[str, str]) -> None:
    waiting = await book(desk, await hold(desk))
    code = await code_of(environment, waiting)
    for _ in range(10):
        with pytest.raises(Refused) as wrong:
            await confirm(desk, waiting, "AAAAAAAA")
        assert wrong.value.reason == "WRONG_CODE"
    with pytest.raises(NotFound) as over:
        await confirm(desk, waiting, code)
    assert over.value.reason == "BOOKING_OVER"
    assert admitted == []


async def test_ten_confirmations_at_once_are_one_appointment(
    desk: Any, admitted: list[Any], environment: dict[str, str]
) -> None:
    waiting = await book(desk, await hold(desk))
    code = await code_of(environment, waiting)
    found = await asyncio.gather(*(confirm(desk, waiting, code) for _ in range(10)))
    assert len({each.appointment_id for each in found}) == 1
    assert (await desk.running.events()).count("AppointmentBooked") == 1


async def test_where_the_clinic_accepts_itself_it_is_only_requested(
    desk: Any, admitted: list[Any], environment: dict[str, str]
) -> None:
    await desk.policy(needs_acceptance=True)
    waiting = await book(desk, await hold(desk))
    booked = await confirm(desk, waiting, await code_of(environment, waiting))
    assert booked.status == guests_pb2.GUEST_BOOKING_STATUS_REQUESTED


async def test_a_hold_needs_its_own_token(desk: Any, admitted: list[Any]) -> None:
    held, other = await hold(desk), await hold(desk, TEN + timedelta(hours=1))
    with pytest.raises(NotFound):
        await book(desk, held, token=other.token)
    release = guests_pb2.ReleaseGuestHoldRequest(hold_id=held.id, token=other.token)
    await desk.ask("ReleaseGuestHold", release, claims=NOBODY)
    with pytest.raises(Conflict):
        await desk.book()
    release.token = held.token
    await desk.ask("ReleaseGuestHold", release, claims=NOBODY)
    await desk.book()


async def run_out(environment: dict[str, str], booking: guests_pb2.GuestBooking, since: timedelta) -> None:
    owner = await as_owner(environment, "booking")
    try:
        await owner.execute(
            "UPDATE guest_booking SET expires_at = now() - $2::interval WHERE id = $1", UUID(booking.id), since
        )
    finally:
        await owner.close()


async def test_too_late_is_too_late(desk: Any, admitted: list[Any], environment: dict[str, str]) -> None:
    waiting = await book(desk, await hold(desk))
    code = await code_of(environment, waiting)
    await run_out(environment, waiting, timedelta(seconds=1))
    with pytest.raises(NotFound):
        await confirm(desk, waiting, code)


async def test_names_and_addresses_go_when_they_are_not_needed_and_the_trail_says_how_many(
    desk: Any, environment: dict[str, str]
) -> None:
    old, young = await book(desk, await hold(desk)), await book(desk, await hold(desk, TEN + timedelta(hours=1)))
    await run_out(environment, old, timedelta(days=2))
    pool = desk.running.chassis.pool
    timer = next(each for each in desk.running.chassis.timers if each.name == "remove_old_guest_bookings")
    since = await pool.fetchval("SELECT now()")
    for _ in range(2):
        await pool.execute("DELETE FROM timer WHERE name = $1", timer.name)
        await timer.once("booking", pool, lambda: None)
    owner = await as_owner(environment, "booking")
    left = await owner.fetch("SELECT id FROM guest_booking WHERE id = ANY ($1)", [UUID(old.id), UUID(young.id)])
    await owner.close()
    assert [row["id"] for row in left] == [UUID(young.id)]
    said = await pool.fetch(
        "SELECT facts::json ->> 'guest_bookings_removed' FROM audit_record WHERE action = $1 AND occurred_at >= $2",
        f"tick {timer.name}", since,
    )  # fmt: skip
    # Nothing is said of the second, which found nothing.
    assert len(said) == 1
    assert int(said[0][0]) >= 1


async def test_who_was_wrong_about_their_address_says_it_again_and_gets_another_code(
    desk: Any, environment: dict[str, str], admitted: list[patients_pb2.AdmitGuestRequest]
) -> None:
    held = await hold(desk)
    made = await book(desk, held, email="ion@exmaple.com")
    code = await code_of(environment, made)
    assert (await book(desk, held)).id == made.id
    assert (await desk.running.events()).count("GuestBookingRequested") == 2
    with pytest.raises(Refused):
        await confirm(desk, made, code)
    await confirm(desk, made, await code_of(environment, made))
    assert admitted[0].email == GUEST["email"]


async def test_nobody_has_mail_sent_to_whom_they_like_and_each_code_that_is_sent_can_be_tried(
    desk: Any, environment: dict[str, str], admitted: list[patients_pb2.AdmitGuestRequest]
) -> None:
    held = await hold(desk)
    for n in range(10):
        made = await book(desk, held, email=f"{n}@example.com")
    with pytest.raises(NotFound, match="Too many"):
        await book(desk, held)
    assert (await desk.running.events()).count("GuestBookingRequested") == 10
    await confirm(desk, made, await code_of(environment, made))
    assert admitted[0].email == "9@example.com"
