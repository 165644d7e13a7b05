"""The catalog on a real database, with a location to begin with."""

from typing import Any

import pytest
from ambulo.catalog.v1 import locations_pb2
from catalog.service import service
from chassis.testing import Running


@pytest.fixture
async def catalog(start: Any) -> Running:
    return await start(service)


@pytest.fixture
async def location_id(catalog: Running) -> str:
    request = locations_pb2.DefineLocationRequest(name="Centru", time_zone="Europe/Bucharest")
    return str((await catalog.ask("DefineLocation", request)).id)
