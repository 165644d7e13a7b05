"""What may become of a walk-in, by whom, and what a visit that is over early gives back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from booking.domain.errors import ChangedMeanwhile, NotWaiting, NotYourAppointment
from booking.domain.visit import Kind, Option, Slot, Visit
from booking.domain.walk_in import IN_QUEUE, Caller, WalkIn, WalkInStatus
from hypothesis import given
from hypothesis import strategies as some

NOW = datetime(2026, 11, 24, 9, 0, 30, tzinfo=UTC)
ANA, DAN, ROOM, PLACE, SERVICE = (UUID(int=n) for n in range(1, 6))
MINUTE = timedelta(minutes=1)
DESK = Caller("desk", None, is_bound=False)
DR_ANA, DR_DAN = Caller("ana", ANA, is_bound=True), Caller("dan", DAN, is_bound=True)


def a_walk_in(**more: object) -> WalkIn:
    facts = {
        "id": UUID(int=9),
        "patient_id": UUID(int=8),
        "location_id": PLACE,
        "time_zone": "Europe/Bucharest",
        "service_id": SERVICE,
        "planned": 30 * MINUTE,
        "joined_at": NOW,
        "changed_at": NOW,
    }
    return WalkIn(**(facts | more))  # type: ignore[arg-type]


class TestCalling:
    def test_a_colleague_does_not_call_who_was_called_but_the_desk_may(self) -> None:
        it = a_walk_in()
        it.call(ANA, ROOM, DR_ANA, NOW)
        it.call(ANA, None, DR_ANA, NOW)
        with pytest.raises(NotWaiting):
            it.call(DAN, None, DR_DAN, NOW)
        it.call(DAN, None, DESK, NOW)
        assert (it.called_specialist_id, it.room_id, it.called_by, it.version) == (DAN, None, "desk", 4)

    @pytest.mark.parametrize("status", set(WalkInStatus) - IN_QUEUE)
    def test_who_is_not_in_the_queue_is_not_called_moved_or_sent_away(self, status: WalkInStatus) -> None:
        for act in (
            lambda it: it.call(ANA, None, DESK, NOW),
            lambda it: it.hurry(urgent=True, reason="pain", now=NOW),
            lambda it: it.leave("", NOW),
        ):
            with pytest.raises(NotWaiting):
                act(a_walk_in(status=status))

    def test_what_was_seen_must_be_what_is_changed(self) -> None:
        it = a_walk_in(version=3)
        it.require_version(3)
        it.require_version(0)
        with pytest.raises(ChangedMeanwhile):
            it.require_version(2)


class TestByWhom:
    def test_whoever_is_named_else_who_called_else_who_was_asked_for(self) -> None:
        asked = a_walk_in(specialist_id=ANA)
        assert asked.specialist_for(None, DESK) == ANA
        assert replace(asked, called_specialist_id=DAN).specialist_for(None, DESK) == DAN
        assert asked.specialist_for(DAN, DESK) == DAN
        assert a_walk_in().specialist_for(None, DESK) is None
        assert a_walk_in().specialist_for(None, Caller("head", DAN, is_bound=False)) == DAN

    def test_a_specialist_sees_people_in_their_own_name_only(self) -> None:
        assert a_walk_in(specialist_id=ANA).specialist_for(None, DR_DAN) == DAN
        with pytest.raises(NotYourAppointment):
            a_walk_in().specialist_for(ANA, DR_DAN)
        with pytest.raises(NotYourAppointment):
            a_walk_in().specialist_for(None, Caller("nobody", None, is_bound=True))


@given(
    duration=some.integers(1, 120),
    before=some.integers(0, 60),
    after=some.integers(0, 60),
    turnaround=some.integers(0, 60),
    over_at=some.timedeltas(timedelta(hours=-4), timedelta(hours=4)),
)
def test_a_visit_that_is_over_early_gives_back_what_is_left_but_not_what_follows_it(
    duration: int, before: int, after: int, turnaround: int, over_at: timedelta
) -> None:
    starts_at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    ends_at = starts_at + duration * MINUTE
    slot = Slot(PLACE, "Europe/Bucharest", starts_at, ends_at, starts_at - before * MINUTE, ends_at + after * MINUTE)
    room = Option(ROOM, 0, slot.occupied_from, slot.occupied_until + turnaround * MINUTE)
    it = Visit(id=UUID(int=9), specialist_id=ANA, service_id=SERVICE, slot=slot, taken=[(Kind.ROOM, room)])

    saved = it.end_early(starts_at + over_at)

    assert it.slot.starts_at == starts_at
    assert it.slot.ends_at == ends_at - saved
    assert starts_at < it.slot.ends_at <= ends_at
    assert it.slot.occupied_until - it.slot.ends_at == after * MINUTE
    assert it.room is not None
    assert it.room.ends_at - it.slot.occupied_until == turnaround * MINUTE
    if saved:
        assert it.slot.ends_at == max(starts_at + over_at // MINUTE * MINUTE, starts_at + MINUTE)
    else:
        assert over_at // MINUTE >= duration or duration == 1
