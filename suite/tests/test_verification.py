"""What `ambulo verify` finds, each thing broken on purpose, behind the services' backs; and what it signs."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import nats
import pytest
from ambulo.booking.v1 import events_pb2
from conftest import running
from journeys import Clinic, eventually, new_clinic
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from suite.cli import app
from suite.machine import Machine
from suite.services import NAMES, SERVICES
from suite.verification import history, verify
from suite.verification.report import Report
from suite.verification.signed import Forged, opened, signed
from typer.testing import CliRunner, Result

STREAM = "BOOKING"
CONSTRAINT = """
    ALTER TABLE claim ADD CONSTRAINT claim_no_overlap
        EXCLUDE USING gist (clinic_id WITH =, resource_id WITH =, unit WITH =, during WITH &&)
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with running(tmp_path_factory.mktemp("verified"), [list(NAMES)]) as machine:
        yield machine


@pytest.fixture
def clinic(machine: Machine) -> Clinic:
    return new_clinic(machine)


def on_database(clinic: Clinic, *statements: str) -> Any:
    async def run() -> Any:
        connection = await asyncpg.connect(clinic.machine.environment["DATABASE_OWNER_URL"].format(service="booking"))
        try:
            for statement in statements:
                answer = await connection.fetchval(statement)
            return answer
        finally:
            await connection.close()

    return asyncio.run(run())


def on_stream(clinic: Clinic, do: Callable[[JetStreamContext], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        client = await nats.connect(clinic.machine.environment["NATS_URL"])
        try:
            return await do(client.jetstream())
        finally:
            await client.close()

    return asyncio.run(run())


def look(clinic: Clinic) -> set[tuple[str, str, str]]:
    """Names of checks, ids and words."""
    report = asyncio.run(verify(["booking"], clinic.machine.environment))
    assert all(check.found <= len(check.examples) for check in report.checks), "nothing is left out"
    return {(check.name, each.id, each.words) for check in report.checks for each in check.examples}


@contextmanager
def broken(clinic: Clinic, table: str, where: str, *breaking: str) -> Iterator[set[tuple[str, str, str]]]:
    """What is found now that was not there before, until these rows are as they were."""
    settle(clinic)
    before = look(clinic)
    columns = on_database(
        clinic,
        "SELECT string_agg(column_name, ', ') FROM information_schema.columns"
        f" WHERE table_name = '{table}' AND is_generated = 'NEVER'",
    )
    on_database(clinic, f"CREATE TABLE kept AS SELECT {columns} FROM {table} WHERE {where}")
    try:
        on_database(clinic, *breaking)
        yield look(clinic) - before
    finally:
        back = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept"
        on_database(clinic, f"DELETE FROM {table} WHERE {where}", back, "DROP TABLE kept")
    assert look(clinic) == before


def booked(clinic: Clinic, nth: int = 0) -> dict[str, Any]:
    answer = clinic.book(clinic.slots()[nth])
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["appointment"]
    return found


async def verify_for(seconds: float, clinic: Clinic) -> list[Report]:
    until = time.monotonic() + seconds
    reports = []
    while time.monotonic() < until:
        reports.append(await verify(["booking"], clinic.machine.environment))
    return reports


def blocked(clinic: Clinic, hour: int, **what: str) -> dict[str, Any]:
    begin = clinic.day() + timedelta(hours=hour)
    found: dict[str, Any] = clinic.admin.post(
        "/blocks", start=begin.isoformat(), end=(begin + timedelta(hours=1)).isoformat(), **what
    )
    return found


def settle(clinic: Clinic) -> None:
    """All that was said so far is in the stream."""
    waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
    eventually(lambda: on_database(clinic, waiting) == 0, what="the relay")


def sequence_of(clinic: Clinic, appointment_id: str) -> int:
    """Where in the stream its booking is."""

    async def find(jetstream: JetStreamContext) -> int:
        last = (await jetstream.stream_info(STREAM)).state.last_seq
        for sequence in range(last, 0, -1):
            try:
                message = await jetstream.get_msg(STREAM, sequence)
            except NotFoundError:
                continue
            if appointment_id in (message.headers or {}).get("ce-subject", ""):
                return sequence
        raise AssertionError("it was never said")

    return int(on_stream(clinic, find))


# Claims


def test_a_claim_deleted_by_hand_is_missed(clinic: Clinic) -> None:
    id_ = booked(clinic)["id"]
    with broken(clinic, "claim", f"holder = '{id_}'", f"DELETE FROM claim WHERE holder = '{id_}'") as found:
        assert {each[:2] for each in found} == {("visits and blocks without their claims", id_)}
        assert len(found) == 2, "specialist and room"


def test_two_claims_on_one_time_are_found_although_nothing_forbids_them_any_more(clinic: Clinic) -> None:
    first, other = booked(clinic)["id"], str(uuid4())
    double = (
        "INSERT INTO claim (clinic_id, resource_id, unit, during, holder, kind)"
        " SELECT clinic_id, resource_id, unit, tstzrange(lower(during) + '10 min', upper(during) + '10 min'),"
        f" '{other}', 'appointment' FROM claim WHERE holder = '{first}'"
    )
    allowing = "ALTER TABLE claim DROP CONSTRAINT claim_no_overlap"
    with broken(clinic, "claim", f"holder = '{other}'", allowing, double) as found:
        overlaps = [each for each in found if each[0] == "claims of one resource that overlap"]
        assert {id_ for _, id_, _ in overlaps} == {other}
        assert all(f"where appointment {first} is" in words for _, _, words in overlaps)
        assert {id_ for check, id_, _ in found if check == "claims that nothing accounts for"} == {other}
    on_database(clinic, CONSTRAINT)


def test_two_visits_at_one_time_are_found_whatever_the_claims_say(clinic: Clinic) -> None:
    mine = [s for s in clinic.slots() if s["provider"]["id"] == clinic.specialist_ids[0]]
    ids = [clinic.book(mine[n]).json()["appointment"]["id"] for n in (0, 8)]
    where = f"id = '{ids[1]}'"
    times = ("starts_at", "ends_at", "occupied_from", "occupied_until")
    earlier = ", ".join(f"{each} = {each} - interval '2 hours'" for each in times)
    with broken(clinic, "appointment", where, f"UPDATE appointment SET {earlier} WHERE {where}") as found:
        overlapping = {id_ for check, id_, _ in found if check == "visits and blocks that overlap"}
        assert len(overlapping & set(ids)) >= 1
        assert ("visits and blocks without their claims", ids[1]) in {each[:2] for each in found}
        assert ("claims that nothing accounts for", ids[1]) in {each[:2] for each in found}


def test_a_claim_that_runs_out_although_its_appointment_does_not_is_found(clinic: Clinic) -> None:
    where = f"holder = '{booked(clinic)['id']}'"
    ends = f"UPDATE claim SET expires_at = now() + interval '1 hour' WHERE {where}"
    with broken(clinic, "claim", where, ends) as found:
        wrong = {"visits and blocks without their claims", "claims that nothing accounts for"}
        assert {check for check, _, _ in found} == wrong


def test_a_block_that_one_may_book_beside_is_found(clinic: Clinic) -> None:
    block = blocked(clinic, 10, providerId=clinic.specialist_ids[0])
    where = f"holder = '{block['id']}'"
    with broken(clinic, "claim", where, f"DELETE FROM claim WHERE {where} AND unit = 3") as found:
        assert {each[:2] for each in found} == {("visits and blocks without their claims", block["id"])}


# Events and tables


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("room_id", "gen_random_uuid()"),
        ("status", "'completed'"),
        ("starts_at", "starts_at + interval '1 minute'"),
        ("equipment", "'[[\"11111111-1111-4111-8111-111111111111\", 0]]'"),
        ("patient_id", "gen_random_uuid()"),
        ("also_specialist_ids", "ARRAY[gen_random_uuid()]"),
    ],
)
def test_an_appointment_changed_behind_the_back_is_named(clinic: Clinic, column: str, wrong: str) -> None:
    id_ = booked(clinic)["id"]
    where = f"id = '{id_}'"
    with broken(clinic, "appointment", where, f"UPDATE appointment SET {column} = {wrong} WHERE {where}") as found:
        named = ("appointments not as their last event says", id_)
        assert [words.split()[0] for check, of, words in found if (check, of) == named] == [column]


def test_a_change_that_nobody_told_of_is_found(clinic: Clinic) -> None:
    id_ = booked(clinic)["id"]
    change = f"UPDATE appointment SET version = 2 WHERE id = '{id_}'"
    with broken(clinic, "appointment", f"id = '{id_}'", change) as found:
        assert found == {
            ("appointments without one event a version", id_, "no event tells of its version 2"),
            ("timelines without one entry a version", id_, "has entries of versions [1], and is at 2"),
        }


def test_an_appointment_that_is_not_there_any_more_is_found(clinic: Clinic) -> None:
    id_ = booked(clinic)["id"]
    where = f"id = '{id_}'"
    with broken(clinic, "appointment", where, f"DELETE FROM appointment WHERE {where}") as found:
        assert {each[:2] for each in found} == {
            ("appointments that only events tell of", id_),
            ("timelines without one entry a version", id_),
            ("claims that nothing accounts for", id_),
        }


def test_a_hold_that_vanished_is_found(clinic: Clinic) -> None:
    slot = clinic.slots()[-1]
    wanted = {"serviceId": clinic.service_id, "providerId": slot["provider"]["id"], "start": slot["start"]}
    id_ = clinic.admin.post("/holds", **wanted)["id"]
    with broken(clinic, "hold", f"id = '{id_}'", f"DELETE FROM hold WHERE id = '{id_}'") as found:
        assert {each[:2] for each in found} == {
            ("holds that only events tell of", id_),
            ("claims that nothing accounts for", id_),
        }


def test_a_block_that_moved_is_found(clinic: Clinic) -> None:
    block = blocked(clinic, 14, roomId=clinic.room_ids[0])
    where = f"id = '{block['id']}'"
    shorter = f"UPDATE block SET ends_at = ends_at - interval '5 minutes' WHERE {where}"
    with broken(clinic, "block", where, shorter) as found:
        (told,) = [words for check, _, words in found if check == "blocks not as their last event says"]
        assert told.endswith(f"its last event says {(clinic.day() + timedelta(hours=15)).astimezone(UTC).isoformat()}")


def test_an_event_removed_from_the_stream_is_named(clinic: Clinic) -> None:
    appointment = booked(clinic)
    settle(clinic)
    before, sequence = look(clinic), sequence_of(clinic, appointment["id"])
    assert on_stream(clinic, lambda jetstream: jetstream.delete_msg(STREAM, sequence))
    found = look(clinic) - before
    lost = [words for check, _, words in found if check == "events that the stream has lost"]
    assert lost == [f"ambulo.booking.v1.AppointmentBooked of {appointment['id']}"]
    assert {each for each in found if each[0] != "events that the stream has lost"} == {
        ("events removed from the stream", str(sequence), "its place in the stream is empty"),
        ("appointments without one event a version", appointment["id"], "no event tells of its version 1"),
    }


def test_an_event_said_twice_under_two_ids_is_named_but_not_one_that_only_came_twice(clinic: Clinic) -> None:
    id_ = booked(clinic)["id"]
    settle(clinic)
    before = look(clinic)
    sequence = sequence_of(clinic, id_)

    async def again(jetstream: JetStreamContext) -> None:
        known = await jetstream.get_msg(STREAM, sequence)
        headers = {**(known.headers or {}), "Nats-Msg-Id": str(uuid4())}
        await jetstream.publish(str(known.subject), known.data or b"", headers=headers)

    on_stream(clinic, again)
    assert look(clinic) == before, "it is the same event"
    on_database(
        clinic,
        "INSERT INTO outbox (id, subject, key, payload, clinic_id, occurred_at, request_id, traceparent)"
        " SELECT gen_random_uuid(), subject, key, payload, clinic_id, occurred_at, request_id, traceparent"
        f" FROM outbox WHERE key = '{id_}'",
    )
    assert look(clinic) - before == {
        ("appointments without one event a version", id_, "2 events tell of its version 1")
    }, "in the outbox or in the stream, it makes no difference"


def test_an_event_that_nobody_wrote_down_is_named(clinic: Clinic) -> None:
    settle(clinic)
    before, event_id, id_ = look(clinic), str(uuid4()), str(uuid4())
    event = events_pb2.AppointmentBooked(occupied=events_pb2.Occupied(appointment_id=id_, version=1))
    headers = {"ce-id": event_id, "ce-time": "2099-01-01T00:00:00+00:00", "ce-clinic": clinic.id}

    async def forge(jetstream: JetStreamContext) -> None:
        await jetstream.publish(event.DESCRIPTOR.full_name, event.SerializeToString(), headers=headers)
        await jetstream.publish(event.DESCRIPTOR.full_name, b"what is this?")

    on_stream(clinic, forge)
    found = look(clinic) - before
    assert ("events that nobody wrote down", event_id, f"ambulo.booking.v1.AppointmentBooked of {id_}") in found
    assert ("appointments that only events tell of", id_) in {each[:2] for each in found}
    assert "messages that are no events" in {check for check, _, _ in found}


def test_what_is_older_than_the_stream_is_not_demanded_but_counted(clinic: Clinic) -> None:
    old = booked(clinic)
    settle(clinic)

    def unjudged() -> int:
        report = asyncio.run(verify(["booking"], clinic.machine.environment))
        return report.logs[0].unjudged if report.logs else -1

    on_stream(clinic, lambda jetstream: jetstream.delete_stream(STREAM))
    eventually(lambda: unjudged() > 0, seconds=40, what="a new stream")
    before = unjudged()
    assert old["id"] not in {id_ for _, id_, _ in look(clinic)}
    change = {"status": "canceled"}
    path = f"/appointments/{old['id']}"
    assert clinic.admin.ask("PATCH", path, json=change, headers={"If-Match": '"1"'}).status_code == 200
    assert unjudged() == before - 1, "from now on it is"
    assert old["id"] not in {id_ for _, id_, _ in look(clinic)}


def test_without_nats_it_is_said_that_nothing_is_known(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_CONNECTED_WITHIN_S", 0.5)
    away = clinic.machine.environment | {"NATS_URL": "nats://127.0.0.1:1"}
    report = asyncio.run(verify(["booking"], away))
    assert "streams that cannot be read: booking: NATS does not answer" in "\n".join(report.differences())


def test_nothing_is_found_while_everybody_writes(clinic: Clinic) -> None:
    settle(clinic)
    before, over = look(clinic), threading.Event()
    slots = clinic.slots()

    def write(number: int) -> int:
        done = 0
        while not over.is_set():
            slot = slots[(7 * done + number) % len(slots)]
            body = {"serviceId": clinic.service_id, "providerId": slot["provider"]["id"], "start": slot["start"]}
            held = clinic.admin.ask("POST", "/holds", json=body)
            if held.status_code == 201:
                clinic.admin.ask("POST", f"/holds/{held.json()['id']}/extend")
                body = {"patientId": clinic.patient_id, "holdId": held.json()["id"]}
                id_ = clinic.admin.ask("POST", "/appointments", json=body).json()["appointment"]["id"]
                for version, status in enumerate(({"start": slots[-1 - number]["start"]}, {"status": "canceled"}), 1):
                    match = {"If-Match": f'"{version}"'}
                    clinic.admin.ask("PATCH", f"/appointments/{id_}", json=status, headers=match)
                clinic.admin.ask(
                    "PATCH", f"/appointments/{id_}", json={"status": "canceled"}, headers={"If-Match": '"1"'}
                )
            done += 1
        return done

    with ThreadPoolExecutor(4) as threads:
        writers = [threads.submit(write, number) for number in range(4)]
        try:
            reports = asyncio.run(verify_for(5, clinic))
        finally:
            over.set()
        assert sum(writer.result() for writer in writers) > 10
    found = {(c.name, each.id, each.words) for report in reports for c in report.checks for each in c.examples}
    assert found <= before
    assert reports[-1].logs[0].events > reports[0].logs[0].events
    assert any(report.logs[0].later for report in reports), "there were events too new to be judged"


# The report


def ambulo(clinic: Clinic, *args: object) -> Result:
    return CliRunner().invoke(app, ["verify", *map(str, args), "--state", str(clinic.machine.state)])


@pytest.mark.covers("B16")
def test_a_report_is_signed_and_whatever_is_changed_in_it_shows(clinic: Clinic, tmp_path: Path) -> None:
    id_, file = booked(clinic)["id"], tmp_path / "report.json"
    before = len(look(clinic))
    on_database(clinic, f"UPDATE appointment SET patient_id = gen_random_uuid() WHERE id = '{id_}'")
    made = ambulo(clinic, "--report", file)
    assert made.exit_code == 1
    assert f"{id_}: patient_id is" in made.stderr
    document = json.loads(file.read_text())
    assert not document["report"]["is_clean"]
    assert [trail["service"] for trail in document["report"]["trails"]] == list(SERVICES)
    assert sum(check["found"] for check in document["report"]["checks"]) == before + 1
    assert document["report"]["logs"][0]["last_sequence"] > 0
    genuine = ambulo(clinic, "--check", file)
    assert (genuine.exit_code, "is genuine" in genuine.stderr) == (0, True)
    assert "there are differences" in genuine.stderr

    file.write_text(json.dumps(document, separators=(",", ":")))
    assert ambulo(clinic, "--check", file).exit_code == 0, "its layout is nobody's concern"
    document["report"]["is_clean"] = True
    file.write_text(json.dumps(document))
    forged = ambulo(clinic, "--check", file)
    assert (forged.exit_code, "not genuine" in forged.stderr) == (1, True)
    file.write_bytes(b"\xff")
    assert ambulo(clinic, "--check", file).exit_code == 1


def test_a_report_goes_where_it_is_wanted(clinic: Clinic) -> None:
    shown = ambulo(clinic, "booking", "--report", "-")
    assert json.loads(shown.stdout)["report"]["at"].keys() == {"booking"}
    kept = set(clinic.machine.state.glob("verify-*.json"))
    ambulo(clinic, "booking")
    (new,) = set(clinic.machine.state.glob("verify-*.json")) - kept
    assert ambulo(clinic, "--check", new).exit_code == 0


def test_only_the_operator_signs_reports(machine: Machine) -> None:
    secrets = machine.state / "secrets"
    report = {"is_clean": True, "words": "ă\n"}
    document = signed(report, machine.environment["INTERNAL_KEY_FILE"]).encode()
    assert opened(document, secrets / "keys.json") == report
    forged = signed(report, str(secrets / "booking.pem")).encode()
    for wrong in (forged, b"{}", b"[]", b'{"report": {}, "signature": 1}', json.dumps({"report": report}).encode()):
        with pytest.raises(Forged):
            opened(wrong, secrets / "keys.json")
