"""The SQL of what specialists prefer."""

from typing import Any
from uuid import UUID

from chassis import Transaction
from chassis.store import define
from sqlalchemy import select

from catalog.store import tables


async def replace(tx: Transaction, specialist_id: UUID, preferences: str) -> tuple[Any, bool]:
    """The row as it is now, and whether this changed it."""
    values: dict[str, object] = {"specialist_id": specialist_id, "preferences": preferences}
    version = await define(tx, tables.preference, values, key=("specialist_id",))
    return await find(tx, specialist_id), version is not None


async def find(tx: Transaction, specialist_id: UUID) -> Any:
    t = tables.preference.c
    return await tx.fetchrow(select(t.preferences, t.version).where(t.specialist_id == specialist_id))
