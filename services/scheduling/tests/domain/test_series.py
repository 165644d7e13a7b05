"""The starts of a series: the local time is kept in every zone, and the rule has an end."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from chassis.errors import DomainError
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from scheduling.domain.series import LONGEST, MOST, starts_of

BUCHAREST = "Europe/Bucharest"
ZONES = (BUCHAREST, "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC")
FREQUENCIES = st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "DAILY;INTERVAL=3", "WEEKLY;INTERVAL=2"])


def at(text: str, zone: str = BUCHAREST) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@given(
    zone=st.sampled_from(ZONES),
    wall=st.datetimes(*map(datetime.fromisoformat, ("2026-01-01", "2029-01-01"))).map(
        lambda d: d.replace(second=0, microsecond=0)
    ),
    frequency=FREQUENCIES,
    count=st.integers(1, 20),
)
def test_the_local_time_is_kept_and_the_days_are_the_rules(
    zone: str, wall: datetime, frequency: str, count: int
) -> None:
    tz = ZoneInfo(zone)
    first = wall.replace(tzinfo=tz).astimezone(UTC)
    begins = first.astimezone(tz).replace(tzinfo=None)
    rule = f"FREQ={frequency};COUNT={count}"
    reference = list(rrulestr(rule, dtstart=begins))
    if reference[-1].date() > begins.date() + LONGEST:
        return
    found = starts_of(rule, first, zone)
    assert found[0].instant == first
    assert [each.wall for each in found] == reference
    for each in found:
        seen = each.instant.astimezone(tz)
        assert each.is_skipped or (seen.hour, seen.minute) == (begins.hour, begins.minute)
        before = each.instant - timedelta(hours=1)
        assert each is found[0] or before.astimezone(tz).replace(tzinfo=None) != each.wall, "the first of two"


def test_a_time_that_a_clock_change_skips_is_there_without_an_offset() -> None:
    found = starts_of("FREQ=DAILY;COUNT=3", at("2027-03-27T03:30"), BUCHAREST)
    assert [(each.text, each.is_skipped) for each in found] == [
        ("2027-03-27T03:30:00+02:00", False), ("2027-03-28T03:30:00", True), ("2027-03-29T03:30:00+03:00", False),
    ]  # fmt: skip


def test_a_time_that_comes_twice_is_the_first_unless_the_second_was_asked_for() -> None:
    found = starts_of("FREQ=DAILY;COUNT=2", at("2027-10-30T03:30"), BUCHAREST)
    assert found[1].text == "2027-10-31T03:30:00+03:00"
    second = at("2027-10-31T03:30").replace(fold=0) + timedelta(hours=1)
    assert starts_of("FREQ=DAILY;COUNT=1", second, BUCHAREST)[0].text == "2027-10-31T03:30:00+02:00"


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("FREQ=WEEKLY;UNTIL=20270201", 5),
        ("FREQ=WEEKLY;UNTIL=20270201T075959Z", 4),
        ("FREQ=WEEKLY;UNTIL=20270201T080000Z", 5),
        ("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=4", 4),
        ("FREQ=MONTHLY;BYDAY=1MO;COUNT=24", 24),
        (f"FREQ=DAILY;COUNT={MOST}", MOST),
    ],
)
def test_it_ends_by_count_or_until(rule: str, count: int) -> None:
    assert len(starts_of(rule, at("2027-01-04T10:00"), BUCHAREST)) == count


@pytest.mark.parametrize(
    ("rule", "reason", "words"),
    [
        ("FREQ=WEEKLY", "RECURRENCE_NOT_SUPPORTED", "COUNT"),
        ("FREQ=HOURLY;COUNT=3", "RECURRENCE_NOT_SUPPORTED", "FREQ=DAILY"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=3", "RECURRENCE_NOT_SUPPORTED", "begin on a day it names"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", "RECURRENCE_NOT_SUPPORTED", "begin on a day it names"),
        ("FREQ=WEEKLY;UNTIL=20260101", "RECURRENCE_NOT_SUPPORTED", "begin on a day it names"),
        ("FREQ=DAILY;COUNT=101", "TOO_LONG", "100"),
        ("FREQ=DAILY;UNTIL=20270601", "TOO_LONG", "100"),
        ("FREQ=MONTHLY;COUNT=26", "TOO_LONG", "two years"),
        ("FREQ=YEARLY;INTERVAL=4;UNTIL=20400101", "TOO_LONG", "two years"),
    ],
)
def test_what_has_no_end_or_is_too_long_is_refused_with_what_to_do(rule: str, reason: str, words: str) -> None:
    with pytest.raises(DomainError, match=words) as refused:
        starts_of(rule, at("2027-01-04T10:00"), BUCHAREST)
    assert (refused.value.reason, refused.value.fields[0].field) == (reason, "rrule")
