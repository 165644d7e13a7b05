"""Masks against plain sets."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from scheduling.domain import mask

SIZE = 300
MINUTES = st.sets(st.integers(0, SIZE - 1))
STRETCH = st.tuples(st.integers(-SIZE, SIZE), st.integers(-SIZE, SIZE))


def of(minutes: set[int]) -> int:
    return sum(1 << m for m in minutes)


@given(MINUTES)
def test_minutes_gives_back_what_is_in_it_in_order(minutes: set[int]) -> None:
    assert list(mask.minutes(of(minutes))) == sorted(minutes)


@given(st.lists(STRETCH))
def test_union_is_every_minute_of_every_stretch_that_lies_in_the_window(stretches: list[tuple[int, int]]) -> None:
    expected = {m for first, last in stretches for m in range(max(first, 0), last)}
    assert set(mask.minutes(mask.union(stretches))) == expected


@given(MINUTES, st.integers(1, 120))
def test_runs_begin_where_so_many_minutes_follow_each_other(minutes: set[int], length: int) -> None:
    expected = {m for m in minutes if all(m + n in minutes for n in range(length))}
    assert set(mask.minutes(mask.runs(of(minutes), length))) == expected


@given(st.integers(1, 60), st.integers(0, SIZE), st.integers(0, SIZE))
def test_every_is_a_range_with_a_step(step: int, size: int, offset: int) -> None:
    assert list(mask.minutes(mask.every(step, size, offset))) == list(range(offset, size, step))


@given(MINUTES)
def test_stretches_are_all_of_a_mask_apart_from_each_other_and_in_order(minutes: set[int]) -> None:
    found = list(mask.stretches(of(minutes)))
    assert mask.union(found) == of(minutes)
    assert all(first < last for first, last in found)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(found))


@given(st.lists(MINUTES, max_size=6), st.integers(1, 5))
def test_at_least_counts_in_how_many_each_minute_is(masks: list[set[int]], most: int) -> None:
    found = mask.at_least([of(each) for each in masks], most)
    for k, those in enumerate(found, 1):
        assert set(mask.minutes(those)) == {m for m in set().union(*masks) if sum(m in each for each in masks) >= k}
