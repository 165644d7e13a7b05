"""Where an appointment stands, and what may become of it (FEATURES B06)."""

from enum import StrEnum
from typing import Final


class Status(StrEnum):
    REQUESTED = "requested"
    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELED = "canceled"
    NO_SHOW = "no_show"


class Action(StrEnum):
    """What is done with an appointment; the words of its timeline."""

    BOOKED = "booked"
    MOVED = "moved"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    CHECK_IN_UNDONE = "check_in_undone"
    STARTED = "started"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELED = "canceled"


AHEAD: Final = frozenset({Status.REQUESTED, Status.SCHEDULED, Status.CONFIRMED})
"""Still to come."""

_EXPECTED: Final = frozenset({Status.SCHEDULED, Status.CONFIRMED})

FROM: Final[dict[Action, frozenset[Status]]] = {
    Action.ACCEPTED: frozenset({Status.REQUESTED}),
    Action.DECLINED: frozenset({Status.REQUESTED}),
    Action.CONFIRMED: frozenset({Status.SCHEDULED}),
    # Who comes after all has come.
    Action.CHECKED_IN: _EXPECTED | {Status.NO_SHOW},
    Action.CHECK_IN_UNDONE: frozenset({Status.CHECKED_IN}),
    Action.STARTED: _EXPECTED | {Status.CHECKED_IN},
    Action.COMPLETED: frozenset({Status.IN_PROGRESS}),
    Action.NO_SHOW: _EXPECTED,
    # Also who has come and gone again, unseen.
    Action.CANCELED: AHEAD | {Status.CHECKED_IN},
    Action.MOVED: AHEAD,
}
TO: Final[dict[Action, Status]] = {
    Action.ACCEPTED: Status.SCHEDULED,
    Action.DECLINED: Status.CANCELED,
    Action.CONFIRMED: Status.CONFIRMED,
    Action.CHECKED_IN: Status.CHECKED_IN,
    # Who was taken for them has confirmed nothing, but that they are still expected is known at the desk.
    Action.CHECK_IN_UNDONE: Status.CONFIRMED,
    Action.STARTED: Status.IN_PROGRESS,
    Action.COMPLETED: Status.COMPLETED,
    Action.NO_SHOW: Status.NO_SHOW,
    Action.CANCELED: Status.CANCELED,
}
