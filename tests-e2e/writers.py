"""Writers who want what others want: they book, hold, move, cancel and block at random, and remember every answer."""

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from load import Connection, Reply

_PATIENCE_S = 120.0
_ANSWERED_WITHIN_S = 30.0
_EXPECTED = {
    "book": {201, 409},
    "series": {201, 409},
    "hold": {201, 409},
    "extend": {200},
    "book what is held": {201},
    "release": {204},
    "move": {200, 409, 412},
    "cancel": {200, 409, 412},
    "block": {201, 409},
    "unblock": {204},
}
"""What is held is its holder's; the rest may be somebody else's already, or changed by them."""
_BUSY, _TOO_LATE = 503, 504
_NOT_NOW = (_BUSY, _TOO_LATE)
"""Whoever asks again, under the same key, is answered in the end; what took too long may have happened all the same."""
_REFUSED_RIGHTLY = {("book what is held", "ALREADY_THERE")}
"""Who has a place in a group gets no second one, although it is held."""


@dataclass(frozen=True)
class Scene:
    """What there is to want; it is not much."""

    url: str
    clinic_id: str
    tokens: list[str]
    patients: list[str]
    specialists: list[str]
    rooms: list[str]
    services: list[str]
    calendars: list[str]
    days: list[datetime]
    """Midnights, local time."""

    def start(self, chance: random.Random) -> datetime:
        return chance.choice(self.days) + timedelta(minutes=15 * chance.randrange(9 * 4, 16 * 4))


@dataclass
class Ledger:
    """What was answered. In the end the suite must say the same."""

    versions: dict[str, int] = field(default_factory=dict)
    """Of appointments, the highest."""
    changes: Counter[tuple[str, int]] = field(default_factory=Counter)
    canceled: set[str] = field(default_factory=set)
    holds: set[str] = field(default_factory=set)
    """Neither booked nor released."""
    blocks: set[str] = field(default_factory=set)
    answers: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    """By what was wanted, status and code."""
    took_ms: list[float] = field(default_factory=list)
    repeated: Counter[str] = field(default_factory=Counter)
    """Why a request was sent again, under the same key."""
    wrong: list[str] = field(default_factory=list)

    def learn(self, appointment: dict[str, Any]) -> None:
        id_, version = appointment["id"], appointment["version"]
        self.changes[id_, version] += 1
        self.versions[id_] = max(version, self.versions.get(id_, 0))
        if appointment["status"] == "canceled":
            self.canceled.add(id_)

    @property
    def answered(self) -> int:
        return len(self.took_ms)


class Writer:
    def __init__(self, number: int, scene: Scene, ledger: Ledger, *, stubborn: bool) -> None:
        self._scene = scene
        self._ledger = ledger
        self._stubborn = stubborn
        self._token = scene.tokens[number % len(scene.tokens)]
        self._chance = random.Random(number)
        self._connection: Connection | None = None
        self._blocks: list[str] = []

    async def run(self, has_enough: Callable[[], bool]) -> None:
        wishes = [self._book, self._hold, self._move, self._cancel, self._block, self._series]
        while not has_enough():
            (wish,) = self._chance.choices(wishes, weights=(40, 15, 20, 20, 6, 2))
            await wish()
        for id_ in self._blocks:
            await self._unblock(id_)
        if self._connection is not None:
            self._connection.close()

    async def _book(self) -> None:
        await self._ask("book", "POST", "/appointments", self._wanted() | {"patientId": self._patient()})

    async def _series(self) -> None:
        rule = {"rrule": "FREQ=DAILY;COUNT=3", "onConflict": "skip", "patientId": self._patient()}
        await self._ask("series", "POST", "/series", self._wanted() | rule)

    async def _hold(self) -> None:
        reply = await self._ask("hold", "POST", "/holds", self._wanted())
        if reply is None or reply.status != 201:
            return
        id_ = json.loads(reply.body)["id"]
        self._ledger.holds.add(id_)
        if self._chance.random() < 0.3:
            await self._ask("extend", "POST", f"/holds/{id_}/extend")
        if self._chance.random() < 0.2:
            reply = await self._ask("release", "DELETE", f"/holds/{id_}")
        else:
            booking = {"holdId": id_, "patientId": self._patient()}
            reply = await self._ask("book what is held", "POST", "/appointments", booking)
        if reply is not None and reply.status in (201, 204):
            self._ledger.holds.discard(id_)

    async def _move(self) -> None:
        """Anybody's, as it was when somebody last heard of it."""
        id_, version = self._some_appointment()
        if id_:
            to = {"start": self._scene.start(self._chance).isoformat()}
            await self._ask("move", "PATCH", f"/appointments/{id_}", to, version)

    async def _cancel(self) -> None:
        id_, version = self._some_appointment()
        if id_:
            await self._ask("cancel", "PATCH", f"/appointments/{id_}", {"status": "canceled"}, version)

    async def _block(self) -> None:
        if len(self._blocks) > 1:
            await self._unblock(self._blocks.pop(0))
            return
        whose = {"providerId": self._chance.choice(self._scene.specialists)}
        if self._chance.random() < 0.4:
            whose = {"roomId": self._chance.choice(self._scene.rooms)}
        begin = self._scene.start(self._chance)
        end = begin + timedelta(minutes=self._chance.choice((10, 30, 55)))
        reply = await self._ask("block", "POST", "/blocks", whose | {"start": _text(begin), "end": _text(end)})
        if reply is not None and reply.status == 201:
            id_ = json.loads(reply.body)["id"]
            self._blocks.append(id_)
            self._ledger.blocks.add(id_)

    async def _unblock(self, id_: str) -> None:
        reply = await self._ask("unblock", "DELETE", f"/blocks/{id_}")
        if reply is not None and reply.status == 204:
            self._ledger.blocks.discard(id_)

    def _wanted(self) -> dict[str, str]:
        start = {"start": _text(self._scene.start(self._chance))}
        if self._chance.random() < 0.3:
            return start | {"calendarId": self._chance.choice(self._scene.calendars)}
        service, specialist = self._chance.choice(self._scene.services), self._chance.choice(self._scene.specialists)
        return start | {"serviceId": service, "providerId": specialist}

    def _patient(self) -> str:
        return self._chance.choice(self._scene.patients)

    def _some_appointment(self) -> tuple[str, int]:
        ahead = self._ledger.versions.keys() - self._ledger.canceled
        if not ahead:
            return "", 0
        id_ = self._chance.choice(sorted(ahead))
        return id_, self._ledger.versions[id_]

    async def _ask(
        self, what: str, verb: str, path: str, body: dict[str, Any] | None = None, version: int = 0
    ) -> Reply | None:
        """The answer in the end, however often it has to be asked for; None if there never was one."""
        request, began = self._request(verb, path, body, version), time.perf_counter()
        while time.perf_counter() - began < _PATIENCE_S:
            reply, why = await self._attempt(request)
            if reply is not None and not (reply.status in _NOT_NOW and self._stubborn):
                self._ledger.took_ms.append((time.perf_counter() - began) * 1000)
                self._learn(what, reply)
                return reply
            if not self._stubborn or (reply is not None and reply.status == _BUSY and not _retry_after(reply)):
                self._ledger.wrong.append(f"{what}: {why}")
            self._ledger.repeated[why] += 1
            await asyncio.sleep(self._chance.uniform(0.2, 1) * ((reply is not None and _retry_after(reply)) or 0.5))
        self._ledger.wrong.append(f"{what}: never answered")
        return None

    async def _attempt(self, request: bytes) -> tuple[Reply | None, str]:
        try:
            async with asyncio.timeout(_ANSWERED_WITHIN_S):
                if self._connection is None:
                    self._connection = await Connection.to(self._scene.url)
                reply = await self._connection.exchange(request)
        except (OSError, EOFError, TimeoutError) as error:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            return None, type(error).__name__
        return reply, str(reply.status)

    def _request(self, verb: str, path: str, body: dict[str, Any] | None, version: int) -> bytes:
        text = json.dumps(body) if body is not None else ""
        lines = [
            f"{verb} /v1/clinics/{self._scene.clinic_id}{path} HTTP/1.1",
            "Host: storm",
            f"Authorization: Bearer {self._token}",
            f"Idempotency-Key: {uuid4()}",
            *([f'If-Match: "{version}"'] if version else []),
            *(["Content-Type: application/json", f"Content-Length: {len(text)}"] if text else []),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()

    def _learn(self, what: str, reply: Reply) -> None:
        known = json.loads(reply.body) if reply.body else {}
        self._ledger.answers[what, reply.status, known.get("code", "")] += 1
        if reply.status not in _EXPECTED[what] and (what, known.get("code")) not in _REFUSED_RIGHTLY:
            self._ledger.wrong.append(f"{what}: {reply.status} {reply.body.decode()[:300]}")
        elif reply.status in (200, 201) and "appointment" in known:
            self._ledger.learn(known["appointment"])
        elif reply.status == 201 and "appointments" in known:
            for appointment in known["appointments"]:
                self._ledger.learn(appointment)


def _retry_after(reply: Reply) -> int:
    """0: it does not say."""
    said = re.search(rb"\r\nretry-after: (\d+)\r\n", reply.head)
    return int(said[1]) if said is not None else 0


def _text(at: datetime) -> str:
    return at.isoformat()
