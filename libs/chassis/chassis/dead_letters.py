"""Dead letters: events that could not be handled, and how they are handled after all."""

from uuid import UUID

from tracing import logger

from chassis.database import Pool
from chassis.inbox import Consumer, Delivery

log = logger(__name__)


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
