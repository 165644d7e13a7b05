"""The relay: from the outbox to JetStream, in order, at least once. One relay per database works at a time."""

import asyncio
from typing import Any

import asyncpg
from nats.errors import Error as NatsError
from nats.js.errors import APIError
from tracing import logger

from chassis import clock
from chassis.metrics import EVENTS_PUBLISHED, EVENTS_WAITING
from chassis.streams import Streams

log = logger(__name__)

_BATCH = 256
_POLL_S = 1.0
_CHANNEL = "outbox"
_LEADER_LOCK = 0x6F7574626F78


class NotTold(Exception):
    """NATS is away, or refuses; nothing is lost."""


class Relay:
    """Woken by this process' commits, by NOTIFY from other processes, and by the clock."""

    def __init__(self, service: str, url: str, streams: Streams) -> None:
        self._service = service
        self._url = url
        self._streams = streams
        self._wake = asyncio.Event()
        streams.on_return(self._wake.set)

    def wake(self) -> None:
        """After a commit that wrote events. If another process leads, it is told by NOTIFY: outside of the
        transaction, since a NOTIFY within it makes Postgres commit one transaction at a time."""
        self._wake.set()

    async def run(self) -> None:
        """Until canceled. Leadership is a session lock, so that it ends with the connection."""
        self._streams.forget(self._service)
        connection = await asyncpg.connect(self._url, command_timeout=30)
        try:
            await connection.add_listener(_CHANNEL, lambda *_: self._wake.set())
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LEADER_LOCK):
                await self._forward_wakes(connection)
            while True:
                self._wake.clear()
                try:
                    while await self._publish_batch(connection) == _BATCH:
                        pass
                except NotTold as failure:
                    log.warning("events wait", service=self._service, why=str(failure))
                    self._streams.forget(self._service)
                await _first_of(self._wake, _POLL_S)
        finally:
            await connection.close(timeout=2)

    async def _forward_wakes(self, connection: Any) -> None:
        """As a follower: pass wakes on, many at once; look now and then whether the leader has gone."""
        if await _first_of(self._wake, _POLL_S):
            self._wake.clear()
            await connection.execute(f"NOTIFY {_CHANNEL}")
            await asyncio.sleep(0.005)

    async def _publish_batch(self, connection: Any) -> int:
        rows = await connection.fetch(
            """
            SELECT id, subject, key, payload, clinic_id, occurred_at, request_id, traceparent
            FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT $1
            """,
            _BATCH,
        )
        if not rows:
            EVENTS_WAITING.labels(self._service).set(0)
            return 0
        try:
            jetstream = await self._streams.jetstream()
            await self._streams.ensure(self._service)
        except (NatsError, TimeoutError) as away:
            raise NotTold(type(away).__name__) from away
        acks = await asyncio.gather(
            *(jetstream.publish(row["subject"], row["payload"], headers=self._headers(row)) for row in rows),
            return_exceptions=True,
        )
        done = []
        for row, ack in zip(rows, acks, strict=True):
            if isinstance(ack, BaseException):
                break
            done.append(row["id"])
        await connection.execute("UPDATE outbox SET published_at = now() WHERE id = ANY($1)", done)
        EVENTS_PUBLISHED.labels(self._service).inc(len(done))
        if len(done) < len(rows):
            failure = acks[len(done)]
            waiting = await connection.fetchval("SELECT count(id) FROM outbox WHERE published_at IS NULL")
            EVENTS_WAITING.labels(self._service).set(waiting)
            if isinstance(failure, APIError):
                log.error("JetStream refuses an event", service=self._service, why=str(failure.description))
            raise NotTold(f"{waiting} events: {type(failure).__name__}")
        return len(rows)

    def _headers(self, row: Any) -> dict[str, str]:
        """CloudEvents 1.0 attributes in JetStream's own words, and what lets the consumer go on with the trace."""
        return {
            "Nats-Msg-Id": str(row["id"]),
            "ce-specversion": "1.0",
            "ce-id": str(row["id"]),
            "ce-type": row["subject"],
            "ce-source": f"/{self._service}",
            "ce-time": row["occurred_at"].isoformat(),
            "ce-subject": row["key"],
            "ce-clinic": str(row["clinic_id"] or ""),
            "request-id": row["request_id"],
            "traceparent": row["traceparent"],
        }


async def _first_of(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def purge(tx: Any) -> None:
    """Published events are kept for a week, for people to look at; the stream keeps its own copy."""
    await tx.execute("DELETE FROM outbox WHERE published_at < $1::timestamptz - interval '7 days'", clock.now())
    await tx.execute("DELETE FROM inbox WHERE received_at < $1::timestamptz - interval '31 days'", clock.now())
