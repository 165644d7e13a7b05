"""How long a block may be, and what it takes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from booking.domain.block import LONGEST, Block
from booking.domain.errors import WrongEnd
from booking.domain.policy import LANES_AT_MOST
from booking.domain.visit import Kind

NINE = datetime(2026, 11, 23, 7, tzinfo=UTC)
ANA, ROOM = UUID(int=1), UUID(int=2)


def a_block(length: timedelta = timedelta(hours=1), **more: Any) -> Block:
    whose: dict[str, Any] = {"specialist_id": ANA, "room_id": None} | more
    return Block(id=UUID(int=3), starts_at=NINE, ends_at=NINE + length, reason="", **whose)


@pytest.mark.parametrize("length", [timedelta(minutes=-1), timedelta(0), LONGEST + timedelta(minutes=1)])
def test_a_block_that_ends_before_it_begins_or_never_is_refused(length: timedelta) -> None:
    with pytest.raises(WrongEnd):
        a_block(length).require_length()
    a_block(LONGEST).require_length()


def test_of_a_specialist_every_lane_is_taken_and_of_a_room_the_room() -> None:
    theirs, rooms = a_block().demand(), a_block(specialist_id=None, room_id=ROOM).demand()
    assert (theirs.kind, theirs.count, len(theirs.options)) == (Kind.SPECIALIST, 1 + LANES_AT_MOST, theirs.count)
    assert (rooms.kind, [each.resource_id for each in rooms.options]) == (Kind.ROOM, [ROOM])
