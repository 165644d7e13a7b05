"""Hearing events: durable pull consumers; each event takes effect once, or becomes a dead letter. Never lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from claims import system
from google.protobuf.message import Message
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from tracing import bind, continued, logger, span

from chassis import clock, database
from chassis.call import Call, Transaction, write_audit, write_outbox
from chassis.contract import context_of
from chassis.database import Pool
from chassis.envelope import Envelope, Said
from chassis.errors import Unavailable
from chassis.metrics import EVENT_LAG_SECONDS, EVENTS_HEARD
from chassis.streams import Streams

log = logger(__name__)

Reaction = Callable[[Any, Call], Awaitable[None]]

_BATCH = 16
_FETCH_S = 5.0
_FETCH_MORE_S = 0.1
_ACK_WAIT_S = 60
_UNAVAILABLE_RETRY_S = 2.0


class _Known(Exception):
    """The event has taken effect before."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event as it arrived."""

    event_id: UUID
    clinic_id: UUID | None
    payload: bytes
    occurred_at: datetime
    request_id: str
    traceparent: str

    @classmethod
    def of(cls, message: Msg) -> "Delivery":
        headers = message.headers or {}
        clinic = headers.get("ce-clinic")
        return cls(
            event_id=UUID(headers["ce-id"]),
            clinic_id=UUID(clinic) if clinic else None,
            payload=message.data,
            occurred_at=datetime.fromisoformat(headers["ce-time"]),
            request_id=headers.get("request-id", ""),
            traceparent=headers.get("traceparent", ""),
        )


class Consumer:
    """One event type, heard by one service."""

    def __init__(
        self, service: str, event: type[Message], reaction: Reaction, pool: Pool, backoff_s: list[float],
        wake: Callable[[], None],
    ) -> None:  # fmt: skip
        self.subject = event.DESCRIPTOR.full_name
        self.name = f"{service}-{self.subject.replace('.', '-')}"
        self._service = service
        self._event = event
        self._reaction = reaction
        self._pool = pool
        self._backoff_s = backoff_s
        self._wake = wake
        self._failures: Counter[UUID] = Counter()
        """Of events that are being tried; waiting for somebody who is away is no failure."""

    async def run(self, streams: Streams) -> None:
        """Until canceled."""
        streams.forget(context_of(self.subject))
        stream = await streams.ensure(context_of(self.subject))
        jetstream = await streams.jetstream()
        subscription = await jetstream.pull_subscribe(
            self.subject,
            durable=self.name,
            stream=stream,
            config=ConsumerConfig(
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=_ACK_WAIT_S,
                deliver_policy=DeliverPolicy.ALL,
                filter_subject=self.subject,
                max_ack_pending=_BATCH * 16,
                max_deliver=-1,
            ),
        )
        try:
            # Never more than are there: who asks for more waits for the rest until the time is over, message in hand.
            waiting = 0
            while True:
                wanted = min(max(waiting, 1), _BATCH)
                try:
                    messages = await subscription.fetch(wanted, timeout=_FETCH_S if wanted == 1 else _FETCH_MORE_S)
                except TimeoutError:
                    waiting = 0
                    continue
                for message in messages:
                    await self._take(message)
                waiting = messages[-1].metadata.num_pending
        finally:
            await subscription.unsubscribe()

    async def _take(self, message: Msg) -> None:
        """Acknowledged only when its effect is committed, or when it is safely among the dead letters."""
        try:
            delivery = Delivery.of(message)
        except (KeyError, ValueError):
            # Nobody's event: without an id it could not even be kept among the dead letters.
            log.exception("not an event of ours", subject=message.subject)
            EVENTS_HEARD.labels(self.name, "foreign").inc()
            await message.term()
            return
        try:
            if message.metadata.num_delivered == 1 or not await self._is_known(delivery.event_id):
                await self.handle(delivery)
        except Exception as error:  # every failure has the same way: again later, or dead letter
            if isinstance(error, Unavailable) or database.as_failure(error) is not None:
                log.warning("event must wait", consumer=self.name, cause=type(error).__name__)
                EVENTS_HEARD.labels(self.name, "waits").inc()
                await message.nak(delay=_UNAVAILABLE_RETRY_S)
                return
            self._failures[delivery.event_id] += 1
            attempt = self._failures[delivery.event_id]
            if attempt <= len(self._backoff_s):
                log.warning("event failed", consumer=self.name, attempt=attempt, exc_info=error)
                EVENTS_HEARD.labels(self.name, "failed").inc()
                await message.nak(delay=self._backoff_s[attempt - 1])
            else:
                await self._bury(delivery, attempt, error)
                await message.term()
                del self._failures[delivery.event_id]
        else:
            self._failures.pop(delivery.event_id, None)
            EVENTS_HEARD.labels(self.name, "done").inc()
            EVENT_LAG_SECONDS.labels(self.name).observe((clock.now() - delivery.occurred_at).total_seconds())
            await message.ack()

    async def handle(self, delivery: Delivery) -> None:
        """The effect, its own events and the inbox row in one transaction."""
        call = Call.open(
            pool=self._pool,
            claims=system(self._service, delivery.clinic_id),
            clinic_id=delivery.clinic_id,
            now=clock.now(),
            envelope=Envelope(
                claims=system(self._service, delivery.clinic_id),
                request_id=delivery.request_id,
                # Whoever is asked on its behalf knows of it, too.
                after=((self.subject, delivery.event_id),),
            ),
            read_only=False,
        )
        call.tx.first = self._note(delivery.event_id)
        event = self._event()
        event.ParseFromString(delivery.payload)
        with continued({"traceparent": delivery.traceparent}), span(f"hear {self.subject}"), bind(event=self.subject):
            try:
                await self._reaction(event, call)
                if call.events:
                    await write_outbox(call.tx, call, call.events)
                if call.facts:
                    await write_audit(call.tx, call, self.subject)
                if not call.tx.is_open:
                    await call.tx.execute("SELECT 1")
                await call.tx.commit()
                if call.events:
                    self._wake()
            except _Known:
                return
            finally:
                await call.tx.roll_back()

    async def _is_known(self, event_id: UUID) -> bool:
        """Asked before a reaction that may act outside of the transaction, such as by sending a mail."""
        return bool(
            await self._pool.fetchval(
                "SELECT true FROM inbox WHERE consumer = $1 AND event_id = $2", self.name, event_id
            )
        )

    def _note(self, event_id: UUID) -> Callable[[Transaction], Awaitable[None]]:
        async def insert(tx: Transaction) -> None:
            tag = await tx.execute(
                "INSERT INTO inbox (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", self.name, event_id
            )
            if tag == "INSERT 0 0":
                raise _Known

        return insert

    async def _bury(self, delivery: Delivery, attempts: int, error: Exception) -> None:
        log.error("dead letter", consumer=self.name, event_id=str(delivery.event_id), exc_info=error)
        EVENTS_HEARD.labels(self.name, "dead").inc()
        await self._pool.execute(
            """
            INSERT INTO dead_letter
                (event_id, consumer, subject, clinic_id, payload, occurred_at, request_id, attempts, error)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (consumer, event_id) DO UPDATE SET attempts = excluded.attempts, error = excluded.error
            """,
            delivery.event_id, self.name, self.subject, delivery.clinic_id, delivery.payload, delivery.occurred_at,
            delivery.request_id, attempts, type(error).__name__,
        )  # fmt: skip


async def redrive(pool: Pool, consumers: list[Consumer], event_id: UUID | None) -> tuple[int, int]:
    """Handle dead letters again, oldest first: one, or all; how many went well and how many failed again."""
    rows = await pool.fetch(
        """
        SELECT event_id, consumer, clinic_id, payload, occurred_at, request_id FROM dead_letter
        WHERE redriven_at IS NULL AND ($1::uuid IS NULL OR event_id = $1) ORDER BY died_at LIMIT 10000
        """,
        event_id,
    )
    by_name = {consumer.name: consumer for consumer in consumers}
    done = failed = 0
    for row in rows:
        delivery = Delivery(
            row["event_id"], row["clinic_id"], row["payload"], row["occurred_at"], row["request_id"], traceparent=""
        )
        try:
            await by_name[row["consumer"]].handle(delivery)
        except Exception as error:  # counted and reported; the others get their turn
            failed += 1
            log.exception("redrive failed", event_id=str(row["event_id"]), consumer=row["consumer"], exc_info=error)
        else:
            done += 1
            await pool.execute(
                "UPDATE dead_letter SET redriven_at = now() WHERE event_id = $1 AND consumer = $2",
                row["event_id"], row["consumer"],
            )  # fmt: skip
    return done, failed


async def heard(pool: Pool, consumers: Sequence[Consumer], events: Sequence[Said], within_s: float) -> bool:
    """Whether all of these events, as far as the consumers listen to them, have taken effect; waits for it a little."""
    names = {consumer.subject: consumer.name for consumer in consumers}
    wanted = [(names[subject], event_id) for subject, event_id in events if subject in names]
    if not wanted:
        return True
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        known = await pool.fetchval(
            """
            SELECT count(event_id) FROM inbox
            WHERE (consumer, event_id) IN (SELECT name, id FROM unnest($1::text[], $2::uuid[]) AS wanted (name, id))
            """,
            [name for name, _ in wanted],
            [event_id for _, event_id in wanted],
        )
        if known >= len(set(wanted)):
            return True
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.004)


async def cancelled(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait for their ends; again and again, since a client library may swallow a cancellation."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.5)
