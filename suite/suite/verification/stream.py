"""A context's stream from its beginning to where it is now, without waiting for what is not there."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis.streams import Streams
from chassis.tail import Heard, Interrupted, follow
from nats.js.errors import NotFoundError

_FOREVER = timedelta(days=100 * 366)


@dataclass(frozen=True, slots=True)
class Extent:
    """Of a stream as it was a moment ago."""

    first: int
    last: int
    """Sequences; an empty stream begins after its end."""
    created_at: datetime
    kept: timedelta
    """For so long it keeps what it has."""

    def begins_at(self, at: datetime) -> datetime:
        """What was published since must be in it."""
        return max(self.created_at, at - self.kept)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Streams]:
    streams = Streams(url, "verify")
    streams.start()
    try:
        yield streams
    finally:
        await streams.close()


async def extent(streams: Streams, context: str) -> Extent | None:
    """None: there is no such stream."""
    jetstream = await streams.jetstream()
    try:
        found = await jetstream.stream_info(context.upper())
    except NotFoundError:
        return None
    assert found.created is not None
    kept = timedelta(seconds=found.config.max_age or 0) or _FOREVER
    return Extent(max(found.state.first_seq, 1), found.state.last_seq, found.created.astimezone(UTC), kept)


async def read(streams: Streams, context: str, wanted: Extent, take: Callable[[Heard], None]) -> None:
    """All between first and last that is still there, in order, each once."""
    at = wanted.first - 1
    while at < wanted.last:
        try:
            async with aclosing(follow(streams, context, after=at)) as following:
                async for heard in following:
                    at = heard.sequence
                    if at <= wanted.last:
                        take(heard)
                    if at >= wanted.last or not heard.waiting:
                        return
        except Interrupted:
            continue
