"""The SQL of weekly hours and overrides."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import Transaction
from chassis.errors import NotFound
from chassis.store import Page, define
from sqlalchemy import select

from scheduling.domain.hours import OpenInterval
from scheduling.store import tables


async def set_weekly(
    tx: Transaction, *, specialist_id: UUID, location_id: UUID, intervals: list[OpenInterval]
) -> tuple[int, bool]:
    """The version, and whether this changed it."""
    version = await define(
        tx,
        tables.weekly_hours,
        {
            "specialist_id": specialist_id,
            "location_id": location_id,
            "intervals": json.dumps([[i.weekday, i.starts, i.ends] for i in intervals]),
        },
        key=("specialist_id", "location_id"),
    )
    if version is not None:
        return version, True
    t = tables.weekly_hours.c
    query = select(t.version).where(t.specialist_id == specialist_id, t.location_id == location_id)
    return await tx.fetchval(query), False


def intervals_of(stored: str) -> tuple[OpenInterval, ...]:
    return tuple(OpenInterval(*each) for each in json.loads(stored))


async def list_weekly(tx: Transaction, specialist_id: UUID, page: Page) -> tuple[Any, str]:
    t = tables.weekly_hours.c
    query = select(t.specialist_id, t.location_id, t.intervals, t.version).where(t.specialist_id == specialist_id)
    return page.cut(await tx.fetch(page.of_query(query, t.location_id)), "location_id")


async def put_override(tx: Transaction, values: dict[str, object]) -> bool:
    """Whether this changed anything."""
    return await define(tx, tables.override, values) is not None


async def list_overrides(tx: Transaction, specialist_id: UUID, page: Page) -> tuple[Any, str]:
    t = tables.override.c
    query = select(t.id, t.specialist_id, t.kind, t.starts_at, t.ends_at, t.location_id, t.reason).where(
        t.specialist_id == specialist_id
    )
    return page.cut(await tx.fetch(page.of_query(query, t.starts_at, t.id)), "starts_at", "id")


async def remove_override(tx: Transaction, *, specialist_id: UUID, override_id: UUID) -> tuple[datetime, datetime]:
    """When it was."""
    row = await tx.fetchrow(
        "DELETE FROM override WHERE id = $1 AND specialist_id = $2 RETURNING starts_at, ends_at",
        override_id, specialist_id,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"There is no override {override_id} of this specialist")
    return row["starts_at"], row["ends_at"]


async def workplaces(tx: Transaction, specialist_id: UUID) -> list[UUID]:
    """Locations where they have hours or extra openings."""
    rows = await tx.fetch(
        """
        SELECT location_id FROM weekly_hours WHERE specialist_id = $1
        UNION SELECT location_id FROM override WHERE specialist_id = $1 AND location_id IS NOT NULL ORDER BY 1
        """,
        specialist_id,
    )
    return [row["location_id"] for row in rows]
