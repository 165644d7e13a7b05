"""Many starts at once on a real database: which are free, why the others are not, and when they could be instead."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import claims_pb2
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.catalog.v1 import locations_pb2, specialists_pb2
from ambulo.scheduling.v1 import availability_pb2, calendars_pb2, hours_pb2
from ambulo.scheduling.v1 import resolving_pb2 as pb
from chassis.errors import DomainError
from chassis.ids import new_id
from chassis.testing import FakePeer
from chassis.wire import stamp
from google.type import timeofday_pb2

ZONE = ZoneInfo("Europe/Bucharest")
MONDAY = (datetime.now(ZONE) + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
MONDAY += timedelta(days=-MONDAY.weekday() % 7)


def at(hour: int, minute: int = 0, week: int = 0) -> datetime:
    wall = MONDAY.replace(tzinfo=None, hour=hour, minute=minute) + timedelta(weeks=week)
    return wall.replace(tzinfo=ZONE)


async def series(clinic: Any, rrule: str, first: datetime, proposals: int = 0, **more: Any) -> pb.ResolvedSeries:
    facts = {"service_id": clinic.service, "specialist_id": clinic.specialist} | more
    asked = availability_pb2.ResolveSlotRequest(starts_at=stamp(first), **facts)
    request = pb.ResolveSeriesRequest(first=asked, rrule=rrule, proposals=proposals)
    found: pb.ResolvedSeries = await clinic.running.ask("ResolveSeries", request)
    return found


async def many(clinic: Any, *starts: dict[str, Any]) -> pb.ResolvedSeries:
    facts = {"service_id": clinic.service, "specialist_id": clinic.specialist}
    request = pb.ResolveManyRequest(starts=[availability_pb2.ResolveSlotRequest(**(facts | each)) for each in starts])
    found: pb.ResolvedSeries = await clinic.running.ask("ResolveMany", request)
    return found


async def book(clinic: Any, begin: datetime) -> booking.Occupied:
    taken: booking.Occupied = clinic.occupied(begin)
    await clinic.running.hear(booking.AppointmentBooked(occupied=taken))
    return taken


def said(found: pb.ResolvedSeries) -> list[str]:
    return [each.reason or "free" for each in found.starts]


class TestResolveSeries:
    async def test_each_start_is_what_it_would_be_alone(self, clinic: Any) -> None:
        await book(clinic, at(10, week=1))
        found = await series(clinic, "FREQ=WEEKLY;COUNT=4", at(10))
        assert found.time_zone == str(ZONE)
        assert said(found) == ["free", "NOT_FREE", "free", "free"]
        assert found.starts[1].detail == "Dr. Ana has something else then, buffers included"
        for week in (0, 2, 3):
            assert found.starts[week].slot == await clinic.resolve(at(10, week=week))
            assert found.starts[week].start == at(10, week=week).isoformat()

    async def test_what_is_never_offered_is_told_from_what_is_taken(self, clinic: Any) -> None:
        await clinic.override("UNAVAILABLE", at(0, week=2), at(0, week=2) + timedelta(days=1))
        found = await series(clinic, "FREQ=WEEKLY;COUNT=3", at(10))
        assert said(found) == ["free", "free", "NOT_OFFERED"]
        assert found.starts[2].detail == "Dr. Ana does not work at Centre for the whole of that time"
        outside = await series(clinic, "FREQ=WEEKLY;COUNT=2", at(20))
        assert said(outside) == ["NOT_OFFERED", "NOT_OFFERED"]

    async def test_the_nearest_free_times_beside_are_proposed_and_none_twice(self, clinic: Any) -> None:
        await book(clinic, at(10, week=1))
        found = await series(clinic, "FREQ=WEEKLY;COUNT=3", at(10), proposals=3)
        assert [len(each.proposals) for each in found.starts] == [0, 3, 0]
        assert [each.start[11:16] for each in found.starts[1].proposals] == ["09:15", "10:45", "09:00"]
        daily = await series(clinic, "FREQ=DAILY;COUNT=7", at(10), proposals=5)
        assert said(daily) == ["free", *["NOT_OFFERED"] * 6]
        tuesdays = [each.starts_at.ToDatetime(UTC) for each in daily.starts[1].proposals]
        begins, ends = at(10), at(10, 45)
        assert tuesdays
        assert all(each + timedelta(minutes=45) <= begins or each >= ends for each in tuesdays), (
            "Monday's own stays free"
        )
        assert not daily.starts[3].proposals, "Thursday is too far from Monday"

    async def test_it_stays_at_the_place_where_the_first_is_free(self, clinic: Any) -> None:
        """Where the specialist works on other days does not matter."""
        await clinic.hear_service(version=2, requires_room=False, room_type="")
        early = str(new_id())
        place = locations_pb2.Location(id=early, time_zone="Europe/London", name="East", version=1)
        await clinic.running.hear(catalog.LocationDefined(location=place))
        await clinic.works((14, 18))
        time_ = timeofday_pb2.TimeOfDay
        hours = [hours_pb2.OpenInterval(weekday=1, starts=time_(hours=7), ends=time_(hours=9))]
        request = hours_pb2.SetWeeklyHoursRequest(specialist_id=clinic.specialist, location_id=early, intervals=hours)
        await clinic.running.ask("SetWeeklyHours", request)
        assert (await series(clinic, "FREQ=WEEKLY;COUNT=2", at(14))).time_zone == str(ZONE)
        there = await series(clinic, "FREQ=WEEKLY;COUNT=2", at(9, 30))
        assert (there.time_zone, said(there)) == ("Europe/London", ["free", "free"])
        assert {each.slot.location_id for each in there.starts} == {early}

    async def test_the_local_time_is_kept_when_clocks_change_and_a_skipped_one_is_said(self, clinic: Any) -> None:
        await clinic.running.ask("SetWeeklyHours", _always(clinic))
        change = _spring()
        first = datetime(change.year, change.month, change.day, 3, 30, tzinfo=ZONE) - timedelta(days=1)
        found = await series(clinic, "FREQ=DAILY;COUNT=3", first, proposals=2)
        assert said(found) == ["free", "LOCAL_TIME_SKIPPED", "free"]
        skipped = found.starts[1]
        assert (skipped.start, skipped.HasField("starts_at")) == (f"{change}T03:30:00", False)
        assert [each.start for each in skipped.proposals] == [
            f"{change}T04:30:00+03:00", f"{change}T04:15:00+03:00",
        ]  # fmt: skip
        assert {each.start[11:16] for each in found.starts} == {"03:30"}

    async def test_a_calendar_says_who_could_give_each(self, clinic: Any) -> None:
        bob = str(new_id())
        known = specialists_pb2.Specialist(id=bob, name="Dr. Bob", version=1)
        await clinic.running.hear(catalog.SpecialistDefined(specialist=known))
        members = [calendars_pb2.CalendarMember(specialist_id=id_) for id_ in (clinic.specialist, bob)]
        time_ = timeofday_pb2.TimeOfDay
        hours = [hours_pb2.OpenInterval(weekday=1, starts=time_(hours=9), ends=time_(hours=12))]
        calendar = await clinic.running.ask(
            "DefineCalendar",
            calendars_pb2.DefineCalendarRequest(
                name="Knees", service_id=clinic.service, location_id=clinic.location, members=members, hours=hours
            ),
        )
        await clinic.hear_service(version=2, requires_room=False, room_type="")
        taken = booking.Occupied(
            appointment_id=str(new_id()), version=1, specialist_id=bob,
            occupied_from=stamp(at(10, week=1)), occupied_until=stamp(at(11, week=1)),
        )  # fmt: skip
        await clinic.running.hear(booking.AppointmentBooked(occupied=taken))
        found = await series(
            clinic, "FREQ=WEEKLY;COUNT=2", at(10), service_id="", specialist_id="", calendar_id=calendar.id
        )
        assert [{c.specialist_id for c in each.slot.candidates} for each in found.starts] == [
            {clinic.specialist, bob}, {clinic.specialist},
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("more", "rrule", "reason"),
        [
            ({"specialist_id": str(new_id())}, "FREQ=DAILY;COUNT=2", "UNKNOWN_SPECIALIST"),
            ({"service_id": str(new_id())}, "FREQ=DAILY;COUNT=2", "UNKNOWN_SERVICE"),
            ({"location_id": str(new_id())}, "FREQ=DAILY;COUNT=2", "UNKNOWN_LOCATION"),
            ({"calendar_id": str(new_id())}, "FREQ=DAILY;COUNT=2", "UNKNOWN_CALENDAR"),
            ({}, "FREQ=DAILY", "RECURRENCE_NOT_SUPPORTED"),
            ({}, "FREQ=DAILY;COUNT=101", "TOO_LONG"),
        ],
    )
    async def test_what_is_wrong_with_all_of_it_is_refused(
        self, clinic: Any, more: dict[str, str], rrule: str, reason: str
    ) -> None:
        with pytest.raises(DomainError) as refused:
            await series(clinic, rrule, at(10), **more)
        assert refused.value.reason == reason

    async def test_a_hundred_within_two_years_are_quick(self, clinic: Any) -> None:
        await series(clinic, "FREQ=WEEKLY;COUNT=100", at(10), proposals=3)
        began = time.perf_counter()
        found = await series(clinic, "FREQ=WEEKLY;COUNT=100", at(10), proposals=3)
        assert said(found) == ["free"] * 100
        assert time.perf_counter() - began < 0.5


class TestResolveMany:
    async def test_what_all_of_them_take_counts_as_free_for_all_of_them(self, clinic: Any) -> None:
        held = [await book(clinic, at(10, week=week)) for week in range(3)]
        await book(clinic, at(10, week=3))
        moved = [
            {"starts_at": stamp(at(10, week=week + 1)), "holder_id": each.appointment_id}
            for week, each in enumerate(held)
        ]
        assert said(await many(clinic, *moved)) == ["free", "free", "NOT_FREE"]
        assert said(await many(clinic, *moved[1:])) == ["free", "NOT_FREE"]
        assert said(await many(clinic, *({"starts_at": each["starts_at"]} for each in moved))) == ["NOT_FREE"] * 3

    async def test_each_may_be_of_another_service_and_one_that_nobody_gives_is_said_so(self, clinic: Any) -> None:
        known = specialists_pb2.Specialist(id=str(new_id()), name="Dr. Away", version=1, not_bookable=True)
        await clinic.running.hear(catalog.SpecialistDefined(specialist=known))
        found = await many(
            clinic,
            {"starts_at": stamp(at(10))},
            {"starts_at": stamp(at(10)), "specialist_id": known.id, "location_id": clinic.location},
            {"starts_at": stamp(datetime(2020, 1, 6, 8, tzinfo=UTC))},
        )
        assert said(found) == ["free", "NOT_OFFERED", "IN_THE_PAST"]

    async def test_while_events_do_not_arrive_booking_is_asked_and_leaves_out_those_that_move(
        self, clinic: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        promised = claims_pb2.Claim(resource_id=clinic.specialist, begins_at=stamp(at(9)), ends_at=stamp(at(10)))
        deaf = FakePeer("ambulo.booking.v1.ClaimService", ListClaims=claims_pb2.ListClaimsResponse(claims=[promised]))
        clinic.running.process.local.update(deaf.endpoints)
        monkeypatch.setattr("chassis.streams.Streams.is_connected", False)
        holders = [str(new_id()), str(new_id())]
        found = await many(
            clinic,
            {"starts_at": stamp(at(9)), "holder_id": holders[0]},
            {"starts_at": stamp(at(10)), "holder_id": holders[1]},
        )
        assert said(found) == ["NOT_FREE", "free"]
        assert list(deaf.asked[0].holder_ids) == holders


def _always(clinic: Any) -> hours_pb2.SetWeeklyHoursRequest:
    whole = {"starts": timeofday_pb2.TimeOfDay(), "ends": timeofday_pb2.TimeOfDay(hours=24)}
    days = [hours_pb2.OpenInterval(weekday=day, **whole) for day in range(1, 8)]
    return hours_pb2.SetWeeklyHoursRequest(specialist_id=clinic.specialist, location_id=clinic.location, intervals=days)


def _spring() -> date:
    """The last Sunday of the next March."""
    year = MONDAY.year + (1 if MONDAY.month > 2 else 0)
    last = date(year, 3, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)
