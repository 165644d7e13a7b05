"""Defining, reading and listing rooms on a real database."""

import asyncio
from typing import Any

import pytest
from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import locations_pb2
from ambulo.catalog.v1 import rooms_pb2 as pb
from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused, Stale
from chassis.ids import new_id
from chassis.testing import Running


def a_room(location_id: str, **more: Any) -> pb.DefineRoomRequest:
    return pb.DefineRoomRequest(location_id=location_id, **({"name": "Room 1", "room_type": "exam"} | more))


async def another_location(catalog: Running) -> str:
    request = locations_pb2.DefineLocationRequest(name="Nord", time_zone="Europe/Bucharest")
    return str((await catalog.ask("DefineLocation", request)).id)


class TestDefineRoom:
    async def test_all_that_is_given_is_kept_and_said(self, catalog: Running, location_id: str) -> None:
        facts: dict[str, Any] = {"capacity": 8, "features": ["pool", "wheelchair"], "turnaround_minutes": 10}
        room = await catalog.ask("DefineRoom", a_room(location_id, **facts))
        assert room == pb.Room(id=room.id, location_id=location_id, name="Room 1", room_type="exam", version=1, **facts)
        assert await catalog.ask("GetRoom", pb.GetRoomRequest(room_id=room.id)) == room
        assert await catalog.events() == ["LocationDefined", "RoomDefined"]
        assert await catalog.audited() == ["DefineLocation", "DefineRoom"]
        said = await catalog.chassis.pool.fetchval("SELECT payload FROM outbox WHERE key = $1", room.id)
        assert events.RoomDefined.FromString(said).room == room

    async def test_the_same_facts_change_nothing_and_others_do(self, catalog: Running, location_id: str) -> None:
        id_ = str(new_id())
        for _ in range(2):
            assert (await catalog.ask("DefineRoom", a_room(location_id, room_id=id_))).version == 1
        closed = await catalog.ask("DefineRoom", a_room(location_id, room_id=id_, inactive=True))
        assert (closed.version, closed.inactive) == (2, True)
        assert await catalog.events() == ["LocationDefined", "RoomDefined", "RoomDefined"]

    @pytest.mark.parametrize("change", [{"capacity": 2}, {"features": ["pool"]}, {"turnaround_minutes": 5}])
    async def test_what_it_holds_and_has_can_change(
        self, catalog: Running, location_id: str, change: dict[str, Any]
    ) -> None:
        plain = await catalog.ask("DefineRoom", a_room(location_id))
        assert (plain.capacity, list(plain.features), plain.turnaround_minutes) == (0, [], 0)
        for _ in range(2):
            changed = await catalog.ask("DefineRoom", a_room(location_id, room_id=plain.id, **change))
            assert changed.version == 2
        assert await catalog.events() == ["LocationDefined", "RoomDefined", "RoomDefined"]
        assert await catalog.ask("DefineRoom", a_room(location_id, room_id=plain.id)) == pb.Room(
            id=plain.id, location_id=location_id, name="Room 1", room_type="exam", version=3
        )

    async def test_the_same_features_in_another_order_are_no_change(self, catalog: Running, location_id: str) -> None:
        first = await catalog.ask("DefineRoom", a_room(location_id, features=["wheelchair", "pool"]))
        again = await catalog.ask("DefineRoom", a_room(location_id, features=["pool", "wheelchair"], room_id=first.id))
        assert again == first

    async def test_a_room_can_move_to_another_location(self, catalog: Running, location_id: str) -> None:
        room = await catalog.ask("DefineRoom", a_room(location_id))
        there = await another_location(catalog)
        assert (await catalog.ask("DefineRoom", a_room(there, room_id=room.id))).location_id == there

    async def test_a_name_is_taken_in_its_location_only(self, catalog: Running, location_id: str) -> None:
        await catalog.ask("DefineRoom", a_room(location_id))
        with pytest.raises(Conflict) as taken:
            await catalog.ask("DefineRoom", a_room(location_id, room_type="gym"))
        assert taken.value.reason == "NAME_TAKEN"
        assert [f.field for f in taken.value.fields] == ["name"]
        await catalog.ask("DefineRoom", a_room(await another_location(catalog)))

    async def test_a_location_that_is_not_here_is_named(self, catalog: Running, location_id: str) -> None:
        theirs = await another_location(Running(catalog.process))
        for unknown in (theirs, str(new_id())):
            with pytest.raises(Refused) as wrong:
                await catalog.ask("DefineRoom", a_room(unknown))
            assert wrong.value.reason == "UNKNOWN_LOCATION"
            assert [f.field for f in wrong.value.fields] == ["location_id"]
        assert await catalog.events() == ["LocationDefined"]

    async def test_the_same_key_is_one_room(self, catalog: Running, location_id: str) -> None:
        claims = catalog.claims("admin")
        asked = [catalog.ask("DefineRoom", a_room(location_id), claims=claims, key="k") for _ in range(5)]
        assert len({a.id for a in await asyncio.gather(*asked)}) == 1
        assert await catalog.events() == ["LocationDefined", "RoomDefined"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "x" * 101),
            ("room_type", "x" * 51),
            ("room_id", "7"),
            ("location_id", ""),
            ("capacity", 501),
            ("turnaround_minutes", 241),
        ],
    )
    async def test_a_wrong_field_is_named(self, catalog: Running, field: str, value: Any) -> None:
        request = a_room(str(new_id()))
        setattr(request, field, value)
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineRoom", request)
        assert [f.field for f in wrong.value.fields] == [field]

    @pytest.mark.parametrize(
        ("features", "field"),
        [(["pool", ""], "features[1]"), (["pool", "pool"], "features"), (["x" * 51], "features[0]")],
    )
    async def test_a_wrong_feature_is_named(self, catalog: Running, features: list[str], field: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineRoom", a_room(str(new_id()), features=features))
        assert [f.field for f in wrong.value.fields] == [field]

    async def test_the_front_desk_may_not(self, catalog: Running, location_id: str) -> None:
        with pytest.raises(Denied):
            await catalog.ask("DefineRoom", a_room(location_id), role="front_desk")

    async def test_of_two_who_saw_the_same_version_the_second_reads_again(
        self, catalog: Running, location_id: str
    ) -> None:
        id_ = (await catalog.ask("DefineRoom", a_room(location_id))).id
        blue, green = (a_room(location_id, room_id=id_, name=name, expected_version=1) for name in ("Blue", "Green"))
        assert (await catalog.ask("DefineRoom", blue)).version == 2
        with pytest.raises(Stale) as stale:
            await catalog.ask("DefineRoom", green)
        assert stale.value.reason == "CHANGED_MEANWHILE"
        with pytest.raises(Stale):
            await catalog.ask("DefineRoom", a_room(location_id, room_id=str(new_id()), expected_version=1))


class TestGetRoom:
    async def test_what_is_not_here_is_not_found(self, catalog: Running, location_id: str) -> None:
        room = await catalog.ask("DefineRoom", a_room(location_id))
        with pytest.raises(NotFound):
            await Running(catalog.process).ask("GetRoom", pb.GetRoomRequest(room_id=room.id))
        with pytest.raises(NotFound):
            await catalog.ask("GetRoom", pb.GetRoomRequest(room_id=str(new_id())))

    async def test_a_patient_may_see_it_and_a_nobody_may_not(self, catalog: Running, location_id: str) -> None:
        room = await catalog.ask("DefineRoom", a_room(location_id))
        assert await catalog.ask("GetRoom", pb.GetRoomRequest(room_id=room.id), role="patient") == room
        with pytest.raises(Denied):
            await catalog.ask("GetRoom", pb.GetRoomRequest(room_id=room.id), role="nobody")


class TestListRooms:
    async def test_pages_go_on_where_the_last_ended(self, catalog: Running, location_id: str) -> None:
        there = await another_location(catalog)
        made = [await catalog.ask("DefineRoom", a_room(at, name=n)) for n in "CAB" for at in (location_id, there)]
        seen, cursor = [], ""
        for _ in range(9):
            page = await catalog.ask("ListRooms", pb.ListRoomsRequest(limit=1, cursor=cursor))
            seen += page.rooms
            cursor = page.next_cursor
            if not cursor:
                break
        assert [room.name for room in seen] == list("AABBCC")
        assert sorted(room.id for room in seen) == sorted(room.id for room in made)

    async def test_of_one_location(self, catalog: Running, location_id: str) -> None:
        there = await another_location(catalog)
        for at, name in ((location_id, "A"), (there, "B"), (location_id, "C")):
            await catalog.ask("DefineRoom", a_room(at, name=name))
        request = pb.ListRoomsRequest(location_id=location_id)
        assert [room.name for room in (await catalog.ask("ListRooms", request)).rooms] == ["A", "C"]
        assert not (await catalog.ask("ListRooms", pb.ListRoomsRequest(location_id=str(new_id())))).rooms

    async def test_a_cursor_that_is_not_ours_is_named(self, catalog: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("ListRooms", pb.ListRoomsRequest(cursor="bm90LW91cnM"))
        assert [f.field for f in wrong.value.fields] == ["cursor"]

    async def test_another_clinic_has_its_own(self, catalog: Running, location_id: str) -> None:
        await catalog.ask("DefineRoom", a_room(location_id))
        request = pb.ListRoomsRequest(location_id=location_id)
        assert not (await Running(catalog.process).ask("ListRooms", request)).rooms
