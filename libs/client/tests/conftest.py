"""A small server to call, and what it answers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_server import SmallServer, small_server

DOCUMENT = Path(__file__).parents[3] / "services" / "gateway" / "openapi.json"


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with small_server() as server:
        yield server


@pytest.fixture(scope="session")
def examples() -> dict[str, Any]:
    schemas = json.loads(DOCUMENT.read_text())["components"]["schemas"]
    return {name: schema.get("example") for name, schema in schemas.items()}
