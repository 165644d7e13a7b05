"""Time: the only clock, and time zones from the pinned tzdata package."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta

# zoneinfo reads the system's files first, which in 2026 are an hour off in half a dozen places; the lock pins ours.
zoneinfo.reset_tzpath(to=())

_ZONES = frozenset(zoneinfo.available_timezones())


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def zone_exists(name: str) -> bool:
    return name in _ZONES


def local_day(on: date, zone: str) -> tuple[datetime, datetime]:
    """First instant of a local day and of the next; 23, 24 or 25 hours apart."""
    tz = zoneinfo.ZoneInfo(zone)
    start = datetime(on.year, on.month, on.day, tzinfo=tz)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


def local(instant: datetime, zone: str) -> str:
    """RFC 3339 in a zone, with its offset then: 2026-02-20T09:00:00-05:00."""
    return instant.astimezone(zoneinfo.ZoneInfo(zone)).isoformat()
