"""Defining, reading and listing specialists on a real database."""

import asyncio
from typing import Any

import pytest
from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import specialists_pb2 as pb
from chassis.errors import Denied, Invalid, NotFound, Refused
from chassis.ids import new_id
from chassis.testing import Running
from google.type import date_pb2

LICENSE = pb.Credential(
    kind="Physiotherapist",
    number="RO-1234",
    issuer="Colegiul Fizioterapeuților din România",
    expires_on=date_pb2.Date(year=2028, month=2, day=29),
)
CERTIFICATE = pb.Credential(kind="Manual therapy")


def a_specialist(*location_ids: str, **more: Any) -> pb.DefineSpecialistRequest:
    facts = {"name": "Dr. Ana Pop", "specialty": "Physiotherapy"} | more
    return pb.DefineSpecialistRequest(location_ids=location_ids, **facts)


class TestDefineSpecialist:
    async def test_all_that_is_given_is_kept_and_said(self, catalog: Running, location_id: str) -> None:
        facts: dict[str, Any] = {
            "name": "Dr. Ana Pop",
            "specialty": "Physiotherapy",
            "location_ids": [location_id],
            "inactive": True,
            "specialties": ["Sports medicine", "Pediatrics"],
            "credentials": [LICENSE, CERTIFICATE],
            "not_bookable": True,
        }
        specialist = await catalog.ask("DefineSpecialist", pb.DefineSpecialistRequest(**facts))
        assert specialist == pb.Specialist(id=specialist.id, version=1, **facts)
        request = pb.GetSpecialistRequest(specialist_id=specialist.id)
        assert await catalog.ask("GetSpecialist", request) == specialist
        assert await catalog.events() == ["LocationDefined", "SpecialistDefined"]
        assert await catalog.audited() == ["DefineLocation", "DefineSpecialist"]
        said = await catalog.chassis.pool.fetchval("SELECT payload FROM outbox WHERE key = $1", specialist.id)
        assert events.SpecialistDefined.FromString(said).specialist == specialist

    async def test_the_same_facts_change_nothing_and_others_do(self, catalog: Running, location_id: str) -> None:
        id_ = str(new_id())
        for _ in range(2):
            assert (await catalog.ask("DefineSpecialist", a_specialist(location_id, specialist_id=id_))).version == 1
        moved = await catalog.ask("DefineSpecialist", a_specialist(specialist_id=id_))
        assert (moved.version, list(moved.location_ids)) == (2, [])
        assert await catalog.events() == ["LocationDefined", "SpecialistDefined", "SpecialistDefined"]

    @pytest.mark.parametrize(
        "change",
        [
            {"specialties": ["Pediatrics", "Sports medicine"]},
            {"credentials": [CERTIFICATE]},
            {"credentials": [CERTIFICATE, LICENSE]},
            {"credentials": [LICENSE, pb.Credential(kind="Manual therapy", number="7")]},
            {"not_bookable": True},
        ],
    )
    async def test_what_is_shown_of_them_is_compared_as_a_whole(self, catalog: Running, change: dict[str, Any]) -> None:
        facts: dict[str, Any] = {
            "specialist_id": str(new_id()),
            "specialties": ["Sports medicine", "Pediatrics"],
            "credentials": [LICENSE, CERTIFICATE],
        }
        for _ in range(2):
            assert (await catalog.ask("DefineSpecialist", a_specialist(**facts))).version == 1
        after = await catalog.ask("DefineSpecialist", a_specialist(**facts | change))
        assert (after.version, {name: getattr(after, name) for name in change}) == (2, change)
        assert await catalog.events() == ["SpecialistDefined"] * 2

    @pytest.mark.parametrize("parts", [(2027, 2, 29), (2027, 2, 0), (0, 2, 28), (0, 0, 0), (2027, -1, 1)])
    async def test_a_credential_expires_on_a_day_that_exists(
        self, catalog: Running, parts: tuple[int, int, int]
    ) -> None:
        year, month, day = parts
        never = pb.Credential(kind="License", expires_on=date_pb2.Date(year=year, month=month, day=day))
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineSpecialist", a_specialist(credentials=[LICENSE, never]))
        assert wrong.value.reason == "INVALID"
        assert [f.field for f in wrong.value.fields] == ["credentials[1].expires_on"]
        assert await catalog.events() == []

    async def test_two_may_have_one_name(self, catalog: Running) -> None:
        first, second = [await catalog.ask("DefineSpecialist", a_specialist()) for _ in range(2)]
        assert first.id != second.id

    async def test_a_location_that_is_not_here_is_named(self, catalog: Running, location_id: str) -> None:
        stranger = Running(catalog.process)
        for unknown, asker in ((str(new_id()), catalog), (location_id, stranger)):
            with pytest.raises(Refused) as wrong:
                await asker.ask("DefineSpecialist", a_specialist(unknown))
            assert wrong.value.reason == "UNKNOWN_LOCATION"
            assert [f.field for f in wrong.value.fields] == ["location_ids"]
            assert unknown in wrong.value.detail

    async def test_one_unknown_location_among_known_ones_is_enough(self, catalog: Running, location_id: str) -> None:
        unknown = str(new_id())
        with pytest.raises(Refused) as wrong:
            await catalog.ask("DefineSpecialist", a_specialist(location_id, unknown))
        assert unknown in wrong.value.fields[0].description
        assert not (await catalog.ask("ListSpecialists", pb.ListSpecialistsRequest())).specialists

    async def test_the_same_key_is_one_specialist(self, catalog: Running) -> None:
        claims = catalog.claims("admin")
        asked = [catalog.ask("DefineSpecialist", a_specialist(), claims=claims, key="k") for _ in range(5)]
        assert len({a.id for a in await asyncio.gather(*asked)}) == 1
        assert await catalog.events() == ["SpecialistDefined"]

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "x" * 256}, "name"),
            ({"specialty": "x" * 101}, "specialty"),
            ({"specialist_id": "7"}, "specialist_id"),
            ({"specialties": ["Pediatrics", ""]}, "specialties[1]"),
            ({"specialties": ["Pediatrics", "Pediatrics"]}, "specialties"),
            ({"credentials": [LICENSE, pb.Credential(number="7")]}, "credentials[1].kind"),
            ({"credentials": [CERTIFICATE] * 21}, "credentials"),
        ],
    )
    async def test_a_wrong_field_is_named(self, catalog: Running, more: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineSpecialist", a_specialist(**more))
        assert [f.field for f in wrong.value.fields] == [field]

    async def test_locations_are_ids_and_each_comes_once(self, catalog: Running, location_id: str) -> None:
        for ids, field in ((("7",), "location_ids[0]"), ((location_id, location_id), "location_ids")):
            with pytest.raises(Invalid) as wrong:
                await catalog.ask("DefineSpecialist", a_specialist(*ids))
            assert [f.field for f in wrong.value.fields] == [field]

    async def test_a_specialist_may_not_define_specialists(self, catalog: Running) -> None:
        with pytest.raises(Denied):
            await catalog.ask("DefineSpecialist", a_specialist(), role="specialist")


class TestGetSpecialist:
    async def test_what_is_not_here_is_not_found(self, catalog: Running) -> None:
        specialist = await catalog.ask("DefineSpecialist", a_specialist())
        request = pb.GetSpecialistRequest(specialist_id=specialist.id)
        with pytest.raises(NotFound):
            await Running(catalog.process).ask("GetSpecialist", request)
        with pytest.raises(NotFound):
            await catalog.ask("GetSpecialist", pb.GetSpecialistRequest(specialist_id=str(new_id())))

    async def test_a_patient_may_see_who_gives_care(self, catalog: Running) -> None:
        specialist = await catalog.ask("DefineSpecialist", a_specialist())
        request = pb.GetSpecialistRequest(specialist_id=specialist.id)
        assert await catalog.ask("GetSpecialist", request, role="patient") == specialist
        with pytest.raises(Denied):
            await catalog.ask("GetSpecialist", request, role="nobody")


class TestListSpecialists:
    async def test_pages_go_on_also_among_namesakes(self, catalog: Running) -> None:
        made = [await catalog.ask("DefineSpecialist", a_specialist(name=name)) for name in "BABAA"]
        seen, cursor = [], ""
        for _ in range(9):
            page = await catalog.ask("ListSpecialists", pb.ListSpecialistsRequest(limit=2, cursor=cursor))
            seen += page.specialists
            cursor = page.next_cursor
            if not cursor:
                break
        assert [s.name for s in seen] == list("AAABB")
        assert sorted(s.id for s in seen) == sorted(s.id for s in made)

    async def test_of_one_location(self, catalog: Running, location_id: str) -> None:
        here = await catalog.ask("DefineSpecialist", a_specialist(location_id))
        await catalog.ask("DefineSpecialist", a_specialist())
        found = await catalog.ask("ListSpecialists", pb.ListSpecialistsRequest(location_id=location_id))
        assert list(found.specialists) == [here]

    async def test_a_cursor_that_is_not_ours_is_named(self, catalog: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("ListSpecialists", pb.ListSpecialistsRequest(cursor="bm90LW91cnM"))
        assert [f.field for f in wrong.value.fields] == ["cursor"]

    async def test_another_clinic_has_its_own(self, catalog: Running) -> None:
        await catalog.ask("DefineSpecialist", a_specialist())
        found = await Running(catalog.process).ask("ListSpecialists", pb.ListSpecialistsRequest())
        assert not found.specialists
