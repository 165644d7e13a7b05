"""What scheduling heard: written only if newer, so events may come late, twice and in any order."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import Transaction
from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert


async def put(tx: Transaction, table: Table, values: dict[str, Any]) -> None:
    statement = insert(table).values(**values)
    key = [c.name for c in table.primary_key]
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=key,
            set_={name: statement.excluded[name] for name in values if name not in key},
            where=table.c.version < statement.excluded.version,
        )
    )


async def version_of(tx: Transaction, table: Table, id_: UUID) -> int | None:
    """What was heard last of a thing; None if nothing was."""
    version: int | None = await tx.fetchval(select(table.c.version).where(table.c.id == id_))
    return version


async def forget_ended(tx: Transaction, before: datetime) -> None:
    """What is left of holds that ended, in all clinics."""
    await tx.execute("SELECT remove_ended_busy($1)", before)
