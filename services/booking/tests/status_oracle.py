"""What must come of a command on an appointment: by where it stands, who asks, and when its visit is. Written down from
FEATURES B06 and from the words of the contract; nothing of it is read from the code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

AHEAD: Final = ("requested", "scheduled", "confirmed")
STATUSES: Final = (*AHEAD, "checked_in", "in_progress", "completed", "canceled", "no_show")

IN_DAYS, SOON, BEGUN, YESTERDAY = MOMENTS = ("in days", "soon", "begun", "yesterday")
BEFORE, THAT_DAY, AFTER = (IN_DAYS, SOON), (SOON, BEGUN), (BEGUN, YESTERDAY)
NEVER: Final = {
    # Nobody is there days before the visit, nor missing before it begins.
    IN_DAYS: ("checked_in", "in_progress", "completed", "no_show"),
    SOON: ("no_show",),
    BEGUN: (),
    YESTERDAY: (),
}

STAFF: Final = ("admin", "front desk", "specialist", "another specialist", "specialist without a record", "program")
PATIENTS: Final = ("patient", "another patient")
ELSEWHERE: Final = ("admin elsewhere", "admin elsewhere who says so")
CALLERS: Final = (*STAFF, *PATIENTS, *ELSEWHERE, "suite", "booking program", "reading program", "nobody")
MANAGE, BOOK = "appointments.manage", "appointments.book"
MAY: Final[Mapping[str, tuple[str, ...]]] = {
    MANAGE: (*STAFF, *ELSEWHERE, "suite"),
    BOOK: (*STAFF, *ELSEWHERE, "suite", *PATIENTS, "booking program"),
}

PROBLEMS: Final = {
    "UNAUTHENTICATED": 401,
    "DENIED": 403,
    "NOT_YOUR_APPOINTMENT": 403,
    "NOT_FOUND": 404,
    "ILLEGAL_STATUS": 409,
    "APPOINTMENT_OVER": 409,
    "APPOINTMENT_CHANGED": 412,
    "NOT_TODAY": 422,
    "NOT_YET": 422,
    "UNKNOWN_PATIENT": 422,
}
GENERAL: Final = ("UNAUTHENTICATED", "DENIED", "NOT_FOUND")
"""Of every RPC, so that no proto names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    rpc: str = ""
    may: str = MANAGE
    """The permission it needs; empty: none."""
    to: Mapping[str, str]
    """Where it leads, from where it may begin."""
    else_: str = "ILLEGAL_STATUS"
    """From anywhere else."""
    when: tuple[str, ...] = MOMENTS
    only_staff: tuple[str, ...] = ()
    """From where only they may begin."""
    at_any_time: tuple[str, ...] = ()
    """Who may do so whenever it is."""
    not_then: str = ""
    """At any other time."""
    own: bool = False
    """Specialists do so with their own only."""
    action: str = ""
    """The word for it in the timeline."""
    event: str = "AppointmentStatusChanged"
    says_version: bool = True
    """Who asks can say which version they saw."""
    again: tuple[str, ...] = ()
    """Where it is answered and nothing happens."""
    facts: Mapping[str, str] = field(default_factory=dict)


_THERE: Final = dict.fromkeys(("scheduled", "confirmed", "no_show"), "checked_in")
_LEAVING: Final = {
    "may": BOOK,
    # Who is there may leave again, unseen.
    "to": dict.fromkeys((*AHEAD, "checked_in"), "canceled"),
    "only_staff": ("checked_in",),
    "else_": "APPOINTMENT_OVER",
    # Who comes too late calls the desk, or stands at it.
    "when": BEFORE,
    "at_any_time": MAY[MANAGE],
    "not_then": "APPOINTMENT_OVER",
    "action": "canceled",
    "event": "AppointmentCanceled",
}
# Who had confirmed the old time has not confirmed the new one.
_MOVING: Final = _LEAVING | {
    "to": {"requested": "requested", "scheduled": "scheduled", "confirmed": "scheduled"},
    "action": "moved",
    "event": "AppointmentMoved",
}

COMMANDS: Final[Mapping[str, Command]] = {
    "accept": Command(
        rpc="AcceptAppointment", to={"requested": "scheduled"}, own=True, action="accepted",
        when=BEFORE, not_then="APPOINTMENT_OVER",
    ),
    "decline": Command(
        rpc="DeclineAppointment", to={"requested": "canceled"}, own=True, action="declined",
        event="AppointmentCanceled",
    ),
    "confirm": Command(
        rpc="ConfirmAppointment", may=BOOK, to={"scheduled": "confirmed"}, action="confirmed",
        when=BEFORE, not_then="APPOINTMENT_OVER",
    ),
    "check in": Command(
        rpc="CheckInAppointment", to=_THERE, action="checked_in", when=THAT_DAY, not_then="NOT_TODAY"
    ),
    "undo check-in": Command(rpc="UndoCheckIn", to={"checked_in": "confirmed"}, action="check_in_undone"),
    "start": Command(
        rpc="StartAppointment", own=True, action="started", when=THAT_DAY, not_then="NOT_TODAY",
        to=dict.fromkeys(("scheduled", "confirmed", "checked_in"), "in_progress"),
    ),
    "complete": Command(
        rpc="CompleteAppointment", to={"in_progress": "completed"}, own=True, action="completed"
    ),
    "no-show": Command(
        rpc="MarkNoShow", to=dict.fromkeys(("scheduled", "confirmed"), "no_show"), own=True, action="no_show",
        when=AFTER, not_then="NOT_YET",
    ),
    "cancel": Command(rpc="ChangeAppointment", **_LEAVING),
    "move": Command(rpc="ChangeAppointment", **_MOVING),
    "cancel this of a series": Command(rpc="ChangeSeries", facts={"scope": "THIS"}, **_LEAVING),
    "cancel all of a series": Command(rpc="ChangeSeries", facts={"scope": "ALL"}, **_LEAVING),
    "move this of a series": Command(rpc="ChangeSeries", facts={"scope": "THIS"}, **_MOVING),
    "move all of a series": Command(rpc="ChangeSeries", facts={"scope": "ALL"}, **_MOVING),
    "check in by code": Command(
        rpc="CheckInByCode", may="", to=_THERE, action="checked_in", when=THAT_DAY, not_then="NOT_TODAY",
        says_version=False, again=("checked_in", "in_progress"),
    ),
    "book once more": Command(rpc="BookAppointment", may=BOOK, to={}, says_version=False, again=STATUSES),
}  # fmt: skip

BY_ITSELF: Final[Mapping[str, Command]] = {
    "is displaced": Command(**_LEAVING | {"when": MOMENTS}),
    "is displaced elsewhere": Command(**_MOVING | {"when": MOMENTS}),
    "is never answered": Command(
        to={"requested": "canceled"}, when=AFTER, action="declined", event="AppointmentCanceled"
    ),
}  # fmt: skip
"""What the suite does when it hears of something, or by the clock. What cannot be done then is not done."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Refused, for a reason; or it has another status, or was moved; or neither: answered, and nothing happens."""

    reason: str = ""
    status: str = ""


def expected(name: str, status: str, who: str, when: str, *, stale: bool = False) -> Outcome:
    """Whoever may not do it learns nothing else; then what they saw counts, then where it stands, then the time."""
    it = COMMANDS[name]
    if it.may:
        reason = _hindrance(name, who)
        if reason:
            return Outcome(reason)
    if stale:
        return Outcome("APPOINTMENT_CHANGED")
    if status in it.again:
        # The code of a visit that is over is good for nothing.
        over = name == "check in by code" and when == YESTERDAY
        return Outcome("APPOINTMENT_OVER") if over else Outcome()
    if status not in it.to or (status in it.only_staff and who not in MAY[MANAGE]):
        return Outcome(it.else_)
    if when not in it.when and who not in it.at_any_time:
        return Outcome(it.not_then)
    # Where the clinic accepts, a patient who wants another time asks again.
    asks_again = it.action == "moved" and who == "patient"
    return Outcome(status="requested" if asks_again else it.to[status])


def expected_by_itself(name: str, status: str, when: str) -> Outcome:
    it = BY_ITSELF[name]
    return Outcome(status=it.to[status]) if status in it.to and when in it.when else Outcome()


def _hindrance(name: str, who: str) -> str:
    it = COMMANDS[name]
    if who == "nobody":
        return "UNAUTHENTICATED"
    if who not in MAY[it.may]:
        return "DENIED"
    if who in ELSEWHERE:
        return "NOT_FOUND"
    if who == "another patient":
        # Who books says for whom, and is told that there is no such patient.
        return "UNKNOWN_PATIENT" if name == "book once more" else "NOT_FOUND"
    if it.own and who in ("another specialist", "specialist without a record"):
        return "NOT_YOUR_APPOINTMENT"
    return ""
