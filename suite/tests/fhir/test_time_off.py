"""Time off: when nobody can be booked, whatever the weekly hours say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ambulo.scheduling.v1 import overrides_pb2

NOON = datetime(2030, 6, 3, 12, tzinfo=UTC)
ZONE = "http://hl7.org/fhir/StructureDefinition/timezone"


def off(planned: Any, *, zone: str = "UTC", **during: str) -> tuple[list[tuple[datetime, datetime]], str]:
    """What is closed, and what is said of the role."""
    place = {"name": "One", "extension": [{"url": ZONE, "valueCode": zone}]}
    role: dict[str, Any] = {"practitioner": {"reference": "Practitioner/1"}}
    role |= {"notAvailable": [{"description": "Leave", "during": during}]}
    it = planned({"Practitioner/1": {"name": [{"text": "Ana Pop"}]}, "Location/1": place, "PractitionerRole/1": role})
    closed = it.all("AddOverride")
    assert all((x.kind, x.reason) == (overrides_pb2.OVERRIDE_KIND_UNAVAILABLE, "Leave") for x in closed)
    return [(x.starts_at.ToDatetime(UTC), x.ends_at.ToDatetime(UTC)) for x in closed], it.why("PractitionerRole/1")


def test_a_date_is_the_whole_local_day(planned: Any) -> None:
    closed, why = off(planned, zone="America/New_York", start="2030-07-01", end="2030-07-02")
    assert closed == [(datetime(2030, 7, 1, 4, tzinfo=UTC), datetime(2030, 7, 3, 4, tzinfo=UTC))]
    assert why == ""


def test_the_day_of_a_time_change_has_its_hours(planned: Any) -> None:
    [(begin, end)], _ = off(planned, zone="Europe/Bucharest", start="2030-10-27", end="2030-10-27")
    assert end - begin == timedelta(hours=25)


def test_an_instant_is_that_instant(planned: Any) -> None:
    closed, _ = off(planned, start="2030-07-01T13:00:00-04:00", end="2030-07-01T16:00:00-04:00")
    assert closed == [(datetime(2030, 7, 1, 17, tzinfo=UTC), datetime(2030, 7, 1, 20, tzinfo=UTC))]


def test_what_has_begun_is_off_from_now(planned: Any) -> None:
    assert off(planned, start="2029-01-01", end="2030-06-04")[0] == [(NOON, datetime(2030, 6, 5, tzinfo=UTC))]


def test_without_a_start_it_is_from_now(planned: Any) -> None:
    assert off(planned, end="2030-06-03")[0] == [(NOON, datetime(2030, 6, 4, tzinfo=UTC))]


def test_without_an_end_it_is_three_years_in_pieces_that_join(planned: Any) -> None:
    closed, _ = off(planned, start="2030-07-01")
    assert closed[0][0] == datetime(2030, 7, 1, tzinfo=UTC)
    assert closed[-1][1] == NOON + timedelta(days=3 * 365)
    assert all(end - begin <= timedelta(days=399) for begin, end in closed)
    assert [end for _, end in closed[:-1]] == [begin for begin, _ in closed[1:]]


@pytest.mark.parametrize("during", [{"start": "2020-01-01", "end": "2020-01-31"}, {"end": "2030-06-02"}])
def test_what_is_past_is_named(planned: Any, during: dict[str, str]) -> None:
    closed, why = off(planned, **during)
    assert (closed, why.endswith("is in the past")) == ([], True)


@pytest.mark.parametrize("during", [{}, {"start": "soon", "end": "later"}])
def test_what_says_no_time_is_named(planned: Any, during: dict[str, str]) -> None:
    closed, why = off(planned, **during)
    assert (closed, why.endswith("says no time; it was left out")) == ([], True)


@pytest.mark.parametrize(
    ("during", "end"),
    [
        ({"start": "2030-07", "end": "2030-07"}, datetime(2030, 8, 1, tzinfo=UTC)),
        ({"start": "2030-07-01", "end": "2030"}, datetime(2031, 1, 1, tzinfo=UTC)),
        ({"start": "2030-07", "end": "2030-12"}, datetime(2031, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_month_or_year_is_the_whole_of_it(planned: Any, during: dict[str, str], end: datetime) -> None:
    assert off(planned, **during) == ([(datetime(2030, 7, 1, tzinfo=UTC), end)], "")


def test_a_bound_that_cannot_be_read_is_named_and_left_out(planned: Any) -> None:
    closed, why = off(planned, start="soon", end="2030-06-03")
    assert closed == [(NOON, datetime(2030, 6, 4, tzinfo=UTC))]
    assert why == "during.start 'soon' cannot be read; it was left out"


def test_what_is_too_far_ahead_is_named(planned: Any) -> None:
    closed, why = off(planned, start="2033-06-03", end="2033-06-04")
    assert (closed, why.endswith("begins more than three years ahead")) == ([], True)


def test_what_ends_too_far_ahead_is_cut_and_said_to_be(planned: Any) -> None:
    closed, why = off(planned, start="2033-06-01", end="9999-12-31")
    assert closed == [(datetime(2033, 6, 1, tzinfo=UTC), NOON + timedelta(days=3 * 365))]
    assert why.endswith("was taken for three years only")


def test_what_ends_before_it_begins_is_named(planned: Any) -> None:
    closed, why = off(planned, start="2030-08-01", end="2030-07-01")
    assert (closed, why.endswith("ends before it begins")) == ([], True)
