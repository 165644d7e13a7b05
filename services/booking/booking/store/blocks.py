"""The SQL of blocks."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import Transaction
from chassis.errors import NotFound
from chassis.store import Page, define
from sqlalchemy import ARRAY, any_, literal, or_, select
from sqlalchemy import UUID as Uuid

from booking.domain.block import Block
from booking.store.tables import block as t

SHOWN = [c for c in t.c if c.name not in ("clinic_id", "created_at", "updated_at")]


async def put(tx: Transaction, it: Block) -> bool:
    """Whether this changed anything."""
    values = asdict(it)
    del values["version"]
    return await define(tx, t, values) is not None


async def get(tx: Transaction, id_: UUID) -> Block:
    row = await tx.fetchrow(select(*SHOWN).where(t.c.id == id_, ~t.c.removed))
    if row is None:
        raise NotFound(f"There is no block {id_}")
    return of(row)


async def find_for_update(tx: Transaction, id_: UUID) -> Block | None:
    """Removed or not; whoever puts it is alone with it until the commit."""
    row = await tx.fetchrow(select(*SHOWN).where(t.c.id == id_).with_for_update())
    return of(row) if row is not None else None


async def remove(tx: Transaction, id_: UUID) -> Block:
    """As it was, with the version of its end."""
    row = await tx.fetchrow(
        "UPDATE block SET removed = true, version = version + 1, updated_at = now() WHERE id = $1 AND NOT removed"
        " RETURNING id, specialist_id, room_id, starts_at, ends_at, reason, removed, version",
        id_,
    )
    if row is None:
        raise NotFound(f"There is no block {id_}")
    return of(row)


async def search(
    tx: Transaction,
    page: Page,
    *,
    resource_ids: Sequence[UUID] = (),
    ends_after: datetime | None = None,
    starts_until: datetime | None = None,
) -> tuple[list[Block], str]:
    """By start; of these specialists and rooms, or of all."""
    query = select(*SHOWN).where(~t.c.removed)
    if resource_ids:
        wanted = literal(list(resource_ids), ARRAY(Uuid))
        query = query.where(or_(t.c.specialist_id == any_(wanted), t.c.room_id == any_(wanted)))
    if ends_after is not None:
        query = query.where(t.c.ends_at > ends_after)
    if starts_until is not None:
        query = query.where(t.c.starts_at < starts_until)
    rows, cursor = page.cut(await tx.fetch(page.of_query(query, t.c.starts_at, t.c.id)), "starts_at", "id")
    return [of(row) for row in rows], cursor


def of(row: Any) -> Block:
    return Block(**{c.name: row[c.name] for c in SHOWN})
