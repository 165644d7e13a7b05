"""A load generator that leaves the cores to what it measures: raw HTTP/1.1 on kept connections, no client library."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Next = Callable[[], bytes]


@dataclass
class Answers:
    """What came back: statuses, and how long each took in milliseconds."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    took_ms: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.took_ms) / self.seconds

    def percentile(self, percent: float) -> float:
        ordered = sorted(self.took_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]

    def note(self, status: int, seconds: float) -> None:
        self.statuses[status] += 1
        self.took_ms.append(seconds * 1000)


async def closed_loop(url: str, connections: int, seconds: float, following: Next) -> Answers:
    """Each connection asks again as soon as it is answered."""
    answers, began = Answers(), time.perf_counter()

    async def ask() -> None:
        connection = await Connection.to(url)
        try:
            while time.perf_counter() - began < seconds:
                asked = time.perf_counter()
                answers.note(await connection.ask(following()), time.perf_counter() - asked)
        finally:
            connection.close()

    await asyncio.gather(*(ask() for _ in range(connections)))
    answers.seconds = time.perf_counter() - began
    return answers


async def paced(url: str, connections: int, seconds: float, rate: float, following: Next) -> Answers:
    """Each connection asks by the clock; time spent waiting for a late answer counts, since users wait, too."""
    answers, began = Answers(), time.perf_counter()

    async def ask(number: int) -> None:
        connection = await Connection.to(url)
        due = began + number / rate
        try:
            while due < began + seconds:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                answers.note(await connection.ask(following()), time.perf_counter() - due)
                due += connections / rate
        finally:
            connection.close()

    await asyncio.gather(*(ask(n) for n in range(connections)))
    answers.seconds = time.perf_counter() - began
    return answers


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    head: bytes
    """In lower case."""
    body: bytes


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, url: str) -> "Connection":
        there = urlsplit(url)
        return cls(*await asyncio.open_connection(there.hostname, there.port))

    async def ask(self, request: bytes) -> int:
        """Only the status."""
        return (await self.exchange(request)).status

    async def exchange(self, request: bytes) -> Reply:
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        at = head.find(b"\r\ncontent-length:")
        length = int(head[at + 17 : head.index(b"\r\n", at + 2)]) if at >= 0 else 0
        return Reply(int(head[9:12]), head, await self._reader.readexactly(length))

    def close(self) -> None:
        self._writer.close()
