"""Appointments that come again: who chooses what of them, and where they go when they move. Pure; time is an argument.

A series is how it was booked; from then on its appointments are like any others. One that was moved or canceled alone
is an exception, and stays one of the series.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.errors import FieldViolation

from booking.domain.appointment import Appointment
from booking.domain.assignment import Candidate, Offered
from booking.domain.errors import AnotherSeries, SlotTaken
from booking.domain.status import AHEAD

_NAMED: Final = 20
"""So many are named when they are not free; an answer that is an error has little room."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A start of a series that could not be had."""

    start: str
    """RFC 3339 in the location's zone; without offset if a clock change skips it."""
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    id: UUID
    patient_id: UUID
    service_id: UUID
    specialist_id: UUID
    location_id: UUID
    calendar_id: UUID | None
    time_zone: str
    rrule: str
    starts_at: datetime
    """Of the first."""
    skipped: Sequence[Missed]
    created_at: datetime

    def require_same(self, *, patient_id: UUID, service_id: UUID | None, rrule: str, starts_at: datetime) -> None:
        """Who books again under an id means what was booked."""
        same = (patient_id, rrule, starts_at) == (self.patient_id, self.rrule, self.starts_at)
        if not same or service_id not in (None, self.service_id):
            raise AnotherSeries("It has another patient, service, rule or first start; take a new id")


class Scope(StrEnum):
    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"

    def of(
        self, those: Sequence[Appointment], this: Appointment, now: datetime, *, this_too: bool = False
    ) -> list[Appointment]:
        """By start; alone this one whatever has become of it, others only if they are still to come."""
        if self is Scope.THIS:
            return [this]
        ahead = [
            each
            for each in those
            if (this_too and each is this) or (each.status in AHEAD and each.slot.starts_at > now)
        ]
        meant = [each for each in ahead if self is Scope.ALL or each.slot.starts_at >= this.slot.starts_at]
        return sorted(meant, key=lambda each: (each.slot.starts_at, each.id))


def not_free(missed: Mapping[int, Missed], of_all: int) -> SlotTaken:
    """All that are in the way, by their places in the series."""
    named = sorted(missed.items())[:_NAMED]
    more = f" and {len(missed) - len(named)} more" if len(missed) > len(named) else ""
    return SlotTaken(
        f"{len(missed)} of {of_all} are not free: {', '.join(each.start for _, each in named)}{more}",
        fields=[FieldViolation(f"occurrences[{n}]", f"{it.start}: {it.reason}, {it.detail}") for n, it in named],
    )


def free_most_often(offers: Sequence[Offered]) -> list[Candidate]:
    """Of all who could give one of them, those who could give most."""
    times = Counter(each.specialist_id for offered in offers for each in offered.candidates)
    known = {each.specialist_id: each for offered in offers for each in offered.candidates}
    most = max(times.values())
    return [each for id_, each in known.items() if times[id_] == most]


def shift(before: datetime, after: datetime, zone: str) -> timedelta:
    """By how much the clock on the wall differs."""
    return _wall(after, zone) - _wall(before, zone)


@dataclass(frozen=True, slots=True)
class Shifted:
    """A start as much later by the clock on the wall. A time that comes twice means the first."""

    wall: datetime
    zone: str
    starts_at: datetime | None
    """None: a clock change skips it."""

    @property
    def text(self) -> str:
        """RFC 3339 with its offset; without, if there is none."""
        return (self.starts_at.astimezone(ZoneInfo(self.zone)) if self.starts_at else self.wall).isoformat()

    @classmethod
    def of(cls, starts_at: datetime, by: timedelta, zone: str) -> "Shifted":
        wall = _wall(starts_at, zone) + by
        # What does not move stays, although its time may come twice.
        instant = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) if by else starts_at
        return cls(wall, zone, instant if _wall(instant, zone) == wall else None)


def _wall(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
