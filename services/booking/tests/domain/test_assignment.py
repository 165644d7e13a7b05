"""Who gets it: by turns within one of their part, by priority, by load; each with a reason."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from booking.domain.assignment import Candidate, Load, Strategy, in_turn, preferred
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def member(n: int, weight: int = 1, priority: int = 0) -> Candidate:
    return Candidate(UUID(int=n), (), priority=priority, weight=weight)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(1, 120))
def test_whoever_is_always_free_is_never_one_off_their_part(weights: list[int], visits: int) -> None:
    members = [member(n, weight) for n, weight in enumerate(weights)]
    has: Counter[UUID] = Counter()
    last: dict[UUID, datetime] = {}
    for visit in range(1, visits + 1):
        loads = {id_: Load(count, 0, last[id_]) for id_, count in has.items()}
        chosen = in_turn(members, loads)[0].specialist_id
        has[chosen] += 1
        last[chosen] = NOW + timedelta(minutes=visit)
        for each in members:
            part = visit * each.weight / sum(weights)
            assert abs(has[each.specialist_id] - part) < 1, (visit, weights, has)


@given(st.data(), st.integers(2, 6))
def test_whoever_was_away_gets_the_next_until_all_are_even(data: st.DataObject, count: int) -> None:
    """With equal weights the one who has fewest among those who are free is chosen, whatever was before."""
    members = [member(n) for n in range(count)]
    has: Counter[UUID] = Counter()
    for _ in range(40):
        free = data.draw(st.lists(st.sampled_from(members), min_size=1, unique_by=lambda each: each.specialist_id))
        chosen = in_turn(free, {id_: Load(n) for id_, n in has.items()})[0].specialist_id
        assert has[chosen] == min(has[each.specialist_id] for each in free)
        has[chosen] += 1


def test_among_equals_it_is_who_has_waited_longest_then_the_priority_then_the_id() -> None:
    one, two, three = member(1), member(2), member(3, priority=5)
    loads = {one.specialist_id: Load(1, 30, NOW), two.specialist_id: Load(1, 30, NOW - timedelta(hours=1))}
    assert in_turn([one, two], loads) == [two, one]
    assert in_turn([one, two, three], {}) == [three, one, two]


@pytest.mark.parametrize(
    ("strategy", "first", "why"),
    [
        (Strategy.ROUND_ROBIN, 2, "round robin: 0 of this calendar in that month before, weight 1, of 3 who were free"),
        (Strategy.PRIORITY, 3, "priority 9, of 3 who were free"),
        (Strategy.LEAST_LOADED, 1, "30 min booked that week, of 3 who were free"),
    ],
)
def test_each_strategy_says_why(strategy: Strategy, first: int, why: str) -> None:
    members = [member(1, priority=1), member(2, priority=2), member(3, priority=9)]
    loads = {UUID(int=1): Load(1, 30), UUID(int=2): Load(0, 60), UUID(int=3): Load(2, 90)}
    chosen, said = preferred(strategy, members, loads)[0]
    assert (chosen.specialist_id, said) == (UUID(int=first), why)


def test_all_together_are_one_choice() -> None:
    together = Candidate(UUID(int=1), (), also=(UUID(int=2),))
    assert preferred(Strategy.COLLECTIVE, [together], {}) == [(together, "all 2 members together")]
