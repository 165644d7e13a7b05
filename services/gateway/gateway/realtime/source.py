"""Where events come from: the newest of both streams as they are said, and older ones for who was away for longer."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from chassis import clock
from chassis.streams import Streams, forever
from chassis.tail import Heard, extent, follow
from tracing import logger

from gateway.realtime.cursor import STREAMS, WHOLE, Cursor
from gateway.realtime.frames import Entry
from gateway.realtime.hub import Hub

log = logger(__name__)

_READERS_AT_MOST: Final = 4


class Gone(Exception):
    """What is asked for is not kept any more, or is more than is read again."""


class Source:
    """One reader a stream. It goes on from the last event it has heard, however long NATS was away."""

    def __init__(self, streams: Streams, hub: Hub, *, fill: int, older_most: int) -> None:
        self._streams = streams
        self._hub = hub
        self._fill = fill
        self._older_most = older_most
        self._reached: dict[str, int] = {}
        """What was there at the start of this process: for who resumes, and for nobody else."""
        self._readers = asyncio.Semaphore(_READERS_AT_MOST)
        self.ready = asyncio.Event()
        """The order of events is known."""

    def start(self) -> list[asyncio.Task[None]]:
        return [
            asyncio.create_task(forever(lambda s=stream: self._run(s), f"realtime {context}"))  # type: ignore[misc]
            for stream, context in STREAMS.items()
        ]

    async def _run(self, stream: str) -> None:
        after = await self._begin(stream)
        self._note_ready(stream, after)
        async with aclosing(follow(self._streams, STREAMS[stream], after)) as events:
            async for heard in events:
                entry = _entry(stream, heard, self._hub.ring.position)
                if heard.sequence > self._reached[stream]:
                    self._hub.deliver(entry)
                else:
                    self._hub.remember(entry)
                    self._note_ready(stream, heard.sequence)

    async def _begin(self, stream: str) -> int:
        there = await extent(self._streams, STREAMS[stream])
        if stream not in self._reached:
            self._reached[stream] = there.last
            after = max(there.first - 1, there.last - self._fill)
            self._hub.ring.begin(stream, after, self._hub.now())
            return after
        position = self._hub.ring.position.at(stream)[0]
        if there.first - 1 <= position <= there.last:
            return position
        log.warning("a stream is not the one it was", stream=STREAMS[stream], position=position, last=there.last)
        self._hub.ring.restart(stream, there.last, self._hub.now())
        self._hub.reset()
        return there.last

    def _note_ready(self, stream: str, sequence: int) -> None:
        """Whoever listened before has missed what was said since then, and nobody knows what."""
        if self.ready.is_set() or sequence < self._reached[stream]:
            return
        position = self._hub.ring.position
        if all(each in self._reached and position.at(each)[0] >= self._reached[each] for each in STREAMS):
            self.ready.set()
            self._hub.reset()

    async def older(self, cursor: Cursor, until: Cursor) -> AsyncGenerator[Entry, None]:
        """From the streams themselves; Gone if that cannot be."""
        if sum(max(0, until.at(each)[0] - cursor.at(each)[0]) for each in STREAMS) > self._older_most:
            raise Gone
        async with self._readers:
            for stream, context in STREAMS.items():
                after, goal = _heard_whole(cursor, stream), until.at(stream)[0]
                if after >= goal:
                    continue
                there = await extent(self._streams, context)
                if there.first - 1 > after or there.last < goal:
                    raise Gone
                async with aclosing(follow(self._streams, context, after)) as events:
                    async for heard in events:
                        entry = _entry(stream, heard, cursor)
                        cursor = entry.cursor
                        yield entry
                        if heard.sequence >= goal:
                            break

    async def is_ahead(self, cursor: Cursor) -> bool:
        """Whether somebody can have been there: another process may be a little ahead of this one."""
        for stream, context in STREAMS.items():
            asked = cursor.at(stream)[0]
            if asked > self._hub.ring.position.at(stream)[0] and asked > (await extent(self._streams, context)).last:
                return False
        return True


def _heard_whole(cursor: Cursor, stream: str) -> int:
    sequence, messages = cursor.at(stream)
    return sequence if messages == WHOLE else sequence - 1


def _entry(stream: str, heard: Heard, before: Cursor) -> Entry:
    """What is not an event of ours is nobody's, but has its place."""
    it = heard.delivery
    if it is None:
        return Entry(stream, heard.sequence, before, "", "", clock.now(), b"")
    clinic_id = str(it.clinic_id) if it.clinic_id is not None else ""
    return Entry(stream, heard.sequence, before, heard.subject, clinic_id, it.occurred_at, it.payload)
