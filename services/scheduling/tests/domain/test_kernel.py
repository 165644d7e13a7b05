"""The kernel against a reference that looks at every minute."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from scheduling.domain import kernel, mask
from scheduling.domain.grid import grid_minutes
from scheduling.domain.kernel import Bar, Need, Reason, Room, Session, Situation, Specialist, Terms, Unit, Window

DAY = 12 * 60
EARLIEST = 27_000_000
STRETCHES = st.lists(st.tuples(st.integers(-60, DAY), st.integers(0, 240)), max_size=5)
TERMS = st.builds(
    Terms, st.integers(5, 120), st.integers(0, 45), st.integers(0, 45), st.booleans(), st.sampled_from([5, 15, 20, 60])
)
BARRING = st.sampled_from([Reason.MIN_GAP, Reason.BLACKOUT_DATES, Reason.MAX_DAILY])


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    terms = draw(TERMS)
    turnaround = draw(st.integers(0, 30))
    earliest = EARLIEST + draw(st.integers(0, 60))
    window = Window.around(terms, earliest, earliest + draw(st.integers(0, DAY)), turnaround)

    def minutes() -> int:
        return mask.union((at, at + length) for at, length in draw(STRETCHES)) & ((1 << window.size) - 1)

    def bars() -> tuple[Bar, ...]:
        return tuple(Bar(draw(BARRING), minutes()) for _ in range(draw(st.integers(0, 2))))

    def specialist(n: int) -> Specialist:
        """Who has sessions is taken by them."""
        busy, sessions = minutes(), []
        for at in draw(st.lists(st.integers(*window.starts), max_size=3, unique=True)):
            sessions.append(Session(at, draw(st.sampled_from([(), (UUID(int=100),)])), draw(st.integers(0, 2))))
            begins = at - terms.buffer_before - window.first
            busy |= mask.stretch(begins, begins + terms.occupied()) & ((1 << window.size) - 1)
        return Specialist(UUID(int=1 + n), minutes(), busy, bars(), tuple(sessions))

    def need(kind: int) -> Need:
        units = tuple(Unit(UUID(int=1000 + kind), n, minutes()) for n in range(draw(st.integers(0, 4))))
        return Need(str(kind), draw(st.integers(1, 3)), units)

    return Situation(
        terms=terms,
        window=window,
        wanted=grid_minutes(terms.grid, "Asia/Kathmandu", *window.starts) << terms.buffer_before,
        specialists=[specialist(n) for n in range(draw(st.integers(0, 3)))],
        rooms=[
            Room(UUID(int=100 + n), minutes(), draw(st.integers(0, turnaround))) for n in range(draw(st.integers(0, 3)))
        ],
        needs=[need(kind) for kind in range(draw(st.integers(0, 2)))],
        bars=bars(),
    )


def bit(minutes: int, minute: int, it: Situation) -> bool:
    return bool(minutes >> (minute - it.window.first) & 1)


def slowly(it: Situation) -> list[tuple[int, UUID, tuple[UUID, ...]]]:
    terms = it.terms

    def taken(busy: int, start: int, turnaround: int = 0) -> bool:
        until = start + terms.duration + terms.buffer_after + turnaround
        return any(bit(busy, minute, it) for minute in range(start - terms.buffer_before, until))

    def joins(each: Specialist, start: int) -> list[tuple[int, UUID, tuple[UUID, ...]]]:
        """What a session has already is in nobody's way who joins it."""
        too_late = any(bit(bar.starts, start, it) for bar in it.bars if bar.reason is Reason.BLACKOUT_DATES)
        works = all(bit(each.open, minute, it) for minute in range(start, start + terms.duration))
        sessions = [s for s in each.sessions if s.minute == start and s.seats_left]
        return [(start, each.id, s.room_ids) for s in sessions if works and not too_late]

    found = []
    for start in range(*it.window.starts):
        # Kathmandu is 5:45 ahead of UTC.
        if (start + 345) % terms.grid:
            continue
        joined = [each for s in it.specialists for each in joins(s, start)]
        found += sorted([*joined, *alone(it, start, taken)], key=lambda each: each[1])
    return found


def alone(it: Situation, start: int, taken: Callable[..., bool]) -> list[tuple[int, UUID, tuple[UUID, ...]]]:
    """Where nobody is yet."""
    terms, found = it.terms, []
    rooms = tuple(r.id for r in it.rooms if not taken(r.busy, start, r.turnaround)) if terms.requires_room else ()
    enough = all(sum(not taken(unit.busy, start) for unit in need.units) >= need.count for need in it.needs)
    if any(bit(bar.starts, start, it) for bar in it.bars) or not enough or (terms.requires_room and not rooms):
        return []
    for each in it.specialists:
        works = all(bit(each.open, minute, it) for minute in range(start, start + terms.duration))
        barred = any(bit(bar.starts, start, it) for bar in each.bars)
        if works and not barred and not taken(each.busy, start):
            found.append((start, each.id, rooms))
    return found


@given(situations())
def test_the_same_starts_as_looking_at_every_minute(it: Situation) -> None:
    assert [(s.minute, s.specialist_id, s.room_ids) for s in kernel.starts(it)] == slowly(it)


@given(situations(), st.integers(1, 500))
def test_stretch_by_stretch_is_the_same_as_all_at_once(it: Situation, stretch: int) -> None:
    assert list(kernel.starts(it, stretch)) == list(kernel.starts(it, 10 * DAY))


@given(situations())
def test_a_start_is_free_exactly_if_nothing_is_in_its_way(it: Situation) -> None:
    free = {(start.minute, start.specialist_id) for start in kernel.starts(it)}
    for minute in range(*it.window.starts):
        for each in it.specialists:
            assert ((minute, each.id) in free) == (kernel.obstacles(it, each, minute) == [])


@given(situations())
def test_the_steps_of_an_explanation_only_narrow_and_end_with_what_is_free(it: Situation) -> None:
    left = [count for _, count in kernel.narrowing(it)]
    assert left == sorted(left, reverse=True)
    assert left[-1] == len(list(kernel.starts(it)))


@given(situations())
def test_as_many_units_are_free_as_are_needed_wherever_a_start_is(it: Situation) -> None:
    for start in kernel.starts(it):
        # A session that is joined has its units already.
        for need in it.needs if start.seats_left is None else ():
            assert len(kernel.free_units(it, need, start.minute)) >= need.count


@given(situations(), st.integers(0, DAY), st.integers(1, 240))
def test_more_busy_time_never_frees_a_start(it: Situation, at: int, length: int) -> None:
    more = mask.stretch(at, at + length)
    busier = replace(it, specialists=[replace(s, busy=s.busy | more) for s in it.specialists])
    before = {(s.minute, s.specialist_id) for s in kernel.starts(it)}
    assert {(s.minute, s.specialist_id) for s in kernel.starts(busier)} <= before


@given(situations())
def test_asking_for_one_start_answers_as_asking_for_all(it: Situation) -> None:
    listed = {s.minute for s in kernel.starts(it)}
    longest = max((room.turnaround for room in it.rooms), default=0)
    for minute in range(*it.window.starts):
        alone = Window.around(it.terms, minute, minute + 1, longest)
        shift = alone.first - it.window.first

        def there(minutes: int, shift: int = shift, size: int = alone.size) -> int:
            return mask.part(minutes, shift, size)

        one = replace(
            it,
            window=alone,
            wanted=there(it.wanted) & 1 << it.terms.buffer_before,
            specialists=[
                replace(
                    s,
                    open=there(s.open),
                    busy=there(s.busy),
                    bars=tuple(replace(b, starts=there(b.starts)) for b in s.bars),
                )
                for s in it.specialists
            ],
            rooms=[replace(r, busy=there(r.busy)) for r in it.rooms],
            needs=[replace(n, units=tuple(replace(u, busy=there(u.busy)) for u in n.units)) for n in it.needs],
            bars=[replace(b, starts=there(b.starts)) for b in it.bars],
        )
        assert bool(list(kernel.starts(one))) == (minute in listed)
