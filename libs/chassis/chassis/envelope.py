"""What travels around a request: who asks, until when, under which ids."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from claims import ANONYMOUS, Claims

Said = tuple[str, UUID]
"""An event: its full proto name and its id."""

DEFAULT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything a request carries besides its message. `deadline` is in seconds of time.monotonic()."""

    claims: Claims = ANONYMOUS
    request_id: str = ""
    idempotency_key: str = ""
    deadline: float = field(default_factory=lambda: time.monotonic() + DEFAULT_TIMEOUT_S)
    after: tuple[Said, ...] = ()
    """What the asker caused a moment ago: who answers has heard it first, if it listens to such events at all."""
    said: list[Said] = field(default_factory=list)
    """What this request has caused so far, here and in the services that were asked on its behalf."""

    def seconds_left(self) -> float:
        return self.deadline - time.monotonic()

    def metadata(self) -> list[tuple[str, str]]:
        """As gRPC metadata, but for the claims, which are signed, and the deadline, which gRPC has itself."""
        optional = {"idempotency-key": self.idempotency_key, "after": written(self.after)}
        return [("request-id", self.request_id), *((key, value) for key, value in optional.items() if value)]

    def asked_by(self, claims: Claims) -> "Envelope":
        """As if `claims` had sent it; the same envelope if they have."""
        return self if self.claims is claims else replace(self, claims=claims)

    def onward(self, claims: Claims) -> "Envelope":
        """For a call made on behalf of this one, by whom `claims` say: same deadline, no idempotency key of its own."""
        return replace(self, claims=claims, idempotency_key="")


def written(events: Iterable[Said]) -> str:
    """As one line of text."""
    return ",".join(f"{subject}:{event_id}" for subject, event_id in events)


def parsed(text: str) -> tuple[Said, ...]:
    return tuple((subject, UUID(id_)) for subject, _, id_ in (each.partition(":") for each in text.split(",")) if id_)
