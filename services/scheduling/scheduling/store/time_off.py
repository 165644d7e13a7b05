"""The SQL of time off."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis import Transaction
from chassis.errors import NotFound
from chassis.store import Page, define
from sqlalchemy import ARRAY, Text, any_, literal, select

from scheduling.domain.time_off import Status, TimeOff
from scheduling.store import tables

t = tables.time_off

_SHOWN = (
    t.c.id, t.c.specialist_id, t.c.starts_at, t.c.ends_at, t.c.reason, t.c.status, t.c.answer, t.c.version,
)  # fmt: skip


async def add(tx: Transaction, it: TimeOff) -> None:
    await tx.execute(
        """
        INSERT INTO time_off (id, specialist_id, starts_at, ends_at, reason, status, answer, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        it.id, it.specialist_id, it.starts_at, it.ends_at, it.reason, it.status, it.answer, it.version,
    )  # fmt: skip


async def get(tx: Transaction, id_: UUID) -> TimeOff:
    return _time_off(await tx.fetchrow(select(*_SHOWN).where(t.c.id == id_)), id_)


async def get_for_update(tx: Transaction, id_: UUID) -> TimeOff:
    """Whoever decides first is alone with it until the commit."""
    return _time_off(await tx.fetchrow(select(*_SHOWN).where(t.c.id == id_).with_for_update()), id_)


async def save(tx: Transaction, it: TimeOff) -> None:
    it.version = await tx.fetchval(
        """
        UPDATE time_off SET status = $2, answer = $3, version = version + 1, updated_at = now() WHERE id = $1
        RETURNING version
        """,
        it.id, it.status, it.answer,
    )  # fmt: skip


async def take(tx: Transaction, it: TimeOff) -> None:
    """Approved: an override under its own id."""
    values: dict[str, object] = {
        "id": it.id, "specialist_id": it.specialist_id, "kind": "unavailable", "starts_at": it.starts_at,
        "ends_at": it.ends_at, "location_id": None, "reason": it.reason,
    }  # fmt: skip
    await define(tx, tables.override, values)


async def give_back(tx: Transaction, it: TimeOff) -> None:
    """Somebody may have removed the override already."""
    await tx.execute("DELETE FROM override WHERE id = $1 AND specialist_id = $2", it.id, it.specialist_id)


async def search(
    tx: Transaction, page: Page, *, specialist_id: UUID | None, statuses: Sequence[Status]
) -> tuple[list[TimeOff], str]:
    """By start."""
    query = select(*_SHOWN)
    if specialist_id is not None:
        query = query.where(t.c.specialist_id == specialist_id)
    if statuses:
        query = query.where(t.c.status == any_(literal(list(statuses), ARRAY(Text))))
    rows, cursor = page.cut(await tx.fetch(page.of_query(query, t.c.starts_at, t.c.id)), "starts_at", "id")
    return [_time_off(row, row["id"]) for row in rows], cursor


def _time_off(row: Any, id_: UUID) -> TimeOff:
    if row is None:
        raise NotFound(f"There is no time off {id_}")
    return TimeOff(
        id=row["id"],
        specialist_id=row["specialist_id"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        reason=row["reason"],
        status=Status(row["status"]),
        answer=row["answer"],
        version=row["version"],
    )
