"""The SQL of clinics."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from asyncpg.exceptions import UniqueViolationError
from chassis import Transaction
from chassis.errors import FieldViolation, NotFound
from chassis.store import define
from sqlalchemy import func, or_, select, update

from identity.domain.errors import SlugTaken
from identity.store.tables import clinic as t

_SHOWN = [c for c in t.c if c.name != "updated_at"]


async def save(tx: Transaction, values: dict[str, object]) -> None:
    try:
        await define(tx, t, values)
    except UniqueViolationError:
        taken = f"Another clinic has the short name {values['slug']}"
        raise SlugTaken(taken, fields=[FieldViolation("slug", "is taken")]) from None


async def set_look(tx: Transaction, id_: UUID, look: Mapping[str, object]) -> None:
    changed = or_(*(t.c[name].is_distinct_from(value) for name, value in look.items()))
    values = {**look, "version": t.c.version + 1, "updated_at": func.now()}
    await tx.execute(update(t).where(t.c.id == id_, changed).values(values))


async def get(tx: Transaction, id_: UUID) -> Any:
    row = await tx.fetchrow(select(*_SHOWN).where(t.c.id == id_))
    if row is None:
        raise NotFound(f"There is no clinic {id_}")
    return row
