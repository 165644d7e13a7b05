"""What can be listened to, and who may hear what of it."""

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, NamedTuple
from uuid import UUID

from claims import Claims

from gateway.addresses import network

_KINDS: Final = ("clinic", "provider", "location", "patient")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class Channel(NamedTuple):
    """Of one clinic. `clinic:{id}`, `provider:{id}`, `location:{id}:{local day}` or `patient:{id}`."""

    kind: str
    id: str
    day: str = ""

    @classmethod
    def parse(cls, text: str) -> "Channel | None":
        kind, _, rest = text.partition(":")
        id_, _, day = rest.partition(":")
        id_ = id_.lower()
        if kind not in _KINDS or not _UUID.fullmatch(id_) or bool(day) != (kind == "location"):
            return None
        return cls(kind, id_, day) if not day or _is_day(day) else None

    def __str__(self) -> str:
        return ":".join(part for part in self if part)


class Hears(Enum):
    """Everything, or only that free times have changed: no ids of appointments, patients or rooms."""

    ALL = "all"
    AVAILABILITY = "availability"


class Kind(Enum):
    STAFF = "staff"
    PATIENT = "patient"
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who listens, in one clinic. `principal` is who pays for the connection when they are counted."""

    clinic_id: str
    kind: Kind
    principal: str
    patient_id: str = ""

    @classmethod
    def of(cls, claims: Claims) -> "Viewer":
        assert claims.clinic_id is not None
        clinic_id = str(claims.clinic_id)
        if claims.patient_id is not None or claims.role == "patient":
            return cls(clinic_id, Kind.PATIENT, claims.subject, str(claims.patient_id or ""))
        kind = Kind.STAFF if claims.may("appointments.read") else Kind.ANYBODY
        return cls(clinic_id, kind, claims.subject)

    @classmethod
    def anybody(cls, clinic_id: UUID, address: str) -> "Viewer":
        return cls(str(clinic_id), Kind.ANYBODY, stranger(address))

    def hears(self, channel: Channel) -> Hears | None:
        """None: may not listen there."""
        match channel.kind:
            case "clinic":
                return Hears.ALL if self.kind is Kind.STAFF and channel.id == self.clinic_id else None
            case "patient":
                own = self.kind is Kind.PATIENT and channel.id == self.patient_id
                return Hears.ALL if own or self.kind is Kind.STAFF else None
            case _:
                return Hears.ALL if self.kind is Kind.STAFF else Hears.AVAILABILITY


def stranger(address: str) -> str:
    """The principal of who has not signed in."""
    return f"address:{network(address)}"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return _DAY.fullmatch(text) is not None
