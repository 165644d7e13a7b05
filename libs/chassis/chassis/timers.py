"""Clock ticks: each is a Call, worked by one replica per interval."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from claims import system
from tracing import logger, span

from chassis import clock, outcome
from chassis.call import Call, Emitted
from chassis.contract import ids_of
from chassis.database import Pool
from chassis.envelope import Envelope
from chassis.ids import new_id
from chassis.metrics import TICKS

log = logger(__name__)

Tick = Callable[[Call], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Timer:
    """Something done every so often, across all clinics."""

    name: str
    interval: timedelta
    tick: Tick

    async def run(self, service: str, pool: Pool, wake: Callable[[], None]) -> None:
        """Until canceled."""
        while True:
            # At once at the start: what ran an hour a day would otherwise never tick. The row keeps the interval.
            try:
                await self.once(service, pool, wake)
            except Exception:
                TICKS.labels(self.name, "failed").inc()
                log.exception("tick failed", timer=self.name)
            await asyncio.sleep(self.interval.total_seconds())

    async def once(self, service: str, pool: Pool, wake: Callable[[], None]) -> bool:
        """Work one tick if it is due; the timer's row says so and keeps other replicas out."""
        claims = system(service)
        envelope = Envelope(claims=claims, request_id=str(new_id()))
        call = Call.open(pool=pool, claims=claims, clinic_id=None, now=clock.now(), envelope=envelope, read_only=False)
        try:
            with span(f"tick {self.name}"):
                due = await call.tx.fetchval(
                    """
                    INSERT INTO timer (name, ran_at) VALUES ($1, $2)
                    ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at
                    WHERE timer.ran_at <= excluded.ran_at - $3::interval * 0.9
                    RETURNING true
                    """,
                    self.name, call.now, self.interval,
                )  # fmt: skip
                if not due:
                    return False
                await self.tick(call)
                await outcome.write(call.tx, call)
                for record in self._records(call):
                    await outcome.write(call.tx, record, action=f"tick {self.name}")
                await call.tx.commit()
        finally:
            await call.tx.roll_back()
        if call.events:
            wake()
        TICKS.labels(self.name, "done").inc()
        return True

    @staticmethod
    def _records(call: Call) -> list[Call]:
        """What goes into the trail: of each event, in its clinic; of a tick that says nothing, its facts, if any."""
        if not call.events:
            return [call] if call.facts else []
        return [
            replace(call, clinic_id=event.clinic_id, facts=_about(event) | call.facts, events=[])
            for event in call.events
        ]


def _about(event: Emitted) -> dict[str, object]:
    return ids_of(event.message) or {"id": event.key}
