"""Claims on time (ARCHITECTURE D3). The exclusion constraint, not a query before it, decides who was first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Range
from chassis import Transaction
from chassis.errors import Unavailable

from booking.domain.errors import HoldOver
from booking.domain.hold import Hold
from booking.domain.policy import Policy
from booking.domain.visit import Demand, Holder, Kind, Option
from booking.store import policies

_AT_MOST = 50_000
_TAKE: Final = f"""
    SELECT it.lacking, it.taken, policy.service_id, notice_minutes, late_fee, no_show_fee, needs_acceptance,
           overbook_most, hold_minutes, version, EXISTS (SELECT FROM appointment WHERE patient_id = $10) AS was_here
    FROM take_claims($1, $2, $3, $4, $5, $6, $7, $8) AS it LEFT JOIN ({policies.query_of("$9")}) AS policy ON true
"""  # noqa: S608  # constants


@dataclass(frozen=True, slots=True)
class Taken:
    options: list[tuple[Kind, Option]]
    lacking: Kind | None
    """For the first demand that has not enough; then nothing after it was tried."""
    policy: Policy
    """Of the service that it is taken for, or of all: it comes in the same round trip."""
    was_here: bool
    """Whether the patient was ever booked in this clinic, if it was said who it is: that comes along, too."""


async def take(
    tx: Transaction,
    holder: Holder,
    demands: Sequence[Demand],
    expires_at: datetime | None = None,
    *,
    service_id: UUID | None = None,
    patient_id: UUID | None = None,
) -> Taken:
    """Of each demand its first free options. In the order of the demands, which is the same for everybody, so that two
    who want the same never wait for each other in a circle."""
    options = [(n, option) for n, demand in enumerate(demands, 1) for option in demand.options]
    row = await tx.fetchrow(
        _TAKE,
        holder.id,
        [n for n, _ in options],
        [option.resource_id for _, option in options],
        [option.unit for _, option in options],
        [Range(option.begins_at, option.ends_at) for _, option in options],
        [demand.count for demand in demands],
        holder.kind,
        expires_at,
        service_id,
        patient_id,
    )
    taken = [options[position - 1] for position in row["taken"]]
    return Taken(
        options=[(demands[n - 1].kind, option) for n, option in taken],
        lacking=None if row["lacking"] is None else demands[row["lacking"] - 1].kind,
        policy=policies.read(row),
        was_here=row["was_here"],
    )


async def release(tx: Transaction, holder: Holder) -> None:
    await tx.execute("DELETE FROM claim WHERE holder = $1 AND kind = $2", holder.id, holder.kind)


async def shorten(tx: Transaction, holder: Holder, saved: timedelta) -> None:
    """All that it takes ends so much sooner."""
    await tx.execute(
        "UPDATE claim SET during = tstzrange(lower(during), upper(during) - $3::interval)"
        " WHERE holder = $1 AND kind = $2",
        holder.id, holder.kind, saved,
    )  # fmt: skip


async def hand_over(tx: Transaction, hold: Hold, appointment_id: UUID) -> None:
    """What was held is taken for good. Judged by the clock of the database, as is who sweeps what has run out."""
    done = await tx.execute(
        "UPDATE claim SET holder = $2, kind = 'appointment', expires_at = NULL"
        " WHERE holder = $1 AND kind = 'hold' AND expires_at > clock_timestamp()",
        hold.id, appointment_id,
    )  # fmt: skip
    _require_all(done, hold)


async def keep_until(tx: Transaction, hold: Hold) -> None:
    """As long as the hold says now."""
    done = await tx.execute(
        "UPDATE claim SET expires_at = $2 WHERE holder = $1 AND kind = 'hold' AND expires_at > clock_timestamp()",
        hold.id, hold.expires_at,
    )  # fmt: skip
    _require_all(done, hold)


def _require_all(done: str, hold: Hold) -> None:
    if done != f"UPDATE {hold.claims}":
        raise HoldOver("It has run out; look for a time again")


async def remove_ended(tx: Transaction, before: datetime) -> None:
    """Of all clinics, which needs the owner's eyes: the function is the owner's."""
    await tx.execute("SELECT remove_ended_claims($1)", before)


async def search(
    tx: Transaction, resource_ids: Sequence[UUID], begin: datetime, end: datetime, without: Sequence[UUID]
) -> list[Any]:
    """Those that overlap a time; all of them, or none."""
    found = await tx.fetch(
        """
        SELECT resource_id, unit, lower(during) AS begins_at, upper(during) AS ends_at FROM claim
        WHERE resource_id = ANY ($1) AND during && tstzrange($2, $3) AND holder <> ALL ($4)
          AND (expires_at IS NULL OR expires_at > now()) LIMIT $5
        """,
        list(resource_ids), begin, end, list(without), _AT_MOST + 1,
    )  # fmt: skip
    if len(found) > _AT_MOST:
        raise Unavailable("Too much is taken then to tell all of it; ask for a shorter time")
    return found
