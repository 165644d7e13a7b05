"""Booking's events against its tables: each change has exactly one, and the last says what the table says.

The tables are those of one snapshot, which the connection's transaction holds. What was in the outbox by then is
judged, whether it has reached the stream or not. What else is in the stream came later, if the outbox of now knows it.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from chassis.tail import Heard
from google.protobuf.message import DecodeError
from nats.errors import Error as NatsError

from suite.verification import stream
from suite.verification.comparison import Comparison
from suite.verification.report import Check, Log
from suite.verification.told import Kind, Story, Told, told

_SERVICE: Final = "booking"
_OUTBOX_KEPT: Final = timedelta(days=7)
"""After an event was published; until then it is there for certain."""
_CONNECTED_WITHIN_S: Final = 10


@dataclass(slots=True)
class _Written:
    """The outbox of the snapshot."""

    ids: set[UUID] = field(default_factory=set)
    published_at: dict[UUID, datetime] = field(default_factory=dict)
    waiting: dict[UUID, Told | None] = field(default_factory=dict)


class _Reading:
    """What comes from the stream, one event after the other."""

    def __init__(self, written: _Written, at: datetime, position: int) -> None:
        self.stories: dict[tuple[Kind, UUID | None, str], Story] = {}
        self.seen: set[UUID] = set()
        self.copies = 0
        self.unwritten: dict[UUID, tuple[str, Told | None]] = {}
        """Not in the outbox of the snapshot, and too young to have been removed from it."""
        self.foreign = Check(_SERVICE, "messages that are no events")
        self.removed = Check(_SERVICE, "events removed from the stream")
        self._written = written
        self._purged = at - _OUTBOX_KEPT
        self._position = position

    def take(self, heard: Heard) -> None:
        self.reach(heard.sequence)
        self._position = heard.sequence
        self.foreign.looked_at += 1
        delivery = heard.delivery
        try:
            if delivery is None:
                self.foreign.add(heard.sequence, heard.subject)
            elif delivery.event_id in self.seen:
                self.copies += 1
            else:
                self.seen.add(delivery.event_id)
                it = told(heard.subject, delivery.clinic_id, delivery.payload)
                if delivery.event_id in self._written.ids or delivery.occurred_at < self._purged:
                    self.add(it)
                else:
                    self.unwritten[delivery.event_id] = (heard.subject, it)
        except DecodeError:
            self.foreign.add(heard.sequence, f"{heard.subject} that cannot be read")

    def reach(self, sequence: int) -> None:
        """All before it must have come."""
        for gone in range(self._position + 1, sequence):
            self.removed.add(gone, "its place in the stream is empty")

    def add(self, it: Told | None) -> None:
        if it is not None:
            self.stories.setdefault((it.kind, it.clinic_id, it.id), Story(it)).add(it)


async def check(connection: Any, beside: Any, nats_url: str, at: datetime) -> tuple[list[Check], Log | None]:
    """Within a transaction with a snapshot of `at`; `beside` is another connection, which sees what came later."""
    unread = Check(_SERVICE, "streams that cannot be read", 1)
    try:
        async with stream.connected(nats_url) as streams:
            async with asyncio.timeout(_CONNECTED_WITHIN_S):
                extent = await stream.extent(streams, _SERVICE)
            if extent is None:
                unread.add(_SERVICE, "there is no such stream")
                return [unread], None
            written = await _written(connection)
            reading = _Reading(written, at, 0 if extent.begins_at(at) == extent.created_at else extent.first - 1)
            await stream.read(streams, _SERVICE, extent, reading.take)
            reading.reach(extent.last + 1)
            reading.removed.looked_at = extent.last
    except (NatsError, TimeoutError, OSError) as error:
        unread.add(_SERVICE, f"NATS does not answer: {type(error).__name__}")
        return [unread], None
    for event_id, it in written.waiting.items():
        if event_id not in reading.seen:
            reading.add(it)
    lost = await _lost(written, reading, extent.begins_at(at), connection)
    unknown = await _unknown(reading, beside)
    comparison = Comparison(_SERVICE, reading.stories, extent.begins_at(at))
    compared = [check for kind in Kind for check in await comparison.of(kind, connection)]
    log = Log(
        service=_SERVICE,
        events=len(reading.seen),
        copies=reading.copies,
        later=unknown.looked_at - unknown.found,
        waiting=len(written.waiting),
        first_sequence=extent.first,
        last_sequence=extent.last,
        since=extent.begins_at(at),
        unjudged=comparison.unjudged,
    )
    return [unread, reading.foreign, reading.removed, lost, unknown, *compared], log


async def _written(connection: Any) -> _Written:
    written = _Written()
    query = """
        SELECT id, subject, clinic_id, published_at, CASE WHEN published_at IS NULL THEN payload END AS payload
        FROM outbox
    """
    async for row in connection.cursor(query, prefetch=500):
        written.ids.add(row["id"])
        if row["published_at"] is None:
            written.waiting[row["id"]] = told(row["subject"], row["clinic_id"], row["payload"])
        else:
            written.published_at[row["id"]] = row["published_at"]
    return written


async def _lost(written: _Written, reading: _Reading, since: datetime, connection: Any) -> Check:
    demanded = {event_id for event_id, published_at in written.published_at.items() if published_at >= since}
    check = Check(_SERVICE, "events that the stream has lost", len(demanded))
    rows = await connection.fetch(
        "SELECT id, subject, key FROM outbox WHERE id = ANY ($1)", list(demanded - reading.seen)
    )
    for row in rows:
        check.add(row["id"], f"{row['subject']} of {row['key']}")
    return check


async def _unknown(reading: _Reading, beside: Any) -> Check:
    """What the outbox of now does not know either was never written there, or has been removed by hand."""
    check = Check(_SERVICE, "events that nobody wrote down", len(reading.unwritten))
    known = await beside.fetch("SELECT id FROM outbox WHERE id = ANY ($1)", list(reading.unwritten))
    for event_id in reading.unwritten.keys() - {row["id"] for row in known}:
        subject, it = reading.unwritten[event_id]
        check.add(event_id, f"{subject} of {it.id}" if it is not None else subject)
        reading.add(it)
    return check
