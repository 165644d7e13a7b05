"""`/v1/realtime/sse`: the same events as server-sent events, for who cannot open a WebSocket."""

from typing import Any, Final
from uuid import UUID

from chassis.errors import Denied, Exhausted, FieldViolation, Invalid, NotFound
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import problems
from gateway.addresses import address_of
from gateway.realtime.carry import carry
from gateway.realtime.channels import Channel, Viewer
from gateway.realtime.connection import End
from gateway.realtime.cursor import Cursor
from gateway.realtime.frames import Frame
from gateway.realtime.realtime import Realtime, refused

_RETRY: Final = b"retry: 3000\n\n"
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class EventStream(Response):
    """Goes on until the client leaves, its token ends, or it is too slow."""

    media_type = "text/event-stream"

    def __init__(
        self,
        realtime: Realtime,
        viewer: Viewer,
        until: float,
        token: str,
        names: list[str],
        cursor: Cursor | None,
        seconds_ago: int,
    ) -> None:
        super().__init__()
        self._realtime = realtime
        self._viewer = viewer
        self._until = until
        self._token = token
        self._names = names
        self._cursor = cursor
        self._seconds_ago = seconds_ago

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = self._realtime.connect(address_of(scope))
        if connection is not None:
            self._realtime.admit(connection, self._viewer, self._until, self._token)
        if connection is None or connection.ended is not None:
            if connection is not None:
                self._realtime.leave(connection)
            failure = Exhausted("Too many connections; close others, or try again later", retry_after=30)
            await problems.render(Request(scope), failure)(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send(_part(_RETRY))

        async def write(frame: Frame) -> None:
            await send(_part(frame.sse))

        async def close(why: End) -> None:
            await send(_part(refused(why.name, why.detail).sse))
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        async def read() -> None:
            if self._cursor is None and self._seconds_ago:
                await self._realtime.look_back(connection, self._names, self._seconds_ago)
            else:
                await self._realtime.subscribe(connection, self._names, self._cursor)
            while (await receive())["type"] != "http.disconnect":
                pass

        await carry(self._realtime, connection, read, write, close)


def _part(body: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def open_stream(
    realtime: Realtime, scope: Scope, *, clinic_id: UUID, token: str, names: list[str], last: str, seconds_ago: int
) -> EventStream:
    """Refused with a problem where nothing could be heard at all."""
    cursor = Cursor.parse(last) if last else None
    if last and cursor is None:
        raise _invalid("lastEventId", "is the id of an event, as it came")
    if not names:
        raise _invalid("channels", "name at least one, such as provider:ID")
    if len(names) > realtime.settings.realtime_channels:
        raise _invalid("channels", f"has more than {realtime.settings.realtime_channels}")
    if token:
        viewer, until = await realtime.viewer(token)
        if viewer.clinic_id != str(clinic_id):
            raise NotFound("There is no such clinic, or you do not act for it")
    else:
        viewer, until = Viewer.anybody(clinic_id, address_of(scope)), float("inf")
    channels = list(map(Channel.parse, names))
    if None in channels:
        raise _invalid(
            "channels", f"{names[channels.index(None)][:100]} is none: clinic:ID, provider:ID, location:ID:DAY"
        )
    if not any(channel is not None and viewer.hears(channel) for channel in channels):
        raise Denied("You may listen to none of these channels")
    return EventStream(realtime, viewer, until, token, names, cursor, seconds_ago)


def _invalid(field: str, what: str) -> Invalid:
    return Invalid(fields=[FieldViolation(field, what)])
