"""The SQL of appointments."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg.exceptions import UniqueViolationError
from chassis import Transaction
from chassis.clock import local_day
from chassis.errors import NotFound
from chassis.store import Page
from sqlalchemy import ARRAY, ColumnElement, Text, and_, any_, false, literal, or_, select

from booking.domain.appointment import Appointment, DailyLimit, Kind, Option, Slot, Status
from booking.domain.errors import AnotherAppointment, SlotTaken
from booking.store.tables import appointment as t

_SHOWN = [c for c in t.c if c.name != "clinic_id"]


async def add(tx: Transaction, a: Appointment) -> None:
    try:
        await tx.execute(
            """
            INSERT INTO appointment
                (id, patient_id, specialist_id, service_id, location_id, room_id, time_zone, starts_at, ends_at,
                 occupied_from, occupied_until, room_until, equipment, status, notes, reason, version, created_at,
                 updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            """,
            a.id, a.patient_id, a.specialist_id, a.service_id, a.slot.location_id, a.room_id, a.slot.time_zone,
            a.slot.starts_at, a.slot.ends_at, a.slot.occupied_from, a.slot.occupied_until, _room_until(a),
            _equipment(a), a.status.value, a.notes, a.reason, a.version, a.created_at, a.updated_at,
        )  # fmt: skip
    except UniqueViolationError:
        # Of somebody whose appointments the booker may not see, or booked a moment ago.
        raise AnotherAppointment("Take a new id") from None


async def require_place(tx: Transaction, a: Appointment, limit: DailyLimit) -> None:
    """Whether the day has room for one more; whoever asks holds the counter until the commit, one at a time."""
    counter = f"{a.service_id}/{a.slot.location_id}/{limit.begins_at:%s}"
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", counter)
    booked = await tx.fetchval(
        """
        SELECT count(id) FROM appointment
        WHERE service_id = $1 AND location_id = $2 AND starts_at >= $3 AND starts_at < $4 AND status <> 'canceled'
          AND id <> $5 AND ($6::uuid IS NULL OR specialist_id = $6)
        """,
        a.service_id, a.slot.location_id, limit.begins_at, limit.ends_at, a.id,
        a.specialist_id if limit.per_specialist else None,
    )  # fmt: skip
    if booked >= limit.most:
        raise SlotTaken(f"All {limit.most} places of that day are taken")


async def get(tx: Transaction, id_: UUID) -> Appointment:
    return _appointment(await tx.fetchrow(select(*_SHOWN).where(t.c.id == id_)), id_)


async def find(tx: Transaction, id_: UUID) -> Appointment | None:
    row = await tx.fetchrow(select(*_SHOWN).where(t.c.id == id_))
    return _appointment(row, id_) if row is not None else None


async def get_for_update(tx: Transaction, id_: UUID) -> Appointment:
    """Whoever changes it first is alone with it until the commit."""
    return _appointment(await tx.fetchrow(select(*_SHOWN).where(t.c.id == id_).with_for_update()), id_)


async def save(tx: Transaction, a: Appointment) -> None:
    await tx.execute(
        """
        UPDATE appointment SET room_id = $2, location_id = $3, time_zone = $4, starts_at = $5, ends_at = $6,
            occupied_from = $7, occupied_until = $8, room_until = $9, equipment = $10, status = $11, reason = $12,
            version = $13, updated_at = $14
        WHERE id = $1
        """,
        a.id, a.room_id, a.slot.location_id, a.slot.time_zone, a.slot.starts_at, a.slot.ends_at, a.slot.occupied_from,
        a.slot.occupied_until, _room_until(a), _equipment(a), a.status.value, a.reason, a.version, a.updated_at,
    )  # fmt: skip


async def search(
    tx: Transaction,
    page: Page,
    *,
    equal: dict[str, UUID],
    on: date | None,
    starts_from: datetime | None,
    starts_until: datetime | None,
    statuses: Sequence[Status],
) -> tuple[list[Appointment], str]:
    """By start. `on` is the local date where the appointment is."""
    query = select(*_SHOWN)
    for name, value in equal.items():
        query = query.where(t.c[name] == value)
    if on is not None:
        query = query.where(or_(false(), *await _on(tx, on)))
    if starts_from is not None:
        query = query.where(t.c.starts_at >= starts_from)
    if starts_until is not None:
        query = query.where(t.c.starts_at < starts_until)
    if statuses:
        query = query.where(t.c.status == any_(literal([s.value for s in statuses], ARRAY(Text))))
    rows, cursor = page.cut(await tx.fetch(page.of_query(query, t.c.starts_at, t.c.id)), "starts_at", "id")
    return [_appointment(row, row["id"]) for row in rows], cursor


async def _on(tx: Transaction, on: date) -> list[ColumnElement[bool]]:
    """The day's bounds in each zone there are appointments in, by the pinned tzdata: Postgres has zones of its own."""
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    zones = await tx.fetch(
        "SELECT DISTINCT time_zone FROM appointment WHERE starts_at >= $1 AND starts_at < $2",
        noon - timedelta(days=2), noon + timedelta(days=2),
    )  # fmt: skip
    bounds = [(row["time_zone"], *local_day(on, row["time_zone"])) for row in zones]
    return [and_(t.c.time_zone == zone, t.c.starts_at >= begin, t.c.starts_at < end) for zone, begin, end in bounds]


def _room_until(a: Appointment) -> datetime | None:
    return a.room.ends_at if a.room else None


def _equipment(a: Appointment) -> str:
    return json.dumps([[str(id_), unit] for id_, unit in a.equipment])


def _taken(row: Any) -> list[tuple[Kind, Option]]:
    """Room and equipment; that it takes its specialist goes without saying."""
    begin, end = row["occupied_from"], row["occupied_until"]
    room = [(Kind.ROOM, Option(row["room_id"], 0, begin, row["room_until"] or end))] if row["room_id"] else []
    units = json.loads(row["equipment"])
    return [*room, *((Kind.EQUIPMENT, Option(UUID(id_), unit, begin, end)) for id_, unit in units)]


def _appointment(row: Any, id_: UUID) -> Appointment:
    if row is None:
        raise NotFound(f"There is no appointment {id_}")
    return Appointment(
        id=row["id"],
        patient_id=row["patient_id"],
        specialist_id=row["specialist_id"],
        service_id=row["service_id"],
        taken=_taken(row),
        slot=Slot(
            location_id=row["location_id"],
            time_zone=row["time_zone"],
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            occupied_from=row["occupied_from"],
            occupied_until=row["occupied_until"],
        ),
        status=Status(row["status"]),
        notes=row["notes"],
        reason=row["reason"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
