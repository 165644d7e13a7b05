"""`make storm`: many writers want a few resources at once, while parts of the suite are killed if that is wanted.

Afterwards nothing may overlap, be lost or doubled, and every answer must have been honest. Prints a summary, writes
.ambulo/storm.json, exits 1 if anything was wrong.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import uvloop
from conftest import running
from journeys import Clinic, eventually, new_clinic
from rich.console import Console
from rich.table import Table
from suite.machine import Machine
from suite.replay import lags
from suite.services import NAMES, SERVICES, spread
from suite.verification import verify
from writers import Ledger, Scene, Writer

RESULTS = Path(".ambulo/storm.json")
SERVERS = ("postgres", "nats")
PROGRAMS, PATIENTS, DAYS, SEATS = 10, 20, 5, 3
WEEK = [
    {"weekday": day, "starts": "09:00", "ends": "17:00"}
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
]
MAY = ["availability.read", "appointments.read", "appointments.book", "appointments.manage", "catalog.read"]

_FULL = f"""
    SELECT session_id FROM appointment WHERE status <> 'canceled' AND session_id IS NOT NULL
    GROUP BY session_id HAVING count(*) > {SEATS}
"""

_TELL_EVERY_S = 20

say = Console(stderr=True)


@dataclass
class Outcome:
    writers: int
    answered: int
    seconds: float
    answers: dict[str, dict[str, int]]
    """Of each wish, how often each status and code."""
    p50_ms: float
    p99_ms: float
    longest_ms: float
    repeated: dict[str, int]
    killed: dict[str, int]
    deadlocks: int
    """Seen by Postgres, and by no caller."""
    events: int
    wrong: list[str] = field(default_factory=list)


def weather(writers: int, requests: int, *, kill: bool, state: Path, processes: int = len(NAMES)) -> Outcome:
    """In a suite of its own."""
    with running(state, spread(processes)) as machine:
        clinic = new_clinic(machine)
        scene, ledger = a_scene(clinic), Ledger()
        trouble = Trouble(machine) if kill else None
        began = time.monotonic()
        tell_at = began + _TELL_EVERY_S
        with ThreadPoolExecutor(1) as thread:
            enough = lambda: ledger.answered >= requests and (trouble is None or trouble.has_had_all)  # noqa: E731
            writing = thread.submit(uvloop.run, _write(scene, ledger, writers, enough, stubborn=kill))
            # Here and not in a thread of its own: what is started again dies with the thread that started it.
            while not wait([writing], 0.1).done:
                if trouble is not None:
                    trouble.go_on(ledger.answered / requests)
                if time.monotonic() > tell_at:
                    tell_at += _TELL_EVERY_S
                    say.print(f"[dim]{time.monotonic() - began:5.0f} s[/dim]  {ledger.answered} answered")
            writing.result()
        seconds = time.monotonic() - began
        if trouble is not None:
            trouble.end()
        wrong, events = aftermath(machine, clinic, scene, ledger)
        took = sorted(ledger.took_ms)
        answers: dict[str, Counter[str]] = {}
        for (what, status, code), count in ledger.answers.items():
            answers.setdefault(what, Counter())[f"{status} {code}".strip()] += count
        return Outcome(
            writers=writers,
            answered=ledger.answered,
            seconds=round(seconds, 1),
            answers={what: dict(counts) for what, counts in sorted(answers.items())},
            p50_ms=round(took[len(took) // 2], 1),
            p99_ms=round(took[int(len(took) * 0.99)], 1),
            longest_ms=round(took[-1], 1),
            repeated=dict(ledger.repeated),
            killed=dict(trouble.killed) if trouble is not None else {},
            deadlocks=(machine.state / "servers" / "logs" / "postgres.log").read_text().count("deadlock detected"),
            events=events,
            wrong=ledger.wrong + wrong,
        )


def a_scene(clinic: Clinic) -> Scene:
    """Three specialists, two rooms, two lasers; services that need different things, and rules to count by."""
    admin, place = clinic.admin, clinic.location_id
    third = admin.post("/providers", name="Dr. Carmen", specialty="Physiotherapy", locationIds=[place])["id"]
    specialists = [*clinic.specialist_ids, third]
    path = f"/providers/{third}/weekly-hours/{place}"
    eventually(lambda: admin.ask("PUT", path, json={"intervals": WEEK}).status_code == 200, what="hours")
    for n, room in enumerate(clinic.room_ids):
        admin.put(f"/rooms/{room}", locationId=place, name=f"Room {n}", type="exam", capacity=SEATS)
    admin.post("/equipment", locationId=place, name="Lasers", type="laser", quantity=2)
    laser = admin.post(
        "/services", name="Laser", durationMinutes=45, bufferBeforeMinutes=5, bufferAfterMinutes=10, requiresRoom=True,
        rules=[{"requiredEquipmentType": {"equipmentType": "laser"}}],
    )  # fmt: skip
    call = admin.post("/services", name="Call", durationMinutes=20, rules=[{"maxDaily": {"maxPerDay": 12}}])
    group = admin.post("/services", name="Back class", durationMinutes=30, requiresRoom=True, capacity=SEATS)
    advice = admin.post("/services", name="Advice", durationMinutes=15, rules=[{"minGap": {"minutes": 30}}])
    calendars = [
        admin.post(
            "/calendars", name=name, serviceId=service, locationId=place, strategy=strategy,
            members=[{"providerId": each} for each in members],
        )["id"]
        for name, service, strategy, members in (
            ("In turn", clinic.service_id, "round_robin", specialists),
            ("Together", laser["id"], "collective", specialists[:2]),
        )
    ]  # fmt: skip
    tokens = []
    for n in range(PROGRAMS):
        account = admin.post("/service-accounts", name=f"Program {n}", permissions=MAY)
        tokens.append(admin.post(f"/service-accounts/{account['id']}/keys")["secret"])
    patients = [admin.post("/patients", givenName="Ion", familyName=f"Pop {n}")["id"] for n in range(PATIENTS)]
    services = [clinic.service_id, *(each["id"] for each in (laser, call, advice, group))]
    days = [clinic.day()]
    while len(days) < DAYS:
        days.append(days[-1] + timedelta(days=3 if days[-1].weekday() == 4 else 1))
    return Scene(
        clinic.machine.url, clinic.id, tokens, patients, specialists, clinic.room_ids, services, calendars, days
    )


async def _write(scene: Scene, ledger: Ledger, writers: int, has_enough: Callable[[], bool], *, stubborn: bool) -> None:
    await asyncio.gather(*(Writer(n, scene, ledger, stubborn=stubborn).run(has_enough) for n in range(writers)))


class Trouble:
    """Whenever all are up for a moment, one or two processes are killed, each at least once; each server once."""

    def __init__(self, machine: Machine) -> None:
        self.killed: Counter[str] = Counter()
        self._machine = machine
        self._chance = random.Random(5)
        self._servers = list(SERVERS)
        self._next: list[str] = []
        self._next_at = 0.0

    @property
    def has_had_all(self) -> bool:
        return self.killed.keys() >= {*self._machine.children, *SERVERS}

    def go_on(self, progress: float) -> None:
        self._machine.revive()
        if not all(child.ready() for child in self._machine.children.values()):
            self._next_at = time.monotonic() + self._chance.uniform(1, 8)
        elif time.monotonic() > self._next_at:
            if self._servers and progress > 1 - len(self._servers) / (len(SERVERS) + 1):
                self._restart(self._servers.pop(0))
            else:
                for _ in range(self._chance.choice((1, 1, 2))):
                    self._kill_one()

    def _kill_one(self) -> None:
        self._next = self._next or self._chance.sample(names := sorted(self._machine.children), len(names))
        name = self._next.pop()
        self._machine.children[name].kill()
        self.killed[name] += 1

    def _restart(self, server: str) -> None:
        self._machine.servers.kill_one(server)
        time.sleep(1)
        self._machine.servers.start_one(server)
        self.killed[server] += 1

    def end(self) -> None:
        """Everything runs again then."""
        self._machine.revive()
        for child in self._machine.children.values():
            child.wait_until_ready(60)


def aftermath(machine: Machine, clinic: Clinic, scene: Scene, ledger: Ledger) -> tuple[list[str], int]:
    """What is not as it should be; and how many events there are."""
    wrong = [f"{id_} changed to version {v} {n} times" for (id_, v), n in ledger.changes.items() if n > 1]
    wrong += _unlike_the_answers(machine, clinic, ledger)
    if not _settles(machine):
        wrong.append(f"not everything was heard: {asyncio.run(lags(list(SERVICES), machine.environment))}")
    report = asyncio.run(verify(list(SERVICES), machine.environment))
    wrong += report.differences()
    dead = {name: _ask_database(machine, name, "SELECT count(*) FROM dead_letter")[0][0] for name in SERVICES}
    wrong += [f"{count} dead letters of {name}" for name, count in dead.items() if count]
    wrong += _unlike_the_list(clinic, scene)
    return wrong, report.logs[0].events if report.logs else 0


def _unlike_the_answers(machine: Machine, clinic: Clinic, ledger: Ledger) -> list[str]:
    where = f"WHERE clinic_id = '{clinic.id}'"
    stored = {str(row["id"]): row for row in _ask_database(machine, "booking", f"SELECT * FROM appointment {where}")}
    holds = {str(row["id"]) for row in _ask_database(machine, "booking", f"SELECT id FROM hold {where}")}
    blocks = f"SELECT id FROM block {where} AND NOT removed"
    found = {
        "lost appointments": ledger.versions.keys() - stored.keys(),
        "appointments that nobody was told of": stored.keys() - ledger.versions.keys(),
        "appointments at another version": {
            i for i, v in ledger.versions.items() if i in stored and stored[i]["version"] != v
        },
        "appointments wrongly canceled or not": {i for i, row in stored.items() if row["status"] == "canceled"}
        ^ ledger.canceled,
        "groups of too many": {str(row["session_id"]) for row in _ask_database(machine, "booking", _FULL)},
        "holds": holds ^ ledger.holds,
        "blocks": {str(row["id"]) for row in _ask_database(machine, "booking", blocks)} ^ ledger.blocks,
    }
    return [f"{what}: {sorted(ids)[:10]}" for what, ids in found.items() if ids]


def _settles(machine: Machine) -> bool:
    def waiting() -> bool:
        unsaid = [
            _ask_database(machine, s, "SELECT count(*) FROM outbox WHERE published_at IS NULL")[0][0] for s in SERVICES
        ]
        return any(unsaid) or any(lag != 0 for lag in asyncio.run(lags(list(SERVICES), machine.environment)).values())

    deadline = time.monotonic() + 120
    while waiting():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def _unlike_the_list(clinic: Clinic, scene: Scene) -> list[str]:
    """What is listed can be booked, and what is not cannot; by somebody who is nowhere yet."""
    wrong, chance = [], random.Random(9)
    patient = clinic.patient_id
    for service in scene.services:
        day = chance.choice(scene.days)
        listed = _listed(clinic, service, day)
        every = {
            ((day + timedelta(minutes=15 * n)).astimezone().timestamp(), each)
            for n in range(9 * 4, 16 * 4)
            for each in scene.specialists
        }
        for free in (True, False):
            some = sorted(listed & every if free else every - listed)
            for at, specialist in chance.sample(some, min(len(some), 12)):
                start = day.fromtimestamp(at, day.tzinfo).isoformat()
                body = {"patientId": patient, "serviceId": service, "providerId": specialist, "start": start}
                answer = clinic.admin.ask("POST", "/appointments", json=body)
                if answer.status_code != (201 if free else 409):
                    wrong.append(f"{start} is {'' if free else 'not '}listed, and booking it says {answer.text}")
                if answer.status_code == 201:
                    path = f"/appointments/{answer.json()['appointment']['id']}"
                    clinic.admin.ask("PATCH", path, json={"status": "canceled"}, headers={"If-Match": '"1"'})
    return wrong


def _listed(clinic: Clinic, service: str, day: Any) -> set[tuple[float, str]]:
    found = clinic.admin.get(
        "/availability", serviceId=service, locationId=clinic.location_id, start=f"{day:%Y-%m-%dT%H:%M}",
        end=f"{day + timedelta(days=1):%Y-%m-%dT%H:%M}", limit=1000,
    )["slots"]  # fmt: skip
    return {(day.fromisoformat(slot["start"]).timestamp(), slot["provider"]["id"]) for slot in found}


def _ask_database(machine: Machine, service: str, query: str) -> Sequence[Any]:
    async def ask() -> Sequence[Any]:
        connection = await asyncpg.connect(machine.environment["DATABASE_OWNER_URL"].format(service=service))
        try:
            return await connection.fetch(query)
        finally:
            await connection.close()

    return asyncio.run(ask())


def report(outcome: Outcome) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(asdict(outcome), indent=1) + "\n")
    table = Table("wanted", "answered", "times")
    for what, counts in outcome.answers.items():
        for status, count in sorted(counts.items()):
            table.add_row(what, status, str(count))
    Console().print(table)
    say.print(
        f"{outcome.answered} requests of {outcome.writers} writers in {outcome.seconds:.0f} s, {outcome.events} events;"
        f" p50 {outcome.p50_ms:.0f} ms, p99 {outcome.p99_ms:.0f} ms, longest {outcome.longest_ms:.0f} ms"
    )
    say.print(
        f"sent again: {outcome.repeated or 'none'}; killed: {outcome.killed or 'nobody'};"
        f" deadlocks that Postgres saw: {outcome.deadlocks}"
    )
    for line in outcome.wrong[:40]:
        say.print(f"wrong: {line}", markup=False, highlight=False, soft_wrap=True)
    say.print(f"{len(outcome.wrong)} things wrong; also in {RESULTS}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=200)
    parser.add_argument("--requests", type=int, default=10_000, help="of all writers together")
    parser.add_argument("--processes", type=int, default=len(NAMES), help="that share the services")
    parser.add_argument("--kill", action="store_true", help="processes every few seconds, Postgres and NATS once")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        outcome = weather(
            asked.writers, asked.requests, kill=asked.kill, state=Path(folder) / "suite", processes=asked.processes
        )
    report(outcome)
    sys.exit(1 if outcome.wrong else 0)


if __name__ == "__main__":
    main()
