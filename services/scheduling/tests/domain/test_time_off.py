"""What may become of time off, and by whom."""

from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest
from scheduling.domain.errors import DecidedAlready, NotYoursToDecide
from scheduling.domain.time_off import Decider, Status, TimeOff

SPECIALIST, COLLEAGUE = UUID(int=1), UUID(int=2)
ALLOWED = {
    (Status.REQUESTED, Status.APPROVED),
    (Status.REQUESTED, Status.DECLINED),
    (Status.REQUESTED, Status.WITHDRAWN),
    (Status.APPROVED, Status.WITHDRAWN),
}


def time_off(status: Status = Status.REQUESTED) -> TimeOff:
    begin, end = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
    return TimeOff(UUID(int=9), SPECIALIST, begin, end, "Holiday", status, "before")


@pytest.mark.parametrize(
    ("status", "then"), list(product(Status, [Status.APPROVED, Status.DECLINED, Status.WITHDRAWN])), ids=str
)
def test_every_state_meets_every_decision(status: Status, then: Status) -> None:
    it = time_off(status)
    if (status, then) in ALLOWED:
        it.decide(then, "")
        assert (it.status, it.answer) == (then, "before")
    else:
        with pytest.raises(DecidedAlready, match=status):
            it.decide(then, "after")
        assert (it.status, it.answer) == (status, "before")


@pytest.mark.parametrize(
    ("who", "decides", "decides_own", "may_withdraw", "may_approve"),
    [
        (SPECIALIST, True, False, True, False),
        (SPECIALIST, True, True, True, True),
        (COLLEAGUE, True, False, False, True),
        (COLLEAGUE, False, False, False, False),
        (None, True, False, True, True),
        (None, False, False, True, False),
    ],
)
def test_who_may_decide(
    who: UUID | None, *, decides: bool, decides_own: bool, may_withdraw: bool, may_approve: bool
) -> None:
    by = Decider(who, decides=decides, decides_own=decides_own)
    for status, allowed in ((Status.WITHDRAWN, may_withdraw), (Status.APPROVED, may_approve)):
        if allowed:
            time_off().require_decider(status, by)
        else:
            with pytest.raises(NotYoursToDecide):
                time_off().require_decider(status, by)
