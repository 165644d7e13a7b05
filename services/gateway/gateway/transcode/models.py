"""Pydantic models from message descriptors: what may come in, with the rules of buf.validate, and what goes out."""

import re
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MaxLen, MinLen
from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    WithJsonSchema,
    create_model,
)
from pydantic.fields import FieldInfo

from gateway.transcode import examples
from gateway.transcode.codec import enum_names, is_reference
from gateway.transcode.comments import comment
from gateway.transcode.rules import allows, is_required, rules_of

_SIGNED_32 = {FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_SINT32, FieldDescriptor.TYPE_SFIXED32}
_UNSIGNED_32 = {FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_FIXED32}
_SIGNED_64 = {FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_SINT64, FieldDescriptor.TYPE_SFIXED64}
_UNSIGNED_64 = {FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_FIXED64}
_SAFE_INTEGER = 2**53 - 1
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
UUID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"


class Given(BaseModel):
    """What every input model is: nothing unknown, names as in the contract."""

    model_config = ConfigDict(extra="forbid", str_max_length=1_000_000)


@cache
def input_model(
    message: Descriptor, without: frozenset[str] = frozenset(), extra: tuple[str, ...] = ()
) -> type[BaseModel]:
    """What a caller may send; `without` names fields that come from the path or a header."""
    fields: dict[str, Any] = {}
    for field in message.fields:
        if field.name not in without:
            type_ = input_type(field, strict=True)
            info: dict[str, Any] = {"alias": field.json_name, "description": comment(field.full_name) or None}
            fields[field.name] = (
                (type_, Field(**info)) if is_required(field) else (type_ | None, Field(default=None, **info))
            )
    if "idempotency_key" in extra:
        fields["idempotency_key"] = (
            Annotated[str, MaxLen(255), Field(pattern=r"^[!-~]+$")] | None,
            Field(default=None, alias="idempotencyKey", description="Instead of the Idempotency-Key header."),
        )
    made = create_model(_input_name(message, without), __base__=Given, **fields)
    made.model_config["json_schema_extra"] = {"example": examples.given(message, without)}
    return made


def _input_name(message: Descriptor, without: frozenset[str]) -> str:
    """Unlike that of any answer: of two models with one name the document numbers both, in whatever order they come."""
    if without:
        return f"{message.name}Body"
    return message.name if message.name.endswith("Request") else f"{message.name}Input"


def input_type(field: FieldDescriptor, *, strict: bool) -> Any:
    """The type of one field, repeated or not. Not strict where all values are text: in path and query."""
    if not field.is_repeated:
        return _one(field, rules_of(field), strict=strict)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, value = (field.message_type.fields_by_name[name] for name in ("key", "value"))
        return dict[_one(key, rules_of(key), strict=False), _one(value, rules_of(value), strict=strict)]  # type: ignore[misc]
    repeated = rules_of(field).repeated
    limits: list[Any] = []
    if repeated.min_items:
        limits.append(MinLen(repeated.min_items))
    if repeated.max_items:
        limits.append(MaxLen(repeated.max_items))
    if not strict:
        limits.append(BeforeValidator(_split))
    if repeated.unique:
        limits.append(AfterValidator(_unique))
        limits.append(Field(json_schema_extra={"uniqueItems": True}))
    item = _one(field, repeated.items, strict=strict)
    return Annotated[list[item], *limits] if limits else list[item]  # type: ignore[valid-type]


def _one(field: FieldDescriptor, rules: validate_pb2.FieldRules, *, strict: bool) -> Any:
    kind = field.type
    if kind == FieldDescriptor.TYPE_STRING:
        return _text(rules, ignore=rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE)
    if kind == FieldDescriptor.TYPE_BOOL:
        return Annotated[bool, Strict()] if strict else bool
    if kind == FieldDescriptor.TYPE_ENUM:
        return Literal[tuple(name for value, name in enum_names(field.enum_type).items() if allows(rules, value))]
    if kind in _SIGNED_32 | _UNSIGNED_32 | _SIGNED_64 | _UNSIGNED_64:
        low, high = _range(kind)
        low = max(low, rules.uint32.gte)
        high = rules.uint32.lte or high
        return Annotated[int, Ge(low), Le(high), *([Strict()] if strict else [])]
    if kind in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        return Annotated[float, Field(allow_inf_nan=False)]
    if kind == FieldDescriptor.TYPE_BYTES:
        return Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2})*$")]
    return _message(field.message_type)


def _message(message: Descriptor) -> Any:
    match message.full_name:
        case "google.protobuf.Timestamp":
            wanted = "RFC 3339 with an offset, such as 2026-02-20T09:00:00-05:00"
            schema = WithJsonSchema({"type": "string", "format": "date-time", "description": wanted})
            return Annotated[AwareDatetime, BeforeValidator(_text_only(wanted)), AfterValidator(_in_range), schema]
        case "google.type.Date":
            wanted = "a date, YYYY-MM-DD"
            return Annotated[
                date, BeforeValidator(_date_text(wanted)), WithJsonSchema({"type": "string", "format": "date"})
            ]
        case "google.type.TimeOfDay":
            schema = WithJsonSchema({"type": "string", "pattern": f"^({_TIME_OF_DAY.pattern})$"})
            return Annotated[str, AfterValidator(_time_of_day), schema]
        case _:
            return input_model(message)


def _text(rules: validate_pb2.FieldRules, *, ignore: bool) -> Any:
    text, limits = rules.string, list[Any]()
    if text.uuid:
        limits.append(Field(pattern=UUID_PATTERN, json_schema_extra={"format": "uuid"}))
    if text.email:
        limits.append(Field(json_schema_extra={"format": "email"}))
    if text.min_len and not ignore:
        limits.append(MinLen(text.min_len))
    if text.max_len:
        limits.append(MaxLen(text.max_len))
    if text.pattern:
        limits.append(Field(pattern=text.pattern))
    return Annotated[str, AfterValidator(_storable), *limits]


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain U+0000")
    return text


def _in_range(instant: datetime) -> datetime:
    if not 1 < instant.year < 9999:  # an offset may carry it over the edge of what can be told
        raise ValueError("must be between the years 2 and 9998")
    return instant


def _text_only(wanted: str) -> Any:
    def check(value: object) -> object:
        if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d[Tt ]", value):
            raise ValueError(f"must be {wanted}")
        return value

    return check


def _date_text(wanted: str) -> Any:
    def check(value: object) -> object:
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            raise ValueError(f"must be {wanted}")
        return value

    return check


def _time_of_day(text: str) -> str:
    if not _TIME_OF_DAY.fullmatch(text):
        raise ValueError("must be a time of day, HH:MM, 00:00 to 24:00")
    return text


def _unique(items: list[Any]) -> list[Any]:
    if len(set(items)) != len(items):
        raise ValueError("must not contain anything twice")
    return items


def _split(items: object) -> object:
    """providerIds=a,b is the same as providerIds=a&providerIds=b."""
    if not isinstance(items, list):
        return items
    return [part for item in items for part in (item.split(",") if isinstance(item, str) else [item]) if part]


def _range(kind: int) -> tuple[int, int]:
    if kind in _SIGNED_32:
        return -(2**31), 2**31 - 1
    if kind in _UNSIGNED_32:
        return 0, 2**32 - 1
    return (-_SAFE_INTEGER if kind in _SIGNED_64 else 0), _SAFE_INTEGER


@cache
def output_model(message: Descriptor) -> type[BaseModel]:
    """What is answered: every field is always there. For the documentation only; encoders write the answers."""
    fields: dict[str, Any] = {}
    for field in message.fields:
        type_ = _output_type(field)
        if (
            (field.has_presence and not field.is_repeated)
            or is_reference(field)
            or (field.enum_type is not None and not field.is_repeated)
        ):
            type_ = type_ | None
        fields[field.name] = (type_, _documented(field))
    config = ConfigDict(json_schema_extra={"example": examples.output(message)})
    return create_model(message.name, __config__=config, __doc__=comment(message.full_name) or None, **fields)


def _documented(field: FieldDescriptor) -> FieldInfo:
    info: FieldInfo = Field(alias=field.json_name, description=comment(field.full_name) or None)
    return info


def _output_type(field: FieldDescriptor) -> Any:
    one = _one_output(field)
    if not field.is_repeated:
        return one
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return dict[str, _one_output(field.message_type.fields_by_name["value"])]  # type: ignore[misc]
    return list[one]  # type: ignore[valid-type]


def _one_output(field: FieldDescriptor) -> Any:
    kind = field.type
    if kind == FieldDescriptor.TYPE_ENUM:
        return Literal[tuple(enum_names(field.enum_type).values())]
    if kind == FieldDescriptor.TYPE_BOOL:
        return bool
    if kind in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        return float
    if kind in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
        return str
    if kind != FieldDescriptor.TYPE_MESSAGE:
        return int
    match field.message_type.full_name:
        case "google.protobuf.Timestamp":
            return datetime
        case "google.type.Date":
            return date
        case "google.type.TimeOfDay":
            return str
        case _:
            return output_model(field.message_type)
