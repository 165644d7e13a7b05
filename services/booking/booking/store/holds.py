"""The SQL of holds."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis import Transaction
from chassis.store import Page
from sqlalchemy import select

from booking.domain.errors import HoldOver
from booking.domain.hold import Hold
from booking.store import visits
from booking.store.tables import hold as t

SHOWN = [c for c in t.c if c.name != "clinic_id"]
_NAMES: Final = [c.name for c in SHOWN]
_ADD: Final = (
    f"INSERT INTO hold ({', '.join(_NAMES)})"  # noqa: S608
    f" VALUES ({', '.join(f'${n}' for n, _ in enumerate(_NAMES, 1))})"
)


async def add(tx: Transaction, hold: Hold) -> None:
    values = visits.columns(hold) | {
        "id": hold.id,
        "subject": hold.subject,
        "length": hold.length,
        "expires_at": hold.expires_at,
        "extensions": hold.extensions,
        "claims": hold.claims,
    }
    await tx.execute(_ADD, *(values[name] for name in _NAMES))


async def find_guests(tx: Transaction, subject: str, now: datetime) -> Hold | None:
    """A guest's token stands for one at most."""
    row = await tx.fetchrow(select(*SHOWN).where(t.c.subject == subject, t.c.expires_at > now))
    return None if row is None else of(row, row["id"])


async def take_turns(tx: Transaction, subject: str) -> None:
    """To be alone with what somebody holds, until the commit."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"holds/{subject}")


async def count_of(tx: Transaction, subject: str, now: datetime) -> int:
    """Those that somebody has; who counts is alone with it until the commit."""
    await take_turns(tx, subject)
    count: int = await tx.fetchval("SELECT count(*) FROM hold WHERE subject = $1 AND expires_at > $2", subject, now)
    return count


async def get(tx: Transaction, id_: UUID, subject: str) -> Hold:
    """Another's is not there."""
    return of(await tx.fetchrow(select(*SHOWN).where(t.c.id == id_, t.c.subject == subject)), id_)


async def get_for_update(tx: Transaction, id_: UUID, subject: str) -> Hold:
    query = select(*SHOWN).where(t.c.id == id_, t.c.subject == subject).with_for_update()
    return of(await tx.fetchrow(query), id_)


async def get_kept(tx: Transaction, id_: UUID) -> Hold:
    """Whosoever it is, for who knows it by another proof; alone with it until the commit."""
    return of(await tx.fetchrow(select(*SHOWN).where(t.c.id == id_).with_for_update()), id_)


async def search(tx: Transaction, page: Page, subject: str, now: datetime) -> tuple[list[Hold], str]:
    """Somebody's, by when they end."""
    query = select(*SHOWN).where(t.c.subject == subject, t.c.expires_at > now)
    rows, cursor = page.cut(await tx.fetch(page.of_query(query, t.c.expires_at, t.c.id)), "expires_at", "id")
    return [of(row, row["id"]) for row in rows], cursor


async def keep(tx: Transaction, hold: Hold) -> None:
    await tx.execute(
        "UPDATE hold SET expires_at = $2, extensions = $3, version = $4 WHERE id = $1",
        hold.id, hold.expires_at, hold.extensions, hold.version,
    )  # fmt: skip


async def is_alive(tx: Transaction, id_: UUID) -> bool:
    """By the clock of the database, as is who counts what is held."""
    return bool(await tx.fetchval("SELECT true FROM hold WHERE id = $1 AND expires_at > clock_timestamp()", id_))


async def remove(tx: Transaction, id_: UUID) -> None:
    await tx.execute("DELETE FROM hold WHERE id = $1", id_)


async def take_expired(tx: Transaction, before: datetime) -> list[tuple[UUID, Hold]]:
    """Of all clinics, each with its clinic; they and what they took are gone."""
    names = ", ".join(("clinic_id", *_NAMES))
    rows = await tx.fetch(f"SELECT {names} FROM take_expired_holds($1)", before)  # noqa: S608
    return [(row["clinic_id"], of(row, row["id"])) for row in rows]


def of(row: Any, id_: UUID) -> Hold:
    if row is None:
        raise HoldOver(f"You have no hold {id_}, or not any more")
    return Hold(
        **visits.facts(row),
        subject=row["subject"],
        length=row["length"],
        expires_at=row["expires_at"],
        extensions=row["extensions"],
        claims=row["claims"],
    )
