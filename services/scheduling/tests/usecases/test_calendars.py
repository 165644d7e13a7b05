"""Calendars on a real database: whose hours count, who is offered, who can be booked, how fairly."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.catalog.v1 import services_pb2, specialists_pb2
from ambulo.scheduling.v1 import availability_pb2 as pb
from ambulo.scheduling.v1 import calendars_pb2, hours_pb2
from chassis.errors import Conflict, DomainError, NotFound, Refused, Stale
from chassis.ids import new_id
from chassis.wire import stamp
from google.type import date_pb2, timeofday_pb2

ZONE = ZoneInfo("Europe/Bucharest")
MONDAY = (datetime.now(ZONE) + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
MONDAY += timedelta(days=-MONDAY.weekday() % 7)


def at(hour: int, minute: int = 0) -> datetime:
    return MONDAY.replace(hour=hour, minute=minute)


def hours(begin: int, end: int, weekday: int = 1) -> hours_pb2.OpenInterval:
    starts, ends = timeofday_pb2.TimeOfDay(hours=begin), timeofday_pb2.TimeOfDay(hours=end)
    return hours_pb2.OpenInterval(weekday=weekday, starts=starts, ends=ends)


def member(specialist: str, **more: Any) -> calendars_pb2.CalendarMember:
    return calendars_pb2.CalendarMember(specialist_id=specialist, **more)


@pytest.fixture
async def bob(clinic: Any) -> str:
    """A second specialist; Mondays from 10 to 13."""
    id_ = str(new_id())
    bob = specialists_pb2.Specialist(id=id_, name="Dr. Bob", version=1)
    await clinic.running.hear(catalog.SpecialistDefined(specialist=bob))
    request = hours_pb2.SetWeeklyHoursRequest(specialist_id=id_, location_id=clinic.location, intervals=[hours(10, 13)])
    await clinic.running.ask("SetWeeklyHours", request)
    return id_


async def define(clinic: Any, *members: calendars_pb2.CalendarMember, **more: Any) -> calendars_pb2.Calendar:
    facts = {"name": f"Calendar {new_id()}", "service_id": clinic.service, "location_id": clinic.location} | more
    request = calendars_pb2.DefineCalendarRequest(members=members, **facts)
    found: calendars_pb2.Calendar = await clinic.running.ask("DefineCalendar", request)
    return found


async def starts(clinic: Any, calendar: calendars_pb2.Calendar, **more: Any) -> list[tuple[str, str]]:
    answer = await clinic.list(service_id="", location_id="", calendar_id=calendar.id, **more)
    return [(slot.start[11:16], slot.specialist.name) for slot in answer.slots]


async def resolve(clinic: Any, calendar: calendars_pb2.Calendar, start: datetime, **more: Any) -> pb.ResolvedSlot:
    facts = {"service_id": "", "specialist_id": "", "calendar_id": calendar.id} | more
    found: pb.ResolvedSlot = await clinic.resolve(start, **facts)
    return found


class TestDefineCalendar:
    async def test_what_was_defined_is_read_listed_and_repeatable(self, clinic: Any, bob: str) -> None:
        facts: dict[str, Any] = {"name": "Knees", "calendar_id": str(new_id()), "public": True}
        members = [member(clinic.specialist, priority=3, weight=2), member(bob, hours=[hours(10, 11)])]
        made = await define(clinic, *members, **facts)
        assert (made.name, made.strategy, made.version) == ("Knees", calendars_pb2.ASSIGNMENT_STRATEGY_ROUND_ROBIN, 1)
        assert [(m.specialist_id, m.priority, m.weight) for m in made.members] == [
            (clinic.specialist, 3, 2), (bob, 0, 1),
        ]  # fmt: skip
        assert await define(clinic, *reversed(members), **facts) == made
        read = await clinic.running.ask("GetCalendar", calendars_pb2.GetCalendarRequest(calendar_id=made.id))
        assert read == made
        listed = await clinic.running.ask("ListCalendars", calendars_pb2.ListCalendarsRequest())
        assert list(listed.calendars) == [made]

    async def test_the_public_sees_public_ones_that_are_in_use_without_how_work_is_shared(self, clinic: Any) -> None:
        await define(clinic, member(clinic.specialist), name="Hidden")
        await define(clinic, member(clinic.specialist), name="Gone", public=True, inactive=True)
        await define(clinic, member(clinic.specialist, priority=7), name="Shown", public=True)
        request = calendars_pb2.ListPublicCalendarsRequest(clinic_id=str(clinic.running.clinic_id))
        found = await clinic.running.ask("ListPublicCalendars", request)
        assert [each.name for each in found.calendars] == ["Shown"]
        assert found.calendars[0].members[0].priority == 0

    @pytest.mark.parametrize(
        ("facts", "failure", "field"),
        [
            ({"service_id": str(new_id())}, "UNKNOWN_SERVICE", "service_id"),
            ({"location_id": str(new_id())}, "UNKNOWN_LOCATION", "location_id"),
            ({"members": [member(str(new_id()))]}, "UNKNOWN_SPECIALIST", "members[0].specialist_id"),
            ({"hours": [hours(9, 12), hours(11, 13)]}, "HOURS_OVERLAP", "hours[1]"),
            ({"name": "Taken"}, "NAME_TAKEN", "name"),
        ],
    )
    async def test_what_is_wrong_is_named(self, clinic: Any, facts: dict[str, Any], failure: str, field: str) -> None:
        await define(clinic, member(clinic.specialist), name="Taken")
        members = facts.pop("members", [member(clinic.specialist)])
        with pytest.raises(DomainError) as refused:
            await define(clinic, *members, **facts)
        assert (refused.value.reason, refused.value.fields[0].field) == (failure, field)

    async def test_a_change_of_what_was_not_seen_is_refused(self, clinic: Any) -> None:
        made = await define(clinic, member(clinic.specialist))
        await define(clinic, member(clinic.specialist), calendar_id=made.id, name="Other", expected_version=1)
        with pytest.raises(Stale):
            await define(clinic, member(clinic.specialist), calendar_id=made.id, name="Third", expected_version=1)


class TestHours:
    async def test_members_hours_come_before_the_calendars_and_these_before_weekly_ones(
        self, clinic: Any, bob: str
    ) -> None:
        weekly = await define(clinic, member(clinic.specialist))
        assert (await starts(clinic, weekly))[0] == ("09:00", "Dr. Ana")
        evening = await define(
            clinic, member(clinic.specialist), member(bob, hours=[hours(20, 21)]), hours=[hours(18, 19)]
        )
        assert await starts(clinic, evening) == [
            ("18:00", "Dr. Ana"), ("18:15", "Dr. Ana"), ("18:30", "Dr. Ana"),
            ("20:00", "Dr. Bob"), ("20:15", "Dr. Bob"), ("20:30", "Dr. Bob"),
        ]  # fmt: skip
        assert (await clinic.starts())[-1] == "12:30", "outside of the calendar nothing changes"
        with pytest.raises(Refused):
            await clinic.resolve(at(18))
        assert (await resolve(clinic, evening, at(18))).candidates[0].specialist_id == clinic.specialist

    async def test_time_off_counts_all_the_same(self, clinic: Any) -> None:
        evening = await define(clinic, member(clinic.specialist), hours=[hours(18, 20)])
        await clinic.override("UNAVAILABLE", at(18), at(19))
        assert [start for start, _ in await starts(clinic, evening)] == ["19:00", "19:15", "19:30"]

    async def test_a_change_of_the_calendar_is_seen_at_once(self, clinic: Any) -> None:
        made = await define(clinic, member(clinic.specialist), hours=[hours(18, 19)])
        assert len(await starts(clinic, made)) == 3
        await define(clinic, member(clinic.specialist), calendar_id=made.id, name="x", hours=[hours(19, 20)])
        assert [start for start, _ in await starts(clinic, made)] == ["19:00", "19:15", "19:30"]


class TestWho:
    async def test_only_members_are_offered_and_all_who_are_free_can_be_chosen(self, clinic: Any, bob: str) -> None:
        both = await define(clinic, member(clinic.specialist, priority=1), member(bob, weight=3))
        only = await define(clinic, member(bob))
        assert {name for _, name in await starts(clinic, only)} == {"Dr. Bob"}
        found = await resolve(clinic, both, at(10))
        assert [(c.specialist_id, c.priority, c.weight) for c in found.candidates] == [
            (clinic.specialist, 1, 1), (bob, 0, 3),
        ]  # fmt: skip
        assert found.service_id == clinic.service
        assert [c.specialist_id for c in (await resolve(clinic, both, at(9))).candidates] == [clinic.specialist]
        with pytest.raises(Refused, match="not booked from this calendar"):
            await resolve(clinic, only, at(10), specialist_id=clinic.specialist)
        with pytest.raises(Refused) as unknown:
            await clinic.list(service_id="", location_id="", calendar_id=str(new_id()))
        assert unknown.value.reason == "UNKNOWN_CALENDAR"

    async def test_what_counts_is_the_local_month_or_week(self, clinic: Any) -> None:
        turns = await define(clinic, member(clinic.specialist))
        least = await define(clinic, member(clinic.specialist), strategy=calendars_pb2.ASSIGNMENT_STRATEGY_LEAST_LOADED)
        month, week = await resolve(clinic, turns, at(9)), await resolve(clinic, least, at(9))
        first = MONDAY.replace(day=1)
        assert month.counted_from == stamp(first)
        assert month.counted_until == stamp((first + timedelta(days=31)).replace(day=1))
        assert (week.counted_from, week.counted_until) == (stamp(MONDAY), stamp(MONDAY + timedelta(days=7)))

    async def test_all_together_are_free_when_each_is_and_all_are_taken(self, clinic: Any, bob: str) -> None:
        together = await define(
            clinic, member(clinic.specialist, priority=1), member(bob),
            strategy=calendars_pb2.ASSIGNMENT_STRATEGY_COLLECTIVE,
        )  # fmt: skip
        assert (
            await starts(clinic, together)
            == [(f"{h}:{m:02}", "Dr. Ana") for h in (10, 11) for m in (0, 15, 30, 45)][:7]
        )
        answer = await clinic.list(service_id="", location_id="", calendar_id=together.id)
        assert [each.name for each in answer.slots[0].also] == ["Dr. Bob"]
        (candidate,) = (await resolve(clinic, together, at(10))).candidates
        assert list(candidate.also_specialist_ids) == [bob]
        taken = [d.options[0].resource_id for d in candidate.demands if d.kind == pb.DEMAND_KIND_SPECIALIST]
        assert taken == sorted([clinic.specialist, bob])
        occupied = clinic.occupied(at(10))
        occupied.also_specialist_ids.append(bob)
        await clinic.running.hear(booking.AppointmentBooked(occupied=occupied))
        single = await define(clinic, member(bob))
        assert (await starts(clinic, single))[0][0] == "10:45"
        with pytest.raises(Conflict):
            await resolve(clinic, together, at(10, 15))

    async def test_rules_count_for_everybody_who_is_there(self, clinic: Any, bob: str) -> None:
        gap = services_pb2.ServiceRule(min_gap=services_pb2.MinGap(minutes=60))
        await clinic.hear_service(2, rules=[gap])
        occupied = clinic.occupied(at(10))
        occupied.also_specialist_ids.append(bob)
        occupied.service_id, occupied.location_id = clinic.service, clinic.location
        occupied.starts_at.CopyFrom(stamp(at(10)))
        occupied.ends_at.CopyFrom(stamp(at(10, 30)))
        await clinic.running.hear(booking.AppointmentBooked(occupied=occupied))
        single = await define(clinic, member(bob))
        assert (await starts(clinic, single))[0][0] == "11:30", "an hour after the visit they were part of"

    async def test_a_calendar_that_is_not_public_is_not_there_for_the_public(self, clinic: Any) -> None:
        hidden = await define(clinic, member(clinic.specialist))
        day = {"calendar_id": hidden.id, "start": f"{MONDAY:%Y-%m-%d}", "end": f"{MONDAY + timedelta(days=1):%Y-%m-%d}"}
        for rpc in ("ListPublicAvailability", "ListPublicDays"):
            with pytest.raises(Refused) as unknown:
                await clinic.running.ask(rpc, getattr(pb, f"{rpc}Request")(**day))
            assert unknown.value.reason == "UNKNOWN_CALENDAR"
        found = await clinic.running.ask("ListDays", pb.ListDaysRequest(**day))
        assert found.days[0].starts
        with pytest.raises(Refused):
            await resolve(clinic, hidden, at(9), public_only=True)

    async def test_all_together_are_nobody_once_one_has_left(self, clinic: Any, bob: str) -> None:
        together = await define(
            clinic, member(clinic.specialist), member(bob), strategy=calendars_pb2.ASSIGNMENT_STRATEGY_COLLECTIVE
        )
        left = specialists_pb2.Specialist(id=bob, name="Dr. Bob", inactive=True, version=2)
        await clinic.running.hear(catalog.SpecialistDefined(specialist=left))
        assert await starts(clinic, together) == []
        with pytest.raises(Refused, match="Nobody"):
            await resolve(clinic, together, at(10))

    async def test_what_is_moved_stands_by_itself_once_its_calendar_is_gone(self, clinic: Any) -> None:
        gone = await define(clinic, member(clinic.specialist), inactive=True)
        with pytest.raises(Refused):
            await resolve(clinic, gone, at(9))
        facts = {"service_id": clinic.service, "specialist_id": clinic.specialist, "holder_id": str(new_id())}
        assert (await resolve(clinic, gone, at(9), **facts)).candidates[0].specialist_id == clinic.specialist

    async def test_the_first_free_time_of_a_calendar_is_found(self, clinic: Any, bob: str) -> None:
        only = await define(clinic, member(bob))
        request = pb.FindFirstAvailableRequest(calendar_id=only.id, after=MONDAY.strftime("%Y-%m-%d"))
        (slot,) = (await clinic.running.ask("FindFirstAvailable", request)).slots
        assert (slot.start[11:16], slot.specialist.id) == ("10:00", bob)


class TestFairness:
    async def test_shares_are_counted_by_month_against_their_targets(self, clinic: Any, bob: str) -> None:
        made = await define(clinic, member(clinic.specialist, weight=2), member(bob))
        for n in range(3):
            occupied = clinic.occupied(at(9 + n))
            occupied.calendar_id = made.id
            occupied.starts_at.CopyFrom(occupied.occupied_from)
            await clinic.running.hear(booking.AppointmentBooked(occupied=occupied))
        month = date_pb2.Date(year=MONDAY.year, month=MONDAY.month, day=MONDAY.day)
        request = calendars_pb2.GetFairnessRequest(calendar_id=made.id, month=month)
        found = await clinic.running.ask("GetFairness", request)
        shares = {s.specialist_id: (s.appointments, s.target, s.difference) for s in found.shares}
        assert shares == {clinic.specialist: (3, 2.0, 1.0), bob: (0, 1.0, -1.0)}
        assert (found.month.month, found.month.day) == (MONDAY.month, 1)

    async def test_of_a_calendar_that_is_not_there(self, clinic: Any) -> None:
        with pytest.raises(NotFound):
            await clinic.running.ask("GetFairness", calendars_pb2.GetFairnessRequest(calendar_id=str(new_id())))
