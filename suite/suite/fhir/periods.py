"""FHIR's dates, times and periods as instants."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from suite.fhir.reading import Resource
from suite.fhir.report import Report
from suite.fhir.values import a_moment, text


def instant(value: str, zone: str) -> datetime | None:
    """What has no offset is local."""
    moment = a_moment(value)
    return _utc(moment, zone) if moment else None


def period(
    report: Report, holder: Resource, of: dict[str, Any], field: str, zone: str
) -> tuple[datetime | None, datetime | None]:
    """A period's instants; a date means the whole local day, month or year, at the end too (FHIR R4 Period)."""
    bounds = []
    for name in ("start", "end"):
        value = text(of, field, name)
        found = _bound(value, zone, last=name == "end")
        if value and found is None:
            report.remark(holder.origin, f"{field}.{name} {value[:40]!r} cannot be read; it was left out")
        bounds.append(found)
    return bounds[0], bounds[1]


def _bound(value: str, zone: str, *, last: bool) -> datetime | None:
    days = _days(value)
    if days is None:
        return instant(value, zone)
    day = days[0] if not last else min(days[1], date.max - timedelta(days=1)) + timedelta(days=1)
    return _utc(datetime.combine(day, time()), zone)


def _days(value: str) -> tuple[date, date] | None:
    """The first and the last day of YYYY, YYYY-MM or YYYY-MM-DD."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", value):
        return None
    try:
        first = date.fromisoformat(value + "-01-01"[len(value) - 4 :])
    except ValueError:
        return None
    month = 12 if len(value) == 4 else first.month
    day = first.day if len(value) == 10 else monthrange(first.year, month)[1]
    return first, date(first.year, month, day)


def _utc(moment: datetime, zone: str) -> datetime:
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if moment.year > 2000 else datetime.min.replace(tzinfo=UTC)
