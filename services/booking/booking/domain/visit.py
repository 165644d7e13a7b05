"""A visit: a service at a time, and what it takes. Appointments and holds are visits. No I/O; time is an argument."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from chassis.errors import FieldViolation

from booking.domain.errors import InThePast, WrongEnd


class Kind(StrEnum):
    """What a demand is for."""

    SPECIALIST = "specialist"
    ROOM = "room"
    EQUIPMENT = "equipment"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Option:
    """One unit of a resource for a time."""

    resource_id: UUID
    unit: int
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Demand:
    """So many of these options must be taken, the first that are free."""

    kind: Kind
    count: int
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class DailyLimit:
    """At most so many of the service there may begin within a local day; of the specialist alone, or of all."""

    most: int
    per_specialist: bool
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """What scheduling answered for one start: the visit, and what it occupies."""

    location_id: UUID
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    occupied_from: datetime
    occupied_until: datetime

    def require_end(self, asked: datetime | None) -> None:
        """Who names an end means it; a service's length is not the booker's to change."""
        if asked is not None and asked != self.ends_at:
            right = f"the service ends at {self.ends_at.isoformat()}"
            raise WrongEnd(right, fields=[FieldViolation("ends_at", right)])


@dataclass(frozen=True, slots=True)
class Holder:
    """What takes time. Ids are their owners' to choose, so that the same id may be one of each kind."""

    kind: Literal["appointment", "hold", "block", "session"]
    id: UUID


@dataclass(slots=True, kw_only=True)
class Visit:
    id: UUID
    specialist_id: UUID
    service_id: UUID
    slot: Slot
    version: int = 1
    """Grows by one with each change."""
    calendar_id: UUID | None = None
    """From which it was booked."""
    also: Sequence[UUID] = ()
    """Specialists who are there besides."""
    assignment: str = ""
    """Why this specialist, if the calendar chose."""
    taken: Sequence[tuple[Kind, Option]] = ()
    """What it takes of what is demanded."""
    session_id: UUID | None = None
    """The group it is part of, which has what it takes."""

    @property
    def holder(self) -> Holder:
        return Holder("appointment", self.id)

    @property
    def specialist_ids(self) -> list[UUID]:
        return [self.specialist_id, *self.also]

    def assign(self, specialist_id: UUID, also: Sequence[UUID], why: str) -> None:
        """Give it to a specialist, or several; `why` if a calendar chose."""
        self.specialist_id, self.also, self.assignment = specialist_id, also, why

    def end_early(self, now: datetime) -> timedelta:
        """It is over: what follows it (buffers, making the room ready) follows sooner by so much. Whole minutes; of a
        visit that was over before it was to begin, the first stays."""
        ends_at = max(now.replace(second=0, microsecond=0), self.slot.starts_at + timedelta(minutes=1))
        saved = max(self.slot.ends_at - ends_at, timedelta(0))
        until = self.slot.occupied_until - saved
        self.slot = replace(self.slot, ends_at=self.slot.ends_at - saved, occupied_until=until)
        self.taken = [(kind, replace(option, ends_at=option.ends_at - saved)) for kind, option in self.taken]
        return saved

    @property
    def room(self) -> Option | None:
        return next((option for kind, option in self.taken if kind is Kind.ROOM), None)

    @property
    def room_id(self) -> UUID | None:
        return self.room.resource_id if self.room else None

    @property
    def equipment(self) -> list[tuple[UUID, int]]:
        return [(option.resource_id, option.unit) for kind, option in self.taken if kind is Kind.EQUIPMENT]


def require_future(starts_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise InThePast("Book a time that is still to come", fields=[FieldViolation("starts_at", "is past")])
