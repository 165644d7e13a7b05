"""Free starts with their names, rooms and scores: what is shown. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from scheduling.domain.hours import instant_of
from scheduling.domain.kernel import Start
from scheduling.domain.offer import Offer, Room, Specialist
from scheduling.domain.score import preferred_first, score


@dataclass(frozen=True, slots=True)
class Slot:
    """A free start of an offer; rooms best first."""

    minute: int
    offer: Offer
    specialist: Specialist
    rooms: tuple[Room, ...]
    score: int
    seats_left: int = 0
    """Of a group; 0: it is for one."""

    @property
    def also(self) -> tuple[Specialist, ...]:
        """Who is there besides."""
        return self.offer.also

    def order(self) -> tuple[int, int, str, str]:
        """By time, then by score, then by name: never by chance."""
        return (self.minute, -self.score, self.specialist.name, str(self.specialist.id))


def slots(offer: Offer, starts: Iterable[Start], hours: range = range(24)) -> Iterator[Slot]:
    """In that order; only those that begin within the hours of the local day."""
    zone = ZoneInfo(offer.location.time_zone)
    specialists = {each.id: (each, each.preference(offer.service.id)) for each in offer.specialists}
    rooms = {room.id: room for room in offer.rooms}
    equipment = [kind for kind, _ in offer.service.rules.equipment]
    plain = not any(preference for _, preference in specialists.values())
    same_time: list[Slot] = []
    for start in starts:
        if same_time and same_time[0].minute != start.minute:
            yield from sorted(same_time, key=Slot.order)
            same_time = []
        specialist, preference = specialists[start.specialist_id]
        if plain and len(hours) == 24:
            those = tuple([rooms[id_] for id_ in start.room_ids])
            same_time.append(Slot(start.minute, offer, specialist, those, 100, _seats_left(offer, start)))
            continue
        at = instant_of(start.minute).astimezone(zone)
        if at.hour in hours:
            fits = score(preference, at.hour * 60 + at.minute, start.room_ids, equipment)
            best_first = tuple(rooms[id_] for id_ in preferred_first(preference, start.room_ids))
            same_time.append(Slot(start.minute, offer, specialist, best_first, fits, _seats_left(offer, start)))
    yield from sorted(same_time, key=Slot.order)


def _seats_left(offer: Offer, start: Start) -> int:
    if not offer.service.is_for_groups:
        return 0
    return offer.service.capacity if start.seats_left is None else start.seats_left
