"""New times are the nearest, and none is in the way of another."""

from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from scheduling.domain.kernel import Terms
from scheduling.domain.offer import Location, Offer, Room, Service, Specialist
from scheduling.domain.proposals import Free, Taken
from scheduling.domain.slots import Slot

ANA, BOB, R1, R2 = (UUID(int=n) for n in range(4))
PEOPLE = {id_: Specialist(id_, name, "", True) for id_, name in ((ANA, "Ana"), (BOB, "Bob"))}
ROOMS = [Room(id_, UUID(int=9), str(id_.int), "exam", 1, frozenset(), turnaround=10) for id_ in (R1, R2)]
SERVICE = Service(
    UUID(int=8), "Massage", Terms(30, 5, 10, requires_room=True), 1, frozenset(), frozenset(), frozenset()
)
OFFER = Offer(SERVICE, Location(UUID(int=9), "Centre", "UTC"), tuple(PEOPLE.values()), tuple(ROOMS), ())
SLOTS = st.builds(
    lambda minute, who, rooms: Slot(minute, OFFER, PEOPLE[who], tuple(rooms), 100),
    st.integers(0, 400),
    st.sampled_from([ANA, BOB]),
    st.lists(st.sampled_from(ROOMS), min_size=1, max_size=2, unique=True),
)
FREE = st.lists(SLOTS, max_size=40, unique_by=lambda slot: (slot.minute, slot.specialist.id)).map(
    lambda slots: sorted(slots, key=Slot.order)
)


def minutes(slot: Slot) -> set[tuple[UUID, int]]:
    """What it takes, each minute of it."""
    takes = {(slot.specialist.id, minute) for minute in range(slot.minute - 5, slot.minute + 40)}
    return takes | {(slot.rooms[0].id, minute) for minute in range(slot.minute - 5, slot.minute + 50)}


@given(FREE, st.integers(0, 400), st.integers(0, 200))
def test_the_nearest_first(free: list[Slot], minute: int, farthest: int) -> None:
    found = [(abs(slot.minute - minute), slot.minute) for slot in Free(free, Taken()).around(minute, farthest)]
    assert all(one <= other for one, other in pairwise(found))
    assert len(found) == sum(abs(slot.minute - minute) <= farthest for slot in free)


@given(FREE, st.lists(st.integers(0, 400), max_size=12))
def test_one_after_the_other_they_never_meet(free: list[Slot], wanted: list[int]) -> None:
    taken = Taken()
    slots = Free(free, taken)
    given: list[Slot] = []
    for minute in wanted:
        slot = next(slots.around(minute, 1000), None)
        if slot is None:
            # Really none is left: each would meet one that was given, whichever room it took.
            rest = [Slot(s.minute, OFFER, s.specialist, (room,), 100) for s in free for room in s.rooms]
            assert all(any(minutes(each) & minutes(other) for other in given) for each in rest)
        else:
            assert all(not minutes(slot) & minutes(other) for other in given)
            given.append(slot)
            taken.add(slot)
