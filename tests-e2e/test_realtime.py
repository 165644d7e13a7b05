"""Listening to a clinic: what is booked is heard by those who may hear it, nothing missed or repeated."""

import itertools
import json
import threading
import time
from pathlib import Path
from uuid import uuid4

import httpx
import jwt
import pytest
from journeys import Clinic, Person, eventually, new_clinic, sign_in
from listening_in import listening


@pytest.fixture(params=["url", "realtime_url"])
def at(request: pytest.FixtureRequest, clinic: Clinic) -> str:
    """Both ports that take sockets."""
    address: str = getattr(clinic.machine, request.param)
    return address


@pytest.fixture
def patient(clinic: Clinic) -> Person:
    """Invited to the portal, and signed in by the link in the mail."""
    clinic.admin.post(f"/patients/{clinic.patient_id}/invite", status=204)
    email = clinic.admin.get(f"/patients/{clinic.patient_id}")["email"]
    eventually(lambda: any(m["email"] == email for m in clinic.admin.get("/members")["members"]), what="the membership")
    return sign_in(clinic.machine, clinic.http, email)


def change(clinic: Clinic, appointment: dict, **body: str) -> dict:
    path, version = f"/appointments/{appointment['id']}", appointment["version"]
    answer = clinic.admin.ask("PATCH", path, json=body, headers={"If-Match": f'"{version}"'})
    assert answer.status_code == 200, answer.text
    changed: dict = answer.json()["appointment"]
    return changed


@pytest.mark.covers("G03")
def test_a_receptionist_hears_a_booking_a_move_and_a_cancellation(clinic: Clinic, at: str) -> None:
    slots = [s for s in clinic.slots() if s["provider"]["id"] == clinic.specialist_ids[0]]
    day = f"location:{clinic.location_id}:{slots[0]['start'][:10]}"
    with listening(clinic, f"clinic:{clinic.id}", day, f"provider:{clinic.specialist_ids[0]}", at=at) as desk:
        booked = clinic.book(slots[0]).json()["appointment"]
        heard = desk.appointment("created", booked["id"])
        assert heard == {
            "appointmentId": booked["id"], "clinicId": clinic.id, "providerId": booked["providerId"],
            "roomId": booked["roomId"], "start": booked["start"], "end": booked["end"],
            "serviceId": clinic.service_id, "locationId": clinic.location_id, "patientId": clinic.patient_id,
            "status": "scheduled",
        }  # fmt: skip
        assert desk.next()["payload"]["timeRange"]["start"] == booked["start"]
        moved = change(clinic, booked, start=slots[6]["start"])
        assert desk.appointment("updated", booked["id"])["start"] == moved["start"]
        freed, taken = desk.next(), desk.next()
        assert freed["payload"]["timeRange"]["start"] == booked["start"]
        assert taken["payload"]["timeRange"]["start"] == moved["start"]
        change(clinic, moved, status="canceled")
        assert desk.appointment("canceled", booked["id"])["status"] == "canceled"


@pytest.mark.covers("G03")
def test_a_patient_hears_of_their_own_and_that_times_are_gone(clinic: Clinic, patient: Person) -> None:
    other = clinic.admin.post("/patients", familyName="Altul")["id"]
    slots = clinic.slots(patient)
    watched = slots[0]["provider"]["id"]
    with listening(
        clinic, f"patient:{clinic.patient_id}", f"provider:{watched}", f"patient:{other}", f"clinic:{clinic.id}",
        who=patient,
    ) as phone:  # fmt: skip
        assert [m["code"] for m in phone.seen if m["type"] == "error"] == ["CHANNEL_FORBIDDEN"] * 2
        theirs = clinic.book(slots[0], patientId=other).json()["appointment"]
        gone = phone.next()
        assert gone["type"] == "availability.invalidated"
        mine = clinic.book(next(s for s in clinic.slots() if s["provider"]["id"] == watched)).json()["appointment"]
        assert phone.appointment("created", mine["id"])["patientId"] == clinic.patient_id
        said = json.dumps([m for m in phone.seen if m["type"] != "error"])
        assert theirs["id"] not in said
        assert other not in said


@pytest.mark.covers("G03")
def test_anybody_hears_that_hours_have_changed(clinic: Clinic) -> None:
    specialist = clinic.specialist_ids[0]
    with listening(clinic, f"provider:{specialist}", token="-") as page:
        clinic.admin.put(f"/providers/{specialist}/weekly-hours/{clinic.location_id}", intervals=[])
        said = page.next()
        assert (said["type"], said["payload"]["providerId"]) == ("availability.invalidated", specialist)


@pytest.mark.covers("G03")
def test_whoever_comes_back_misses_nothing_and_hears_nothing_twice(clinic: Clinic) -> None:
    """Fifty bookings are made meanwhile; the socket breaks every few messages, and goes to the other port."""
    ports = itertools.cycle((clinic.machine.url, clinic.machine.realtime_url))
    with listening(clinic, f"clinic:{clinic.id}") as desk:
        last = desk.last
    booked: list[str] = []

    def work() -> None:
        day = 7
        while len(booked) < 50:
            for slot in clinic.slots(day=clinic.day(day)):
                answer = clinic.book(slot)
                if answer.status_code == 201 and len(booked) < 50:
                    booked.append(answer.json()["appointment"]["id"])
            day += 1

    worker = threading.Thread(target=work)
    worker.start()
    heard: list[str] = []
    while len(heard) < 50:
        with listening(clinic, f"clinic:{clinic.id}", last=last, at=next(ports)) as desk:
            for _ in range(7):
                message = desk.next()
                if message["type"] == "appointment.created":
                    heard.append(message["payload"]["appointmentId"])
                if len(heard) == 50:
                    break
            last = desk.last
    worker.join()
    assert heard[:50] == booked[:50]


@pytest.mark.covers("G03")
def test_another_clinic_hears_nothing(clinic: Clinic, at: str) -> None:
    other = new_clinic(clinic.machine)
    guessed = f"provider:{clinic.specialist_ids[0]}"
    with (
        listening(other, guessed, f"patient:{clinic.patient_id}", at=at) as spy,
        listening(clinic, guessed, at=at) as own,
    ):
        booked = clinic.book(next(s for s in clinic.slots() if s["provider"]["id"] == clinic.specialist_ids[0])).json()
        own.appointment("created", booked["appointment"]["id"])
        mine = other.book(other.slots()[0]).json()["appointment"]
        spy.say("subscribe", channels=[f"provider:{mine['providerId']}"], lastEventId=spy.last)
        assert spy.next()["payload"]["appointmentId"] == mine["id"]


@pytest.mark.covers("G03")
def test_a_socket_ends_with_its_token_unless_a_fresh_one_comes(clinic: Clinic, at: str) -> None:
    token = clinic.admin.session["accessToken"]
    facts, head = jwt.decode(token, options={"verify_signature": False}), jwt.get_unverified_header(token)
    key = Path(clinic.machine.environment["ACCESS_KEY_FILE"]).read_bytes()

    short = jwt.encode(facts | {"exp": int(time.time()) + 5}, key, "EdDSA", {"kid": head["kid"]})
    with (
        listening(clinic, f"clinic:{clinic.id}", token=short, at=at) as ends,
        listening(clinic, f"clinic:{clinic.id}", token=short, at=at) as stays,
    ):
        stays.say("authenticate", token=token)
        stays.next("authenticated")
        assert ends.closed() == 4401
        stays.say("ping")
        stays.next("pong")


@pytest.mark.covers("G03")
def test_server_sent_events_say_the_same_and_resume(clinic: Clinic) -> None:
    asked = {"clinicId": clinic.id, "token": clinic.admin.session["accessToken"]}
    address = f"{clinic.machine.url}/v1/realtime/sse"
    with httpx.stream("GET", address, params=asked, timeout=30) as answer:
        lines = answer.iter_lines()
        place = next(line for line in lines if "lastEventId" in line)
        last = json.loads(place.removeprefix("data: "))["lastEventId"]
    booked = clinic.book(clinic.slots()[0]).json()["appointment"]
    with httpx.stream("GET", address, params=asked, headers={"Last-Event-ID": last}, timeout=30) as answer:
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("event: appointment")) == "event: appointment.created"
        assert next(lines).startswith("id: b")
        assert json.loads(next(lines).removeprefix("data: "))["appointmentId"] == booked["id"]
    log = (clinic.machine.state / "suite.log").read_text()
    assert asked["token"] not in log
    assert httpx.get(address, params={"clinicId": str(uuid4())}).status_code == 403
