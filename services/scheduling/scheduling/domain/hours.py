"""Local rules become minutes of UTC here, and only here (ARCHITECTURE D4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import gcd
from typing import Final
from zoneinfo import ZoneInfo

from chassis.errors import FieldViolation, Invalid

from scheduling.domain import mask
from scheduling.domain.errors import BreakOutsideHours, EndsBeforeStart, HoursOverlap, LocalTimeSkipped
from scheduling.domain.recurrence import RecurringOpening

DAY: Final = 24 * 60
WHOLE_DAY: Final = mask.stretch(0, DAY)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = _EPOCH.toordinal()
_MINUTE: Final = timedelta(minutes=1)
_FIRST_YEAR, _LAST_YEAR = 1970, 2100


def minute_of(instant: datetime) -> int:
    """Whole minutes since 1970 in UTC."""
    return (instant - _EPOCH) // _MINUTE


def instant_of(minute: int) -> datetime:
    return _EPOCH + minute * _MINUTE


@dataclass(frozen=True, slots=True, order=True)
class OpenInterval:
    """Part of a weekday (0 is Monday), in minutes of the local day; `ends` may reach into the next day.

    Validity and the alternation of weeks speak of the day on which it starts.
    """

    weekday: int
    starts: int
    ends: int
    valid_from: date = date.min
    valid_until: date = date.max
    every_weeks: int = 1
    in_week_of: date = date.min

    @classmethod
    def of(cls, weekday: int, starts: int, ends: int) -> "OpenInterval":
        """An end at or before the start is on the next day."""
        return cls(weekday, starts, ends if ends > starts else ends + DAY)

    @property
    def days(self) -> range:
        """The local days on which it starts, as ordinals; the first ordinal is a Monday."""
        week = 7 * self.every_weeks
        a_day = self.in_week_of.toordinal() - self.in_week_of.weekday() + self.weekday
        first, last = self.valid_from.toordinal(), self.valid_until.toordinal()
        return range(first + (a_day - first) % week, last + 1, week)


@dataclass(frozen=True, slots=True)
class Pattern:
    """When a specialist works at a place: open is what lies in an interval or a recurring opening, and in no break."""

    intervals: tuple[OpenInterval, ...] = ()
    breaks: tuple[OpenInterval, ...] = ()
    recurring: tuple[RecurringOpening, ...] = ()

    def in_order(self) -> "Pattern":
        """However it was said, the same hours are the same pattern."""
        return Pattern(tuple(sorted(self.intervals)), tuple(sorted(self.breaks)), tuple(sorted(self.recurring)))

    def require_sound(self) -> None:
        require_valid(self.intervals, "intervals")
        require_valid(self.breaks, "breaks")
        require_disjoint(self.intervals)
        _require_within(self.breaks, self.intervals)
        for n, opening in enumerate(self.recurring):
            opening.require_supported(f"recurring[{n}]")


def require_valid(intervals: Sequence[OpenInterval], field: str) -> None:
    for n, each in enumerate(intervals):
        if each.valid_until < each.valid_from:
            wrong = FieldViolation(f"{field}[{n}].valid_until", "must not be before validFrom")
            raise EndsBeforeStart("The last day it holds must not be before the first", fields=[wrong])


def require_disjoint(intervals: Sequence[OpenInterval], field: str = "intervals") -> None:
    """Two may share times of the week if their days never meet. Nothing is longer than a day: neighbours are enough."""
    days = [each.days for each in intervals]
    for n, later in enumerate(intervals):
        for m, earlier in enumerate(intervals[:n]):
            if any(
                earlier.starts < shift * DAY + later.ends
                and shift * DAY + later.starts < earlier.ends
                and _meet(days[m], days[n], shift)
                for shift in (-1, 0, 1)
            ):
                wrong = f"overlaps {field}[{m}]"
                detail = f"{field}[{n}] {wrong}: let one end before the other begins, or hold in other weeks"
                raise HoursOverlap(detail, fields=[FieldViolation(f"{field}[{n}]", wrong)])


def _meet(days: range, others: range, shift: int) -> bool:
    """Whether there is a day of which the one `shift` days later is among the others."""
    if (others.start - shift - days.start) % gcd(days.step, others.step):
        return False
    begin = max(days.start, others.start - shift)
    from_there = range(begin + (days.start - begin) % days.step, days.stop, days.step)
    # Their days come together once in so many steps, or never.
    return any(day + shift in others for day in from_there[: others.step])


def _require_within(breaks: Sequence[OpenInterval], intervals: Sequence[OpenInterval]) -> None:
    """A break lies in a shift of its own weekday, or in one that runs over midnight from the day before."""
    for n, pause in enumerate(breaks):
        if not any(
            each.starts <= pause.starts + shift * DAY
            and pause.ends + shift * DAY <= each.ends
            and _among(pause.days, each.days, shift)
            for each in intervals
            for shift in (0, 1)
        ):
            wrong = FieldViolation(f"breaks[{n}]", "must lie within one interval that holds whenever the break does")
            detail = (
                "Let the break begin and end within one interval of its weekday, valid as long and in the same weeks"
            )
            raise BreakOutsideHours(detail, fields=[wrong])


def _among(days: range, others: range, shift: int) -> bool:
    """Whether of all days the one `shift` days earlier is among the others; before the first of all there is none."""
    if days and days[0] - shift < date.min.toordinal():
        days = days[1:]
    if len(days) > 1 and days.step % others.step:
        return False
    return not days or (days[0] - shift in others and days[-1] - shift in others)


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


def shown(by_day: Mapping[int, int], zone: str, first: int, last: int) -> int:
    """The minutes of the window first..last (UTC) at which the wall clock shows one of these local minutes.

    They are given by local day (its ordinal), as masks of that day and the next. A local time that a clock change skips
    has no minute, one that comes twice has two; days of 23 and 25 hours need no case of their own.
    """
    if first >= last:
        return 0
    days = _days_shown(zone, first, last)
    local = int.from_bytes(
        b"".join(
            ((by_day.get(day, 0) | by_day.get(day - 1, 0) >> DAY) & WHOLE_DAY).to_bytes(DAY // 8, "little")
            for day in days
        ),
        "little",
    )
    found, origin = 0, (days.start - _EPOCH_DAY) * DAY
    for begin, end, offset in offsets(zone, first, last):
        found |= mask.part(local, begin + offset - origin, end - begin) << (begin - first)
    return found


def open_minutes(pattern: Pattern, zone: str, first: int, last: int) -> int:
    """The minutes of the window first..last (UTC) whose local time is open by the pattern."""
    if first >= last:
        return 0
    days = _days_shown(zone, first, last)
    # The day before may reach into the window.
    begin, end = days.start - 1, days.stop - 1
    opened = _by_day(pattern.intervals, begin, end)
    for opening in pattern.recurring:
        minutes = mask.stretch(opening.starts, opening.starts + opening.minutes)
        for day in opening.days(zone, begin, end):
            opened[day] = opened.get(day, 0) | minutes
    if not opened:
        return 0
    found = shown(opened, zone, first, last)
    closed = _by_day(pattern.breaks, begin, end)
    return found & ~shown(closed, zone, first, last) if closed else found


def _by_day(intervals: Iterable[OpenInterval], begin: int, end: int) -> dict[int, int]:
    minutes: dict[int, int] = {}
    for each in intervals:
        days = each.days
        from_there = max(days.start, begin + (days.start - begin) % days.step)
        for day in range(from_there, min(days.stop, end + 1), days.step):
            minutes[day] = minutes.get(day, 0) | mask.stretch(each.starts, each.ends)
    return minutes


def _days_shown(zone: str, first: int, last: int) -> range:
    """The local days of the window, as ordinals, and maybe some beside them."""
    seen = offsets(zone, first, last)
    earliest, latest = min(offset for _, _, offset in seen), max(offset for _, _, offset in seen)
    return range(_EPOCH_DAY + (first + earliest) // DAY, _EPOCH_DAY + (last + latest) // DAY + 1)


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
