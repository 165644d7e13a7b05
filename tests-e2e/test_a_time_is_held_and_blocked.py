"""A time is held, booked, blocked and overbooked, and every list of free times says so; then the day is run."""

from datetime import timedelta
from typing import Any

import pytest
from journeys import Clinic, eventually, utc


def starts(clinic: Clinic, specialist: int = 0) -> list[str]:
    return [slot["startUTC"] for slot in clinic.slots(providerIds=clinic.specialist_ids[specialist])]


def hold(clinic: Clinic, slot: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = clinic.admin.post(
        "/holds", serviceId=clinic.service_id, providerId=slot["provider"]["id"], start=slot["start"]
    )
    return made


def verb(clinic: Clinic, appointment: dict[str, Any], what: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = clinic.admin.ask("POST", f"/appointments/{appointment['id']}/{what}", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.covers("B04", "B05")
def test_what_is_held_is_nobody_elses_until_it_is_booked_or_let_go(clinic: Clinic) -> None:
    slot = clinic.slots(providerIds=clinic.specialist_ids[0])[0]
    held = hold(clinic, slot)
    assert utc(held["expiresAt"]) > utc(clinic.availability()["metadata"]["fetchedAt"])
    assert slot["startUTC"] not in starts(clinic)
    refused = clinic.book(slot).json()
    assert refused["code"] == "SLOT_TAKEN"
    others = refused["facts"]["alternatives"].split(",")
    assert [utc(other) for other in others] == [utc(start) for start in starts(clinic)[:3]], "the next that are free"
    assert clinic.admin.ask("DELETE", f"/holds/{held['id']}").status_code == 204
    assert slot["startUTC"] in starts(clinic)

    again = hold(clinic, slot)
    clinic.admin.post(f"/holds/{again['id']}/extend", status=200)
    body = {"patientId": clinic.patient_id, "holdId": again["id"]}
    booked = clinic.admin.ask("POST", "/appointments", json=body)
    assert (booked.status_code, booked.headers["ETag"]) == (201, '"1"')
    appointment = booked.json()["appointment"]
    assert appointment["startUTC"] == slot["startUTC"]
    assert clinic.admin.ask("POST", "/appointments", json=body).json()["code"] == "HOLD_OVER"
    actions = [e["action"] for e in clinic.admin.get(f"/appointments/{appointment['id']}/timeline")["entries"]]
    assert actions == ["booked"]


@pytest.mark.covers("B14")
def test_a_specialist_blocks_an_hour_and_gives_it_back(clinic: Clinic) -> None:
    free = starts(clinic)
    block = clinic.admin.post(
        "/blocks", providerId=clinic.specialist_ids[0], start=free[0], end=free[8], reason="team meeting"
    )
    left = starts(clinic)
    assert not set(free[:8]) & set(left)
    assert free[8] in left
    slot = {"provider": {"id": clinic.specialist_ids[0]}, "start": free[0]}
    assert clinic.book(slot).json()["code"] == "SLOT_TAKEN"
    assert clinic.admin.ask("DELETE", f"/blocks/{block['id']}").status_code == 204
    assert starts(clinic) == free


@pytest.mark.covers("B17")
def test_who_has_the_right_and_a_reason_books_beside_as_far_as_the_policy_goes(clinic: Clinic) -> None:
    slot = clinic.slots(providerIds=clinic.specialist_ids[0])[0]
    assert clinic.book(slot).status_code == 201
    assert clinic.book(slot, overbookReason="acute pain").json()["code"] == "NOT_OVERBOOKABLE"
    clinic.admin.put(f"/services/{clinic.service_id}/booking-policy", overbookMost=1)
    beside = clinic.book(slot, overbookReason="acute pain")
    assert beside.status_code == 201, beside.text
    assert beside.json()["appointment"]["overbooked"]
    assert clinic.book(slot, overbookReason="more pain").json()["code"] == "SLOT_TAKEN"


@pytest.mark.covers("B06", "B13")
def test_an_appointment_goes_its_way_and_the_agenda_shows_it(clinic: Clinic) -> None:
    slot = clinic.slots()[0]
    made = clinic.book(slot).json()["appointment"]
    assert verb(clinic, made, "confirm")["appointment"]["status"] == "confirmed"
    assert verb(clinic, made, "confirm", 409)["code"] == "ILLEGAL_STATUS"
    assert verb(clinic, made, "check-in", 422)["code"] == "NOT_TODAY"
    assert verb(clinic, made, "no-show", 422)["code"] == "NOT_YET"
    assert verb(clinic, made, "accept", 409)["code"] == "ILLEGAL_STATUS"

    clinic.admin.post("/blocks", roomId=clinic.room_ids[1], start=slot["start"], end=slot["end"])
    day = clinic.day()
    around = {"from": day.isoformat(), "until": (day + timedelta(days=1)).isoformat()}
    agenda = clinic.admin.get("/agenda", **around)
    assert [each["status"] for each in agenda["appointments"]] == ["confirmed"]
    assert (len(agenda["blocks"]), agenda["days"]) == (1, [{"date": day.strftime("%Y-%m-%d"), "appointments": 1}])
    between = clinic.admin.get("/appointments", dateRange=f"{day:%Y-%m-%d},{day:%Y-%m-%d}", status="confirmed")
    assert [each["id"] for each in between["appointments"]] == [made["id"]]
    assert clinic.admin.get("/appointments", status="no_show")["appointments"] == []


@pytest.mark.covers("B05")
def test_canceling_late_costs_what_was_agreed(clinic: Clinic) -> None:
    terms = {
        "noticeMinutes": 30 * 24 * 60,
        "lateFee": {"amountMinor": 2500, "currency": "EUR"},
        "terms": "Please call.",
    }
    clinic.admin.put(f"/services/{clinic.service_id}/booking-policy", **terms)
    made = clinic.book(clinic.slots()[0]).json()["appointment"]
    assert made["cancellation"]["lateFee"] == {"amountMinor": 2500, "currency": "EUR"}
    canceled = clinic.admin.ask(
        "PATCH",
        f"/appointments/{made['id']}",
        json={"status": "canceled", "reason": "flu", "byPatient": True},
        headers={"If-Match": '"1"'},
    ).json()["appointment"]
    assert canceled["fee"] == {"amountMinor": 2500, "currency": "EUR"}
    entries = clinic.admin.get(f"/appointments/{made['id']}/timeline")["entries"]
    assert [(e["action"], e["reason"]) for e in entries] == [("booked", ""), ("canceled", "flu")]


@pytest.mark.covers("B04")
def test_what_runs_out_is_let_go_by_itself(clinic: Clinic) -> None:
    clinic.admin.put(f"/services/{clinic.service_id}/booking-policy", holdMinutes=1)
    slot = clinic.slots(providerIds=clinic.specialist_ids[0])[0]
    held = hold(clinic, slot)
    gone = eventually(
        lambda: slot["startUTC"] in starts(clinic) and clinic.admin.ask("GET", f"/holds/{held['id']}").status_code,
        seconds=75,
        what="the end of the hold",
    )
    assert gone == 404
    assert clinic.book(slot).status_code == 201
