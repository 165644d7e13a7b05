"""Hearing events: durable pull consumers; each event takes effect once, or becomes a dead letter. Never lost."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from claims import system
from google.protobuf.message import Message
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import BadRequestError
from tracing import bind, continued, logger, span

from chassis import clock, database, outcome
from chassis.call import Call, First, quotable
from chassis.contract import context_of
from chassis.database import Pool
from chassis.envelope import Envelope
from chassis.errors import Unavailable
from chassis.heard import Heard
from chassis.metrics import EVENT_LAG_SECONDS, EVENTS_HEARD
from chassis.pull import Pull
from chassis.streams import Streams

log = logger(__name__)

Reaction = Callable[[Any, Call], Awaitable[None]]

_AT_MOST_TOGETHER = 32
_AT_MOST = 4
"""Of those that are taken one by one: what waits here while one takes long, another replica cannot take."""
_LOOKS_EVERY_S = 2.0
"""Sooner than `Streams.is_settled` says that all is heard again."""
_BUSY_WITHIN_S = 0.05
_GATHERED_S = 0.005
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
        wake: Callable[[], None], heard: Heard, *, together: bool = False,
    ) -> None:  # fmt: skip
        self.subject = event.DESCRIPTOR.full_name
        self.name = f"{service}-{self.subject.replace('.', '-')}"
        self._service = service
        self._event = event
        self._reaction = reaction
        self._pool = pool
        self._backoff_s = backoff_s
        self._wake = wake
        self._heard = heard
        self._together = together
        self._failures: Counter[UUID] = Counter()
        """Of events that are being tried; waiting for somebody who is away is no failure."""

    async def run(self, streams: Streams) -> None:
        """Until canceled."""
        streams.forget(context_of(self.subject))
        stream = await streams.ensure(context_of(self.subject))
        jetstream = await streams.jetstream()
        config = ConsumerConfig(
            durable_name=self.name,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=_ACK_WAIT_S,
            deliver_policy=DeliverPolicy.ALL,
            filter_subject=self.subject,
            max_ack_pending=256,
            max_deliver=-1,
        )
        try:
            await jetstream.add_consumer(stream, config)
        except BadRequestError as failure:
            # It is there, as an earlier release made it.
            log.info("a consumer stays as it is", consumer=self.name, why=failure.description)
        async with Pull(streams, stream, self.name, _AT_MOST_TOGETHER if self._together else _AT_MOST) as pull:
            try:
                await self._hear(pull)
            finally:
                await pull.give_back()

    async def _hear(self, pull: Pull) -> None:
        took_at = 0.0
        while True:
            messages = await pull.some(_LOOKS_EVERY_S)
            if self._together and time.monotonic() - took_at < _BUSY_WITHIN_S:
                # A moment more brings more of them, which cost hardly more than one does.
                await asyncio.sleep(_GATHERED_S)
                messages += pull.here()
            took_at = time.monotonic()
            for message in await self._taken_together(messages) if self._together else messages:
                await self._take(message)

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
            with self._heard.taking([(self.name, delivery.event_id)]):
                if message.metadata.num_delivered == 1 or not await self._is_known(delivery.event_id):
                    await self.handle(delivery)
        except Exception as error:  # every failure has the same way: again later, or dead letter
            if isinstance(error, Unavailable) or database.is_no_fault(error):
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
            await self._acknowledge(message, delivery)

    async def _acknowledge(self, message: Msg, delivery: Delivery) -> None:
        EVENTS_HEARD.labels(self.name, "done").inc()
        EVENT_LAG_SECONDS.labels(self.name).observe((clock.now() - delivery.occurred_at).total_seconds())
        await message.ack()

    async def _taken_together(self, messages: Sequence[Msg]) -> list[Msg]:
        """Of each clinic all at once; those that are left must be taken one by one."""
        by_clinic: dict[UUID | None, dict[UUID, tuple[Msg, Delivery]]] = {}
        left = []
        for message in messages:
            try:
                delivery = Delivery.of(message)
                by_clinic.setdefault(delivery.clinic_id, {})[delivery.event_id] = (message, delivery)
            except (KeyError, ValueError):
                left.append(message)
        for taken in by_clinic.values():
            try:
                with self._heard.taking([(self.name, event_id) for event_id in taken]):
                    await self.handle_together([delivery for _, delivery in taken.values()])
            except Exception as error:  # noqa: BLE001  # which of them it was shows when each is taken by itself
                log.info("events are taken one by one", consumer=self.name, cause=type(error).__name__)
                left += [message for message, _ in taken.values()]
            else:
                for message, delivery in taken.values():
                    await self._acknowledge(message, delivery)
        return left

    async def handle(self, delivery: Delivery) -> None:
        """The effect, its own events and the inbox row in one transaction."""
        if self._together:
            await self.handle_together([delivery])
            return
        call = self._call(delivery)
        call.tx.first = self._note([delivery])
        try:
            await self._react(delivery, call)
            await call.tx.begin()
            await call.tx.commit()
            if call.events:
                self._wake()
        except _Known:
            return
        finally:
            await call.tx.roll_back()

    async def handle_together(self, deliveries: Sequence[Delivery]) -> None:
        """The same for several events of a clinic: all of them or none, unless some have taken effect before. One such
        transaction of a clinic at a time, since they change the same rows, each in an order of its own."""
        first = self._call(deliveries[0])
        calls = [replace(self._call(each), tx=first.tx) for each in deliveries]
        turn = f"SELECT pg_advisory_xact_lock(hashtextextended('events of {quotable(str(first.clinic_id))}', 0));"
        first.tx.first = self._note(deliveries, turn)
        try:
            await first.tx.begin()
            for delivery, call in zip(deliveries, calls, strict=True):
                await self._react(delivery, call)
            await first.tx.commit()
            if any(call.events for call in calls):
                self._wake()
        except _Known:
            await first.tx.roll_back()
            # Which of them shows when each is taken by itself.
            for each in deliveries if len(deliveries) > 1 else ():
                await self.handle(each)
        finally:
            await first.tx.roll_back()

    async def _react(self, delivery: Delivery, call: Call) -> None:
        event = self._event.FromString(delivery.payload)
        with continued({"traceparent": delivery.traceparent}), span(f"hear {self.subject}"), bind(event=self.subject):
            await self._reaction(event, call)
            await outcome.write(call.tx, call, action=self.subject if call.facts else "")

    def _call(self, delivery: Delivery) -> Call:
        claims = system(self._service, delivery.clinic_id)
        # Whoever is asked on its behalf knows of it, too.
        after = ((self.subject, delivery.event_id),)
        return Call.open(
            pool=self._pool,
            claims=claims,
            clinic_id=delivery.clinic_id,
            now=clock.now(),
            envelope=Envelope(claims=claims, request_id=delivery.request_id, after=after),
            read_only=False,
        )

    async def _is_known(self, event_id: UUID) -> bool:
        """Asked before a reaction that may act outside of the transaction, such as by sending a mail."""
        return bool(
            await self._pool.fetchval(
                "SELECT true FROM inbox WHERE consumer = $1 AND event_id = $2", self.name, event_id
            )
        )

    def _note(self, deliveries: Sequence[Delivery], before: str = "") -> First:
        """_Known if any of them has taken effect before."""
        rows = ",".join(f"('{quotable(self.name)}', '{quotable(str(each.event_id))}')" for each in deliveries)
        text = f"INSERT INTO inbox (consumer, event_id) VALUES {rows} ON CONFLICT DO NOTHING"  # noqa: S608  # ids

        def done(tag: str) -> None:
            if tag != f"INSERT 0 {len(deliveries)}":
                raise _Known

        return First(before + text, done)

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
