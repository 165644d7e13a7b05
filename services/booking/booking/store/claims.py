"""Claims on time (ARCHITECTURE D3). The exclusion constraint, not a query before it, decides who was first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Range
from chassis import Transaction

from booking.domain.appointment import Demand, Kind, Option
from booking.domain.errors import SlotTaken

_GONE: Final = {
    Kind.SPECIALIST: "Somebody else has the specialist then",
    Kind.ROOM: "Every fitting room is taken then",
    Kind.EQUIPMENT: "The equipment it takes is taken then",
    Kind.GAP: "Another visit of this service is too close to it",
}


async def take(tx: Transaction, holder: UUID, demands: Sequence[Demand]) -> list[tuple[Kind, Option]]:
    """Of each demand its first free options, all demands or none; what was taken. In the order of the demands, which is
    the same for everybody, so that two who want the same never wait for each other in a circle."""
    options = [(n, option) for n, demand in enumerate(demands, 1) for option in demand.options]
    row = await tx.fetchrow(
        "SELECT lacking, taken FROM take_claims($1, $2, $3, $4, $5, $6)",
        holder,
        [n for n, _ in options],
        [option.resource_id for _, option in options],
        [option.unit for _, option in options],
        [Range(option.begins_at, option.ends_at) for _, option in options],
        [demand.count for demand in demands],
    )
    if row["lacking"] is not None:
        raise SlotTaken(_GONE[demands[row["lacking"] - 1].kind])
    taken = [options[position - 1] for position in row["taken"]]
    return [(demands[n - 1].kind, option) for n, option in taken]


async def release(tx: Transaction, holder: UUID) -> None:
    await tx.execute("DELETE FROM claim WHERE holder = $1", holder)


async def remove_ended(tx: Transaction, before: datetime) -> None:
    """Of all clinics, which needs the owner's eyes: the function is the owner's."""
    await tx.execute("SELECT remove_ended_claims($1)", before)


async def search(
    tx: Transaction, resource_ids: Sequence[UUID], begin: datetime, end: datetime, without: UUID | None
) -> list[Any]:
    """Those that overlap a time."""
    return await tx.fetch(
        """
        SELECT resource_id, unit, lower(during) AS begins_at, upper(during) AS ends_at FROM claim
        WHERE resource_id = ANY ($1) AND during && tstzrange($2, $3) AND holder IS DISTINCT FROM $4 LIMIT 50000
        """,
        list(resource_ids), begin, end, without,
    )  # fmt: skip
