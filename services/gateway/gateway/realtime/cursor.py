"""Where a client is in what is said: one position in each stream, as text in every event (`b123.s45`).

Two streams feed in, and no clock orders them: a client that comes back says how far it was in both. An event may become
several messages; of one that was heard in part, the number of messages follows (`b123:1.s45`).
"""

import re
from typing import Final, NamedTuple

Mark = tuple[int, int]
"""Sequence in a stream, and how many of its messages."""

WHOLE: Final = 1 << 30
STREAMS: Final = {"b": "booking", "s": "scheduling"}

_TEXT: Final = re.compile(r"b(\d{1,18})(?::(\d{1,3}))?\.s(\d{1,18})(?::(\d{1,3}))?")


class Cursor(NamedTuple):
    b: Mark = (0, WHOLE)
    s: Mark = (0, WHOLE)

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        found = _TEXT.fullmatch(text)
        if found is None:
            return None
        b, of_b, s, of_s = found.groups()
        return cls((int(b), int(of_b) if of_b else WHOLE), (int(s), int(of_s) if of_s else WHOLE))

    def __str__(self) -> str:
        return f"b{_written(self.b)}.s{_written(self.s)}"

    def at(self, stream: str) -> Mark:
        return self.b if stream == "b" else self.s

    def moved(self, stream: str, mark: Mark) -> "Cursor":
        return Cursor(mark, self.s) if stream == "b" else Cursor(self.b, mark)

    def covers(self, other: "Cursor") -> bool:
        """Whether who is here has heard all that who is there has."""
        return self.b >= other.b and self.s >= other.s

    def merged(self, other: "Cursor") -> "Cursor":
        return Cursor(max(self.b, other.b), max(self.s, other.s))


def _written(mark: Mark) -> str:
    sequence, messages = mark
    return str(sequence) if messages == WHOLE else f"{sequence}:{messages}"
