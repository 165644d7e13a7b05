"""Which hours can be set: against looking at every day of years."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scheduling.domain.errors import BreakOutsideHours, EndsBeforeStart, HoursOverlap
from scheduling.domain.hours import DAY, OpenInterval, Pattern, require_disjoint
from scheduling.domain.recurrence import RecurringOpening

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


def holds(it: OpenInterval, day: date) -> bool:
    weeks = (day - timedelta(days=day.weekday()) - it.in_week_of + timedelta(days=it.in_week_of.weekday())).days // 7
    return it.weekday == day.weekday() and it.valid_from <= day <= it.valid_until and weeks % it.every_weeks == 0


def days_of(it: OpenInterval, shift: int = 0) -> set[int]:
    """Days on which it starts, moved by so many, looked up one by one over the years that DATES are in."""
    begin, end = date(2011, 8, 1) - timedelta(days=shift), date(2027, 5, 3)
    return {n for n in range((end - begin).days) if holds(it, begin + timedelta(days=n))}


def slowly_overlap(a: OpenInterval, b: OpenInterval) -> bool:
    return any(
        days_of(a, shift) & days_of(b)
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
        and days_of(pause) <= days_of(works, shift)
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


def test_a_break_after_midnight_holds_from_the_first_of_all_days() -> None:
    works = OpenInterval(6, 1, DAY + 1, date.min, date.max, 1, date(2011, 11, 1))
    for week in (date(2011, 11, 1), date(2011, 11, 8)):
        Pattern((works,), (OpenInterval(0, 0, 1, date.min, date.max, 2, week),)).require_sound()


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
