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
    "color": "#0b7285",
    "languages": "ro",
    "logo": "data:image/png;base64,iVBORw0KGgo=",
    "clinic_name": "Clinica Napoca",
    "country": "RO",
    "currency": "EUR",
    "date_range": "2026-11-23,2026-11-29",
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
    "rrule": "FREQ=WEEKLY;COUNT=10",
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


_LEFT_OUT = {"overbook_reason"}
"""What is only for whoever means it."""


def output(message: Descriptor, depth: int = 4) -> dict[str, Any]:
    """One whole answer."""
    return {field.json_name: _value(field, depth) for field in _fitting(message)}


def _chosen(message: Descriptor) -> set[str]:
    """What a rule between fields (cel) asks for: of several kinds or of two of which one must be given, the first; of
    several ways to say it, the last that names fields together."""
    rules = message.GetOptions().Extensions[validate_pb2.message]
    found: set[str] = set()
    if any(rule.id == "one_kind" for rule in rules.cel):
        found.add(next(field.name for field in message.fields if field.message_type is not None))
    for rule in rules.cel:
        either = re.findall(r"this\.(\w+) == ''", rule.expression) if "!=" in rule.expression else []
        together = re.findall(r"this\.(\w+) != '' && this\.(\w+) != ''", rule.expression)
        if together:
            found.update(together[-1])
        elif len(either) == 2:
            found.add(either[0])
    return found


def _fitting(message: Descriptor) -> Sequence[FieldDescriptor]:
    """All fields; but of kinds of which there may be one only (cel "one_kind"), the first."""
    rules = message.GetOptions().Extensions[validate_pb2.message]
    if not any(rule.id == "one_kind" for rule in rules.cel):
        return message.fields
    kinds = [field for field in message.fields if field.message_type is not None]
    return [field for field in message.fields if field not in kinds[1:]]


def given(message: Descriptor, without: frozenset[str] = frozenset(), depth: int = 4) -> dict[str, Any]:
    """A request: what is required, and whatever else does not have to fit to something that is already there. Of things
    within it only what they need, and of lists of them the first: others (breaks, say) would have to fit to it."""
    chosen, lists = _chosen(message), 0
    found: dict[str, Any] = {}
    for field in _fitting(message):
        if field.name in without or field.name in _LEFT_OUT:
            continue
        needed = is_required(field) or field.name in chosen or field.name in _NUMBERS
        if field.name == "ends_at" and not needed:
            continue
        if not needed and (depth < 4 or _refers(field) or field.enum_type is not None):
            continue
        if field.is_repeated and field.message_type is not None:
            lists += 1
            if lists > 1 and not needed:
                continue
        found[field.json_name] = _given(field, depth)
    return found


def _given(field: FieldDescriptor, depth: int) -> Any:
    if field.message_type is None or field.message_type.full_name.startswith("google."):
        return _value(field, depth)
    inner = given(field.message_type, depth=depth - 1) if depth else {}
    return [inner] if field.is_repeated else inner


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
