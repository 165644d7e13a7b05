"""Groups on a real database: one set of claims for all, a seat for each, and nothing left over."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.booking.v1 import holds_pb2, series_pb2
from ambulo.scheduling.v1 import availability_pb2, resolving_pb2
from ambulo.types.v1 import types_pb2
from chassis.errors import Conflict, NotFound, Refused
from chassis.ids import new_id
from chassis.testing import FakePeer, as_owner
from chassis.wire import stamp

TEN = (datetime.now(UTC) + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)


@pytest.fixture
def group(desk: Any) -> Any:
    desk.seats = 2
    return desk


@pytest.fixture
async def database(environment: dict[str, str]) -> Any:
    owner = await as_owner(environment, "booking")
    yield owner
    await owner.close()


async def place(group: Any, who: Any) -> holds_pb2.Hold:
    request = holds_pb2.PlaceHoldRequest(service_id=group.service, specialist_id=group.specialist, starts_at=stamp(TEN))
    found: holds_pb2.Hold = await group.ask("PlaceHold", request, claims=who)
    return found


async def booked_of(group: Any, hold: holds_pb2.Hold, who: Any) -> pb.Appointment:
    request = pb.BookAppointmentRequest(patient_id=str(new_id()), hold_id=hold.id)
    found: pb.Appointment = (await group.ask("BookAppointment", request, claims=who)).appointment
    return found


async def cancel(group: Any, it: pb.Appointment) -> None:
    await group.change(it, status=pb.APPOINTMENT_STATUS_CANCELED)


async def claims(database: Any, group: Any) -> list[datetime | None]:
    """Of its specialist and rooms, until when each is taken."""
    ids = [group.specialist, *group.rooms]
    rows = await database.fetch("SELECT expires_at FROM claim WHERE resource_id = ANY ($1::uuid[])", ids)
    return [row["expires_at"] for row in rows]


async def left(database: Any, group: Any) -> tuple[int, int]:
    """Sessions and claims."""
    sessions = await database.fetchval(
        "SELECT count(*) FROM group_session WHERE specialist_id = $1::uuid", group.specialist
    )
    return sessions, len(await claims(database, group))


async def test_all_share_the_claims_of_the_first(group: Any, database: Any) -> None:
    first, second = [await group.book() for _ in range(2)]
    assert first.session_id == second.session_id != ""
    assert first.room_id == second.room_id != ""
    assert await left(database, group) == (1, 2), "a specialist and a room, once"
    with pytest.raises(Conflict, match="All 2 places"):
        await group.book()
    await cancel(group, first)
    assert await left(database, group) == (1, 2)
    third = await group.book()
    assert third.session_id == second.session_id
    for each in (second, third):
        await cancel(group, each)
    assert await left(database, group) == (0, 0)
    assert (await group.running.events()).count("AppointmentBooked") == 3


async def test_who_begins_it_at_once_with_others_shares_it(group: Any, database: Any) -> None:
    group.seats = 5
    answers = await asyncio.gather(*(group.book() for _ in range(12)), return_exceptions=True)
    made = [each for each in answers if isinstance(each, pb.Appointment)]
    assert (len(made), {type(each).__name__ for each in answers if each not in made}) == (5, {"SlotTaken"})
    assert len({each.session_id for each in made}) == 1
    assert await left(database, group) == (1, 2)


async def test_the_last_to_leave_and_the_next_to_come_do_not_lose_each_other(group: Any, database: Any) -> None:
    for _ in range(8):
        alone = await group.book()
        _, other = await asyncio.gather(cancel(group, alone), group.book())
        assert await left(database, group) == (1, 2)
        await cancel(group, other)
    assert await left(database, group) == (0, 0)


async def test_who_was_here_before_joins_one_without_being_asked_for(group: Any) -> None:
    local, asked = group.running.process.local, list[str]()
    path = next(each for each in local if each.endswith("/CheckPatient"))
    people = local[path]

    async def counted(request: Any, envelope: Any) -> Any:
        asked.append(request.patient_id)
        return await people(request, envelope)

    local[path] = counted
    first, second, third = (str(new_id()) for _ in range(3))
    for n, who in enumerate((first, second, third, first)):
        await group.book(TEN + n // 2 * timedelta(hours=2), patient_id=who)
    assert asked == [first, second, third]


async def test_a_patient_has_one_place(group: Any) -> None:
    group.seats = 5
    patient = str(new_id())
    await group.book(patient_id=patient)
    answers = await asyncio.gather(*(group.book(patient_id=patient) for _ in range(3)), return_exceptions=True)
    assert {type(each).__name__ for each in answers} == {"AlreadyThere"}


async def test_all_of_a_group_agree_to_the_same(group: Any) -> None:
    """Who begins it, who wanted to at the same time, and who comes later."""
    group.seats = 5
    await group.policy(notice_minutes=60, late_fee=types_pb2.Money(amount_minor=1000, currency="EUR"))
    booked = [*await asyncio.gather(*(group.book() for _ in range(4))), await group.book()]
    assert {(it.cancellation.terms_version, it.cancellation.late_fee.amount_minor) for it in booked} == {(1, 1000)}


async def test_a_group_is_not_overbooked(group: Any) -> None:
    await group.policy(overbook_most=2)
    with pytest.raises(Refused, match="capacity"):
        await group.book(overbook_reason="acute pain")


async def test_a_move_leaves_nothing_behind(group: Any, database: Any) -> None:
    alone = await group.book()
    moved = await group.change(alone, starts_at=stamp(TEN + timedelta(hours=2)))
    assert moved.session_id not in ("", alone.session_id)
    assert await left(database, group) == (1, 2)
    # By less than it lasts, into its own time.
    again = await group.change(moved, starts_at=stamp(TEN + timedelta(hours=2, minutes=15)))
    assert again.session_id != moved.session_id
    assert await left(database, group) == (1, 2)


class TestHeldSeats:
    async def expire(self, database: Any, hold: holds_pb2.Hold) -> None:
        """As if its time had come; nobody has swept."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        await database.execute("UPDATE hold SET expires_at = $2 WHERE id = $1::uuid", hold.id, past)
        await database.execute("UPDATE claim SET expires_at = $1 WHERE expires_at IS NOT NULL", past)

    async def test_count_and_are_booked_by_their_holder(self, group: Any, database: Any) -> None:
        somebody, other = group.running.claims("front_desk"), group.running.claims("front_desk")
        held, theirs = await place(group, somebody), await place(group, other)
        with pytest.raises(Conflict, match="All 2 places"):
            await group.book()
        made = await booked_of(group, held, somebody)
        assert await claims(database, group) == [None, None]
        await group.ask("ReleaseHold", holds_pb2.ReleaseHoldRequest(hold_id=theirs.id), claims=other)
        assert (await group.book()).session_id == made.session_id

    async def test_that_run_out_free_the_seat(self, group: Any, database: Any) -> None:
        somebody = group.running.claims("front_desk")
        made, held = await group.book(), await place(group, somebody)
        await self.expire(database, held)
        assert (await group.book()).session_id == made.session_id
        with pytest.raises(NotFound):
            await booked_of(group, held, somebody)

    async def test_that_run_out_free_the_time_when_nobody_is_left(self, group: Any, database: Any) -> None:
        held = await place(group, group.running.claims("front_desk"))
        await self.expire(database, held)
        group.seats = 0
        alone = await group.book(service_id=str(new_id()))
        assert alone.session_id == ""
        await cancel(group, alone)
        group.seats = 2
        assert (await group.book()).session_id != ""
        assert await left(database, group) == (1, 2)

    async def test_keep_the_time_for_as_long_as_the_last_of_them(self, group: Any, database: Any) -> None:
        somebody, other = group.running.claims("front_desk"), group.running.claims("front_desk")
        first, last = await place(group, somebody), await place(group, other)
        made = await booked_of(group, first, somebody)
        await cancel(group, made)
        assert set(await claims(database, group)) == {last.expires_at.ToDatetime(UTC)}
        extended = await group.ask("ExtendHold", holds_pb2.ExtendHoldRequest(hold_id=last.id), claims=other)
        assert set(await claims(database, group)) == {extended.expires_at.ToDatetime(UTC)}

    async def test_that_run_out_while_somebody_is_asked_are_not_booked(self, group: Any, database: Any) -> None:
        somebody, local = group.running.claims("front_desk"), group.running.process.local
        await group.book()
        held = await place(group, somebody)
        path = next(each for each in local if each.endswith("/CheckPatient"))
        people = local[path]

        async def slowly(request: Any, envelope: Any) -> Any:
            local[path] = people
            await self.expire(database, held)
            await group.book()
            return await people(request, envelope)

        local[path] = slowly
        with pytest.raises(NotFound):
            await booked_of(group, held, somebody)
        there = "SELECT count(*) FROM appointment WHERE specialist_id = $1::uuid AND status <> 'canceled'"
        assert await database.fetchval(there, group.specialist) == 2


class TestSeries:
    @pytest.fixture
    def series(self, group: Any) -> Any:
        """Weekly, wherever it is wanted."""

        def resolved(first: Any, starts: list[datetime]) -> resolving_pb2.ResolvedSeries:
            found = resolving_pb2.ResolvedSeries(time_zone="UTC")
            for start in starts:
                one = availability_pb2.ResolveSlotRequest()
                one.CopyFrom(first)
                one.starts_at.CopyFrom(stamp(start))
                found.starts.add(starts_at=one.starts_at, start=start.isoformat(), slot=group.resolved(one))
            return found

        def of_rule(request: Any) -> resolving_pb2.ResolvedSeries:
            return resolved(request.first, [TEN, TEN + timedelta(weeks=1)])

        def many(request: Any) -> resolving_pb2.ResolvedSeries:
            found = resolving_pb2.ResolvedSeries(time_zone="UTC")
            for each in request.starts:
                found.starts.extend(resolved(each, [each.starts_at.ToDatetime(UTC)]).starts)
            return found

        peer = FakePeer("ambulo.scheduling.v1.ResolvingService", ResolveSeries=of_rule, ResolveMany=many)
        group.running.process.local.update(peer.endpoints)
        return group

    async def book(self, group: Any, patient: str, **more: Any) -> series_pb2.Series:
        request = series_pb2.BookSeriesRequest(
            patient_id=patient,
            service_id=group.service,
            specialist_id=group.specialist,
            starts_at=stamp(TEN),
            rrule="FREQ=WEEKLY;COUNT=2",
            **more,
        )
        found: series_pb2.Series = await group.ask("BookSeries", request)
        return found

    async def change(self, group: Any, made: series_pb2.Series, **more: Any) -> series_pb2.SeriesChange:
        request = series_pb2.ChangeSeriesRequest(
            series_id=made.id, appointment_id=made.appointments[0].id, scope=series_pb2.SERIES_SCOPE_ALL, **more
        )
        found: series_pb2.SeriesChange = await group.ask("ChangeSeries", request)
        return found

    async def test_leaves_nothing_behind_when_the_service_is_for_one_meanwhile(
        self, series: Any, database: Any
    ) -> None:
        made = await self.book(series, str(new_id()))
        series.seats = 0
        moved = await self.change(series, made, starts_at=stamp(TEN + timedelta(hours=2)))
        assert {each.session_id for each in moved.changed} == {""}
        await self.change(series, made, status=pb.APPOINTMENT_STATUS_CANCELED)
        assert await left(database, series) == (0, 0)

    async def test_skips_the_groups_the_patient_is_in(self, series: Any) -> None:
        patient = str(new_id())
        await series.book(patient_id=patient)
        made = await self.book(series, patient, on_conflict=series_pb2.ON_CONFLICT_SKIP)
        assert (len(made.appointments), [each.reason for each in made.skipped]) == (1, ["ALREADY_THERE"])
