"""The SQL of group sessions: claims are taken once, seats are counted under the lock of the session's row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import Transaction
from sqlalchemy import select

from booking.domain.visit import Holder, Kind, Option, Visit
from booking.store import claims, visits
from booking.store.tables import group_session as t

_SHOWN = [c for c in t.c if c.name != "clinic_id"]


@dataclass(frozen=True, slots=True)
class Seats:
    """Who else is there."""

    booked: int
    held: int
    held_until: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    id: UUID
    ends_at: datetime
    occupied_from: datetime
    occupied_until: datetime
    also: list[UUID]
    taken: list[tuple[Kind, Option]]
    claims: int
    """How many it took."""

    @property
    def holder(self) -> Holder:
        return Holder("session", self.id)


async def find_for_update(tx: Transaction, visit: Visit) -> Session | None:
    """The one that begins then; who finds it is alone with it until the commit."""
    begins_then = (t.c.service_id == visit.service_id, t.c.specialist_id == visit.specialist_id)
    query = select(*_SHOWN).where(*begins_then, t.c.starts_at == visit.slot.starts_at).with_for_update()
    return _of(await tx.fetchrow(query))


async def get_for_update(tx: Transaction, visit: Visit) -> Session | None:
    """The one that it is part of; None if that is over."""
    return _of(await tx.fetchrow(select(*_SHOWN).where(t.c.id == visit.session_id).with_for_update()))


async def seats(tx: Transaction, session: Session, without: Visit) -> Seats:
    row = await tx.fetchrow("SELECT booked, held, held_until FROM seats_taken($1, $2)", session.id, without.id)
    return Seats(row["booked"], row["held"], row["held_until"])


async def has(tx: Transaction, session: Session, patient_id: UUID, without: UUID) -> bool:
    """Whether a patient is there. Asked so that who books many can go on with the next; an index has the last word."""
    return bool(
        await tx.fetchval(
            "SELECT true FROM appointment"
            " WHERE session_id = $1 AND patient_id = $2 AND id <> $3 AND status <> 'canceled'",
            session.id, patient_id, without,
        )
    )  # fmt: skip


async def add(tx: Transaction, id_: UUID, first: Visit, count: int) -> None:
    """With what was taken for its first patient."""
    it = visits.columns(first)
    names = (
        "service_id", "specialist_id", "starts_at", "ends_at", "occupied_from", "occupied_until",
        "also_specialist_ids", "room_id", "room_until", "equipment",
    )  # fmt: skip
    await tx.execute(
        f"INSERT INTO group_session (id, claims, {', '.join(names)})"  # noqa: S608  # names of columns
        f" VALUES ({', '.join(f'${n}' for n in range(1, len(names) + 3))})",
        id_,
        count,
        *(it[name] for name in names),
    )


async def keep_until(tx: Transaction, session: Session, until: datetime | None) -> bool:
    """For as long at least; None: for good. False if what it took has run out meanwhile."""
    done = await tx.execute(
        """
        UPDATE claim SET expires_at = CASE WHEN $2::timestamptz IS NULL THEN NULL ELSE greatest(expires_at, $2) END
        WHERE holder = $1 AND kind = 'session' AND expires_at > clock_timestamp()
        """,
        session.id, until,
    )  # fmt: skip
    if done == f"UPDATE {session.claims}":
        return True
    for_good: int = await tx.fetchval(
        "SELECT count(*) FROM claim WHERE holder = $1 AND kind = 'session' AND expires_at IS NULL", session.id
    )
    return for_good == session.claims


async def end_at(tx: Transaction, session: Session, at: datetime) -> None:
    """When only holds are left."""
    await tx.execute("UPDATE claim SET expires_at = $2 WHERE holder = $1 AND kind = 'session'", session.id, at)


async def dissolve(tx: Transaction, session: Session) -> None:
    await claims.release(tx, session.holder)
    await tx.execute("DELETE FROM group_session WHERE id = $1", session.id)


def _of(row: Any) -> Session | None:
    if row is None:
        return None
    return Session(
        id=row["id"],
        ends_at=row["ends_at"],
        occupied_from=row["occupied_from"],
        occupied_until=row["occupied_until"],
        also=row["also_specialist_ids"],
        taken=visits.taken(row),
        claims=row["claims"],
    )
