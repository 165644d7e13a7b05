"""Booking from calendars on a real database: who gets it, also when many book at once; people and scheduling are faked."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1 import availability_pb2, calendars_pb2
from booking.service import service
from chassis.errors import Conflict
from chassis.ids import new_id
from chassis.testing import FakePeer, Running, as_owner
from chassis.wire import stamp

MEMBERS = [str(new_id()) for _ in range(3)]
TEN = (datetime.now(UTC) + timedelta(days=40)).replace(day=10, hour=10, minute=0, second=0, microsecond=0)
SERVICE, LOCATION, CALENDAR = (str(new_id()) for _ in range(3))
MINUTES = 30


class Calendar:
    """Scheduling, faked: every member is always free; `weights` and `priorities` are theirs."""

    def __init__(self, strategy: str, weights: tuple[int, ...] = (1, 1, 1), priorities: tuple[int, ...] = (0, 0, 0)):
        self.strategy = calendars_pb2.AssignmentStrategy.Value(f"ASSIGNMENT_STRATEGY_{strategy}")
        self.weights = weights
        self.priorities = priorities
        self.limit = 0

    def __call__(self, request: Any) -> availability_pb2.ResolvedSlot:
        starts_at = request.starts_at.ToDatetime(UTC)
        ends_at = stamp(starts_at + timedelta(minutes=MINUTES))
        month = starts_at.replace(day=1, hour=0)
        found = availability_pb2.ResolvedSlot(
            location_id=LOCATION, service_id=SERVICE, time_zone="Europe/Bucharest", starts_at=request.starts_at,
            ends_at=ends_at, occupied_from=request.starts_at, occupied_until=ends_at,
        )  # fmt: skip
        if request.calendar_id:
            found.strategy = self.strategy
            found.counted_from.CopyFrom(stamp(month))
            found.counted_until.CopyFrom(stamp((month + timedelta(days=31)).replace(day=1)))
        if self.strategy == calendars_pb2.ASSIGNMENT_STRATEGY_COLLECTIVE:
            demands = [_specialist(member, request.starts_at, ends_at) for member in sorted(MEMBERS)]
            found.candidates.add(specialist_id=MEMBERS[0], also_specialist_ids=MEMBERS[1:], demands=demands, weight=1)
        else:
            for member, weight, priority in zip(MEMBERS, self.weights, self.priorities, strict=True):
                if request.specialist_id in ("", member):
                    demands = [_specialist(member, request.starts_at, ends_at)]
                    found.candidates.add(specialist_id=member, demands=demands, weight=weight, priority=priority)
        if self.limit:
            begin = stamp(starts_at.replace(hour=0))
            end = stamp(starts_at.replace(hour=0) + timedelta(days=1))
            found.daily_limits.add(most=self.limit, per_specialist=True, begins_at=begin, ends_at=end)
        return found


def _specialist(id_: str, begin: Any, end: Any) -> availability_pb2.Demand:
    option = availability_pb2.Claimable(resource_id=id_, begins_at=begin, ends_at=end)
    return availability_pb2.Demand(kind=availability_pb2.DEMAND_KIND_SPECIALIST, count=1, options=[option])


async def running(start: Any, calendar: Calendar) -> Running:
    people = FakePeer(
        "ambulo.people.v1.PatientService",
        CheckPatient=lambda request: patients_pb2.CheckedPatient(patient_id=request.patient_id),
    )
    started: Running = await start(
        service, people, FakePeer("ambulo.scheduling.v1.AvailabilityService", ResolveSlot=calendar)
    )
    return started


async def book(booking: Running, starts_at: datetime, **more: Any) -> pb.Appointment:
    facts = {"patient_id": str(new_id()), "calendar_id": CALENDAR} | more
    claims = facts.pop("claims", None)
    request = pb.BookAppointmentRequest(starts_at=stamp(starts_at), **facts)
    found: pb.Appointment = (await booking.ask("BookAppointment", request, claims=claims)).appointment
    return found


def later(n: int) -> datetime:
    return TEN + timedelta(hours=n % 10, days=n // 10)


async def test_turns_are_kept_when_many_book_at_once_staff_and_patients(start: Any) -> None:
    booking = await running(start, Calendar("ROUND_ROBIN", weights=(2, 1, 1)))

    async def one(n: int) -> pb.Appointment:
        patient = new_id()
        claims = booking.claims("patient", patient_id=patient) if n % 2 else None
        return await book(booking, later(n), patient_id=str(patient), claims=claims)

    made = await asyncio.gather(*(one(n) for n in range(24)))
    has = Counter(each.specialist_id for each in made)
    assert [has[member] for member in MEMBERS] == [12, 6, 6]
    assert all(each.assignment.startswith("round robin") for each in made)


async def test_who_is_taken_by_now_is_passed_over(start: Any) -> None:
    booking = await running(start, Calendar("PRIORITY", priorities=(9, 5, 1)))
    at_once = await asyncio.gather(*(book(booking, TEN) for _ in range(4)), return_exceptions=True)
    assert {each.specialist_id for each in at_once if isinstance(each, pb.Appointment)} == set(MEMBERS)
    assert [each.reason for each in at_once if isinstance(each, Conflict)] == ["SLOT_TAKEN"]
    assert (await book(booking, later(1))).specialist_id == MEMBERS[0]


async def test_the_least_loaded_counts_what_was_booked_elsewhere(start: Any) -> None:
    booking = await running(start, Calendar("LEAST_LOADED"))
    await book(booking, TEN, calendar_id="", service_id=SERVICE, specialist_id=MEMBERS[0])
    await book(booking, TEN, calendar_id="", service_id=SERVICE, specialist_id=MEMBERS[1])
    assert (await book(booking, later(1))).specialist_id == MEMBERS[2]


async def test_who_is_named_gets_it_and_counts(start: Any) -> None:
    booking = await running(start, Calendar("ROUND_ROBIN"))
    named = await book(booking, TEN, specialist_id=MEMBERS[1])
    assert (named.specialist_id, named.calendar_id) == (MEMBERS[1], CALENDAR)
    assert {(await book(booking, later(n))).specialist_id for n in (1, 2)} == {MEMBERS[0], MEMBERS[2]}


async def test_a_canceled_one_does_not_count(start: Any) -> None:
    booking = await running(start, Calendar("ROUND_ROBIN"))
    first = await book(booking, TEN)
    gone = pb.ChangeAppointmentRequest(
        appointment_id=first.id, expected_version=1, status=pb.APPOINTMENT_STATUS_CANCELED
    )
    await booking.ask("ChangeAppointment", gone)
    assert (await book(booking, TEN)).specialist_id == first.specialist_id


async def test_one_whose_day_is_full_is_passed_over_also_when_patients_book(start: Any) -> None:
    calendar = Calendar("PRIORITY", priorities=(9, 5, 1))
    calendar.limit = 2
    booking = await running(start, calendar)
    made = []
    for n in range(6):
        patient = new_id()
        claims = booking.claims("patient", patient_id=patient)
        made.append(await book(booking, later(n), patient_id=str(patient), claims=claims))
    assert Counter(each.specialist_id for each in made) == dict.fromkeys(MEMBERS, 2)
    with pytest.raises(Conflict):
        await book(booking, later(7))


async def test_all_together_are_taken_listed_and_moved_as_one(start: Any, environment: dict[str, str]) -> None:
    booking = await running(start, Calendar("COLLECTIVE"))
    made = await book(booking, TEN)
    assert (made.specialist_id, list(made.also_specialist_ids)) == (MEMBERS[0], MEMBERS[1:])
    assert made.assignment == "all 3 members together"
    for member in MEMBERS:
        with pytest.raises(Conflict):
            await book(booking, TEN, calendar_id="", service_id=SERVICE, specialist_id=member)
        listed = await booking.ask("ListAppointments", pb.ListAppointmentsRequest(specialist_id=member))
        assert [each.id for each in listed.appointments] == [made.id]
    move = pb.ChangeAppointmentRequest(appointment_id=made.id, expected_version=1, starts_at=stamp(later(1)))
    moved = (await booking.ask("ChangeAppointment", move)).appointment
    assert list(moved.also_specialist_ids) == MEMBERS[1:]
    owner = await as_owner(environment, "booking")
    try:
        taken = await owner.fetch("SELECT resource_id FROM claim WHERE holder = $1", UUID(made.id))
    finally:
        await owner.close()
    assert {str(row["resource_id"]) for row in taken} == set(MEMBERS)


async def test_it_is_moved_to_another_specialist_at_the_same_time(start: Any) -> None:
    booking = await running(start, Calendar("ROUND_ROBIN"))
    made = await book(booking, TEN, specialist_id=MEMBERS[0])
    change = pb.ChangeAppointmentRequest(
        appointment_id=made.id, expected_version=1, starts_at=stamp(TEN), specialist_id=MEMBERS[2]
    )
    moved = (await booking.ask("ChangeAppointment", change)).appointment
    assert (moved.specialist_id, moved.start) == (MEMBERS[2], made.start)
    assert (await book(booking, TEN, specialist_id=MEMBERS[0])).specialist_id == MEMBERS[0]
