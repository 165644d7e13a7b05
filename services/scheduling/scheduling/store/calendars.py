"""The SQL of calendars."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg.exceptions import UniqueViolationError
from chassis import Transaction
from chassis.errors import FieldViolation, NotFound
from chassis.store import Page, define, require_version
from sqlalchemy import select

from scheduling.domain.calendar import Calendar, Member, Strategy
from scheduling.domain.errors import ChangedMeanwhile, NameTaken
from scheduling.store.hours import intervals, of_interval
from scheduling.store.tables import calendar as t

_SHOWN = [c for c in t.c if c.name not in ("clinic_id", "created_at", "updated_at")]


async def put(tx: Transaction, seen: int, calendar: Calendar, values: dict[str, object]) -> Any:
    """The row as it is then."""
    await require_version(tx, t, {"id": calendar.id}, seen, ChangedMeanwhile)
    facts = {
        "id": calendar.id,
        "service_id": calendar.service_id,
        "location_id": calendar.location_id,
        "strategy": calendar.strategy.value,
        "members": json.dumps([_of_member(each) for each in calendar.members]),
        "hours": json.dumps([of_interval(each) for each in calendar.hours]),
    }
    try:
        await define(tx, t, facts | values)
    except UniqueViolationError:
        taken = FieldViolation("name", "is another calendar's")
        raise NameTaken(f"Another calendar is called {values['name']}", fields=[taken]) from None
    return await get(tx, calendar.id)


async def get(tx: Transaction, id_: UUID) -> Any:
    row = await tx.fetchrow(select(*_SHOWN).where(t.c.id == id_))
    if row is None:
        raise NotFound(f"There is no calendar {id_}")
    return row


async def search(tx: Transaction, page: Page, *, public_only: bool = False) -> tuple[Sequence[Any], str]:
    """By name."""
    query = select(*_SHOWN)
    if public_only:
        query = query.where(t.c.public, ~t.c.inactive)
    return page.cut(await tx.fetch(page.of_query(query, t.c.name, t.c.id)), "name", "id")


async def load(tx: Transaction) -> dict[UUID, Calendar]:
    """All that are in use."""
    rows = await tx.fetch(
        "SELECT id, service_id, location_id, strategy, members, hours, public FROM calendar"
        " WHERE NOT inactive ORDER BY name, id"
    )
    return {row["id"]: of(row) for row in rows}


def of(row: Any) -> Calendar:
    return Calendar(
        id=row["id"],
        service_id=row["service_id"],
        location_id=row["location_id"],
        strategy=Strategy(row["strategy"]),
        members=tuple(_member(*each) for each in json.loads(row["members"])),
        hours=intervals(row["hours"]),
        public=row["public"],
    )


async def count(tx: Transaction, id_: UUID, begin: datetime, end: datetime) -> dict[UUID, int]:
    """Appointments from a calendar that begin then, by specialist; of those with several, each counts."""
    rows = await tx.fetch(
        """
        SELECT each AS specialist_id, count(*) AS appointments
        FROM busy, unnest(specialist_id || also_specialist_ids) AS each
        WHERE calendar_id = $1 AND kind = 'appointment' AND starts_at >= $2 AND starts_at < $3 GROUP BY each
        """,
        id_, begin, end,
    )  # fmt: skip
    return {row["specialist_id"]: row["appointments"] for row in rows}


def _of_member(it: Member) -> list[object]:
    return [str(it.specialist_id), it.priority, it.weight, json.dumps([of_interval(each) for each in it.hours])]


def _member(specialist_id: str, priority: int, weight: int, hours: str) -> Member:
    return Member(UUID(specialist_id), priority, weight, intervals(hours))
