"""What buf.validate says of a field."""

import re

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor


def rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    rules: validate_pb2.FieldRules = field.GetOptions().Extensions[validate_pb2.field]
    return rules


def is_required(field: FieldDescriptor) -> bool:
    """Only rules make a field required."""
    rules = rules_of(field)
    if rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE:
        return False
    text, enum = rules.string, rules.enum
    pattern_refuses_empty = text.HasField("pattern") and re.search(text.pattern, "") is None
    not_zero = 0 in enum.not_in or (bool(getattr(enum, "in")) and 0 not in getattr(enum, "in"))
    return bool(
        rules.required
        or text.uuid
        or text.email
        or text.min_len
        or pattern_refuses_empty
        or not_zero
        or rules.repeated.min_items
        or rules.uint32.gte
    )


def allows(rules: validate_pb2.FieldRules, value: int) -> bool:
    """Whether an enum field may have this value."""
    chosen = getattr(rules.enum, "in")
    return value in chosen if chosen else value not in rules.enum.not_in
