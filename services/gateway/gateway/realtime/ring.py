"""The newest events, in the order in which this process heard them: who comes back soon is served from here."""

from bisect import bisect_left
from datetime import datetime, timedelta

from gateway.realtime.cursor import WHOLE, Cursor
from gateway.realtime.frames import Entry


class Ring:
    """Bounded by count and by age. Both positions only grow along it, so places are found by bisection."""

    def __init__(self, most: int, age: timedelta) -> None:
        self._most = most
        self._age = age
        self._entries: list[Entry] = []
        self._begins = 0
        self.floor = Cursor()
        """All after it is here."""
        self.position = Cursor()
        """The newest."""
        self.known_since: datetime | None = None
        """All that was heard after it is here. None: it has not begun."""

    def begin(self, stream: str, sequence: int, now: datetime) -> None:
        """Nothing of this stream before it is, or will be, here."""
        self.known_since = now
        mark = (sequence, WHOLE)
        self.floor = self.floor.moved(stream, mark)
        self.position = self.position.moved(stream, mark)

    def restart(self, stream: str, sequence: int, now: datetime) -> None:
        """The stream is another than before."""
        self._entries.clear()
        self._begins = 0
        self.floor = self.position
        self.begin(stream, sequence, now)

    def append(self, entry: Entry, now: datetime) -> None:
        entry.heard_at = now
        self._entries.append(entry)
        self.position = entry.cursor
        oldest = now - self._age
        while self._begins < len(self._entries) - 1 and (
            len(self._entries) - self._begins > self._most or self._entries[self._begins].occurred_at < oldest
        ):
            gone = self._entries[self._begins]
            self.floor = self.floor.moved(gone.stream, (gone.sequence, WHOLE))
            self.known_since = gone.heard_at
            self._begins += 1
        if self._begins > self._most // 2:
            # Many at once: cutting a list at its front costs its length.
            del self._entries[: self._begins]
            self._begins = 0

    def at(self, instant: datetime) -> Cursor | None:
        """Where somebody was who had then heard all that was heard here; None if that is not known, or not any more.

        When an event occurred says less: it may be told long after, and what occurred later be told before.
        """
        if self.known_since is None or instant <= self.known_since:
            return None
        first = bisect_left(self._entries, instant, lo=self._begins, key=lambda e: e.heard_at)
        return self._entries[first - 1].cursor.merged(self.floor) if first > self._begins else self.floor

    def reaches(self, cursor: Cursor) -> bool:
        return cursor.covers(self.floor)

    def after(self, cursor: Cursor, most: int) -> list[Entry]:
        """What somebody there has not heard; what they have heard in another process' order is left out."""
        first = bisect_left(self._entries, True, lo=self._begins, key=lambda e: not cursor.covers(e.cursor))
        found: list[Entry] = []
        for index in range(first, len(self._entries)):
            entry = self._entries[index]
            if entry.cursor.at(entry.stream) > cursor.at(entry.stream):
                found.append(entry)
                if len(found) == most:
                    break
        return found
