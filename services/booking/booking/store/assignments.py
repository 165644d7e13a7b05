"""The SQL behind the choice of a specialist: one choice at a time, and what each has."""

from collections.abc import Sequence
from uuid import UUID

from chassis import Transaction

from booking.domain.assignment import Candidate, Counted, Load
from booking.domain.visit import Visit


async def hold_turn(tx: Transaction, calendar_id: UUID) -> None:
    """Until the commit nobody else is booked from this calendar: what is counted must not change meanwhile."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"calendar/{calendar_id}")


async def loads(tx: Transaction, visit: Visit, candidates: Sequence[Candidate], counted: Counted) -> dict[UUID, Load]:
    """Without the visit itself."""
    rows = await tx.fetch(
        "SELECT specialist_id, visits, minutes, last_at FROM specialist_loads($1, $2, $3, $4, $5)",
        [each.specialist_id for each in candidates], visit.calendar_id, counted.begins_at, counted.ends_at,
        visit.id,
    )  # fmt: skip
    return {row["specialist_id"]: Load(row["visits"], row["minutes"], row["last_at"]) for row in rows}
