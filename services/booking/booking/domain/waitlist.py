"""Who waits for a time, and what suits them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.errors import FieldViolation, Invalid

from booking.domain.errors import AnotherEntry

ANSWER_WITHIN = timedelta(minutes=15)
"""How long an offer is held."""
_FURTHEST_BEHIND, _FURTHEST_AHEAD = timedelta(hours=12), timedelta(hours=14)


class WaitlistStatus(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    LEFT = "left"


class Outcome(StrEnum):
    """How an offer ended."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Freed:
    """A stretch that somebody has given up."""

    starts_at: datetime
    ends_at: datetime
    specialist_ids: Sequence[UUID]
    """All who were taken; none: a room alone was."""
    location_id: UUID | None
    """None: wherever they work."""

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last that it may touch, wherever on earth that is."""
        first, last = self.starts_at.astimezone(UTC), self.ends_at.astimezone(UTC)
        return (first - _FURTHEST_BEHIND).date(), (last + _FURTHEST_AHEAD).date()


@dataclass(frozen=True, slots=True)
class FreeStart:
    """A start that scheduling offers."""

    service_id: UUID
    specialist_id: UUID
    location_id: UUID
    starts_at: datetime
    """As the clock there shows it."""
    ends_at: datetime

    def leaves(self, other: Self) -> bool:
        """Whether somebody can have the other beside it."""
        if other.specialist_id != self.specialist_id:
            return True
        return other.starts_at >= self.ends_at or other.ends_at <= self.starts_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Days are local to wherever the time is; times of day are minutes of it."""

    id: UUID
    patient_id: UUID
    service_id: UUID
    specialist_ids: Sequence[UUID] = ()
    location_id: UUID | None = None
    first_day: date | None = None
    last_day: date | None = None
    weekdays: Sequence[int] = ()
    """0 is Monday; none: all."""
    not_before: int | None = None
    not_after: int | None = None
    priority: int = 0
    notes: str = ""
    status: WaitlistStatus = WaitlistStatus.WAITING
    reason: str = ""
    """Why they have left, if they did not say so."""
    joined_at: datetime

    @property
    def waits(self) -> bool:
        """Also while something is offered to them."""
        return self.status in (WaitlistStatus.WAITING, WaitlistStatus.OFFERED)

    def require_possible(self) -> None:
        """That some start could suit them, if it came."""
        wrong = []
        if self.last_day is not None:
            if self.first_day is not None and self.last_day < self.first_day:
                wrong.append(FieldViolation("last_day", "is before firstDay"))
            elif self.last_day < earliest_today(self.joined_at):
                wrong.append(FieldViolation("last_day", "is past"))
        if self.not_before is not None and self.not_after is not None and self.not_after < self.not_before:
            wrong.append(FieldViolation("not_after", "is before notBefore: no start is both"))
        if wrong:
            raise Invalid(fields=wrong)

    def require_same(self, *, patient_id: UUID, service_id: UUID) -> None:
        """Who joins again under an id means the same waiting; what suits them stays as they said first."""
        if (patient_id, service_id) != (self.patient_id, self.service_id):
            raise AnotherEntry("It is another patient's or service's; take a new id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    id: UUID
    entry_id: UUID
    patient_id: UUID
    hold_id: UUID
    specialist_id: UUID
    location_id: UUID
    time_zone: str
    starts_at: datetime
    offered_at: datetime
    expires_at: datetime
    outcome: Outcome = Outcome.OPEN


def earliest_today(now: datetime) -> date:
    """The day where it is earliest on earth: days before it are over everywhere."""
    return (now.astimezone(UTC) - _FURTHEST_BEHIND).date()
