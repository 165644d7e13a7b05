"""Somebody without an account finds a time, holds it, leaves a name, and confirms by mail; then they are a patient."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from journeys import Clinic, eventually, mails, sign_in


def code_for(clinic: Clinic, email: str) -> str:
    def look() -> str | None:
        found = re.search(r": ([A-Z0-9]{8}) ", " ".join(mail["subject"] for mail in mails(clinic.machine, email)))
        return found[1] if found else None

    return eventually(look, what=f"the code for {email}") or ""


def public(clinic: Clinic, path: str, **body: Any) -> httpx.Response:
    return clinic.http.post(f"/v1/public{path}", json={"clinicId": clinic.id} | body)


@pytest.mark.covers("B07")
def test_a_guest_becomes_a_patient_with_an_appointment(clinic: Clinic) -> None:
    email = f"guest-{uuid4().hex[:10]}@example.com"
    slot = clinic.slots()[0]
    held = public(
        clinic, "/holds", serviceId=clinic.service_id, providerId=slot["provider"]["id"], start=slot["start"]
    ).json()
    assert clinic.book(slot).json()["code"] == "SLOT_TAKEN"
    who = {"givenName": "Ion", "familyName": "Rusu", "email": email}
    waiting = public(clinic, "/bookings", holdId=held["id"], holdToken=held["token"], language="ro", **who)
    assert (waiting.status_code, waiting.json()["status"]) == (200, "awaiting_code"), waiting.text
    code = code_for(clinic, email)
    [mail] = mails(clinic.machine, email)
    assert mail["subject"] == f"{clinic.admin.get('')['name']}: {code} confirmă programarea"
    path = f"/bookings/{waiting.json()['id']}/confirm"
    assert public(clinic, path, code="WRONGONE").json()["code"] == "WRONG_CODE"
    booked = public(clinic, path, code=code)
    assert (booked.status_code, booked.json()["status"]) == (200, "booked"), booked.text
    assert public(clinic, path, code=code).json() == booked.json()

    mine = eventually(lambda: clinic.admin.get("/patients", query="rusu")["patients"], what="the patient")
    assert [each["email"] for each in mine] == [email]

    def at_home() -> Any:
        patient = sign_in(clinic.machine, clinic.http, email, clinic.id)
        return patient.get("/appointments")["appointments"]

    assert [each["id"] for each in at_home()] == [booked.json()["appointmentId"]]


@pytest.mark.covers("B07")
def test_no_answer_tells_whether_somebody_is_known(clinic: Clinic) -> None:
    known = clinic.admin.get(f"/patients/{clinic.patient_id}")["email"]
    answers = []
    slots = clinic.slots()
    for email, slot in ((known, slots[0]), (f"stranger-{uuid4().hex[:8]}@example.com", slots[-1])):
        held = public(
            clinic, "/holds", serviceId=clinic.service_id, providerId=slot["provider"]["id"], start=slot["start"]
        ).json()
        who = {"givenName": "Ioana", "familyName": "Pop", "email": email}
        waiting = public(clinic, "/bookings", holdId=held["id"], holdToken=held["token"], **who)
        booked = public(clinic, f"/bookings/{waiting.json()['id']}/confirm", code=code_for(clinic, email))
        answers.append((waiting.status_code, set(waiting.json()), booked.status_code, set(booked.json())))
    assert answers[0] == answers[1]
    listed = clinic.admin.get("/appointments", patientId=clinic.patient_id)["appointments"]
    assert len(listed) == 1, "who was known has their appointment under the record they have"
