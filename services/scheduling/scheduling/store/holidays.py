"""The SQL of the days on which locations are closed."""

import json
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import Transaction
from chassis.store import define
from sqlalchemy import select

from scheduling.domain.holidays import HolidayCalendar
from scheduling.domain.hours import instant_of
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
    return (calendar_of(row), row["version"]) if row is not None else (HolidayCalendar(), 0)


async def closed_days(tx: Transaction, location_id: UUID, zone: str, first: int, last: int) -> dict[date, str]:
    """The closed days of the years that a window of UTC minutes touches."""
    calendar, _ = await find(tx, location_id)
    begin, end = (instant_of(minute).astimezone(ZoneInfo(zone)).year for minute in (first, last))
    return calendar.closed(range(begin, end + 1))


def calendar_of(row: Any) -> HolidayCalendar:
    return HolidayCalendar(
        country=row["country"],
        subdivision=row["subdivision"],
        open_on=tuple(row["open_on"]),
        closed_on=tuple((date.fromisoformat(day), name) for day, name in json.loads(row["closed_on"])),
    )
