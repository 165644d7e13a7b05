"""Looking for other times is a courtesy: it keeps nobody waiting, and not many look at once."""

import asyncio
from typing import Any

import pytest
from ambulo.scheduling.v1 import availability_pb2
from booking.domain.errors import SlotTaken
from booking.usecases import peers
from booking.usecases.peers import Peers
from chassis.ids import new_id


class Scheduling:
    def __init__(self) -> None:
        self.asked = 0

    async def FindFirstAvailable(self, request: Any, call: Any) -> availability_pb2.ListAvailabilityResponse:
        self.asked += 1
        if self.asked <= 20:
            await asyncio.sleep(60)
        slot = availability_pb2.Slot(start="2030-01-01T10:00:00Z", end="2030-01-01T10:30:00Z")
        return availability_pb2.ListAvailabilityResponse(slots=[slot])


class Nobody:
    clinic_id = new_id()

    async def undo(self) -> None:
        """There is nothing to undo."""


async def test_who_lost_is_told_soon_however_many_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "_LOOKED_FOR_S", 0.05)
    monkeypatch.setattr(peers, "_LOOKED_FOR_AT_ONCE", 20)
    scheduling = Scheduling()
    asking = Peers(None, scheduling)  # type: ignore[arg-type]

    async def lost() -> SlotTaken:
        return await asking.with_alternatives(SlotTaken("gone"), availability_pb2.ResolveSlotRequest(), Nobody())  # type: ignore[arg-type]

    async with asyncio.timeout(5):
        answers = await asyncio.gather(*(lost() for _ in range(100)))
    assert scheduling.asked == 20
    assert {each.detail for each in answers} == {"gone"}
    assert not any(each.facts for each in answers)
    assert (await lost()).facts == {"alternatives": "2030-01-01T10:00:00Z"}, "when it is quiet again, there is time"
