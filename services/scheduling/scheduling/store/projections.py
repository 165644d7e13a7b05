"""What scheduling heard: written only if newer, so events may come late, twice and in any order."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from chassis import Transaction
from sqlalchemy import Table, select


async def put(tx: Transaction, table: Table, values: dict[str, Any]) -> None:
    await tx.write(_upsert(table, *values), *values.values())


@cache
def _upsert(table: Table, *names: str) -> str:
    key = [c.name for c in table.primary_key]
    places = ", ".join(f"${n}" for n, _ in enumerate(names, 1))
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"  # noqa: S608
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes} WHERE {table.name}.version < excluded.version"
    )


async def version_of(tx: Transaction, table: Table, id_: UUID) -> int | None:
    """What was heard last of a thing; None if nothing was."""
    version: int | None = await tx.fetchval(select(table.c.version).where(table.c.id == id_))
    return version


async def forget_ended(tx: Transaction, before: datetime) -> None:
    """What is left of holds that ended, in all clinics."""
    await tx.execute("SELECT remove_ended_busy($1)", before)
