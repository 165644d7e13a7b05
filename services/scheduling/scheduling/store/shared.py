"""What one process has read, for the others: months in Valkey, by version. Without Valkey everything is read again."""

import time
import zlib
from collections.abc import Hashable, Iterator, Sequence
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError
from tracing import logger

from scheduling.domain.rules import Visit

log = logger(__name__)

_KEPT_S: Final = 3600
_AWAY_S: Final = 5.0
# Whoever computes months by other rules must not meet these.
_FORM: Final = f"months/3/{version('tzdata')}/{version('holidays')}"
_PUT: Final = "for n, key in ipairs(KEYS) do redis.call('SET', key, ARGV[n + 1], 'EX', ARGV[1]) end"

Place = tuple[Hashable, Hashable]
"""A key, and the version in which it counts."""


class Shared:
    """One command to look up, one to add, however many months. After a failure it is left alone for some seconds."""

    def __init__(self, url: str) -> None:
        self._valkey = Redis.from_url(url, socket_timeout=0.2, socket_connect_timeout=0.2)
        self._put = self._valkey.register_script(_PUT)
        self._away_until = 0.0

    async def get(self, places: Sequence[Place]) -> list[Any]:
        """None for those that are not there."""
        if time.monotonic() < self._away_until:
            return [None] * len(places)
        try:
            found = await self._valkey.mget([_name(place) for place in places])
            return [_decoded(each) if isinstance(each, bytes) else None for each in found]
        except (RedisError, OSError, zlib.error, ValueError) as failure:
            self._leave_alone(failure)
            return [None] * len(places)

    async def put(self, months: Sequence[tuple[Place, Any]]) -> None:
        if time.monotonic() < self._away_until:
            return
        try:
            await self._put([_name(place) for place, _ in months], [_KEPT_S, *(_encoded(value) for _, value in months)])
        except (RedisError, OSError) as failure:
            self._leave_alone(failure)

    async def close(self) -> None:
        await self._valkey.aclose()

    def _leave_alone(self, failure: Exception) -> None:
        self._away_until = time.monotonic() + _AWAY_S
        log.warning("valkey is away, months are read from the tables", cause=type(failure).__name__)


def _name(place: Place) -> str:
    return f"scheduling/{_FORM}/{place}"


def _encoded(value: Any) -> bytes:
    """A mask, a tuple of masks, or visits: as whole numbers, each with its length before it."""
    match value:
        case int():
            numbers, kind = [value], b"m"
        case (Visit(), *_):
            numbers, kind = [number for each in value for number in _facts(each)], b"v"
        case _:
            numbers, kind = list(value), b"t"
    octets = (int(number).to_bytes((int(number).bit_length() + 7) // 8, "little") for number in numbers)
    # Masks are long runs of the same bit.
    return kind + zlib.compress(b"".join(len(each).to_bytes(4, "little") + each for each in octets), 1)


def _decoded(stored: bytes) -> Any:
    numbers = list(_numbers(zlib.decompress(stored[1:])))
    match stored[:1]:
        case b"m":
            return numbers[0]
        case b"v":
            return tuple(_visit(*facts) for facts in zip(*[iter(numbers)] * 7, strict=True))
        case _:
            return tuple(numbers)


def _facts(it: Visit) -> tuple[int, ...]:
    return (
        it.specialist_id.int, it.location_id.int, it.starts, it.ends, it.is_first,
        it.session_id.int if it.session_id else 0, it.room_id.int if it.room_id else 0,
    )  # fmt: skip


def _visit(specialist: int, location: int, starts: int, ends: int, first: int, session: int, room: int) -> Visit:
    return Visit(
        UUID(int=specialist), UUID(int=location), starts, ends, is_first=bool(first),
        session_id=UUID(int=session) if session else None, room_id=UUID(int=room) if room else None,
    )  # fmt: skip


def _numbers(octets: bytes) -> Iterator[int]:
    at = 0
    while at < len(octets):
        size = int.from_bytes(octets[at : at + 4], "little")
        yield int.from_bytes(octets[at + 4 : at + 4 + size], "little")
        at += 4 + size
