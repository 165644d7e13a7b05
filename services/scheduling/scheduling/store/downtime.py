"""The SQL of downtime."""

from typing import Any
from uuid import UUID

from chassis import Transaction
from chassis.errors import FieldViolation, NotFound
from chassis.store import Page, define, require_own
from sqlalchemy import select

from scheduling.domain.errors import AnothersId, UnknownEquipment, UnknownRoom
from scheduling.store.tables import downtime as t

_SHOWN = (
    t.c.id, t.c.room_id, t.c.equipment_id, t.c.units, t.c.starts_at, t.c.ends_at, t.c.reason, t.c.version,
)  # fmt: skip


async def require_room(tx: Transaction, id_: UUID) -> None:
    if not await tx.fetchval("SELECT true FROM room WHERE id = $1", id_):
        raise UnknownRoom(f"There is no room {id_}", fields=[FieldViolation("room_id", "is unknown")])


async def quantity_of(tx: Transaction, equipment_id: UUID) -> int:
    quantity: int | None = await tx.fetchval("SELECT quantity FROM equipment WHERE id = $1", equipment_id)
    if quantity is None:
        wrong = FieldViolation("equipment_id", "is unknown")
        raise UnknownEquipment(f"There is no equipment {equipment_id}", fields=[wrong])
    return quantity


async def put(tx: Transaction, values: dict[str, object]) -> tuple[int, bool]:
    """The version, and whether this changed it."""
    of = ("room_id", "equipment_id")
    version = await define(tx, t, values, of=of)
    if version is not None:
        return version, True
    await require_own(tx, t, values, of, AnothersId)
    return await tx.fetchval(select(t.c.version).where(t.c.id == values["id"])), False


async def search(tx: Transaction, page: Page, *, room_id: UUID | None, equipment_id: UUID | None) -> tuple[Any, str]:
    """By start."""
    query = select(*_SHOWN)
    for column, wanted in ((t.c.room_id, room_id), (t.c.equipment_id, equipment_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    return page.cut(await tx.fetch(page.of_query(query, t.c.starts_at, t.c.id)), "starts_at", "id")


async def remove(tx: Transaction, id_: UUID) -> Any:
    """The row that was."""
    row = await tx.fetchrow(
        "DELETE FROM downtime WHERE id = $1"
        " RETURNING id, room_id, equipment_id, units, starts_at, ends_at, reason, version",
        id_,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"There is no downtime {id_}")
    return row
