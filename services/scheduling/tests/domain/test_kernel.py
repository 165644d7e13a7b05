"""The kernel against a reference that looks at every minute."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from scheduling.domain import kernel, mask
from scheduling.domain.kernel import GRID, Resource, Terms, Window

DAY = 12 * 60
EARLIEST = 27_000_000
STRETCHES = st.lists(st.tuples(st.integers(-60, DAY), st.integers(0, 240)), max_size=5)
TERMS = st.builds(Terms, st.integers(5, 120), st.integers(0, 45), st.integers(0, 45), st.booleans())


@st.composite
def situations(draw: st.DrawFn) -> tuple[Terms, Window, list[Resource], list[Resource]]:
    terms = draw(TERMS)
    earliest = EARLIEST + draw(st.integers(0, 60))
    window = Window.around(terms, earliest, earliest + draw(st.integers(0, DAY)))

    def stretches() -> int:
        return mask.union((at, at + length) for at, length in draw(STRETCHES)) & ((1 << window.size) - 1)

    def resources(count: int, first: int) -> list[Resource]:
        return [Resource(UUID(int=first + n), stretches(), stretches()) for n in range(count)]

    return terms, window, resources(draw(st.integers(0, 3)), 1), resources(draw(st.integers(0, 3)), 100)


def slowly(
    terms: Terms, window: Window, specialists: list[Resource], rooms: list[Resource]
) -> list[tuple[int, UUID, tuple[UUID, ...]]]:
    def busy(resource: Resource, start: int) -> bool:
        taken = range(start - terms.buffer_before, start + terms.duration + terms.buffer_after)
        return any(resource.busy >> (m - window.first) & 1 for m in taken)

    found = []
    for start in range(*window.starts):
        if start % GRID:
            continue
        free_rooms = tuple(r.id for r in rooms if not busy(r, start)) if terms.requires_room else ()
        for each in specialists:
            works = all(each.open >> (m - window.first) & 1 for m in range(start, start + terms.duration))
            if works and not busy(each, start) and (free_rooms or not terms.requires_room):
                found.append((start, each.id, free_rooms))
    return found


@given(situations())
def test_the_same_starts_as_looking_at_every_minute(
    situation: tuple[Terms, Window, list[Resource], list[Resource]],
) -> None:
    terms, window, specialists, rooms = situation
    found = [(s.minute, s.specialist_id, s.room_ids) for s in kernel.starts(terms, window, specialists, rooms)]
    assert found == slowly(terms, window, specialists, rooms)


@given(situations(), st.integers(0, DAY), st.integers(1, 240))
def test_more_busy_time_never_frees_a_start(
    situation: tuple[Terms, Window, list[Resource], list[Resource]], at: int, length: int
) -> None:
    terms, window, specialists, rooms = situation
    busier = [Resource(s.id, s.open, s.busy | mask.stretch(at, at + length)) for s in specialists]
    before = {(s.minute, s.specialist_id) for s in kernel.starts(terms, window, specialists, rooms)}
    after = {(s.minute, s.specialist_id) for s in kernel.starts(terms, window, busier, rooms)}
    assert after <= before


@given(situations())
def test_what_is_listed_is_what_is_resolved(
    situation: tuple[Terms, Window, list[Resource], list[Resource]],
) -> None:
    terms, window, specialists, rooms = situation
    listed = {s.minute for s in kernel.starts(terms, window, specialists[:1], rooms)}
    for minute in range(window.starts[0], window.starts[1]):
        shift = minute - terms.buffer_before - window.first
        alone = Window.around(terms, minute, minute + 1)
        moved = [Resource(s.id, s.open >> shift, s.busy >> shift) for s in specialists[:1]]
        there = [Resource(r.id, r.open >> shift, r.busy >> shift) for r in rooms]
        assert (next(kernel.starts(terms, alone, moved, there), None) is not None) == (minute in listed)
