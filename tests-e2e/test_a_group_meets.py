"""Several patients in one session: seats are offered until the last is taken, and given back."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from journeys import Clinic
from suite.verification import verify

SEATS = 3


@pytest.fixture
def group(clinic: Clinic):
    """The clinic with a class for three, in a hall; whatever a test did, the claims in the database hold."""
    clinic.admin.post("/rooms", locationId=clinic.location_id, name="Hall", type="gym", capacity=12)
    clinic.service_id = clinic.admin.post(
        "/services", name="Back class", durationMinutes=45, requiresRoom=True, roomType="gym", capacity=SEATS
    )["id"]
    yield clinic
    report = asyncio.run(verify(["booking"], clinic.machine.environment))
    assert report.is_clean, list(report.lines())


def patients(clinic: Clinic, count: int) -> list[str]:
    made = [clinic.admin.post("/patients", givenName=f"P{n}", familyName="Group") for n in range(count)]
    return [each["id"] for each in made]


def seats_left(clinic: Clinic, slot: dict[str, Any]) -> int | None:
    """None: it is not offered."""
    found = [s for s in clinic.slots() if (s["startUTC"], s["provider"]) == (slot["startUTC"], slot["provider"])]
    return found[0]["seatsLeft"] if found else None


def book(clinic: Clinic, slot: dict[str, Any], patient_id: str, **more: Any) -> httpx.Response:
    return clinic.book(slot, patientId=patient_id, **more)


def cancel(clinic: Clinic, appointment: dict[str, Any]) -> None:
    path, etag = f"/appointments/{appointment['id']}", f'"{appointment["version"]}"'
    answer = clinic.admin.ask("PATCH", path, json={"status": "canceled"}, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text


@pytest.mark.covers("B09")
def test_seats_are_offered_until_the_last_is_taken_and_again_when_one_is_given_back(group: Clinic) -> None:
    slot, booked = group.slots()[0], []
    for left, patient_id in zip((3, 2, 1), patients(group, SEATS), strict=True):
        assert seats_left(group, slot) == left
        answer = book(group, slot, patient_id)
        assert answer.status_code == 201, answer.text
        booked.append(answer.json()["appointment"])
    assert seats_left(group, slot) is None
    assert len({(each["sessionId"], each["roomId"]) for each in booked}) == 1
    there = group.admin.get("/appointments", sessionId=booked[0]["sessionId"])["appointments"]
    assert {each["id"] for each in there} == {each["id"] for each in booked}

    late = book(group, slot, group.patient_id)
    assert (late.status_code, late.json()["code"]) == (409, "SLOT_TAKEN")
    assert "All 3 places" in late.json()["detail"]
    why = group.admin.get(
        "/availability/explanation", serviceId=group.service_id, locationId=group.location_id,
        providerId=slot["provider"]["id"], start=slot["start"],
    )  # fmt: skip
    assert [each["kind"] for each in why["constraints"]] == ["seats"]

    cancel(group, booked[1])
    assert seats_left(group, slot) == 1
    assert book(group, slot, group.patient_id).status_code == 201
    assert book(group, slot, booked[1]["patientId"]).json()["code"] == "SLOT_TAKEN"


@pytest.mark.covers("B09")
def test_a_session_takes_its_specialist_until_the_last_has_left(group: Clinic) -> None:
    slot = group.slots()[0]
    alone = group.admin.post("/services", name="Massage", durationMinutes=30)["id"]
    booked = [book(group, slot, each).json()["appointment"] for each in patients(group, 2)]
    beside = {"patientId": group.patient_id, "serviceId": alone}
    for appointment in booked:
        assert group.book(slot, **beside).json()["code"] == "SLOT_TAKEN"
        cancel(group, appointment)
    assert seats_left(group, slot) == SEATS
    assert group.book(slot, **beside).status_code == 201
    assert seats_left(group, slot) is None


@pytest.mark.covers("B02", "B09")
def test_of_twenty_who_want_three_seats_three_get_one(group: Clinic) -> None:
    slot, those = group.slots()[0], patients(group, 20)
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda patient_id: book(group, slot, patient_id), those))
    assert Counter(a.status_code for a in answers) == {201: SEATS, 409: 20 - SEATS}
    assert len({a.json()["appointment"]["sessionId"] for a in answers if a.status_code == 201}) == 1


@pytest.mark.covers("B09")
def test_nobody_is_in_a_group_twice(group: Clinic) -> None:
    slot = group.slots()[0]
    assert book(group, slot, group.patient_id).status_code == 201
    again = book(group, slot, group.patient_id)
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_THERE")
    assert seats_left(group, slot) == SEATS - 1


@pytest.mark.covers("B04", "B09")
def test_a_held_seat_is_nobody_elses(group: Clinic) -> None:
    slot = group.slots()[0]
    first, second = (
        group.admin.post("/holds", serviceId=group.service_id, providerId=slot["provider"]["id"], start=slot["start"])
        for _ in range(2)
    )
    assert seats_left(group, slot) == 1
    group.admin.post(f"/holds/{first['id']}/extend", status=200)
    answer = group.admin.ask("POST", "/appointments", json={"patientId": group.patient_id, "holdId": first["id"]})
    assert answer.status_code == 201, answer.text
    assert seats_left(group, slot) == 1
    assert group.admin.ask("DELETE", f"/holds/{second['id']}").status_code == 204
    assert seats_left(group, slot) == 2
    cancel(group, answer.json()["appointment"])
    assert seats_left(group, slot) == SEATS


@pytest.mark.covers("B05", "B09")
def test_who_moves_gives_their_seat_back_and_gets_another(group: Clinic) -> None:
    early, late = group.slots()[0], group.slots()[-1]
    mine, other = patients(group, 2)
    appointment = book(group, early, mine).json()["appointment"]
    theirs = book(group, late, other, providerId=late["provider"]["id"]).json()["appointment"]
    moved = group.admin.ask(
        "PATCH",
        f"/appointments/{appointment['id']}",
        json={"start": late["start"], "providerId": late["provider"]["id"]},
        headers={"If-Match": '"1"'},
    )
    assert moved.status_code == 200, moved.text
    assert moved.json()["appointment"]["sessionId"] == theirs["sessionId"]
    assert (seats_left(group, early), seats_left(group, late)) == (SEATS, SEATS - 2)


@pytest.mark.covers("B09")
def test_a_daily_limit_counts_sessions_and_not_patients(group: Clinic) -> None:
    group.admin.put(
        f"/services/{group.service_id}", name="Back class", durationMinutes=45, requiresRoom=True, roomType="gym",
        capacity=SEATS, rules=[{"maxDaily": {"maxPerDay": 1}}],
    )  # fmt: skip
    slot = group.slots()[0]
    for left, patient_id in zip((2, 1), patients(group, 2), strict=True):
        assert book(group, slot, patient_id).status_code == 201
        offered = [(s["startUTC"], s["seatsLeft"]) for s in group.slots()]
        assert offered == [(slot["startUTC"], left)]
