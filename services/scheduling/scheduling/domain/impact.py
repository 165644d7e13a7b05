"""Appointments that a change leaves without what they take, and where they could go. Pure; minutes of UTC."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from scheduling.domain.kernel import Obstacle
from scheduling.domain.slots import Slot


@dataclass(frozen=True, slots=True)
class Promise:
    """An appointment to come: the visit, and what it takes from when until when."""

    appointment_id: UUID
    specialist_id: UUID
    service_id: UUID
    location_id: UUID
    starts: int
    ends: int
    occupied_from: int
    occupied_until: int
    room_id: UUID | None
    room_until: int
    equipment: tuple[tuple[UUID, int], ...]
    """Pools and units."""


@dataclass(frozen=True, slots=True)
class Displaced:
    """A promise that could not be kept, and why."""

    promise: Promise
    obstacles: Sequence[Obstacle]


def proposals(promise: Promise, free: Sequence[Slot], taken: Sequence[Slot], count: int) -> list[Slot]:
    """The free starts nearest to the old one, the earlier of two as near; none that a start in `taken`, which was
    proposed to somebody else, stands in the way of."""
    found: list[Slot] = []
    for slot in sorted(free, key=lambda slot: (abs(slot.minute - promise.starts), slot.minute)):
        if len(found) == count:
            break
        beside = [other for other in taken if _overlap(slot, other)]
        if slot.minute == promise.starts or any(other.specialist.id == slot.specialist.id for other in beside):
            continue
        # Each of those takes the first of its rooms.
        gone = {other.rooms[0].id for other in beside if other.rooms}
        rooms = tuple(room for room in slot.rooms if room.id not in gone)
        if rooms or not slot.rooms:
            found.append(replace(slot, rooms=rooms))
    return found


def _overlap(one: Slot, other: Slot) -> bool:
    (begin, end), (others_begin, others_end) = _takes(one), _takes(other)
    return begin < others_end and others_begin < end


def _takes(slot: Slot) -> tuple[int, int]:
    terms = slot.offer.service.terms
    turnaround = slot.rooms[0].turnaround if slot.rooms else 0
    begin = slot.minute - terms.buffer_before
    return begin, begin + terms.occupied(turnaround)
