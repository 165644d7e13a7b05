"""The SQL of calendar feeds. Row-level security shows patients their own; `own` narrows it for specialists."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import Transaction, new_id
from chassis.errors import NotFound
from chassis.store import Page
from sqlalchemy import ColumnElement, delete, select

from booking.domain.feed import Token, Whose
from booking.store.tables import feed as t


async def add(tx: Transaction, token: Token, whose: Whose, *, name: str, now: datetime) -> UUID:
    id_ = new_id()
    await tx.execute(
        "INSERT INTO feed (id, specialist_id, patient_id, name, digest, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        id_, whose.specialist_id, whose.patient_id, name, token.digest, now,
    )  # fmt: skip
    return id_


async def list_(tx: Transaction, page: Page, own: Whose | None) -> tuple[Any, str]:
    query = select(t.c.id, t.c.specialist_id, t.c.patient_id, t.c.name, t.c.created_at).where(*_of(own))
    rows = await tx.fetch(page.of_query(query, t.c.created_at, t.c.id))
    return page.cut(rows, "created_at", "id")


async def remove(tx: Transaction, id_: UUID, own: Whose | None) -> None:
    if await tx.execute(delete(t).where(t.c.id == id_, *_of(own))) == "DELETE 0":
        raise NotFound(f"There is no feed {id_}")


async def find(tx: Transaction, token: Token) -> Any:
    return await tx.fetchrow("SELECT id, specialist_id, patient_id FROM feed WHERE digest = $1", token.digest)


def _of(own: Whose | None) -> list[ColumnElement[bool]]:
    if own is None:
        return []
    return [
        t.c.specialist_id.is_not_distinct_from(own.specialist_id),
        t.c.patient_id.is_not_distinct_from(own.patient_id),
    ]
