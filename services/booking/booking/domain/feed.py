"""Calendar feeds: whose appointments, and the token that leads to them."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self
from uuid import UUID

from chassis.errors import FieldViolation

from booking.domain.errors import FeedGone, NotYourFeed

BEHIND: Final = timedelta(days=60)
AHEAD: Final = timedelta(days=730)
MOST: Final = 2000


@dataclass(frozen=True, slots=True)
class Token:
    """<clinic>-<secret>. The clinic is in it, so that looking it up needs no view across clinics."""

    clinic_id: UUID
    secret: str

    @classmethod
    def new(cls, clinic_id: UUID) -> Self:
        return cls(clinic_id, secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> Self:
        clinic, _, secret = text.partition("-")
        try:
            return cls(UUID(hex=clinic), secret)
        except ValueError:
            raise FeedGone from None

    def __str__(self) -> str:
        return f"{self.clinic_id.hex}-{self.secret}"

    @property
    def digest(self) -> bytes:
        """256 random bits need no slow hash; and looking up a hash tells nothing by the time it takes."""
        return hashlib.sha256(self.secret.encode()).digest()


@dataclass(frozen=True, slots=True)
class Whose:
    """A specialist's or a patient's appointments."""

    specialist_id: UUID | None
    patient_id: UUID | None

    def require_own(self, own: Self | None) -> None:
        """Patients and specialists make feeds of their own appointments; who may see everybody's has no `own`."""
        if own is not None and self != own:
            field = "specialist_id" if self.specialist_id else "patient_id"
            raise NotYourFeed(fields=[FieldViolation(field, "is not you")])
