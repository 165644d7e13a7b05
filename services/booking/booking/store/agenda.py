"""The SQL of the agenda: all that touches a stretch of time, of some specialists and rooms or of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis import Transaction
from sqlalchemy import ARRAY, ColumnElement, Select, Table, any_, literal, or_, select
from sqlalchemy import UUID as Uuid

from booking.domain.appointment import Appointment
from booking.domain.block import LONGEST, Block
from booking.domain.hold import Hold
from booking.domain.status import Status
from booking.store import appointments, blocks, holds
from booking.store.tables import appointment, block, hold

_LONGEST_VISIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    begin: datetime
    end: datetime
    specialist_ids: Sequence[UUID]
    room_ids: Sequence[UUID]
    location_id: UUID | None
    with_canceled: bool
    at_most: int


async def appointments_of(tx: Transaction, asked: Asked) -> list[Appointment]:
    query = _touching(select(*appointments.SHOWN), appointment, asked, _LONGEST_VISIT)
    if not asked.with_canceled:
        query = query.where(appointment.c.status != Status.CANCELED.value)
    if asked.location_id is not None:
        query = query.where(appointment.c.location_id == asked.location_id)
    return [appointments.of(row, row["id"]) for row in await tx.fetch(query)]


async def blocks_of(tx: Transaction, asked: Asked) -> list[Block]:
    query = _touching(select(*blocks.SHOWN).where(~block.c.removed), block, asked, LONGEST)
    return [blocks.of(row) for row in await tx.fetch(query)]


async def holds_of(tx: Transaction, asked: Asked, now: datetime) -> list[Hold]:
    query = _touching(select(*holds.SHOWN), hold, asked, _LONGEST_VISIT).where(hold.c.expires_at > now)
    if asked.location_id is not None:
        query = query.where(hold.c.location_id == asked.location_id)
    return [holds.of(row, row["id"]) for row in await tx.fetch(query)]


def _touching(query: Select[Any], table: Table, asked: Asked, longest: timedelta) -> Select[Any]:
    """What began earlier than its longest before cannot reach in: what is long past is not read."""
    query = query.where(
        table.c.starts_at < asked.end, table.c.ends_at > asked.begin, table.c.starts_at > asked.begin - longest
    )
    whose = list[ColumnElement[bool]]()
    if asked.specialist_ids:
        wanted = literal(list(asked.specialist_ids), ARRAY(Uuid))
        whose.append(table.c.specialist_id == any_(wanted))
        if "also_specialist_ids" in table.c:
            whose.append(table.c.also_specialist_ids.op("&&")(wanted))
    if asked.room_ids:
        whose.append(table.c.room_id == any_(literal(list(asked.room_ids), ARRAY(Uuid))))
    if whose:
        query = query.where(or_(*whose))
    return query.order_by(table.c.starts_at, table.c.id).limit(asked.at_most)
