"""A walk-in: somebody who came without an appointment and waits at a location. No I/O; time is an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from booking.domain.appointment import Appointment
from booking.domain.errors import ChangedMeanwhile, NotWaiting, NotYourAppointment
from booking.domain.visit import Demand, Kind, Option, Slot, Visit

GIVEN_UP_AFTER: Final = timedelta(hours=16)
"""Who still waits then has gone without a word."""


class WalkInStatus(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    DONE = "done"
    LEFT = "left"


IN_QUEUE: Final = frozenset({WalkInStatus.WAITING, WalkInStatus.CALLED})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls or serves, as far as it matters."""

    subject: str
    specialist_id: UUID | None
    """Theirs, if they are one."""
    is_bound: bool
    """They do so in their own name only; the front desk may for everybody."""


@dataclass(slots=True, kw_only=True)
class WalkIn:
    id: UUID
    patient_id: UUID
    location_id: UUID
    time_zone: str
    service_id: UUID
    specialist_id: UUID | None = None
    """Only with them; None: with anybody."""
    planned: timedelta
    """As long as the service was to take when they came."""
    notes: str = ""
    urgent: bool = False
    status: WalkInStatus = WalkInStatus.WAITING
    reason: str = ""
    """Why they were last moved ahead or back, or left."""
    called_at: datetime | None = None
    called_by: str = ""
    called_specialist_id: UUID | None = None
    """To whom."""
    room_id: UUID | None = None
    appointment_id: UUID | None = None
    joined_at: datetime
    changed_at: datetime
    version: int = 1

    def require_version(self, seen: int) -> None:
        """0: any will do."""
        if seen not in (0, self.version):
            raise ChangedMeanwhile(f"It is at version {self.version} now, you saw {seen}; read it again")

    def require_in_queue(self) -> None:
        if self.status not in IN_QUEUE:
            raise NotWaiting(f"It is {self.status}")

    def hurry(self, *, urgent: bool, reason: str, now: datetime) -> None:
        """Before all who are not urgent, or back to their place by arrival."""
        self.require_in_queue()
        self.urgent = urgent
        self._changed(now, reason)

    def call(self, specialist_id: UUID | None, room_id: UUID | None, caller: Caller, now: datetime) -> None:
        """To the specialist, or to the desk. Again only by who has called them, perhaps to another room."""
        self.require_free_for(caller)
        self.status = WalkInStatus.CALLED
        self.called_at, self.called_by, self.called_specialist_id = now, caller.subject, specialist_id
        self.room_id = room_id
        self._changed(now, self.reason)

    def require_free_for(self, caller: Caller) -> None:
        """Two must not wait for the same patient; the front desk may decide otherwise."""
        self.require_in_queue()
        if caller.is_bound and self.called_specialist_id not in (None, caller.specialist_id):
            raise NotWaiting("Somebody else has called them")

    def leave(self, reason: str, now: datetime) -> None:
        self.require_in_queue()
        self.status = WalkInStatus.LEFT
        self._changed(now, reason)

    def begin(self, appointment: Appointment, now: datetime) -> None:
        """They are seen: in an appointment like any other."""
        self.status = WalkInStatus.SERVING
        self.called_specialist_id = appointment.specialist_id
        self.appointment_id, self.room_id = appointment.id, appointment.room_id
        self._changed(now, self.reason)

    def finish(self, now: datetime) -> None:
        """Their visit is over."""
        self.status = WalkInStatus.DONE
        self._changed(now, self.reason)

    def specialist_for(self, named: UUID | None, caller: Caller) -> UUID | None:
        """Whoever is named; else to whom they were called, who was asked for, or who does it."""
        if not caller.is_bound:
            return named or self.called_specialist_id or self.specialist_id or caller.specialist_id
        if caller.specialist_id is None or named not in (None, caller.specialist_id):
            raise NotYourAppointment("It is for them to say, or for the front desk")
        return caller.specialist_id

    def visit(self, id_: UUID, specialist_id: UUID, starts_at: datetime, length: timedelta) -> Visit:
        """From then on. What is decided on the spot takes the visit itself: no buffers, whatever the opening hours."""
        ends_at = starts_at + length
        slot = Slot(self.location_id, self.time_zone, starts_at, ends_at, starts_at, ends_at)
        return Visit(id=id_, specialist_id=specialist_id, service_id=self.service_id, slot=slot)

    def _changed(self, now: datetime, reason: str) -> None:
        self.reason = reason
        self.changed_at = now
        self.version += 1


def demands(visit: Visit, room_id: UUID | None) -> list[Demand]:
    """Specialist before room, as everybody takes them."""
    begin, end = visit.slot.occupied_from, visit.slot.occupied_until
    wanted = [(Kind.SPECIALIST, visit.specialist_id)] + ([(Kind.ROOM, room_id)] if room_id else [])
    return [Demand(kind, 1, [Option(id_, 0, begin, end)]) for kind, id_ in wanted]
