"""What still works while a part is away (ARCHITECTURE section 9)."""

import pytest
from conftest import running
from journeys import Clinic, eventually, new_clinic, sign_in
from suite.machine import Machine


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    groups = [["gateway", "identity", "people", "catalog"], ["scheduling"], ["booking"]]
    with running(tmp_path_factory.mktemp("unplugged"), groups) as machine:
        yield machine


@pytest.fixture
def clinic(machine: Machine) -> Clinic:
    return new_clinic(machine)


@pytest.mark.covers("S07")
def test_without_nats_bookings_go_on_and_events_arrive_later(clinic: Clinic) -> None:
    slots = clinic.slots()
    clinic.machine.servers.stop_one("nats")
    try:
        eventually(lambda: clinic.availability()["metadata"]["stale"], what="the loss of NATS")
        booked = clinic.book(slots[0])
        assert booked.status_code == 201
        assert clinic.book(slots[0]).json()["code"] == "SLOT_TAKEN"
        assert slots[0] not in clinic.slots(), "scheduling asks booking itself"
    finally:
        clinic.machine.servers.start_one("nats")
    eventually(lambda: not clinic.availability()["metadata"]["stale"], seconds=30, what="NATS")
    eventually(lambda: slots[0] not in clinic.slots(), seconds=30, what="the event")


@pytest.mark.covers("S07")
def test_of_a_nats_that_is_there_and_says_nothing_no_taken_time_is_shown(clinic: Clinic) -> None:
    slots = clinic.slots()
    with clinic.machine.servers.frozen("nats"):
        assert clinic.book(slots[0]).status_code == 201
        # Who booked waits for what they caused, in vain; then booking is asked.
        mine = clinic.availability()
        assert mine["metadata"]["stale"]
        assert slots[0] not in mine["slots"]
        eventually(lambda: clinic.availability()["metadata"]["stale"], seconds=15, what="the silence to be noticed")
    eventually(lambda: not clinic.availability()["metadata"]["stale"], seconds=30, what="NATS")
    assert slots[0] not in clinic.slots(), "what was kept back has been told before anybody relies on it"


@pytest.mark.covers("I09")
def test_without_valkey_nobody_signs_in_but_everybody_works(clinic: Clinic) -> None:
    email = clinic.admin.session["me"]["email"]
    clinic.machine.servers.stop_one("valkey")
    try:
        asked = clinic.http.post("/v1/sign-in-links", json={"email": email})
        assert asked.status_code == 503
        assert int(asked.headers["retry-after"]) >= 1
        assert clinic.book(clinic.slots()[0]).status_code == 201
    finally:
        clinic.machine.servers.start_one("valkey")
    assert sign_in(clinic.machine, clinic.http, email).clinic_id == clinic.id


def test_without_scheduling_booking_says_when_to_come_back(clinic: Clinic) -> None:
    slot = clinic.slots()[0]
    clinic.machine.children["scheduling"].stop()
    try:
        answer = clinic.book(slot)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert clinic.admin.get("/appointments")["appointments"] == []
    finally:
        clinic.machine.children["scheduling"].start()
    eventually(lambda: clinic.book(slot).status_code == 201, seconds=30, what="scheduling")


def test_after_a_restart_of_postgres_everything_goes_on(clinic: Clinic) -> None:
    slot = clinic.slots()[0]
    clinic.machine.servers.stop_one("postgres")
    try:
        assert clinic.book(slot).status_code == 503
    finally:
        clinic.machine.servers.start_one("postgres")
    eventually(lambda: clinic.book(slot).status_code in (201, 409), seconds=30, what="postgres")
    eventually(lambda: slot not in clinic.slots(), seconds=30, what="the event")
