"""What is known of whoever asks."""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from claims.roles import permissions_of


class Actor(StrEnum):
    """The kinds of principal (seed 000 section 1.24), and nobody."""

    HUMAN = "human"
    SERVICE_ACCOUNT = "service_account"
    AGENT = "agent"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Claims:
    """Who asks, for which clinic, with which rights. Made from a verified token, never from plain metadata."""

    subject: str
    actor: Actor
    clinic_id: UUID | None = None
    role: str = ""
    permissions: frozenset[str] = frozenset()
    session_id: str = ""
    patient_id: UUID | None = None
    specialist_id: UUID | None = None
    issuer: str = ""

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    @property
    def signed_in(self) -> bool:
        return self.actor is not Actor.ANONYMOUS

    def issued_by(self, issuer: str) -> "Claims":
        return self if self.issuer == issuer else replace(self, issuer=issuer)

    def in_clinic(self, clinic_id: UUID) -> "Claims":
        return self if self.clinic_id == clinic_id else replace(self, clinic_id=clinic_id)


ANONYMOUS = Claims(subject="anonymous", actor=Actor.ANONYMOUS)


def system(issuer: str, clinic_id: UUID | None = None) -> Claims:
    """The suite itself: reactions to events, clock ticks and the operator's commands."""
    return Claims(
        subject=f"system:{issuer}",
        actor=Actor.SYSTEM,
        clinic_id=clinic_id,
        role="system",
        permissions=permissions_of("system"),
        issuer=issuer,
    )
