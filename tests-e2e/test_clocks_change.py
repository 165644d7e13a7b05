"""On the days when clocks change, a clinic that is always open offers each time there is, and none that is not."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from journeys import ZONE, Clinic

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.fixture
def around_the_clock(clinic: Clinic) -> Clinic:
    open_ = [{"weekday": day, "starts": "00:00", "ends": "24:00"} for day in DAYS]
    for specialist in clinic.specialist_ids:
        clinic.admin.put(f"/providers/{specialist}/weekly-hours/{clinic.location_id}", intervals=open_)
    return clinic


def change(month: int) -> date:
    """The last Sunday of the next such month, when Europe's clocks change."""
    today = datetime.now(ZoneInfo(ZONE)).date()
    for year in (today.year, today.year + 1):
        day = date(year, month, 31)
        day -= timedelta(days=(day.weekday() + 1) % 7)
        if day > today:
            return day
    raise AssertionError


def starts(clinic: Clinic, day: date) -> list[str]:
    found = clinic.admin.get(
        "/availability", serviceId=clinic.service_id, locationId=clinic.location_id, start=day.isoformat(),
        end=(day + timedelta(days=1)).isoformat(), providerIds=clinic.specialist_ids[0], limit=1000,
    )["slots"]  # fmt: skip
    return [slot["start"] for slot in found]


def book(clinic: Clinic, start: str) -> dict[str, Any]:
    made = clinic.book({"provider": {"id": clinic.specialist_ids[0]}, "start": start})
    assert made.status_code == 201, made.text
    appointment: dict[str, Any] = made.json()["appointment"]
    return appointment


@pytest.mark.covers("S06")
def test_in_spring_an_hour_is_missing_and_the_next_time_is_named(around_the_clock: Clinic) -> None:
    clinic, day = around_the_clock, change(3)
    found = starts(clinic, day)
    assert len(found) == 23 * 4
    assert not [start for start in found if start[11:13] == "03"]
    skipped = clinic.admin.ask(
        "GET", "/availability",
        params={
            "serviceId": clinic.service_id, "locationId": clinic.location_id, "start": f"{day}T03:30",
            "end": f"{day}T12:00",
        },
    )  # fmt: skip
    assert (skipped.status_code, skipped.json()["code"]) == (400, "LOCAL_TIME_SKIPPED")
    assert f"{day}T04:30:00+03:00" in skipped.json()["detail"]
    across = book(clinic, f"{day}T02:45:00+02:00")
    assert across["end"] == f"{day}T04:15:00+03:00"


@pytest.mark.covers("S06")
def test_in_autumn_an_hour_comes_twice_and_each_is_a_time_of_its_own(around_the_clock: Clinic) -> None:
    clinic, day = around_the_clock, change(10)
    found = starts(clinic, day)
    assert len(found) == len(set(found)) == 25 * 4
    first, second = (start for start in found if start[11:16] == "03:00")
    assert (first[-6:], second[-6:]) == ("+03:00", "+02:00")
    assert book(clinic, first)["startUTC"] != book(clinic, second)["startUTC"]
    left = starts(clinic, day)
    assert first not in left
    assert second not in left
    assert f"{day}T03:45:00+03:00" not in left, "45 minutes are taken, the buffer included, and then the next begins"
