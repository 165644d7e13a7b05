"""An appointment: what it takes, and how it may change. No I/O; time is an argument."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.errors import FieldViolation

from booking.domain.errors import (
    AnotherAppointment,
    AppointmentChanged,
    AppointmentOver,
    InThePast,
    NothingToChange,
    WrongEnd,
)


class Status(StrEnum):
    SCHEDULED = "scheduled"
    CANCELED = "canceled"


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
    """What scheduling answered for one start: the visit, what it occupies, and all that it must take."""

    location_id: UUID
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    occupied_from: datetime
    occupied_until: datetime
    demands: Sequence[Demand] = ()
    daily_limits: Sequence[DailyLimit] = ()

    def require_end(self, asked: datetime | None) -> None:
        """Who names an end means it; a service's length is not the booker's to change."""
        if asked is not None and asked != self.ends_at:
            right = f"the service ends at {self.ends_at.isoformat()}"
            raise WrongEnd(right, fields=[FieldViolation("ends_at", right)])


@dataclass(slots=True)
class Appointment:
    """A patient's time with a specialist. `version` grows by one with each change."""

    id: UUID
    patient_id: UUID
    specialist_id: UUID
    service_id: UUID
    slot: Slot
    notes: str
    created_at: datetime
    updated_at: datetime
    taken: Sequence[tuple[Kind, Option]] = ()
    """What it takes of what its slot demands."""
    status: Status = Status.SCHEDULED
    reason: str = ""
    version: int = 1

    @classmethod
    def book(
        cls,
        *,
        id_: UUID,
        patient_id: UUID,
        specialist_id: UUID,
        service_id: UUID,
        slot: Slot,
        notes: str,
        now: datetime,
    ) -> Self:
        return cls(id_, patient_id, specialist_id, service_id, slot, notes, created_at=now, updated_at=now)

    def require_same(self, *, patient_id: UUID, service_id: UUID) -> None:
        """Who books again under an id means what was booked; its time and specialist may have changed since."""
        if (patient_id, service_id) != (self.patient_id, self.service_id):
            raise AnotherAppointment("It is another patient's or service's; take a new id")

    @property
    def room(self) -> Option | None:
        return next((option for kind, option in self.taken if kind is Kind.ROOM), None)

    @property
    def room_id(self) -> UUID | None:
        return self.room.resource_id if self.room else None

    @property
    def equipment(self) -> list[tuple[UUID, int]]:
        return [(option.resource_id, option.unit) for kind, option in self.taken if kind is Kind.EQUIPMENT]

    def require_version(self, seen: int) -> None:
        if seen != self.version:
            raise AppointmentChanged(f"It is at version {self.version} now, you saw {seen}; read it again")

    def move(self, slot: Slot, *, reason: str, now: datetime) -> None:
        """To another time. The room is chosen anew among what is free then."""
        self._require_ahead(now)
        if slot.starts_at == self.slot.starts_at:
            raise NothingToChange("It begins at this time already")
        self.slot = slot
        self._changed(reason, now)

    def cancel(self, *, reason: str, now: datetime) -> None:
        self._require_ahead(now)
        self.status = Status.CANCELED
        self._changed(reason, now)

    def _require_ahead(self, now: datetime) -> None:
        if self.status is Status.CANCELED:
            raise AppointmentOver("It is canceled")
        if self.slot.starts_at <= now:
            raise AppointmentOver("It has begun")

    def _changed(self, reason: str, now: datetime) -> None:
        self.reason = reason
        self.version += 1
        self.updated_at = now


def require_future(starts_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise InThePast("Book a time that is still to come", fields=[FieldViolation("starts_at", "is past")])
