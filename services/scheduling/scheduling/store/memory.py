"""What was read before, kept in this process while nothing it was made of has changed (seed 003 section 4.4)."""

from collections import OrderedDict
from collections.abc import Hashable
from sys import getsizeof
from typing import Any

_ENTRY_BYTES = 400  # key, version and the place in the order


class Memory:
    """Least recently used goes first when the budget is spent. An entry counts only in the version it was made from; in
    another it is a guess."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._entries: OrderedDict[Hashable, tuple[Hashable, Any, int]] = OrderedDict()
        self.used_bytes = 0

    def get(self, key: Hashable, version: Hashable) -> Any:
        """None if it is not there, or out of date."""
        found = self._entries.get(key)
        if found is None or found[0] != version:
            return None
        self._entries.move_to_end(key)
        return found[1]

    def latest(self, key: Hashable) -> tuple[Any, Any] | None:
        """In whichever version it was remembered last, with that."""
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found[0], found[1]

    def put(self, key: Hashable, version: Hashable, value: Any, size: int | None = None) -> None:
        size = _ENTRY_BYTES + (getsizeof(value) if size is None else size)
        before = self._entries.pop(key, None)
        self.used_bytes += size - (before[2] if before else 0)
        self._entries[key] = (version, value, size)
        while self.used_bytes > self._budget:
            _, (_, _, freed) = self._entries.popitem(last=False)
            self.used_bytes -= freed

    def __len__(self) -> int:
        return len(self._entries)
