"""The SQL of clinics."""

from typing import Any
from uuid import UUID

from asyncpg.exceptions import UniqueViolationError
from chassis import Transaction
from chassis.errors import FieldViolation, NotFound
from chassis.store import define
from sqlalchemy import select

from identity.domain.errors import SlugTaken
from identity.store.tables import clinic as t

_SHOWN = [c for c in t.c if c.name != "updated_at"]


async def save(tx: Transaction, values: dict[str, object]) -> None:
    try:
        await define(tx, t, values)
    except UniqueViolationError:
        taken = f"Another clinic has the short name {values['slug']}"
        raise SlugTaken(taken, fields=[FieldViolation("slug", "is taken")]) from None


async def get(tx: Transaction, id_: UUID) -> Any:
    row = await tx.fetchrow(select(*_SHOWN).where(t.c.id == id_))
    if row is None:
        raise NotFound(f"There is no clinic {id_}")
    return row
