"""A day is one of the calendar, a time of day is whole minutes of it."""

import calendar
from datetime import date

import pytest
from catalog.domain.day import day_of, minute_of
from catalog.domain.errors import NoSuchDay
from chassis.errors import Invalid
from hypothesis import example, given
from hypothesis import strategies as st

INT32 = st.integers(-(2**31), 2**31 - 1)
NEARLY = st.tuples(st.integers(-1, 10_001), st.integers(-1, 14), st.integers(-1, 33))


class TestDayOf:
    @given(st.dates())
    def test_every_day_of_the_calendar_is_one(self, day: date) -> None:
        assert day_of(day.year, day.month, day.day, "first") == day

    @given(st.one_of(NEARLY, st.tuples(INT32, INT32, INT32)))
    @example((2026, 2, 29))
    @example((2026, 4, 0))
    @example((0, 12, 25))
    def test_nothing_else_is(self, parts: tuple[int, int, int]) -> None:
        year, month, day = parts
        if 1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]:
            assert day_of(*parts, "first") == date(*parts)
            return
        with pytest.raises(NoSuchDay) as wrong:
            day_of(*parts, "rules[1].blackout_dates.first")
        assert [f.field for f in wrong.value.fields] == ["rules[1].blackout_dates.first"]

    def test_who_does_not_promise_no_such_day_says_it_is_invalid(self) -> None:
        with pytest.raises(Invalid) as wrong:
            day_of(2027, 2, 29, "credentials[0].expires_on", Invalid)
        assert wrong.value.reason == "INVALID"
        assert "2027-02-29" in wrong.value.fields[0].description


class TestMinuteOf:
    @given(st.integers(0, 24 * 60))
    def test_every_minute_until_midnight_is_counted(self, minute: int) -> None:
        assert minute_of(minute // 60, minute % 60, 0, 0, "starts") == minute

    @given(st.one_of(st.tuples(*[st.integers(-1, 61)] * 4), st.tuples(INT32, INT32, INT32, INT32)))
    @example((24, 1, 0, 0))
    @example((9, 60, 0, 0))
    @example((10, -60, 0, 0))
    @example((9, 0, 30, 0))
    @example((9, 0, 0, 1))
    def test_nothing_else_is_a_time_of_day(self, parts: tuple[int, int, int, int]) -> None:
        hours, minutes, seconds, nanos = parts
        if (seconds, nanos) == (0, 0) and minutes in range(60) and (hours in range(24) or (hours, minutes) == (24, 0)):
            assert minute_of(*parts, "starts") == hours * 60 + minutes
            return
        with pytest.raises(Invalid) as wrong:
            minute_of(*parts, "starts")
        assert [f.field for f in wrong.value.fields] == ["starts"]
