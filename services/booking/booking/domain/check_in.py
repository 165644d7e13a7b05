"""Checking in by a code that names an appointment. No I/O; time is an argument."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.clock import local, local_day

from booking.domain.appointment import Appointment
from booking.domain.errors import AppointmentOver, NotYet, UnknownCode
from booking.domain.status import Action, Status
from booking.domain.visit import Slot

EARLY: Final = timedelta(hours=3)
_ID: Final = 16
_PROOF: Final = 16
"""128 bits: nobody makes up a code that counts."""
_THERE: Final = frozenset({Status.CHECKED_IN, Status.IN_PROGRESS})
CAN_COME: Final = frozenset({Status.REQUESTED, Status.SCHEDULED, Status.CONFIRMED, Status.NO_SHOW}) | _THERE


@dataclass(frozen=True, slots=True)
class Code:
    """Clinic and appointment, with a proof that they come from here. Nothing of it is kept: it can be shown again."""

    clinic_id: UUID
    appointment_id: UUID

    def text(self, key: bytes) -> str:
        ids = self.clinic_id.bytes + self.appointment_id.bytes
        return base64.urlsafe_b64encode(ids + _proof(ids, key)).decode()

    @classmethod
    def parse(cls, text: str, key: bytes) -> Self:
        """Of the code, or of an address that ends with it."""
        try:
            found = base64.b64decode(text.strip().rpartition("=")[2].encode("ascii"), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            raise UnknownCode from None
        ids, proof = found[: 2 * _ID], found[2 * _ID :]
        if len(ids) != 2 * _ID or not hmac.compare_digest(proof, _proof(ids, key)):
            raise UnknownCode
        return cls(UUID(bytes=ids[:_ID]), UUID(bytes=ids[_ID:]))


def _proof(ids: bytes, key: bytes) -> bytes:
    return hmac.digest(key, ids, "sha256")[:_PROOF]


def open_hours(slot: Slot) -> tuple[datetime, datetime]:
    """When a code of a visit counts."""
    zone = slot.time_zone
    begin, end = local_day(slot.starts_at.astimezone(ZoneInfo(zone)).date(), zone)
    return max(begin, slot.starts_at - EARLY), min(end, slot.ends_at)


def arrive(it: Appointment, now: datetime) -> bool:
    """Whether they were not there before. What is refused here is not to be saved."""
    is_new = it.status not in _THERE
    if is_new:
        it.become(Action.CHECKED_IN, reason="", now=now)
    opens, closes = open_hours(it.slot)
    if now < opens:
        raise NotYet(f"Check in from {local(opens, it.slot.time_zone)} on")
    if now >= closes:
        raise AppointmentOver("The time of the visit is over")
    return is_new
