"""Defining, reading and listing equipment on a real database."""

import asyncio
from typing import Any

import pytest
from ambulo.catalog.v1 import equipment_pb2 as pb
from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import locations_pb2
from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused, Stale
from chassis.ids import new_id
from chassis.testing import Running


def some(location_id: str, **more: Any) -> pb.DefineEquipmentRequest:
    facts = {"name": "Ultrasound, 2nd floor", "equipment_type": "ultrasound", "quantity": 2} | more
    return pb.DefineEquipmentRequest(location_id=location_id, **facts)


async def another_location(catalog: Running) -> str:
    request = locations_pb2.DefineLocationRequest(name="Nord", time_zone="Europe/Bucharest")
    return str((await catalog.ask("DefineLocation", request)).id)


class TestDefineEquipment:
    async def test_all_that_is_given_is_kept_and_said(self, catalog: Running, location_id: str) -> None:
        facts: dict[str, Any] = {
            "location_id": location_id,
            "name": "Treadmills",
            "equipment_type": "treadmill",
            "quantity": 100,
            "inactive": True,
        }
        equipment = await catalog.ask("DefineEquipment", pb.DefineEquipmentRequest(**facts))
        assert equipment == pb.Equipment(id=equipment.id, version=1, **facts)
        assert await catalog.ask("GetEquipment", pb.GetEquipmentRequest(equipment_id=equipment.id)) == equipment
        assert await catalog.events() == ["LocationDefined", "EquipmentDefined"]
        assert await catalog.audited() == ["DefineLocation", "DefineEquipment"]
        said = await catalog.chassis.pool.fetchval("SELECT payload FROM outbox WHERE key = $1", equipment.id)
        assert events.EquipmentDefined.FromString(said).equipment == equipment

    @pytest.mark.parametrize(
        "change", [{"quantity": 3}, {"equipment_type": "laser"}, {"name": "x"}, {"inactive": True}]
    )
    async def test_the_same_facts_change_nothing_and_others_do(
        self, catalog: Running, location_id: str, change: dict[str, Any]
    ) -> None:
        id_ = str(new_id())
        for _ in range(2):
            assert (await catalog.ask("DefineEquipment", some(location_id, equipment_id=id_))).version == 1
        assert (await catalog.ask("DefineEquipment", some(location_id, equipment_id=id_, **change))).version == 2
        assert await catalog.events() == ["LocationDefined", "EquipmentDefined", "EquipmentDefined"]

    async def test_it_can_be_carried_to_another_location(self, catalog: Running, location_id: str) -> None:
        equipment = await catalog.ask("DefineEquipment", some(location_id))
        there = await another_location(catalog)
        moved = await catalog.ask("DefineEquipment", some(there, equipment_id=equipment.id))
        assert (moved.location_id, moved.version) == (there, 2)

    async def test_a_name_is_taken_in_its_location_only(self, catalog: Running, location_id: str) -> None:
        await catalog.ask("DefineEquipment", some(location_id))
        with pytest.raises(Conflict) as taken:
            await catalog.ask("DefineEquipment", some(location_id, equipment_type="laser"))
        assert taken.value.reason == "NAME_TAKEN"
        assert [f.field for f in taken.value.fields] == ["name"]
        await catalog.ask("DefineEquipment", some(await another_location(catalog)))

    async def test_of_five_who_want_one_name_one_gets_it(self, catalog: Running, location_id: str) -> None:
        asked = [catalog.ask("DefineEquipment", some(location_id)) for _ in range(5)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(a, pb.Equipment) for a in answers) == 1
        assert {a.reason for a in answers if isinstance(a, Exception)} == {"NAME_TAKEN"}

    async def test_a_location_that_is_not_here_is_named(self, catalog: Running) -> None:
        theirs = await another_location(Running(catalog.process))
        for unknown in (theirs, str(new_id())):
            with pytest.raises(Refused) as wrong:
                await catalog.ask("DefineEquipment", some(unknown))
            assert wrong.value.reason == "UNKNOWN_LOCATION"
            assert [f.field for f in wrong.value.fields] == ["location_id"]
        assert await catalog.events() == []

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "x" * 256),
            ("equipment_type", ""),
            ("equipment_type", "x" * 101),
            ("quantity", 0),
            ("quantity", 101),
            ("equipment_id", "7"),
            ("location_id", ""),
        ],
    )
    async def test_a_wrong_field_is_named(self, catalog: Running, field: str, value: Any) -> None:
        request = some(str(new_id()))
        setattr(request, field, value)
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineEquipment", request)
        assert [f.field for f in wrong.value.fields] == [field]

    async def test_the_front_desk_may_not(self, catalog: Running, location_id: str) -> None:
        with pytest.raises(Denied):
            await catalog.ask("DefineEquipment", some(location_id), role="front_desk")

    async def test_of_two_who_saw_the_same_version_the_second_reads_again(
        self, catalog: Running, location_id: str
    ) -> None:
        id_ = (await catalog.ask("DefineEquipment", some(location_id))).id
        more, fewer = (some(location_id, equipment_id=id_, quantity=n, expected_version=1) for n in (3, 1))
        assert (await catalog.ask("DefineEquipment", more)).version == 2
        with pytest.raises(Stale) as stale:
            await catalog.ask("DefineEquipment", fewer)
        assert stale.value.reason == "CHANGED_MEANWHILE"


class TestGetEquipment:
    async def test_what_is_not_here_is_not_found(self, catalog: Running, location_id: str) -> None:
        equipment = await catalog.ask("DefineEquipment", some(location_id))
        with pytest.raises(NotFound):
            await Running(catalog.process).ask("GetEquipment", pb.GetEquipmentRequest(equipment_id=equipment.id))
        with pytest.raises(NotFound):
            await catalog.ask("GetEquipment", pb.GetEquipmentRequest(equipment_id=str(new_id())))

    async def test_a_patient_may_see_it_and_a_nobody_may_not(self, catalog: Running, location_id: str) -> None:
        equipment = await catalog.ask("DefineEquipment", some(location_id))
        request = pb.GetEquipmentRequest(equipment_id=equipment.id)
        assert await catalog.ask("GetEquipment", request, role="patient") == equipment
        with pytest.raises(Denied):
            await catalog.ask("GetEquipment", request, role="nobody")


class TestListEquipment:
    async def test_pages_go_on_also_among_namesakes_of_two_locations(self, catalog: Running, location_id: str) -> None:
        there = await another_location(catalog)
        made = [await catalog.ask("DefineEquipment", some(at, name=n)) for n in "BA" for at in (location_id, there)]
        seen, cursor = [], ""
        for _ in range(9):
            page = await catalog.ask("ListEquipment", pb.ListEquipmentRequest(limit=1, cursor=cursor))
            seen += page.equipment
            cursor = page.next_cursor
            if not cursor:
                break
        assert [each.name for each in seen] == list("AABB")
        assert sorted(each.id for each in seen) == sorted(each.id for each in made)

    async def test_of_one_location(self, catalog: Running, location_id: str) -> None:
        there = await another_location(catalog)
        for at, name in ((location_id, "A"), (there, "B"), (location_id, "C")):
            await catalog.ask("DefineEquipment", some(at, name=name))
        request = pb.ListEquipmentRequest(location_id=location_id)
        assert [each.name for each in (await catalog.ask("ListEquipment", request)).equipment] == ["A", "C"]

    async def test_another_clinic_has_its_own(self, catalog: Running, location_id: str) -> None:
        await catalog.ask("DefineEquipment", some(location_id))
        assert not (await Running(catalog.process).ask("ListEquipment", pb.ListEquipmentRequest())).equipment
