"""`make bench`: the figures of ARCHITECTURE 7 that exist so far, measured on this machine as a user would meet them.

The suite runs as `make up` runs it, and the load comes from this process, on the same cores. What depends on the
machine's speed is judged against the gateway's empty route, or against hashing a megabyte, in the same run. Prints a
table, writes .ambulo/bench.json, exits 0 whatever the figures. `large` also stores five million appointments, which
takes some minutes and 6 GB.
"""

import asyncio
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, cycle, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import bench_bookings
import bench_realtime
import psutil
from journeys import ZONE, Clinic, eventually, new_clinic
from load import closed_loop, paced
from rich.console import Console
from rich.table import Table
from scheduling.domain import kernel, mask
from scheduling.domain.grid import grid_minutes
from scheduling.domain.hours import OpenInterval, Pattern, offsets, open_minutes
from scheduling.domain.kernel import Room, Situation, Specialist, Terms, Window
from suite.services import SERVICES
from suite.verification import verify

STATE = Path(".ambulo/bench").resolve()
RESULTS = Path(".ambulo/bench.json")
COST = Path(".ambulo/bench_kernel.svg")
SECONDS = 6.0
CONNECTIONS = 32
LOCATIONS, SPECIALISTS_EACH, DAYS = 10, 4, 10
PATIENTS = 300
"""Of a big clinic. Within the minute each comes some ten times, as in a course of treatment; the first costs more."""

say = Console(stderr=True)


@dataclass
class Row:
    name: str
    value: float
    unit: str
    target: float
    ok: bool
    against: str = ""


def at_most(name: str, value: float, unit: str, target: float, against: str = "") -> Row:
    return Row(name, round(value, 3), unit, target, value <= target, against)


def at_least(name: str, value: float, unit: str, target: float, against: str = "") -> Row:
    return Row(name, round(value, 1), unit, round(target, 1), value >= target, against)


def a_situation(specialists: int, days: int) -> Situation:
    """Days of quarter hours, ten rooms; each resource taken some 6.5 times a day."""
    chance, minutes = random.Random(1), days * 24 * 60
    terms = Terms(duration=30, buffer_before=0, buffer_after=15, requires_room=True)
    window = Window.around(terms, 29_000_000, 29_000_000 + minutes)

    def taken() -> int:
        return mask.union((s, s + 45) for s in chance.sample(range(minutes), round(200 / 31 * days)))

    works = mask.union((d * 1440 + 540, d * 1440 + 1020) for d in range(days))
    return Situation(
        terms,
        window,
        grid_minutes(terms.grid, ZONE, *window.starts),
        [Specialist(UUID(int=n), works, taken()) for n in range(specialists)],
        [Room(UUID(int=n), taken()) for n in range(1000, 1010)],
    )


def measure_kernel() -> Iterator[Row]:
    """31 days, the first fifty starts: what one request asks of it. And what one month of one resource costs, cold."""
    megabyte = bytes(2**20)
    yardstick = _best_ms(lambda: hashlib.sha256(megabyte).digest())
    for name, specialists, target in (("kernel_1x31", 1, 0.3), ("kernel_100x31", 100, 3.0)):
        it = a_situation(specialists, 31)
        best = _best_ms(lambda it=it: list(islice(kernel.starts(it), 50)))
        yield at_most(name, best, "ms", target, f"{best / yardstick:.2f} x sha256 of 1 MB ({yardstick:.2f} ms)")
    yield at_most("month_mask", _best_ms(_cold_month), "ms", 5, "hours with a lunch break, 200 appointments")


def _cold_month() -> int:
    """A month of a specialist: open less taken, from the rules and the appointments."""
    first = 29_000_000
    day = [OpenInterval.of(weekday, 8 * 60, 18 * 60) for weekday in range(5)]
    lunch = [OpenInterval.of(weekday, 12 * 60, 13 * 60) for weekday in range(5)]
    offsets.cache_clear()
    opened = open_minutes(Pattern(tuple(day), tuple(lunch), ()), ZONE, first, first + 31 * 1440)
    return opened & ~mask.union((n * 220, n * 220 + 45) for n in range(200))


def draw_cost() -> None:
    """The whole list of starts, by days and by specialists: lines that are straight are linear."""
    by_days = [(days, _all_ms(20, days)) for days in (1, 7, 14, 31, 45, 62)]
    by_specialists = [(n, _all_ms(n, 31)) for n in (1, 20, 40, 60, 80, 100)]
    curves = {"days, of 20 specialists": by_days, "specialists, 31 days": by_specialists}
    most_x = max(x for curve in curves.values() for x, _ in curve)
    most_y = max(y for curve in curves.values() for _, y in curve)
    lines = []
    for n, (name, curve) in enumerate(curves.items()):
        colour = ("#1668a8", "#b3541e")[n]
        points = [(60 + x / most_x * 520, 320 - y / most_y * 280) for x, y in curve]
        path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{colour}"/>' for x, y in points]
        lines.append(f'<text x="70" y="{30 + 18 * n}" fill="{colour}">by {name}: to {curve[-1][1]:.1f} ms</text>')
    axes = '<path d="M60 30V320H590" fill="none" stroke="#777"/><text x="560" y="340">100</text>'
    text = f'font-family="sans-serif" font-size="13">{axes}{"".join(lines)}'
    COST.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 350" {text}</svg>\n')


def _all_ms(specialists: int, days: int) -> float:
    it = a_situation(specialists, days)
    return _best_ms(lambda: sum(1 for _ in kernel.starts(it)), rounds=12)


def _best_ms(what: Callable[[], object], rounds: int = 60) -> float:
    def once() -> float:
        began = time.perf_counter()
        what()
        return (time.perf_counter() - began) * 1000

    return sorted(once() for _ in range(rounds))[rounds // 4]


class Up:
    """`ambulo up`, as a person starts it."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        command = [sys.executable, "-m", "suite.cli", "up", "--state", str(STATE), "--port", "0"]
        environment = os.environ | bench_realtime.ENVIRONMENT
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        self.until_up = self._until("is up after")

    def _until(self, words: str) -> float:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if words in line:
                return time.monotonic() - self.began
        raise RuntimeError("`ambulo up` ended before it was up")

    def wait_for_demo(self) -> None:
        self._until("The demo clinics are there")

    def machine(self) -> Any:
        """What journeys need to know of a suite that somebody else started."""
        known = json.loads((STATE / "run.json").read_text())
        addresses = SimpleNamespace(mail_url=known["mail_url"])
        facts = {name: known[name] for name in ("url", "realtime_url", "environment")}
        return SimpleNamespace(**facts, addresses=addresses)

    def memory_mb(self) -> float:
        """Proportional set size of everything: a page that n processes share counts 1/n for each."""
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        return sum(p.memory_full_info().pss for p in family) / 2**20

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def a_big_clinic(machine: Any) -> Clinic:
    """Ten locations of four specialists and rooms: enough that every booking can have a time of its own."""
    clinic = new_clinic(machine)
    day_and_night = [
        {"weekday": d, "starts": "00:00", "ends": "24:00"}
        for d in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    ]
    places = [clinic.admin.post("/locations", name=f"Site {n}", timeZone=ZONE)["id"] for n in range(LOCATIONS)]
    for n, place in enumerate(places * SPECIALISTS_EACH):
        clinic.admin.post("/rooms", locationId=place, name=f"Bench {n}", type="exam")
        made = clinic.admin.post("/providers", name=f"Dr. {n}", specialty="", locationIds=[place])
        path = f"/providers/{made['id']}/weekly-hours/{place}"
        eventually(
            lambda p=path: clinic.admin.ask("PUT", p, json={"intervals": day_and_night}).status_code == 200,
            what="hours",
        )
        clinic.specialist_ids.append(made["id"])
    clinic.patient_ids = [
        clinic.admin.post("/patients", givenName="Ana", familyName=f"Pop {n}", email=f"{n}@{clinic.id}.example.com")[
            "id"
        ]
        for n in range(PATIENTS)
    ]
    return clinic


def a_crowded_clinic(machine: Any) -> Clinic:
    """A hundred specialists and ten rooms at one location."""
    clinic = new_clinic(machine)
    week = [{"weekday": d, "starts": "09:00", "ends": "17:00"} for d in ("monday", "tuesday", "thursday", "friday")]
    for n in range(8):
        clinic.admin.post("/rooms", locationId=clinic.location_id, name=f"Bench {n}", type="exam")
    for n in range(98):
        made = clinic.admin.post("/providers", name=f"Dr. {n:02}", specialty="", locationIds=[clinic.location_id])
        clinic.admin.put(f"/providers/{made['id']}/weekly-hours/{clinic.location_id}", intervals=week)
    return clinic


def month_requests(clinic: Clinic) -> list[bytes]:
    """31 days of everybody, from another day each time: none is the same as another."""
    first = clinic.day()
    return [
        request(
            "GET",
            f"/v1/clinics/{clinic.id}/availability?serviceId={clinic.service_id}&locationId={clinic.location_id}"
            f"&start={first + timedelta(minutes=n):%Y-%m-%dT%H:%M}&end={first + timedelta(days=31):%Y-%m-%d}",
            clinic,
        )
        for n in range(300)
    ]


def availability_request(clinic: Clinic) -> bytes:
    day = clinic.day()
    query = (
        f"serviceId={clinic.service_id}&locationId={clinic.location_id}&providerIds={clinic.specialist_ids[0]}"
        f"&start={day:%Y-%m-%d}&end={day + timedelta(days=7):%Y-%m-%d}&limit=50"
    )
    return request("GET", f"/v1/clinics/{clinic.id}/availability?{query}", clinic)


def bookings_of_all(clinics: Sequence[Clinic]) -> Iterator[bytes]:
    """In turn: one clinic alone may not ask as often as the target is high (seed 003 4.3)."""
    return chain.from_iterable(zip(*map(booking_requests, clinics), strict=True))


def booking_requests(clinic: Clinic) -> list[bytes]:
    first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=8)
    wanted = [
        {"start": (first + timedelta(minutes=45 * n)).isoformat(), "provider": {"id": specialist}}
        for n in range(DAYS * 24 * 60 // 45)
        for specialist in clinic.specialist_ids[2:]
    ]
    random.Random(2).shuffle(wanted)
    return [
        request("POST", f"/v1/clinics/{clinic.id}/appointments", clinic, json.dumps(body), str(uuid4()))
        for body in (clinic.booking(slot, patientId=who) for slot, who in zip(wanted, cycle(clinic.patient_ids)))
    ]


def request(verb: str, path: str, clinic: Clinic | None = None, body: str = "", key: str = "") -> bytes:
    lines = [f"{verb} {path} HTTP/1.1", "Host: bench"]
    if clinic is not None:
        lines.append(f"Authorization: {clinic.admin.headers['Authorization']}")
    if key:
        lines.append(f"Idempotency-Key: {key}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def measure_gateway(url: str, small: Clinic, big: Sequence[Clinic], crowded: Clinic) -> list[Row]:
    months = iter(month_requests(crowded))
    await closed_loop(url, 1, 1.0, lambda: next(months))
    crowd = await paced(url, 4, SECONDS, 20, lambda: next(months))
    ping, availability = request("GET", "/v1/ping"), availability_request(small)
    await closed_loop(url, CONNECTIONS, 1.0, lambda: availability)
    empty = await closed_loop(url, CONNECTIONS, SECONDS, lambda: ping)
    free = await closed_loop(url, CONNECTIONS, SECONDS, lambda: availability)
    calm = await paced(url, CONNECTIONS, SECONDS, free.rate / 2, lambda: availability)
    before = await bench_bookings.bare_rate()
    booked = await bench_bookings.book(url, bookings_of_all(big))
    await asyncio.sleep(2)  # until all of them are heard
    bare = (before + await bench_bookings.bare_rate()) / 2
    for answers, expected in ((empty, 204), (free, 200), (crowd, 200), (calm, 200), (booked, 201)):
        if set(answers.statuses) != {expected}:
            say.print(f"[red]expected only {expected}, got {dict(answers.statuses)}[/red]")
    speed = bare / bench_bookings.OF_A_MACHINE_WITH
    return [
        at_least("empty_route_rate", empty.rate, "1/s", 0),
        at_least(
            "availability_1x7_rate", free.rate, "1/s", 0.4 * empty.rate, f"{free.rate / empty.rate:.2f} x empty route"
        ),
        at_most("availability_p99", calm.percentile(99), "ms", 30, f"at {calm.rate:.0f}/s"),
        at_most("availability_100x31_p99", crowd.percentile(99), "ms", 60, "20/s, each another question"),
        at_least("bare_fastapi_rate", bare, "1/s", 0, f"{speed:.2f} of the machine that the next target is for"),
        at_least(
            "bookings_rate",
            booked.rate,
            "1/s",
            bench_bookings.TARGET * speed,
            f"for {booked.seconds:.0f} s, in {len(big)} clinics; {bench_bookings.TARGET} x {speed:.2f}",
        ),
        at_most("bookings_p99", booked.percentile(99), "ms", 150, f"{bench_bookings.CONNECTIONS} at a time"),
    ]


async def measure_large(machine: Any, few: Clinic, many: Clinic) -> Row:
    """Ten thousand against five million."""
    before = await bench_bookings.book(machine.url, iter(booking_requests(few)), 30)
    await bench_bookings.fill(machine.environment, many)
    after = await bench_bookings.book(machine.url, iter(booking_requests(many)), 30)
    for answers in (before, after):
        if set(answers.statuses) != {201}:
            say.print(f"[red]expected only 201, got {dict(answers.statuses)}[/red]")
    part = after.rate / before.rate
    return at_least(
        "bookings_rate_5m", after.rate, "1/s", 0.9 * before.rate, f"{part:.2f} x the rate with some thousands"
    )


async def measure_realtime(up: Up, clinic: Clinic) -> list[Row]:
    machine, bookings = up.machine(), iter(booking_requests(clinic))
    url, sockets = machine.url, machine.realtime_url
    took = await bench_realtime.commit_to_socket(url, sockets, clinic, bookings)
    rate = f"{len(took) / bench_realtime.SECONDS:.0f} bookings/s; from when a booking began, which is before its commit"
    spread = await bench_realtime.fan_out(url, sockets, clinic, bookings)
    each = await bench_realtime.idle_kb(sockets, clinic, up.memory_mb)
    return [
        at_most("commit_to_socket_p50", took[len(took) // 2], "ms", 50, rate),
        at_most("commit_to_socket_p99", took[int(len(took) * 0.99)], "ms", 250, rate),
        at_most("ws_fanout_1000", spread, "ms", 100, "first to last of 1 000 who hear of one booking"),
        at_most("ws_idle_kb", each, "kB", 60, "10 000 sockets of one gateway, at the port that serves nothing else"),
    ]


def main() -> None:
    shutil.rmtree(STATE, ignore_errors=True)
    RESULTS.parent.mkdir(exist_ok=True)
    rows = list(measure_kernel())
    draw_cost()
    up = Up()
    rows.append(at_most("up_first_s", up.until_up, "s", 90, "to the printed URL, with an empty state"))
    try:
        up.wait_for_demo()
    finally:
        up.stop()
    up = Up()
    rows.append(at_most("up_again_s", up.until_up, "s", 20))
    try:
        up.wait_for_demo()
        time.sleep(5)
        rows.append(
            at_most("idle_rss_mb", up.memory_mb(), "MB", 1200, "PSS, three demo clinics loaded, servers included")
        )
        machine = up.machine()
        rows += asyncio.run(
            measure_gateway(
                machine.url,
                new_clinic(machine),
                [a_big_clinic(machine) for _ in range(bench_bookings.CLINICS)],
                a_crowded_clinic(machine),
            )
        )
        rows += asyncio.run(measure_realtime(up, a_big_clinic(machine)))
        found = asyncio.run(verify(list(SERVICES), machine.environment))
        rows.append(at_most("double_bookings", sum(check.found for check in found.checks), "", 0, "ambulo verify"))
        if not found.is_clean:
            say.print("\n".join(found.lines()))
        if "large" in sys.argv:
            # After the proof: what fills the tables was never booked, and no event tells of it.
            rows.append(asyncio.run(measure_large(machine, a_big_clinic(machine), a_big_clinic(machine))))
    finally:
        up.stop()
    report(rows)


def report(rows: Sequence[Row]) -> None:
    RESULTS.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    table = Table("", "value", "unit", "target", "", "measured against")
    for row in rows:
        held = "[green]ok[/green]" if row.ok else "[red]missed[/red]"
        table.add_row(row.name, f"{row.value:g}", row.unit, f"{row.target:g}", held, row.against)
    Console().print(table)
    say.print(f"Also in {RESULTS}; the kernel's cost by days and by specialists is drawn in {COST}")


if __name__ == "__main__":
    main()
