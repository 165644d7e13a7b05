"""`/v1/realtime/ws` on a port of its own, which serves nothing else: a silent client costs a few kB there."""

import asyncio
import logging
import socket
import time
from typing import Any, Final

from chassis.errors import DomainError, NotFound
from chassis.ids import new_id
from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)
from starlette.requests import Request
from tracing import logger

from gateway import problems
from gateway.problems import UpgradeRequired
from gateway.proxies import Networks, client_of
from gateway.realtime import connection as ends
from gateway.realtime.carry import CLOSED_WITHIN_S
from gateway.realtime.connection import Connection, End
from gateway.realtime.frames import HEADER
from gateway.realtime.realtime import Realtime
from gateway.realtime.talk import Talk

log = logger(__name__)

_PATH: Final = "/v1/realtime/ws"
_ALIVE: Final = (WSMsgType.PING, WSMsgType.PONG)
_UPGRADE: Final = {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
_ASKED_WITHIN_S: Final = 10.0
_UNSENT_BYTES: Final = 16 * 1024
"""That may wait for one client besides its queue."""
_GONE_AFTER_MS: Final = 60_000
"""Nothing arrives there any more: heartbeats notice it."""
_READ_AT_ONCE: Final = 2048
_TAKEN_WHOLE: Final = 4
"""So many times too large, a message is read to its end and refused in our words; picows refuses what is larger."""


class LeanSockets:
    """Listens when `start` returns. Port 0 is any that is free."""

    def __init__(self, realtime: Realtime, host: str, port: int, trusted: Networks = ()) -> None:
        self.realtime = realtime
        self.trusted = trusted
        self.open: set[_Socket] = set()
        self.host = host
        self.port = port
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        try:
            self._server = await ws_create_server(
                self._admit,
                self.host,
                self.port,
                backlog=1024,
                logger_name=_LOG,
                websocket_handshake_timeout=_ASKED_WITHIN_S,
                enable_auto_pong=False,
                max_frame_size=_TAKEN_WHOLE * self.realtime.settings.realtime_message_bytes,
                read_buffer_init_size=_READ_AT_ONCE,
                # Its transports are twice as large as those of uvloop.
                use_aiofastnet=False,
            )
        except OSError as error:
            raise OSError(error.errno, f"port {self.port} is taken; choose another with REALTIME_PORT") from None
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """At once: whoever was to hear of it has."""
        if self._server is not None:
            self._server.close()
        for each in self.open:
            each.hang_up()
        await asyncio.gather(*(each.transport.wait_disconnected() for each in self.open))

    def _admit(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        path = request.path.decode("latin-1").partition("?")[0]
        if path != _PATH:
            return _refused(path, NotFound("There is nothing at this address"))
        if not _asks_for_upgrade(request):
            return _refused(path, UpgradeRequired("Send Upgrade: websocket, version 13"), _UPGRADE)
        # picows knows them as single words; Firefox says keep-alive, Upgrade.
        request.headers["Connection"], request.headers["Upgrade"] = "Upgrade", "websocket"
        return _Socket(self)


def _asks_for_upgrade(request: WSUpgradeRequest) -> bool:
    def says(name: str, word: str) -> bool:
        return any(
            word == each.strip().lower() for value in request.headers.getall(name, ()) for each in value.split(",")
        )

    return says("Connection", "upgrade") and says("Upgrade", "websocket") and says("Sec-WebSocket-Version", "13")


def _refused(path: str, failure: DomainError, headers: dict[str, str] | None = None) -> WSUpgradeResponseWithListener:
    request_id = str(new_id())
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "request_id": request_id}
    problem = problems.render(Request(scope), failure)
    said: dict[str, str] = dict(problem.headers) | {"X-Request-Id": request_id} | (headers or {})
    # picows counts itself.
    del said["content-length"]
    response = WSUpgradeResponse.create_error_response(problem.status_code, bytes(problem.body), said)
    return WSUpgradeResponseWithListener(response, None)


class _Socket(WSListener):
    """One client. No task waits for it: what it is told is written at once if it reads, and a task answers what it says
    while there is something to answer."""

    __slots__ = ("_answering", "_connection", "_door", "_gone_at", "_part", "_said", "_talk", "transport")

    def __init__(self, door: LeanSockets) -> None:
        self._door = door
        self.transport: WSTransport
        self._connection: Connection | None = None
        self._talk: Talk
        self._part: bytearray | None = None
        """Of a message that comes in several frames."""
        self._said: list[str] = []
        self._answering: asyncio.Task[None] | None = None
        self._gone_at: asyncio.TimerHandle | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self._door.open.add(self)
        stream = transport.underlying_transport
        stream.set_write_buffer_limits(high=_UNSENT_BYTES)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            stream.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _GONE_AFTER_MS)
        headers = transport.request.headers
        forwarded = ",".join(headers.getall("X-Forwarded-For", ()))
        address = client_of((stream.get_extra_info("peername") or ("",))[0], forwarded, self._door.trusted)
        # They would be kept for as long as the client stays.
        headers.clear()
        connection = self._door.realtime.connect(address)
        if connection is None:
            self._close(ends.TOO_MANY)
            return
        self._talk = Talk(self._door.realtime, connection, address)
        self._connection = connection
        connection.wake = self._write

    def on_ws_disconnected(self, _: WSTransport) -> None:
        self._door.open.discard(self)
        if self._gone_at is not None:
            self._gone_at.cancel()
        if self._answering is not None:
            self._answering.cancel()
        if self._connection is not None:
            self._connection.wake = _nothing
            self._door.realtime.leave(self._connection)

    # What the client says

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        connection = self._connection
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code() or WSCloseCode.OK)
            transport.disconnect()
            self._hang_up_soon()
        elif connection is None or connection.ended is not None or transport.is_close_frame_sent:
            return
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:
            connection.end(ends.BROKEN_FRAME)
        elif frame.msg_type in _ALIVE:
            # They count as messages; whoever does not read is not answered.
            is_asked = self._talk.accepts("") and frame.msg_type == WSMsgType.PING
            if is_asked and connection.sending_since is None:
                transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.BINARY:
            self._talk.accepts(None)
        else:
            text = self._gathered(frame, connection)
            if text is not None and self._talk.accepts(text):
                self._answer_soon(text)

    def _gathered(self, frame: WSFrame, connection: Connection) -> str | None:
        """The message that ends with this frame."""
        if (frame.msg_type == WSMsgType.CONTINUATION) is (self._part is None):
            # A message within another, or the rest of none.
            connection.end(ends.BROKEN_FRAME)
            return None
        part, self._part = self._part or bytearray(), None
        part += frame.get_payload_as_memoryview()
        if len(part) > self._door.realtime.settings.realtime_message_bytes:
            connection.end(ends.TOO_LARGE)
        elif not frame.fin:
            self._part = part
        else:
            try:
                return part.decode()
            except UnicodeDecodeError:
                connection.end(ends.NOT_UTF8)
        return None

    def _answer_soon(self, text: str) -> None:
        self._said.append(text)
        if self._answering is None:
            self._answering = asyncio.create_task(self._answer())
        else:
            self.transport.underlying_transport.pause_reading()

    async def _answer(self) -> None:
        try:
            while self._said:
                await self._talk.answer(self._said.pop(0))
        except Exception:
            log.exception("bug", path=_PATH)
            self.hang_up()
        finally:
            self._answering = None
        self.transport.underlying_transport.resume_reading()

    # What it is told

    def _write(self) -> None:
        """All that waits, as long as the client reads; then the end."""
        connection = self._connection
        assert connection is not None
        if self.transport.is_close_frame_sent:
            self._hang_up_soon()
            return
        while connection.queue and connection.sending_since is None:
            # Not `send`: what is longer than 8 kB it hands to uvloop with a header that the next message overwrites.
            self.transport.send_reuse_external_bytearray(WSMsgType.TEXT, connection.take().text, HEADER)
        if connection.ended is None:
            return
        if self._answering is not None:
            self._answering.cancel()
        # For its goodbye.
        self.transport.underlying_transport.resume_reading()
        if connection.queue:
            self._hang_up_soon()
        else:
            self._close(connection.ended)

    def pause_writing(self) -> None:
        if self._connection is not None:
            self._connection.sending_since = time.monotonic()

    def resume_writing(self) -> None:
        if self._connection is not None:
            self._connection.sending_since = None
            self._write()

    def _close(self, why: End) -> None:
        code: Any = why.code
        self.transport.send_close(code, f"{why.name}: {why.detail}")
        self._hang_up_soon()

    def _hang_up_soon(self) -> None:
        """Whoever does not say goodbye in return is not waited for."""
        if self._gone_at is None:
            self._gone_at = asyncio.get_running_loop().call_later(CLOSED_WITHIN_S, self.hang_up)

    def hang_up(self) -> None:
        self.transport.disconnect(graceful=False)


def _nothing() -> None:
    pass


def _is_bug(record: logging.LogRecord) -> bool:
    """What clients do wrong is told to them, and not written down."""
    return bool(record.exc_info) or "exception" in str(record.msg)


_LOG: Final = logging.LoggerAdapter(logging.getLogger("picows"))
_LOG.logger.addFilter(_is_bug)
