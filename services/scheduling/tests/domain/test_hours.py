"""Local rules as UTC minutes, against looking at the wall clock of every minute."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from chassis.clock import local_day
from chassis.errors import Invalid
from hypothesis import given
from hypothesis import strategies as st
from scheduling.domain import mask
from scheduling.domain.errors import HoursOverlap, LocalTimeSkipped
from scheduling.domain.hours import (
    DAY,
    OpenInterval,
    Pattern,
    instant_of,
    minute_of,
    offsets,
    open_minutes,
    require_disjoint,
    resolve_local,
)

ZONES = [
    "America/New_York", "Europe/Bucharest", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu", "America/St_Johns",
    "Pacific/Apia", "Africa/Casablanca", "UTC",
]  # fmt: skip
CHANGES = [
    ("America/New_York", "2026-03-08"), ("America/New_York", "2026-11-01"), ("Europe/Bucharest", "2026-03-29"),
    ("Europe/Bucharest", "2026-10-25"), ("Australia/Lord_Howe", "2026-04-05"), ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Cairo", "2026-04-24"), ("Africa/Cairo", "2026-10-30"),
]  # fmt: skip
INTERVALS = st.lists(
    st.builds(OpenInterval.of, st.integers(0, 6), st.integers(0, DAY - 1), st.integers(0, DAY - 1)), max_size=6
)


def by_the_wall_clock(intervals: list[OpenInterval], zone: str, first: int, last: int) -> set[int]:
    tz, found = ZoneInfo(zone), set()
    for minute in range(first, last):
        local = instant_of(minute).astimezone(tz)
        since_monday = local.weekday() * DAY + local.hour * 60 + local.minute
        for i in intervals:
            begins = i.weekday * DAY + i.starts
            if (since_monday - begins) % (7 * DAY) < i.ends - i.starts:
                found.add(minute - first)
    return found


@given(INTERVALS, st.sampled_from(CHANGES), st.integers(-DAY, DAY), st.integers(1, DAY))
def test_open_minutes_are_those_the_wall_clock_says(
    intervals: list[OpenInterval], change: tuple[str, str], shift: int, length: int
) -> None:
    zone, day = change
    first = minute_of(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))) + shift
    found = open_minutes(Pattern(tuple(intervals)), zone, first, first + length)
    assert set(mask.minutes(found)) == by_the_wall_clock(intervals, zone, first, first + length)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Africa/Cairo", "2026-04-24", 23),
        ("Europe/Bucharest", "2026-06-01", 24),
    ],
)
def test_a_day_has_the_hours_it_has(zone: str, day: str, hours: float) -> None:
    begin, end = local_day(date.fromisoformat(day), zone)
    assert end - begin == timedelta(hours=hours)
    all_day = OpenInterval.of(date.fromisoformat(day).weekday(), 0, 0)
    assert open_minutes(Pattern((all_day,)), zone, minute_of(begin), minute_of(end)).bit_count() == hours * 60


@given(st.sampled_from(ZONES), st.integers(10_000_000, 60_000_000), st.integers(1, 400 * DAY))
def test_offsets_cover_the_window_and_are_right_at_their_ends(zone: str, first: int, length: int) -> None:
    found, tz = offsets(zone, first, first + length), ZoneInfo(zone)
    assert found[0][0] == first
    assert found[-1][1] == first + length
    assert all(a[1] == b[0] and a[2] != b[2] for a, b in pairwise(found))
    for begin, end, offset in found:
        for minute in {begin, max(begin, end - 1)}:
            assert instant_of(minute).astimezone(tz).utcoffset() == timedelta(minutes=offset)


@given(INTERVALS)
def test_overlap_is_found_wherever_it_is_in_the_week(intervals: list[OpenInterval]) -> None:
    taken: list[int] = [(i.weekday * DAY + m) % (7 * DAY) for i in intervals for m in range(i.starts, i.ends)]
    if len(taken) == len(set(taken)):
        require_disjoint(intervals)
    else:
        with pytest.raises(HoursOverlap):
            require_disjoint(intervals)


class TestResolveLocal:
    def test_an_instant_stays_what_it_is(self) -> None:
        found = resolve_local("2026-02-20T09:00:00-05:00", "Europe/Bucharest", "start")
        assert found == datetime(2026, 2, 20, 14, tzinfo=UTC)

    def test_a_local_time_is_of_the_zone(self) -> None:
        assert resolve_local("2026-02-20T09:00", "America/New_York", "start") == datetime(2026, 2, 20, 14, tzinfo=UTC)

    def test_a_time_that_comes_twice_is_the_first(self) -> None:
        found = resolve_local("2026-11-01T01:30", "America/New_York", "start")
        assert found == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)

    def test_a_time_that_is_skipped_is_refused_with_the_next(self) -> None:
        with pytest.raises(LocalTimeSkipped, match="2026-03-08T03:30:00-04:00"):
            resolve_local("2026-03-08T02:30", "America/New_York", "start")

    def test_a_date_whose_midnight_is_skipped_begins_at_its_first_instant(self) -> None:
        found = resolve_local("2026-04-24", "Africa/Cairo", "start")
        assert found == local_day(date(2026, 4, 24), "Africa/Cairo")[0]
        assert found.astimezone(ZoneInfo("Africa/Cairo")).hour == 1

    @given(st.text(max_size=30))
    def test_whatever_else_is_said_is_refused_by_field(self, text: str) -> None:
        try:
            found = resolve_local(text, "Europe/Bucharest", "start")
        except Invalid as refused:
            assert [f.field for f in refused.fields] == ["start"]  # noqa: PT017  # most texts are refused, not all
        else:
            assert found.tzinfo is UTC
