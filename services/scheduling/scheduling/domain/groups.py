"""Sessions of a service for several patients together: who has booked them, and how many may join. Pure."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from scheduling.domain.kernel import Session
from scheduling.domain.offer import Offer
from scheduling.domain.rules import Visit


def distinct(visits: Sequence[Visit]) -> list[Visit]:
    """All who are in a session together are one visit of its specialist."""
    seen: set[tuple[UUID, UUID]] = set()
    found = []
    for visit in visits:
        if visit.session_id is not None:
            if (visit.session_id, visit.specialist_id) in seen:
                continue
            seen.add((visit.session_id, visit.specialist_id))
        found.append(visit)
    return found


def sessions(offer: Offer, visits: Iterable[Visit]) -> dict[UUID, tuple[Session, ...]]:
    """Of each specialist, those of the offer, as far as they are where it is."""
    by_id: dict[UUID, list[Visit]] = {}
    for visit in visits:
        if visit.session_id is not None and visit.location_id == offer.location.id:
            by_id.setdefault(visit.session_id, []).append(visit)
    rooms, also = {room.id for room in offer.rooms}, {each.id for each in offer.also}
    found: dict[UUID, tuple[Session, ...]] = {}
    for those in by_id.values():
        patients = [visit for visit in those if visit.is_first]
        first = patients[0]
        if {visit.specialist_id for visit in those} != {first.specialist_id} | also:
            continue
        if first.room_id is not None and first.room_id not in rooms:
            continue
        room_ids = () if first.room_id is None else (first.room_id,)
        session = Session(first.starts, room_ids, max(0, offer.service.capacity - len(patients)))
        found[first.specialist_id] = (*found.get(first.specialist_id, ()), session)
    return found
