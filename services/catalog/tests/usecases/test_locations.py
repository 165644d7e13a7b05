"""Defining, reading and listing locations on a real database."""

import asyncio
from typing import Any

import pytest
from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import locations_pb2 as pb
from ambulo.types.v1.types_pb2 import Address
from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused, Unauthenticated
from chassis.ids import new_id
from chassis.testing import Running
from claims import ANONYMOUS


def a_location(**more: Any) -> pb.DefineLocationRequest:
    return pb.DefineLocationRequest(**({"name": "Centru", "time_zone": "Europe/Bucharest"} | more))


class TestDefineLocation:
    async def test_all_that_is_given_is_kept_and_said(self, catalog: Running) -> None:
        address = Address(lines=["Str. Lungă 1"], city="Brașov", state="BV", postal_code="500001", country="RO")
        location = await catalog.ask("DefineLocation", a_location(address=address, inactive=True))
        assert location == pb.Location(
            id=location.id, name="Centru", time_zone="Europe/Bucharest", address=address, inactive=True, version=1
        )
        assert await catalog.ask("GetLocation", pb.GetLocationRequest(location_id=location.id)) == location
        assert await catalog.events() == ["LocationDefined"]
        assert await catalog.audited() == ["DefineLocation"]
        said = await catalog.chassis.pool.fetchval("SELECT payload FROM outbox WHERE key = $1", location.id)
        assert events.LocationDefined.FromString(said).location == location

    async def test_the_same_facts_change_nothing(self, catalog: Running) -> None:
        request = a_location(location_id=str(new_id()), address=Address(city="Brașov"))
        first, again = [await catalog.ask("DefineLocation", request) for _ in range(2)]
        assert first == again
        assert again.version == 1
        assert await catalog.events() == ["LocationDefined"]

    @pytest.mark.parametrize(
        "change",
        [{"name": "Nord"}, {"time_zone": "Europe/Berlin"}, {"inactive": True}, {"address": Address(city="Iași")}],
    )
    async def test_any_other_fact_is_a_new_version(self, catalog: Running, change: dict[str, Any]) -> None:
        before = await catalog.ask("DefineLocation", a_location())
        after = await catalog.ask("DefineLocation", a_location(location_id=before.id, **change))
        assert (after.id, after.version) == (before.id, 2)
        assert await catalog.ask("GetLocation", pb.GetLocationRequest(location_id=before.id)) == after
        assert await catalog.events() == ["LocationDefined"] * 2

    async def test_ten_at_once_with_one_id_are_one(self, catalog: Running) -> None:
        request = a_location(location_id=str(new_id()))
        answers = await asyncio.gather(*(catalog.ask("DefineLocation", request) for _ in range(10)))
        assert {a.version for a in answers} == {1}
        assert await catalog.events() == ["LocationDefined"]

    async def test_two_cannot_have_one_name(self, catalog: Running) -> None:
        await catalog.ask("DefineLocation", a_location())
        other = await catalog.ask("DefineLocation", a_location(name="Nord"))
        for wrong in (a_location(), a_location(location_id=other.id)):
            with pytest.raises(Conflict) as taken:
                await catalog.ask("DefineLocation", wrong)
            assert taken.value.reason == "NAME_TAKEN"
            assert [f.field for f in taken.value.fields] == ["name"]
        assert await catalog.ask("GetLocation", pb.GetLocationRequest(location_id=other.id)) == other

    async def test_another_clinic_may_use_the_name_and_even_the_id(self, catalog: Running) -> None:
        mine = await catalog.ask("DefineLocation", a_location())
        theirs = await Running(catalog.process).ask("DefineLocation", a_location(location_id=mine.id, inactive=True))
        assert theirs.version == 1
        assert await catalog.ask("GetLocation", pb.GetLocationRequest(location_id=mine.id)) == mine

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "+02:00", "europe/bucharest", "../etc/passwd", "Europe", "EEST"])
    async def test_a_zone_that_nobody_knows_is_named(self, catalog: Running, zone: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineLocation", a_location(time_zone=zone))
        assert wrong.value.reason == "UNKNOWN_TIME_ZONE"
        assert [f.field for f in wrong.value.fields] == ["time_zone"]
        assert await catalog.events() == []

    async def test_the_same_key_is_one_location(self, catalog: Running) -> None:
        claims = catalog.claims("admin")
        asked = [catalog.ask("DefineLocation", a_location(), claims=claims, key="k") for _ in range(5)]
        assert len({a.id for a in await asyncio.gather(*asked)}) == 1
        assert await catalog.audited() == ["DefineLocation"]
        with pytest.raises(Refused) as reused:
            await catalog.ask("DefineLocation", a_location(name="Nord"), claims=claims, key="k")
        assert reused.value.reason == "KEY_REUSED"

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "x" * 256}, "name"),
            ({"time_zone": ""}, "time_zone"),
            ({"location_id": "7"}, "location_id"),
            ({"address": Address(city="x" * 101)}, "address.city"),
        ],
    )
    async def test_a_wrong_field_is_named(self, catalog: Running, more: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineLocation", a_location(**more))
        assert [f.field for f in wrong.value.fields] == [field]

    async def test_only_an_admin_of_this_clinic_changes_the_catalog(self, catalog: Running) -> None:
        for role in ("front_desk", "specialist", "patient", "nobody"):
            with pytest.raises(Denied):
                await catalog.ask("DefineLocation", a_location(), role=role)
        with pytest.raises(Unauthenticated):
            await catalog.ask("DefineLocation", a_location(), claims=ANONYMOUS)
        with pytest.raises(NotFound):
            await Running(catalog.process).ask("DefineLocation", a_location(clinic_id=str(catalog.clinic_id)))
        assert await catalog.events() == []


class TestGetLocation:
    async def test_who_may_book_may_see_it(self, catalog: Running) -> None:
        location = await catalog.ask("DefineLocation", a_location())
        request = pb.GetLocationRequest(location_id=location.id)
        assert await catalog.ask("GetLocation", request, role="patient") == location
        with pytest.raises(Denied):
            await catalog.ask("GetLocation", request, role="nobody")

    async def test_what_is_not_here_is_not_found(self, catalog: Running) -> None:
        theirs = await Running(catalog.process).ask("DefineLocation", a_location())
        for id_ in (theirs.id, str(new_id())):
            with pytest.raises(NotFound):
                await catalog.ask("GetLocation", pb.GetLocationRequest(location_id=id_))


class TestListLocations:
    async def test_pages_go_on_where_the_last_ended(self, catalog: Running) -> None:
        for name in "EACBD":
            await catalog.ask("DefineLocation", a_location(name=name))
        seen, cursor = [], ""
        for _ in range(9):
            page = await catalog.ask("ListLocations", pb.ListLocationsRequest(limit=2, cursor=cursor))
            seen += [location.name for location in page.locations]
            cursor = page.next_cursor
            if not cursor:
                break
        assert seen == list("ABCDE")

    async def test_a_full_last_page_has_no_next(self, catalog: Running) -> None:
        for name in "AB":
            await catalog.ask("DefineLocation", a_location(name=name))
        assert not (await catalog.ask("ListLocations", pb.ListLocationsRequest(limit=2))).next_cursor

    @pytest.mark.parametrize("cursor", ["bm90LW91cnM", "W10", "WyJhIiwiYiJd", "é", "!", "bnVsbA"])
    async def test_a_cursor_that_is_not_ours_is_named(self, catalog: Running, cursor: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("ListLocations", pb.ListLocationsRequest(cursor=cursor))
        assert [f.field for f in wrong.value.fields] == ["cursor"]

    async def test_more_than_two_hundred_at_once_are_too_many(self, catalog: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("ListLocations", pb.ListLocationsRequest(limit=201))
        assert [f.field for f in wrong.value.fields] == ["limit"]

    async def test_another_clinic_has_its_own(self, catalog: Running) -> None:
        await catalog.ask("DefineLocation", a_location())
        other = Running(catalog.process)
        assert not (await other.ask("ListLocations", pb.ListLocationsRequest())).locations
        with pytest.raises(NotFound):
            await other.ask("ListLocations", pb.ListLocationsRequest(clinic_id=str(catalog.clinic_id)))
