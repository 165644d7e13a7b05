"""What booking's tables say of each appointment, hold, block and walk-in, in the words of its events."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from suite.verification.told import Facts, Kind

_TAKEN: Final = (
    "specialist_id", "also_specialist_ids", "service_id", "location_id", "calendar_id", "room_id", "session_id",
    "equipment", "time_zone", "starts_at", "ends_at", "occupied_from", "occupied_until", "room_until",
)  # fmt: skip
_COLUMNS: Final[Mapping[Kind, Sequence[str]]] = {
    Kind.APPOINTMENT: (*_TAKEN, "patient_id", "status"),
    Kind.HOLD: (*_TAKEN, "expires_at"),
    Kind.BLOCK: ("specialist_id", "room_id", "starts_at", "ends_at", "removed"),
    Kind.WALK_IN: (
        "patient_id", "service_id", "location_id", "room_id", "appointment_id", "time_zone", "status", "urgent",
        "joined_at",
    ),
}  # fmt: skip
_BORN: Final = {
    Kind.APPOINTMENT: "created_at", Kind.HOLD: "NULL::timestamptz", Kind.BLOCK: "created_at", Kind.WALK_IN: "joined_at",
}  # fmt: skip
_ENTRIES: Final = """
    LEFT JOIN LATERAL (
        SELECT array_agg(e.version ORDER BY e.version) AS versions,
               array_agg(e.changed_at ORDER BY e.version) AS changed_at
        FROM appointment_entry e WHERE e.clinic_id = t.clinic_id AND e.appointment_id = t.id
    ) AS timeline ON true
"""


@dataclass(frozen=True, slots=True)
class Row:
    clinic_id: UUID
    id: str
    version: int
    facts: Facts
    born_at: datetime | None
    """None: not known."""
    entries: Mapping[int, datetime]
    """Of an appointment's timeline: when it came to each of its versions."""

    def came_at(self, version: int) -> datetime | None:
        """To a version; at the latest as it was born, if nothing says more."""
        return self.entries.get(version, self.born_at)


async def rows_of(connection: Any, kind: Kind) -> AsyncIterator[Row]:
    """All of them, within the connection's transaction."""
    query = ", ".join(("t.clinic_id", "t.id", "t.version", f"{_BORN[kind]} AS born_at", *_COLUMNS[kind]))
    timeline = kind is Kind.APPOINTMENT
    query = f"SELECT {query}{', timeline.versions, timeline.changed_at' if timeline else ''} FROM {kind} t"  # noqa: S608
    async for row in connection.cursor(query + (_ENTRIES if timeline else ""), prefetch=500):
        entries = zip(row["versions"] or (), row["changed_at"] or (), strict=True) if timeline else ()
        facts = {name: _plain(name, row[name]) for name in _COLUMNS[kind]}
        if facts.get("room_id") and facts.get("room_until", "") is None:
            facts["room_until"] = facts["occupied_until"]
        yield Row(
            row["clinic_id"], str(row["id"]), row["version"], facts, row["born_at"] or born_at(row["id"]), dict(entries)
        )


def born_at(id_: UUID) -> datetime | None:
    """Of whatever got its id of us (UUIDv7)."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC) if id_.version == 7 else None


def _plain(name: str, value: Any) -> object:
    """As an event would say it."""
    if name == "equipment":
        return sorted([id_, unit] for id_, unit in json.loads(value))
    if isinstance(value, list):
        return [str(each) for each in value]
    if isinstance(value, UUID) or (value is None and name.endswith("_id")):
        return str(value or "")
    return value
