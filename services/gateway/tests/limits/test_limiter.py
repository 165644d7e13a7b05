"""Tokens that are held change nothing: no more is let through than one bucket would, and hardly less."""

from dataclasses import dataclass, field

import pytest
from gateway.limits import limiter as limiters
from gateway.limits.bucket import Limit
from gateway.limits.limiter import Bucket, Limiter
from hypothesis import given
from hypothesis import strategies as st
from vault import Vault

PERSON, CLINIC = Limit("booking", 60, 100), Limit("clinic", 600, 150)
SECOND = 1_000_000


def run(taking):
    """Nothing here waits for anything."""
    with pytest.raises(StopIteration) as done:
        taking.send(None)
    return done.value.value


@dataclass
class Scene:
    """Some processes, what they share, and one bucket for comparison."""

    processes: int = 1
    now: int = 10**12
    limit: Limit = PERSON
    full_at: int = 0
    asking: list[Limiter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.vault = Vault(lambda: self.now)
        self.asking = [Limiter(self.vault, lambda: self.now) for _ in range(self.processes)]

    def level(self) -> int:
        return self.limit.level(max(0, self.full_at - self.now))

    def take(self, process: int = 0) -> bool:
        passes = run(self.asking[process].take([Bucket(self.limit, "ana")])).passes
        if passes:
            assert self.level() >= 1, "one bucket would have none left"
            self.full_at = max(self.full_at, self.now) + self.limit.interval_us
        return passes


steps = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 1000, SECOND // 2, SECOND, 7 * SECOND])), max_size=400
)


@given(st.integers(1, 4), steps, st.integers(1, 130))
def test_processes_together_let_no_more_through_than_one_bucket(processes, steps, burst) -> None:
    scene = Scene(processes, limit=Limit("x", 60, burst))
    for process, gap in steps:
        scene.now += gap
        scene.take(process % processes)


@given(steps, st.integers(1, 130))
def test_a_process_refuses_only_when_the_bucket_is_all_but_empty(steps, burst) -> None:
    scene = Scene(limit=Limit("x", 60, burst))
    for times, gap in steps:
        scene.now += gap
        for _ in range(3 * times):
            if not scene.take():
                assert scene.level() <= 1


@given(steps, st.integers(1, 130))
def test_alone_it_is_the_bucket(steps, burst) -> None:
    scene = Scene(limit=Limit("x", 60, burst))
    scene.vault.is_away = True
    for times, gap in steps:
        scene.now += gap
        for _ in range(3 * times):
            there = scene.level() >= 1
            assert scene.take() == there


def test_of_many_requests_about_half_ask_valkey() -> None:
    scene = Scene(limit=Limit("availability", 60, 120))
    passed = sum(scene.take() for _ in range(200))
    assert passed == 120
    assert scene.vault.asked < 70


def test_who_is_refused_is_told_when_to_come_and_asks_nobody_until_then() -> None:
    scene = Scene(limit=Limit("x", 20, 10))
    assert [scene.take() for _ in range(12)] == [True] * 10 + [False] * 2
    asked = scene.vault.asked
    standing = run(scene.asking[0].take([Bucket(scene.limit, "ana")]))
    assert (standing.passes, standing.left, standing.next_in) == (False, 0, 3 * SECOND)
    assert scene.vault.asked == asked
    scene.now += standing.next_in
    assert [scene.take(), scene.take()] == [True, False]


def test_what_is_left_goes_down_by_one_each_time_whatever_is_held() -> None:
    scene = Scene()
    left = [run(scene.asking[0].take([Bucket(PERSON, "ana")])).left for _ in range(101)]
    assert left == [*range(99, -1, -1), 0]


class TestTwoBuckets:
    def test_where_one_is_empty_nothing_is_taken_of_the_other(self) -> None:
        scene = Scene()
        empty, other = Limit("clinic", 60, 5), Limit("booking", 60, 100)
        both = [Bucket(other, "ana"), Bucket(empty, "clinic")]
        passed = [run(scene.asking[0].take(both)) for _ in range(8)]
        assert [each.passes for each in passed] == [True] * 5 + [False] * 3
        assert passed[-1].limit is empty
        assert run(scene.asking[0].take(both[:1])).left == 94

    def test_the_one_with_less_is_told_of(self) -> None:
        scene = Scene()
        told = [run(scene.asking[0].take([Bucket(CLINIC, "c"), Bucket(PERSON, n)])).limit.name for n in "ab" * 60]
        assert told[0] == "booking"
        assert told[-1] == "clinic"

    def test_where_both_are_empty_the_longer_wait_is_told(self) -> None:
        scene = Scene()
        slow, fast = Limit("slow", 6, 1), Limit("fast", 60, 1)
        both = [Bucket(fast, "a"), Bucket(slow, "b")]
        run(scene.asking[0].take(both))
        assert run(scene.asking[0].take(both)).next_in == 10 * SECOND


class TestWithoutValkey:
    def test_it_goes_on_with_what_it_knows_and_back(self) -> None:
        scene = Scene(limit=Limit("x", 60, 10))
        assert all(scene.take() for _ in range(6))
        scene.vault.is_away = True
        assert [scene.take() for _ in range(5)] == [True] * 4 + [False]
        scene.now += 2 * SECOND
        scene.vault.is_away = False
        asked = scene.vault.asked
        assert run(scene.asking[0].take([Bucket(scene.limit, "ana")])).left == 5, "as Valkey knows it"
        assert scene.vault.asked == asked + 1


def test_buckets_are_bounded_and_the_least_recently_asked_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiters, "_KEPT", 10)
    scene = Scene(limit=Limit("x", 1, 3))
    alone = Limiter(None, lambda: scene.now)
    for n in range(50):
        run(alone.take([Bucket(scene.limit, "kept")]))
        run(alone.take([Bucket(scene.limit, str(n))]))
        assert len(alone) <= 10
    assert not run(alone.take([Bucket(scene.limit, "kept")])).passes
