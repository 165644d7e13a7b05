"""How soon clients hear, how fast one event reaches a thousand, and what a silent client costs.

Clients are raw sockets in this process, on the same cores as all else; `sockets` is the address they connect to.
"""

import asyncio
import base64
import json
import resource
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from journeys import GENEROUS, Clinic
from load import paced

ENVIRONMENT = GENEROUS | {"REALTIME_PER_PRINCIPAL": "20000", "REALTIME_CONNECTIONS": "12000"}
"""For the suite: all requests and sockets are one person's here."""
RATE, SECONDS = 50.0, 20.0
LISTENERS, IDLE = 1_000, 10_000

_HANDSHAKE = (
    b"GET /v1/realtime/ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(bytes(16)) + b"\r\n\r\n"
)


class Silent(asyncio.Protocol):
    """Signs in, listens to a clinic, and notes when something comes."""

    def __init__(self, first: bytes, heard: Callable[[bytes, float], None]) -> None:
        self._first = first
        self._heard = heard
        self._buffer = b""
        self.listens = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.transport.write(_HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        at = time.time()
        self._buffer += data
        if not self.listens.done():
            if b"101 Switching" in self._buffer and self._first:
                self.transport.write(self._first)
                self._first = b""
            if b'"subscribed"' in self._buffer:
                self.listens.set_result(None)
                self._buffer = b""
            return
        # A frame of the server is short enough for a length of two bytes, and not masked.
        while len(self._buffer) >= 4:
            short = self._buffer[1] < 126
            begins = 2 if short else 4
            ends = begins + (self._buffer[1] if short else int.from_bytes(self._buffer[2:4], "big"))
            if len(self._buffer) < ends:
                return
            self._heard(self._buffer[begins:ends], at)
            self._buffer = self._buffer[ends:]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.listens.done():
            self.listens.set_exception(ConnectionError("closed before it listened"))


def _frame(message: dict[str, Any]) -> bytes:
    text = json.dumps(message).encode()
    length = bytes((0x80 | len(text),)) if len(text) < 126 else bytes((0x80 | 126,)) + len(text).to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + text


async def _silent(sockets: str, clinic: Clinic, count: int, heard: Callable[[bytes, float], None]) -> list[Silent]:
    there, loop = urlsplit(sockets), asyncio.get_running_loop()
    first = _frame({"type": "authenticate", "token": clinic.admin.session["accessToken"]})
    first += _frame({"type": "subscribe", "channels": [f"clinic:{clinic.id}"]})
    made: list[Silent] = []
    while len(made) < count:
        some = [
            (await loop.create_connection(lambda: Silent(first, heard), there.hostname, there.port))[1]
            for _ in range(min(100, count - len(made)))
        ]
        await asyncio.gather(*(each.listens for each in some))
        made += some
    return made


async def commit_to_socket(url: str, sockets: str, clinic: Clinic, bookings: Iterator[bytes]) -> list[float]:
    """Milliseconds from when a booking began (which is before its commit) until its message was read."""
    took: list[float] = []

    def heard(frame: bytes, at: float) -> None:
        if b'"appointment.created"' in frame:
            said = datetime.fromisoformat(json.loads(frame)["metadata"]["timestamp"]).timestamp()
            took.append((at - said) * 1000)

    (listener,) = await _silent(sockets, clinic, 1, heard)
    answers = await paced(url, 8, SECONDS, RATE, lambda: next(bookings))
    await _until(lambda: len(took) >= answers.statuses[201])
    listener.transport.close()
    return sorted(took)


async def fan_out(url: str, sockets: str, clinic: Clinic, bookings: Iterator[bytes]) -> float:
    """Milliseconds between the first and the last of a thousand who hear of one booking; the median of nine."""
    times: list[float] = []

    def heard(frame: bytes, at: float) -> None:
        if b'"appointment.created"' in frame:
            times.append(time.time())

    listeners = await _silent(sockets, clinic, LISTENERS, heard)
    await asyncio.sleep(2.5)  # what presence has to say is over
    spans = []
    for _ in range(9):
        times.clear()
        await paced(url, 1, 0.01, 100, lambda: next(bookings))
        await _until(lambda: len(times) >= LISTENERS)
        spans.append((times[-1] - times[0]) * 1000)
        await asyncio.sleep(0.2)
    for each in listeners:
        each.transport.close()
    return sorted(spans)[len(spans) // 2]


async def idle_kb(sockets: str, clinic: Clinic, memory_mb: Callable[[], float], count: int = IDLE) -> float:
    """Of memory of the whole suite, for each of ten thousand who listen to one quiet clinic."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    before = memory_mb()
    listeners = await _silent(sockets, clinic, count, lambda _, __: None)
    await asyncio.sleep(3)
    after = memory_mb()
    for each in listeners:
        each.transport.close()
    return (after - before) * 1024 / count


async def _until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not look():
        if time.monotonic() > deadline:
            raise TimeoutError("not everybody has heard")
        await asyncio.sleep(0.001)
