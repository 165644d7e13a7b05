"""What a verification found: counts and examples, as a table for people and as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime

from rich import box
from rich.table import Table

_EXAMPLES = 20
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be, by its id."""

    id: str
    words: str


@dataclass(slots=True)
class Check:
    """Something that must not be, as its name says; how many were looked at, and which are so."""

    service: str
    name: str
    looked_at: int = 0
    found: int = 0
    examples: list[Difference] = field(default_factory=list)

    def add(self, id_: object, words: str) -> None:
        """All are counted, the first are kept."""
        self.found += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(Difference(str(id_), words))


@dataclass(frozen=True, slots=True)
class Trail:
    """How far a service's audit trail is sealed, and the hash of its last seal."""

    service: str
    seals: int
    records: int
    unsealed: int
    head: str


@dataclass(frozen=True, slots=True)
class Log:
    """What was read of a service's stream and outbox."""

    service: str
    events: int
    copies: int
    """Came again under the id they had; whoever hears them takes them once."""
    later: int
    """Written after the tables were read: not judged."""
    waiting: int
    """In the outbox only, as yet."""
    first_sequence: int
    last_sequence: int
    since: datetime
    """What happened before is not demanded: the stream did not exist, or keeps it no longer."""
    unjudged: int
    """Appointments that have not changed since."""


@dataclass(slots=True)
class Report:
    """Of each service, as of a moment of its own."""

    at: dict[str, datetime] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    trails: list[Trail] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not any(check.found for check in self.checks)

    def table(self) -> Table:
        table = Table("", "what must not be", "looked at", "found", box=box.SIMPLE)
        for check in self.checks:
            found = f"[red]{check.found}[/red]" if check.found else "[green]0[/green]"
            table.add_row(check.service, check.name, str(check.looked_at), found)
        return table

    def lines(self) -> Iterator[str]:
        """What the table does not say."""
        for trail in self.trails:
            yield (
                f"{trail.service}: {trail.seals} seals over {trail.records} audit records, {trail.unsealed} not sealed"
                f" yet, head {trail.head[:16]}"
            )
        for log in self.logs:
            yield (
                f"{log.service}: {log.events} events up to {log.last_sequence} of the stream, {log.waiting} waiting,"
                f" {log.copies} came twice, {log.later} too new; {log.unjudged} appointments are older than the events"
            )
        yield from self.differences()

    def differences(self) -> Iterator[str]:
        for check in self.checks:
            for example in check.examples:
                yield f"{check.service}: {check.name}: {example.id}: {example.words}"
            if check.found > len(check.examples):
                yield f"{check.service}: {check.name}: and {check.found - len(check.examples)} more"

    def facts(self) -> dict[str, object]:
        """As JSON has it; without fractions, so that its canonical form is easily had (RFC 8785)."""
        found: dict[str, object] = json.loads(json.dumps(asdict(self), default=datetime.isoformat))
        return {"format": _FORMAT, "is_clean": self.is_clean, **found}
