"""Who wants a time that is taken waits, is offered what becomes free, one after the other, and takes it or not."""

from typing import Any
from uuid import uuid4

import pytest
from journeys import Clinic, eventually


def a_patient(clinic: Clinic, name: str) -> str:
    made = clinic.admin.post(
        "/patients", givenName=name, familyName="Wait", email=f"{name}-{uuid4().hex[:6]}@example.com"
    )
    found: str = made["id"]
    return found


def joins(clinic: Clinic, name: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = clinic.admin.post(
        "/waitlist", patientId=a_patient(clinic, name), serviceId=clinic.service_id, **more
    )
    return made


def offered(clinic: Clinic, entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = eventually(lambda: clinic.admin.get(f"/waitlist/{entry['id']}")["offer"], what="an offer")
    return found


def answer(clinic: Clinic, entry: dict[str, Any], what: str) -> Any:
    return clinic.admin.ask("POST", f"/waitlist/{entry['id']}/{what}", json={})


@pytest.mark.covers("B09")
def test_a_freed_time_goes_from_one_to_the_next_until_somebody_takes_it(clinic: Clinic) -> None:
    slot = clinic.slots(providerIds=clinic.specialist_ids[0])[0]
    made = clinic.book(slot).json()["appointment"]
    other_day = [(clinic.day().weekday() + 1) % 7]
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    unsuited = joins(clinic, "Unsuited", weekdays=[names[n] for n in other_day], priority=9)
    first, second = joins(clinic, "First"), joins(clinic, "Second")
    urgent = joins(clinic, "Urgent", priority=5, providerIds=[clinic.specialist_ids[0]])

    gone = clinic.admin.ask(
        "PATCH", f"/appointments/{made['id']}", json={"status": "canceled"}, headers={"If-Match": '"1"'}
    )
    assert gone.status_code == 200
    offer = offered(clinic, urgent)
    assert offer["startUTC"] == slot["startUTC"]
    assert clinic.book(slot).json()["code"] == "SLOT_TAKEN", "it is held for them"
    assert clinic.admin.get(f"/waitlist/{first['id']}")["offer"] is None, "one at a time"

    assert answer(clinic, urgent, "decline").json()["status"] == "waiting"
    assert offered(clinic, first)["startUTC"] == slot["startUTC"]
    booked = answer(clinic, first, "accept")
    assert booked.status_code == 200, booked.text
    assert booked.json()["appointment"]["startUTC"] == slot["startUTC"]
    assert answer(clinic, first, "accept").json()["code"] == "NO_OFFER"

    log = clinic.admin.get(f"/waitlist/{urgent['id']}/offers")["offers"]
    assert [each["outcome"] for each in log] == ["declined"]
    left = {each["id"]: each["status"] for each in clinic.admin.get("/waitlist")["entries"]}
    assert left == {unsuited["id"]: "waiting", second["id"]: "waiting", urgent["id"]: "waiting"}
    assert clinic.admin.ask("DELETE", f"/waitlist/{second['id']}").status_code == 204
    assert second["id"] not in {each["id"] for each in clinic.admin.get("/waitlist")["entries"]}
