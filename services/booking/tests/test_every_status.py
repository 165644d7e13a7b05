"""Every status x command x caller, and every status x command x time: what comes of it, and what it leaves behind."""

from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest
from booking.domain.status import Status
from claims import ROLES
from status_oracle import BEGUN, BY_ITSELF, CALLERS, COMMANDS, MOMENTS, NEVER, SOON, STATUSES
from status_walk import RPCS, Walk

ABOUT_OTHER_THINGS = {
    "AcceptOffer", "BookAsGuest", "BookSeries", "CallWalkIn", "ChangeWalkIn", "ConfirmGuestBooking", "CreateFeed",
    "DeclineOffer", "ExtendHold", "JoinQueue", "JoinWaitlist", "LeaveQueue", "LeaveWaitlist", "PlaceGuestHold",
    "PlaceHold", "PreviewSeries", "PutBlock", "ReleaseGuestHold", "ReleaseHold", "RemoveBlock", "RevokeFeed",
    "ServeWalkIn", "SetBookingPolicy",
}  # fmt: skip
"""What is written without an appointment that is there already."""

Case = tuple[str, str, str, str, bool]


@pytest.fixture
async def walk(desk: Any, database: Any) -> Walk:
    it = Walk(desk, database)
    await it.begin()
    return it


async def all_right(walk: Walk, cases: Iterable[Case]) -> None:
    faults = [fault for *case, stale in cases for fault in await walk.faults(*case, stale=stale)]
    assert not faults, told(faults)


def met(when: str) -> list[str]:
    """Statuses that there are then."""
    return [status for status in STATUSES if status not in NEVER[when]]


def told(faults: list[str]) -> str:
    return f"{len(faults)} faults:\n" + "\n".join(faults)


def test_every_rpc_that_writes_is_walked_or_is_about_something_else() -> None:
    writes = {name: rpc for name, rpc in RPCS.items() if not rpc.reads_only}
    walks = {command.rpc for command in COMMANDS.values()}
    assert set(writes) == walks | ABOUT_OTHER_THINGS
    takes_one = {name for name, rpc in writes.items() if "appointment_id" in rpc.method.input_type.fields_by_name}
    assert takes_one <= walks
    for command in COMMANDS.values():
        access = writes[command.rpc].access
        assert access is not None
        assert (access.permission, access.public) == (command.may, not command.may), command.rpc


def test_every_status_and_every_role_is_walked() -> None:
    assert set(STATUSES) == set(Status)
    assert set(ROLES) == {"admin", "front_desk", "specialist", "patient", "system"}


@pytest.mark.parametrize("status", STATUSES)
async def test_by_whom(walk: Walk, status: str) -> None:
    """At a time at which it can be done."""
    cases = []
    for name, who in product(COMMANDS, CALLERS):
        if name == "book once more" and who == "admin elsewhere who says so":
            # An id is unique within a clinic: theirs is another appointment.
            continue
        when = BEGUN if name == "no-show" or status in NEVER[SOON] else SOON
        cases.append((name, status, who, when, False))
    await all_right(walk, cases)


@pytest.mark.parametrize("seats", [0, 3])
@pytest.mark.parametrize("when", MOMENTS)
async def test_at_what_time(walk: Walk, when: str, seats: int) -> None:
    """Also of a group, whose session takes the time."""
    walk.desk.seats = seats
    who = ("front desk", "patient")
    await all_right(walk, [(*case, when, False) for case in product(COMMANDS, met(when), who)])


async def test_who_saw_another_version_changes_nothing(walk: Walk) -> None:
    named = [name for name, command in COMMANDS.items() if command.says_version]
    await all_right(walk, [(name, status, "front desk", BEGUN, True) for name, status in product(named, STATUSES)])


@pytest.mark.parametrize("seats", [0, 3])
@pytest.mark.parametrize("when", MOMENTS)
async def test_by_itself(walk: Walk, when: str, seats: int) -> None:
    walk.desk.seats = seats
    found = [await walk.faults_by_itself(name, status, when) for name, status in product(BY_ITSELF, met(when))]
    faults = [fault for each in found for fault in each]
    assert not faults, told(faults)
