"""Holds and blocks on a real database: exclusive, short-lived, and never in the way afterwards."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import agenda_pb2, blocks_pb2, holds_pb2
from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.scheduling.v1 import availability_pb2
from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused, Stale
from chassis.ids import new_id
from chassis.testing import as_owner
from chassis.wire import stamp

TEN = (datetime.now(UTC) + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)


@pytest.fixture
def somebody(desk: Any) -> Any:
    return desk.running.claims("front_desk")


async def place(desk: Any, who: Any, starts_at: datetime = TEN, **more: Any) -> holds_pb2.Hold:
    facts = {"service_id": desk.service, "specialist_id": desk.specialist, "starts_at": stamp(starts_at)}
    found: holds_pb2.Hold = await desk.ask("PlaceHold", holds_pb2.PlaceHoldRequest(**(facts | more)), claims=who)
    return found


async def expire(environment: dict[str, str], hold: holds_pb2.Hold) -> None:
    """As if its time had come."""
    owner = await as_owner(environment, "booking")
    try:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await owner.execute("UPDATE hold SET expires_at = $2 WHERE id = $1", UUID(hold.id), past)
        await owner.execute("UPDATE claim SET expires_at = $2 WHERE holder = $1", UUID(hold.id), past)
    finally:
        await owner.close()


def booked_of(desk: Any, hold: holds_pb2.Hold, who: Any, **more: Any) -> Any:
    request = pb.BookAppointmentRequest(patient_id=str(new_id()), hold_id=hold.id, **more)
    return desk.ask("BookAppointment", request, claims=who)


class TestHolds:
    async def test_nobody_else_takes_what_is_held_and_its_holder_books_it(self, desk: Any, somebody: Any) -> None:
        hold = await place(desk, somebody)
        assert hold.expires_at.ToDatetime(UTC) > datetime.now(UTC) + timedelta(minutes=9)
        with pytest.raises(Conflict):
            await desk.book()
        with pytest.raises(NotFound):
            await booked_of(desk, hold, desk.running.claims("front_desk"))
        made = (await booked_of(desk, hold, somebody)).appointment
        assert (made.specialist_id, made.room_id, made.start) == (desk.specialist, hold.room_id, hold.start)
        with pytest.raises(NotFound):
            await booked_of(desk, hold, somebody)
        assert await desk.running.events() == ["HoldPlaced", "AppointmentBooked", "HoldEnded"]
        assert len(desk.asked) == 1 + 1, "what is held need not be resolved again"

    async def test_who_comes_too_late_is_told_the_next_free_times(self, desk: Any, somebody: Any) -> None:
        await desk.book()
        next_free = (TEN + timedelta(minutes=30)).astimezone(ZoneInfo(desk.zone)).isoformat()
        for late in (place(desk, somebody), desk.book()):
            with pytest.raises(Conflict) as taken:
                await late
            assert taken.value.facts == {"alternatives": next_free}
            assert taken.value.fields[0].field == "starts_at"

    async def test_no_time_is_told_that_the_winner_has_though_scheduling_has_not_heard_of_it(
        self, desk: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It offers every ten minutes from the lost time on, of the lost specialist and of another."""
        other = str(new_id())

        def first(_: availability_pb2.FindFirstAvailableRequest) -> availability_pb2.ListAvailabilityResponse:
            found = availability_pb2.ListAvailabilityResponse()
            for n in range(5):
                for specialist_id in (desk.specialist, other):
                    begins = TEN + timedelta(minutes=10 * n)
                    slot = found.slots.add(start=begins.isoformat(), location_id=desk.location)
                    slot.end = (begins + timedelta(minutes=desk.minutes)).isoformat()
                    slot.specialist.id = specialist_id
            return found

        monkeypatch.setattr(desk, "first", first)
        won = await desk.book()
        assert won.ends_at.ToDatetime(UTC) - TEN == timedelta(minutes=desk.minutes)
        with pytest.raises(Conflict) as taken:
            await desk.book()
        # Of the other three times, though they begin within the winner's visit; of the lost one none.
        told = taken.value.facts["alternatives"].split(",")
        assert told == [(TEN + timedelta(minutes=10 * n)).isoformat() for n in range(3)]
        monkeypatch.setattr(desk, "first", lambda request: _of(first(request), desk.specialist))
        with pytest.raises(Conflict) as taken:
            await desk.book()
        told = taken.value.facts["alternatives"].split(",")
        assert told == [(TEN + timedelta(minutes=10 * n)).isoformat() for n in range(5) if 10 * n >= desk.minutes]

    async def test_of_many_at_once_one_has_it(self, desk: Any) -> None:
        asked = [place(desk, desk.running.claims("front_desk")) for _ in range(20)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(each, holds_pb2.Hold) for each in answers) == 1

    async def test_what_has_run_out_is_free_although_nobody_has_swept(
        self, desk: Any, somebody: Any, environment: dict[str, str]
    ) -> None:
        hold = await place(desk, somebody)
        await expire(environment, hold)
        with pytest.raises(NotFound) as over:
            await booked_of(desk, hold, somebody)
        assert over.value.reason == "HOLD_OVER"
        await desk.book()

    async def test_the_sweeper_tells_of_it_once(self, desk: Any, somebody: Any, environment: dict[str, str]) -> None:
        hold = await place(desk, somebody)
        await expire(environment, hold)
        timer = next(t for t in desk.running.chassis.timers if t.name == "end_expired_holds")
        pool = desk.running.chassis.pool
        await pool.execute("DELETE FROM timer")
        await timer.once("booking", pool, lambda: None)
        await pool.execute("DELETE FROM timer")
        await timer.once("booking", pool, lambda: None)
        assert await desk.running.events() == ["HoldPlaced", "HoldEnded"]

    async def test_it_is_extended_three_times_and_released_as_often_as_you_like(self, desk: Any, somebody: Any) -> None:
        await desk.policy(hold_minutes=1)
        hold = await place(desk, somebody)
        request = holds_pb2.ExtendHoldRequest(hold_id=hold.id)
        for left in (2, 1, 0):
            assert (await desk.ask("ExtendHold", request, claims=somebody)).extensions_left == left
        with pytest.raises(Refused) as enough:
            await desk.ask("ExtendHold", request, claims=somebody)
        assert enough.value.reason == "EXTENDED_ENOUGH"
        for _ in range(2):
            await desk.ask("ReleaseHold", holds_pb2.ReleaseHoldRequest(hold_id=hold.id), claims=somebody)
        await desk.book()

    async def test_another_cannot_see_extend_or_release_it(self, desk: Any, somebody: Any) -> None:
        hold = await place(desk, somebody)
        with pytest.raises(NotFound):
            await desk.ask("GetHold", holds_pb2.GetHoldRequest(hold_id=hold.id))
        await desk.ask("ReleaseHold", holds_pb2.ReleaseHoldRequest(hold_id=hold.id))
        assert (await desk.ask("GetHold", holds_pb2.GetHoldRequest(hold_id=hold.id), claims=somebody)).id == hold.id

    async def test_nobody_holds_a_whole_day(self, desk: Any, somebody: Any) -> None:
        asked = [place(desk, somebody, TEN + timedelta(hours=n)) for n in range(12)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(each, holds_pb2.Hold) for each in answers) == 10
        assert {each.reason for each in answers if isinstance(each, Exception)} == {"TOO_MANY_HOLDS"}

    async def test_what_is_said_beside_the_hold_must_agree_with_it(self, desk: Any, somebody: Any) -> None:
        hold = await place(desk, somebody)
        with pytest.raises(Invalid) as differs:
            await booked_of(desk, hold, somebody, specialist_id=str(new_id()))
        assert [each.field for each in differs.value.fields] == ["specialist_id"]
        await booked_of(desk, hold, somebody, specialist_id=desk.specialist, starts_at=stamp(TEN))


class TestIds:
    """Who chooses an id may choose one that is in use for something else: that changes nothing for it."""

    async def test_a_block_with_an_appointments_id_leaves_its_time_alone(self, desk: Any) -> None:
        made = await desk.book()
        later = {"starts_at": stamp(TEN + timedelta(hours=4)), "ends_at": stamp(TEN + timedelta(hours=5))}
        put = blocks_pb2.PutBlockRequest(block_id=made.id, specialist_id=desk.specialist, **later)
        await desk.ask("PutBlock", put)
        await desk.ask("RemoveBlock", blocks_pb2.RemoveBlockRequest(block_id=made.id))
        with pytest.raises(Conflict):
            await desk.book()

    async def test_an_appointment_with_a_holds_id_keeps_its_time_when_that_is_let_go(
        self, desk: Any, somebody: Any
    ) -> None:
        hold = await place(desk, somebody)
        await desk.book(TEN + timedelta(hours=1), appointment_id=hold.id)
        await desk.ask("ReleaseHold", holds_pb2.ReleaseHoldRequest(hold_id=hold.id), claims=somebody)
        with pytest.raises(Conflict):
            await desk.book(TEN + timedelta(hours=1))
        await desk.book()

    async def test_what_ran_out_while_it_was_being_booked_is_not_booked(
        self, desk: Any, somebody: Any, environment: dict[str, str]
    ) -> None:
        """The hold's row says that it is alive, but somebody has taken its time from it."""
        hold = await place(desk, somebody)
        owner = await as_owner(environment, "booking")
        try:
            past = datetime.now(UTC) - timedelta(seconds=1)
            await owner.execute("UPDATE claim SET expires_at = $2 WHERE holder = $1", UUID(hold.id), past)
        finally:
            await owner.close()
        await desk.book()
        with pytest.raises(NotFound):
            await booked_of(desk, hold, somebody)
        with pytest.raises(NotFound):
            await desk.ask("ExtendHold", holds_pb2.ExtendHoldRequest(hold_id=hold.id), claims=somebody)


class TestBlocks:
    async def test_blocked_time_is_not_booked_and_booked_time_not_blocked(self, desk: Any) -> None:
        made = await desk.book(TEN + timedelta(hours=1))
        facts = {"specialist_id": desk.specialist, "starts_at": stamp(TEN), "reason": "team meeting"}
        with pytest.raises(Conflict):
            await desk.ask("PutBlock", blocks_pb2.PutBlockRequest(ends_at=stamp(TEN + timedelta(hours=2)), **facts))
        put = blocks_pb2.PutBlockRequest(ends_at=stamp(TEN + timedelta(hours=1)), block_id=str(new_id()), **facts)
        block = await desk.ask("PutBlock", put)
        assert await desk.ask("PutBlock", put) == block, "the same again is the same"
        with pytest.raises(Conflict):
            await desk.book(TEN + timedelta(minutes=30))
        later = blocks_pb2.PutBlockRequest(
            block_id=block.id, specialist_id=desk.specialist, starts_at=stamp(TEN + timedelta(hours=4)),
            ends_at=stamp(TEN + timedelta(hours=5)), expected_version=1,
        )  # fmt: skip
        assert (await desk.ask("PutBlock", later)).version == 2
        with pytest.raises(Stale):
            await desk.ask("PutBlock", later)
        await desk.book(TEN + timedelta(minutes=30))
        listed = await desk.ask("ListBlocks", blocks_pb2.ListBlocksRequest(specialist_id=desk.specialist))
        assert [each.id for each in listed.blocks] == [block.id]
        await desk.ask("RemoveBlock", blocks_pb2.RemoveBlockRequest(block_id=block.id))
        with pytest.raises(NotFound):
            await desk.ask("RemoveBlock", blocks_pb2.RemoveBlockRequest(block_id=block.id))
        later.expected_version = 0
        assert (await desk.ask("PutBlock", later)).version == 4, "whoever put it before has heard of versions below"
        await desk.ask("RemoveBlock", blocks_pb2.RemoveBlockRequest(block_id=block.id))
        said = await desk.running.events()
        assert said == [
            "AppointmentBooked", "BlockPut", "BlockPut", "AppointmentBooked", "BlockRemoved", "BlockPut", "BlockRemoved",
        ]  # fmt: skip
        assert made.room_id

    async def test_a_block_ends_after_it_starts(self, desk: Any) -> None:
        with pytest.raises(Invalid):
            await desk.ask(
                "PutBlock",
                blocks_pb2.PutBlockRequest(room_id=desk.rooms[0], starts_at=stamp(TEN), ends_at=stamp(TEN)),
            )


class TestAgenda:
    async def test_everything_of_a_stretch_is_in_one_answer(self, desk: Any, somebody: Any) -> None:
        made = await desk.book()
        gone = await desk.book(TEN + timedelta(hours=6))
        await desk.change(gone, status=pb.APPOINTMENT_STATUS_CANCELED)
        await place(desk, somebody, TEN + timedelta(hours=1))
        block = blocks_pb2.PutBlockRequest(
            room_id=desk.rooms[1], starts_at=stamp(TEN), ends_at=stamp(TEN + timedelta(hours=1))
        )
        await desk.ask("PutBlock", block)
        around = {"starts_from": stamp(TEN - timedelta(days=1)), "starts_until": stamp(TEN + timedelta(days=1))}
        day = await desk.ask("GetAgenda", agenda_pb2.GetAgendaRequest(**around))
        assert [each.id for each in day.appointments] == [made.id]
        assert (len(day.blocks), len(day.holds), day.days[0].appointments) == (1, 1, 1)
        everything = await desk.ask("GetAgenda", agenda_pb2.GetAgendaRequest(with_canceled=True, **around))
        assert len(everything.appointments) == 2
        nobody = agenda_pb2.GetAgendaRequest(specialist_ids=[str(new_id())], **around)
        assert await desk.ask("GetAgenda", nobody) == agenda_pb2.Agenda()
        room = await desk.ask("GetAgenda", agenda_pb2.GetAgendaRequest(room_ids=[desk.rooms[1]], **around))
        assert (len(room.appointments), len(room.blocks)) == (0, 1)

    async def test_a_year_is_too_long(self, desk: Any) -> None:
        asked = agenda_pb2.GetAgendaRequest(starts_from=stamp(TEN), starts_until=stamp(TEN + timedelta(days=365)))
        with pytest.raises(Invalid):
            await desk.ask("GetAgenda", asked)


class TestTimesThatHaveBegun:
    async def test_are_not_booked_by_a_hold_either_and_no_hold_outlasts_its_start(
        self, desk: Any, somebody: Any, environment: dict[str, str]
    ) -> None:
        soon = datetime.now(UTC) + timedelta(minutes=3)
        hold = await place(desk, somebody, soon)
        assert hold.expires_at.ToDatetime(UTC) == soon
        owner = await as_owner(environment, "booking")
        try:
            begun = "UPDATE hold SET starts_at = now() - interval '1 second' WHERE id = $1::uuid"
            await owner.execute(begun, hold.id)
        finally:
            await owner.close()
        with pytest.raises(Refused, match="still to come"):
            await booked_of(desk, hold, somebody)
        with pytest.raises(Refused, match="still to come"):
            await desk.ask("ExtendHold", holds_pb2.ExtendHoldRequest(hold_id=hold.id), claims=somebody)


async def test_a_hold_that_is_booked_under_an_id_of_ones_own_at_once_is_one_appointment_for_all(
    desk: Any, somebody: Any
) -> None:
    hold, local, barrier = await place(desk, somebody), desk.running.process.local, asyncio.Barrier(3)
    path = next(each for each in local if each.endswith("/CheckPatient"))
    people = local[path]

    async def together(request: Any, envelope: Any) -> Any:
        await barrier.wait()
        return await people(request, envelope)

    local[path] = together
    request = pb.BookAppointmentRequest(appointment_id=str(new_id()), patient_id=str(new_id()), hold_id=hold.id)
    made = await asyncio.gather(*(desk.ask("BookAppointment", request, claims=somebody) for _ in range(3)))
    assert made[0] == made[1] == made[2]


async def test_a_block_is_its_specialists_whatever_id_another_puts(desk: Any) -> None:
    block = blocks_pb2.PutBlockRequest(
        specialist_id=desk.specialist, starts_at=stamp(TEN), ends_at=stamp(TEN + timedelta(hours=2))
    )
    made = await desk.ask("PutBlock", block)
    other = desk.running.claims("specialist", specialist_id=new_id())
    block.block_id, block.specialist_id = made.id, str(other.specialist_id)
    with pytest.raises(Denied):
        await desk.ask("PutBlock", block, claims=other)
    with pytest.raises(Conflict):
        await desk.book()


def _of(
    found: availability_pb2.ListAvailabilityResponse, specialist_id: str
) -> availability_pb2.ListAvailabilityResponse:
    return availability_pb2.ListAvailabilityResponse(
        slots=[each for each in found.slots if each.specialist.id == specialist_id]
    )
