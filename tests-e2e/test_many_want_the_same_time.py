"""Parallel bookings of one slot, of overlapping slots, of the last room; one key twenty times."""

import asyncio
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from itertools import pairwise

import pytest
from journeys import Clinic, utc
from suite.machine import Machine
from suite.verification import verify


def together(*calls):
    with ThreadPoolExecutor(len(calls)) as threads:
        return [each.result() for each in [threads.submit(call) for call in calls]]


@pytest.fixture(autouse=True)
def _verified(machine: Machine):
    """Whatever a test did, the claims in the database hold, and the events tell what the tables say."""
    yield
    report = asyncio.run(verify(["booking"], machine.environment))
    assert report.is_clean, list(report.lines())


@pytest.mark.covers("B02")
def test_of_fifty_who_want_one_slot_one_gets_it(clinic: Clinic) -> None:
    slot = clinic.slots()[0]
    answers = together(*[lambda: clinic.book(slot)] * 50)
    assert Counter(a.status_code for a in answers) == {201: 1, 409: 49}
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"SLOT_TAKEN"}
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
    assert all(len(s["roomOptions"]) == 1 for s in clinic.slots())
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


@pytest.mark.covers("S08")
def test_who_books_or_cancels_sees_it_in_their_next_list(clinic: Clinic) -> None:
    for slot in clinic.slots()[:30:6]:
        booked = clinic.book(slot).json()["appointment"]
        key = (slot["startUTC"], slot["provider"]["id"])
        assert key not in now_listed(clinic)
        path = f"/appointments/{booked['id']}"
        for change in ({"start": clinic.slots()[-1]["start"]}, {"status": "canceled"}):
            etag = f'"{booked["version"]}"'
            answer = clinic.admin.ask("PATCH", path, json=change, headers={"If-Match": etag})
            booked = answer.json()["appointment"]
            assert key in now_listed(clinic)
        again = clinic.book(slot)
        assert again.status_code == 201, "a time that was given up can be taken at once"


@pytest.mark.covers("S02", "B01")
def test_what_is_listed_can_be_booked_and_what_is_not_cannot(clinic: Clinic) -> None:
    """A day with some appointments in it, every quarter of an hour of it."""
    chance = random.Random(3)
    for slot in chance.sample(clinic.slots(), 6):
        clinic.book(slot)
    listed = {(s["startUTC"], s["provider"]["id"]) for s in clinic.slots()}
    begin = clinic.day().astimezone(UTC)
    for quarter in range(7 * 4, 18 * 4):
        start = begin + timedelta(minutes=15 * quarter)
        for specialist in clinic.specialist_ids:
            answer = clinic.book({"start": start.isoformat(), "provider": {"id": specialist}})
            is_listed = (start.isoformat().replace("+00:00", "Z"), specialist) in listed
            assert (answer.status_code == 201) == is_listed, (start, answer.text)
            if is_listed:
                booked = answer.json()["appointment"]
                path = f"/appointments/{booked['id']}"
                gone = clinic.admin.ask("PATCH", path, json={"status": "canceled"}, headers={"If-Match": '"1"'})
                assert gone.status_code == 200
                assert listed == now_listed(clinic)


def now_listed(clinic: Clinic) -> set[tuple[str, str]]:
    return {(s["startUTC"], s["provider"]["id"]) for s in clinic.slots()}
