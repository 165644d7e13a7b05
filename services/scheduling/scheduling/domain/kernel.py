"""The kernel: which starts are free, and if not, why. Listing, resolving and explaining ask it (ARCHITECTURE D4). Pure.

The visit itself must lie within the specialist's open minutes. Specialist, room and equipment must be free of other
claims for the visit and its buffers; the buffers may lie outside of the hours, so that a day can begin with a patient.
A room is taken for its turnaround beside. A unit of equipment is the same one for the whole visit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from functools import reduce
from operator import and_, or_
from typing import Final
from uuid import UUID

from scheduling.domain import mask

_FIRST_STRETCH: Final = 3 * 24 * 60


class Reason(Enum):
    """What removes a start."""

    GRID = auto()
    PAST = auto()
    LEAD_TIME = auto()
    MAX_FUTURE = auto()
    BLACKOUT_DATES = auto()
    MAX_DAILY = auto()
    MIN_GAP = auto()
    ALLOWED_PROVIDER = auto()
    NOT_BOOKABLE = auto()
    HOURS = auto()
    SPECIALIST_BUSY = auto()
    SEATS = auto()
    ROOM = auto()
    EQUIPMENT = auto()


_OF_ANYBODY: Final = frozenset({Reason.PAST, Reason.LEAD_TIME, Reason.MAX_FUTURE, Reason.BLACKOUT_DATES})
"""Who joins a session is no further visit, but must not come too late either."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a service takes, in minutes."""

    duration: int
    buffer_before: int
    buffer_after: int
    requires_room: bool
    grid: int = 15

    def occupied(self, turnaround: int = 0) -> int:
        return self.buffer_before + self.duration + self.buffer_after + turnaround


@dataclass(frozen=True, slots=True)
class Window:
    """UTC minutes that masks speak of: bit 0 is minute `first`. Starts are wanted in `starts`."""

    first: int
    last: int
    starts: tuple[int, int]

    @classmethod
    def around(cls, terms: Terms, earliest: int, latest: int, turnaround: int = 0) -> "Window":
        """Wide enough that what a start within earliest..latest takes lies inside."""
        latest = max(earliest, latest)
        return cls(earliest - terms.buffer_before, latest + terms.occupied(turnaround), (earliest, latest))

    @property
    def size(self) -> int:
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Bar:
    """Starts that a rule removes, whatever is free. `words` say why, `ids` name what is in the way."""

    reason: Reason
    starts: int
    words: str = ""
    ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A group that somebody has booked: it has its specialist, room and equipment, and others may join."""

    minute: int
    room_ids: tuple[UUID, ...]
    seats_left: int


@dataclass(frozen=True, slots=True)
class Specialist:
    """When a specialist is open and taken, what bars them only, and what can be joined."""

    id: UUID
    open: int
    busy: int
    bars: tuple[Bar, ...] = ()
    sessions: tuple[Session, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    id: UUID
    busy: int
    turnaround: int = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a pool of equipment."""

    pool_id: UUID
    number: int
    busy: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Minutes of UTC that booking says are taken of a unit."""

    resource_id: UUID
    unit: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Need:
    """So many units of one type of equipment, out of those there are."""

    equipment_type: str
    count: int
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """All that decides. `wanted` are the starts of the grid that were asked for; bars are in order of priority."""

    terms: Terms
    window: Window
    wanted: int
    specialists: Sequence[Specialist]
    rooms: Sequence[Room] = ()
    needs: Sequence[Need] = ()
    bars: Sequence[Bar] = ()
    stamped: Mapping[UUID, int] = field(default_factory=dict)
    """Versions of what all this was read from."""
    until: datetime | None = None
    """A hold runs out then: all this is true no longer."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start that is free: minute of UTC, specialist, and every room that would do."""

    minute: int
    specialist_id: UUID
    room_ids: tuple[UUID, ...]
    seats_left: int | None = None
    """Of a session that can be joined; None: nobody is there yet."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing in the way of a start."""

    reason: Reason
    words: str = ""
    ids: tuple[UUID, ...] = ()


def together(specialists: Sequence[Specialist]) -> Specialist:
    """Several as one, who go by the name of the first: open when all are, taken when one is."""
    return Specialist(
        specialists[0].id,
        reduce(and_, (each.open for each in specialists)),
        reduce(or_, (each.busy for each in specialists)),
        tuple(bar for each in specialists for bar in each.bars),
        specialists[0].sessions,
    )


def starts(it: Situation, stretch: int = _FIRST_STRETCH) -> Iterator[Start]:
    """Every free start, by time and then in the order of the specialists.

    Most who ask want the first few: later stretches of the window, each twice as long, are looked at only when their
    turn comes.
    """
    earliest, latest = it.window.starts
    while earliest < latest:
        until = min(earliest + stretch, latest)
        yield from _starts(it if (earliest, until) == it.window.starts else between(it, earliest, until))
        earliest, stretch = until, stretch * 2


def between(it: Situation, earliest: int, until: int) -> Situation:
    """Only the starts of a part of the window, with what they need to know."""
    longest = max((room.turnaround for room in it.rooms), default=0)
    window = Window.around(it.terms, earliest, until, longest)
    first, size = window.first - it.window.first, window.size
    asked = mask.stretch(it.terms.buffer_before, it.terms.buffer_before + until - earliest)

    def part(minutes: int) -> int:
        return mask.part(minutes, first, size)

    def bars(them: Sequence[Bar]) -> tuple[Bar, ...]:
        return tuple(replace(bar, starts=part(bar.starts)) for bar in them)

    return Situation(
        it.terms,
        window,
        part(it.wanted) & asked,
        [
            Specialist(each.id, part(each.open), part(each.busy), bars(each.bars), each.sessions)
            for each in it.specialists
        ],
        [Room(room.id, part(room.busy), room.turnaround) for room in it.rooms],
        [replace(n, units=tuple(Unit(u.pool_id, u.number, part(u.busy)) for u in n.units)) for n in it.needs],
        bars(it.bars),
    )


def _starts(it: Situation) -> Iterator[Start]:
    window, size = it.window, it.window.size
    wanted = reduce(lambda left, bar: left & ~bar.starts, it.bars, it.wanted)
    rooms = [(room.id, _room_takes(it, room)) for room in it.rooms] if it.terms.requires_room else []
    if it.terms.requires_room:
        wanted &= reduce(or_, (takes for _, takes in rooms), 0)
    for need in it.needs:
        wanted &= _enough(it, need)
    free = [(each.id, wanted & _specialist_takes(it, each) | _joinable(it, each)) for each in it.specialists]
    joined = {(each.id, session.minute): session for each in it.specialists for session in each.sessions}
    # Bytes from here on, since looking at one bit of a long integer copies it.
    having = [(id_, mask.octets(starts_of, size)) for id_, starts_of in free]
    room_takes = [(id_, mask.octets(takes, size)) for id_, takes in rooms]
    for minute in mask.minutes(reduce(or_, (starts_of for _, starts_of in free), 0)):
        octet, bit = minute >> 3, 1 << (minute & 7)
        room_ids = tuple([id_ for id_, takes in room_takes if takes[octet] & bit])
        for specialist_id, starts_of in having:
            if starts_of[octet] & bit:
                session = joined.get((specialist_id, window.first + minute)) if joined else None
                if session is None:
                    yield Start(window.first + minute, specialist_id, room_ids)
                else:
                    yield Start(session.minute, specialist_id, session.room_ids, session.seats_left)


def obstacles(it: Situation, specialist: Specialist, minute: int) -> list[Obstacle]:
    """All that is in the way of one start, in the order they are looked at; nothing if it is free."""
    bit = 1 << (minute - it.window.first)
    terms = it.terms
    session = next((each for each in specialist.sessions if each.minute == minute), None)
    found = [] if it.wanted & bit else [Obstacle(Reason.GRID)]
    barred = [bar for bar in (*it.bars, *specialist.bars) if bar.starts & bit]
    found += [Obstacle(b.reason, b.words, b.ids) for b in barred if session is None or b.reason in _OF_ANYBODY]
    if not mask.runs(specialist.open, terms.duration) & bit:
        found.append(Obstacle(Reason.HOURS, ids=(specialist.id,)))
    if session is not None:
        return found if session.seats_left else [*found, Obstacle(Reason.SEATS, ids=(specialist.id,))]
    if not _takes(it, specialist.busy, 0) & bit:
        found.append(Obstacle(Reason.SPECIALIST_BUSY, ids=(specialist.id,)))
    if terms.requires_room and not any(_room_takes(it, room) & bit for room in it.rooms):
        found.append(Obstacle(Reason.ROOM, ids=tuple(room.id for room in it.rooms)))
    for need in it.needs:
        if not _enough(it, need) & bit:
            pools = tuple(dict.fromkeys(unit.pool_id for unit in need.units))
            found.append(Obstacle(Reason.EQUIPMENT, need.equipment_type, pools))
    return found


def narrowing(it: Situation) -> Iterator[tuple[str, int]]:
    """Step by step, how many starts are left, all specialists together. Lazy: who asks for the next may time it."""
    left = [it.wanted] * len(it.specialists)
    joinable = [_joinable(it, each) for each in it.specialists]

    def count() -> int:
        """Who joins a session needs nothing that comes after."""
        return sum((each | joins).bit_count() for each, joins in zip(left, joinable, strict=True))

    yield "grid", count()
    for bar in it.bars:
        left = [each & ~bar.starts for each in left]
        yield bar.reason.name.lower(), count()
    left = [each & mask.runs(s.open, it.terms.duration) for each, s in zip(left, it.specialists, strict=True)]
    yield "hours", count()
    left = [each & _specialist_takes(it, s) for each, s in zip(left, it.specialists, strict=True)]
    yield "specialist_busy", count()
    if it.terms.requires_room:
        some = reduce(or_, (_room_takes(it, room) for room in it.rooms), 0)
        left = [each & some for each in left]
        yield "room", count()
    for need in it.needs:
        enough = _enough(it, need)
        left = [each & enough for each in left]
        yield "equipment", count()


def free_units(it: Situation, need: Need, minute: int) -> list[Unit]:
    """Units that are free for a whole visit that begins then."""
    bit = 1 << (minute - it.window.first)
    return [unit for unit in need.units if _takes(it, unit.busy, 0) & bit]


def _specialist_takes(it: Situation, each: Specialist) -> int:
    """Starts that are within the open minutes, free and not barred."""
    found = mask.runs(each.open, it.terms.duration) & _takes(it, each.busy, 0)
    return reduce(lambda left, bar: left & ~bar.starts, each.bars, found)


def _joinable(it: Situation, each: Specialist) -> int:
    """Starts of sessions with a seat left: specialist, room and equipment are theirs already, and the session has its
    place in the day; the rest holds for who joins as for anybody."""
    found = 0
    for session in each.sessions:
        if session.seats_left and it.window.starts[0] <= session.minute < it.window.starts[1]:
            found |= 1 << (session.minute - it.window.first)
    if not found:
        return 0
    barred = reduce(or_, (bar.starts for bar in it.bars if bar.reason in _OF_ANYBODY), 0)
    return found & it.wanted & ~barred & mask.runs(each.open, it.terms.duration)


def _room_takes(it: Situation, room: Room) -> int:
    return _takes(it, room.busy, room.turnaround)


def _takes(it: Situation, busy: int, turnaround: int) -> int:
    """Starts at which something is free for the visit and its buffers."""
    everything = mask.stretch(0, it.window.size)
    before = it.terms.buffer_before
    return mask.runs(everything & ~busy, it.terms.occupied(turnaround)) << before & everything


def _enough(it: Situation, need: Need) -> int:
    """Starts at which at least `count` units are free."""
    return mask.at_least((_takes(it, unit.busy, 0) for unit in need.units), need.count)[-1]
