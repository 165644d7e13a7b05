"""A guest's booking: a held time, a name, and a code that proves the address. No I/O; time is an argument."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from booking.domain.errors import BookingOver, WrongCode

# Nothing that is taken for something else when it is typed in.
_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_CODE_LENGTH: Final = 8
_ATTEMPTS: Final = 10
AWAITS: Final = timedelta(minutes=30)
"""How long a code counts, and the time stays held for it."""


@dataclass(frozen=True, slots=True)
class HoldToken:
    """What proves that a guest's hold is theirs; only its digest is kept."""

    text: str

    @classmethod
    def new(cls) -> Self:
        return cls(secrets.token_urlsafe(24))

    @property
    def subject(self) -> str:
        """Whose hold it is."""
        return f"guest/{hashlib.sha256(self.text.encode()).hexdigest()[:40]}"


def new_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))


@dataclass(slots=True, kw_only=True)
class GuestBooking:
    id: UUID
    hold_id: UUID
    given_name: str
    family_name: str
    email: str
    phone: str
    notes: str
    code: str
    attempts: int = 0
    expires_at: datetime
    appointment_id: UUID | None = None

    def require_code(self, given: str, now: datetime) -> None:
        """Who guesses too often has to begin anew; what was confirmed stays so."""
        if self.appointment_id is None and self.expires_at <= now:
            raise BookingOver("The code has run out; look for a time again")
        if self.attempts >= _ATTEMPTS:
            raise BookingOver("The code was wrong too often; look for a time again")
        if not hmac.compare_digest(given.strip().upper().encode(), self.code.encode()):
            raise WrongCode("Take the code of the mail that was sent last")
