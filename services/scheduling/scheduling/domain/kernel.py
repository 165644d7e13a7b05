"""The kernel: which starts are free. Listing and resolving ask the same function (ARCHITECTURE D4). Pure.

The visit itself must lie within the specialist's open minutes. Specialist and room must be free of other claims for the
visit and its buffers; the buffers may lie outside of the hours, so that a day can begin with a patient.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final
from uuid import UUID

from scheduling.domain import mask

GRID: Final = 15
"""Starts are offered every quarter of an hour of UTC, which is one of local time in every zone there is."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a service takes, in minutes."""

    duration: int
    buffer_before: int
    buffer_after: int
    requires_room: bool

    @property
    def occupied(self) -> int:
        return self.buffer_before + self.duration + self.buffer_after


@dataclass(frozen=True, slots=True)
class Window:
    """UTC minutes that masks speak of: bit 0 is minute `first`. Starts are wanted in `starts`."""

    first: int
    last: int
    starts: tuple[int, int]

    @classmethod
    def around(cls, terms: Terms, earliest: int, latest: int) -> "Window":
        """Wide enough that what a start within earliest..latest takes lies inside."""
        return cls(
            earliest - terms.buffer_before,
            latest + terms.duration + terms.buffer_after,
            (earliest, max(earliest, latest)),
        )

    @property
    def size(self) -> int:
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Resource:
    """A specialist or a room within a window: when it is open, and when it is taken."""

    id: UUID
    open: int
    busy: int


@dataclass(frozen=True, slots=True)
class Start:
    """One start that is free: minute of UTC, specialist, and every room that would do."""

    minute: int
    specialist_id: UUID
    room_ids: tuple[UUID, ...]


def starts(terms: Terms, window: Window, specialists: Sequence[Resource], rooms: Sequence[Resource]) -> Iterator[Start]:
    """Every free start, by time and then in the order of the specialists."""
    fitting = rooms if terms.requires_room else ()
    everything = mask.stretch(0, window.size)
    taking = [_takes(terms, everything, room) for room in fitting]
    wanted = _wanted(window)
    if terms.requires_room:
        wanted &= reduce(or_, taking, 0)
    free = [
        wanted & mask.runs(specialist.open, terms.duration) & _takes(terms, everything, specialist)
        for specialist in specialists
    ]
    # Bytes from here on, since looking at one bit of a long integer copies it.
    having = [(specialist.id, mask.octets(m, window.size)) for specialist, m in zip(specialists, free, strict=True)]
    room_takes = [(room.id, mask.octets(m, window.size)) for room, m in zip(fitting, taking, strict=True)]
    for minute in mask.minutes(reduce(or_, free, 0)):
        octet, bit = minute >> 3, 1 << (minute & 7)
        room_ids = tuple([id_ for id_, takes in room_takes if takes[octet] & bit])
        for specialist_id, starts_of in having:
            if starts_of[octet] & bit:
                yield Start(window.first + minute, specialist_id, room_ids)


def _takes(terms: Terms, everything: int, resource: Resource) -> int:
    """Starts at which the resource is free for the visit and its buffers."""
    free = mask.runs(everything & ~resource.busy, terms.occupied)
    return free << terms.buffer_before & everything if terms.buffer_before else free


def _wanted(window: Window) -> int:
    earliest, latest = (minute - window.first for minute in window.starts)
    return mask.every(GRID, latest, -window.first % GRID) & mask.stretch(earliest, latest)
