"""Rows to protobuf."""

import json
from typing import Any

from ambulo.people.v1 import patients_pb2 as pb
from ambulo.types.v1 import types_pb2
from google.type import date_pb2


def patient(row: Any) -> pb.Patient:
    born = row["birth_date"]
    return pb.Patient(
        id=str(row["id"]),
        mrn=row["mrn"],
        given_name=row["given_name"],
        family_name=row["family_name"],
        birth_date=date_pb2.Date(year=born.year, month=born.month, day=born.day) if born else None,
        email=row["email"],
        phone=row["phone"],
        address=types_pb2.Address(**json.loads(row["address"])) if row["address"] != "{}" else None,
        human_id=str(row["human_id"] or ""),
        version=row["version"],
        created_at=row["created_at"],
    )


def address_json(address: types_pb2.Address) -> str:
    """As stored: only what is there, names as in the proto."""
    return json.dumps({f.name: list(value) if f.is_repeated else value for f, value in address.ListFields()})
