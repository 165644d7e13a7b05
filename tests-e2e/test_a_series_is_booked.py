"""A patient comes again and again: seen before, booked as one, moved and canceled from one visit on."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from journeys import ZONE, Clinic


def at(clinic: Clinic, week: int = 0, hour: int = 10, days: int = 0) -> str:
    """Local time, whatever the clocks do in between."""
    wall = clinic.day(14).replace(tzinfo=None, hour=hour) + timedelta(weeks=week, days=days)
    return wall.replace(tzinfo=ZoneInfo(ZONE)).isoformat()


def asked(clinic: Clinic, count: int, **more: Any) -> dict[str, Any]:
    facts = {"serviceId": clinic.service_id, "providerId": clinic.specialist_ids[0], "start": at(clinic)}
    return facts | {"rrule": f"FREQ=WEEKLY;COUNT={count}"} | more


def preview(clinic: Clinic, count: int, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = clinic.admin.post("/series-previews", status=200, **asked(clinic, count, **more))
    return found


def book(clinic: Clinic, count: int, **more: Any) -> httpx.Response:
    body = asked(clinic, count, patientId=clinic.patient_id, **more)
    return clinic.admin.ask("POST", "/series", json=body)


def change(clinic: Clinic, series: dict[str, Any], n: int, scope: str, **how: Any) -> httpx.Response:
    body = {"appointmentId": series["appointments"][n]["id"], "scope": scope} | how
    return clinic.admin.ask("PATCH", f"/series/{series['id']}", json=body)


def taken_at(clinic: Clinic, start: str) -> dict[str, Any]:
    """By somebody else, with the same specialist."""
    made = clinic.book({"provider": {"id": clinic.specialist_ids[0]}, "start": start})
    assert made.status_code == 201, made.text
    appointment: dict[str, Any] = made.json()["appointment"]
    return appointment


def starts(those: list[dict[str, Any]]) -> list[str]:
    return [each["start"] for each in those]


@pytest.mark.covers("B10")
def test_what_is_in_the_way_is_known_before_and_then_all_none_or_the_rest_are_booked(clinic: Clinic) -> None:
    taken_at(clinic, at(clinic, 2))
    seen = preview(clinic, 4)
    assert [(each["start"], each["free"]) for each in seen["occurrences"]] == [
        (at(clinic, week), week != 2) for week in range(4)
    ]
    assert (seen["free"], seen["occurrences"][2]["reason"]) == (3, "SLOT_TAKEN")
    proposed = seen["occurrences"][2]["proposals"]
    assert len(proposed) == 3

    none = book(clinic, 4)
    assert (none.status_code, none.json()["code"]) == (409, "SLOT_TAKEN")
    assert [each["pointer"] for each in none.json()["errors"]] == ["/occurrences/2"]
    assert at(clinic, 2) in none.json()["detail"]
    assert preview(clinic, 4)["free"] == 3, "nothing was written"

    series_id = str(uuid4())
    made = book(clinic, 4, onConflict="skip", seriesId=series_id, notes="Knee")
    assert made.status_code == 201, made.text
    series = made.json()
    assert starts(series["appointments"]) == [at(clinic, week) for week in (0, 1, 3)]
    assert [(each["start"], each["reason"]) for each in series["skipped"]] == [(at(clinic, 2), "SLOT_TAKEN")]
    assert book(clinic, 4, onConflict="skip", seriesId=series_id, notes="Knee").json() == series, "asked again"
    assert book(clinic, 5, seriesId=series_id).json()["code"] == "ANOTHER_SERIES"
    assert clinic.admin.get(f"/series/{series_id}") == series
    assert [each["id"] for each in clinic.admin.get("/series", patientId=clinic.patient_id)["series"]] == [series_id]
    assert clinic.book(proposed[0]).status_code == 201, "instead of the one that is left out"
    assert preview(clinic, 4)["free"] == 0
    open_ended = book(clinic, 1, rrule="FREQ=WEEKLY")
    assert (open_ended.status_code, open_ended.json()["code"]) == (400, "RECURRENCE_NOT_SUPPORTED")


@pytest.mark.covers("B10", "S06")
def test_a_year_of_visits_keeps_its_local_time_and_moves_by_it(clinic: Clinic) -> None:
    made = book(clinic, 53)
    assert made.status_code == 201, made.text
    series = made.json()
    assert starts(series["appointments"]) == [at(clinic, week) for week in range(53)]
    assert {start[19:] for start in starts(series["appointments"])} == {"+02:00", "+03:00"}, "clocks change twice"
    moved = change(clinic, series, 1, "following", start=at(clinic, 1, hour=14))
    assert moved.status_code == 200, moved.text
    assert starts(moved.json()["changed"]) == [at(clinic, week, hour=14) for week in range(1, 53)]
    assert starts(clinic.admin.get(f"/series/{series['id']}")["appointments"])[0] == at(clinic)


@pytest.mark.covers("B10")
def test_this_one_those_that_follow_or_all_are_moved_and_canceled_at_once(clinic: Clinic) -> None:
    series = book(clinic, 5).json()
    this = change(clinic, series, 1, "this", start=at(clinic, 1, hour=12), reason="dentist")
    assert starts(this.json()["changed"]) == [at(clinic, 1, hour=12)]

    other = taken_at(clinic, at(clinic, 3, hour=11))
    stopped = change(clinic, series, 2, "following", start=at(clinic, 2, hour=11))
    assert (stopped.status_code, stopped.json()["code"]) == (409, "SLOT_TAKEN")
    skipped = change(clinic, series, 2, "following", start=at(clinic, 2, hour=11), onConflict="skip").json()
    assert starts(skipped["changed"]) == [at(clinic, 2, hour=11), at(clinic, 4, hour=11)]
    assert [each["appointmentId"] for each in skipped["skipped"]] == [series["appointments"][3]["id"]]

    # A week later each: into the time that the next one leaves; the other's must be free first.
    assert change(clinic, series, 0, "all", start=at(clinic, 1)).json()["errors"][0]["pointer"] == "/occurrences/2"
    path, gone = f"/appointments/{other['id']}", {"status": "canceled"}
    assert clinic.admin.ask("PATCH", path, json=gone, headers={"If-Match": '"1"'}).status_code == 200
    later = change(clinic, series, 0, "all", start=at(clinic, 1))
    assert later.status_code == 200, later.text
    hours = (10, 12, 11, 10, 11)
    expected = [at(clinic, week + 1, hour=hour) for week, hour in enumerate(hours)]
    assert starts(later.json()["changed"]) == expected

    headers = {"If-Match": '"1"'}
    body = {"appointmentId": series["appointments"][2]["id"], "scope": "following", "status": "canceled"}
    stale = clinic.admin.ask("PATCH", f"/series/{series['id']}", json=body, headers=headers)
    assert stale.json()["code"] == "APPOINTMENT_CHANGED"
    rest = change(clinic, series, 2, "following", status="canceled", reason="well again")
    assert starts(rest.json()["changed"]) == expected[2:]
    left = clinic.admin.get(f"/series/{series['id']}")["appointments"]
    assert Counter(each["status"] for each in left) == {"scheduled": 2, "canceled": 3}
    day = datetime.fromisoformat(expected[2]).replace(hour=0)
    free = {slot["start"] for slot in clinic.slots(day=day, providerIds=clinic.specialist_ids[0])}
    assert expected[2] in free


@pytest.mark.covers("B10")
def test_of_ten_who_want_the_same_series_one_gets_it_all(clinic: Clinic) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: book(clinic, 8), range(10)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 9}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"SLOT_TAKEN"}
    listed = clinic.admin.get("/appointments", patientId=clinic.patient_id, limit=200)["appointments"]
    assert starts(listed) == [at(clinic, week) for week in range(8)]
