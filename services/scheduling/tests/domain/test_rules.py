"""Rules as masks, against looking at every start."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scheduling.domain import rules
from scheduling.domain.hours import instant_of, minute_of
from scheduling.domain.kernel import Reason, Terms, Window
from scheduling.domain.offer import BlackoutDates, LeadTime, MaxDaily, MaxFuture, MinGap, Preference, Rules, Service
from scheduling.domain.rules import Asking, Visit
from scheduling.domain.score import preferred_first, score

ZONES = st.sampled_from(["Europe/Bucharest", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"])
# Around the changes of the clock in Bucharest and on Lord Howe Island.
FIRST = st.sampled_from([datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 3, 12, tzinfo=UTC)])
MINE, OTHER, HERE, ELSEWHERE = (UUID(int=n) for n in range(4))
SIZE = 2 * 24 * 60
TIMED = st.one_of(
    st.builds(LeadTime, st.integers(1, 1500)),
    st.builds(MaxFuture, st.integers(1, 2)),
    st.builds(MinGap, st.integers(1, 200)),
    st.builds(MaxDaily, st.integers(1, 3), st.booleans()),
    st.dates(date(2026, 3, 27), date(2026, 10, 6)).map(lambda day: BlackoutDates(day, day + timedelta(days=1))),
)


@dataclass
class Situation:
    service: Service
    asking: Asking


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    first = minute_of(draw(FIRST))
    terms = Terms(draw(st.integers(5, 90)), 0, 0, requires_room=False)
    window = Window.around(terms, first, first + SIZE)
    visits = [
        Visit(draw(st.sampled_from([MINE, OTHER])), draw(st.sampled_from([HERE, ELSEWHERE])), at, at + terms.duration)
        for at in draw(st.lists(st.integers(first - 1500, first + SIZE + 1500), max_size=8))
    ]
    service = Service(
        UUID(int=9), "Massage", terms, 1, frozenset(), frozenset(), frozenset(), Rules(timed=(draw(TIMED),))
    )
    now = instant_of(first) + timedelta(minutes=draw(st.integers(-2000, 2000)), seconds=draw(st.integers(0, 59)))
    return Situation(service, Asking(window, HERE, draw(ZONES), now, visits))


def is_barred(it: Situation, start: int) -> bool:
    asking, rule = it.asking, it.service.rules.timed[0]
    at, zone = instant_of(start), ZoneInfo(asking.zone)
    day = at.astimezone(zone).date()
    match rule:
        case LeadTime(minutes):
            return at < asking.now + timedelta(minutes=minutes)
        case MaxFuture(days):
            return minute_of(at) > minute_of(asking.now) + days * 1440
        case BlackoutDates(begin, end):
            return begin <= day <= end
        case MinGap(minutes):
            mine = [v for v in asking.visits if v.specialist_id == MINE]
            end = start + it.service.terms.duration
            return any(v.starts < end + minutes and start < v.ends + minutes for v in mine)
        case MaxDaily(most, per_specialist):
            counted = [
                v
                for v in asking.visits
                if v.location_id == HERE
                and instant_of(v.starts).astimezone(zone).date() == day
                and (not per_specialist or v.specialist_id == MINE)
            ]
            return len(counted) >= most


@given(situations())
def test_a_rule_bars_exactly_the_starts_it_speaks_of(it: Situation) -> None:
    found = [*rules.bars(it.service, it.asking), *rules.bars_of(it.service, it.asking, MINE)]
    barred = 0
    for bar in found:
        barred |= bar.starts
    window = it.asking.window
    for start in range(*window.starts):
        assert bool(barred >> (start - window.first) & 1) == is_barred(it, start), instant_of(start)


@given(situations())
def test_what_bars_says_why(it: Situation) -> None:
    found = [*rules.bars(it.service, it.asking), *rules.bars_of(it.service, it.asking, MINE)]
    assert all(bar.words for bar in found)
    assert {bar.reason for bar in found} <= {
        Reason.LEAD_TIME, Reason.MAX_FUTURE, Reason.BLACKOUT_DATES, Reason.MIN_GAP, Reason.MAX_DAILY,
    }  # fmt: skip


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(5, 90), st.integers(1, 200))
def test_visits_are_too_close_exactly_if_their_gaps_overlap(one: int, other: int, duration: int, gap: int) -> None:
    """So that claims on the gap keep apart whoever books at the same moment."""
    overlap = one < other + duration + gap and other < one + duration + gap
    service = Service(
        UUID(int=9), "", Terms(duration, 0, 0, requires_room=False), 1, frozenset(), frozenset(), frozenset(),
        Rules(timed=(MinGap(gap),)),
    )  # fmt: skip
    window = Window.around(service.terms, 0, 3001)
    asking = Asking(window, HERE, "UTC", instant_of(0), [Visit(MINE, HERE, other, other + duration)])
    (bar,) = rules.bars_of(service, asking, MINE)
    assert bool(bar.starts >> one & 1) == overlap
    assert rules.gap(service, MINE) is not None


@pytest.mark.parametrize(
    ("preference", "minute", "expected"),
    [
        (None, 600, 100),
        (Preference((), (), 80, ""), 600, 100),
        (Preference((), ((540, 720),), 80, ""), 600, 100),
        (Preference((), ((540, 720),), 80, ""), 720, 20),
        (Preference((MINE,), ((540, 720),), 50, ""), 600, 75),
        (Preference((HERE,), ((540, 720),), 50, "laser"), 600, 83),
        (Preference((HERE,), ((540, 720),), 100, "ultrasound"), 600, 100),
        (Preference((MINE,), ((0, 60),), 100, "laser"), 600, 0),
    ],
)
def test_a_start_scores_by_the_part_of_the_wishes_it_meets(
    preference: Preference | None, minute: int, expected: int
) -> None:
    assert score(preference, minute, [HERE, ELSEWHERE], ["ultrasound"]) == expected


def test_the_rooms_they_like_come_first_and_the_others_stay_in_order() -> None:
    preference = Preference((ELSEWHERE, MINE), (), 50, "")
    assert preferred_first(preference, [OTHER, HERE, ELSEWHERE]) == [ELSEWHERE, OTHER, HERE]
