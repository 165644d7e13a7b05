"""Rows to protobuf."""

import json
from typing import Any

from ambulo.catalog.v1 import locations_pb2, rooms_pb2, services_pb2, specialists_pb2
from ambulo.types.v1 import types_pb2


def location(row: Any) -> locations_pb2.Location:
    return locations_pb2.Location(
        id=str(row["id"]),
        name=row["name"],
        time_zone=row["time_zone"],
        address=types_pb2.Address(**json.loads(row["address"])) if row["address"] != "{}" else None,
        inactive=row["inactive"],
        version=row["version"],
    )


def address_json(address: types_pb2.Address) -> str:
    """As stored: only what is there, names as in the proto."""
    facts = {field.name: list(value) if field.is_repeated else value for field, value in address.ListFields()}
    return json.dumps(facts)


def room(row: Any) -> rooms_pb2.Room:
    return rooms_pb2.Room(**_plain(row))


def specialist(row: Any) -> specialists_pb2.Specialist:
    return specialists_pb2.Specialist(**_plain(row))


def service(row: Any) -> services_pb2.Service:
    return services_pb2.Service(**_plain(row))


def _plain(row: Any) -> dict[str, Any]:
    def wire(name: str, value: Any) -> Any:
        if name.endswith("_ids"):
            return [str(each) for each in value]
        return str(value) if name == "id" or name.endswith("_id") else value

    return {name: wire(name, value) for name, value in row.items()}
