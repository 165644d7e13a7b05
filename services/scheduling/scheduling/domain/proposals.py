"""New times for those who must go, so that what one is proposed is not in another's way. Pure; minutes of UTC."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from heapq import merge
from itertools import groupby
from uuid import UUID

from scheduling.domain.slots import Slot


class Taken:
    """What was proposed so far: the minutes of each specialist and room."""

    def __init__(self) -> None:
        self._minutes: defaultdict[UUID, set[int]] = defaultdict(set)

    def add(self, slot: Slot) -> None:
        """With the first of its rooms."""
        for who in (slot.specialist, *slot.also):
            self._minutes[who.id].update(_takes(slot))
        for room in slot.rooms[:1]:
            self._minutes[room.id].update(_takes(slot, room.turnaround))

    def left_of(self, slot: Slot) -> Slot | None:
        """With the rooms that are left; None: it is in somebody's way."""
        if not all(self._minutes[who.id].isdisjoint(_takes(slot)) for who in (slot.specialist, *slot.also)):
            return None
        rooms = [room for room in slot.rooms if self._minutes[room.id].isdisjoint(_takes(slot, room.turnaround))]
        return replace(slot, rooms=tuple(rooms)) if rooms or not slot.rooms else None


class Free:
    """Slots that are free, given by time; those that are taken since are looked at once and forgotten."""

    def __init__(self, slots: Iterable[Slot], taken: Taken) -> None:
        self._at = {minute: list(same_time) for minute, same_time in groupby(slots, key=lambda slot: slot.minute)}
        self._minutes = list(self._at)
        self._taken = taken

    def around(self, minute: int, farthest: int) -> Iterator[Slot]:
        """The nearest first, the earlier of two as near."""
        here = bisect_left(self._minutes, minute)
        earlier, later = reversed(self._minutes[:here]), self._minutes[here:]
        for each in merge(earlier, later, key=lambda other: (abs(other - minute), other)):
            if abs(each - minute) > farthest:
                return
            self._at[each] = [left for slot in self._at[each] if (left := self._taken.left_of(slot)) is not None]
            yield from self._at[each]


def _takes(slot: Slot, turnaround: int = 0) -> range:
    terms = slot.offer.service.terms
    begin = slot.minute - terms.buffer_before
    return range(begin, begin + terms.occupied(turnaround))
