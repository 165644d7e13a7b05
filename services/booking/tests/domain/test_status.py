"""What may become of an appointment: every status with every action."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from booking.domain.appointment import Appointment
from booking.domain.errors import AppointmentOver, IllegalStatus, NotToday, NotYet
from booking.domain.policy import Fee, Terms
from booking.domain.status import AHEAD, FROM, TO, Action, Status
from booking.domain.visit import Slot

NINE = datetime(2026, 11, 23, 7, tzinfo=UTC)
LATE, NO_SHOW = Fee(1500, "EUR"), Fee(4000, "EUR")
TERMS = Terms(timedelta(hours=24), LATE, NO_SHOW, 3)


def an_appointment(status: Status = Status.SCHEDULED, terms: Terms = TERMS) -> Appointment:
    end = NINE + timedelta(minutes=30)
    slot = Slot(UUID(int=1), "Europe/Bucharest", NINE, end, NINE, end)
    booked = NINE - timedelta(days=9)
    return Appointment(
        id=UUID(int=2), specialist_id=UUID(int=3), service_id=UUID(int=4), patient_id=UUID(int=5), slot=slot,
        status=status, terms=terms, created_at=booked, updated_at=booked,
    )  # fmt: skip


@pytest.mark.parametrize(("status", "action"), list(product(Status, TO)))
def test_only_what_is_on_the_map_may_happen(status: Status, action: Action) -> None:
    it = an_appointment(status)
    # What is asked and confirmed is still to come; nobody is missing before it has begun.
    ahead = action in (Action.ACCEPTED, Action.CONFIRMED)
    now = NINE + timedelta(minutes=-5 if ahead else 5)
    if status in FROM[action]:
        assert it.become(action, reason="r", now=now) is status
        assert (it.status, it.version, it.reason) == (TO[action], 2, "r")
    else:
        with pytest.raises(IllegalStatus):
            it.become(action, reason="r", now=now)
        assert (it.status, it.version) == (status, 1)


@pytest.mark.parametrize("action", [Action.CHECKED_IN, Action.STARTED])
def test_nobody_is_there_on_another_day(action: Action) -> None:
    with pytest.raises(NotToday):
        an_appointment().become(action, reason="", now=NINE - timedelta(hours=10))
    an_appointment().become(action, reason="", now=NINE - timedelta(hours=9))


@pytest.mark.parametrize(
    ("status", "action"), [(Status.REQUESTED, Action.ACCEPTED), (Status.SCHEDULED, Action.CONFIRMED)]
)
def test_what_has_begun_is_neither_accepted_nor_confirmed(status: Status, action: Action) -> None:
    with pytest.raises(AppointmentOver):
        an_appointment(status).become(action, reason="", now=NINE)


def test_what_was_owed_before_is_owed_still() -> None:
    it = an_appointment()
    it.late_fee = LATE
    it.become(Action.NO_SHOW, reason="", now=NINE)
    assert it.fee == Fee(5500, "EUR")
    it.become(Action.CHECKED_IN, reason="", now=NINE)
    assert it.fee == LATE


def test_nobody_is_missing_before_it_begins_and_who_comes_after_all_owes_nothing() -> None:
    it = an_appointment()
    with pytest.raises(NotYet):
        it.become(Action.NO_SHOW, reason="", now=NINE - timedelta(minutes=1))
    it.become(Action.NO_SHOW, reason="", now=NINE + timedelta(minutes=15))
    assert it.fee == NO_SHOW
    it.become(Action.CHECKED_IN, reason="", now=NINE + timedelta(minutes=16))
    assert it.fee is None


@pytest.mark.parametrize(
    ("hours_before", "waived", "fee"), [(25, False, None), (24, False, None), (23, False, LATE), (23, True, None)]
)
def test_leaving_late_costs_what_the_terms_said(hours_before: int, waived: bool, fee: Fee | None) -> None:
    now = NINE - timedelta(hours=hours_before)
    canceled, moved = an_appointment(), an_appointment(Status.CONFIRMED)
    canceled.cancel(reason="", now=now, waived=waived)
    assert (canceled.status, canceled.fee) == (Status.CANCELED, fee)
    end = NINE + timedelta(days=1, minutes=30)
    moved.move(
        Slot(UUID(int=1), "Europe/Bucharest", NINE + timedelta(days=1), end, NINE, end), moved.specialist_id,
        reason="", now=now, waived=waived,
    )  # fmt: skip
    assert (moved.status, moved.fee) == (Status.SCHEDULED, fee), "who had confirmed the old time confirms anew"


def test_what_has_begun_only_staff_still_move_and_cancel() -> None:
    now, later = NINE + timedelta(minutes=10), NINE + timedelta(hours=2)
    there = Slot(UUID(int=1), "Europe/Bucharest", later, later, later, later)
    late, calls = an_appointment(), an_appointment()
    with pytest.raises(AppointmentOver, match="begun"):
        late.move(there, late.specialist_id, reason="", now=now, waived=False)
    with pytest.raises(AppointmentOver, match="begun"):
        calls.cancel(reason="", now=now, waived=False)
    late.move(there, late.specialist_id, reason="", now=now, waived=True, by_staff=True)
    calls.cancel(reason="", now=now, waived=False, by_staff=True)
    assert (late.slot.starts_at, late.fee) == (later, None)
    assert (calls.status, calls.fee) == (Status.CANCELED, LATE), "who calls too late owes what the terms say"


@pytest.mark.parametrize("status", sorted(set(Status) - AHEAD))
def test_what_is_over_is_not_canceled(status: Status) -> None:
    with pytest.raises(AppointmentOver):
        an_appointment(status).cancel(reason="", now=NINE - timedelta(days=2), waived=False)
