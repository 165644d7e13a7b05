"""What goes over the wire, written once for all who hear it: as a WebSocket text, or as a server-sent event."""

from datetime import datetime
from typing import Any, Final

import orjson
from tracing import logger

from gateway.realtime import mapping
from gateway.realtime.cursor import WHOLE, Cursor, Mark
from gateway.realtime.mapping import Audience, Told

log = logger(__name__)

HEADER: Final = 14
"""Bytes, at most."""


class Frame:
    """One message; `cursor` is where a client is that has heard it, if it has a place in the order."""

    __slots__ = ("_event", "_sse", "_text", "cursor")

    def __init__(self, event: dict[str, Any], cursor: Cursor | None = None) -> None:
        self._event = event
        self._text: bytearray | None = None
        self._sse: bytes | None = None
        self.cursor = cursor

    @property
    def text(self) -> bytearray:
        """JSON, after room for the header of a WebSocket's frame."""
        if self._text is None:
            self._text = bytearray(HEADER) + orjson.dumps(self._event)
        return self._text

    @property
    def sse(self) -> bytes:
        if self._sse is None:
            data = {name: value for name, value in self._event.items() if name not in ("type", "payload")}
            data = self._event.get("payload", {}) | data
            at = f"id: {self.cursor}\n" if self.cursor is not None else ""
            self._sse = f"event: {self._event['type']}\n{at}data: ".encode() + orjson.dumps(data) + b"\n\n"
        return self._sse


def note(type_: str, **fields: Any) -> Frame:
    """About the connection, not about the clinic."""
    return Frame({"type": type_} | fields)


def placed(type_: str, at: Cursor | None, **fields: Any) -> Frame:
    """The same, with the client's place: whoever leaves before any event can still resume."""
    return Frame({"type": type_} | fields | {"lastEventId": str(at) if at is not None else None}, at)


def heartbeat(at: Cursor | None) -> Frame:
    """Moves the client's place on: who has heard nothing for long can still resume."""
    frame = placed("heartbeat", at)
    frame._sse = b": heartbeat\n" + (f"id: {at}\n".encode() if at is not None else b"") + b"\n"  # noqa: SLF001
    return frame


class EventFrame(Frame):
    """One message of an event."""

    __slots__ = ("audience", "mark", "public", "stream")

    def __init__(self, it: Told, stream: str, mark: Mark, cursor: Cursor, timestamp: str) -> None:
        super().__init__(
            {"type": it.type, "payload": it.payload, "metadata": {"eventId": str(cursor), "timestamp": timestamp}},
            cursor,
        )
        self.audience: Audience = it.audience
        self.public = it.public
        self.stream = stream
        self.mark = mark

    def seen_from(self, cursor: Cursor) -> Frame:
        """The same for a client that is at another place."""
        metadata = self._event["metadata"] | {"eventId": str(cursor)}
        return Frame(self._event | {"metadata": metadata}, cursor)


class Entry:
    """An event as it came. What clients are told of it is worked out when the first of them is there."""

    __slots__ = (
        "_frames", "_payload", "_subject", "clinic_id", "cursor", "heard_at", "occurred_at", "sequence", "stream",
    )  # fmt: skip

    def __init__(
        self,
        stream: str,
        sequence: int,
        before: Cursor,
        subject: str,
        clinic_id: str,
        occurred_at: datetime,
        payload: bytes,
    ) -> None:
        self.stream = stream
        self.sequence = sequence
        self.cursor = before.moved(stream, (sequence, WHOLE))
        self.clinic_id = clinic_id
        self.occurred_at = occurred_at
        self.heard_at = occurred_at
        """By this process; the ring knows when."""
        self._subject = subject
        self._payload = payload
        self._frames: tuple[EventFrame, ...] | None = None

    @property
    def frames(self) -> tuple[EventFrame, ...]:
        if self._frames is None:
            self._frames = tuple(self._written())
        return self._frames

    def _written(self) -> list[EventFrame]:
        try:
            found = mapping.told(self._subject, self._payload, self.clinic_id, self.occurred_at)
        except Exception:
            # One event that cannot be read must not keep the others from being heard.
            log.exception("an event that clients cannot be told of", subject=self._subject, sequence=self.sequence)
            return []
        timestamp = self.occurred_at.isoformat().replace("+00:00", "Z")
        marks = [(self.sequence, number if number < len(found) else WHOLE) for number in range(1, len(found) + 1)]
        return [
            EventFrame(it, self.stream, mark, self.cursor.moved(self.stream, mark), timestamp)
            for it, mark in zip(found, marks, strict=True)
        ]
