"""The kinds of failure: what the caller can do about it. Services subclass them; the class name is the reason."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field that has to be corrected: its proto path ("intervals[2].starts"), and what is wrong with it."""

    field: str
    description: str


class DomainError(Exception):
    """Something that can happen in the clinic and has an answer. Never raised itself; see the kinds below.

    `title` is constant for the class; the argument is the detail of this occurrence. On the wire it becomes a
    google.rpc.Status; what is lost there is the class: a peer sees the kind, with `reason` and `detail` kept.
    """

    title: ClassVar[str] = ""
    name: ClassVar[str] = ""
    is_transport = False
    """The peer did not answer at all, which is not the same as answering that something is unavailable."""

    def __init__(
        self,
        detail: str = "",
        *,
        fields: Sequence[FieldViolation] = (),
        retry_after: float | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.fields = tuple(fields)
        self.retry_after = retry_after
        self.facts = dict(facts or {})

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).upper()

    @property
    def reason(self) -> str:
        """SLOT_TAKEN for class SlotTaken."""
        return self.name

    @property
    def detail(self) -> str:
        return str(self)


class Invalid(DomainError):
    """The payload is wrong: correct the fields named."""

    title = "Some fields are not valid"


class Unauthenticated(DomainError):
    """Nobody is signed in: sign in."""

    title = "Sign in first"


class Denied(DomainError):
    """Signed in, but without the right: ask for it."""

    title = "You may not do this"


class NotFound(DomainError):
    """It does not exist, or not for you."""

    title = "There is no such thing here"


class Conflict(DomainError):
    """Somebody was faster, it already exists, or its state does not allow this: choose something else."""

    title = "This conflicts with what is there"


class Stale(DomainError):
    """You saw an older version: read again, retry."""

    title = "It has changed since you read it"


class Refused(DomainError):
    """A rule says no, now: read the detail."""

    title = "A rule does not allow this"


class Exhausted(DomainError):
    """Too much at once: wait."""

    title = "Too many requests"


class Unavailable(DomainError):
    """A part is down or overloaded: retry."""

    title = "Not available right now"


class DeadlineExceeded(DomainError):
    """It took too long: retry if idempotent."""

    title = "It took too long"


class Internal(DomainError):
    """A bug: report the request id. Carries no detail, since nobody chose its words."""

    title = "Something went wrong on our side"


KINDS: tuple[type[DomainError], ...] = (
    Invalid,
    Unauthenticated,
    Denied,
    NotFound,
    Conflict,
    Stale,
    Refused,
    Exhausted,
    Unavailable,
    DeadlineExceeded,
    Internal,
)


def kind_of(error: DomainError) -> type[DomainError]:
    """The kind an error is of."""
    return next(kind for kind in KINDS if isinstance(error, kind))
