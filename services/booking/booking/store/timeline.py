"""The SQL of timelines: one entry for every change of an appointment."""

from typing import Any
from uuid import UUID

from chassis import Call, Transaction
from chassis.store import Page
from sqlalchemy import select

from booking.domain.appointment import Appointment
from booking.domain.status import Action
from booking.store.tables import appointment_entry as t

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


async def search(tx: Transaction, appointment_id: UUID, page: Page) -> tuple[Any, str]:
    """Oldest first."""
    query = select(*_SHOWN).where(t.c.appointment_id == appointment_id)
    return page.cut(await tx.fetch(page.of_query(query, t.c.version)), "version")
