"""The iCalendar rules (RRULE, RFC 5545 section 3.3.10) that are understood, and what a day must have for them. Pure."""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2100
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_RANGES: Final = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_PARTS: Final = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_RANGES)
_OF_THE_TIME: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")
_DATE: Final = "%Y%m%d"
_UNTIL: Final = {15: "%Y%m%dT%H%M%S", 16: "%Y%m%dT%H%M%SZ"}
_MOST_COUNTED: Final = 1000
_LONGEST_INTERVAL: Final = 366


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE. A set that is empty does not restrict; `by_day` holds (ordinal or 0, weekday), Monday being 0."""

    frequency: Frequency
    interval: int = 1
    week_start: int = 0
    count: int = 0
    until: date | datetime | None = None
    by_month: frozenset[int] = frozenset()
    by_month_day: frozenset[int] = frozenset()
    by_year_day: frozenset[int] = frozenset()
    by_week_no: frozenset[int] = frozenset()
    by_day: frozenset[tuple[int, int]] = frozenset()
    by_set_pos: frozenset[int] = frozenset()

    def beginning(self, first_day: date) -> "Rule":
        """What the rule leaves open is as on its first day."""
        if self.by_month_day or self.by_year_day or self.by_week_no or self.by_day:
            return self
        match self.frequency:
            case Frequency.YEARLY:
                months = self.by_month or frozenset({first_day.month})
                return replace(self, by_month=months, by_month_day=frozenset({first_day.day}))
            case Frequency.MONTHLY:
                return replace(self, by_month_day=frozenset({first_day.day}))
            case Frequency.WEEKLY:
                return replace(self, by_day=frozenset({(0, first_day.weekday())}))
            case Frequency.DAILY:
                return self

    def period(self, ordinal: int) -> int:
        """Which day, week, month or year this is; INTERVAL counts them."""
        match self.frequency:
            case Frequency.DAILY:
                return ordinal
            case Frequency.WEEKLY:
                return (ordinal - 1 - self.week_start) // 7
            case Frequency.MONTHLY:
                day = date.fromordinal(ordinal)
                return day.year * 12 + day.month
            case Frequency.YEARLY:
                return date.fromordinal(ordinal).year

    def takes(self, day: date) -> bool:
        """Whether the day has all that the rule asks of it, but for INTERVAL and BYSETPOS."""
        if self.by_month and day.month not in self.by_month:
            return False
        if self.by_month_day and not _either_end(day.day, _days_in_month(day), self.by_month_day):
            return False
        if self.by_year_day and not _either_end(*_in_year(day), self.by_year_day):
            return False
        if self.by_week_no and not _either_end(*self._week(day.toordinal()), self.by_week_no):
            return False
        if not self.by_day or (0, day.weekday()) in self.by_day:
            return True
        of_month = self.frequency is Frequency.MONTHLY or self.by_month
        at, long = (day.day, _days_in_month(day)) if of_month else _in_year(day)
        ordinals = ((at - 1) // 7 + 1, -((long - at) // 7 + 1))
        return any((ordinal, day.weekday()) in self.by_day for ordinal in ordinals)

    def _week(self, ordinal: int) -> tuple[int, int]:
        """Number of the week, and how many its year has. The year of a week is the one with most of its days."""
        middle = ordinal - (ordinal - 1 - self.week_start) % 7 + 3
        year = date.fromordinal(middle).year
        new_year = date(year, 1, 1).toordinal()
        last = date(year, 12, 28).toordinal()
        last_middle = last - (last - 1 - self.week_start) % 7 + 3
        return (middle - new_year) // 7 + 1, (last_middle - new_year) // 7 + 1


def _either_end(at: int, long: int, wanted: frozenset[int]) -> bool:
    return at in wanted or at - long - 1 in wanted


def _days_in_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _in_year(day: date) -> tuple[int, int]:
    """Which day of the year it is, and how many that has."""
    new_year = date(day.year, 1, 1).toordinal()
    return day.toordinal() - new_year + 1, date(day.year, 12, 31).toordinal() - new_year + 1


@lru_cache(maxsize=4096)
def parsed(rrule: str) -> Rule:
    """ValueError, with what to do, if the rule is not one of those that are supported."""
    parts = _parts(rrule)
    if parts.get("FREQ") not in set(Frequency):
        raise ValueError("say FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("say COUNT or UNTIL, not both")
    rule = Rule(
        frequency=Frequency(parts["FREQ"]),
        interval=_whole(parts.get("INTERVAL", "1"), "INTERVAL", _LONGEST_INTERVAL),
        week_start=_weekday(parts.get("WKST", "MO"), "WKST"),
        count=_whole(parts["COUNT"], "COUNT", _MOST_COUNTED) if "COUNT" in parts else 0,
        until=_end(parts["UNTIL"]) if "UNTIL" in parts else None,
        by_month=_numbers(parts, "BYMONTH"),
        by_month_day=_numbers(parts, "BYMONTHDAY"),
        by_year_day=_numbers(parts, "BYYEARDAY"),
        by_week_no=_numbers(parts, "BYWEEKNO"),
        by_day=_days_of_week(parts["BYDAY"]) if "BYDAY" in parts else frozenset(),
        by_set_pos=_numbers(parts, "BYSETPOS"),
    )
    _require_meaning(rule)
    return rule


def _parts(rrule: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in rrule.upper().split(";"):
        name, equals, value = part.partition("=")
        if name in _OF_THE_TIME:
            raise ValueError(f"leave out {name}: starts and durationMinutes say the time")
        if not equals or name not in _PARTS:
            raise ValueError(f"leave out {part[:40] or 'the empty part'}: the parts are {', '.join(sorted(_PARTS))}")
        if name in parts:
            raise ValueError(f"say {name} once")
        parts[name] = value
    return parts


def _require_meaning(rule: Rule) -> None:
    """What RFC 5545 does not allow, or leaves open so that calendars differ."""
    frequency, yearly = rule.frequency, rule.frequency is Frequency.YEARLY
    ordinals = {ordinal for ordinal, _ in rule.by_day if ordinal}
    if ordinals and (rule.by_week_no or frequency in (Frequency.DAILY, Frequency.WEEKLY)):
        raise ValueError("BYDAY with a number, as in 1SA, needs MONTHLY or YEARLY, without BYWEEKNO")
    if any(abs(ordinal) > 5 for ordinal in ordinals) and (not yearly or rule.by_month):
        raise ValueError("a month has no more than five of a weekday: number BYDAY -5 to 5")
    if rule.by_month_day and frequency is Frequency.WEEKLY:
        raise ValueError("leave out BYMONTHDAY, or take another FREQ than WEEKLY")
    if (rule.by_year_day or rule.by_week_no) and not yearly:
        raise ValueError("BYYEARDAY and BYWEEKNO need FREQ=YEARLY")
    if rule.by_week_no and not rule.by_day:
        raise ValueError("BYWEEKNO needs BYDAY: say which days of the week")
    by_others = rule.by_month or rule.by_month_day or rule.by_year_day or rule.by_week_no or rule.by_day
    if rule.by_set_pos and not by_others:
        raise ValueError("BYSETPOS needs another BY part to choose from")


def _whole(text: str, name: str, most: int) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) <= 4 and 1 <= int(text) <= most):
        raise ValueError(f"{name} must be a whole number from 1 to {most}")
    return int(text)


def _numbers(parts: dict[str, str], name: str) -> frozenset[int]:
    if name not in parts:
        return frozenset()
    most, signed = _RANGES[name], name != "BYMONTH"
    found = [re.fullmatch(r"([+-]?)([0-9]{1,3})", each) for each in parts[name].split(",")]
    numbers = frozenset(int(each[0]) for each in found if each and (signed or not each[1]))
    if None in found or not numbers or not all(1 <= abs(number) <= most for number in numbers):
        raise ValueError(f"{name} must be a list of numbers from {f'-{most} to -1 or ' if signed else ''}1 to {most}")
    return numbers


def _days_of_week(text: str) -> frozenset[tuple[int, int]]:
    found = set()
    for each in text.split(","):
        ordinal = each[:-2]
        if ordinal and not (re.fullmatch(r"[+-]?[0-9]{1,2}", ordinal) and 1 <= abs(int(ordinal)) <= 53):
            raise ValueError("BYDAY must be a list such as MO,TH or 1SA or -1FR")
        found.add((int(ordinal or 0), _weekday(each[-2:], "BYDAY")))
    return frozenset(found)


def _weekday(text: str, name: str) -> int:
    if text not in _WEEKDAYS:
        raise ValueError(f"{name} knows the days {', '.join(_WEEKDAYS)}")
    return _WEEKDAYS.index(text)


def _end(text: str) -> date | datetime | None:
    """UNTIL; one that is after all time that can be booked is none."""
    try:
        found = datetime.strptime(text, _UNTIL.get(len(text), _DATE))  # noqa: DTZ007  # local unless it ends in Z
        if found.year < FIRST_YEAR:
            raise ValueError
    except ValueError:
        wanted = f"UNTIL must be a day or a time from {FIRST_YEAR} on, such as 20261231 or 20261231T225959Z"
        raise ValueError(wanted) from None
    if found.year >= LAST_YEAR:
        return None
    if "T" not in text:
        return found.date()
    return found.replace(tzinfo=UTC) if text.endswith("Z") else found
