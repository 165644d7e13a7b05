"""Calendars: pages from which a service is booked, by their members (seed 000 sections 5.2 and 5.3). Pure values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.clock import local_day

from scheduling.domain.hours import OpenInterval, Pattern


class Strategy(StrEnum):
    """How the specialist is chosen among the members who are free."""

    ROUND_ROBIN = "round_robin"
    PRIORITY = "priority"
    LEAST_LOADED = "least_loaded"
    COLLECTIVE = "collective"


@dataclass(frozen=True, slots=True)
class Member:
    specialist_id: UUID
    priority: int
    weight: int
    """Their part of all appointments, against the others'."""
    hours: tuple[OpenInterval, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    id: UUID
    service_id: UUID
    location_id: UUID
    strategy: Strategy
    members: tuple[Member, ...]
    hours: tuple[OpenInterval, ...] = ()
    public: bool = False

    @property
    def is_together(self) -> bool:
        """Its members give the service all at once."""
        return self.strategy is Strategy.COLLECTIVE

    def has(self, specialist_id: UUID) -> bool:
        return any(member.specialist_id == specialist_id for member in self.members)

    def own_hours(self) -> dict[UUID, Pattern]:
        """Of members who are not booked by their weekly hours here: their own hours, or else the calendar's."""
        each = {member.specialist_id: member.hours or self.hours for member in self.members}
        return {id_: Pattern(hours) for id_, hours in each.items() if hours}


def counted(strategy: Strategy, at: datetime, zone: str) -> tuple[datetime, datetime]:
    """Appointments that begin within this stretch count when a specialist is chosen for one that begins at `at`: those
    of the local week for the least loaded, else of the local month. A month begins anew: who joins or comes back does
    not get everything until they have caught up."""
    day = at.astimezone(ZoneInfo(zone)).date()
    if strategy is Strategy.LEAST_LOADED:
        first = day - timedelta(days=day.weekday())
        following = first + timedelta(days=7)
    else:
        first = day.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
    return local_day(first, zone)[0], local_day(following, zone)[0]


def targets(members: Sequence[Member], appointments: int) -> dict[UUID, float]:
    """What each would have of so many, shared by weight."""
    whole = sum(member.weight for member in members)
    return {member.specialist_id: appointments * member.weight / whole for member in members}
