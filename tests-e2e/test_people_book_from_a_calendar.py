"""A clinic has calendars; who books from one is given somebody, fairly, and sees only what it offers."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from journeys import Clinic, eventually


def define(clinic: Clinic, *members: dict[str, Any], **more: Any) -> dict[str, Any]:
    facts = {"name": "Knees", "serviceId": clinic.service_id, "locationId": clinic.location_id, "members": members}
    made: dict[str, Any] = clinic.admin.post("/calendars", **(facts | more))
    return made


def listed(clinic: Clinic, calendar: dict[str, Any], days: int = 5) -> list[dict[str, Any]]:
    day = clinic.day()
    found: list[dict[str, Any]] = clinic.admin.get(
        "/availability", calendarId=calendar["id"], start=day.strftime("%Y-%m-%d"),
        end=(day + timedelta(days=days)).strftime("%Y-%m-%d"), limit=1000,
    )["slots"]  # fmt: skip
    return found


def book(clinic: Clinic, calendar: dict[str, Any], start: str) -> Any:
    body = {"patientId": clinic.patient_id, "calendarId": calendar["id"], "start": start}
    return clinic.admin.ask("POST", "/appointments", json=body)


@pytest.mark.covers("S04")
def test_turns_are_shared_by_weight_and_it_is_said_why(clinic: Clinic) -> None:
    ana, bogdan = clinic.specialist_ids
    calendar = define(clinic, {"providerId": ana, "weight": 2}, {"providerId": bogdan})
    starts = sorted({slot["start"] for slot in listed(clinic, calendar)})[::6][:9]
    with ThreadPoolExecutor(9) as pool:
        answers = list(pool.map(lambda start: book(clinic, calendar, start), starts))
    assert {answer.status_code for answer in answers} == {201}
    made = [answer.json()["appointment"] for answer in answers]
    assert Counter(each["providerId"] for each in made) == {ana: 6, bogdan: 3}
    assert all(each["assignment"].startswith("round robin") for each in made)

    month = clinic.day().strftime("%Y-%m-%d")
    path = f"/calendars/{calendar['id']}/fairness"
    if len({each["start"][:7] for each in made}) == 1:
        shares = eventually(
            lambda: [s for s in clinic.admin.get(path, month=month)["shares"] if s["appointments"] == 6], what="shares"
        )
        assert (shares[0]["providerId"], shares[0]["target"], shares[0]["difference"]) == (ana, 6, 0)
    refused = clinic.admin.ask("POST", "/appointments", json={"patientId": clinic.patient_id, "start": starts[0]})
    assert refused.status_code == 400, "neither a calendar nor a service and somebody who gives it"


@pytest.mark.covers("S04")
def test_two_together_are_booked_and_moved_as_one(clinic: Clinic) -> None:
    ana, bogdan = clinic.specialist_ids
    calendar = define(clinic, {"providerId": ana}, {"providerId": bogdan}, strategy="collective")
    slots = listed(clinic, calendar, days=1)
    lead, also = slots[0]["provider"]["id"], slots[0]["alsoProviders"][0]["id"]
    assert {lead, also} == {ana, bogdan}
    made = book(clinic, calendar, slots[0]["start"]).json()["appointment"]
    assert (made["providerId"], made["alsoProviderIds"]) == (lead, [also])
    assert slots[0]["start"] not in {slot["start"] for slot in clinic.slots()}, "both are taken, wherever one looks"

    moved = clinic.admin.ask(
        "PATCH", f"/appointments/{made['id']}", json={"start": slots[-1]["start"]}, headers={"If-Match": '"1"'}
    )
    assert moved.status_code == 200, moved.text
    assert moved.json()["appointment"]["alsoProviderIds"] == [also]
    assert slots[0]["start"] in {slot["start"] for slot in listed(clinic, calendar, days=1)}


@pytest.mark.covers("S04", "S12")
def test_a_public_calendar_in_the_evening_is_found_by_somebody_who_is_not_signed_in(clinic: Clinic) -> None:
    ana, _ = clinic.specialist_ids
    evening = [{"weekday": clinic.day().strftime("%A").lower(), "starts": "18:00", "ends": "19:00"}]
    define(clinic, {"providerId": ana}, name="Inside")
    calendar = define(clinic, {"providerId": ana}, name="Evenings", hours=evening, public=True)
    found = clinic.http.get(f"/v1/public/clinics/{clinic.id}/calendars").json()["calendars"]
    assert [each["name"] for each in found] == ["Evenings"]
    day = clinic.day()
    free = clinic.http.get(
        "/v1/public/availability",
        params={
            "clinicId": clinic.id, "calendarId": found[0]["id"], "start": day.strftime("%Y-%m-%d"),
            "end": (day + timedelta(days=1)).strftime("%Y-%m-%d"),
        },
    ).json()["slots"]  # fmt: skip
    assert [slot["start"][11:16] for slot in free] == ["18:00", "18:15", "18:30"]
    assert book(clinic, calendar, free[0]["start"]).status_code == 201
    without = {"serviceId": clinic.service_id, "providerId": ana, "patientId": clinic.patient_id}
    outside = clinic.admin.ask("POST", "/appointments", json={**without, "start": free[2]["start"]})
    assert outside.json()["code"] == "NOT_OFFERED", "evenings are this calendar's only"
    first = clinic.admin.get("/availability/first", calendarId=calendar["id"], after=day.strftime("%Y-%m-%d"))
    assert first["slots"][0]["start"][11:16] == "18:45" or first["slots"][0]["start"][:10] > day.strftime("%Y-%m-%d")


@pytest.mark.covers("S04", "S12")
def test_the_days_of_a_private_calendar_are_for_who_is_signed_in(clinic: Clinic) -> None:
    ana, _ = clinic.specialist_ids
    evening = [{"weekday": clinic.day().strftime("%A").lower(), "starts": "18:00", "ends": "19:00"}]
    calendar = define(clinic, {"providerId": ana}, name="Inside", hours=evening)
    day = clinic.day()
    asked = {"calendarId": calendar["id"], "start": f"{day:%Y-%m-%d}", "end": f"{day + timedelta(days=1):%Y-%m-%d}"}
    [found] = clinic.admin.get("/availability/days", **asked)["days"]
    assert [each["start"][11:16] for each in found["starts"]] == ["18:00", "18:15", "18:30"]
    refused = clinic.http.get("/v1/public/availability/days", params={"clinicId": clinic.id, **asked})
    assert (refused.status_code, refused.json()["code"]) == (422, "UNKNOWN_CALENDAR")
