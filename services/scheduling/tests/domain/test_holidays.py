"""Closed days, and the minutes they take."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scheduling.domain import holidays, mask
from scheduling.domain.errors import UnknownCountry
from scheduling.domain.holidays import HolidayCalendar, closed_days, closed_minutes
from scheduling.domain.hours import DAY, instant_of, minute_of

ZONES = [
    "Europe/Bucharest",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Cairo",
]
NATIONAL_DAY = date(2026, 12, 1)


class TestClosedDays:
    def test_are_the_countrys_less_those_worked_and_the_clinics_own(self) -> None:
        own = date(2026, 8, 3)
        found = closed_days("RO", "", [NATIONAL_DAY], [(own, "Painting")], [2026])
        public = closed_days("RO", "", (), (), [2026])
        assert set(found) == set(public) - {NATIONAL_DAY} | {own}
        assert list(found) == sorted(found)

    def test_of_a_day_that_is_both_worked_and_closed_it_is_closed(self) -> None:
        assert closed_days("RO", "", [NATIONAL_DAY], [(NATIONAL_DAY, "Ours")], [2026])[NATIONAL_DAY] == "Ours"

    def test_only_the_years_asked_for_count(self) -> None:
        own = [(date(year, 8, 3), "Painting") for year in (2025, 2026, 2027, 2028)]
        assert {day.year for day in closed_days("US", "NY", (), own, range(2026, 2028))} == {2026, 2027}

    def test_without_a_country_there_are_only_the_clinics_own(self) -> None:
        assert closed_days("", "", [NATIONAL_DAY], (), [2026]) == {}

    def test_names_are_the_countrys_whatever_the_machine_speaks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("LANGUAGE", "LANG", "LC_ALL", "LC_MESSAGES"):
            monkeypatch.setenv(name, "en_US.UTF-8")
        holidays._public.cache_clear()
        assert closed_days("RO", "", (), (), [2026])[NATIONAL_DAY] == "Ziua Națională a României"


@pytest.mark.parametrize(
    ("calendar", "field"),
    [
        (HolidayCalendar("ZZ"), "country"),
        (HolidayCalendar("RO", "XX"), "subdivision"),
        (HolidayCalendar("", "BY"), "country"),
    ],
)
def test_what_is_unknown_is_named(calendar: HolidayCalendar, field: str) -> None:
    with pytest.raises(UnknownCountry) as unknown:
        calendar.require_known()
    assert [f.field for f in unknown.value.fields] == [field]


@pytest.mark.parametrize(
    "calendar", [HolidayCalendar(), HolidayCalendar("RO"), HolidayCalendar("DE", "BY"), HolidayCalendar("AT", "9")]
)
def test_what_is_known_is_taken(calendar: HolidayCalendar) -> None:
    calendar.require_known()


@given(
    st.sampled_from(ZONES),
    st.sets(st.dates(date(2026, 3, 28), date(2026, 4, 6)), max_size=3),
    st.integers(0, 8 * DAY),
    st.integers(0, 2 * DAY),
)
def test_closed_minutes_are_those_of_the_local_days(zone: str, days: set[date], shift: int, length: int) -> None:
    first, tz = minute_of(datetime(2026, 3, 28, tzinfo=UTC)) + shift, ZoneInfo(zone)
    found = set(mask.minutes(closed_minutes(days, zone, first, first + length)))
    assert found == {n for n in range(length) if instant_of(first + n).astimezone(tz).date() in days}
