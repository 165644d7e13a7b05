"""Time off: asked for, decided, withdrawn."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from scheduling.domain.errors import DecidedAlready, NotYoursToDecide


class Status(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides: the specialist they are, if one, and whether they may decide on others and on themselves."""

    specialist_id: UUID | None
    decides: bool
    decides_own: bool

    def speaks_for(self, specialist_id: UUID) -> bool:
        """A specialist asks and withdraws for themselves; the front desk for anybody."""
        return self.specialist_id in (None, specialist_id) or self.decides_own


@dataclass(slots=True)
class TimeOff:
    id: UUID
    specialist_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: str
    status: Status = Status.REQUESTED
    answer: str = ""
    version: int = 1

    def require_decider(self, status: Status, by: Decider) -> None:
        if status is Status.WITHDRAWN:
            if not by.speaks_for(self.specialist_id):
                raise NotYoursToDecide("Only who it is for, or the front desk, may withdraw it")
        elif not by.decides:
            raise NotYoursToDecide("Ask somebody who may change working hours to decide")
        elif by.specialist_id == self.specialist_id and not by.decides_own:
            raise NotYoursToDecide("Your own time off is decided by somebody else: ask them")

    def decide(self, status: Status, answer: str) -> None:
        """What was requested may become anything; what was approved may be withdrawn; all else stays as it is."""
        withdrawing = (self.status, status) == (Status.APPROVED, Status.WITHDRAWN)
        if self.status is not Status.REQUESTED and not withdrawing:
            raise DecidedAlready(f"It is {self.status} already; ask for time off anew if plans have changed")
        self.status = status
        self.answer = answer or self.answer
