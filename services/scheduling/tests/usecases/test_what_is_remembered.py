"""What was read before is used again, until something it was made of changes; and it has its bounds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import claims_pb2
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.catalog.v1 import locations_pb2, rooms_pb2, services_pb2, specialists_pb2
from ambulo.scheduling.v1 import downtime_pb2, holidays_pb2, overrides_pb2, time_off_pb2
from chassis.call import Transaction
from chassis.database import Pool
from chassis.errors import Conflict, Refused
from chassis.ids import new_id
from chassis.testing import FakePeer, Running
from chassis.wire import stamp
from google.type import date_pb2
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection
from scheduling.domain.rules import Visit
from scheduling.store.memory import Memory
from scheduling.store.shared import _decoded, _encoded

ZONE = ZoneInfo("Europe/Bucharest")
MONDAY = (datetime.now(ZONE) + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
MONDAY += timedelta(days=-MONDAY.weekday() % 7)


def at(hour: int, minute: int = 0) -> datetime:
    return MONDAY.replace(hour=hour, minute=minute)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The SQL that was run."""
    run, alone, seen = Transaction._run, Pool._once, list[str]()

    async def counted(self: Transaction, how: str, statement: Any, args: tuple[object, ...]) -> Any:
        seen.append(str(statement))
        return await run(self, how, statement, args)

    async def counted_alone(self: Pool, how: str, asked: tuple[object, ...]) -> Any:
        seen.append(str(asked[0]))
        return await alone(self, how, asked)

    monkeypatch.setattr(Transaction, "_run", counted)
    monkeypatch.setattr(Pool, "_once", counted_alone)
    return seen


class TestStatements:
    async def test_a_warm_question_asks_only_whether_anything_has_changed(
        self, clinic: Any, statements: list[str]
    ) -> None:
        await clinic.list()
        counts = []
        for days in (1, 7, 14):
            end = f"{MONDAY + timedelta(days=days):%Y-%m-%d}"
            for limit in (50, 49, 49):
                statements.clear()
                await clinic.list(end=end, limit=limit)
                counts.append(len(statements))
            assert all("FROM stamp" in statement for statement in statements)
        # Another question of the same: is the catalog as it was, are the masks? The same question: is its answer?
        assert (counts[1::3], counts[2::3]) == ([2, 2, 2], [1, 1, 1])

    async def test_a_cold_one_asks_as_often_for_many_days_as_for_one(self, clinic: Any, statements: list[str]) -> None:
        counts = []
        for days, start in ((1, MONDAY), (62, MONDAY + timedelta(days=200))):
            statements.clear()
            await clinic.list(start=f"{start:%Y-%m-%d}", end=f"{start + timedelta(days=days):%Y-%m-%d}")
            counts.append(len([s for s in statements if "FROM stamp" not in s]))
        # What the catalog said is read once.
        assert counts[1] == 1
        assert counts[0] == counts[1] + 6


class TestChanges:
    async def test_whatever_changes_the_next_answer_knows(self, clinic: Any) -> None:
        ask, whole = clinic.running.ask, await clinic.starts()
        assert len(whole) == 11

        await clinic.running.hear(booking.AppointmentBooked(occupied=clinic.occupied(at(10))))
        booked = await clinic.starts()
        assert len(booked) == 6

        override = await clinic.override("UNAVAILABLE", at(11), at(12))
        assert await clinic.starts() == ["09:00", "09:15"]
        gone = overrides_pb2.RemoveOverrideRequest(specialist_id=clinic.specialist, override_id=override.id)
        await ask("RemoveOverride", gone)
        assert await clinic.starts() == booked

        down = downtime_pb2.AddDowntimeRequest(room_id=clinic.room, starts_at=stamp(at(9)), ends_at=stamp(at(10)))
        downtime = await ask("AddDowntime", down)
        assert await clinic.starts() == ["10:45", "11:00", "11:15", "11:30"]
        await ask("RemoveDowntime", downtime_pb2.RemoveDowntimeRequest(downtime_id=downtime.id))
        assert await clinic.starts() == booked

        closed = holidays_pb2.Holiday(day=date_pb2.Date(year=MONDAY.year, month=MONDAY.month, day=MONDAY.day))
        await ask("SetHolidays", holidays_pb2.SetHolidaysRequest(location_id=clinic.location, closed_on=[closed]))
        assert await clinic.starts() == []
        await ask("SetHolidays", holidays_pb2.SetHolidaysRequest(location_id=clinic.location))
        assert await clinic.starts() == booked

        off = time_off_pb2.RequestTimeOffRequest(
            specialist_id=clinic.specialist, starts_at=stamp(at(0)), ends_at=stamp(at(23))
        )
        time_off = await ask("RequestTimeOff", off)
        assert await clinic.starts() == booked
        for status, left in ((time_off_pb2.TIME_OFF_STATUS_APPROVED, []), (4, booked)):
            await ask("DecideTimeOff", time_off_pb2.DecideTimeOffRequest(time_off_id=time_off.id, status=status))
            assert await clinic.starts() == left

        await clinic.works((9, 10))
        assert await clinic.starts() == ["09:00", "09:15"]
        await clinic.hear_service(2, duration_minutes=45)
        assert await clinic.starts() == ["09:00"]

    async def test_another_clinic_remembers_nothing_of_it(self, clinic: Any) -> None:
        await clinic.list()
        other = Running(clinic.running.process)
        stranger = type(clinic)(other, clinic.location, clinic.specialist, clinic.room, clinic.service)
        with pytest.raises(Refused) as unknown:
            await stranger.list()
        assert unknown.value.reason == "UNKNOWN_SERVICE"


class TestGuesses:
    """Of a single start: from what was so the last time, and held against what is, in one statement."""

    @pytest.mark.parametrize("place", ["location_id", ""])
    async def test_who_books_asks_once(self, clinic: Any, statements: list[str], place: str) -> None:
        more = {place: clinic.location} if place else {}
        await clinic.resolve(at(9), **more)
        statements.clear()
        await clinic.resolve(at(10), **more)
        assert len(statements) == 1

    @pytest.mark.parametrize("place", ["location_id", ""])
    async def test_what_the_catalog_says_counts_at_once(self, clinic: Any, place: str) -> None:
        more = {place: clinic.location} if place else {}

        async def lasts() -> timedelta:
            found = await clinic.resolve(at(9), **more)
            return found.ends_at.ToDatetime() - found.starts_at.ToDatetime()

        assert await lasts() == timedelta(minutes=30)
        await clinic.hear_service(2, duration_minutes=60)
        assert await lasts() == timedelta(minutes=60)
        await clinic.hear_service(3, inactive=True)
        with pytest.raises(Refused):
            await lasts()
        await clinic.hear_service(4)
        assert await lasts() == timedelta(minutes=30)

    async def test_so_does_where_somebody_works(self, clinic: Any) -> None:
        assert (await clinic.resolve(at(9))).location_id == clinic.location
        elsewhere = locations_pb2.Location(id=str(new_id()), time_zone=str(ZONE), name="East", version=1)
        await clinic.running.hear(catalog.LocationDefined(location=elsewhere))
        room = rooms_pb2.Room(id=str(new_id()), location_id=elsewhere.id, name="R2", room_type="exam", version=1)
        await clinic.running.hear(catalog.RoomDefined(room=room))
        await clinic.works()
        with pytest.raises(Refused):
            await clinic.resolve(at(9))
        here, clinic.location = clinic.location, elsewhere.id
        await clinic.works((9, 12))
        assert (await clinic.resolve(at(9))).location_id == elsewhere.id
        await clinic.works((10, 12))
        clinic.location = here
        await clinic.override("AVAILABLE", at(9), at(10), location_id=here)
        assert (await clinic.resolve(at(9))).location_id == here
        assert (await clinic.resolve(at(10))).location_id == elsewhere.id

    async def test_another_clinic_guesses_nothing_of_it(self, clinic: Any) -> None:
        await clinic.resolve(at(9))
        stranger = replace(clinic, running=Running(clinic.running.process))
        for _ in range(2):
            with pytest.raises(Refused) as unknown:
                await stranger.resolve(at(9))
            assert unknown.value.reason == "UNKNOWN_SPECIALIST"
            # It has a catalog of its own now, in which there is nothing of this.
            elsewhere = locations_pb2.Location(id=str(new_id()), time_zone=str(ZONE), name="East", version=1)
            await stranger.running.hear(catalog.LocationDefined(location=elsewhere))

    async def test_so_does_a_place_that_is_preferred_beside_another(self, clinic: Any) -> None:
        elsewhere = locations_pb2.Location(id=str(new_id()), time_zone=str(ZONE), name="East", version=1)
        await clinic.running.hear(catalog.LocationDefined(location=elsewhere))
        room = rooms_pb2.Room(id=str(new_id()), location_id=elsewhere.id, name="R2", room_type="exam", version=1)
        await clinic.running.hear(catalog.RoomDefined(room=room))
        preferred = {"preferred_location_id": elsewhere.id}
        assert (await clinic.resolve(at(9), **preferred)).location_id == clinic.location
        await clinic.override("AVAILABLE", at(9), at(10), location_id=elsewhere.id)
        assert (await clinic.resolve(at(9), **preferred)).location_id == elsewhere.id


class TestHoldsAndBlocks:
    async def test_a_hold_takes_its_time_until_it_runs_out_whether_anybody_says_so_or_not(
        self, clinic: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from chassis import clock

        now = clock.now()
        occupied = clinic.occupied(at(10))
        occupied.expires_at.CopyFrom(stamp(now + timedelta(minutes=10)))
        await clinic.running.hear(booking.HoldPlaced(occupied=occupied, expires_at=occupied.expires_at))
        for _ in range(2):
            assert len(await clinic.starts()) == 6
        monkeypatch.setattr("chassis.clock.now", lambda: now + timedelta(minutes=10))
        assert len(await clinic.starts()) == 11

    async def test_what_is_put_again_under_its_id_counts_again(self, clinic: Any) -> None:
        block = clinic.occupied(at(10))
        await clinic.running.hear(booking.BlockPut(occupied=block))
        gone = booking.BlockRemoved(block_id=block.appointment_id, version=2, specialist_id=clinic.specialist)
        await clinic.running.hear(gone)
        assert len(await clinic.starts()) == 11
        block.version = 3
        await clinic.running.hear(booking.BlockPut(occupied=block))
        await clinic.running.hear(gone)
        assert len(await clinic.starts()) == 6

    async def test_an_id_of_one_kind_says_nothing_of_another(self, clinic: Any) -> None:
        occupied = clinic.occupied(at(10))
        await clinic.running.hear(booking.AppointmentBooked(occupied=occupied))
        ended = booking.HoldEnded(hold_id=occupied.appointment_id, version=9, specialist_id=clinic.specialist)
        await clinic.running.hear(ended)
        assert len(await clinic.starts()) == 6


class TestShared:
    """A process that has read nothing yet, beside one that has."""

    @pytest.fixture
    def commands(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What was asked of Valkey."""
        run, seen = Redis.execute_command, list[str]()

        async def counted(self: Redis, *args: Any, **options: Any) -> Any:
            seen.append(str(args[0]))
            return await run(self, *args, **options)

        monkeypatch.setattr(Redis, "execute_command", counted)
        return seen

    def forgets(self, clinic: Any) -> None:
        """As another process would be."""
        served = clinic.running.process.local["/ambulo.scheduling.v1.AvailabilityService/ListAvailability"]
        served._method.__self__.facts._memory._entries.clear()

    async def test_it_takes_over_what_was_read_with_one_command(
        self, clinic: Any, statements: list[str], commands: list[str]
    ) -> None:
        first = await clinic.list()
        self.forgets(clinic)
        statements.clear()
        commands.clear()
        again = await clinic.list()
        assert again.slots == first.slots
        assert commands == ["MGET"]
        assert not [s for s in statements if "FROM situation_and_catalog(" in s]

    async def test_commands_are_as_many_for_months_of_many_as_for_a_day_of_one(
        self, clinic: Any, commands: list[str]
    ) -> None:
        await clinic.list()
        assert commands[:2] == ["MGET", "EVALSHA"], "and once the script itself"
        for _ in range(3):
            id_ = str(new_id())
            await clinic.running.hear(
                catalog.SpecialistDefined(specialist=specialists_pb2.Specialist(id=id_, name=id_, version=1))
            )
        commands.clear()
        await clinic.list(end=f"{MONDAY + timedelta(days=62):%Y-%m-%d}")
        assert commands == ["MGET", "EVALSHA"]

    async def test_what_has_changed_is_read_anew_whoever_kept_it(self, clinic: Any) -> None:
        await clinic.list()
        await clinic.running.hear(booking.AppointmentBooked(occupied=clinic.occupied(at(10))))
        self.forgets(clinic)
        assert len(await clinic.starts()) == 6

    async def test_without_valkey_it_is_read_from_the_tables(
        self, clinic: Any, statements: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def away(*_: Any, **__: Any) -> Any:
            raise NoConnection

        monkeypatch.setattr(Redis, "execute_command", away)
        assert len(await clinic.starts()) == 11
        assert [s for s in statements if "FROM situation_and_catalog(" in s]

    @pytest.mark.parametrize(
        "value",
        [
            0,
            1 << 44_639,
            (0, (1 << 44_000) - 1),
            (),
            tuple(Visit(new_id(), new_id(), n, n + 30) for n in range(3)),
            (Visit(new_id(), new_id(), 1, 2, is_first=False, session_id=new_id(), room_id=new_id()),),
        ],
        ids=["nothing", "a mask", "two", "no visits", "visits", "a group"],
    )
    def test_what_is_kept_comes_back_as_it_was(self, value: Any) -> None:
        assert _decoded(_encoded(value)) == value


class TestWithoutEvents:
    @pytest.fixture
    def deaf(self, clinic: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        """A scheduling that no event reaches; booking says what it has promised since."""
        promised = claims_pb2.Claim(resource_id=clinic.specialist, begins_at=stamp(at(9)), ends_at=stamp(at(10)))
        booking_now = FakePeer(
            "ambulo.booking.v1.ClaimService", ListClaims=claims_pb2.ListClaimsResponse(claims=[promised])
        )
        clinic.running.process.local.update(booking_now.endpoints)
        monkeypatch.setattr("chassis.streams.Streams.is_connected", False)
        return booking_now

    async def test_booking_is_asked_and_the_answer_says_that_it_may_miss_something(
        self, clinic: Any, deaf: Any
    ) -> None:
        await clinic.running.hear(booking.AppointmentBooked(occupied=clinic.occupied(at(11))))
        found = await clinic.list()
        assert found.metadata.stale
        assert [slot.start[11:16] for slot in found.slots] == ["10:00", "10:15"]
        (asked,) = deaf.asked
        assert set(asked.resource_ids) == {clinic.specialist, clinic.room}

    async def test_what_was_answered_so_is_not_remembered(
        self, clinic: Any, deaf: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert len((await clinic.list()).slots) == 7
        monkeypatch.undo()
        found = await clinic.list()
        assert (len(found.slots), found.metadata.stale) == (11, False)

    async def test_a_start_is_resolved_by_what_booking_says(self, clinic: Any, deaf: Any) -> None:
        with pytest.raises(Conflict):
            await clinic.resolve(at(9, 30))
        await clinic.resolve(at(10))

    async def test_the_gap_after_a_visit_that_was_not_heard_of_is_kept(self, clinic: Any, deaf: Any) -> None:
        await clinic.hear_service(2, rules=[services_pb2.ServiceRule(min_gap=services_pb2.MinGap(minutes=30))])
        apart = str(uuid5(NAMESPACE_OID, f"gap/{clinic.service}/{clinic.specialist}"))
        # A visit from 9 to 9:30, and half an hour.
        gap = claims_pb2.Claim(resource_id=apart, begins_at=stamp(at(9)), ends_at=stamp(at(10)))
        told = claims_pb2.ListClaimsResponse(claims=[gap])
        known = FakePeer("ambulo.booking.v1.ClaimService", ListClaims=told)
        clinic.running.process.local.update(known.endpoints)
        assert (await clinic.starts())[0] == "10:00"
        assert apart in known.asked[0].resource_ids

    async def test_when_what_somebody_caused_is_not_heard_in_time_it_counts_as_not_hearing(
        self, clinic: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chassis.service._HEARD_WITHIN_S", 0.05)
        told = FakePeer("ambulo.booking.v1.ClaimService", ListClaims=claims_pb2.ListClaimsResponse())
        clinic.running.process.local.update(told.endpoints)
        chassis = clinic.running.chassis
        assert chassis.is_hearing()
        await chassis._has_heard([("ambulo.booking.v1.AppointmentBooked", new_id())])
        assert not chassis.is_hearing()
        assert (await clinic.list()).metadata.stale


class TestMemory:
    def test_the_least_recently_used_goes_when_the_budget_is_spent(self) -> None:
        memory = Memory(10_000)
        for n in range(100):
            memory.put(n, 1, 1 << 8000)
            memory.get(0, 1)
        assert memory.used_bytes <= 10_000
        assert memory.get(0, 1) is not None
        assert memory.get(99, 1) is not None
        assert memory.get(50, 1) is None

    def test_another_version_is_not_there(self) -> None:
        memory = Memory(10_000)
        memory.put("a", 1, 5)
        assert (memory.get("a", 1), memory.get("a", 2)) == (5, None)

    def test_months_of_two_thousand_clinics_fit_or_make_room_within_the_budget(self) -> None:
        """2 000 clinics x 20 resources x 3 months, each as a mask of a month: what is counted is what is used."""
        import tracemalloc

        budget = 64 * 2**20
        tracemalloc.start()
        memory = Memory(budget)
        for n in range(20_000):
            memory.put((uuid4(), n), (1, 1, 1), (1 << 44_639) + n)
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert memory.used_bytes <= budget
        assert 0.8 * budget < used < 1.2 * budget
        assert len(memory) > 9_000
