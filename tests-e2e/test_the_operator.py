"""The `ambulo` command on a suite that runs: loading a clinic from FHIR, checking, repairing; honest exit codes."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from ambulo.catalog.v1 import events_pb2, rooms_pb2
from journeys import Clinic, Person, eventually, sign_in
from suite.machine import Machine

HL7 = Path(__file__).with_name("hl7")


def ambulo(machine: Machine, *args: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "suite.cli", *map(str, args), "--state", str(machine.state)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def on_database(machine: Machine, service: str, *statements: str) -> Any:
    async def run() -> Any:
        connection = await asyncpg.connect(machine.environment["DATABASE_OWNER_URL"].format(service=service))
        try:
            for statement in statements:
                answer = await connection.fetchval(statement)
            return answer
        finally:
            await connection.close()

    return asyncio.run(run())


@pytest.fixture
def boss(machine: Machine) -> Person:
    """Admin of the clinic that HL7's published examples make."""
    email = f"boss-{uuid4().hex[:8]}@example.com"
    loaded = ambulo(machine, "load", HL7, "--admin", email)
    assert loaded.returncode == 0, loaded.stderr
    assert "skipped  PractitionerRole/example: its period has ended" in loaded.stderr
    with httpx.Client(base_url=machine.url, timeout=15) as http:
        yield sign_in(machine, http, email)


def everything(person: Person) -> dict[str, list[str]]:
    kinds = {"locations": "locations", "rooms": "rooms", "providers": "specialists", "services": "services",
             "patients": "patients"}  # fmt: skip
    return {
        path: sorted(json.dumps(each, sort_keys=True) for each in person.get(f"/{path}", limit=200)[name])
        for path, name in kinds.items()
    }


@pytest.mark.covers("S01")
def test_hl7s_examples_become_a_clinic_that_can_be_booked(machine: Machine, boss: Person) -> None:
    service = boss.get("/services")["services"][0]
    patient = boss.get("/patients")["patients"][0]
    begin = datetime.now(UTC) + timedelta(days=20)

    def slots() -> list[dict[str, Any]]:
        return boss.get(
            "/availability", serviceId=service["id"], locationId=service["locationIds"][0],
            start=f"{begin:%Y-%m-%d}", end=f"{begin + timedelta(days=7):%Y-%m-%d}",
        )["slots"]  # fmt: skip

    slot = eventually(slots, what="free times")[5]
    body = {"patientId": patient["id"], "serviceId": service["id"], "providerId": slot["provider"]["id"]}
    booked = boss.post("/appointments", **body, start=slot["start"])["appointment"]
    assert booked["startUTC"] == slot["startUTC"]
    boss.ask("PATCH", f"/appointments/{booked['id']}", json={"status": "canceled"}, headers={"If-Match": '"1"'})


def test_loading_again_changes_nothing(machine: Machine, boss: Person) -> None:
    before = everything(boss)
    again = ambulo(machine, "load", HL7)
    assert (again.returncode, everything(boss)) == (0, before)


def test_a_bundle_that_changed_changes_what_it_says_and_back(machine: Machine, tmp_path: Path) -> None:
    def load(name: str) -> None:
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [
            {"resource": {"resourceType": "Organization", "id": f"o-{machine.url[-5:]}", "name": "Changing"}},
            {"resource": {"resourceType": "Patient", "id": "p", "name": [{"family": name, "given": ["Ana"]}]}},
        ]}  # fmt: skip
        (tmp_path / "bundle.json").write_text(json.dumps(bundle))
        loaded = ambulo(machine, "load", tmp_path / "bundle.json", "--zone", "Europe/Bucharest")
        assert loaded.returncode == 0, loaded.stderr

    for name in ("Pop", "Popescu", "Pop"):
        load(name)
        last = "SELECT family_name FROM patient WHERE given_name = 'Ana' ORDER BY updated_at DESC LIMIT 1"
        assert on_database(machine, "people", last) == name


def test_what_cannot_be_read_is_said_and_fails(machine: Machine, tmp_path: Path) -> None:
    assert ambulo(machine, "load", tmp_path / "absent").returncode == 2
    (tmp_path / "broken.json").write_text("{")
    broken = ambulo(machine, "load", tmp_path / "broken.json")
    assert (broken.returncode, "broken.json" in broken.stderr) == (1, True)
    assert "Traceback" not in broken.stderr


def test_verify_tells_when_somebody_changed_the_trail(machine: Machine, clinic: Clinic) -> None:
    sealed = "SELECT count(*) FROM audit_record WHERE txid < (SELECT max(until_txid) FROM audit_seal)"
    assert clinic.book(clinic.slots()[0]).status_code == 201
    eventually(lambda: on_database(machine, "booking", sealed), seconds=40, what="a seal")
    clean = ambulo(machine, "verify")
    assert clean.returncode == 0, clean.stderr
    change = "UPDATE audit_record SET subject = subject || '{}' WHERE txid = (SELECT min(txid) FROM audit_record)"
    on_database(machine, "booking", change.format("!"))
    found = ambulo(machine, "verify", "booking")
    on_database(machine, "booking", change.format("").replace("subject || ''", "rtrim(subject, '!')"))
    assert found.returncode == 1
    assert "a record under it was changed" in found.stderr
    assert ambulo(machine, "verify", "booking").returncode == 0


def test_verify_tells_of_a_claim_without_its_appointment(machine: Machine, clinic: Clinic) -> None:
    id_ = clinic.book(clinic.slots()[0]).json()["appointment"]["id"]
    on_database(machine, "booking", f"UPDATE appointment SET status = 'canceled' WHERE id = '{id_}'")
    found = ambulo(machine, "verify", "booking")
    on_database(machine, "booking", f"UPDATE appointment SET status = 'scheduled' WHERE id = '{id_}'")
    assert found.returncode == 1
    assert f"claims that nothing accounts for: {id_}" in found.stderr


def test_redrive_handles_dead_letters_again_and_tells_what_failed(machine: Machine, clinic: Clinic) -> None:
    letter = f"""
        INSERT INTO dead_letter
            (event_id, consumer, subject, clinic_id, payload, occurred_at, request_id, attempts, error)
        VALUES (gen_random_uuid(), 'scheduling-ambulo-catalog-v1-RoomDefined', 'ambulo.catalog.v1.RoomDefined',
                '{clinic.id}', '%s', now(), 'r', 6, 'ValueError')
    """
    on_database(machine, "scheduling", letter % "\\xff")
    broken = ambulo(machine, "redrive", "scheduling")
    assert (broken.returncode, "0 handled, 1 failed again" in broken.stderr) == (1, True)
    on_database(machine, "scheduling", "DELETE FROM dead_letter")
    room = rooms_pb2.Room(id=str(uuid4()), location_id=clinic.location_id, name="Lost", room_type="exam", version=1)
    event = events_pb2.RoomDefined(room=room).SerializeToString().hex()
    on_database(machine, "scheduling", letter % f"\\x{event}")
    assert ambulo(machine, "redrive", "scheduling").returncode == 0
    names = [r["name"] for r in clinic.slots()[0]["roomOptions"]]
    assert "Lost" in names


@pytest.mark.covers("S07", "O10")
def test_what_was_heard_can_be_heard_again_while_everybody_works(machine: Machine, clinic: Clinic) -> None:
    taken, free, *_, lost = clinic.slots()
    for slot in (taken, lost):
        assert clinic.book(slot).status_code == 201
    right = clinic.slots()
    # Somebody has meddled: a time that is taken is shown, one that is free is not, and a room has another name.
    on_database(
        machine, "scheduling",
        f"UPDATE busy SET occupied_from = occupied_from + interval '90 days', occupied_until = occupied_until"
        f" + interval '90 days', room_until = room_until + interval '90 days' WHERE clinic_id = '{clinic.id}'",
        f"UPDATE room SET name = 'Cellar' WHERE clinic_id = '{clinic.id}'",
    )  # fmt: skip
    wrong = clinic.slots()
    assert taken["startUTC"] in {slot["startUTC"] for slot in wrong}
    assert wrong[0]["roomOptions"][0]["name"] == "Cellar"
    heard = ambulo(machine, "replay", "scheduling")
    assert heard.returncode == 0, heard.stderr
    assert " events heard\n" in heard.stderr
    assert clinic.slots() == right
    assert "scheduling: 0" in ambulo(machine, "lag").stderr
    assert clinic.book(free).status_code == 201


def test_a_service_that_hears_nobody_has_nothing_to_replay(machine: Machine) -> None:
    refused = ambulo(machine, "replay", "catalog")
    assert refused.returncode == 1
    assert "nothing to replay" in refused.stderr


def test_what_runs_is_not_started_or_dropped_beside_itself(machine: Machine) -> None:
    for command in ("up", "reset"):
        refused = ambulo(machine, command)
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
    assert httpx.get(f"{machine.url}/livez").status_code == 200


def test_without_a_suite_the_way_to_one_is_said(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "suite.cli", "verify", "--state", str(tmp_path)]
    lost = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert lost.returncode == 1
    assert "make up" in lost.stderr
