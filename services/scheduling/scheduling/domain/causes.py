"""What exactly is in the way of a start: the appointment, the time off, the break. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Final
from uuid import UUID

from scheduling.domain.kernel import Reason


class Kind(StrEnum):
    APPOINTMENT = auto()
    HOLD = auto()
    BLOCK = auto()
    TIME_OFF = auto()
    CLOSED_DAY = auto()
    BREAK = auto()
    HOURS = auto()
    DOWNTIME = auto()


_WORDS: Final = {
    Kind.APPOINTMENT: "An appointment",
    Kind.HOLD: "A time that is held for somebody",
    Kind.BLOCK: "A block",
    Kind.TIME_OFF: "Time off",
    Kind.BREAK: "A break",
    Kind.DOWNTIME: "Out of use",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """Instants are UTC. `name` is of a closed day; `resource_id` of the room or pool it concerns."""

    reason: Reason
    kind: Kind
    starts: datetime
    ends: datetime
    id: UUID | None = None
    name: str = ""
    resource_id: UUID | None = None
    buffered: bool = False
    """What the service keeps free around a visit is counted in: that alone is in the way."""

    @property
    def words(self) -> str:
        if self.kind is Kind.CLOSED_DAY:
            return f"Closed: {self.name}" if self.name else "Closed that day"
        if self.kind is Kind.HOURS:
            return "Works then"
        return f"{_WORDS[self.kind]}, with what is kept free around the visit" if self.buffered else _WORDS[self.kind]


def of_reason(found: Iterable[Cause], reason: Reason, ids: Iterable[UUID]) -> list[Cause]:
    """Those of one constraint, by start; of rooms and pools only of those that it names. That somebody works at other
    times tells most where nothing else keeps them away."""
    named = set(ids)
    mine = [each for each in found if each.reason is reason and each.resource_id in {None, *named}]
    strong = [each for each in mine if each.kind is not Kind.HOURS]
    return sorted(strong or mine, key=lambda each: each.starts)
