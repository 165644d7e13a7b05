"""An appointment: a patient's visit, from booking to its end. No I/O; time is an argument."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.domain.errors import (
    AnotherAppointment,
    AppointmentChanged,
    AppointmentOver,
    IllegalStatus,
    NothingToChange,
    NotToday,
    NotYet,
)
from booking.domain.policy import Fee, Policy, Terms, added
from booking.domain.status import AHEAD, FROM, TO, Action, Status
from booking.domain.visit import Slot, Visit


@dataclass(slots=True, kw_only=True)
class Appointment(Visit):
    """A patient's time with a specialist."""

    patient_id: UUID
    notes: str = ""
    status: Status = Status.SCHEDULED
    reason: str = ""
    terms: Terms = field(default_factory=Terms)
    late_fee: Fee | None = None
    """Owed for moving or canceling late."""
    no_show_fee: Fee | None = None
    """Owed for not coming."""
    overbooked: bool = False
    series_id: UUID | None = None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def book(
        cls,
        visit: Visit,
        *,
        id_: UUID,
        patient_id: UUID,
        notes: str,
        now: datetime,
    ) -> Self:
        """Without terms, until they are agreed on."""
        return cls(
            id=id_,
            patient_id=patient_id,
            specialist_id=visit.specialist_id,
            service_id=visit.service_id,
            slot=visit.slot,
            calendar_id=visit.calendar_id,
            also=visit.also,
            assignment=visit.assignment,
            taken=visit.taken,
            session_id=visit.session_id,
            notes=notes,
            created_at=now,
            updated_at=now,
        )

    def agree(self, policy: Policy, *, by_patient: bool) -> None:
        """Whoever books it agrees to the policy as it is now."""
        self.terms = policy.terms
        if by_patient and policy.needs_acceptance:
            self.status = Status.REQUESTED

    @property
    def fee(self) -> Fee | None:
        """All that is owed."""
        return added(self.late_fee, self.no_show_fee)

    def require_same(self, *, patient_id: UUID, service_id: UUID | None) -> None:
        """Who books again under an id means what was booked; its time and specialist may have changed since."""
        if patient_id != self.patient_id or service_id not in (None, self.service_id):
            raise AnotherAppointment("It is another patient's or service's; take a new id")

    def require_version(self, seen: int) -> None:
        """0: any will do."""
        if seen not in (0, self.version):
            raise AppointmentChanged(f"It is at version {self.version} now, you saw {seen}; read it again")

    def move(
        self,
        slot: Slot,
        specialist_id: UUID,
        *,
        reason: str,
        now: datetime,
        waived: bool,
        by_staff: bool = False,
        elsewhere: bool = False,
        asks_again: bool = False,
    ) -> None:
        """To another time, specialist or place. The room is chosen anew among what is free then; who had confirmed the
        old time has not confirmed this one, and where a patient has to ask, they ask again."""
        self.require_leavable(Action.MOVED, now, by_staff=by_staff)
        if not elsewhere and (slot.starts_at, specialist_id) == (self.slot.starts_at, self.specialist_id):
            raise NothingToChange("It begins at this time already")
        self._owe_for_leaving(now, waived=waived)
        self.slot = slot
        self.overbooked = False
        if asks_again:
            self.status = Status.REQUESTED
        elif self.status is Status.CONFIRMED:
            self.status = Status.SCHEDULED
        self._changed(reason, now)

    def cancel(self, *, reason: str, now: datetime, waived: bool, by_staff: bool = False) -> None:
        self.require_leavable(Action.CANCELED, now, by_staff=by_staff)
        self._owe_for_leaving(now, waived=waived)
        self.status = Status.CANCELED
        self._changed(reason, now)

    def become(self, action: Action, *, reason: str, now: datetime, waived: bool = False) -> Status:
        """The status it had before."""
        before = self.status
        if before not in FROM[action]:
            may = " or ".join(sorted(FROM[action]))
            raise IllegalStatus(f"It is {before}; it can be {action} only while it is {may}")
        if action in (Action.CHECKED_IN, Action.STARTED) and self._day(now) != self._day(self.slot.starts_at):
            raise NotToday(f"The visit is on {self._day(self.slot.starts_at)}")
        if action in (Action.ACCEPTED, Action.CONFIRMED) and self.slot.starts_at <= now:
            raise AppointmentOver("It has begun")
        if action is Action.NO_SHOW and now < self.slot.starts_at:
            raise NotYet("The visit has not begun yet; they may still come")
        self.no_show_fee = self.terms.no_show_fee if action is Action.NO_SHOW and not waived else None
        self.status = TO[action]
        self._changed(reason, now)
        return before

    def _owe_for_leaving(self, now: datetime, *, waived: bool) -> None:
        """Nothing while nobody has accepted it."""
        if not waived and self.status is not Status.REQUESTED:
            self.late_fee = self.terms.fee_for_leaving(self.slot.starts_at, now) or self.late_fee

    def _day(self, at: datetime) -> object:
        return at.astimezone(ZoneInfo(self.slot.time_zone)).date()

    def require_leavable(self, action: Action, now: datetime, *, by_staff: bool) -> None:
        """What a patient has missed is not theirs to move or cancel any more; staff know who is late and who called."""
        hindrance = self.hindrance(action, now, by_staff=by_staff)
        if hindrance:
            raise AppointmentOver(hindrance)

    def hindrance(self, action: Action, now: datetime, *, by_staff: bool) -> str:
        """Why it cannot be moved or canceled any more; empty if it can."""
        if self.status not in (FROM[action] if by_staff else AHEAD):
            return f"It is {self.status}"
        return "It has begun" if not by_staff and self.slot.starts_at <= now else ""

    def _changed(self, reason: str, now: datetime) -> None:
        self.reason = reason
        self.version += 1
        self.updated_at = now
