"""Who of a calendar's members gets an appointment (FEATURES S04). Pure; the counts are an argument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from booking.domain.visit import DailyLimit, Demand

_NEVER = datetime.min.replace(tzinfo=UTC)


class Strategy(StrEnum):
    ROUND_ROBIN = "round_robin"
    PRIORITY = "priority"
    LEAST_LOADED = "least_loaded"
    COLLECTIVE = "collective"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A specialist who is free, and what must be taken then."""

    specialist_id: UUID
    demands: Sequence[Demand]
    also: Sequence[UUID] = ()
    """Who is there besides (collective)."""
    priority: int = 0
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Counted:
    """How to choose, and of which time the appointments count."""

    strategy: Strategy
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Offered:
    """Who could give it, and what must hold for each of them."""

    candidates: Sequence[Candidate]
    daily_limits: Sequence[DailyLimit] = ()
    counted: Counted | None = None
    """None: there is nothing to choose."""
    why: str = ""
    """Then, why it is this one."""
    seats: int = 0
    """So many may be there together; 0: it is for one."""

    def only(self, specialist_id: UUID, why: str) -> "Offered | None":
        """With somebody who was chosen before; None if they are not free."""
        chosen = [each for each in self.candidates if each.specialist_id == specialist_id]
        return replace(self, candidates=chosen, counted=None, why=why) if chosen else None


@dataclass(frozen=True, slots=True)
class Load:
    """What a specialist has within the time that counts."""

    visits: int = 0
    """From this calendar."""
    minutes: int = 0
    """Of all their appointments."""
    last_at: datetime | None = None
    """When they were last given one from this calendar."""


def in_turn(candidates: Sequence[Candidate], loads: Mapping[UUID, Load]) -> list[Candidate]:
    """Whose turn it is, first.

    Each has a part w of n visits by weight. The next is given to who reaches their part first, of those who will have
    less than it: as long as everybody is always free, nobody's count is ever one or more off their part (R. Tijdeman,
    The chairman assignment problem, 1980). Among equals: who has waited longest, the higher priority, the id.
    """
    whole = sum(each.weight for each in candidates)
    following = sum(_load(each, loads).visits for each in candidates) + 1
    slack = 1 / (2 * len(candidates) - 2) if len(candidates) > 1 else 0.0

    def order(each: Candidate) -> tuple[bool, float, datetime, int, UUID]:
        load, part = _load(each, loads), each.weight / whole
        behind = part * following - load.visits
        reached = (load.visits + 1 - slack) / part
        return (behind < slack - 1e-9, round(reached, 9), load.last_at or _NEVER, -each.priority, each.specialist_id)

    return sorted(candidates, key=order)


def preferred(
    strategy: Strategy, candidates: Sequence[Candidate], loads: Mapping[UUID, Load]
) -> list[tuple[Candidate, str]]:
    """All of them, best first, each with the reason why it would be chosen."""
    turns = in_turn(candidates, loads)
    match strategy:
        case Strategy.PRIORITY:
            turns.sort(key=lambda each: -each.priority)
        case Strategy.LEAST_LOADED:
            turns.sort(key=lambda each: _load(each, loads).minutes)
    return [(each, _why(strategy, each, _load(each, loads), len(candidates))) for each in turns]


def _why(strategy: Strategy, it: Candidate, load: Load, free: int) -> str:
    if strategy is Strategy.COLLECTIVE:
        return f"all {1 + len(it.also)} members together"
    among = f"of {free} who were free"
    if strategy is Strategy.PRIORITY:
        return f"priority {it.priority}, {among}"
    if strategy is Strategy.LEAST_LOADED:
        return f"{load.minutes} min booked that week, {among}"
    return f"round robin: {load.visits} of this calendar in that month before, weight {it.weight}, {among}"


def _load(it: Candidate, loads: Mapping[UUID, Load]) -> Load:
    return loads.get(it.specialist_id, Load())
