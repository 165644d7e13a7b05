"""Patterns of hours against looking at the wall clock of every minute, and at every day of years."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from scheduling.domain import mask
from scheduling.domain.errors import BreakOutsideHours, EndsBeforeStart, HoursOverlap
from scheduling.domain.hours import (
    DAY,
    OpenInterval,
    Pattern,
    instant_of,
    minute_of,
    offsets,
    open_minutes,
    require_disjoint,
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
            known[opening] = {d.date() for d in rule.between(datetime.min, end, inc=True)}
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


def days_of(it: OpenInterval) -> Callable[[int], set[int]]:
    """Minutes since a Monday that it takes, looked up day by day over the years that DATES are in."""
    begin, end = date(2011, 8, 1), date(2027, 5, 3)
    taken = [n for n in range((end - begin).days) if holds(it, begin + timedelta(days=n))]
    return lambda shift: {n + shift for n in taken}


def slowly_overlap(a: OpenInterval, b: OpenInterval) -> bool:
    return any(
        days_of(a)(shift) & days_of(b)(0)
        for shift in (-1, 0, 1)
        if a.starts < shift * DAY + b.ends and shift * DAY + b.starts < a.ends
    )


@settings(deadline=None)
@given(intervals(), intervals())
def test_two_overlap_if_a_day_comes_on_which_they_do(a: OpenInterval, b: OpenInterval) -> None:
    if slowly_overlap(a, b):
        with pytest.raises(HoursOverlap) as refused:
            require_disjoint([a, b])
        assert [f.field for f in refused.value.fields] == ["intervals[1]"]
    else:
        require_disjoint([a, b])


@st.composite
def breaks_in(draw: st.DrawFn, it: OpenInterval) -> OpenInterval:
    """Beginning and ending within an interval; whether it holds as long is another matter."""
    begin = draw(st.integers(it.starts, it.ends - 1))
    end = draw(st.integers(begin + 1, it.ends))
    over = begin >= DAY
    return OpenInterval(
        (it.weekday + over) % 7,
        begin - over * DAY,
        end - over * DAY,
        draw(st.sampled_from([date.min, it.valid_from, it.valid_from + timedelta(days=1)])),
        draw(st.sampled_from([date.max, it.valid_until, date(2020, 1, 1)])),
        draw(st.sampled_from([1, 2, 3, it.every_weeks, 8])),
        draw(st.one_of(st.just(it.in_week_of), DATES)),
    )


@settings(deadline=None)
@given(intervals().flatmap(lambda it: st.tuples(st.just(it), breaks_in(it))))
def test_a_break_is_within_if_the_interval_holds_on_all_of_its_days(both: tuple[OpenInterval, OpenInterval]) -> None:
    works, pause = both
    if works.valid_until < works.valid_from or pause.valid_until < pause.valid_from:
        return
    within = any(
        works.starts <= pause.starts + shift * DAY
        and pause.ends + shift * DAY <= works.ends
        and days_of(pause)(0) <= days_of(works)(shift)
        for shift in (0, 1)
    )
    if within:
        Pattern((works,), (pause,)).require_sound()
    else:
        assert refused_field(Pattern((works,), (pause,))) == "breaks[0]"


def refused_field(pattern: Pattern) -> str:
    with pytest.raises((HoursOverlap, BreakOutsideHours, EndsBeforeStart)) as refused:
        pattern.require_sound()
    return refused.value.fields[0].field


class TestSound:
    def test_the_later_of_two_that_overlap_is_named_and_says_with_which(self) -> None:
        monday, tuesday = OpenInterval.of(0, 540, 720), OpenInterval.of(1, 540, 720)
        pattern = Pattern((monday, tuesday, OpenInterval.of(0, 719, 800)))
        assert refused_field(pattern) == "intervals[2]"
        with pytest.raises(HoursOverlap, match=r"overlaps intervals\[0\]"):
            pattern.require_sound()

    def test_sunday_night_meets_monday_of_the_next_week_of_the_pattern(self) -> None:
        week = date(2026, 11, 2)
        night = OpenInterval(6, 22 * 60, 26 * 60, every_weeks=2, in_week_of=week)
        early = OpenInterval(0, 60, 240, every_weeks=2, in_week_of=week + timedelta(days=7))
        assert refused_field(Pattern((night, early))) == "intervals[1]"
        Pattern((night, OpenInterval(0, 60, 240, every_weeks=2, in_week_of=week))).require_sound()

    def test_winter_and_summer_hours_may_share_a_weekday(self) -> None:
        summer = OpenInterval(0, 540, 1020, date(2026, 4, 1), date(2026, 9, 30))
        winter = OpenInterval(0, 600, 1020, date(2026, 10, 1))
        Pattern((summer, winter)).require_sound()
        assert refused_field(Pattern((summer, OpenInterval(0, 600, 1020, date(2026, 9, 1))))) == "intervals[1]"

    @pytest.mark.parametrize(("every", "meets"), [((2, 2), False), ((2, 4), False), ((2, 3), True), ((3, 8), True)])
    def test_weeks_of_two_rhythms_meet_unless_a_divisor_keeps_them_apart(
        self, every: tuple[int, int], *, meets: bool
    ) -> None:
        week = date(2026, 11, 2)
        a = OpenInterval(0, 540, 720, every_weeks=every[0], in_week_of=week)
        b = OpenInterval(0, 600, 800, every_weeks=every[1], in_week_of=week + timedelta(days=7))
        if meets:
            assert refused_field(Pattern((a, b))) == "intervals[1]"
        else:
            Pattern((a, b)).require_sound()

    def test_a_break_lies_within_one_interval_that_holds_as_long(self) -> None:
        works = (OpenInterval(0, 540, 720, date(2026, 1, 1)), OpenInterval(0, 720, 1020, date(2026, 1, 1)))
        fits = OpenInterval(0, 600, 660, date(2026, 1, 5))
        Pattern(works, (fits,)).require_sound()
        for wrong in (
            OpenInterval(0, 600, 660),
            OpenInterval(0, 700, 740, date(2026, 1, 5)),
            OpenInterval(1, 600, 660, date(2026, 1, 5)),
            OpenInterval(0, 530, 560, date(2026, 1, 5)),
        ):
            assert refused_field(Pattern(works, (fits, wrong))) == "breaks[1]"

    def test_a_break_after_midnight_lies_in_the_shift_of_the_day_before(self) -> None:
        night = OpenInterval.of(0, 22 * 60, 6 * 60)
        Pattern((night,), (OpenInterval.of(1, 120, 150), OpenInterval.of(0, 23 * 60 + 45, 15))).require_sound()
        assert refused_field(Pattern((night,), (OpenInterval.of(0, 120, 150),))) == "breaks[0]"

    def test_a_break_of_every_week_does_not_lie_in_an_interval_of_every_other(self) -> None:
        week = date(2026, 11, 2)
        works = (OpenInterval(0, 540, 1020, every_weeks=2, in_week_of=week),)
        Pattern(works, (OpenInterval(0, 720, 780, every_weeks=4, in_week_of=week),)).require_sound()
        once = OpenInterval(0, 720, 780, week, week)
        Pattern(works, (once,)).require_sound()
        assert refused_field(Pattern(works, (OpenInterval(0, 720, 780),))) == "breaks[0]"
        five = OpenInterval(0, 720, 780, week, week + timedelta(days=28))
        assert refused_field(Pattern(works, (five,))) == "breaks[0]"
        other = OpenInterval(0, 720, 780, every_weeks=2, in_week_of=week + timedelta(days=7))
        assert refused_field(Pattern(works, (other,))) == "breaks[0]"

    def test_a_break_in_a_recurring_opening_only_is_outside(self) -> None:
        opening = RecurringOpening("FREQ=DAILY", date(2026, 1, 1), 540, 480)
        assert refused_field(Pattern((), (OpenInterval.of(0, 600, 660),), (opening,))) == "breaks[0]"

    def test_what_ends_before_it_begins_is_named(self) -> None:
        backwards = OpenInterval(0, 540, 720, date(2026, 2, 1), date(2026, 1, 31))
        assert refused_field(Pattern((backwards,))) == "intervals[0].valid_until"
        assert refused_field(Pattern((), (backwards,))) == "breaks[0].valid_until"

    def test_in_whatever_order_it_was_said_it_is_the_same(self) -> None:
        a, b = OpenInterval.of(0, 540, 720), OpenInterval(0, 540, 720, date(2026, 1, 1))
        assert Pattern((a, b)).in_order() == Pattern((b, a)).in_order()
        assert len({Pattern((a, b)).in_order(), Pattern((b, a)).in_order()}) == 1
