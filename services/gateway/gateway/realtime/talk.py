"""Messages of clients at a WebSocket, and what they are answered."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeGuard
from uuid import UUID

import orjson
from chassis.errors import DomainError

from gateway.realtime import connection as ends
from gateway.realtime.channels import Viewer
from gateway.realtime.connection import Connection
from gateway.realtime.cursor import Cursor
from gateway.realtime.frames import note
from gateway.realtime.realtime import Realtime, refused

_FOREVER: Final = float("inf")


class Talk:
    """With one client. Each message is answered before the next is looked at."""

    __slots__ = ("_address", "_connection", "_in_second", "_realtime", "_second")

    def __init__(self, realtime: Realtime, connection: Connection, address: str) -> None:
        self._realtime = realtime
        self._connection = connection
        self._address = address
        self._second = 0
        self._in_second = 0

    def accepts(self, text: str | None) -> TypeGuard[str]:
        """False: this was one too many, or nothing that can be answered, and the connection has ended."""
        settings = self._realtime.settings
        second = int(time.monotonic())
        self._in_second = self._in_second + 1 if second == self._second else 1
        self._second = second
        if text is None:
            self._connection.end(ends.NOT_TEXT)
        elif len(text) > settings.realtime_message_bytes:
            self._connection.end(ends.TOO_LARGE)
        elif self._in_second > settings.realtime_messages_per_s:
            self._connection.end(ends.TOO_FAST)
        return self._connection.ended is None

    async def answer(self, text: str) -> None:
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            message = None
        kind = message.get("type") if isinstance(message, dict) else None
        answer = _ANSWERS.get(kind) if isinstance(kind, str) else None
        if answer is None:
            self._refuse("BAD_MESSAGE", f"send a JSON object with a type: {', '.join(_ANSWERS)}")
        elif self._connection.viewer is None and kind not in ("authenticate", "ping"):
            self._refuse("NOT_AUTHENTICATED", "send authenticate first")
        else:
            await answer(self, message)

    async def _authenticate(self, message: dict[str, Any]) -> None:
        token, clinic = message.get("token"), message.get("clinicId")
        if isinstance(token, str) and token:
            await self._sign_in(token)
        elif isinstance(clinic, str) and (clinic_id := _uuid(clinic)) is not None:
            self._become(Viewer.anybody(clinic_id, self._address), _FOREVER, "")
        else:
            self._refuse("BAD_MESSAGE", "send a token, or the clinicId of a clinic if you have none")

    async def _sign_in(self, token: str) -> None:
        try:
            viewer, until = await self._realtime.viewer(token)
        except DomainError as failure:
            if failure.retry_after is None and failure.reason == "UNAUTHENTICATED":
                self._connection.end(ends.TOKEN_REFUSED)
            else:
                self._refuse(failure.reason, failure.detail)
            return
        self._become(viewer, until, token)

    def _become(self, viewer: Viewer, until: float, token: str) -> None:
        before = self._connection.viewer
        if before is not None and (before.principal, before.clinic_id) != (viewer.principal, viewer.clinic_id):
            self._refuse("ANOTHER_PRINCIPAL", "this connection is somebody else's, or of another clinic; open one more")
            return
        self._realtime.admit(self._connection, viewer, until, token)
        ends_at = round(until) if until != _FOREVER else None
        self._connection.push(note("authenticated", clinicId=viewer.clinic_id, expiresAt=ends_at))

    async def _subscribe(self, message: dict[str, Any]) -> None:
        names, last = _names(message), message.get("lastEventId")
        cursor = Cursor.parse(last) if isinstance(last, str) else None
        if names is None:
            self._refuse("BAD_MESSAGE", "send channels, a list of texts")
        elif last and cursor is None:
            self._refuse("BAD_EVENT_ID", "lastEventId is the eventId of an event, as it came; or leave it out")
        else:
            await self._realtime.subscribe(self._connection, names, cursor)

    async def _unsubscribe(self, message: dict[str, Any]) -> None:
        names = _names(message)
        if names is None:
            self._refuse("BAD_MESSAGE", "send channels, a list of texts")
        else:
            self._realtime.unsubscribe(self._connection, names)

    async def _ping(self, _: dict[str, Any]) -> None:
        self._connection.push(note("pong"))

    def _refuse(self, code: str, detail: str) -> None:
        self._connection.push(refused(code, detail))


_ANSWERS: Final[dict[str, Callable[[Talk, dict[str, Any]], Awaitable[None]]]] = {
    "authenticate": Talk._authenticate,  # noqa: SLF001
    "subscribe": Talk._subscribe,  # noqa: SLF001
    "unsubscribe": Talk._unsubscribe,  # noqa: SLF001
    "ping": Talk._ping,  # noqa: SLF001
}


def _names(message: dict[str, Any]) -> list[str] | None:
    names = message.get("channels")
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
