"""Weekly hours with validity, alternating weeks, breaks and recurring openings."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from ambulo.scheduling.v1 import hours_pb2 as pb
from chassis.errors import DomainError, Stale
from chassis.testing import as_owner
from google.protobuf.json_format import MessageToDict
from google.type import date_pb2, timeofday_pb2

MONDAY = 1


def day(text: str) -> date_pb2.Date:
    it = date.fromisoformat(text)
    return date_pb2.Date(year=it.year, month=it.month, day=it.day)


def time(text: str) -> timeofday_pb2.TimeOfDay:
    return timeofday_pb2.TimeOfDay(hours=int(text[:2]), minutes=int(text[3:]))


def interval(starts: str = "09:00", ends: str = "17:00", weekday: int = MONDAY, **more: Any) -> pb.OpenInterval:
    return pb.OpenInterval(weekday=weekday, starts=time(starts), ends=time(ends), **more)


def opening(rrule: str = "FREQ=MONTHLY;BYDAY=1SA", **more: Any) -> pb.RecurringOpening:
    facts = {"first_day": day("2026-01-03"), "starts": time("10:00"), "duration_minutes": 120} | more
    return pb.RecurringOpening(rrule=rrule, **facts)


async def set_hours(clinic: Any, **facts: Any) -> pb.WeeklyHours:
    request = pb.SetWeeklyHoursRequest(specialist_id=clinic.specialist, location_id=clinic.location, **facts)
    return await clinic.running.ask("SetWeeklyHours", request)


async def listed(clinic: Any) -> list[pb.WeeklyHours]:
    request = pb.ListWeeklyHoursRequest(specialist_id=clinic.specialist)
    return list((await clinic.running.ask("ListWeeklyHours", request)).weekly_hours)


FULL = {
    "intervals": [
        interval(valid_from=day("2026-01-01"), valid_until=day("2026-06-30")),
        interval("22:00", "06:00", every_weeks=2, in_week_of=day("2026-11-04"), weekday=3),
        interval("10:00", "24:00", weekday=5),
    ],
    "breaks": [interval("12:00", "12:30", valid_from=day("2026-01-01"), valid_until=day("2026-06-30"))],
    "recurring": [opening(**{"except": [day("2026-02-07"), day("2026-05-02")]})],
}


class TestSetWeeklyHours:
    async def test_what_was_set_is_answered_and_listed(self, clinic: Any) -> None:
        answered = await set_hours(clinic, **FULL)
        assert list(answered.intervals) == FULL["intervals"]
        assert list(answered.breaks) == FULL["breaks"]
        assert list(answered.recurring) == FULL["recurring"]
        assert await listed(clinic) == [answered]

    async def test_the_same_again_in_any_order_changes_nothing(self, clinic: Any) -> None:
        first = await set_hours(clinic, **FULL)
        again = await set_hours(clinic, **{name: list(reversed(given)) for name, given in FULL.items()})
        assert again == first
        # One for the hours of the fixture, one for these.
        assert await clinic.running.events() == ["WeeklyHoursChanged"] * 2

    async def test_every_week_may_be_said_in_two_ways(self, clinic: Any) -> None:
        plain = await set_hours(clinic, intervals=[interval()])
        said = await set_hours(clinic, intervals=[interval(every_weeks=1, in_week_of=day("2026-11-04"))])
        assert said == plain

    async def test_hours_as_they_were_kept_before_are_read_and_the_same(
        self, clinic: Any, environment: dict[str, str]
    ) -> None:
        first = await set_hours(clinic, intervals=[interval(), interval("22:00", "06:00", weekday=3)])
        connection = await as_owner(environment, "scheduling")
        try:
            kept = await connection.fetchval(
                "SELECT intervals FROM weekly_hours WHERE clinic_id = $1", clinic.running.clinic_id
            )
        finally:
            await connection.close()
        assert json.loads(kept) == [[0, 540, 1020], [2, 1320, 1800]]
        assert await listed(clinic) == [first]

    async def test_an_alternating_week_and_a_break_are_seen_in_what_is_offered(self, clinic: Any) -> None:
        monday = (await clinic.list()).slots[0].start[:10]
        await set_hours(
            clinic,
            intervals=[interval("09:00", "12:00", every_weeks=2, in_week_of=day(monday))],
            breaks=[interval("10:00", "10:30", every_weeks=2, in_week_of=day(monday))],
        )
        assert await clinic.starts() == ["09:00", "09:15", "09:30", "10:30", "10:45", "11:00", "11:15", "11:30"]
        later = date.fromisoformat(monday) + timedelta(days=7)
        assert await clinic.starts(start=str(later), end=str(later + timedelta(days=1))) == []

    async def test_a_recurring_opening_is_offered(self, clinic: Any) -> None:
        monday = (await clinic.list()).slots[0].start[:10]
        weekly = opening("FREQ=WEEKLY;COUNT=2", first_day=day(monday), starts=time("14:00"), duration_minutes=60)
        await set_hours(clinic, recurring=[weekly])
        assert await clinic.starts() == ["14:00", "14:15", "14:30"]

    async def test_hours_that_changed_meanwhile_are_not_overwritten(self, clinic: Any) -> None:
        seen = (await listed(clinic))[0].version
        await set_hours(clinic, intervals=[interval()], expected_version=seen)
        with pytest.raises(Stale):
            await set_hours(clinic, recurring=[opening()], expected_version=seen)

    @pytest.mark.parametrize(
        ("facts", "reason", "field"),
        [
            ({"intervals": [interval(), interval("16:00", "18:00")]}, "HOURS_OVERLAP", "intervals[1]"),
            ({"intervals": [interval(), interval("08:00", "09:01")]}, "HOURS_OVERLAP", "intervals[1]"),
            ({"intervals": [interval()], "breaks": [interval("16:30", "17:30")]}, "BREAK_OUTSIDE_HOURS", "breaks[0]"),
            ({"breaks": [interval("12:00", "13:00")], "recurring": [opening()]}, "BREAK_OUTSIDE_HOURS", "breaks[0]"),
            (
                {"intervals": [interval(), interval(weekday=2, valid_from=date_pb2.Date(year=2026, month=2, day=30))]},
                "NO_SUCH_DAY",
                "intervals[1].valid_from",
            ),
            (
                {"intervals": [interval(valid_until=date_pb2.Date(year=2026))]},
                "NO_SUCH_DAY",
                "intervals[0].valid_until",
            ),
            (
                {"breaks": [interval(every_weeks=2, in_week_of=date_pb2.Date(year=2026, month=13, day=1))]},
                "NO_SUCH_DAY",
                "breaks[0].in_week_of",
            ),
            (
                {"recurring": [opening(first_day=date_pb2.Date(year=2025, month=2, day=29))]},
                "NO_SUCH_DAY",
                "recurring[0].first_day",
            ),
            (
                {"recurring": [opening(**{"except": [day("2026-02-07"), date_pb2.Date(year=2026, month=2, day=31)]})]},
                "NO_SUCH_DAY",
                "recurring[0].except[1]",
            ),
            (
                {"intervals": [interval(valid_from=day("2026-02-01"), valid_until=day("2026-01-31"))]},
                "ENDS_BEFORE_START",
                "intervals[0].valid_until",
            ),
            (
                {"recurring": [opening(), opening("FREQ=HOURLY")]},
                "RECURRENCE_NOT_SUPPORTED",
                "recurring[1].rrule",
            ),
            ({"intervals": [interval(every_weeks=2)]}, "INVALID", "intervals[0]"),
            (
                {"intervals": [interval(every_weeks=9, in_week_of=day("2026-11-04"))]},
                "INVALID",
                "intervals[0].every_weeks",
            ),
            ({"intervals": [interval("24:00", "01:00")]}, "INVALID", "intervals[0].starts"),
            ({"intervals": [interval("09:00", "24:01")]}, "INVALID", "intervals[0].ends"),
            ({"recurring": [opening(starts=time("24:00"))]}, "INVALID", "recurring[0].starts"),
            ({"recurring": [opening(duration_minutes=1441)]}, "INVALID", "recurring[0].duration_minutes"),
        ],
    )
    async def test_what_is_wrong_is_named_and_nothing_is_kept(
        self, clinic: Any, facts: dict[str, Any], reason: str, field: str
    ) -> None:
        before = await listed(clinic)
        with pytest.raises(DomainError) as wrong:
            await set_hours(clinic, **facts)
        assert (wrong.value.reason, [f.field for f in wrong.value.fields]) == (reason, [field])
        assert wrong.value.detail
        assert await listed(clinic) == before

    async def test_the_answer_names_times_as_people_write_them(self, clinic: Any) -> None:
        answered = MessageToDict((await set_hours(clinic, **FULL)).intervals[1])
        assert answered == {
            "weekday": "WEDNESDAY", "starts": {"hours": 22}, "ends": {"hours": 6}, "everyWeeks": 2,
            "inWeekOf": {"year": 2026, "month": 11, "day": 4},
        }  # fmt: skip
