"""The SQL of timelines: one entry for every change of an appointment."""

from datetime import timedelta
from typing import Any

from chassis import Call, Transaction
from chassis.store import Page
from sqlalchemy import select

from booking.domain.appointment import Appointment
from booking.domain.status import Action
from booking.store.tables import appointment_entry as t

_CLOCKS_DIFFER = timedelta(hours=1)
_SHOWN = [c for c in t.c if c.name not in ("clinic_id", "appointment_id", "patient_id")]


def entry(a: Appointment, action: Action, call: Call) -> dict[str, object]:
    """The row for what has just been done."""
    return {
        "appointment_id": a.id,
        "version": a.version,
        "patient_id": a.patient_id,
        "changed_at": call.now,
        "changed_by": call.claims.subject,
        "actor": call.claims.actor.value,
        "action": action.value,
        "status": a.status.value,
        "starts_at": a.slot.starts_at,
        "specialist_id": a.specialist_id,
        "room_id": a.room_id,
        "reason": a.reason,
    }


async def ensure_partitions(tx: Transaction) -> None:
    """Of this month and the next three, so that no midnight finds one missing."""
    await tx.execute(
        "SELECT timeline_partition((date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n))::date)"
        " FROM generate_series(0, 3) n"
    )


async def search(tx: Transaction, a: Appointment, page: Page) -> tuple[Any, str]:
    """Oldest first; no month before it was booked is looked at, by whatever clock."""
    query = select(*_SHOWN).where(t.c.appointment_id == a.id, t.c.changed_at >= a.created_at - _CLOCKS_DIFFER)
    return page.cut(await tx.fetch(page.of_query(query, t.c.version)), "version")
