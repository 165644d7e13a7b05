"""Rooms and equipment out of use."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from ambulo.catalog.v1 import equipment_pb2
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.scheduling.v1 import downtime_pb2 as pb
from chassis.errors import Conflict, Denied, DomainError, NotFound
from chassis.ids import new_id
from chassis.wire import stamp


async def laser(clinic: Any, quantity: int = 2) -> str:
    it = equipment_pb2.Equipment(
        id=str(new_id()),
        location_id=clinic.location,
        name="Laser",
        equipment_type="laser",
        quantity=quantity,
        version=1,
    )
    await clinic.running.hear(catalog.EquipmentDefined(equipment=it))
    return it.id


async def add(
    clinic: Any, hours: int = 1, role: str = "admin", begin: datetime | None = None, **facts: Any
) -> pb.Downtime:
    begin = begin or datetime.fromisoformat((await clinic.list()).slots[0].start)
    request = pb.AddDowntimeRequest(starts_at=stamp(begin), ends_at=stamp(begin + timedelta(hours=hours)), **facts)
    return await clinic.running.ask("AddDowntime", request, role=role)


class TestAddDowntime:
    async def test_a_room_that_is_out_of_use_is_not_offered_until_it_is_put_back(self, clinic: Any) -> None:
        before = await clinic.starts()
        added = await add(clinic, room_id=clinic.room, reason="Painting")
        assert (added.room_id, added.equipment_id, added.reason, added.version) == (clinic.room, "", "Painting", 1)
        assert (await clinic.starts())[0] == "10:00"
        await clinic.running.ask("RemoveDowntime", pb.RemoveDowntimeRequest(downtime_id=added.id))
        assert await clinic.starts() == before
        assert (await clinic.running.events()).count("DowntimeChanged") == 2

    async def test_some_units_or_all_of_a_pool(self, clinic: Any) -> None:
        pool = await laser(clinic)
        assert (await add(clinic, equipment_id=pool, units=2)).units == 2
        assert (await add(clinic, equipment_id=pool)).units == 0

    async def test_under_the_id_of_another_things_downtime_nothing_is_put(self, clinic: Any) -> None:
        added = await add(clinic, room_id=clinic.room)
        with pytest.raises(Conflict) as anothers:
            await add(clinic, equipment_id=await laser(clinic), downtime_id=added.id)
        assert anothers.value.reason == "ANOTHERS_ID"

    async def test_put_twice_it_is_one_and_put_otherwise_it_is_changed(self, clinic: Any) -> None:
        id_, begin = str(new_id()), datetime.fromisoformat((await clinic.list()).slots[0].start)
        first, again = [await add(clinic, begin=begin, room_id=clinic.room, downtime_id=id_) for _ in range(2)]
        assert again == first
        assert (await clinic.running.events()).count("DowntimeChanged") == 1
        longer = await add(clinic, 2, begin=begin, room_id=clinic.room, downtime_id=id_)
        assert (longer.id, longer.version) == (id_, 2)
        listed = await clinic.running.ask("ListDowntime", pb.ListDowntimeRequest())
        assert list(listed.downtime) == [longer]

    async def test_only_who_may_change_the_catalog_may(self, clinic: Any) -> None:
        with pytest.raises(Denied):
            await add(clinic, role="specialist", room_id=clinic.room)

    @pytest.mark.parametrize(
        ("hours", "facts", "reason", "field"),
        [
            (1, {"room_id": str(new_id())}, "UNKNOWN_ROOM", "room_id"),
            (1, {"equipment_id": str(new_id())}, "UNKNOWN_EQUIPMENT", "equipment_id"),
            (1, {"equipment_id": "POOL", "units": 3}, "MORE_THAN_THERE_ARE", "units"),
            (1, {"room_id": "ROOM", "units": 1}, "INVALID", "units"),
            (0, {"room_id": "ROOM"}, "ENDS_BEFORE_START", "ends_at"),
            (401 * 24, {"room_id": "ROOM"}, "TOO_LONG", "ends_at"),
            (1, {"room_id": "ROOM", "equipment_id": "POOL"}, "INVALID", ""),
            (1, {}, "INVALID", ""),
        ],
    )
    async def test_what_is_wrong_is_named(
        self, clinic: Any, hours: int, facts: dict[str, Any], reason: str, field: str
    ) -> None:
        known = {"ROOM": clinic.room, "POOL": await laser(clinic)}
        with pytest.raises(DomainError) as wrong:
            await add(clinic, hours, **{name: known.get(str(value), value) for name, value in facts.items()})
        assert (wrong.value.reason, [f.field for f in wrong.value.fields]) == (reason, [field])


class TestListDowntime:
    async def test_by_start_in_pages_of_one_room_or_pool(self, clinic: Any) -> None:
        pool, begin = await laser(clinic), datetime.fromisoformat((await clinic.list()).slots[0].start)
        room = [await add(clinic, begin=begin + timedelta(hours=n), room_id=clinic.room) for n in (4, 1, 3)]
        units = await add(clinic, begin=begin, equipment_id=pool, units=1)

        async def listed(**facts: Any) -> list[str]:
            found, cursor = [], ""
            while True:
                page = await clinic.running.ask("ListDowntime", pb.ListDowntimeRequest(limit=2, cursor=cursor, **facts))
                found += [it.id for it in page.downtime]
                cursor = page.next_cursor
                if not cursor:
                    return found

        assert await listed() == [units.id, room[1].id, room[2].id, room[0].id]
        assert await listed(room_id=clinic.room) == [room[1].id, room[2].id, room[0].id]
        assert await listed(equipment_id=pool) == [units.id]


async def test_what_is_not_there_cannot_be_put_back(clinic: Any) -> None:
    with pytest.raises(NotFound):
        await clinic.running.ask("RemoveDowntime", pb.RemoveDowntimeRequest(downtime_id=str(new_id())))
