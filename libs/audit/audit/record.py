"""One audit record: who did what, for which clinic, under which request."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

# Ten values, in the order of Record.values().
INSERT: Final = """
INSERT INTO audit_record
    (id, occurred_at, clinic_id, subject, actor, action, request_id, session_id, trace_id, facts)
VALUES ({0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9})
"""


@dataclass(frozen=True, slots=True)
class Record:
    """`facts` holds ids and whatever the use case added; personal and stricter fields never reach it."""

    id: UUID
    occurred_at: datetime
    clinic_id: UUID | None
    subject: str
    actor: str
    action: str
    request_id: str
    session_id: str
    trace_id: str
    facts: dict[str, object]

    def values(self) -> tuple[object, ...]:
        return (
            self.id,
            self.occurred_at,
            self.clinic_id,
            self.subject,
            self.actor,
            self.action,
            self.request_id,
            self.session_id,
            self.trace_id,
            json.dumps(self.facts, sort_keys=True, default=str),
        )
