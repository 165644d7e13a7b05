"""Open minutes of a pattern of hours, against looking at the wall clock of every minute."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from scheduling.domain import mask
from scheduling.domain.hours import (
    DAY,
    OpenInterval,
    Pattern,
    instant_of,
    minute_of,
    offsets,
    open_minutes,
)
from scheduling.domain.recurrence import RecurringOpening

# Where something happens: clock changes of an hour and of half of one, a skipped midnight, a line, a leap day, a year's end.
MOMENTS = [
    ("America/New_York", "2026-03-08"), ("America/New_York", "2026-11-01"), ("Europe/Bucharest", "2026-03-29"),
    ("Europe/Bucharest", "2026-10-25"), ("Australia/Lord_Howe", "2026-04-05"), ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Cairo", "2026-04-24"), ("Asia/Kathmandu", "2026-06-01"), ("America/St_Johns", "2026-03-08"),
    ("Pacific/Apia", "2011-12-30"), ("Pacific/Apia", "2026-05-01"), ("Europe/London", "2024-02-29"),
    ("Pacific/Auckland", "2027-01-01"), ("UTC", "2026-12-28"),
]  # fmt: skip
DATES = st.dates(date(2011, 11, 1), date(2027, 2, 1))


@st.composite
def intervals(draw: st.DrawFn) -> OpenInterval:
    plain = OpenInterval.of(draw(st.integers(0, 6)), draw(st.integers(0, DAY - 1)), draw(st.integers(0, DAY)))
    return OpenInterval(
        plain.weekday,
        plain.starts,
        plain.ends,
        draw(st.one_of(st.just(date.min), DATES)),
        draw(st.one_of(st.just(date.max), DATES)),
        draw(st.sampled_from([1, 1, 2, 3, 8])),
        draw(DATES),
    )


OPENINGS = st.builds(
    RecurringOpening,
    st.sampled_from(["FREQ=DAILY;INTERVAL=2", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=WEEKLY;COUNT=3", "FREQ=MONTHLY"]),
    DATES,
    st.integers(0, DAY - 1),
    st.integers(1, DAY),
    st.lists(DATES, max_size=2).map(tuple),
)
PATTERNS = st.builds(
    Pattern,
    st.lists(intervals(), max_size=5).map(tuple),
    st.lists(intervals(), max_size=3).map(tuple),
    st.lists(OPENINGS, max_size=2).map(tuple),
)


def holds(it: OpenInterval, day: date) -> bool:
    weeks = (day - timedelta(days=day.weekday()) - it.in_week_of + timedelta(days=it.in_week_of.weekday())).days // 7
    return it.weekday == day.weekday() and it.valid_from <= day <= it.valid_until and weeks % it.every_weeks == 0


def by_the_wall_clock(pattern: Pattern, zone: str, first: int, last: int) -> set[int]:
    """Every minute of the window: what does the clock show, and does an interval hold then?"""
    tz, found, known = ZoneInfo(zone), set(), {}

    def recurs(opening: RecurringOpening, day: date) -> bool:
        if opening not in known:
            rule = rrulestr(opening.rrule, dtstart=datetime.combine(opening.first_day, datetime.min.time()))
            end = instant_of(last).replace(tzinfo=None) + timedelta(days=3)
            known[opening] = {d.date() for d in takewhile(lambda at: at <= end, rule)}
        return day in known[opening] and day not in opening.except_on

    def lies_in(shift: int, day: date, minute: int) -> tuple[bool, bool]:
        """Open and pausing, by what began so many days before."""
        begun, at = day - timedelta(days=shift), minute + shift * DAY
        opened = any(i.starts <= at < i.ends and holds(i, begun) for i in pattern.intervals)
        opened |= any(r.starts <= at < r.starts + r.minutes and recurs(r, begun) for r in pattern.recurring)
        return opened, any(i.starts <= at < i.ends and holds(i, begun) for i in pattern.breaks)

    for minute in range(first, last):
        local = instant_of(minute).astimezone(tz)
        seen = [lies_in(shift, local.date(), local.hour * 60 + local.minute) for shift in (0, 1)]
        if any(opened for opened, _ in seen) and not any(pausing for _, pausing in seen):
            found.add(minute - first)
    return found


def minutes(pattern: Pattern, zone: str, first: int, last: int) -> set[int]:
    return set(mask.minutes(open_minutes(pattern, zone, first, last)))


def midnight(zone: str, day: str) -> int:
    return minute_of(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)))


@settings(deadline=None)
@given(PATTERNS, st.sampled_from(MOMENTS), st.integers(-DAY, DAY), st.integers(0, DAY))
def test_open_minutes_are_those_the_wall_clock_says(
    pattern: Pattern, moment: tuple[str, str], shift: int, length: int
) -> None:
    zone, first = moment[0], midnight(*moment) + shift
    assert minutes(pattern, zone, first, first + length) == by_the_wall_clock(pattern, zone, first, first + length)


def changes() -> Iterator[tuple[str, int]]:
    """Every change of every zone's clock from 2024 to 2030; zones with one history are looked at once."""
    first, last = minute_of(datetime(2024, 1, 1, tzinfo=UTC)), minute_of(datetime(2031, 1, 1, tzinfo=UTC))
    histories = {offsets(zone, first, last): zone for zone in sorted(available_timezones())}
    for history, zone in histories.items():
        for (_, change, _), _ in pairwise(history):
            yield zone, change


def test_in_every_zone_at_every_change_breaks_and_weeks_are_those_of_the_wall_clock() -> None:
    """Around each: a night shift of this week only, one of other weeks, a break in the hour that changes."""
    looked_at = 0
    for zone, change in changes():
        day = instant_of(change - 1).astimezone(ZoneInfo(zone)).date()
        this, before = day.weekday(), (day - timedelta(days=1)).weekday()
        yesterday, next_week = day - timedelta(days=1), day + timedelta(days=7)
        pattern = Pattern(
            intervals=(
                OpenInterval(before, 22 * 60, 26 * 60 + 40, every_weeks=2, in_week_of=yesterday),
                OpenInterval(this, 3 * 60 + 10, 24 * 60 + 30, valid_from=day, valid_until=day),
                OpenInterval(this, 2 * 60 + 40, 3 * 60 + 10, every_weeks=2, in_week_of=next_week),
            ),
            breaks=(
                OpenInterval(this, 40, 70, every_weeks=2, in_week_of=day),
                OpenInterval(this, 2 * 60 + 20, 2 * 60 + 35),
                OpenInterval(this, 3 * 60 + 20, 3 * 60 + 50, valid_until=yesterday),
            ),
            recurring=(RecurringOpening("FREQ=DAILY;COUNT=1", day, 125, 10),),
        )
        window = change - 120, change + 120
        assert minutes(pattern, zone, *window) == by_the_wall_clock(pattern, zone, *window), (zone, day)
        looked_at += 1
    assert looked_at > 400


class TestAWeekOfHours:
    """What it comes to, in hours one can count."""

    ZONE = "Europe/Bucharest"

    def hours(self, pattern: Pattern, begin: str, end: str) -> float:
        return open_minutes(pattern, self.ZONE, midnight(self.ZONE, begin), midnight(self.ZONE, end)).bit_count() / 60

    def test_lunch_is_not_open(self) -> None:
        days = range(5)
        pattern = Pattern(
            tuple(OpenInterval.of(d, 9 * 60, 17 * 60) for d in days),
            tuple(OpenInterval.of(d, 12 * 60, 13 * 60) for d in days),
        )
        assert self.hours(pattern, "2026-11-02", "2026-11-09") == 5 * 7

    def test_alternating_weeks_alternate_over_the_end_of_the_year(self) -> None:
        monday = OpenInterval(0, 540, 1020, every_weeks=2, in_week_of=date(2026, 12, 27))
        weeks = ["2026-12-14", "2026-12-21", "2026-12-28", "2027-01-04", "2027-01-11"]
        assert [self.hours(Pattern((monday,)), *week) for week in pairwise(weeks)] == [0, 8, 0, 8]

    def test_the_last_valid_days_shift_runs_on_over_midnight(self) -> None:
        night = OpenInterval(3, 22 * 60, 30 * 60, valid_from=date(2024, 2, 29), valid_until=date(2024, 2, 29))
        assert self.hours(Pattern((night,)), "2024-02-29", "2024-03-01") == 2
        assert self.hours(Pattern((night,)), "2024-03-01", "2024-03-02") == 6
        assert self.hours(Pattern((night,)), "2024-03-07", "2024-03-15") == 0

    def test_a_night_shift_of_the_spring_night_is_an_hour_shorter(self) -> None:
        night = OpenInterval.of(5, 22 * 60, 6 * 60)
        assert self.hours(Pattern((night,)), "2026-03-28", "2026-03-30") == 7
        assert self.hours(Pattern((night,)), "2026-10-24", "2026-10-26") == 9

    def test_the_first_saturday_of_the_month_but_one(self) -> None:
        opening = RecurringOpening("FREQ=MONTHLY;BYDAY=1SA", date(2026, 1, 3), 600, 120, (date(2026, 5, 2),))
        assert self.hours(Pattern(recurring=(opening,)), "2026-01-01", "2027-01-01") == 11 * 2

    def test_a_day_that_a_zone_left_out_has_no_hours(self) -> None:
        every_day = Pattern(tuple(OpenInterval.of(d, 0, 0) for d in range(7)))
        begin, end = (minute_of(datetime(2011, 12, day, tzinfo=UTC)) for day in (29, 31))
        friday = Pattern((OpenInterval.of(4, 0, 0),))
        assert open_minutes(every_day, "Pacific/Apia", begin, end).bit_count() == 2 * DAY
        assert open_minutes(friday, "Pacific/Apia", begin, end) == 0


def test_a_month_is_known_in_a_millisecond() -> None:
    days = range(5)
    pattern = Pattern(
        tuple(OpenInterval.of(d, begin * 60, begin * 60 + 240) for d in days for begin in (9, 14)),
        tuple(OpenInterval.of(d, 11 * 60, 11 * 60 + 15) for d in days),
    )
    took = []
    for n in range(50):
        begin = minute_of(datetime(2026, 10, 1, tzinfo=UTC)) + n
        began = time.perf_counter()
        open_minutes(pattern, "Europe/Bucharest", begin, begin + 31 * DAY)
        took.append(time.perf_counter() - began)
    assert sorted(took)[25] < 0.001
