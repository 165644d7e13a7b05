"""Sessions that can be joined, and what counts as one visit."""

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from scheduling.domain import groups
from scheduling.domain.calendar import Calendar, Strategy
from scheduling.domain.kernel import Session, Terms
from scheduling.domain.offer import Location, Offer, Room, Service, Specialist
from scheduling.domain.rules import Visit

ANA, BEA = UUID(int=1), UUID(int=2)
HERE, ELSEWHERE = UUID(int=3), UUID(int=4)
HALL, CELLAR = UUID(int=5), UUID(int=6)
CLASS, OTHER = UUID(int=7), UUID(int=8)


def specialist(id_: UUID) -> Specialist:
    return Specialist(id=id_, name="", specialty="", bookable=True)


def offer(capacity: int = 3, calendar: Calendar | None = None) -> Offer:
    terms = Terms(duration=45, buffer_before=0, buffer_after=0, requires_room=True)
    hall = Room(HALL, HERE, "Hall", "gym", 12, frozenset(), 0)
    return Offer(
        service=Service(UUID(int=9), "Class", terms, capacity, frozenset(), frozenset(), frozenset()),
        location=Location(HERE, "Centre", "UTC"),
        specialists=(specialist(ANA), specialist(BEA)),
        rooms=(hall,),
        pools=(),
        calendar=calendar,
    )


def visit(session_id: UUID | None = CLASS, *, where: UUID = HERE, room: UUID = HALL, who: UUID = ANA) -> Visit:
    return Visit(who, where, 600, 645, session_id=session_id, room_id=room)


@given(st.integers(0, 6), st.integers(2, 4))
def test_as_many_may_join_as_there_are_places_left(patients: int, capacity: int) -> None:
    found = groups.sessions(offer(capacity), [visit() for _ in range(patients)])
    assert found == ({ANA: (Session(600, (HALL,), max(0, capacity - patients)),)} if patients else {})


def test_what_is_elsewhere_or_in_another_room_or_with_others_cannot_be_joined() -> None:
    together = Visit(BEA, HERE, 600, 645, is_first=False, session_id=CLASS, room_id=HALL)
    all_at_once = Calendar(UUID(int=10), UUID(int=9), HERE, Strategy.COLLECTIVE, ())
    for those in ([visit(where=ELSEWHERE)], [visit(room=CELLAR)], [visit(None)], [visit(), together]):
        assert groups.sessions(offer(), those) == {}
    assert groups.sessions(offer(calendar=all_at_once), [visit(), together]) == {ANA: (Session(600, (HALL,), 2),)}


@given(st.lists(st.builds(visit, st.sampled_from([None, CLASS, OTHER]), who=st.sampled_from([ANA, BEA]))))
def test_those_who_are_together_are_one_visit_of_each_specialist(visits: list[Visit]) -> None:
    found = groups.distinct(visits)
    alone = [each for each in visits if each.session_id is None]
    count = Counter((each.session_id, each.specialist_id) for each in found)
    assert sum(n for (session_id, _), n in count.items() if session_id is None) == len(alone)
    assert all(n == 1 for (session_id, _), n in count.items() if session_id is not None)
    assert set(found) == set(visits)
