"""The kernel: which starts are free. Listing and resolving ask the same function (ARCHITECTURE D4). Pure.

The visit itself must lie within the specialist's open minutes. Specialist and room must be free of other claims for the
visit and its buffers; the buffers may lie outside of the hours, so that a day can begin with a patient.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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


def free_starts(
    terms: Terms, window: Window, specialists: Sequence[Resource], rooms: Sequence[Resource]
) -> Mapping[UUID, int]:
    """For each specialist a mask of the starts that are free."""
    wanted = _wanted(window)
    if terms.requires_room:
        some_room = 0
        for room in rooms:
            some_room |= _takes(terms, window, room)
        wanted &= some_room
    return {
        specialist.id: wanted & mask.runs(specialist.open, terms.duration) & _takes(terms, window, specialist)
        for specialist in specialists
    }


def starts(terms: Terms, window: Window, specialists: Sequence[Resource], rooms: Sequence[Resource]) -> Iterator[Start]:
    """Every free start, by time and then in the order of the specialists."""
    free = free_starts(terms, window, specialists, rooms)
    # Bytes, since looking at one bit of a long integer copies it.
    taking = [(room.id, mask.octets(_takes(terms, window, room))) for room in rooms] if terms.requires_room else []
    having = [(id_, mask.octets(starts_of)) for id_, starts_of in free.items()]
    together = 0
    for each in free.values():
        together |= each
    for minute in mask.minutes(together):
        room_ids = tuple([id_ for id_, takes in taking if mask.has(takes, minute)])
        for specialist_id, starts_of in having:
            if mask.has(starts_of, minute):
                yield Start(window.first + minute, specialist_id, room_ids)


def _takes(terms: Terms, window: Window, resource: Resource) -> int:
    """Starts at which the resource is free for the visit and its buffers."""
    everything = (1 << window.size) - 1
    return mask.runs(everything & ~resource.busy, terms.occupied) << terms.buffer_before


def _wanted(window: Window) -> int:
    earliest, latest = (minute - window.first for minute in window.starts)
    return mask.every(GRID, latest, -window.first % GRID) & mask.stretch(earliest, latest)
