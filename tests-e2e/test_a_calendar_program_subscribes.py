"""A calendar program subscribes: it sees what is booked, moved and canceled, until the feed is revoked."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from journeys import Clinic, Person, eventually, sign_in, utc


class Program:
    """As a phone has it: an address, no sign-in, and what it last saw."""

    def __init__(self, clinic: Clinic, token: str) -> None:
        self.url = f"{clinic.machine.url}/feeds/{token}.ics"
        self.etag = ""

    def look(self) -> httpx.Response:
        answer = httpx.get(self.url, headers={"If-None-Match": self.etag} if self.etag else {})
        self.etag = answer.headers.get("etag", self.etag)
        return answer

    def event(self) -> Any:
        """The only one."""
        answer = self.look()
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        (event,) = Calendar.from_ical(answer.content).events
        return event


def starts(event: Any) -> datetime:
    return event["DTSTART"].dt.astimezone(UTC)


def change(clinic: Clinic, appointment: dict[str, Any], **how: str) -> dict[str, Any]:
    headers = {"If-Match": f'"{appointment["version"]}"'}
    answer = clinic.admin.ask("PATCH", f"/appointments/{appointment['id']}", json=how, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["appointment"]


@pytest.mark.covers("S11")
def test_it_sees_what_is_booked_moved_and_canceled_until_it_is_revoked(clinic: Clinic) -> None:
    slot = clinic.slots()[0]
    specialist = slot["provider"]["id"]
    names = {s: f"Dr. {name}" for s, name in zip(clinic.specialist_ids, ("Ana", "Bogdan"), strict=True)}
    feeds = {
        "patient": clinic.admin.post("/feeds", patientId=clinic.patient_id, name="Phone"),
        "specialist": clinic.admin.post("/feeds", providerId=specialist),
    }
    assert all(feed["path"] == f"/feeds/{feed['token']}.ics" for feed in feeds.values())
    programs = {who: Program(clinic, feed["token"]) for who, feed in feeds.items()}
    assert [f["token"] for f in clinic.admin.get("/feeds")["feeds"]] == ["", ""]
    assert Calendar.from_ical(programs["patient"].look().content).events == []

    booked = clinic.book(slot, notes="secret")
    assert booked.status_code == 201, booked.text
    appointment = booked.json()["appointment"]
    for who, summary in (("patient", f"Follow-up with {names[specialist]}"), ("specialist", "Follow-up")):
        event = programs[who].event()
        assert (event["SUMMARY"], event["LOCATION"]) == (summary, "Centre")
        assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)
        assert starts(event) == utc(slot["start"])
        assert event["DTSTART"].params["TZID"] == "Europe/Bucharest"
        assert not any(word in event.to_ical() for word in (b"secret", b"Ioana", b"Pop"))
        assert programs[who].look().status_code == 304

    later = clinic.slots(providerIds=specialist)[4]
    appointment = change(clinic, appointment, start=later["start"])
    for program in programs.values():
        event = program.event()
        assert (starts(event), event["SEQUENCE"], event["STATUS"]) == (utc(later["start"]), 1, "CONFIRMED")
        assert event["UID"] == f"{appointment['id']}@ambulo"

    change(clinic, appointment, status="canceled", reason="ill")
    for program in programs.values():
        event = program.event()
        assert (starts(event), event["SEQUENCE"], event["STATUS"]) == (utc(later["start"]), 2, "CANCELLED")

    path = f"/feeds/{feeds['patient']['id']}"
    assert clinic.admin.ask("DELETE", path).status_code == 204
    assert clinic.admin.ask("DELETE", path).status_code == 404
    gone = programs["patient"].look()
    assert (gone.status_code, gone.json()["code"]) == (404, "FEED_GONE")
    assert programs["specialist"].look().status_code == 304
    log = (clinic.machine.state / "suite.log").read_text()
    assert not any(feed["token"].partition("-")[2] in log for feed in feeds.values())


@pytest.fixture
def patient(clinic: Clinic) -> Person:
    clinic.admin.post(f"/patients/{clinic.patient_id}/invite", status=204)
    email = clinic.admin.get(f"/patients/{clinic.patient_id}")["email"]
    eventually(lambda: any(m["email"] == email for m in clinic.admin.get("/members")["members"]), what="the membership")
    return sign_in(clinic.machine, clinic.http, email)


@pytest.mark.covers("S11")
def test_a_patient_has_feeds_of_themselves_only(clinic: Clinic, patient: Person) -> None:
    theirs = clinic.admin.post("/feeds", providerId=clinic.specialist_ids[0])
    refused = patient.ask("POST", "/feeds", json={"providerId": clinic.specialist_ids[0]})
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_YOUR_FEED")
    assert refused.json()["errors"][0]["pointer"] == "/providerId"
    mine = patient.post("/feeds", patientId=clinic.patient_id)
    assert [f["id"] for f in patient.get("/feeds")["feeds"]] == [mine["id"]]
    assert patient.ask("DELETE", f"/feeds/{theirs['id']}").status_code == 404
    assert Program(clinic, mine["token"]).look().status_code == 200
    assert patient.ask("DELETE", f"/feeds/{mine['id']}").status_code == 204
    assert Program(clinic, mine["token"]).look().status_code == 404
