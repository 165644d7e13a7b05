"""Local rules become minutes of UTC here, and only here (ARCHITECTURE D4)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from chassis.errors import FieldViolation, Invalid

from scheduling.domain import mask
from scheduling.domain.errors import HoursOverlap, LocalTimeSkipped

DAY: Final = 24 * 60
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)
_FIRST_YEAR, _LAST_YEAR = 1970, 2100


def minute_of(instant: datetime) -> int:
    """Whole minutes since 1970 in UTC."""
    return (instant - _EPOCH) // _MINUTE


def instant_of(minute: int) -> datetime:
    return _EPOCH + minute * _MINUTE


@dataclass(frozen=True, slots=True, order=True)
class OpenInterval:
    """Part of a weekday (0 is Monday), in minutes of the local day; `ends` may reach into the next day."""

    weekday: int
    starts: int
    ends: int

    @classmethod
    def of(cls, weekday: int, starts: int, ends: int) -> "OpenInterval":
        """An end at or before the start is on the next day."""
        return cls(weekday, starts, ends if ends > starts else ends + DAY)


def require_disjoint(intervals: list[OpenInterval]) -> None:
    """The week is a ring: Sunday night may run into Monday."""
    week = 7 * DAY
    placed = sorted(((i.weekday * DAY + i.starts, i.weekday * DAY + i.ends, n) for n, i in enumerate(intervals)))
    for (_, ends, _), (starts, _, index) in zip(
        placed, [*placed[1:], _next_week(placed, week)] if placed else [], strict=False
    ):
        if starts < ends:
            raise HoursOverlap(fields=[FieldViolation(f"intervals[{index}]", "overlaps another interval")])


def _next_week(placed: list[tuple[int, int, int]], week: int) -> tuple[int, int, int]:
    starts, ends, index = placed[0]
    return starts + week, ends + week, index


@lru_cache(maxsize=4096)
def offsets(zone: str, first: int, last: int) -> tuple[tuple[int, int, int], ...]:
    """Stretches of UTC minutes with one offset (in minutes) each: (from, until, offset). They cover first..last."""
    tz = ZoneInfo(zone)

    def offset_at(minute: int) -> int:
        found = instant_of(minute).astimezone(tz).utcoffset()
        assert found is not None
        return found // _MINUTE

    stretches: list[tuple[int, int, int]] = []
    begin, current = first, offset_at(first)
    at = first
    while at < last:
        # No zone changes twice within a day, so looking at day ends finds every change.
        ahead = min(at + DAY, last)
        if offset_at(ahead) != current:
            low, high = at, ahead
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset_at(middle) == current else (low, middle)
            stretches.append((begin, high, current))
            begin, current = high, offset_at(high)
        at = ahead
    stretches.append((begin, last, current))
    return tuple(stretches)


def open_minutes(intervals: tuple[OpenInterval, ...], zone: str, first: int, last: int) -> int:
    """The minutes of the window first..last (UTC) whose local time is within one of the weekly intervals.

    A local time that a clock change skips has no minute, one that comes twice has two; days of 23 and 25 hours need
    no case of their own.
    """
    if not intervals:
        return 0
    by_weekday: dict[int, list[OpenInterval]] = {}
    for interval in intervals:
        by_weekday.setdefault(interval.weekday, []).append(interval)
    found = 0
    for begin, end, offset in offsets(zone, first, last):
        # The day before may reach into this stretch.
        for day in range((begin + offset) // DAY - 1, (end + offset) // DAY + 1):
            # Day 0 of the epoch, 1970-01-01, was a Thursday.
            for interval in by_weekday.get((day + 3) % 7, ()):
                starts = max(day * DAY + interval.starts - offset, begin)
                ends = min(day * DAY + interval.ends - offset, end)
                found |= mask.stretch(starts - first, ends - first)
    return found


def resolve_local(text: str, zone: str, field: str) -> datetime:
    """A local date or time of a zone, or an instant with its own offset, as an instant.

    A date means its first instant. A local time that comes twice means the first; one that is skipped is refused with
    the next that exists.
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise _not_a_time(field) from None
    if not _FIRST_YEAR <= given.year < _LAST_YEAR:
        raise _not_a_time(field)
    if given.tzinfo is not None:
        return given.astimezone(UTC)
    tz = ZoneInfo(zone)
    instant = given.replace(tzinfo=tz).astimezone(UTC)
    back = instant.astimezone(tz)
    is_date = len(text) == len("2026-02-20")
    if back.replace(tzinfo=None) != given and not is_date:
        message = f"{text} does not exist in {zone}; the next time that does is {back.isoformat()}"
        raise LocalTimeSkipped(message, fields=[FieldViolation(field, message)])
    return instant


def _not_a_time(field: str) -> Invalid:
    wanted = "must be an ISO 8601 date or date-time between 1970 and 2100, such as 2026-02-20T09:00"
    return Invalid(fields=[FieldViolation(field, wanted)])
