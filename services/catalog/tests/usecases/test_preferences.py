"""What specialists prefer, on a real database."""

import asyncio
from typing import Any

import pytest
from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import rooms_pb2, services_pb2
from ambulo.catalog.v1 import specialists_pb2 as pb
from chassis.errors import Denied, Invalid, Refused, Stale
from chassis.ids import new_id
from chassis.testing import Running
from google.type import timeofday_pb2


def at(hours: int, minutes: int = 0, **finer: int) -> timeofday_pb2.TimeOfDay:
    return timeofday_pb2.TimeOfDay(hours=hours, minutes=minutes, **finer)


def between(starts: timeofday_pb2.TimeOfDay, ends: timeofday_pb2.TimeOfDay) -> pb.Preference:
    return pb.Preference(
        time_windows=[pb.TimeWindow(starts=at(8), ends=at(9)), pb.TimeWindow(starts=starts, ends=ends)]
    )


MORNINGS = pb.Preference(time_windows=[pb.TimeWindow(starts=at(0), ends=at(12))], weight=30)


@pytest.fixture
async def ana(catalog: Running) -> str:
    return str((await catalog.ask("DefineSpecialist", pb.DefineSpecialistRequest(name="Dr. Ana Pop"))).id)


@pytest.fixture
async def massage(catalog: Running) -> str:
    request = services_pb2.DefineServiceRequest(name="Massage", duration_minutes=30)
    return str((await catalog.ask("DefineService", request)).id)


async def a_room(catalog: Running, location_id: str, name: str) -> str:
    request = rooms_pb2.DefineRoomRequest(location_id=location_id, name=name)
    return str((await catalog.ask("DefineRoom", request)).id)


async def prefer(catalog: Running, specialist_id: str, *preferences: pb.Preference, **more: Any) -> pb.Preferences:
    request = pb.SetPreferencesRequest(specialist_id=specialist_id, preferences=preferences, **more)
    answer: pb.Preferences = await catalog.ask("SetPreferences", request, role="specialist")
    return answer


async def preferred(catalog: Running, specialist_id: str) -> pb.Preferences:
    request = pb.GetPreferencesRequest(specialist_id=specialist_id)
    answer: pb.Preferences = await catalog.ask("GetPreferences", request, role="front_desk")
    return answer


async def said(catalog: Running, specialist_id: str) -> list[pb.Preferences]:
    rows = await catalog.chassis.pool.fetch(
        "SELECT payload FROM outbox WHERE key = $1 AND subject = $2 ORDER BY seq",
        specialist_id,
        events.PreferencesSet.DESCRIPTOR.full_name,
    )
    return [events.PreferencesSet.FromString(row["payload"]).preferences for row in rows]


class TestSetPreferences:
    async def test_all_that_is_given_is_kept_and_said(
        self, catalog: Running, location_id: str, ana: str, massage: str
    ) -> None:
        rooms = [await a_room(catalog, location_id, name) for name in ("1", "2")][::-1]
        for_massage = pb.Preference(
            service_id=massage,
            room_ids=rooms,
            time_windows=[
                pb.TimeWindow(starts=at(14, 30), ends=at(24)),
                pb.TimeWindow(starts=at(0), ends=at(0, 1)),
            ],
            weight=100,
            equipment_type="ultrasound",
        )
        answer = await prefer(catalog, ana, for_massage, MORNINGS)
        assert answer == pb.Preferences(specialist_id=ana, preferences=[for_massage, MORNINGS], version=1)
        assert await preferred(catalog, ana) == answer
        assert await said(catalog, ana) == [answer]
        assert (await catalog.audited())[-1] == "SetPreferences"

    async def test_the_same_again_changes_nothing_and_says_nothing(
        self, catalog: Running, location_id: str, ana: str, massage: str
    ) -> None:
        room = await a_room(catalog, location_id, "1")
        wish = pb.Preference(service_id=massage, room_ids=[room], time_windows=MORNINGS.time_windows, weight=5)
        loud = pb.Preference(
            service_id=massage.upper(), room_ids=[room.upper()], time_windows=MORNINGS.time_windows, weight=5
        )
        first, again, spelled = [await prefer(catalog, ana, each) for each in (wish, wish, loud)]
        assert first == again == spelled
        assert await said(catalog, ana) == [first]

    async def test_what_was_set_before_is_replaced(self, catalog: Running, ana: str, massage: str) -> None:
        await prefer(catalog, ana, MORNINGS, pb.Preference(service_id=massage, weight=10))
        lighter = pb.Preference(time_windows=MORNINGS.time_windows, weight=29)
        assert (await prefer(catalog, ana, lighter)).version == 2
        none = await prefer(catalog, ana)
        assert none == pb.Preferences(specialist_id=ana, version=3) == await preferred(catalog, ana)
        assert [(len(each.preferences), each.version) for each in await said(catalog, ana)] == [(2, 1), (1, 2), (0, 3)]

    async def test_the_order_of_rooms_says_which_is_best(self, catalog: Running, location_id: str, ana: str) -> None:
        rooms = [await a_room(catalog, location_id, name) for name in ("1", "2")]
        await prefer(catalog, ana, pb.Preference(room_ids=rooms))
        turned = await prefer(catalog, ana, pb.Preference(room_ids=rooms[::-1]))
        assert (turned.version, list(turned.preferences[0].room_ids)) == (2, rooms[::-1])

    async def test_a_specialist_who_is_not_here_is_named(self, catalog: Running, ana: str) -> None:
        for unknown, asker in ((str(new_id()), catalog), (ana, Running(catalog.process))):
            for version in (0, 1):
                with pytest.raises(Refused) as wrong:
                    await prefer(asker, unknown, MORNINGS, expected_version=version)
                assert wrong.value.reason == "UNKNOWN_SPECIALIST"
                assert [f.field for f in wrong.value.fields] == ["specialist_id"]

    async def test_a_service_that_is_not_here_is_named(self, catalog: Running, ana: str, massage: str) -> None:
        stranger = Running(catalog.process)
        request = services_pb2.DefineServiceRequest(name="Massage", duration_minutes=30)
        theirs = (await stranger.ask("DefineService", request)).id
        for unknown in (str(new_id()), theirs):
            with pytest.raises(Refused) as wrong:
                await prefer(catalog, ana, pb.Preference(service_id=massage), pb.Preference(service_id=unknown))
            assert wrong.value.reason == "UNKNOWN_SERVICE"
            assert [f.field for f in wrong.value.fields] == ["preferences[1].service_id"]
            assert unknown in wrong.value.detail

    async def test_a_room_that_is_not_here_is_named(self, catalog: Running, location_id: str, ana: str) -> None:
        room, unknown = await a_room(catalog, location_id, "1"), str(new_id())
        with pytest.raises(Refused) as wrong:
            await prefer(catalog, ana, pb.Preference(room_ids=[room, unknown]))
        assert wrong.value.reason == "UNKNOWN_ROOM"
        assert [f.field for f in wrong.value.fields] == ["preferences[0].room_ids"]
        assert unknown in wrong.value.detail
        assert await said(catalog, ana) == []

    @pytest.mark.parametrize(
        ("starts", "ends"), [(at(10), at(9, 59)), (at(10), at(10)), (at(22), at(6)), (at(22), at(0)), (at(24), at(24))]
    )
    async def test_a_window_that_ends_before_it_starts_is_named(
        self, catalog: Running, ana: str, starts: timeofday_pb2.TimeOfDay, ends: timeofday_pb2.TimeOfDay
    ) -> None:
        with pytest.raises(Invalid) as wrong:
            await prefer(catalog, ana, between(starts, ends))
        assert wrong.value.reason == "ENDS_BEFORE_START"
        assert [f.field for f in wrong.value.fields] == ["preferences[0].time_windows[1].ends"]

    @pytest.mark.parametrize(
        ("starts", "ends", "field"),
        [
            (at(9, 0, seconds=30), at(10), "starts"),
            (at(9), at(10, 0, nanos=1), "ends"),
            (at(9), at(24, 1), "ends"),
            (at(-1), at(10), "starts"),
            (at(9, 60), at(11), "starts"),
        ],
    )
    async def test_a_window_begins_and_ends_on_whole_minutes_of_a_day(
        self, catalog: Running, ana: str, starts: timeofday_pb2.TimeOfDay, ends: timeofday_pb2.TimeOfDay, field: str
    ) -> None:
        with pytest.raises(Invalid) as wrong:
            await prefer(catalog, ana, between(starts, ends))
        assert wrong.value.reason == "INVALID"
        assert [f.field for f in wrong.value.fields] == [f"preferences[0].time_windows[1].{field}"]

    async def test_for_one_service_there_is_one(self, catalog: Running, ana: str, massage: str) -> None:
        for twice in ((massage, massage), (massage, massage.upper()), ("", "")):
            with pytest.raises(Invalid) as wrong:
                await prefer(catalog, ana, *(pb.Preference(service_id=id_) for id_ in twice))
            assert [f.field for f in wrong.value.fields] == ["preferences[1].service_id"]
        await prefer(catalog, ana, pb.Preference(service_id=massage), pb.Preference())

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            (pb.Preference(weight=101), "weight"),
            (pb.Preference(service_id="7"), "service_id"),
            (pb.Preference(room_ids=["7"]), "room_ids[0]"),
            (pb.Preference(time_windows=[pb.TimeWindow(starts=at(9))]), "time_windows[0].ends"),
            (pb.Preference(equipment_type="x" * 101), "equipment_type"),
        ],
    )
    async def test_a_wrong_field_is_named(self, catalog: Running, ana: str, wish: pb.Preference, field: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await prefer(catalog, ana, MORNINGS, wish)
        assert [f.field for f in wrong.value.fields] == [f"preferences[1].{field}"]

    async def test_of_two_who_saw_the_same_version_the_second_reads_again(self, catalog: Running, ana: str) -> None:
        await prefer(catalog, ana, MORNINGS)
        assert (await prefer(catalog, ana, expected_version=1)).version == 2
        with pytest.raises(Stale) as stale:
            await prefer(catalog, ana, MORNINGS, expected_version=1)
        assert stale.value.reason == "CHANGED_MEANWHILE"

    async def test_who_saw_a_version_of_what_was_never_set_reads_again(self, catalog: Running, ana: str) -> None:
        with pytest.raises(Stale):
            await prefer(catalog, ana, MORNINGS, expected_version=1)
        assert (await preferred(catalog, ana)).version == 0

    async def test_of_five_who_saw_one_version_one_gets_through(self, catalog: Running, ana: str) -> None:
        await prefer(catalog, ana, MORNINGS)
        wishes = [pb.Preference(weight=weight) for weight in range(5)]
        asked = [prefer(catalog, ana, wish, expected_version=1) for wish in wishes]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [a.version for a in answers if isinstance(a, pb.Preferences)] == [2]
        assert {a.reason for a in answers if isinstance(a, Exception)} == {"CHANGED_MEANWHILE"}
        assert len(await said(catalog, ana)) == 2

    async def test_a_patient_may_not(self, catalog: Running, ana: str) -> None:
        with pytest.raises(Denied):
            await catalog.ask("SetPreferences", pb.SetPreferencesRequest(specialist_id=ana), role="patient")


class TestGetPreferences:
    async def test_who_never_said_has_none(self, catalog: Running, ana: str) -> None:
        assert await preferred(catalog, ana) == pb.Preferences(specialist_id=ana)

    async def test_a_specialist_who_is_not_here_is_named(self, catalog: Running, ana: str) -> None:
        await prefer(catalog, ana, MORNINGS)
        for unknown, asker in ((str(new_id()), catalog), (ana, Running(catalog.process))):
            with pytest.raises(Refused) as wrong:
                await preferred(asker, unknown)
            assert wrong.value.reason == "UNKNOWN_SPECIALIST"
            assert [f.field for f in wrong.value.fields] == ["specialist_id"]

    async def test_a_patient_may_not(self, catalog: Running, ana: str) -> None:
        with pytest.raises(Denied):
            await catalog.ask("GetPreferences", pb.GetPreferencesRequest(specialist_id=ana), role="patient")
