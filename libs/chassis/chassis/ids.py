"""Ids: UUIDv7, so that new rows land at the end of their index."""

from functools import lru_cache
from uuid import UUID

from uuid_utils.compat import uuid7

_LENGTH = 36


def new_id() -> UUID:
    return uuid7()


def uuid_of(text: str) -> UUID:
    """Of what is read again and again, such as the clinic's in every address. ValueError if it is none."""
    # UUID() takes any number of hyphens: nobody shall fill the memory with them.
    return _known(text) if len(text) == _LENGTH else UUID(text)


@lru_cache(maxsize=10_000)
def _known(text: str) -> UUID:
    return UUID(text)
