"""Lists of the catalog: sets are sets, and pages go on whatever the names are."""

import base64
import json
from typing import Any

import pytest
from ambulo.catalog.v1 import locations_pb2, specialists_pb2
from catalog.service import service
from chassis.errors import Invalid
from chassis.ids import new_id


async def test_the_same_places_in_another_order_are_no_change(start: Any) -> None:
    catalog = await start(service)
    define = [locations_pb2.DefineLocationRequest(name=n, time_zone="Europe/Berlin") for n in "ab"]
    ids = [(await catalog.ask("DefineLocation", each)).id for each in define]
    first = await catalog.ask("DefineSpecialist", specialists_pb2.DefineSpecialistRequest(name="x", location_ids=ids))
    again = specialists_pb2.DefineSpecialistRequest(name="x", location_ids=ids[::-1], specialist_id=first.id)
    assert (await catalog.ask("DefineSpecialist", again)).version == 1


async def test_long_names_of_any_script_come_in_pages(start: Any) -> None:
    catalog = await start(service)
    for last in "ab":
        request = locations_pb2.DefineLocationRequest(name="Щ" * 150 + last, time_zone="Europe/Berlin")
        await catalog.ask("DefineLocation", request)
    page = await catalog.ask("ListLocations", locations_pb2.ListLocationsRequest(limit=1))
    rest = await catalog.ask("ListLocations", locations_pb2.ListLocationsRequest(limit=1, cursor=page.next_cursor))
    assert [location.name[-1] for location in (*page.locations, *rest.locations)] == ["a", "b"]


@pytest.mark.parametrize("first", ["\ud800", "a\0", {}, None, 7])
async def test_a_cursor_that_cannot_be_ours_is_invalid(start: Any, first: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps([first, str(new_id())]).encode()).decode()
    with pytest.raises(Invalid):
        await (await start(service)).ask("ListLocations", locations_pb2.ListLocationsRequest(cursor=cursor))
