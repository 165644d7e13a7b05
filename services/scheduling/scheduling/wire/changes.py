"""A change as the request of the RPC that makes it."""

from collections.abc import Mapping
from typing import TypeVar

from google.protobuf.message import Message

R = TypeVar("R", bound=Message)


def as_request(request: R, given: Message, names: Mapping[str, str] | None = None) -> R:
    """Filled with what is given: the fields are called the same, but for those that `names` tells."""
    for field, value in given.ListFields():
        name = (names or {}).get(field.name, field.name)
        if field.is_repeated:
            getattr(request, name).extend(value)
        elif field.message_type is not None:
            getattr(request, name).CopyFrom(value)
        else:
            setattr(request, name, value)
    return request
