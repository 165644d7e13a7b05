"""Series: what of them is meant, how they move by the clock on the wall, and who is chosen for all of them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from booking.domain.appointment import Appointment
from booking.domain.assignment import Candidate, Offered
from booking.domain.errors import AnotherSeries
from booking.domain.series import Missed, Scope, Series, Shifted, free_most_often, not_free, shift
from booking.domain.status import Status
from booking.domain.visit import Slot
from hypothesis import given
from hypothesis import strategies as st

BUCHAREST = "Europe/Bucharest"
ZONES = (BUCHAREST, "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC")
NOW = datetime(2027, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


def wall(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def an_appointment(days: int, status: Status = Status.SCHEDULED) -> Appointment:
    at = NOW + timedelta(days=days)
    slot = Slot(uuid4(), BUCHAREST, at, at + timedelta(minutes=30), at, at + timedelta(minutes=30))
    return Appointment(
        id=uuid4(), specialist_id=uuid4(), service_id=uuid4(), slot=slot, patient_id=uuid4(), status=status,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip


@given(zone=st.sampled_from(ZONES), before=INSTANTS, after=INSTANTS, other=INSTANTS)
def test_all_move_by_as_much_on_the_wall(zone: str, before: datetime, after: datetime, other: datetime) -> None:
    by = shift(before, after, zone)
    moved = Shifted.of(other, by, zone)
    assert moved.wall == wall(other, zone) + by
    if moved.starts_at is None:
        assert "+" not in moved.text
        return
    assert wall(moved.starts_at, zone) == moved.wall
    assert datetime.fromisoformat(moved.text) == moved.starts_at
    if by:
        earlier = moved.starts_at - timedelta(hours=1)
        assert wall(earlier, zone) != moved.wall, "of a time that comes twice, the first"
        back = Shifted.of(moved.starts_at, -by, zone)
        assert back.wall == wall(other, zone)
    else:
        assert moved.starts_at == other, "what does not move stays"


def test_clocks_that_change_in_between_make_it_no_other_time_of_day() -> None:
    at = datetime(2027, 3, 22, 8, tzinfo=UTC)
    assert [Shifted.of(at + timedelta(weeks=w), timedelta(minutes=90), BUCHAREST).text[11:] for w in (0, 1)] == [
        "11:30:00+02:00", "12:30:00+03:00",
    ]  # fmt: skip
    skipped = Shifted.of(datetime(2027, 3, 27, 8, tzinfo=UTC), timedelta(hours=17, minutes=30), BUCHAREST)
    assert (skipped.starts_at, skipped.text) == (None, "2027-03-28T03:30:00")


@pytest.mark.parametrize(("scope", "meant"), [("this", [2]), ("following", [2, 4]), ("all", [1, 2, 4])])
def test_a_scope_means_what_is_still_to_come(scope: str, meant: list[int]) -> None:
    past = an_appointment(-1)
    those = [past, *(an_appointment(days) for days in (1, 2)), an_appointment(3, Status.CANCELED), an_appointment(4)]
    found = Scope(scope).of(those[::-1], those[2], NOW)
    assert [(each.slot.starts_at - NOW).days for each in found] == meant


def test_this_one_is_meant_whatever_has_become_of_it_others_are_not() -> None:
    gone = an_appointment(1, Status.CANCELED)
    later = an_appointment(2)
    assert Scope.THIS.of([gone, later], gone, NOW) == [gone]
    assert Scope.FOLLOWING.of([gone, later], gone, NOW) == [later]


@pytest.mark.parametrize(("scope", "meant"), [("following", [-1, 2]), ("all", [-1, 2])])
def test_this_one_is_meant_also_when_it_has_begun_if_it_can_be_changed(scope: str, meant: list[int]) -> None:
    begun, later = an_appointment(-1), an_appointment(2)
    found = Scope(scope).of([begun, later], begun, NOW, this_too=True)
    assert [(each.slot.starts_at - NOW).days for each in found] == meant


def test_who_is_free_most_often_is_chosen_among() -> None:
    ana, bob, eve = (Candidate(UUID(int=n), []) for n in range(3))
    offers = [Offered([ana, bob]), Offered([bob, eve]), Offered([ana, eve])]
    assert free_most_often(offers) == [ana, bob, eve]
    assert free_most_often([*offers, Offered([eve])]) == [eve]
    only = offers[0].only(bob.specialist_id, "why")
    assert only is not None
    assert (only.candidates, only.why, only.counted) == ([bob], "why", None)
    assert offers[0].only(eve.specialist_id, "") is None


def test_all_that_are_in_the_way_are_named_as_far_as_there_is_room() -> None:
    missed = {n: Missed(f"2027-01-{n + 1:02}T10:00:00+02:00", "SLOT_TAKEN", "Gone") for n in range(30)}
    failure = not_free(missed, 40)
    assert failure.detail.startswith("30 of 40 are not free: 2027-01-01T10:00:00+02:00, ")
    assert failure.detail.endswith(" and 10 more")
    assert [each.field for each in failure.fields] == [f"occurrences[{n}]" for n in range(20)]


def test_an_id_stands_for_what_was_booked_under_it() -> None:
    ids = {name: uuid4() for name in ("id", "patient_id", "service_id", "specialist_id", "location_id")}
    it = Series(
        **ids, calendar_id=None, time_zone=BUCHAREST, rrule="FREQ=DAILY;COUNT=2", starts_at=NOW, skipped=[],
        created_at=NOW,
    )  # fmt: skip
    same = {"patient_id": it.patient_id, "service_id": None, "rrule": it.rrule, "starts_at": NOW}
    it.require_same(**same)  # type: ignore[arg-type]
    for other in ({"patient_id": uuid4()}, {"service_id": uuid4()}, {"rrule": "FREQ=DAILY;COUNT=3"}):
        with pytest.raises(AnotherSeries):
            it.require_same(**(same | other))  # type: ignore[arg-type]
