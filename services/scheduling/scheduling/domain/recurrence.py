"""Openings by an iCalendar rule, as local days. Pure.

Nothing is counted from where a rule begins: each day is asked whether it belongs to it. So a window costs what it is
long, whenever the rule began and whether or not it ever matches. (dateutil looks at UNTIL only when something matches,
and looks for a match up to the year 9999; it is the reference of the tests.)
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from chassis.errors import FieldViolation

from scheduling.domain.errors import RecurrenceNotSupported
from scheduling.domain.rrule import FIRST_YEAR, LAST_YEAR, Rule, parsed


@dataclass(frozen=True, slots=True, order=True)
class RecurringOpening:
    """Open on the days of a rule, from minute `starts` of the local day, for so many minutes."""

    rrule: str
    first_day: date
    starts: int
    minutes: int
    except_on: tuple[date, ...] = ()
    counted_until: int | None = field(default=None, compare=False)
    """The day on which COUNT is reached, if it is known already: counting from long ago takes long."""

    def require_supported(self, field: str) -> None:
        try:
            parsed(self.rrule)
        except ValueError as wrong:
            raise RecurrenceNotSupported(str(wrong), fields=[FieldViolation(f"{field}.rrule", str(wrong))]) from None
        if not FIRST_YEAR <= self.first_day.year < LAST_YEAR:
            wanted = f"must be a day between {FIRST_YEAR} and {LAST_YEAR}"
            raise RecurrenceNotSupported(
                f"firstDay {wanted}: take a later one", fields=[FieldViolation(f"{field}.first_day", wanted)]
            )

    def days(self, zone: str, begin: int, end: int) -> list[int]:
        """The local days begin..end, inclusive, on which it opens, as ordinals. The zone is for an UNTIL in UTC."""
        rule = _beginning(self.rrule, self.first_day)
        last = min(end, _until(rule.until, self.starts, zone))
        without = {day.toordinal() for day in self.except_on}
        if self.counted_until is not None:
            found = _uncounted(rule, self.first_day.toordinal(), begin, min(last, self.counted_until))
        else:
            found = days(rule, self.first_day, begin, last)
        return [day for day in found if day not in without]

    def count(self) -> int | None:
        """None: it has no COUNT."""
        rule = _beginning(self.rrule, self.first_day)
        return _last_counted(rule, self.first_day) if rule.count else None


def days(rule: Rule, first_day: date, begin: int, end: int) -> list[int]:
    """The days begin..end, inclusive, of a rule that begins on its first day. UNTIL is the caller's."""
    if rule.count:
        end = min(end, _last_counted(rule, first_day))
    return _uncounted(rule, first_day.toordinal(), begin, end)


def _uncounted(rule: Rule, first: int, begin: int, end: int) -> list[int]:
    begin = max(begin, first)
    if begin > end:
        return []
    found: list[int] = []
    for year in range(date.fromordinal(begin).year, date.fromordinal(end).year + 1):
        new_year = date(year, 1, 1).toordinal()
        taken = _of_year(rule, _alike(year))
        found += [
            new_year + n for n in taken[bisect_left(taken, begin - new_year) : bisect_right(taken, end - new_year)]
        ]
    if rule.interval == 1:
        return found
    origin = rule.period(first)
    return [day for day in found if (rule.period(day) - origin) % rule.interval == 0]


@lru_cache(maxsize=1024)
def _of_year(rule: Rule, year: int) -> tuple[int, ...]:
    """Days of the rule if it had no INTERVAL, counted from New Year: INTERVAL takes or leaves whole periods."""
    new_year, next_year = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
    # The first and the last week may lie partly in the years beside it.
    days = [n for n in range(new_year - 6, next_year + 6) if rule.takes(date.fromordinal(n))]
    if rule.by_set_pos:
        periods = [list(members) for _, members in groupby(days, key=rule.period)]
        days = [day for members in periods for day in _chosen(members, rule.by_set_pos)]
    return tuple(day - new_year for day in days if new_year <= day < next_year)


def _chosen(members: list[int], positions: frozenset[int]) -> list[int]:
    """A position is one among all of its period, also those before the rule's first day."""
    places = {position - 1 if position > 0 else len(members) + position for position in positions}
    return [members[place] for place in sorted(places) if 0 <= place < len(members)]


def _alike(year: int) -> int:
    """A year with the same calendar, and the same ones beside it: between 1900 and 2100 they come back every 28."""
    return 2000 + (year - 2000) % 28 if 1902 <= year < 2099 else year


@lru_cache(maxsize=4096)
def _last_counted(rule: Rule, first_day: date) -> int:
    """The day on which COUNT is reached. Without COUNT but with this end, the rule is the same one."""
    left, first = rule.count, first_day.toordinal()
    for year in range(first_day.year, LAST_YEAR):
        found = _uncounted(rule, first, date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal())
        if len(found) >= left:
            return found[left - 1]
        left -= len(found)
    return date.max.toordinal()


def _until(until: date | datetime | None, starts: int, zone: str) -> int:
    """The last local day on which an opening at minute `starts` still begins."""
    if until is None:
        return date.max.toordinal()
    if not isinstance(until, datetime):
        return until.toordinal()
    tz = ZoneInfo(zone)
    instant = until.astimezone(UTC) if until.tzinfo else until.replace(tzinfo=tz).astimezone(UTC)
    day = instant.astimezone(tz).date() + timedelta(days=1)
    while (datetime(day.year, day.month, day.day, tzinfo=tz) + timedelta(minutes=starts)).astimezone(UTC) > instant:
        day -= timedelta(days=1)
    return day.toordinal()


@lru_cache(maxsize=4096)
def _beginning(rrule: str, first_day: date) -> Rule:
    return parsed(rrule).beginning(first_day)
