"""How long who walks in will wait: a queue, against who works and what they have promised. No I/O."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final
from uuid import UUID

Stretch = tuple[datetime, datetime]

LOOKED_AT: Final = 30
"""Of so many visits, the last ones, it is known how long they took."""
FOR_SO_LONG: Final = timedelta(days=90)
_ENOUGH: Final = 5
"""Fewer say nothing; then it is what was planned."""
_STEP: Final = timedelta(minutes=5)
_NOT_NOW: Final = "It cannot be told right now; ask again in a moment"
_EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A specialist who works at the place today."""

    specialist_id: UUID
    works: Sequence[Stretch]
    service_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Somebody in the queue."""

    id: UUID
    service_id: UUID
    specialist_id: UUID | None = None
    """Only with them: they were asked for, or have called."""
    called: bool = False
    planned: timedelta
    """Must be free, since so much will be taken."""
    takes: timedelta
    """As long as it really takes."""

    def suits(self, each: OnDuty) -> bool:
        """Who is asked for may do what is not listed as theirs."""
        if self.specialist_id is not None:
            return each.specialist_id == self.specialist_id
        return self.service_id in each.service_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A visit that has begun and is not over."""

    id: UUID
    specialist_ids: Sequence[UUID]
    service_id: UUID
    began_at: datetime
    starts_at: datetime
    ends_at: datetime
    """It began at `began_at`; the others are as planned."""

    def expected_end(self, takes: timedelta, now: datetime) -> datetime:
        """By experience; if that is past, as planned; if that is past too, soon."""
        return next((end for end in (self.began_at + takes, self.ends_at) if end > now), now + _STEP)


@dataclass(frozen=True, slots=True)
class Place:
    """Of somebody who waits."""

    position: int
    """1: theirs is the next turn."""
    begins_at: datetime | None
    """When they will be seen."""
    why_unknown: str = ""
    """Otherwise, in words."""


def places(
    turns: Sequence[Turn],
    on_duty: Sequence[OnDuty] | None,
    taken: Mapping[UUID, Sequence[Stretch]],
    now: datetime,
) -> dict[UUID, Place]:
    """Of all who wait, by id; after those who are called already. None: who works is not known."""
    waiting = [each for each in turns if not each.called]
    if on_duty is None:
        return {each.id: Place(n, None, _NOT_NOW) for n, each in enumerate(waiting, 1)}
    starts = expected_starts([*(each for each in turns if each.called), *waiting], on_duty, taken, now)
    return {
        each.id: Place(n, starts[each.id]) if each.id in starts else Place(n, None, why_not(each, on_duty))
        for n, each in enumerate(waiting, 1)
    }


def typical(durations: Sequence[timedelta], planned: timedelta) -> timedelta:
    """How long a service takes, by how long it took."""
    if len(durations) < _ENOUGH:
        return planned
    return timedelta(seconds=median(each.total_seconds() for each in durations))


def expected_starts(
    turns: Iterable[Turn], on_duty: Sequence[OnDuty], taken: Mapping[UUID, Sequence[Stretch]], now: datetime
) -> dict[UUID, datetime]:
    """When each will be seen, by id: in their order, each at the earliest time that is long enough with anybody who
    may. Who gives the least besides goes first, so that others stay free for what only they give. Without those who
    will not be seen today."""
    free = {
        each.specialist_id: _without(each.works, [(_EVER, now), *taken.get(each.specialist_id, ())]) for each in on_duty
    }
    found: dict[UUID, datetime] = {}
    for turn in turns:
        fits = [
            (begin, len(each.service_ids), each.specialist_id)
            for each in on_duty
            if turn.suits(each)
            for begin in _first_fit(free[each.specialist_id], turn.planned)
        ]
        if fits:
            begin, _, specialist_id = min(fits)
            found[turn.id] = begin
            free[specialist_id] = _without(free[specialist_id], [(begin, begin + turn.takes)])
    return found


def why_not(turn: Turn, on_duty: Sequence[OnDuty]) -> str:
    """Of somebody who will not be seen today."""
    if any(turn.suits(each) for each in on_duty):
        return "There is no gap left today that is long enough"
    if turn.specialist_id is not None:
        return "The provider does not work here any more today"
    return "Nobody who gives this service works here any more today"


def rounded(wait: timedelta) -> timedelta:
    """Up, to five minutes: nobody minds to be called sooner."""
    return -(-wait // _STEP) * _STEP


def _without(stretches: Sequence[Stretch], taken: Iterable[Stretch]) -> list[Stretch]:
    """What is left of them, by start."""
    left = list(stretches)
    for begin, end in taken:
        if begin < end:
            parts = [part for first, last in left for part in ((first, min(last, begin)), (max(first, end), last))]
            left = [(first, last) for first, last in parts if first < last]
    return left


def _first_fit(free: Sequence[Stretch], length: timedelta) -> Iterator[datetime]:
    """At most one."""
    return iter([begin for begin, end in free if end - begin >= length][:1])
