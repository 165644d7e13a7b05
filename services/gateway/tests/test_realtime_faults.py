"""What clients do to the port that serves only WebSockets: late, broken, too large, too much, and a thousand at once.

On the loop of production: its transports are what picows works with there.
"""

import asyncio
import functools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import uvloop
from gateway import LeanSockets, Realtime, Settings
from gateway.realtime import connection as ends
from gateway.realtime import lean, realtime
from gateway.realtime.frames import Frame, note
from gateway.realtime.talk import Talk
from gateway.session import Sessions
from listening import Identity, a_token

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
WEBSOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def in_production(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        async def within() -> None:
            async with asyncio.timeout(30):
                await test(*args, **kwargs)

        uvloop.run(within())

    return run


@asynccontextmanager
async def a_port(identity: Identity | None = None, **settings: Any) -> AsyncIterator[LeanSockets]:
    chosen = Settings(**settings)
    behind = Realtime(Sessions(identity or Identity()), chosen, None)
    behind.start()
    sockets = LeanSockets(behind, "127.0.0.1", 0, chosen.trusted_proxies)
    await sockets.start()
    try:
        yield sockets
    finally:
        await behind.stop()
        await sockets.stop()


class Client:
    """Sends whatever it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    @asynccontextmanager
    async def calling(cls, port: LeanSockets) -> AsyncIterator["Client"]:
        client = cls(*await asyncio.open_connection("127.0.0.1", port.port))
        try:
            yield client
        finally:
            client.writer.transport.abort()

    async def ask(self, verb: str = "GET", path: str = "/v1/realtime/ws", **headers: str) -> tuple[int, str, bytes]:
        """Status, headers and body."""
        lines = [f"{verb} {path} HTTP/1.1", "Host: test", *(f"{name}: {value}" for name, value in headers.items())]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        status = int(head.split()[1])
        return status, head, b"" if status == 101 else await self.reader.read()

    def send(self, opcode: int, payload: bytes = b"", *, first: int = 0x80, masked: bool = True) -> None:
        size = len(payload)
        bit = 0x80 if masked else 0
        length = bytes((bit | size,)) if size < 126 else bytes((bit | 126,)) + size.to_bytes(2, "big")
        self.writer.write(bytes((first | opcode,)) + length + (bytes(4) if masked else b"") + payload)

    def say(self, type_: str, **more: Any) -> None:
        self.send(TEXT, orjson.dumps({"type": type_} | more))

    async def frame(self) -> tuple[int, bytes]:
        first, size = await self.reader.readexactly(2)
        if size == 126:
            size = int.from_bytes(await self.reader.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self.reader.readexactly(8), "big")
        assert first & 0xF0 == 0x80, "whole, and nothing agreed upon"
        return first & 0xF, await self.reader.readexactly(size)

    async def hear(self) -> dict[str, Any]:
        opcode, payload = await self.frame()
        assert opcode == TEXT, (opcode, payload)
        heard: dict[str, Any] = orjson.loads(payload)
        return heard

    async def closed(self) -> tuple[int, str]:
        """Code and reason; (0, "") if it was hung up on."""
        try:
            while True:
                opcode, payload = await self.frame()
                if opcode == CLOSE:
                    self.send(CLOSE, payload[:2])
                    assert await self.reader.read() == b"", "nothing comes after it"
                    return int.from_bytes(payload[:2], "big"), payload[2:].decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0, ""


@asynccontextmanager
async def a_client(port: LeanSockets, path: str = "/v1/realtime/ws", **headers: str) -> AsyncIterator[Client]:
    async with Client.calling(port) as client:
        status, _, body = await client.ask(path=path, **WEBSOCKET | headers)
        assert status == 101, body
        yield client


async def nobody_is_left(port: LeanSockets) -> None:
    async with asyncio.timeout(5):
        while port.open or port.realtime.hub.connections:  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0.01)
    assert not port.realtime.hub.principals


class TestWhoIsLetIn:
    @pytest.mark.parametrize(
        ("path", "headers", "status", "code"),
        [
            ("/", WEBSOCKET, 404, "NOT_FOUND"),
            ("/v1/realtime/ws/", WEBSOCKET, 404, "NOT_FOUND"),
            ("/v1/ping", {}, 404, "NOT_FOUND"),
            ("/v1/realtime/ws", {}, 426, "UPGRADE_REQUIRED"),
            ("/v1/realtime/ws", {"Connection": "Upgrade", "Upgrade": "h2c"}, 426, "UPGRADE_REQUIRED"),
            ("/v1/realtime/ws", WEBSOCKET | {"Sec-WebSocket-Version": "12"}, 426, "UPGRADE_REQUIRED"),
        ],
    )
    @in_production
    async def test_what_is_no_websocket_is_a_problem(
        self, path: str, headers: dict[str, str], status: int, code: str
    ) -> None:
        async with a_port() as port, Client.calling(port) as client:
            found, head, body = await client.ask(path=path, **headers)
            problem = orjson.loads(body)
            assert (found, problem["status"], problem["code"], problem["instance"]) == (status, status, code, path)
            assert "content-type: application/problem+json" in head
            assert head.lower().count("content-length") == 1
            assert f"X-Request-Id: {problem['requestId']}" in head
            assert ("Sec-WebSocket-Version: 13" in head) == (status == 426)

    @pytest.mark.parametrize(
        "sent",
        [
            b"POST /v1/realtime/ws HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
            b"GET /v1/realtime/ws HTTP/1.0\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"GET /v1/realtime/ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: \xff\r\n\r\n",
        ],
    )
    @in_production
    async def test_what_is_no_http_is_refused(self, sent: bytes) -> None:
        async with a_port() as port, Client.calling(port) as client:
            client.writer.write(sent)
            assert (await client.reader.read()).startswith(b"HTTP/1.1 400 ")

    @in_production
    async def test_a_head_without_end_is_hung_up_on(self) -> None:
        async with a_port() as port, Client.calling(port) as client:
            client.writer.write(b"GET /v1/realtime/ws HTTP/1.1\r\nCookie: " + b"x" * 40_000)
            assert await client.closed() == (0, "")

    @pytest.mark.parametrize("sent", [b"", b"GET /v1/realt"])
    @in_production
    async def test_who_does_not_ask_in_time_is_hung_up_on(self, sent: bytes, monkeypatch: Any) -> None:
        monkeypatch.setattr(lean, "_ASKED_WITHIN_S", 0.2)
        async with a_port() as port, Client.calling(port) as client:
            client.writer.write(sent)
            assert await client.closed() == (0, "")

    @in_production
    async def test_browsers_and_proxies_ask_in_several_ways(self) -> None:
        async with a_port() as port:
            for headers in (
                {"Connection": "keep-alive, Upgrade", "Origin": "https://elsewhere.example"},
                {"Connection": "upgrade", "Upgrade": "WebSocket", "Cookie": "x" * 9_000},
                {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"},
            ):
                async with Client.calling(port) as client:
                    status, head, _ = await client.ask(path="/v1/realtime/ws?x=1", **WEBSOCKET | headers)
                    assert status == 101
                    assert "extensions" not in head.lower()
                    client.say("ping")
                    assert await client.hear() == {"type": "pong"}

    @in_production
    async def test_addresses_are_counted_as_trusted_proxies_name_them(self) -> None:
        async with (
            a_port(realtime_per_address=1, trusted_proxies=["127.0.0.0/8"]) as port,
            a_client(port, **{"X-Forwarded-For": "198.51.100.9, 192.0.2.1"}),
            a_client(port, **{"X-Forwarded-For": "192.0.2.2"}),
            a_client(port, **{"X-Forwarded-For": "192.0.2.1"}) as third,
        ):
            assert await third.closed() == (4430, f"TOO_MANY_CONNECTIONS: {ends.TOO_MANY.detail}")
        async with (
            a_port(realtime_per_address=1) as port,
            a_client(port, **{"X-Forwarded-For": "192.0.2.1"}),
            a_client(port, **{"X-Forwarded-For": "192.0.2.2"}) as second,
        ):
            assert (await second.closed())[0] == 4430

    @in_production
    async def test_a_port_that_is_taken_says_which_setting_it_is(self) -> None:
        async with a_port() as port:
            with pytest.raises(OSError, match="REALTIME_PORT"):
                await LeanSockets(port.realtime, "127.0.0.1", port.port).start()


class TestWhatIsSaid:
    @in_production
    async def test_in_pieces_with_a_ping_in_between(self) -> None:
        async with a_port() as port, a_client(port) as client:
            said = '{"type": "ping", "é": 1}'.encode()
            cut = said.index(b"\xa9")
            client.send(TEXT, said[:5], first=0)
            client.send(PING, b"still there?")
            client.send(CONTINUATION, said[5:cut], first=0)
            client.send(CONTINUATION, b"", first=0)
            client.send(CONTINUATION, said[cut:])
            assert await client.frame() == (PONG, b"still there?")
            assert await client.hear() == {"type": "pong"}
            client.send(PONG, b"nobody asked")
            client.say("ping")
            assert await client.hear() == {"type": "pong"}

    @pytest.mark.parametrize(
        ("frames", "code", "reason"),
        [
            ([(TEXT, b"{", {"first": 0}), (TEXT, b"{}", {})], 1002, "BROKEN_FRAME: "),
            ([(CONTINUATION, b"{}", {})], 1002, "BROKEN_FRAME: "),
            ([(TEXT, b"{}", {"first": 0xC0})], 1002, "BROKEN_FRAME: "),
            ([(TEXT, b"{}", {"masked": False})], 1002, ""),
            ([(3, b"{}", {})], 1002, ""),
            ([(PING, b"x" * 126, {})], 1002, ""),
            ([(PING, b"x", {"first": 0})], 1002, ""),
            ([(CLOSE, b"x", {})], 1002, ""),
            ([(CLOSE, b"\x03\xe7", {})], 1002, ""),
            ([(BINARY, b"{}", {})], 1003, "NOT_TEXT: "),
            ([(TEXT, b"\xff", {})], 1007, "NOT_UTF8: "),
            ([(TEXT, b"\xc3", {"first": 0}), (CONTINUATION, b"", {})], 1007, "NOT_UTF8: "),
            ([(TEXT, b"x" * 16_385, {})], 1009, "TOO_LARGE: "),
            ([(TEXT, b"x" * 65_000, {})], 1009, "TOO_LARGE: "),
            ([(TEXT, b"x" * 9_000, {"first": 0}), (CONTINUATION, b"x" * 9_000, {"first": 0})], 1009, "TOO_LARGE: "),
        ],
    )
    @in_production
    async def test_that_cannot_be_taken_closes(self, frames: list[Any], code: int, reason: str) -> None:
        async with a_port() as port:
            async with a_client(port) as client:
                for opcode, payload, how in frames:
                    client.send(opcode, payload, **how)
                found, said = await client.closed()
                assert found == code
                assert said.startswith(reason)
            await nobody_is_left(port)

    @in_production
    async def test_a_terabyte_is_refused_before_it_comes(self) -> None:
        async with a_port() as port, a_client(port) as client:
            client.writer.write(b"\x81\xff" + (2**40).to_bytes(8, "big") + bytes(4))
            assert (await client.closed())[0] == 1009

    @pytest.mark.parametrize(
        ("said", "heard"), [(b"", 1000), (b"\x03\xe8", 1000), (b"\x03\xe9bye", 1001), (b"\x0f\xa0", 4000)]
    )
    @in_production
    async def test_goodbye_is_said_back(self, said: bytes, heard: int) -> None:
        async with a_port() as port:
            async with a_client(port) as client:
                client.send(CLOSE, said)
                client.say("ping")
                opcode, payload = await client.frame()
                assert (opcode, int.from_bytes(payload, "big")) == (CLOSE, heard)
                assert await client.reader.read() == b""
            await nobody_is_left(port)

    @pytest.mark.parametrize("opcode", [PING, PONG])
    @in_production
    async def test_pings_count_as_messages(self, opcode: int) -> None:
        async with a_port() as port, a_client(port) as client:
            for _ in range(50):
                client.send(opcode)
            assert (await client.closed())[0] == 4429


class TestAnswering:
    @in_production
    async def test_is_in_order_and_the_rest_is_not_read_meanwhile(self) -> None:
        asked, go_on = asyncio.Event(), asyncio.Event()

        class Slow(Identity):
            async def call(self, *args: Any) -> Any:
                asked.set()
                await go_on.wait()
                return await super().call(*args)

        channels = [f"provider:{number:08x}-0000-4000-8000-{'0' * 12}" for number in range(1000)]
        async with (
            a_port(Slow(), realtime_messages_per_s=10**6, realtime_channels=1000, realtime_queue=2000) as port,
            a_client(port) as client,
        ):
            client.say("authenticate", token=a_token(str(uuid4())))
            await asked.wait()
            for channel in channels:
                client.say("subscribe", channels=[channel], more="x" * 4_000)
            await asyncio.sleep(0.3)
            (here,) = port.open
            assert len(here._said) < 20
            go_on.set()
            assert (await client.hear())["type"] == "authenticated"
            heard = [m["channels"] for m in [await client.hear() for _ in channels] if m["type"] == "subscribed"]
            assert heard == [[channel] for channel in channels]

    @in_production
    async def test_no_task_waits_for_who_says_nothing(self) -> None:
        async with a_port() as port, AsyncExitStack() as clients:
            before = len(asyncio.all_tasks())
            for _ in range(20):
                client = await clients.enter_async_context(a_client(port))
                client.say("ping")
                assert await client.hear() == {"type": "pong"}
            assert len(asyncio.all_tasks()) == before

    @in_production
    async def test_a_bug_ends_one_connection(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def broken(*_: object) -> None:
            raise ValueError("about a person")

        async with a_port() as port, a_client(port) as other:
            async with a_client(port) as client:
                monkeypatch.setattr(Talk, "answer", broken)
                client.say("ping")
                assert await client.closed() == (0, "")
            monkeypatch.undo()
            other.say("ping")
            assert await other.hear() == {"type": "pong"}
            assert len(port.open) == 1

    @in_production
    async def test_who_leaves_meanwhile_is_forgotten(self) -> None:
        class Never(Identity):
            async def call(self, *_: Any) -> Any:
                await asyncio.Event().wait()

        async with a_port(Never()) as port:
            async with a_client(port) as client:
                client.say("authenticate", token=a_token(str(uuid4())))
                await asyncio.sleep(0.1)
            await nobody_is_left(port)
            assert not [task for task in asyncio.all_tasks() if "_answer" in repr(task)]


class TestWhoIsGone:
    @pytest.mark.parametrize("how", ["reset", "half a frame", "half closed"])
    @in_production
    async def test_is_forgotten(self, how: str) -> None:
        async with a_port() as port, a_client(port) as client:
            raw = client.writer.get_extra_info("socket")
            if how == "reset":
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.writer.transport.abort()
            elif how == "half a frame":
                client.writer.write(b"\x81\xfe")
                client.writer.write_eof()
            else:
                client.writer.write_eof()
            await nobody_is_left(port)

    @in_production
    async def test_without_a_word_is_noticed_by_the_kernel(self) -> None:
        async with a_port() as port, a_client(port):
            (here,) = port.open
            raw = here.transport.underlying_transport.get_extra_info("socket")
            assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000

    @in_production
    async def test_is_not_waited_for_when_it_does_not_say_goodbye(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lean, "CLOSED_WITHIN_S", 0.2)
        async with a_port() as port, a_client(port) as client:
            client.send(BINARY, b"{}")
            assert (await client.frame())[0] == CLOSE
            await nobody_is_left(port)


def large(number: int) -> Frame:
    return note("test", number=number, text="x" * (9_000 + number))


@asynccontextmanager
async def who_does_not_read(port: LeanSockets) -> AsyncIterator[Client]:
    """With small buffers on both sides; it has said that it is there."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port.port))
    client = Client(*await asyncio.open_connection(sock=raw, limit=1024))
    assert (await client.ask(**WEBSOCKET))[0] == 101
    try:
        yield client
    finally:
        client.writer.transport.abort()


class TestWhoDoesNotRead:
    async def full(self, port: LeanSockets) -> Any:
        """The connection, as soon as what it is told does not get away."""
        (connection,) = port.realtime.hub.connections
        number = 0
        while connection.sending_since is None:
            connection.push(large(number % 1000))
            number += 1
            await asyncio.sleep(0)
        return connection

    @in_production
    async def test_is_waited_for_with_a_bounded_queue(self) -> None:
        async with a_port(realtime_queue=20) as port, who_does_not_read(port) as client:
            connection = await self.full(port)
            (here,) = port.open
            for number in range(20):
                connection.push(large(number))
            assert len(connection.queue) == 20
            assert here.transport.underlying_transport.get_write_buffer_size() < 64 * 1024
            connection.push(large(0))
            assert connection.ended is ends.TOO_SLOW
            assert not connection.queue
            assert (await client.closed())[0] == 4008
            await nobody_is_left(port)

    @in_production
    async def test_nothing_is_lost_or_mixed_up_when_it_reads_on(self) -> None:
        async with a_port(realtime_queue=10_000) as port, who_does_not_read(port) as client:
            (connection,) = port.realtime.hub.connections
            for number in range(600):
                connection.push(large(number))
            assert connection.queue
            for number in range(600):
                heard = await client.hear()
                assert (heard["number"], len(heard["text"])) == (number, 9_000 + number)

    @in_production
    async def test_is_dropped_by_the_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(realtime, "_SENT_WITHIN_S", 0.1)
        monkeypatch.setattr(lean, "CLOSED_WITHIN_S", 0.3)
        async with a_port() as port, who_does_not_read(port):
            connection = await self.full(port)
            await nobody_is_left(port)
            assert connection.ended is ends.TOO_SLOW

    @in_production
    async def test_and_breaks_the_rules_is_dropped_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lean, "CLOSED_WITHIN_S", 0.3)
        async with a_port(realtime_heartbeat_s=0) as port:
            for opcode, masked in ((CONTINUATION, True), (TEXT, False)):
                async with who_does_not_read(port) as client:
                    await self.full(port)
                    client.send(opcode, b"{}", masked=masked)
                    await nobody_is_left(port)

    @in_production
    async def test_and_asks_for_pongs_gets_none(self) -> None:
        async with a_port(realtime_messages_per_s=10**9) as port, who_does_not_read(port) as client:
            await self.full(port)
            (here,) = port.open
            stream = here.transport.underlying_transport
            before = stream.get_write_buffer_size()
            for _ in range(5_000):
                client.send(PING, b"x" * 100)
            await asyncio.sleep(0.3)
            assert stream.get_write_buffer_size() <= before

    @in_production
    async def test_hears_what_waited_before_the_end(self) -> None:
        async with a_port() as port, who_does_not_read(port) as client:
            connection = await self.full(port)
            connection.push(note("last"))
            stopping = asyncio.create_task(port.realtime.stop())
            while (await client.hear())["type"] != "last":
                pass
            assert (await client.closed())[0] == 1012
            await stopping


@in_production
async def test_a_thousand_at_once() -> None:
    clinic_id, specialist = str(uuid4()), f"provider:{uuid4()}"
    async with a_port() as port:

        async def listens(told: asyncio.Barrier) -> None:
            async with a_client(port) as client:
                client.say("authenticate", clinicId=clinic_id)
                client.say("subscribe", channels=[specialist])
                assert (await client.hear())["type"] == "authenticated"
                assert (await client.hear())["type"] == "subscribed"
                await told.wait()
                assert (await client.hear())["number"] == 1

        before, told = _files(), asyncio.Barrier(1001)
        async with asyncio.TaskGroup() as clients:
            for _ in range(1000):
                clients.create_task(listens(told))
            await told.wait()
            assert len(port.realtime.hub.connections) == 1000
            frame = large(1)
            for connection in port.realtime.hub.connections:
                connection.push(frame)
        await nobody_is_left(port)
        # Fewer, if something of an earlier test is collected meanwhile.
        assert _files() <= before


def _files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
