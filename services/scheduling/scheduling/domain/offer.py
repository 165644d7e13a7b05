"""What the catalog says of a clinic, as far as scheduling decides by it. Pure values."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from scheduling.domain import mask
from scheduling.domain.calendar import Calendar
from scheduling.domain.kernel import Terms


@dataclass(frozen=True, slots=True)
class Rules:
    """A service's rules (seed 003 section 2.2), of each kind those that count; bars among them by priority."""

    allowed: frozenset[UUID] | None = None
    """Who may give it; None: anybody."""
    room_types: frozenset[str] = frozenset()
    """All of them: a room has one type, so two different ones leave no room."""
    equipment: tuple[tuple[str, int], ...] = ()
    """Type and units."""
    timed: tuple["Timed", ...] = ()


@dataclass(frozen=True, slots=True)
class MinGap:
    minutes: int


@dataclass(frozen=True, slots=True)
class MaxDaily:
    most: int
    per_specialist: bool


@dataclass(frozen=True, slots=True)
class LeadTime:
    minutes: int


@dataclass(frozen=True, slots=True)
class MaxFuture:
    days: int


@dataclass(frozen=True, slots=True)
class BlackoutDates:
    first: date
    last: date


Timed = MinGap | MaxDaily | LeadTime | MaxFuture | BlackoutDates
"""Rules that remove starts, in order of priority."""


@dataclass(frozen=True, slots=True)
class Service:
    id: UUID
    name: str
    terms: Terms
    capacity: int
    room_features: frozenset[str]
    specialist_ids: frozenset[UUID]
    """Who may give it; empty: anybody."""
    location_ids: frozenset[UUID]
    """Where it is given; empty: everywhere."""
    rules: Rules = field(default_factory=Rules)

    @property
    def is_for_groups(self) -> bool:
        return self.capacity > 1

    def is_given_by(self, specialist_id: UUID) -> bool:
        named = not self.specialist_ids or specialist_id in self.specialist_ids
        return named and (self.rules.allowed is None or specialist_id in self.rules.allowed)


@dataclass(frozen=True, slots=True)
class Location:
    id: UUID
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Room:
    id: UUID
    location_id: UUID
    name: str
    room_type: str
    capacity: int
    features: frozenset[str]
    turnaround: int

    def does_for(self, service: Service) -> bool:
        right_type = service.rules.room_types <= {self.room_type}
        return right_type and self.capacity >= service.capacity and service.room_features <= self.features


@dataclass(frozen=True, slots=True)
class Pool:
    """Units of equipment that are as good as each other."""

    id: UUID
    location_id: UUID
    name: str
    equipment_type: str
    quantity: int


def units_away(quantity: int, lacking: Iterable[tuple[int, int]]) -> list[int]:
    """Of a pool, when each unit is out of use: `lacking` are minutes and how many units then, 0 for all. The last ones
    are out first, so that two who ask mean the same."""
    once = (minutes for minutes, units in lacking for _ in range(units or quantity))
    return mask.at_least(once, quantity)[::-1]


@dataclass(frozen=True, slots=True)
class Preference:
    """What a specialist prefers. Windows are minutes of the local day; `weight` is 0 to 100."""

    room_ids: tuple[UUID, ...]
    windows: tuple[tuple[int, int], ...]
    weight: int
    equipment_type: str


@dataclass(frozen=True, slots=True)
class Specialist:
    id: UUID
    name: str
    specialty: str
    bookable: bool
    preferences: dict[UUID | None, Preference] = field(default_factory=dict)
    """By service; None: for all services that have none of their own."""

    def preference(self, service_id: UUID) -> Preference | None:
        return self.preferences.get(service_id) or self.preferences.get(None)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything of a clinic that is in use."""

    services: dict[UUID, Service]
    locations: dict[UUID, Location]
    rooms: dict[UUID, Room]
    pools: dict[UUID, Pool]
    specialists: dict[UUID, Specialist]
    """By name."""
    calendars: dict[UUID, Calendar] = field(default_factory=dict)

    @property
    def things(self) -> int:
        """How many."""
        things = len(self.services) + len(self.locations) + len(self.rooms) + len(self.pools)
        return things + len(self.specialists) + sum(len(each.members) for each in self.calendars.values())


@dataclass(frozen=True, slots=True)
class Offer:
    """A service at a location, perhaps from a calendar: who may give it, and the rooms and equipment that would do."""

    service: Service
    location: Location
    specialists: tuple[Specialist, ...]
    rooms: tuple[Room, ...]
    pools: tuple[Pool, ...]
    calendar: Calendar | None = None

    @property
    def also(self) -> tuple[Specialist, ...]:
        """Who is there beside the first, if a calendar offers its members together."""
        return self.specialists[1:] if self.calendar is not None and self.calendar.is_together else ()

    @property
    def turnaround(self) -> int:
        """The longest of its rooms."""
        return max((room.turnaround for room in self.rooms), default=0)
