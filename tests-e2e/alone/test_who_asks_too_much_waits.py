"""Limits as clients meet them: who asks too much waits, others go on, and it all holds without Valkey, too."""

import json
import time
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from conftest import running
from journeys import Clinic, Person, eventually, new_clinic, sign_in
from suite.machine import Machine

GROUPS = [["gateway"], ["identity", "people", "catalog", "scheduling", "booking"]]
PLENTY = {"per_minute": 100_000, "burst": 100_000}
LIMITS = {
    "read": {"signed_in": {"per_minute": 30, "burst": 6}, "anonymous": {"per_minute": 30, "burst": 3}},
    "booking": {"signed_in": {"per_minute": 30, "burst": 4}, "anonymous": PLENTY},
    "sign_in": {"signed_in": PLENTY, "anonymous": PLENTY},
    "clinic_per_minute": 300,
    "times": {"admin": 1000},
}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    limits = {"RATE_LIMITS": json.dumps(LIMITS), "TRUSTED_PROXIES": '["127.0.0.1/32"]'}
    with running(tmp_path_factory.mktemp("limited"), GROUPS, **limits) as machine:
        yield machine


@pytest.fixture
def clinic(machine: Machine) -> Clinic:
    return new_clinic(machine)


def a_patient(clinic: Clinic) -> Person:
    """Who has just signed in."""
    email = f"p-{uuid4().hex[:10]}@example.com"
    patient = clinic.admin.post("/patients", givenName="Ion", familyName="Rusu", email=email)
    clinic.admin.post(f"/patients/{patient['id']}/invite", status=204)
    eventually(lambda: any(m["email"] == email for m in clinic.admin.get("/members")["members"]), what="the membership")
    return sign_in(clinic.machine, clinic.http, email)


def left(answer: httpx.Response) -> int:
    return int(answer.headers["X-RateLimit-Remaining"])


@pytest.mark.covers("G02")
def test_who_asks_too_much_waits_and_others_go_on(clinic: Clinic) -> None:
    ana, dan = a_patient(clinic), a_patient(clinic)
    first = ana.ask("GET", "/services")
    assert (first.status_code, first.headers["X-RateLimit-Limit"], left(first)) == (200, "30", 5)
    assert first.headers["RateLimit-Policy"] == '"read";q=30;w=60;ambulo-burst=6, "clinic";q=300;w=60'
    answers = [ana.ask("GET", "/services") for _ in range(8)]
    refused = answers[-1]
    assert refused.status_code == 429
    assert refused.headers["Content-Type"] == "application/problem+json"
    wait = int(refused.headers["Retry-After"])
    assert 1 <= wait <= 2
    assert refused.json()["code"] == "RATE_LIMIT_EXCEEDED"
    assert f"in {wait} second" in refused.json()["detail"]
    assert {"limit": "30", "window": "1 minute"}.items() <= refused.json()["facts"].items()
    assert refused.headers["RateLimit"] == f'"read";r=0;t={wait}'
    assert dan.ask("GET", "/services").status_code == 200, "somebody else of the same clinic goes on"
    assert clinic.availability(ana)["slots"], "and so does she with something else"
    time.sleep(wait)
    assert ana.ask("GET", "/services").status_code == 200, "who has waited goes on"


@pytest.mark.covers("G02")
def test_a_write_that_is_refused_has_not_happened(clinic: Clinic) -> None:
    ana = a_patient(clinic)
    (membership,) = ana.session["me"]["memberships"]
    slots = [slot for slot in clinic.slots(ana) if slot["provider"]["id"] == clinic.specialist_ids[0]][::3]
    wanted = [clinic.booking(slot, patientId=membership["patientId"]) for slot in slots[:6]]
    answers = [ana.ask("POST", "/appointments", json=each) for each in wanted]
    assert [each.status_code for each in answers] == [201] * 4 + [429] * 2
    assert len(ana.get("/appointments")["appointments"]) == 4


@pytest.mark.covers("G02")
def test_strangers_are_counted_by_their_address(clinic: Clinic) -> None:
    def asks(address: str) -> int:
        page = f"/v1/public/clinics/{clinic.id}/page"
        return clinic.http.get(page, headers={"X-Forwarded-For": address}).status_code

    assert [asks("192.0.2.1") for _ in range(4)] == [200] * 3 + [429]
    assert asks("192.0.2.2") == 200
    assert [asks(f"2001:db8::{n}") for n in range(4)] == [200] * 3 + [429], "a household has one network"
    assert asks("2001:db8:0:1::1") == 200
    refused = clinic.http.get("/v1/me", headers={"X-Forwarded-For": "192.0.2.1"})
    assert refused.status_code == 429, "who guesses at tokens is a stranger"
    assert clinic.admin.ask("GET", "/services", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 200


@pytest.mark.covers("G02")
def test_a_clinic_that_asks_too_much_keeps_no_other_out(clinic: Clinic) -> None:
    other, patient = new_clinic(clinic.machine), a_patient(clinic)

    def refused_to(who: Person) -> httpx.Response | None:
        """Right after the clinic has taken all there was; what comes meanwhile may be a token."""
        while clinic.admin.ask("GET", "/services").status_code == 200:
            pass
        answer = who.ask("GET", "/availability")
        return answer if answer.status_code == 429 else None

    refused = eventually(lambda: refused_to(patient), what="all of the clinic to wait")
    assert refused.headers["X-RateLimit-Limit"] == "300"
    assert refused.json()["facts"]["policy"] == "clinic"
    assert other.admin.ask("GET", "/services").status_code == 200
    page = f"/v1/public/clinics/{clinic.id}/page"
    assert clinic.http.get(page, headers={"X-Forwarded-For": "192.0.2.9"}).status_code == 200, "strangers are no users"
    time.sleep(int(refused.headers["Retry-After"]))
    assert clinic.admin.ask("GET", "/services").status_code == 200


@pytest.mark.covers("G02")
def test_without_valkey_the_limits_go_on_here_and_then_for_all_again(clinic: Clinic) -> None:
    ana, dan = a_patient(clinic), a_patient(clinic)
    assert ana.ask("GET", "/services").status_code == 200
    clinic.machine.servers.kill_one("valkey")
    try:
        for who in (ana, dan):
            began = time.monotonic()
            statuses = [who.ask("GET", "/services").status_code for _ in range(20)]
            assert set(statuses) == {200, 429}, "never a server error"
            assert time.monotonic() - began < 3, "and nobody waits for what is not there"
            assert statuses[-1] == 429
    finally:
        clinic.machine.servers.start_one("valkey")
    log = clinic.machine.state / "suite.log"
    eventually(
        lambda: clinic.admin.ask("GET", "/services").status_code == 200 and "limits hold for all" in log.read_text(),
        what="Valkey",
    )
    eventually(lambda: ana.ask("GET", "/services").status_code == 200, what="her turn")
    link = {"email": clinic.admin.session["me"]["email"]}
    eventually(lambda: clinic.http.post("/v1/sign-in-links", json=link).status_code == 204, what="signing in")
    assert {ana.ask("GET", "/services").status_code for _ in range(10)} == {200, 429}
