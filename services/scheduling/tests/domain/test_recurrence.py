"""Recurrence rules against dateutil, which counts each from its first day."""

import datetime as dt
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from unittest.mock import patch

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from scheduling.domain.errors import RecurrenceNotSupported
from scheduling.domain.recurrence import RecurringOpening

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST_YEAR = 2034


def by_counting(text: str, first_day: date, begin: date, end: date) -> list[date]:
    """dateutil looks for a match up to the last year there is; here that one is near, so that it ends."""
    with patch.object(dt, "MAXYEAR", LAST_YEAR):
        found = takewhile(
            lambda d: d.date() <= end, rrulestr(text, dtstart=datetime.combine(first_day, datetime.min.time()))
        )
        return [d.date() for d in found if d.date() >= begin]


def days(text: str, first_day: date, begin: date, end: date, *, starts: int = 540, zone: str = "UTC") -> list[date]:
    opening = RecurringOpening(text, first_day, starts, 60)
    found = opening.days(zone, begin.toordinal(), end.toordinal())
    counted = replace(opening, counted_until=opening.count())
    assert counted.days(zone, begin.toordinal(), end.toordinal()) == found, "as it is kept"
    return [date.fromordinal(n) for n in found]


def some(draw: st.DrawFn, name: str, values: st.SearchStrategy[object], chance: int = 2) -> dict[str, str]:
    """Now and then a part with a few values."""
    if draw(st.integers(0, chance)):
        return {}
    return {name: ",".join(map(str, draw(st.lists(values, min_size=1, max_size=4, unique=True))))}


def either_sign(most: int) -> st.SearchStrategy[int]:
    return st.integers(-most, most).filter(bool)


@st.composite
def rules(draw: st.DrawFn) -> tuple[str, date]:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    week_start = draw(st.sampled_from(DAYS))
    by: dict[str, str] = some(draw, "BYMONTH", st.integers(1, 12))
    if frequency != "WEEKLY":
        by |= some(draw, "BYMONTHDAY", either_sign(31))
    if frequency == "YEARLY":
        by |= some(draw, "BYYEARDAY", either_sign(366), chance=4)
    numbered = frequency in ("MONTHLY", "YEARLY") and draw(st.booleans())
    most = 5 if frequency == "MONTHLY" or "BYMONTH" in by else 53
    ordinals = either_sign(most) if numbered else st.just("")
    by |= some(draw, "BYDAY", st.builds("{}{}".format, ordinals, st.sampled_from(DAYS)))
    if frequency == "YEARLY" and not numbered and "BYDAY" in by:
        # dateutil is wrong about the weeks around New Year; see below.
        by |= some(draw, "BYWEEKNO", st.integers(2, 51), chance=4)
    if by:
        by |= some(draw, "BYSETPOS", either_sign(20))
    first_day = draw(st.dates(date(1996, 1, 1), date(2026, 12, 31)))
    if frequency == "WEEKLY" and "BYSETPOS" in by:
        # dateutil takes the first week, and no other period, from the first day on.
        first_day -= timedelta(days=(first_day.weekday() - DAYS.index(week_start)) % 7)
    interval = draw(st.one_of(st.just(1), st.integers(2, 5), st.integers(6, 366)))
    parts = {"FREQ": frequency, "INTERVAL": str(interval), "WKST": week_start} | by
    match draw(st.sampled_from(["ENDLESS", "COUNT", "UNTIL"])):
        case "COUNT":
            parts["COUNT"] = str(draw(st.integers(1, 1000)))
        case "UNTIL":
            until = first_day + timedelta(days=draw(st.integers(0, 3000)))
            parts["UNTIL"] = until.strftime("%Y%m%d")
    return ";".join(f"{name}={value}" for name, value in parts.items()), first_day


@settings(max_examples=400, deadline=None)
@given(rules(), st.integers(-60, 3000), st.integers(0, 400))
def test_the_same_days_as_counting_from_the_first(rule: tuple[str, date], shift: int, length: int) -> None:
    text, first_day = rule
    begin = first_day + timedelta(days=shift)
    end = min(begin + timedelta(days=length), date(LAST_YEAR, 12, 31))
    assert days(text, first_day, begin, end) == by_counting(text, first_day, begin, end)


@pytest.mark.parametrize("first_day", [date(2024, 1, 31), date(2024, 2, 29), date(2023, 12, 31), date(2020, 8, 30)])
@pytest.mark.parametrize("interval", [1, 2, 3, 4, 5, 12])
@pytest.mark.parametrize("frequency", ["MONTHLY", "YEARLY"])
def test_days_that_not_every_period_has_are_left_out(frequency: str, interval: int, first_day: date) -> None:
    text, begin, end = f"FREQ={frequency};INTERVAL={interval}", date(2024, 1, 1), date(2034, 12, 31)
    assert days(text, first_day, begin, end) == by_counting(text, first_day, begin, end)


@pytest.mark.parametrize("number", [1, 2, 51, 52, 53, -1, -2, -52, -53])
def test_numbered_weeks_are_those_of_iso_8601(number: int) -> None:
    begin, end = date(1999, 1, 1), date(2034, 12, 31)
    found = days(f"FREQ=YEARLY;BYWEEKNO={number};BYDAY={','.join(DAYS)}", begin, begin, end)
    every = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]

    def numbers(day: date) -> tuple[int, int]:
        year, week, _ = day.isocalendar()
        return week, week - date(year, 12, 28).isocalendar().week - 1

    assert found == [day for day in every if number in numbers(day)]


@pytest.mark.parametrize("week_start", DAYS)
def test_the_week_around_new_year_is_one(week_start: str) -> None:
    text = f"FREQ=WEEKLY;WKST={week_start};BYDAY={','.join(DAYS)};BYSETPOS=2,-1"
    first_day = date(2000, 1, 3) + timedelta(days=DAYS.index(week_start))
    end = date(LAST_YEAR, 12, 31)
    assert days(text, first_day, first_day, end) == by_counting(text, first_day, first_day, end)


def test_every_day_comes_once_up_to_the_end_of_time_that_can_be_booked() -> None:
    begin, end = date(1999, 12, 1), date(2101, 2, 1)
    found = days("FREQ=DAILY", date(1970, 1, 1), begin, end)
    assert found == [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


def test_plain_and_numbered_weekdays_are_one_list() -> None:
    found = days("FREQ=MONTHLY;BYDAY=1TU,SU", date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 30))
    assert [day.day for day in found] == [1, 3, 8, 15, 22, 29]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=MONTHLY;BYDAY=1SA", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;INTERVAL=366;BYMONTHDAY=31;BYMONTH=2",
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=DAILY;COUNT=1000;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;COUNT=1000;INTERVAL=366", "FREQ=YEARLY;UNTIL=20261231;BYYEARDAY=366;BYDAY=MO",
    ],
)  # fmt: skip
def test_none_is_slow_however_long_ago_it_began_and_whether_or_not_it_ever_matches(text: str) -> None:
    first_day, begin = date(1970, 1, 1), date(2026, 10, 1)
    days(text, first_day, begin, begin + timedelta(days=30))
    took = []
    for _ in range(20):
        began = time.perf_counter()
        days(text, first_day, begin, begin + timedelta(days=30))
        took.append(time.perf_counter() - began)
    assert sorted(took)[10] < 0.002


class TestUntil:
    """The last opening is the one that still begins by then."""

    @pytest.mark.parametrize(
        ("until", "zone", "last"),
        [
            ("20260310", "Europe/Bucharest", 10),
            ("20260310T090000", "Europe/Bucharest", 10),
            ("20260310T085959", "Europe/Bucharest", 9),
            ("20260310T070000Z", "Europe/Bucharest", 10),
            ("20260310T065959Z", "Europe/Bucharest", 9),
            ("20260309T200000Z", "Pacific/Auckland", 10),
            ("20260310T185959Z", "Pacific/Pago_Pago", 9),
            ("99991231T235959Z", "Pacific/Kiritimati", 31),
        ],
    )
    def test_is_a_day_or_a_time_local_or_in_utc(self, until: str, zone: str, last: int) -> None:
        month = date(2026, 3, 1), date(2026, 3, 31)
        found = days(f"FREQ=DAILY;UNTIL={until}", date(2026, 1, 1), *month, zone=zone)
        assert [day.day for day in found] == list(range(1, last + 1))

    @pytest.mark.parametrize(("until", "last"), [("20261101T053000Z", 1), ("20261101T052959Z", 31)])
    def test_a_start_that_comes_twice_is_its_first(self, until: str, last: int) -> None:
        window = date(2026, 10, 31), date(2026, 11, 2)
        found = days(f"FREQ=DAILY;UNTIL={until}", date(2026, 1, 1), *window, starts=90, zone="America/New_York")
        assert found[-1].day == last
        assert datetime(2026, 11, 1, 5, 30, tzinfo=UTC) == datetime.fromisoformat("2026-11-01T01:30-04:00")


def test_the_days_it_leaves_out_count() -> None:
    opening = RecurringOpening("FREQ=DAILY;COUNT=5", date(2026, 1, 1), 540, 60, (date(2026, 1, 2), date(2026, 1, 5)))
    found = opening.days("UTC", date(2025, 1, 1).toordinal(), date(2027, 1, 1).toordinal())
    assert [date.fromordinal(n).day for n in found] == [1, 3, 4]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "leave out the empty part"),
        ("FREQ=", "FREQ=DAILY"),
        ("INTERVAL=2", "FREQ=DAILY"),
        ("FREQ=HOURLY", "FREQ=DAILY"),
        ("FREQ=SECONDLY;COUNT=5", "FREQ=DAILY"),
        ("RRULE:FREQ=DAILY", "leave out RRULE:FREQ"),
        ("FREQ=DAILY;", "leave out the empty part"),
        ("FREQ=DAILY;FREQ=WEEKLY", "once"),
        ("FREQ=DAILY;BYHOUR=9", "starts and durationMinutes"),
        ("FREQ=DAILY;BYMINUTE=9", "starts and durationMinutes"),
        ("FREQ=DAILY;BYSECOND=9", "starts and durationMinutes"),
        ("FREQ=DAILY;BYEASTER=0", "leave out BYEASTER"),
        ("FREQ=DAILY;X-ODD=1", "leave out X-ODD"),
        ("FREQ=DAILY;INTERVAL=0", "1 to 366"),
        ("FREQ=DAILY;INTERVAL=367", "1 to 366"),
        ("FREQ=DAILY;INTERVAL=²", "1 to 366"),
        ("FREQ=DAILY;COUNT=1001", "1 to 1000"),
        ("FREQ=DAILY;COUNT=0", "1 to 1000"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20260101", "not both"),
        ("FREQ=DAILY;UNTIL=2026-01-01", "UNTIL must be"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL must be"),
        ("FREQ=DAILY;UNTIL=19691231", "UNTIL must be"),
        ("FREQ=DAILY;UNTIL=20260101T2500", "UNTIL must be"),
        ("FREQ=MONTHLY;BYDAY=XX", "MO, TU"),
        ("FREQ=MONTHLY;BYDAY=", "MO, TU"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY must be"),
        ("FREQ=MONTHLY;BYDAY=6MO", "no more than five"),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=53MO", "no more than five"),
        ("FREQ=YEARLY;BYDAY=54MO", "BYDAY must be"),
        ("FREQ=WEEKLY;BYDAY=1MO", "MONTHLY or YEARLY"),
        ("FREQ=YEARLY;BYWEEKNO=5;BYDAY=1MO", "without BYWEEKNO"),
        ("FREQ=YEARLY;BYWEEKNO=5", "needs BYDAY"),
        ("FREQ=MONTHLY;BYWEEKNO=5;BYDAY=MO", "FREQ=YEARLY"),
        ("FREQ=MONTHLY;BYYEARDAY=5", "FREQ=YEARLY"),
        ("FREQ=WEEKLY;BYMONTHDAY=5", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYMONTH=13", "1 to 12"),
        ("FREQ=YEARLY;BYMONTH=-1", "1 to 12"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "1 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "1 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,,2", "1 to 31"),
        ("FREQ=YEARLY;BYYEARDAY=-367", "1 to 366"),
        ("FREQ=MONTHLY;BYSETPOS=1", "another BY part"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=0", "1 to 366"),
        ("FREQ=WEEKLY;WKST=1", "MO, TU"),
    ],
)
def test_another_rule_is_refused_with_advice(text: str, advice: str) -> None:
    with pytest.raises(RecurrenceNotSupported) as refused:
        RecurringOpening(text, date(2026, 1, 1), 540, 60).require_supported("recurring[3]")
    assert [f.field for f in refused.value.fields] == ["recurring[3].rrule"]
    assert advice in refused.value.detail


@given(st.text(alphabet="FREQ=DAILYWEKMONTHBSUC;,:-+0123456789 ²é\0", max_size=40) | st.text(max_size=60))
def test_whatever_is_said_is_understood_or_refused(text: str) -> None:
    opening = RecurringOpening(text, date(2026, 1, 1), 540, 60)
    try:
        opening.require_supported("recurring[0]")
    except RecurrenceNotSupported:
        return
    opening.days("Europe/Bucharest", date(2026, 1, 1).toordinal(), date(2026, 2, 1).toordinal())


@pytest.mark.parametrize("first_day", [date(1969, 12, 31), date(2100, 1, 1), date(1, 1, 1)])
def test_a_rule_begins_in_time_that_can_be_booked(first_day: date) -> None:
    with pytest.raises(RecurrenceNotSupported) as refused:
        RecurringOpening("FREQ=DAILY", first_day, 540, 60).require_supported("recurring[0]")
    assert [f.field for f in refused.value.fields] == ["recurring[0].first_day"]


def test_small_letters_are_as_good() -> None:
    month = date(2026, 1, 1), date(2026, 1, 31)
    assert days("freq=monthly;byday=1sa", month[0], *month) == [date(2026, 1, 3)]
