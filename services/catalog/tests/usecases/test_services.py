"""Defining, reading and listing services on a real database."""

import asyncio
from typing import Any

import pytest
from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import services_pb2 as pb
from ambulo.catalog.v1 import specialists_pb2
from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused
from chassis.ids import new_id
from chassis.testing import Running


@pytest.fixture
async def specialist_id(catalog: Running) -> str:
    request = specialists_pb2.DefineSpecialistRequest(name="Dr. Ana Pop")
    return str((await catalog.ask("DefineSpecialist", request)).id)


def a_service(**more: Any) -> pb.DefineServiceRequest:
    return pb.DefineServiceRequest(**({"name": "Massage", "duration_minutes": 30} | more))


class TestDefineService:
    async def test_all_that_is_given_is_kept_and_said(
        self, catalog: Running, location_id: str, specialist_id: str
    ) -> None:
        facts: dict[str, Any] = {
            "name": "Massage",
            "description": "Of the back",
            "duration_minutes": 50,
            "buffer_before_minutes": 5,
            "buffer_after_minutes": 10,
            "requires_room": True,
            "room_type": "gym",
            "specialist_ids": [specialist_id],
            "location_ids": [location_id],
            "inactive": True,
        }
        defined = await catalog.ask("DefineService", pb.DefineServiceRequest(**facts))
        assert defined == pb.Service(id=defined.id, version=1, **facts)
        assert await catalog.ask("GetService", pb.GetServiceRequest(service_id=defined.id)) == defined
        assert sorted(await catalog.events()) == ["LocationDefined", "ServiceDefined", "SpecialistDefined"]
        assert sorted(await catalog.audited()) == ["DefineLocation", "DefineService", "DefineSpecialist"]
        said = await catalog.chassis.pool.fetchval("SELECT payload FROM outbox WHERE key = $1", defined.id)
        assert events.ServiceDefined.FromString(said).service == defined

    async def test_the_same_facts_change_nothing(self, catalog: Running, specialist_id: str) -> None:
        request = a_service(service_id=str(new_id()), specialist_ids=[specialist_id])
        first, again = [await catalog.ask("DefineService", request) for _ in range(2)]
        assert first == again
        assert await catalog.events() == ["SpecialistDefined", "ServiceDefined"]

    @pytest.mark.parametrize(
        "change", [{"duration_minutes": 31}, {"buffer_after_minutes": 5}, {"requires_room": True}, {"description": "x"}]
    )
    async def test_any_other_fact_is_a_new_version(self, catalog: Running, change: dict[str, Any]) -> None:
        before = await catalog.ask("DefineService", a_service())
        after = await catalog.ask("DefineService", a_service(service_id=before.id, **change))
        assert (after.id, after.version) == (before.id, 2)
        assert await catalog.events() == ["ServiceDefined"] * 2

    async def test_two_cannot_have_one_name(self, catalog: Running) -> None:
        await catalog.ask("DefineService", a_service())
        with pytest.raises(Conflict) as taken:
            await catalog.ask("DefineService", a_service(duration_minutes=60))
        assert taken.value.reason == "NAME_TAKEN"
        assert [f.field for f in taken.value.fields] == ["name"]
        assert await catalog.events() == ["ServiceDefined"]

    async def test_of_five_who_want_one_name_one_gets_it(self, catalog: Running) -> None:
        asked = [catalog.ask("DefineService", a_service()) for _ in range(5)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(a, pb.Service) for a in answers) == 1
        assert {a.reason for a in answers if isinstance(a, Exception)} == {"NAME_TAKEN"}

    @pytest.mark.parametrize(
        ("field", "reason"), [("specialist_ids", "UNKNOWN_SPECIALIST"), ("location_ids", "UNKNOWN_LOCATION")]
    )
    async def test_who_or_what_is_not_here_is_named(
        self, catalog: Running, location_id: str, specialist_id: str, field: str, reason: str
    ) -> None:
        theirs = {"specialist_ids": specialist_id, "location_ids": location_id}[field]
        for unknown, asker in ((str(new_id()), catalog), (theirs, Running(catalog.process))):
            with pytest.raises(Refused) as wrong:
                await asker.ask("DefineService", a_service(**{field: [unknown]}))
            assert wrong.value.reason == reason
            assert [f.field for f in wrong.value.fields] == [field]
            assert await asker.events() == (["LocationDefined", "SpecialistDefined"] if asker is catalog else [])

    async def test_the_same_key_is_one_service(self, catalog: Running) -> None:
        claims = catalog.claims("admin")
        asked = [catalog.ask("DefineService", a_service(), claims=claims, key="k") for _ in range(5)]
        assert len({a.id for a in await asyncio.gather(*asked)}) == 1
        assert await catalog.events() == ["ServiceDefined"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("description", "x" * 2001),
            ("duration_minutes", 0),
            ("duration_minutes", 1441),
            ("buffer_before_minutes", 241),
            ("buffer_after_minutes", 241),
            ("room_type", "x" * 51),
            ("service_id", "7"),
        ],
    )
    async def test_a_wrong_field_is_named(self, catalog: Running, field: str, value: Any) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineService", a_service(**{field: value}))
        assert [f.field for f in wrong.value.fields] == [field]

    async def test_every_wrong_field_is_named_at_once(self, catalog: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineService", a_service(name="", duration_minutes=0, specialist_ids=["7"]))
        assert {f.field for f in wrong.value.fields} == {"name", "duration_minutes", "specialist_ids[0]"}

    async def test_the_front_desk_may_not(self, catalog: Running) -> None:
        with pytest.raises(Denied):
            await catalog.ask("DefineService", a_service(), role="front_desk")


class TestGetService:
    async def test_what_is_not_here_is_not_found(self, catalog: Running) -> None:
        defined = await catalog.ask("DefineService", a_service())
        with pytest.raises(NotFound):
            await Running(catalog.process).ask("GetService", pb.GetServiceRequest(service_id=defined.id))
        with pytest.raises(NotFound):
            await catalog.ask("GetService", pb.GetServiceRequest(service_id=str(new_id())))

    async def test_a_patient_may_see_what_can_be_booked(self, catalog: Running) -> None:
        defined = await catalog.ask("DefineService", a_service())
        request = pb.GetServiceRequest(service_id=defined.id)
        assert await catalog.ask("GetService", request, role="patient") == defined
        with pytest.raises(Denied):
            await catalog.ask("GetService", request, role="nobody")


class TestListServices:
    async def test_pages_go_on_where_the_last_ended(self, catalog: Running) -> None:
        for name in "EACBD":
            await catalog.ask("DefineService", a_service(name=name))
        seen, cursor = [], ""
        for _ in range(9):
            page = await catalog.ask("ListServices", pb.ListServicesRequest(limit=2, cursor=cursor))
            seen += [each.name for each in page.services]
            cursor = page.next_cursor
            if not cursor:
                break
        assert seen == list("ABCDE")

    async def test_a_cursor_that_is_not_ours_is_named(self, catalog: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("ListServices", pb.ListServicesRequest(cursor="bm90LW91cnM"))
        assert [f.field for f in wrong.value.fields] == ["cursor"]

    async def test_another_clinic_has_its_own(self, catalog: Running) -> None:
        await catalog.ask("DefineService", a_service())
        assert not (await Running(catalog.process).ask("ListServices", pb.ListServicesRequest())).services
