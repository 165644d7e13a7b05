"""Believable examples for the documentation, so that a request can be tried as it stands."""

from typing import Any
from uuid import UUID, uuid5

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.transcode.codec import enum_names

_NAMESPACE = UUID("5f6c1c1e-7f0c-4b5e-9a3e-2d8a4b1c9d00")
_TEXTS = {
    "access_token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI...",
    "city": "Cluj-Napoca",
    "clinic_name": "Clinica Napoca",
    "country": "RO",
    "email": "ana.pop@example.com",
    "end": "2026-11-24T09:30:00+02:00",
    "family_name": "Pop",
    "given_name": "Ana",
    "mrn": "P000042",
    "phone": "+40721000000",
    "postal_code": "400001",
    "reason": "Patient request",
    "role": "front_desk",
    "room_type": "exam",
    "slug": "clinica-napoca",
    "specialty": "Physiotherapy",
    "start": "2026-11-24T09:00:00+02:00",
    "time_zone": "Europe/Bucharest",
}
_NUMBERS = {"duration_minutes": 30, "buffer_after_minutes": 5, "limit": 50, "score": 100, "version": 1}


def output(message: Descriptor, depth: int = 4) -> dict[str, Any]:
    """One whole answer."""
    return {field.json_name: _value(field, depth) for field in message.fields}


def _value(field: FieldDescriptor, depth: int) -> Any:
    if field.is_repeated:
        return [_one(field, depth)] if depth else []
    return _one(field, depth)


def _one(field: FieldDescriptor, depth: int) -> Any:
    if field.enum_type is not None:
        return next(iter(enum_names(field.enum_type).values()))
    if field.message_type is not None:
        match field.message_type.full_name:
            case "google.protobuf.Timestamp":
                return "2026-11-24T07:30:00Z" if "end" in field.name else "2026-11-24T07:00:00Z"
            case "google.type.Date":
                return "1987-05-14"
            case "google.type.TimeOfDay":
                return "17:00" if "end" in field.name else "09:00"
            case _:
                return output(field.message_type, depth - 1) if depth else None
    if field.type == FieldDescriptor.TYPE_BOOL:
        return False
    if field.type != FieldDescriptor.TYPE_STRING:
        return _NUMBERS.get(field.name, 0)
    if field.name == "id" or field.name.endswith(("_id", "_ids")):
        return str(uuid5(_NAMESPACE, field.name))
    return None if field.name == "next_cursor" else _TEXTS.get(field.name, field.name.replace("_", " ").capitalize())
