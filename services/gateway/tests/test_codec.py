"""Messages to JSON and back, for every message of the contract, against protobuf's own JSON where the two agree."""

from datetime import UTC, date, datetime
from typing import Any

from chassis.contract import rpcs
from gateway.transcode.codec import encoder, enum_names, fill, given
from gateway.transcode.models import input_model
from gateway.transcode.rules import rules_of
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

KINDS = FieldDescriptor
INSTANTS = st.integers(0, 4_000_000_000_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
ANSWERS = sorted({r.method.output_type for r in rpcs() if r.bindings}, key=lambda d: d.full_name)
REQUESTS = sorted({r.method.input_type for r in rpcs() if r.bindings}, key=lambda d: d.full_name)


def values(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        return st.sampled_from(sorted(enum_names(field.enum_type)))
    if field.message_type is not None:
        return messages(field.message_type, depth - 1)
    match field.type:
        case KINDS.TYPE_BOOL:
            return st.booleans()
        case KINDS.TYPE_DOUBLE | KINDS.TYPE_FLOAT:
            return st.floats(allow_nan=False, allow_infinity=False, width=32)
        case KINDS.TYPE_STRING:
            return TEXT
        case KINDS.TYPE_BYTES:
            return st.binary(max_size=8)
        case _:
            return st.integers(0, 2**31 - 1)


def messages(descriptor: Descriptor, depth: int = 3) -> st.SearchStrategy[Message]:
    cls = message_factory.GetMessageClass(descriptor)
    match descriptor.full_name:
        case "google.protobuf.Timestamp":
            return INSTANTS.map(lambda at: _stamp(cls(), at))
        case "google.type.Date":
            return st.dates(date(1900, 1, 1)).map(lambda d: cls(year=d.year, month=d.month, day=d.day))
        case "google.type.TimeOfDay":
            return st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: cls(hours=t[0], minutes=t[1]))
        case _:
            fields = [f for f in descriptor.fields if depth or f.message_type is None]
            return st.fixed_dictionaries({}, optional={
                f.name: st.lists(values(f, depth), max_size=2) if f.is_repeated else values(f, depth) for f in fields
            }).map(lambda chosen: cls(**chosen))  # fmt: skip


def _stamp(message: Any, at: datetime) -> Any:
    message.FromDatetime(at)
    return message


def as_ours(descriptor: Descriptor, plain: Any) -> Any:
    """Protobuf's own JSON, with the exceptions that the codec names."""
    if descriptor.full_name == "google.protobuf.Timestamp":
        return datetime.fromisoformat(plain)
    if descriptor.full_name == "google.type.Date":
        return f"{plain['year']:04}-{plain['month']:02}-{plain['day']:02}"
    if descriptor.full_name == "google.type.TimeOfDay":
        return f"{plain['hours']:02}:{plain['minutes']:02}"
    return {f.json_name: _field_as_ours(f, plain.get(f.json_name)) for f in descriptor.fields}


def _field_as_ours(field: FieldDescriptor, plain: Any) -> Any:
    if field.is_repeated:
        return [_one_as_ours(field, each) for each in plain or []]
    return None if plain is None else _one_as_ours(field, plain)


def _one_as_ours(field: FieldDescriptor, plain: Any) -> Any:
    if field.message_type is not None:
        return as_ours(field.message_type, plain)
    if field.enum_type is not None:
        return enum_names(field.enum_type).get(field.enum_type.values_by_name[plain].number)
    if field.type == KINDS.TYPE_BYTES:
        import base64

        return base64.b64decode(plain).hex()
    if field.type in (KINDS.TYPE_INT64, KINDS.TYPE_UINT64):
        return int(plain)
    empty_reference = plain == "" and (field.name.endswith("_id") or field.name == "next_cursor")
    return None if empty_reference else plain


def comparable(value: Any, descriptor: Descriptor) -> Any:
    """With instants parsed: ours and protobuf's write different numbers of zeros."""
    if descriptor.full_name == "google.protobuf.Timestamp":
        return datetime.fromisoformat(value)
    if not isinstance(value, dict):
        return value
    return {f.json_name: _comparable(value[f.json_name], f) for f in descriptor.fields}


def _comparable(value: Any, field: FieldDescriptor) -> Any:
    if value is None or field.message_type is None:
        return value
    if field.is_repeated:
        return [comparable(each, field.message_type) for each in value]
    return comparable(value, field.message_type)


@settings(max_examples=400)
@for_all(st.sampled_from(ANSWERS + REQUESTS).flatmap(messages))
def test_encoded_as_protobuf_does_but_for_the_exceptions_it_names(message: Message) -> None:
    plain = json_format.MessageToDict(message, always_print_fields_with_no_presence=True)
    ours = encoder(message.DESCRIPTOR)(message)
    assert comparable(ours, message.DESCRIPTOR) == as_ours(message.DESCRIPTOR, plain)


def has_rules(descriptor: Descriptor) -> bool:
    return any(
        rules_of(f).ListFields() or (f.message_type is not None and has_rules(f.message_type))
        for f in descriptor.fields
    )


FREE = [d for d in ANSWERS + REQUESTS if not has_rules(d) and d.fields]


@settings(max_examples=400)
@for_all(st.sampled_from(FREE).flatmap(messages))
def test_what_was_encoded_fills_the_same_message(message: Message) -> None:
    taken = input_model(message.DESCRIPTOR).model_validate(encoder(message.DESCRIPTOR)(message))
    again = type(message)()
    fill(again, given(taken))
    assert encoder(again.DESCRIPTOR)(again) == encoder(message.DESCRIPTOR)(message)


def test_there_are_messages_to_try() -> None:
    assert len(FREE) > 15
