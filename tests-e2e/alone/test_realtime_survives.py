"""Who listens misses nothing while the gateway, or NATS, is away."""

import pytest
from conftest import running
from journeys import Clinic, new_clinic
from listening_in import listening
from suite.machine import Machine
from suite.services import NAMES


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    groups = [["gateway"], [name for name in NAMES if name != "gateway"]]
    with running(tmp_path_factory.mktemp("listening"), groups) as machine:
        yield machine


@pytest.fixture
def clinic(machine: Machine) -> Clinic:
    return new_clinic(machine)


@pytest.mark.covers("G03")
def test_a_gateway_that_restarts_is_resumed_from(clinic: Clinic) -> None:
    slots, gateway = clinic.slots(), clinic.machine.children["gateway"]
    lean = clinic.machine.realtime_url
    with listening(clinic, f"clinic:{clinic.id}") as desk, listening(clinic, f"clinic:{clinic.id}", at=lean) as other:
        first = clinic.book(slots[0]).json()["appointment"]["id"]
        desk.appointment("created", first)
        other.appointment("created", first)
        gateway.stop()
        assert (desk.closed(), other.closed()) == (1012, 1012)
    gateway.start()
    gateway.wait_until_ready(60)
    second = clinic.book(clinic.slots()[0]).json()["appointment"]["id"]
    with listening(clinic, f"clinic:{clinic.id}", last=desk.last, at=lean) as desk:
        third = clinic.book(clinic.slots()[0]).json()["appointment"]["id"]
        heard = [m["payload"]["appointmentId"] for m in (desk.next("appointment.created") for _ in range(2))]
        assert heard == [second, third]


@pytest.mark.covers("G03")
def test_a_gateway_that_is_killed_is_resumed_from(clinic: Clinic) -> None:
    gateway, lean = clinic.machine.children["gateway"], clinic.machine.realtime_url
    with listening(clinic, f"clinic:{clinic.id}", at=lean) as desk:
        first = clinic.book(clinic.slots()[0]).json()["appointment"]["id"]
        desk.appointment("created", first)
        assert gateway.process is not None
        gateway.process.kill()
        gateway.process.wait()
    gateway.start()
    gateway.wait_until_ready(60)
    second = clinic.book(clinic.slots()[0]).json()["appointment"]["id"]
    with listening(clinic, f"clinic:{clinic.id}", last=desk.last, at=lean) as desk:
        assert desk.next("appointment.created")["payload"]["appointmentId"] == second


@pytest.mark.covers("G03")
def test_without_nats_sockets_stay_and_what_was_booked_is_heard_when_it_is_back(clinic: Clinic) -> None:
    slots = clinic.slots()
    with listening(clinic, f"clinic:{clinic.id}") as desk:
        clinic.machine.servers.stop_one("nats")
        try:
            booked = clinic.book(slots[0]).json()["appointment"]["id"]
            desk.say("ping")
            desk.next("pong")
        finally:
            clinic.machine.servers.start_one("nats")
        desk.appointment("created", booked)
        after = clinic.book(clinic.slots()[-1]).json()["appointment"]["id"]
        desk.appointment("created", after)
        created = [m["payload"]["appointmentId"] for m in desk.seen if m["type"] == "appointment.created"]
        assert created == [booked, after]
        assert "reset" not in [m["type"] for m in desk.seen]
