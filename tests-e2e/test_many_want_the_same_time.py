"""Parallel bookings of one slot, of overlapping slots, of the last room; one key twenty times."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from journeys import Clinic, eventually, utc
from suite.machine import Machine
from suite.verification import verify_all


def together(*calls):
    with ThreadPoolExecutor(len(calls)) as threads:
        return [each.result() for each in [threads.submit(call) for call in calls]]


@pytest.fixture(autouse=True)
def _verified(machine: Machine):
    """Whatever a test did, the claims in the database hold."""
    yield
    import asyncio

    said: list[str] = []
    assert asyncio.run(verify_all(["booking"], machine.environment, said.append)), said


@pytest.mark.covers("B02")
def test_of_fifty_who_want_one_slot_one_gets_it(clinic: Clinic) -> None:
    slot = clinic.slots()[0]
    answers = together(*[lambda: clinic.book(slot)] * 50)
    assert Counter(a.status_code for a in answers) == {201: 1, 409: 49}
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"SLOT_TAKEN", "NOT_FREE"}
    assert len(clinic.admin.get("/appointments")["appointments"]) == 1


@pytest.mark.covers("B02")
def test_overlapping_slots_exclude_each_other(clinic: Clinic) -> None:
    mine = [s for s in clinic.slots() if s["provider"]["id"] == clinic.specialist_ids[0]]
    answers = together(*[lambda s=s: clinic.book(s) for s in mine for _ in range(2)])
    assert {a.status_code for a in answers} == {201, 409}
    times = sorted(utc(a.json()["appointment"]["start"]) for a in answers if a.status_code == 201)
    assert all(later - earlier >= timedelta(minutes=45) for earlier, later in pairwise(times))


@pytest.mark.covers("B01", "B02")
def test_the_last_room_goes_to_one(clinic: Clinic) -> None:
    closed, kept = clinic.room_ids
    clinic.admin.put(f"/rooms/{closed}", locationId=clinic.location_id, name="Room 1", type="exam", inactive=True)
    eventually(lambda: all(len(s["roomOptions"]) == 1 for s in clinic.slots()), what="the closed room's disappearance")
    both = [next(s for s in clinic.slots() if s["provider"]["id"] == id_) for id_ in clinic.specialist_ids]
    assert utc(both[0]["start"]) == utc(both[1]["start"])
    answers = together(*[lambda s=s: clinic.book(s) for s in both for _ in range(10)])
    assert Counter(a.status_code for a in answers) == {201: 1, 409: 19}
    assert [a.json()["appointment"]["roomId"] for a in answers if a.status_code == 201] == [kept]


@pytest.mark.covers("B03")
def test_one_key_twenty_times_at_once_is_one_appointment(clinic: Clinic) -> None:
    slot = clinic.slots()[0]
    answers = together(*[lambda: clinic.book(slot, key="once")] * 20)
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["appointment"]["id"] for a in answers}) == 1
    assert len(clinic.admin.get("/appointments")["appointments"]) == 1
