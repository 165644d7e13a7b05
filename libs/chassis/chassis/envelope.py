"""What travels around a request: who asks, until when, under which ids."""

import time
from dataclasses import dataclass, field, replace

from claims import ANONYMOUS, Claims

DEFAULT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything a request carries besides its message. `deadline` is in seconds of time.monotonic()."""

    claims: Claims = ANONYMOUS
    request_id: str = ""
    idempotency_key: str = ""
    deadline: float = field(default_factory=lambda: time.monotonic() + DEFAULT_TIMEOUT_S)

    def seconds_left(self) -> float:
        return self.deadline - time.monotonic()

    def onward(self) -> "Envelope":
        """For a call made on behalf of this one: same asker, same deadline, no idempotency key of its own."""
        return replace(self, idempotency_key="")
