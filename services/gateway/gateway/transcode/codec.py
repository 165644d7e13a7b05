"""Messages to JSON values by encoders compiled once per message, and validated values back into messages.

As proto3 JSON (camelCase, json_name), except: enum values are the lower-case rest of their name ("scheduled"), 64-bit
integers are numbers, google.type.Date is "2026-02-20", google.type.TimeOfDay "09:30", every field is always there, and
an empty reference (a string named ..._id or next_cursor) is null.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

Encoder = Callable[[Any], Any]

_MESSAGE, _ENUM, _BYTES = FieldDescriptor.TYPE_MESSAGE, FieldDescriptor.TYPE_ENUM, FieldDescriptor.TYPE_BYTES


@cache
def enum_names(enum: EnumDescriptor) -> dict[int, str]:
    """Value -> JSON name; the unspecified value has none."""
    prefix = "".join(f"_{c}" if c.isupper() else c for c in enum.name).lstrip("_").upper() + "_"
    return {v.number: v.name.removeprefix(prefix).lower() for v in enum.values if not v.name.endswith("_UNSPECIFIED")}


def is_reference(field: FieldDescriptor) -> bool:
    """An empty one is shown as null."""
    return field.type == FieldDescriptor.TYPE_STRING and (field.name.endswith("_id") or field.name == "next_cursor")


@cache
def encoder(message: Descriptor) -> Encoder:
    """A function from a message of this type to its JSON value."""
    special = _ENCODED_AS_TEXT.get(message.full_name)
    if special is not None:
        return special
    parts = [(field.json_name, field.name, _field_encoder(field), _has_presence(field)) for field in message.fields]

    def encode(value: Message) -> dict[str, Any]:
        encoded = {}
        for json_name, name, encode_field, presence in parts:
            if presence and not value.HasField(name):
                encoded[json_name] = None
            else:
                found = getattr(value, name)
                encoded[json_name] = found if encode_field is None else encode_field(found)
        return encoded

    return encode


def _has_presence(field: FieldDescriptor) -> bool:
    return bool(field.has_presence) and not field.is_repeated


def _field_encoder(field: FieldDescriptor) -> Encoder | None:
    one = _one_encoder(field)
    if not field.is_repeated:
        return one
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        value = _one_encoder(field.message_type.fields_by_name["value"])
        return lambda items: {str(key): value(each) if value else each for key, each in items.items()}
    return list if one is None else lambda items: [one(each) for each in items]


def _one_encoder(field: FieldDescriptor) -> Encoder | None:
    if field.type == _MESSAGE:
        message = field.message_type
        # Looked up when first used: a message may contain itself.
        return lambda value: encoder(message)(value)  # noqa: PLW0108
    if field.type == _ENUM:
        names = enum_names(field.enum_type)
        return names.get
    if field.type == _BYTES:
        return lambda value: value.hex()
    if is_reference(field):
        return lambda value: value or None
    return None


def _timestamp(value: Any) -> str:
    return _timestamp_text(value.seconds, value.nanos)


@lru_cache(maxsize=20_000)
def _timestamp_text(seconds: int, nanos: int) -> str:
    """The same quarters of an hour are told over and over."""
    return instant_text(Timestamp(seconds=seconds, nanos=nanos).ToDatetime(UTC))


def instant_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


_ENCODED_AS_TEXT: dict[str, Encoder] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.type.Date": lambda value: f"{value.year:04}-{value.month:02}-{value.day:02}",
    "google.type.TimeOfDay": lambda value: f"{value.hours:02}:{value.minutes:02}",
}


def fill(message: Message, values: Mapping[str, Any]) -> None:
    """Set fields of a message, by proto name, from values that the input model has validated. None is absent."""
    fields = message.DESCRIPTOR.fields_by_name
    for name, value in values.items():
        if value is None:
            continue
        field = fields[name]
        if not field.is_repeated:
            _set(message, field, value)
        elif field.message_type is None:
            getattr(message, name).extend(_scalar(field, each) for each in value)
        elif field.message_type.GetOptions().map_entry:
            _fill_map(getattr(message, name), field, value)
        else:
            for each in value:
                _fill_message(getattr(message, name).add(), each)


def _set(message: Message, field: FieldDescriptor, value: Any) -> None:
    if field.message_type is None:
        setattr(message, field.name, _scalar(field, value))
        return
    part = getattr(message, field.name)
    part.SetInParent()
    _fill_message(part, value)


def _fill_message(message: Any, value: Any) -> None:
    if isinstance(message, Timestamp):
        message.FromDatetime(value)
    elif isinstance(value, date):
        message.year, message.month, message.day = value.year, value.month, value.day
    elif message.DESCRIPTOR.full_name == "google.type.TimeOfDay":
        message.hours, message.minutes = (int(part) for part in value.split(":"))
    else:
        fill(message, given(value))


def _fill_map(items: Any, field: FieldDescriptor, value: Mapping[Any, Any]) -> None:
    inner = field.message_type.fields_by_name["value"]
    for key, each in value.items():
        if inner.message_type is None:
            items[key] = _scalar(inner, each)
        else:
            _fill_message(items[key], each)


def _scalar(field: FieldDescriptor, value: Any) -> Any:
    if field.type == _ENUM:
        return enum_numbers(field.enum_type)[value]
    return bytes.fromhex(value) if field.type == _BYTES else value


@cache
def enum_numbers(enum: EnumDescriptor) -> dict[str, int]:
    return {name: number for number, name in enum_names(enum).items()}


def given(model: Any) -> dict[str, Any]:
    """What a caller gave: proto name -> value, without what they left out."""
    return {name: getattr(model, name) for name in model.model_fields_set}
