"""Claims on time (ARCHITECTURE D3). The exclusion constraint, not a query before it, decides who was first."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis import Transaction

from booking.domain.errors import SlotTaken


async def take(
    tx: Transaction,
    *,
    holder: UUID,
    specialist_id: UUID,
    room_ids: Sequence[UUID] | None,
    begin: datetime,
    end: datetime,
) -> UUID | None:
    """Claim the specialist and, unless room_ids is None, the first of the rooms that is free; which room it is."""
    taken = await tx.fetchrow(
        "SELECT took_specialist, room FROM take_claims($1, $2, $3, tstzrange($4, $5))",
        holder, specialist_id, list(room_ids or ()), begin, end,
    )  # fmt: skip
    if not taken["took_specialist"]:
        raise SlotTaken("Somebody else has the specialist then")
    if room_ids is not None and taken["room"] is None:
        raise SlotTaken("Every fitting room is taken then")
    room_id: UUID | None = taken["room"]
    return room_id


async def release(tx: Transaction, holder: UUID) -> None:
    await tx.execute("DELETE FROM claim WHERE holder = $1", holder)


async def remove_ended(tx: Transaction, before: datetime) -> None:
    """Of all clinics, which needs the owner's eyes: the function is the owner's."""
    await tx.execute("SELECT remove_ended_claims($1)", before)
