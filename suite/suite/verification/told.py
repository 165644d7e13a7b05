"""What booking's events tell: of which appointment, hold, block or walk-in, which version, and what it is like then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from ambulo.booking.v1 import events_pb2 as pb
from google.protobuf.message import Message

Facts = Mapping[str, object]
"""By the names of the tables' columns."""


class Kind(StrEnum):
    APPOINTMENT = "appointment"
    HOLD = "hold"
    BLOCK = "block"
    WALK_IN = "walk_in"


@dataclass(frozen=True, slots=True)
class _Form:
    """How an event tells what it tells."""

    kind: Kind
    event: type[Message]
    id: str = "appointment_id"
    """Of the field with the id; within `occupied` if there is one."""
    means: Facts = field(default_factory=dict)

    def about(self, event: Any) -> Any:
        """The message that names the thing and its version."""
        return event.occupied if self.takes else event

    @property
    def takes(self) -> bool:
        """Whether it says what is taken from then on."""
        return "occupied" in self.event.DESCRIPTOR.fields_by_name


_FORMS: Final = {
    form.event.DESCRIPTOR.full_name: form
    for form in (
        _Form(Kind.APPOINTMENT, pb.AppointmentBooked),
        _Form(Kind.APPOINTMENT, pb.AppointmentMoved),
        _Form(Kind.APPOINTMENT, pb.AppointmentStatusChanged),
        _Form(Kind.APPOINTMENT, pb.AppointmentCanceled, means={"status": "canceled"}),
        _Form(Kind.HOLD, pb.HoldPlaced),
        _Form(Kind.HOLD, pb.HoldEnded, "hold_id"),
        _Form(Kind.BLOCK, pb.BlockPut, means={"removed": False}),
        _Form(Kind.BLOCK, pb.BlockRemoved, "block_id", means={"removed": True}),
        _Form(Kind.WALK_IN, pb.WalkInJoined, "walk_in_id", means={"status": "waiting"}),
        _Form(Kind.WALK_IN, pb.WalkInChanged, "walk_in_id"),
    )
}
_PLAIN: Final = (
    "patient_id", "specialist_id", "service_id", "location_id", "calendar_id", "room_id", "session_id",
    "appointment_id", "time_zone", "status", "urgent",
)  # fmt: skip
_INSTANTS: Final = ("starts_at", "ends_at", "occupied_from", "occupied_until", "room_until", "expires_at", "joined_at")


@dataclass(frozen=True, slots=True)
class Told:
    """One event, of one version of one thing."""

    kind: Kind
    clinic_id: UUID | None
    id: str
    version: int
    subject: str
    payload: bytes

    @property
    def takes(self) -> bool:
        return _FORMS[self.subject].takes

    @property
    def ends_a_hold(self) -> bool:
        return _FORMS[self.subject].event is pb.HoldEnded

    def facts(self) -> Facts:
        form = _FORMS[self.subject]
        event = form.event.FromString(self.payload)
        return {**_facts(form.about(event)), **_facts(event), **form.means}


def told(subject: str, clinic_id: UUID | None, payload: bytes) -> Told | None:
    """None: it tells of nothing that has a table of its own to be compared with."""
    form = _FORMS.get(subject)
    if form is None:
        return None
    about = form.about(form.event.FromString(payload))
    return Told(form.kind, clinic_id, getattr(about, form.id), about.version, subject, payload)


@dataclass(slots=True)
class Story:
    """All that is told of one thing, in whatever order it came."""

    last: Told
    taking: Told | None = None
    """The last that says what is taken."""
    versions: list[int] = field(default_factory=list)

    def add(self, it: Told) -> None:
        self.versions.append(it.version)
        if it.version >= self.last.version:
            self.last = it
        if it.takes and (self.taking is None or it.version >= self.taking.version):
            self.taking = it

    def facts(self) -> Facts:
        """As of its last event; what that does not say is as it was, but for the group it is part of no more."""
        facts = {**(self.taking.facts() if self.taking is not None else {}), **self.last.facts()}
        return facts if self.last.takes else {name: told for name, told in facts.items() if name != "session_id"}


def _facts(it: Any) -> dict[str, object]:
    """Of a message, as far as it has them."""
    known = it.DESCRIPTOR.fields_by_name
    found: dict[str, object] = {name: getattr(it, name) for name in _PLAIN if name in known}
    found |= {name: _instant(it, name) for name in _INSTANTS if name in known}
    if "also_specialist_ids" in known:
        found["also_specialist_ids"] = list(it.also_specialist_ids)
    if "equipment" in known:
        found["equipment"] = sorted([each.equipment_id, each.unit] for each in it.equipment)
    return found


def _instant(it: Any, name: str) -> datetime | None:
    return getattr(it, name).ToDatetime(UTC) if it.HasField(name) else None
