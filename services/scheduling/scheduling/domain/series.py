"""The starts of a series: the days of a recurrence rule, at the same local time each. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chassis.errors import FieldViolation

from scheduling.domain.errors import RecurrenceNotSupported, TooLong
from scheduling.domain.recurrence import RecurringOpening
from scheduling.domain.rrule import Rule, parsed

MOST: Final = 100
LONGEST: Final = timedelta(days=731)


@dataclass(frozen=True, slots=True)
class LocalStart:
    """A local time of a zone."""

    wall: datetime
    """Without offset; of one that comes twice, `fold` says which."""
    zone: str

    @property
    def instant(self) -> datetime:
        """Of one that is skipped, as if the clocks had not changed yet."""
        return self.wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    @property
    def is_skipped(self) -> bool:
        """A clock change leaves it out."""
        return self.instant.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None) != self.wall

    @property
    def text(self) -> str:
        """RFC 3339 with its offset; without, if there is none."""
        return self.wall.isoformat() if self.is_skipped else self.instant.astimezone(ZoneInfo(self.zone)).isoformat()


def starts_of(rrule: str, first: datetime, zone: str) -> list[LocalStart]:
    """From the first on, which must be one of them. A later one whose time comes twice means the first of both."""
    wall = first.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    opening = RecurringOpening(rrule, wall.date(), wall.hour * 60 + wall.minute, 1)
    rule, latest = _rule(rrule), wall.date() + LONGEST
    if rule.until is not None and _day(rule.until) > latest:
        raise _too_long("UNTIL is more than two years after the first visit: take an earlier one")
    days = opening.days(zone, wall.toordinal(), latest.toordinal())
    if not days or days[0] != wall.toordinal():
        raise _not_supported(f"The first start is on {wall.date()}, which the rule leaves out: begin on a day it names")
    if max(len(days), rule.count) > MOST:
        raise _too_long(f"There are more than {MOST} visits: take a lower COUNT or an earlier UNTIL")
    if len(days) < rule.count:
        raise _too_long("The last visit is more than two years after the first: take a lower COUNT")
    time = wall.time().replace(fold=0)
    later = [datetime.combine(date.fromordinal(day), time) for day in days[1:]]
    return [LocalStart(each, zone) for each in (wall, *later)]


def _rule(rrule: str) -> Rule:
    try:
        rule = parsed(rrule)
    except ValueError as wrong:
        raise _not_supported(str(wrong)) from None
    if not rule.count and rule.until is None:
        raise _not_supported("say how often it comes with COUNT, or UNTIL when, at most two years ahead")
    return rule


def _day(until: date | datetime) -> date:
    return until.date() if isinstance(until, datetime) else until


def _not_supported(words: str) -> RecurrenceNotSupported:
    return RecurrenceNotSupported(words, fields=[FieldViolation("rrule", words)])


def _too_long(words: str) -> TooLong:
    return TooLong(words, fields=[FieldViolation("rrule", words)])
