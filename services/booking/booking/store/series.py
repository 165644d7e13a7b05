"""The SQL of series."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from asyncpg.exceptions import UniqueViolationError
from chassis import Transaction
from chassis.errors import NotFound
from chassis.store import Page
from sqlalchemy import select, tuple_

from booking.domain.appointment import Appointment
from booking.domain.errors import AnotherSeries, SlotTaken
from booking.domain.series import Missed, Series
from booking.store import appointments
from booking.store.tables import appointment, series

_SHOWN = [c for c in series.c if c.name != "clinic_id"]


async def add(tx: Transaction, it: Series) -> None:
    skipped = json.dumps([[each.start, each.reason, each.detail] for each in it.skipped])
    try:
        await tx.execute(
            """
            INSERT INTO series (id, patient_id, service_id, specialist_id, location_id, calendar_id, time_zone, rrule,
                                starts_at, skipped, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            it.id, it.patient_id, it.service_id, it.specialist_id, it.location_id, it.calendar_id, it.time_zone,
            it.rrule, it.starts_at, skipped, it.created_at,
        )  # fmt: skip
    except UniqueViolationError:
        # Of somebody whose series the booker may not see, or booked a moment ago.
        raise AnotherSeries("Take a new id") from None


async def get(tx: Transaction, id_: UUID) -> Series:
    found = await find(tx, id_)
    if found is None:
        raise NotFound(f"There is no series {id_}")
    return found


async def find(tx: Transaction, id_: UUID) -> Series | None:
    row = await tx.fetchrow(select(*_SHOWN).where(series.c.id == id_))
    return _of(row) if row is not None else None


async def search(tx: Transaction, page: Page, patient_id: UUID | None) -> tuple[list[Series], str]:
    """The newest first."""
    query, key = select(*_SHOWN), (series.c.created_at, series.c.id)
    if patient_id is not None:
        query = query.where(series.c.patient_id == patient_id)
    if page.after is not None:
        query = query.where(tuple_(*key) < tuple_(*page.after))
    query = query.order_by(*(column.desc() for column in key)).limit(page.limit + 1)
    rows, cursor = page.cut(await tx.fetch(query), "created_at", "id")
    return [_of(row) for row in rows], cursor


async def appointments_of(tx: Transaction, id_: UUID) -> list[Appointment]:
    """By start."""
    query = select(*appointments.SHOWN).where(appointment.c.series_id == id_)
    rows = await tx.fetch(query.order_by(appointment.c.starts_at, appointment.c.id))
    return [appointments.of(row, row["id"]) for row in rows]


async def appointments_for_update(tx: Transaction, id_: UUID) -> list[Appointment]:
    """Whoever changes a series is alone with all of it; in the order of ids, which is the same for everybody."""
    query = select(*appointments.SHOWN).where(appointment.c.series_id == id_)
    rows = await tx.fetch(query.order_by(appointment.c.id).with_for_update())
    return [appointments.of(row, row["id"]) for row in rows]


async def set_aside(tx: Transaction, appointment_id: UUID) -> list[Any]:
    """Let go of what it takes, so that others that move with it can have that; what it was. Until the commit nobody
    else gets it."""
    return await tx.fetch(
        "DELETE FROM claim WHERE holder = $1 AND kind = 'appointment' RETURNING resource_id, unit, during",
        appointment_id,
    )


async def put_back(tx: Transaction, appointment_id: UUID, taken: Sequence[Any]) -> None:
    """As it was before it was set aside, instead of what was taken since."""
    await set_aside(tx, appointment_id)
    done = await tx.execute(
        """
        INSERT INTO claim (resource_id, unit, during, holder, kind)
        SELECT resource_id, unit, during, $1, 'appointment'
        FROM unnest($2::uuid[], $3::int[], $4::tstzrange[]) AS c (resource_id, unit, during)
        ON CONFLICT DO NOTHING
        """,
        appointment_id, *([each[name] for each in taken] for name in ("resource_id", "unit", "during")),
    )  # fmt: skip
    if done != f"INSERT 0 {len(taken)}":
        raise SlotTaken("Another of those that move with it has its time now")


def _of(row: Any) -> Series:
    return Series(
        id=row["id"],
        patient_id=row["patient_id"],
        service_id=row["service_id"],
        specialist_id=row["specialist_id"],
        location_id=row["location_id"],
        calendar_id=row["calendar_id"],
        time_zone=row["time_zone"],
        rrule=row["rrule"],
        starts_at=row["starts_at"],
        skipped=[Missed(*each) for each in json.loads(row["skipped"])],
        created_at=row["created_at"],
    )
