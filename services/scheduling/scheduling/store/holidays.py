"""The SQL of the days on which locations are closed."""

import json
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis import Transaction
from chassis.store import define
from sqlalchemy import select

from scheduling.domain.holidays import HolidayCalendar
from scheduling.store import tables


async def put(tx: Transaction, location_id: UUID, calendar: HolidayCalendar) -> tuple[int, bool]:
    """The version, and whether this changed it."""
    version = await define(
        tx,
        tables.holiday_calendar,
        {
            "location_id": location_id,
            "country": calendar.country,
            "subdivision": calendar.subdivision,
            "open_on": list(calendar.open_on),
            "closed_on": json.dumps([(day.isoformat(), name) for day, name in calendar.closed_on]),
        },
        key=("location_id",),
    )
    if version is not None:
        return version, True
    t = tables.holiday_calendar.c
    return await tx.fetchval(select(t.version).where(t.location_id == location_id)), False


async def find(tx: Transaction, location_id: UUID) -> tuple[HolidayCalendar, int]:
    """The calendar and its version; an empty one of version 0 if none was ever set."""
    t = tables.holiday_calendar.c
    query = select(t.country, t.subdivision, t.open_on, t.closed_on, t.version).where(t.location_id == location_id)
    row = await tx.fetchrow(query)
    if row is None:
        return HolidayCalendar(), 0
    return calendar_of(row["country"], row["subdivision"], row["open_on"], row["closed_on"]), row["version"]


def calendar_of(country: str, subdivision: str, open_on: Sequence[date], closed_on: str) -> HolidayCalendar:
    return HolidayCalendar(
        country=country,
        subdivision=subdivision,
        open_on=tuple(open_on),
        closed_on=tuple((date.fromisoformat(day), name) for day, name in json.loads(closed_on)),
    )
