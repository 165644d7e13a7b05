"""Each process killed with SIGKILL at random during bookings: nothing is lost, doubled or half done."""

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import asyncpg
import httpx
import pytest
from conftest import running
from journeys import Clinic, eventually, new_clinic
from suite.machine import Machine
from suite.services import NAMES, SERVICES
from suite.verification import verify

BOOKINGS = 300
GROUPS = [[name] for name in NAMES]


EFFECTS = "SELECT count(event_id) FROM inbox WHERE consumer LIKE '%AppointmentBooked'"


@pytest.fixture
def machine(tmp_path) -> Machine:
    with running(tmp_path / "suite", GROUPS) as machine:
        yield machine


@pytest.mark.covers("B02", "B03", "O07")
def test_whatever_is_killed_every_answered_booking_exists_once(machine: Machine) -> None:
    clinic = new_clinic(machine)
    chance = random.Random(4)
    slots = [s for week in range(4) for day in range(5) for s in clinic.slots(day=clinic.day(7 + 7 * week + day))]
    wanted = chance.sample(slots, min(BOOKINGS, len(slots)))
    with ThreadPoolExecutor(8) as threads:
        bookings = [threads.submit(_book_stubbornly, clinic, slot) for slot in wanted]
        # Each once, in any order, as the bookings go on; then whoever chance picks.
        to_kill, next_kill = chance.sample(NAMES, len(NAMES)), 0
        killed = []
        while not all(each.done() for each in bookings):
            machine.revive()
            done = sum(each.done() for each in bookings)
            if done >= next_kill:
                name = to_kill.pop() if to_kill else chance.choice(NAMES)
                machine.children[name].kill()
                killed.append(name)
                next_kill = done + chance.randint(20, 40)
            time.sleep(0.1)
        answered = [a for each in bookings if (a := each.result())]
    machine.revive()
    eventually(lambda: _answers(machine), seconds=30, what="the gateway")
    assert set(killed) == set(NAMES)
    assert len(answered) == len(set(answered)) > 50

    eventually(lambda: asyncio.run(_waiting(machine)) == 0, seconds=60, what="empty outboxes")
    stored = {a["id"]: a for a in _all_appointments(clinic)}
    assert set(answered) <= set(stored)
    eventually(
        lambda: asyncio.run(_heard(machine)) == asyncio.run(_said(machine)), seconds=60, what="every event's effect"
    )
    assert asyncio.run(_said(machine)) == len(stored), "each booking says exactly one event"
    assert asyncio.run(_count(machine, "scheduling", EFFECTS)) == len(stored), (
        "each event has one effect, and its proof"
    )
    report = asyncio.run(verify(list(SERVICES), machine.environment))
    assert report.is_clean, list(report.lines())


def _answers(machine: Machine) -> bool:
    try:
        return httpx.get(f"{machine.url}/.well-known/jwks.json").status_code == 200
    except httpx.HTTPError:
        return False


def _book_stubbornly(clinic: Clinic, slot: dict) -> str | None:
    """As a client should: the same key until there is an answer. The appointment's id, or None if refused."""
    key, deadline = str(uuid4()), time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            answer = httpx.post(
                f"{clinic.machine.url}/v1/clinics/{clinic.id}/appointments",
                json=clinic.booking(slot),
                headers=clinic.admin.headers | {"Idempotency-Key": key},
                timeout=10,
            )
        except httpx.HTTPError:
            time.sleep(0.2)
            continue
        if answer.status_code == 201:
            return answer.json()["appointment"]["id"]
        if answer.status_code == 409:
            return None
        assert answer.status_code in (401, 503, 504), answer.text
        time.sleep(0.2)
    raise AssertionError("no answer within a minute")


def _all_appointments(clinic: Clinic) -> list[dict]:
    found, cursor = [], ""
    while True:
        page = clinic.admin.get("/appointments", limit=200, cursor=cursor)
        found += page["appointments"]
        cursor = page["nextCursor"]
        if not cursor:
            return found


async def _count(machine: Machine, service: str, query: str) -> int:
    connection = await asyncpg.connect(machine.environment["DATABASE_OWNER_URL"].format(service=service))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _waiting(machine: Machine) -> int:
    counts = [await _count(machine, s, "SELECT count(id) FROM outbox WHERE published_at IS NULL") for s in SERVICES]
    return sum(counts)


async def _said(machine: Machine) -> int:
    return await _count(machine, "booking", "SELECT count(id) FROM outbox WHERE subject LIKE '%AppointmentBooked'")


async def _heard(machine: Machine) -> int:
    return await _count(machine, "scheduling", "SELECT count(appointment_id) FROM busy WHERE occupied_from IS NOT NULL")
