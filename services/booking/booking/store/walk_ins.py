"""The SQL of walk-ins, and of what their waiting depends on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from chassis import Transaction
from chassis.errors import NotFound
from chassis.store import Page
from sqlalchemy import ARRAY, Text, any_, literal, select, update

from booking.domain.errors import AlreadyQueued
from booking.domain.queue import FOR_SO_LONG, LOOKED_AT, UnderWay
from booking.domain.walk_in import WalkIn, WalkInStatus
from booking.store.tables import walk_in as t

_SHOWN: Final = [c for c in t.c if c.name != "clinic_id"]
_NAMES: Final = [c.name for c in _SHOWN]
_LATER: Final = (~t.c.urgent).label("later")
_A_DAY: Final = timedelta(days=1)
_ADD: Final = (
    f"INSERT INTO walk_in ({', '.join(_NAMES)}) VALUES ({', '.join(f'${n}' for n, _ in enumerate(_NAMES, 1))})"  # noqa: S608
    " ON CONFLICT (clinic_id, location_id, patient_id) WHERE status IN ('waiting', 'called') DO NOTHING"
)


async def add(tx: Transaction, it: WalkIn) -> None:
    """The index, not a query before it, decides whether they are there already."""
    values = _values(it)
    if await tx.execute(_ADD, *(values[name] for name in _NAMES)) == "INSERT 0 0":
        raise AlreadyQueued


async def get(tx: Transaction, id_: UUID, *, lock: bool = False) -> WalkIn:
    query = select(*_SHOWN).where(t.c.id == id_)
    row = await tx.fetchrow(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(f"There is no walk-in {id_}")
    return _of(row)


async def find_served_in(tx: Transaction, appointment_id: UUID) -> WalkIn | None:
    """Whoever changes it first is alone with it until the commit."""
    row = await tx.fetchrow(select(*_SHOWN).where(t.c.appointment_id == appointment_id).with_for_update())
    return _of(row) if row is not None else None


async def save(tx: Transaction, it: WalkIn) -> None:
    await tx.execute(update(t).where(t.c.id == it.id).values(**_values(it)))


async def search(
    tx: Transaction, page: Page, *, location_id: UUID, statuses: Sequence[str]
) -> tuple[list[WalkIn], str]:
    """In the order of turns."""
    if page.after is not None:
        later, *rest = page.after
        page = replace(page, after=(bool(later), *rest))
    query = select(*_SHOWN, _LATER).where(
        t.c.location_id == location_id, t.c.status == any_(literal(list(statuses), ARRAY(Text)))
    )
    rows = await tx.fetch(page.of_query(query, ~t.c.urgent, t.c.joined_at, t.c.id))
    shown, cursor = page.cut(rows, "later", "joined_at", "id")
    return [_of(row) for row in shown], cursor


async def turns(tx: Transaction, location_id: UUID) -> list[Any]:
    """Everybody who is in the queue, in order: what their waiting depends on, and not who they are."""
    return await tx.fetch("SELECT id, service_id, specialist_id, called, planned FROM walk_in_turns($1)", location_id)


async def under_way(tx: Transaction, specialist_ids: Sequence[UUID], now: datetime) -> list[UnderWay]:
    """Visits that have begun and are not over."""
    rows = await tx.fetch(
        "SELECT id, specialist_ids, service_id, began_at, starts_at, ends_at FROM visits_under_way($1, $2, $3)",
        list(specialist_ids), now - _A_DAY, now + _A_DAY,
    )  # fmt: skip
    return [UnderWay(**row) for row in rows]


async def durations(
    tx: Transaction, service_ids: Sequence[UUID], location_id: UUID, now: datetime
) -> dict[UUID, list[timedelta]]:
    """How long the last visits of each service there really took."""
    rows = await tx.fetch(
        "SELECT service_id, durations FROM visit_durations($1, $2, $3, $4, $5)",
        list(service_ids), location_id, now - FOR_SO_LONG, now + _A_DAY, LOOKED_AT,
    )  # fmt: skip
    return {row["service_id"]: row["durations"] for row in rows}


async def give_up(tx: Transaction, before: datetime, why: str, now: datetime) -> list[tuple[UUID, WalkIn]]:
    """Of all clinics, each with its clinic and as it was: those who have waited since before then have left."""
    names = ", ".join(("clinic_id", *_NAMES))
    rows = await tx.fetch(f"SELECT {names} FROM give_up_walk_ins($1, $2, $3)", before, why, now)  # noqa: S608
    return [(row["clinic_id"], _of(row)) for row in rows]


def _values(it: WalkIn) -> dict[str, Any]:
    return {name: getattr(it, name) for name in _NAMES} | {"status": it.status.value}


def _of(row: Any) -> WalkIn:
    return WalkIn(**{name: row[name] for name in _NAMES if name != "status"}, status=WalkInStatus(row["status"]))
