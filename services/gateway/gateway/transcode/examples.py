"""Believable examples for the documentation, so that a request can be tried as it stands."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.transcode.codec import enum_names, is_reference
from gateway.transcode.rules import allows, is_required, rules_of

_NAMESPACE = UUID("5f6c1c1e-7f0c-4b5e-9a3e-2d8a4b1c9d00")
_TEXTS = {
    "access_token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI...",
    "city": "Cluj-Napoca",
    "clinic_name": "Clinica Napoca",
    "country": "RO",
    "currency": "EUR",
    "email": "ana.pop@example.com",
    "end": "2026-11-24T09:30:00+02:00",
    "family_name": "Pop",
    "equipment_type": "ultrasound",
    "features": "wheelchair",
    "given_name": "Ana",
    "language": "ro",
    "mrn": "P000042",
    "phone": "+40721000000",
    "postal_code": "400001",
    "permissions": "appointments.read",
    "reason": "Patient request",
    "refresh_token": "lMWn0oNn2F1sVvJX0hC2s4dDq8Zr6Tb3",
    "role": "front_desk",
    "room_features": "wheelchair",
    "room_type": "exam",
    "rrule": "FREQ=MONTHLY;BYDAY=1SA",
    "slug": "clinica-napoca",
    "specialty": "Physiotherapy",
    "subdivision": "",
    "type": "exam",
    "start": "2026-11-24T09:00:00+02:00",
    "time_zone": "Europe/Bucharest",
    "token": "Zt8yq3nH5bV1cXkR7mJ4wL9sPd2fGa6e",
}
_NUMBERS = {
    "duration_minutes": 30,
    "buffer_after_minutes": 5,
    "limit": 50,
    "score": 100,
    "version": 1,
    "amount_minor": 4500,
}


def output(message: Descriptor, depth: int = 4) -> dict[str, Any]:
    """One whole answer."""
    return {field.json_name: _value(field, depth) for field in _fitting(message)}


def _chosen(message: Descriptor) -> str:
    """Of two of which one must be given (a cel rule that says so), the first."""
    rules = message.GetOptions().Extensions[validate_pb2.message]
    either = next(
        (re.findall(r"this\.(\w+) == ''", rule.expression) for rule in rules.cel if "!=" in rule.expression), []
    )
    return either[0] if len(either) == 2 else ""


def _fitting(message: Descriptor) -> Sequence[FieldDescriptor]:
    """All fields; but of kinds of which there may be one only (cel "one_kind"), the first."""
    rules = message.GetOptions().Extensions[validate_pb2.message]
    if not any(rule.id == "one_kind" for rule in rules.cel):
        return message.fields
    kinds = [field for field in message.fields if field.message_type is not None]
    return [field for field in message.fields if field not in kinds[1:]]


def given(message: Descriptor, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A request: what is required, and whatever else does not have to fit to something that is already there."""
    chosen = _chosen(message)
    return {
        field.json_name: _value(field, 4)
        for field in message.fields
        if field.name not in without
        and (is_required(field) or field.name == chosen or not (_refers(field) or field.enum_type is not None))
    }


def _refers(field: FieldDescriptor) -> bool:
    return is_reference(field) or field.name.endswith("_ids")


def _value(field: FieldDescriptor, depth: int) -> Any:
    if field.is_repeated:
        return [_one(field, depth)] if depth else []
    return _one(field, depth)


def _one(field: FieldDescriptor, depth: int) -> Any:
    if field.enum_type is not None:
        rules = rules_of(field).repeated.items if field.is_repeated else rules_of(field)
        return next(name for value, name in enum_names(field.enum_type).items() if allows(rules, value))
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
        return max(_NUMBERS.get(field.name, 0), rules_of(field).uint32.gte)
    if field.name == "id" or field.name.endswith(("_id", "_ids")):
        return str(uuid5(_NAMESPACE, field.name))
    return None if field.name == "next_cursor" else _TEXTS.get(field.name, field.name.replace("_", " ").capitalize())
