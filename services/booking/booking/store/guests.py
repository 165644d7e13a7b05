"""The SQL of guests' bookings. They are forgotten a day after their code has run out; the appointment stays."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis import Transaction
from sqlalchemy import insert, select, update

from booking.domain.errors import BookingOver
from booking.domain.guest import GIVEN, GuestBooking
from booking.store.tables import guest_booking as t

_NAMES: Final = [c.name for c in t.c if c.name != "clinic_id"]


async def add(tx: Transaction, booking: GuestBooking) -> None:
    await tx.execute(insert(t).values(**{name: getattr(booking, name) for name in _NAMES}))


async def find_by_hold(tx: Transaction, hold_id: UUID) -> GuestBooking | None:
    row = await tx.fetchrow(select(*(t.c[name] for name in _NAMES)).where(t.c.hold_id == hold_id))
    return _booking(row) if row is not None else None


async def get_for_update(tx: Transaction, id_: UUID) -> GuestBooking:
    row = await tx.fetchrow(select(*(t.c[name] for name in _NAMES)).where(t.c.id == id_).with_for_update())
    if row is None:
        raise BookingOver("There is no such booking, or not any more; look for a time again")
    return _booking(row)


async def correct(tx: Transaction, it: GuestBooking) -> None:
    names = (*GIVEN, "code", "attempts")
    await tx.execute(update(t).where(t.c.id == it.id).values(**{name: getattr(it, name) for name in names}))


async def count_attempt(tx: Transaction, id_: UUID) -> None:
    await tx.execute("UPDATE guest_booking SET attempts = attempts + 1 WHERE id = $1", id_)


async def confirm(tx: Transaction, id_: UUID, appointment_id: UUID) -> None:
    await tx.execute("UPDATE guest_booking SET appointment_id = $2 WHERE id = $1", id_, appointment_id)


async def remove_over(tx: Transaction, before: datetime) -> int:
    """Of all clinics; how many."""
    removed: int = await tx.fetchval("SELECT remove_guest_bookings($1)", before)
    return removed


def _booking(row: Any) -> GuestBooking:
    return GuestBooking(**{name: row[name] for name in _NAMES})
