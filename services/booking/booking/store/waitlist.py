"""The SQL of the waitlist and its offers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from chassis import Transaction
from chassis.errors import NotFound
from chassis.store import Page
from sqlalchemy import ARRAY, Text, any_, insert, literal, select, update

from booking.domain.waitlist import Entry, Freed, Offer, Outcome, WaitlistStatus
from booking.store.tables import offer, waitlist_entry

_ENTRY: Final = [c for c in waitlist_entry.c if c.name != "clinic_id"]
_OFFER: Final = [c for c in offer.c if c.name != "clinic_id"]
_LOOKED_AT: Final = 200


async def add(tx: Transaction, entry: Entry) -> None:
    """Nothing if it is there."""
    await tx.execute(insert(waitlist_entry).values(**_values(entry)))


async def find(tx: Transaction, id_: UUID) -> Entry | None:
    row = await tx.fetchrow(select(*_ENTRY).where(waitlist_entry.c.id == id_))
    return _entry(row) if row is not None else None


async def get(tx: Transaction, id_: UUID, *, lock: bool = False) -> Entry:
    query = select(*_ENTRY).where(waitlist_entry.c.id == id_)
    row = await tx.fetchrow(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(f"There is no entry {id_} on the waitlist")
    return _entry(row)


async def search(
    tx: Transaction, page: Page, *, equal: dict[str, UUID], statuses: Sequence[str]
) -> tuple[list[Entry], str]:
    """In the order in which they joined."""
    query = select(*_ENTRY).where(waitlist_entry.c.status == any_(literal(list(statuses), ARRAY(Text))))
    for name, value in equal.items():
        query = query.where(waitlist_entry.c[name] == value)
    rows = await tx.fetch(page.of_query(query, waitlist_entry.c.joined_at, waitlist_entry.c.id))
    shown, cursor = page.cut(rows, "joined_at", "id")
    return [_entry(row) for row in shown], cursor


async def by_turn(tx: Transaction, freed: Freed) -> list[Entry]:
    """Who waits, by priority and then by who came first; nobody twice who was offered this very time before."""
    rows = await tx.fetch(
        """
        SELECT id, patient_id, service_id, specialist_ids, location_id, first_day, last_day, weekdays, not_before,
               not_after, priority, notes, status, joined_at
        FROM waitlist_entry w
        WHERE status = 'waiting' AND NOT EXISTS (
            SELECT FROM offer o WHERE o.entry_id = w.id AND o.starts_at = $1 AND o.specialist_id = $2
        )
        ORDER BY priority DESC, joined_at, id LIMIT $3
        """,
        freed.starts_at, freed.specialist_id, _LOOKED_AT,
    )  # fmt: skip
    return [_entry(row) for row in rows]


async def set_status(tx: Transaction, id_: UUID, status: WaitlistStatus) -> None:
    await tx.execute(update(waitlist_entry).where(waitlist_entry.c.id == id_).values(status=status.value))


async def add_offer(tx: Transaction, it: Offer) -> None:
    await tx.execute(insert(offer).values(**(asdict(it) | {"outcome": it.outcome.value})))


async def end_offer(tx: Transaction, id_: UUID, outcome: Outcome) -> None:
    await tx.execute(update(offer).where(offer.c.id == id_).values(outcome=outcome.value))


async def open_offer(tx: Transaction, entry_id: UUID) -> Offer | None:
    query = select(*_OFFER).where(offer.c.entry_id == entry_id, offer.c.outcome == Outcome.OPEN.value)
    row = await tx.fetchrow(query)
    return _offer(row) if row is not None else None


async def open_offer_of_hold(tx: Transaction, hold_id: UUID) -> Offer | None:
    query = select(*_OFFER).where(offer.c.hold_id == hold_id, offer.c.outcome == Outcome.OPEN.value)
    row = await tx.fetchrow(query)
    return _offer(row) if row is not None else None


async def offers_of(tx: Transaction, entry_id: UUID, page: Page) -> tuple[list[Offer], str]:
    """Oldest first."""
    query = select(*_OFFER).where(offer.c.entry_id == entry_id)
    rows, cursor = page.cut(await tx.fetch(page.of_query(query, offer.c.offered_at, offer.c.id)), "offered_at", "id")
    return [_offer(row) for row in rows], cursor


def _values(entry: Entry) -> dict[str, Any]:
    lists = {"specialist_ids": list(entry.specialist_ids), "weekdays": list(entry.weekdays)}
    return asdict(entry) | lists | {"status": entry.status.value}


def _entry(row: Any) -> Entry:
    return Entry(**{c.name: row[c.name] for c in _ENTRY if c.name != "status"}, status=WaitlistStatus(row["status"]))


def _offer(row: Any) -> Offer:
    return Offer(**{c.name: row[c.name] for c in _OFFER if c.name != "outcome"}, outcome=Outcome(row["outcome"]))
