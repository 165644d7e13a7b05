"""How long who walks in will wait: against a day that is looked at minute by minute."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from booking.domain.queue import OnDuty, Place, Turn, UnderWay, expected_starts, places, rounded, typical
from hypothesis import given
from hypothesis import strategies as some

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = 180
MINUTE = timedelta(minutes=1)
SERVICES = [UUID(int=n) for n in (1, 2)]
ANA, DAN, EVA = (UUID(int=n) for n in (11, 12, 13))
NOBODY = UUID(int=99)


def at(minute: int) -> datetime:
    return NOW + minute * MINUTE


def stretch(begin: int, length: int) -> tuple[datetime, datetime]:
    return at(begin), at(begin + length)


def shift(*hours: tuple[int, int]) -> list[tuple[datetime, datetime]]:
    return [(at(a), at(b)) for a, b in hours]


@some.composite
def a_shift(draw: some.DrawFn) -> list[tuple[datetime, datetime]]:
    """Apart from each other, by start; maybe from before now."""
    edges = sorted(draw(some.sets(some.integers(-20, DAY), max_size=6)))
    return [(at(a), at(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)]


MINUTES = some.integers(1, 60)
DUTY = some.lists(
    some.builds(
        OnDuty,
        specialist_id=some.sampled_from([ANA, DAN, EVA]),
        works=a_shift(),
        service_ids=some.frozensets(some.sampled_from(SERVICES)),
    ),
    unique_by=lambda each: each.specialist_id,
)
TAKEN = some.dictionaries(
    some.sampled_from([ANA, DAN, EVA]), some.lists(some.builds(stretch, some.integers(-30, DAY), some.integers(0, 60)))
)
QUEUE = some.lists(
    some.tuples(some.sampled_from(SERVICES), some.none() | some.sampled_from([ANA, DAN, NOBODY]), MINUTES, MINUTES),
    max_size=6,
).map(
    lambda rows: [
        Turn(id=UUID(int=100 + n), service_id=s, specialist_id=who, planned=a * MINUTE, takes=b * MINUTE)
        for n, (s, who, a, b) in enumerate(rows)
    ]
)


def by_the_minute(
    queue: list[Turn], duty: list[OnDuty], taken: dict[UUID, list[tuple[datetime, datetime]]]
) -> dict[UUID, datetime]:
    """The same, said differently: a set of free minutes for each, and each in turn takes the first run of them."""
    free = {
        each.specialist_id: {
            m
            for m in range(DAY)
            if any(a <= at(m) < b for a, b in each.works)
            and not any(a <= at(m) < b for a, b in taken.get(each.specialist_id, ()))
        }
        for each in duty
    }
    found = {}
    for turn in queue:
        planned, takes = (each // MINUTE for each in (turn.planned, turn.takes))
        fits = [
            (m, len(each.service_ids), each.specialist_id)
            for each in duty
            if (
                each.specialist_id == turn.specialist_id
                or (not turn.specialist_id and turn.service_id in each.service_ids)
            )
            for m in range(DAY)
            if set(range(m, m + planned)) <= free[each.specialist_id]
        ]
        if fits:
            minute, _, who = min(fits)
            found[turn.id] = at(minute)
            free[who] -= set(range(minute, minute + takes))
    return found


@given(QUEUE, DUTY, TAKEN)
def test_each_takes_the_earliest_gap_that_is_long_enough(
    queue: list[Turn], duty: list[OnDuty], taken: dict[UUID, list[tuple[datetime, datetime]]]
) -> None:
    assert expected_starts(queue, duty, taken, NOW) == by_the_minute(queue, duty, taken)


@given(QUEUE, DUTY, TAKEN)
def test_who_joins_later_delays_nobody_who_is_ahead(
    queue: list[Turn], duty: list[OnDuty], taken: dict[UUID, list[tuple[datetime, datetime]]]
) -> None:
    for n in range(len(queue)):
        fewer, all_ = expected_starts(queue[:n], duty, taken, NOW), expected_starts(queue, duty, taken, NOW)
        assert all(all_[each.id] == start for each in queue[:n] if (start := fewer.get(each.id)))


@given(some.integers(1, 8), MINUTES, MINUTES, DUTY, TAKEN)
def test_of_those_who_want_the_same_nobody_is_seen_before_who_was_there_first(
    count: int, planned: int, takes: int, duty: list[OnDuty], taken: dict[UUID, list[tuple[datetime, datetime]]]
) -> None:
    alike = {"service_id": SERVICES[0], "planned": planned * MINUTE, "takes": takes * MINUTE}
    queue = [Turn(id=UUID(int=n), **alike) for n in range(count)]  # type: ignore[arg-type]
    found = expected_starts(queue, duty, taken, NOW)
    starts = [found[each.id] for each in queue if each.id in found]
    assert all(earlier <= later for earlier, later in pairwise(starts))
    assert [each.id in found for each in queue] == sorted((each.id in found for each in queue), reverse=True)


class TestPlaces:
    ONE = OnDuty(ANA, shift((0, 60)), frozenset(SERVICES[:1]))

    def turn(self, n: int, **more: object) -> Turn:
        facts = {"service_id": SERVICES[0], "planned": 20 * MINUTE, "takes": 10 * MINUTE} | more
        return Turn(id=UUID(int=n), **facts)  # type: ignore[arg-type]

    def test_who_is_called_comes_first_and_has_no_place(self) -> None:
        queue = [self.turn(1), self.turn(2, called=True, specialist_id=ANA), self.turn(3)]
        assert places(queue, [self.ONE], {}, NOW) == {
            UUID(int=1): Place(1, at(10)),
            UUID(int=3): Place(2, at(20)),
        }

    def test_who_will_not_be_seen_today_is_told_why(self) -> None:
        queue = [
            self.turn(1, planned=90 * MINUTE),
            self.turn(2, service_id=SERVICES[1]),
            self.turn(3, specialist_id=DAN),
        ]
        found = places(queue, [self.ONE], {}, NOW)
        assert [each.begins_at for each in found.values()] == [None] * 3
        assert [each.why_unknown for each in found.values()] == [
            "There is no gap left today that is long enough",
            "Nobody who gives this service works here any more today",
            "The provider does not work here any more today",
        ]

    def test_who_works_may_not_be_known(self) -> None:
        (found,) = places([self.turn(1)], None, {}, NOW).values()
        assert (found.position, found.begins_at) == (1, None)
        assert "ask again" in found.why_unknown

    def test_who_is_asked_for_need_not_have_the_service_listed(self) -> None:
        (found,) = places([self.turn(1, service_id=SERVICES[1], specialist_id=ANA)], [self.ONE], {}, NOW).values()
        assert found.begins_at == NOW

    def test_who_gives_the_least_besides_goes_first(self) -> None:
        every = OnDuty(DAN, shift((0, 60)), frozenset(SERVICES))
        queue = [self.turn(1), self.turn(2, service_id=SERVICES[1])]
        assert [each.begins_at for each in places(queue, [every, self.ONE], {}, NOW).values()] == [NOW, NOW]


class TestExperience:
    def test_too_little_of_it_says_nothing(self) -> None:
        short, planned = [10 * MINUTE] * 4, 30 * MINUTE
        assert typical(short, planned) == planned
        assert typical([*short, 50 * MINUTE], planned) == 10 * MINUTE

    @given(some.lists(some.timedeltas(timedelta(0), timedelta(hours=8)), min_size=5))
    def test_half_of_them_took_no_longer_and_half_no_less(self, durations: list[timedelta]) -> None:
        found, grain = typical(durations, timedelta(0)), timedelta(milliseconds=1)
        assert 2 * sum(each <= found + grain for each in durations) >= len(durations)
        assert 2 * sum(each >= found - grain for each in durations) >= len(durations)

    def test_a_visit_ends_by_experience_then_as_planned_then_soon(self) -> None:
        visit = UnderWay(
            id=UUID(int=1),
            specialist_ids=[ANA],
            service_id=SERVICES[0],
            began_at=at(-20),
            starts_at=at(-30),
            ends_at=at(0),
        )
        assert visit.expected_end(25 * MINUTE, NOW) == at(5)
        assert visit.expected_end(25 * MINUTE, at(-10)) == at(5)
        assert visit.expected_end(10 * MINUTE, at(-5)) == at(0)
        assert visit.expected_end(10 * MINUTE, NOW) == at(5)

    @given(some.timedeltas(timedelta(0), timedelta(days=1)))
    def test_waits_are_rounded_up_to_five_minutes(self, wait: timedelta) -> None:
        found = rounded(wait)
        assert found % timedelta(minutes=5) == timedelta(0)
        assert timedelta(0) <= found - wait < timedelta(minutes=5)
