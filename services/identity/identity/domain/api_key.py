"""API keys: amb_<clinic>_<secret>. The clinic is in it, so that looking it up needs no view across clinics."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from identity.domain.errors import KeyUnknown

_MARK: Final = "amb"
_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class ApiKey:
    clinic_id: UUID
    secret: str

    @classmethod
    def new(cls, clinic_id: UUID) -> Self:
        return cls(clinic_id, secrets.token_hex(24))

    @classmethod
    def parse(cls, text: str) -> Self:
        try:
            mark, clinic, secret = text.split("_")
            if mark != _MARK:
                raise ValueError
            return cls(UUID(hex=clinic), secret)
        except ValueError:
            raise KeyUnknown from None

    def __str__(self) -> str:
        return f"{_MARK}_{self.clinic_id.hex}_{self.secret}"

    @property
    def prefix(self) -> str:
        """Enough to tell keys apart."""
        return self.secret[:_SHOWN]

    @property
    def digest(self) -> bytes:
        """192 random bits need no slow hash."""
        return hashlib.sha256(self.secret.encode()).digest()
