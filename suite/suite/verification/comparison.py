"""What the tables say of each thing against what its events tell."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from suite.verification.report import Check
from suite.verification.rows import Row, born_at, rows_of
from suite.verification.told import Kind, Story

Stories = dict[tuple[Kind, UUID | None, str], Story]


class Comparison:
    """Of changes since the stream began; what is older may have events, or none."""

    def __init__(self, service: str, stories: Stories, since: datetime) -> None:
        self.unjudged = 0
        """Appointments that have not changed since."""
        self._service = service
        self._stories = stories
        self._since = since

    async def of(self, kind: Kind, connection: Any) -> list[Check]:
        those = f"{kind.replace('_', '-')}s"
        versions = Check(self._service, f"{those} without one event a version")
        facts = Check(self._service, f"{those} not as their last event says")
        absent = Check(self._service, f"{those} that only events tell of")
        timelines = Check(self._service, "timelines without one entry a version")
        async for row in rows_of(connection, kind):
            story = self._stories.pop((kind, row.clinic_id, row.id), None)
            for words in self._wrong_versions(row, story):
                versions.add(row.id, words)
            for words in _wrong_facts(row, story):
                facts.add(row.id, words)
            if kind is Kind.APPOINTMENT and set(row.entries) != set(range(1, row.version + 1)):
                timelines.add(row.id, f"has entries of versions {sorted(row.entries)}, and is at {row.version}")
            versions.looked_at += 1
            facts.looked_at += story is not None
            self.unjudged += kind is Kind.APPOINTMENT and not self._is_judged(row, story)
        for key in [key for key in self._stories if key[0] is kind]:
            story = self._stories.pop(key)
            absent.looked_at += 1
            if not story.last.ends_a_hold:
                absent.add(story.last.id, f"its last event is {story.last.subject}, version {story.last.version}")
            for words in self._wrong_past(story):
                versions.add(story.last.id, words)
        checks = [versions, facts, absent]
        if kind is Kind.APPOINTMENT:
            timelines.looked_at = versions.looked_at
            await _orphans(timelines, connection)
            checks.append(timelines)
        return checks

    def _wrong_versions(self, row: Row, story: Story | None) -> Iterator[str]:
        told = Counter(story.versions if story is not None else ())
        for version in range(1, row.version + 1):
            if not told[version] and self._is_demanded(row.came_at(version)):
                yield f"no event tells of its version {version}"
        for version, times in sorted(told.items()):
            if times > 1:
                yield f"{times} events tell of its version {version}"
            if version > row.version:
                yield f"an event tells of its version {version}, and it is at {row.version}"

    def _wrong_past(self, story: Story) -> Iterator[str]:
        """Of something that is gone."""
        told = Counter(story.versions)
        born = born_at(UUID(story.last.id)) if story.last.ends_a_hold else None
        for version in range(1, story.last.version + 1):
            if not told[version] and self._is_demanded(born):
                yield f"no event tells of its version {version}"
            if told[version] > 1:
                yield f"{told[version]} events tell of its version {version}"

    def _is_demanded(self, at: datetime | None) -> bool:
        return at is not None and at >= self._since

    def _is_judged(self, row: Row, story: Story | None) -> bool:
        return self._is_demanded(row.came_at(row.version)) or (story is not None and row.version in story.versions)


def _wrong_facts(row: Row, story: Story | None) -> Iterator[str]:
    if story is None or story.last.version != row.version:
        return
    if story.last.ends_a_hold:
        yield "its last event says that it has ended"
    told = story.facts()
    for name in row.facts.keys() & told.keys():
        if row.facts[name] != told[name]:
            yield f"{name} is {_words(row.facts[name])}, its last event says {_words(told[name])}"


async def _orphans(timelines: Check, connection: Any) -> None:
    rows = await connection.fetch(
        """
        SELECT appointment_id, count(*) AS entries FROM appointment_entry e
        WHERE NOT EXISTS (SELECT FROM appointment a WHERE a.clinic_id = e.clinic_id AND a.id = e.appointment_id)
        GROUP BY appointment_id
        """
    )
    for row in rows:
        timelines.add(row["appointment_id"], f"has {row['entries']} entries, and is not there")


def _words(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value) if value not in ("", None) else "nothing"
