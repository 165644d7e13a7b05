"""A block: time that a specialist or a room is not to be booked. No I/O; time is an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.errors import FieldViolation

from booking.domain.errors import WrongEnd
from booking.domain.policy import LANES_AT_MOST
from booking.domain.visit import Demand, Holder, Kind, Option

LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Of a specialist or of a room, never of both."""

    id: UUID
    specialist_id: UUID | None
    room_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    removed: bool = False
    version: int = 1
    """Grows by one with each change."""

    @property
    def holder(self) -> Holder:
        return Holder("block", self.id)

    def require_length(self) -> None:
        if not timedelta(0) < self.ends_at - self.starts_at <= LONGEST:
            wrong = FieldViolation("ends_at", f"must be after the start, by {LONGEST.days} days at most")
            raise WrongEnd("A block ends after it starts", fields=[wrong])

    def demand(self) -> Demand:
        """Of a specialist every lane: nobody is booked beside a block, and no block is put over who was."""
        kind, lanes = (Kind.SPECIALIST, 1 + LANES_AT_MOST) if self.specialist_id else (Kind.ROOM, 1)
        resource_id = self.specialist_id or self.room_id
        assert resource_id is not None
        return Demand(kind, lanes, [Option(resource_id, lane, self.starts_at, self.ends_at) for lane in range(lanes)])
