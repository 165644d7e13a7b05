"""Who waits for a time, and what suits them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

ANSWER_WITHIN = timedelta(minutes=15)
"""How long an offer is held."""


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
    """A start that somebody has given up."""

    starts_at: datetime
    specialist_id: UUID
    location_id: UUID
    time_zone: str


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
    joined_at: datetime

    def is_suited_by(self, start: datetime, specialist_id: UUID, location_id: UUID) -> bool:
        """`start` is in the location's zone."""
        minute, day = start.hour * 60 + start.minute, start.date()
        return (
            (not self.specialist_ids or specialist_id in self.specialist_ids)
            and self.location_id in (None, location_id)
            and (self.first_day is None or self.first_day <= day)
            and (self.last_day is None or day <= self.last_day)
            and (not self.weekdays or day.weekday() in self.weekdays)
            and (self.not_before is None or self.not_before <= minute)
            and (self.not_after is None or minute <= self.not_after)
        )


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
