"""What was agreed when it was booked counts, by whatever way it was booked and is left; overbooking is written down."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.booking.v1 import events_pb2, guests_pb2, holds_pb2, series_pb2, waitlist_pb2
from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1.events_pb2 import AppointmentDisplaced
from ambulo.types.v1 import types_pb2
from chassis.errors import Denied
from chassis.ids import new_id
from chassis.testing import FakePeer
from chassis.wire import stamp
from claims import ANONYMOUS, Actor

TEN = (datetime.now(UTC) + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
LATER = stamp(TEN + timedelta(hours=5))
FEE = types_pb2.Money(amount_minor=1000, currency="EUR")
GONE = pb.APPOINTMENT_STATUS_CANCELED
NOBODY = ANONYMOUS.issued_by("fake")


class Ways:
    """Of booking: each answers with the id of an appointment of `who`."""

    def __init__(self, desk: Any, database: Any, who: Any) -> None:
        self.desk, self.database, self.who = desk, database, who
        self.patient = str(who.patient_id)
        self.visit = {"service_id": desk.service, "specialist_id": desk.specialist, "starts_at": stamp(TEN)}

    async def ask(self, rpc: str, request: Any, who: Any = None) -> Any:
        return await self.desk.ask(rpc, request, claims=who or self.who)

    async def itself(self) -> str:
        return str((await self.desk.book(who=self.who)).id)

    async def by_hold(self) -> str:
        hold = await self.ask("PlaceHold", holds_pb2.PlaceHoldRequest(**self.visit))
        request = pb.BookAppointmentRequest(patient_id=self.patient, hold_id=hold.id)
        return str((await self.ask("BookAppointment", request)).appointment.id)

    async def as_a_series(self) -> str:
        once = series_pb2.BookSeriesRequest(patient_id=self.patient, rrule="FREQ=WEEKLY;COUNT=1", **self.visit)
        return str((await self.ask("BookSeries", once)).appointments[0].id)

    async def as_a_guest(self) -> str:
        admitted = patients_pb2.CheckedPatient(patient_id=self.patient)
        people = FakePeer("ambulo.people.v1.PatientService", AdmitGuest=admitted)
        self.desk.running.process.local.update(people.endpoints)
        hold = await self.ask("PlaceGuestHold", guests_pb2.PlaceGuestHoldRequest(**self.visit), NOBODY)
        name = {"family_name": "Rusu", "email": "ion@example.com"}
        wish = guests_pb2.BookAsGuestRequest(hold_id=hold.id, token=hold.token, **name)
        booking = await self.ask("BookAsGuest", wish, NOBODY)
        code = await self.database.fetchval("SELECT code FROM guest_booking WHERE id = $1::uuid", booking.id)
        request = guests_pb2.ConfirmGuestBookingRequest(guest_booking_id=booking.id, code=code)
        return str((await self.ask("ConfirmGuestBooking", request, NOBODY)).appointment_id)

    async def off_the_waitlist(self) -> str:
        wish = waitlist_pb2.JoinWaitlistRequest(patient_id=self.patient, service_id=self.desk.service)
        entry = await self.ask("JoinWaitlist", wish)
        gone = await self.desk.change(await self.desk.book(), status=GONE)
        names = ("service_id", "specialist_id", "location_id", "starts_at", "ends_at")
        same = {name: getattr(gone, name) for name in names}
        freed = events_pb2.AppointmentCanceled(appointment_id=gone.id, time_zone=self.desk.zone, **same)
        await self.desk.running.hear(freed)
        return str((await self.ask("AcceptOffer", waitlist_pb2.AnswerOfferRequest(entry_id=entry.id))).appointment.id)


class Leaving:
    """Each by the patient, of the one appointment of a series."""

    def __init__(self, desk: Any, who: Any, series: Any) -> None:
        self.desk, self.who, self.series = desk, who, series
        (self.it,) = series.appointments

    async def cancel(self) -> pb.Appointment:
        return await self.desk.change(self.it, who=self.who, status=GONE)

    async def move(self) -> pb.Appointment:
        return await self.desk.change(self.it, who=self.who, starts_at=LATER)

    async def cancel_the_series(self) -> pb.Appointment:
        return await self._change(status=GONE)

    async def move_the_series(self) -> pb.Appointment:
        return await self._change(starts_at=LATER)

    async def _change(self, **more: Any) -> pb.Appointment:
        facts = {"series_id": self.series.id, "appointment_id": self.it.id, "scope": series_pb2.SERIES_SCOPE_ALL}
        found = await self.desk.ask("ChangeSeries", series_pb2.ChangeSeriesRequest(**facts, **more), claims=self.who)
        return found.changed[0]


async def read(desk: Any, id_: str) -> pb.Appointment:
    found: pb.Appointment = (await desk.ask("GetAppointment", pb.GetAppointmentRequest(appointment_id=id_))).appointment
    return found


@pytest.mark.parametrize("way", ["itself", "by_hold", "as_a_series", "as_a_guest", "off_the_waitlist"])
async def test_however_it_is_booked_it_has_the_terms_of_that_day(desk: Any, database: Any, way: str) -> None:
    await desk.policy(notice_minutes=7 * 24 * 60, late_fee=FEE)
    who = desk.patient()
    it = await read(desk, await getattr(Ways(desk, database, who), way)())
    assert it.patient_id == str(who.patient_id)
    await desk.policy(notice_minutes=0)
    assert (it.cancellation.terms_version, it.cancellation.late_fee) == (1, FEE)
    assert (await desk.change(it, who=who, status=GONE)).fee == FEE


@pytest.mark.parametrize("way", ["cancel", "move", "cancel_the_series", "move_the_series"])
async def test_however_it_is_left_too_late_it_costs_the_same(desk: Any, way: str) -> None:
    await desk.policy(notice_minutes=7 * 24 * 60, late_fee=FEE)
    who = desk.patient()
    request = series_pb2.BookSeriesRequest(
        service_id=desk.service, specialist_id=desk.specialist, starts_at=stamp(TEN), rrule="FREQ=WEEKLY;COUNT=1",
        patient_id=str(who.patient_id),
    )  # fmt: skip
    made = await desk.ask("BookSeries", request, claims=who)
    await desk.policy(notice_minutes=0)
    left = await getattr(Leaving(desk, who, made), way)()
    assert (left.version, left.fee) == (2, FEE)
    assert (await read(desk, left.id)).fee == FEE


@pytest.mark.parametrize("goes_to", [{}, {"starts_at": LATER}])
async def test_whom_the_clinic_sends_away_owes_nothing(desk: Any, goes_to: dict[str, Any]) -> None:
    await desk.policy(notice_minutes=7 * 24 * 60, late_fee=FEE)
    made = await desk.book(who=desk.patient())
    await desk.running.hear(AppointmentDisplaced(appointment_id=made.id, **goes_to))
    found = await read(desk, made.id)
    assert (found.version, found.HasField("fee")) == (2, False)


async def test_who_overbooks_has_the_right_and_is_on_the_trail_with_their_reason(desk: Any, database: Any) -> None:
    await desk.policy(overbook_most=1)
    program = replace(desk.running.claims("service_account", patient_id=None), actor=Actor.SERVICE_ACCOUNT)
    books = replace(program, permissions=frozenset({"appointments.book"}))
    overbooks = replace(program, permissions=frozenset({"appointments.book", "appointments.overbook"}))
    await desk.book()
    facts = {"overbook_reason": "acute pain", "patient_id": str(new_id()), "service_id": desk.service}
    request = pb.BookAppointmentRequest(specialist_id=desk.specialist, starts_at=stamp(TEN), **facts)
    with pytest.raises(Denied):
        await desk.ask("BookAppointment", request, claims=books)
    made = (await desk.ask("BookAppointment", request, claims=overbooks)).appointment
    assert made.overbooked
    kept = await database.fetchrow(
        "SELECT subject, facts FROM audit_record WHERE facts ->> 'appointment_id' = $1", made.id
    )
    assert (kept["subject"], json.loads(kept["facts"])["overbook_reason"]) == (program.subject, "acute pain")
