"""A guest's booking: a held time, a name, and a code that proves the address. No I/O; time is an argument."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from booking.domain.errors import BookingOver, WrongCode

# Nothing that is taken for something else when it is typed in.
_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_CODE_LENGTH: Final = 8
_ATTEMPTS: Final = 10
GIVEN: Final = ("given_name", "family_name", "email", "phone", "notes")
"""What a guest says of themselves."""
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

    def correct(self, given: Mapping[str, str]) -> bool:
        """Who sees that their address was wrong says it again, and gets another code; whether anything was. It counts
        as an attempt, so that nobody has mail sent to whom they like; the last attempt is for the code itself."""
        if self.appointment_id is not None or all(getattr(self, name) == value for name, value in given.items()):
            return False
        self._require_attempts(2)
        for name, value in given.items():
            setattr(self, name, value)
        self.code = new_code()
        self.attempts += 1
        return True

    def _require_attempts(self, left: int = 1) -> None:
        if self.attempts + left > _ATTEMPTS:
            raise BookingOver("Too many attempts; look for a time again")

    def require_code(self, given: str, now: datetime) -> None:
        """Who guesses too often has to begin anew; what was confirmed stays so."""
        if self.appointment_id is None and self.expires_at <= now:
            raise BookingOver("The code has run out; look for a time again")
        self._require_attempts()
        if not hmac.compare_digest(given.strip().upper().encode(), self.code.encode()):
            raise WrongCode("Take the code of the mail that was sent last")
