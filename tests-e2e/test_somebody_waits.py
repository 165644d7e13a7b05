"""Who wants a time that is taken waits, is offered what becomes free, one after the other, and takes it or not."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from ambulo_client import Problem
from ambulo_client.models import Offer, WaitlistEntry
from journeys import Clinic, eventually, mails, utc


def a_patient(clinic: Clinic, name: str) -> str:
    made = clinic.admin.post(
        "/patients", givenName=name, familyName="Wait", email=f"{name}-{uuid4().hex[:6]}@example.com"
    )
    found: str = made["id"]
    return found


def joins(clinic: Clinic, name: str, **more: Any) -> WaitlistEntry:
    patient = a_patient(clinic, name)
    return clinic.admin.api.join_waitlist(clinic.id, patient_id=patient, service_id=clinic.service_id, **more)


def offered(clinic: Clinic, entry: WaitlistEntry) -> Offer:
    return eventually(lambda: clinic.admin.api.get_waitlist_entry(clinic.id, entry.id).offer, what="an offer")


@pytest.mark.covers("B09")
def test_who_is_offered_a_time_reads_so_in_their_mail(clinic: Clinic) -> None:
    slot = clinic.slots(providerIds=clinic.specialist_ids[0])[0]
    made, email = clinic.book(slot).json()["appointment"], f"wait-{uuid4().hex}@example.com"
    patient = clinic.admin.post("/patients", givenName="Ada", familyName="Wait", email=email)
    clinic.admin.post("/waitlist", patientId=patient["id"], serviceId=clinic.service_id)
    clinic.admin.ask("PATCH", f"/appointments/{made['id']}", json={"status": "canceled"}, headers={"If-Match": '"1"'})
    (mail,) = eventually(lambda: mails(clinic.machine, email), what="a mail")
    start = datetime.fromisoformat(slot["start"])
    assert mail["subject"].endswith(f"{start:%A}, {start.day} {start:%B %Y, %H:%M}")
    assert "Dear Ada" in mail["text"]
    assert clinic.admin.get("")["name"] in mail["text"]


@pytest.mark.covers("B09")
def test_a_freed_time_goes_from_one_to_the_next_until_somebody_takes_it(clinic: Clinic) -> None:
    slot = clinic.slots(providerIds=clinic.specialist_ids[0])[0]
    made = clinic.book(slot).json()["appointment"]
    other_day = [(clinic.day().weekday() + 1) % 7]
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    unsuited = joins(clinic, "Unsuited", weekdays=[names[n] for n in other_day], priority=9)
    first, second = joins(clinic, "First"), joins(clinic, "Second")
    urgent = joins(clinic, "Urgent", priority=5, provider_ids=[clinic.specialist_ids[0]])

    api = clinic.admin.api
    api.change_appointment(clinic.id, made["id"], status="canceled", if_match=made["version"])
    assert offered(clinic, urgent).start_utc == utc(slot["startUTC"])
    assert clinic.book(slot).json()["code"] == "SLOT_TAKEN", "it is held for them"
    assert api.get_waitlist_entry(clinic.id, first.id).offer is None, "one at a time"

    assert api.decline_offer(clinic.id, urgent.id).status == "waiting"
    assert offered(clinic, first).start_utc == utc(slot["startUTC"])
    booked = api.accept_offer(clinic.id, first.id).appointment
    assert booked
    assert booked.start_utc == utc(slot["startUTC"])
    with pytest.raises(Problem, match="NO_OFFER"):
        api.accept_offer(clinic.id, first.id)

    log = api.list_offers(clinic.id, urgent.id).offers
    assert [each.outcome for each in log] == ["declined"]
    left = {each.id: each.status for each in api.list_waitlist(clinic.id).entries}
    assert left == {unsuited.id: "waiting", second.id: "waiting", urgent.id: "waiting"}
    api.leave_waitlist(clinic.id, second.id)
    assert second.id not in {each.id for each in api.list_waitlist(clinic.id).entries}
