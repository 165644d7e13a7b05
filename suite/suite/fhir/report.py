"""What comes of a load: requests to make, and one outcome for each resource, in words an operator understands."""

from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from google.protobuf.message import Message

Verdict = Literal["taken", "mapped", "skipped"]

_MANY: Final = 12


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one resource: taken as it is, mapped (something was changed or assumed), or skipped; and why."""

    origin: str
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One request, and the resources it comes from; where one gives several, also which of its parts."""

    origin: tuple[str, ...]
    request: Message


@dataclass(frozen=True, slots=True)
class Plan:
    clinic_id: UUID
    steps: list[Step]
    outcomes: list[Outcome]


@dataclass(slots=True)
class Report:
    """Gathers remarks while planning; a resource without any was simply taken."""

    remarks: dict[str, list[str]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def remark(self, origin: str, what: str) -> None:
        known = self.remarks.setdefault(origin, [])
        if what not in known:
            known.append(what)

    def skip(self, origin: str, why: str) -> None:
        self.skipped.setdefault(origin, why)

    def outcome(self, origin: str) -> Outcome:
        remarks = self.remarks.get(origin, [])
        if len(remarks) > _MANY:
            remarks = [*remarks[:_MANY], f"and {len(remarks) - _MANY} more remarks"]
        if origin in self.skipped:
            return Outcome(origin, "skipped", "; ".join([self.skipped[origin], *remarks]))
        if remarks:
            return Outcome(origin, "mapped", "; ".join(remarks))
        return Outcome(origin, "taken")
