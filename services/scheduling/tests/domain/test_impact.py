"""What the catalog has against an appointment, and whom a change displaces."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scheduling.domain.hours import minute_of
from scheduling.domain.impact import Promise, against, displaced
from scheduling.domain.kernel import Obstacle, Reason, Terms
from scheduling.domain.offer import (
    BlackoutDates,
    Catalog,
    LeadTime,
    Location,
    MaxDaily,
    MaxFuture,
    MinGap,
    Pool,
    Room,
    Rules,
    Service,
    Specialist,
)

SERVICE, CENTRE, NORTH, R1, LASERS, ANA, BOB = (UUID(int=n) for n in range(1, 8))
# Half past eleven in the evening in UTC: the next day in Bucharest.
STARTS = minute_of(datetime(2026, 12, 1, 23, 30, tzinfo=UTC))
PROMISE = Promise(
    UUID(int=99), ANA, SERVICE, CENTRE, STARTS, STARTS + 30, STARTS, STARTS + 45, R1, STARTS + 45, ((LASERS, 1),)
)
TERMS = Terms(30, 0, 15, requires_room=True)
CATALOG = Catalog(
    services={SERVICE: Service(SERVICE, "Laser", TERMS, 1, frozenset(), frozenset(), frozenset())},
    locations={CENTRE: Location(CENTRE, "Centre", "Europe/Bucharest"), NORTH: Location(NORTH, "North", "UTC")},
    rooms={R1: Room(R1, CENTRE, "R1", "exam", 2, frozenset({"sink"}), 0)},
    pools={LASERS: Pool(LASERS, CENTRE, "Lasers", "laser", 2)},
    specialists={ANA: Specialist(ANA, "Dr. Ana", "", True), BOB: Specialist(BOB, "Dr. Bob", "", True)},
)

Change = Callable[[Catalog], Catalog]


def service(**facts: object) -> Change:
    return lambda it: replace(it, services={SERVICE: replace(it.services[SERVICE], **facts)})  # type: ignore[arg-type]


def rules(**facts: object) -> Change:
    return service(rules=Rules(**facts))  # type: ignore[arg-type]


def room(**facts: object) -> Change:
    return lambda it: replace(it, rooms={R1: replace(it.rooms[R1], **facts)})  # type: ignore[arg-type]


def lasers(**facts: object) -> Change:
    return lambda it: replace(it, pools={LASERS: replace(it.pools[LASERS], **facts)})  # type: ignore[arg-type]


def without(what: str) -> Change:
    return lambda it: replace(it, **{what: {}})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        (without("specialists"), Reason.ALLOWED_PROVIDER, "Dr. Ana no longer works here"),
        (service(specialist_ids=frozenset({BOB})), Reason.ALLOWED_PROVIDER, "Dr. Ana no longer gives Laser"),
        (rules(allowed=frozenset({BOB})), Reason.ALLOWED_PROVIDER, "Dr. Ana no longer gives Laser"),
        (service(location_ids=frozenset({NORTH})), Reason.ALLOWED_PROVIDER, "Laser is no longer given at Centre"),
        (
            rules(timed=(BlackoutDates(date(2026, 12, 2), date(2026, 12, 2)),)),
            Reason.BLACKOUT_DATES,
            "Laser is not given from 2026-12-02 to 2026-12-02",
        ),
        (without("rooms"), Reason.ROOM, "R1 is no longer in use"),
        (room(location_id=NORTH), Reason.ROOM, "R1 is somewhere else now"),
        (room(room_type="gym"), None, ""),
        (rules(room_types=frozenset({"gym"})), Reason.ROOM, "R1 is no longer fit for Laser"),
        (service(capacity=3), Reason.ROOM, "R1 is no longer fit for Laser"),
        (service(room_features=frozenset({"pool"})), Reason.ROOM, "R1 is no longer fit for Laser"),
        (without("pools"), Reason.EQUIPMENT, "Lasers: no longer in use"),
        (lasers(location_id=NORTH), Reason.EQUIPMENT, "Lasers: somewhere else now"),
        (lasers(quantity=1), Reason.EQUIPMENT, "Lasers: there are fewer now"),
        (lasers(equipment_type="ultrasound"), Reason.EQUIPMENT, "Lasers: no longer laser"),
        (without("services"), None, ""),
        (service(terms=Terms(60, 30, 30, requires_room=True)), None, ""),
        (
            lambda it: rules(room_types=frozenset({"gym"}))(service(terms=replace(TERMS, requires_room=False))(it)),
            None,
            "",
        ),
        (rules(equipment=(("ultrasound", 2),)), None, ""),
        (rules(timed=(BlackoutDates(date(2026, 12, 1), date(2026, 12, 1)),)), None, ""),
        (lambda it: replace(it, specialists={ANA: replace(it.specialists[ANA], bookable=False)}), None, ""),
        (room(turnaround=60), None, ""),
    ],
)
def test_what_a_change_has_against_an_appointment(change: Change, reason: Reason | None, words: str) -> None:
    assert list(against(PROMISE, CATALOG, CATALOG)) == []
    found = [(each.reason, each.words) for each in against(PROMISE, change(CATALOG), CATALOG)]
    assert found == ([(reason, words)] if reason is not None else [])


def test_whoever_is_there_besides_counts_as_much() -> None:
    both = replace(PROMISE, also=(BOB,))
    (found,) = against(both, service(specialist_ids=frozenset({ANA}))(CATALOG), CATALOG)
    assert (found.words, found.ids) == ("Dr. Bob no longer gives Laser", (BOB,))


@given(
    terms=st.builds(Terms, st.integers(1, 600), st.integers(0, 200), st.integers(0, 200), requires_room=st.booleans()),
    equipment=st.lists(st.tuples(st.sampled_from(["laser", "ultrasound"]), st.integers(1, 9)), max_size=3),
    timed=st.lists(
        st.one_of(
            st.builds(LeadTime, st.integers(1, 129_600)),
            st.builds(MaxFuture, st.integers(1, 1100)),
            st.builds(MinGap, st.integers(1, 1440)),
            st.builds(MaxDaily, st.integers(1, 500), st.booleans()),
        ),
        max_size=4,
    ),
)
def test_an_appointment_keeps_the_terms_it_was_booked_with(
    terms: Terms, equipment: list[tuple[str, int]], timed: list[LeadTime | MaxFuture | MinGap | MaxDaily]
) -> None:
    change = service(terms=terms, rules=Rules(equipment=tuple(equipment), timed=tuple(timed)))
    assert list(against(PROMISE, change(CATALOG), CATALOG)) == []


OBSTACLES = st.lists(
    st.builds(Obstacle, st.sampled_from([Reason.HOURS, Reason.ROOM]), st.text(max_size=3), st.just((R1,)))
)


@given(before=OBSTACLES, after=OBSTACLES)
def test_only_what_is_new_displaces_but_who_is_named_goes_whatever_it_is(
    before: list[Obstacle], after: list[Obstacle]
) -> None:
    id_ = PROMISE.appointment_id
    known = {each.reason for each in before}
    new = [each for each in after if each.reason not in known]
    assert [list(d.obstacles) for d in displaced([PROMISE], {id_: before}, {id_: after})] == ([new] if new else [])
    named = displaced([PROMISE], {id_: before}, {id_: after}, named={id_})
    assert [list(d.obstacles) for d in named] == ([after] if after else [])


def test_a_day_is_the_locations() -> None:
    """Between midnight there and midnight in UTC the two differ."""
    day = date(2026, 12, 2)
    for ahead, is_in_the_way in ((-120, False), (0, True), (timedelta(days=1) // timedelta(minutes=1), False)):
        moved = replace(PROMISE, starts=STARTS + ahead)
        assert bool(list(against(moved, rules(timed=(BlackoutDates(day, day),))(CATALOG), CATALOG))) is is_in_the_way
