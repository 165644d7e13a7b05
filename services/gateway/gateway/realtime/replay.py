"""Coming back: what was said meanwhile, then what is said from now on, with nothing left out or twice in between."""

import asyncio
from contextlib import aclosing
from typing import Final

from tracing import logger

from gateway.realtime.connection import Connection
from gateway.realtime.cursor import Cursor
from gateway.realtime.frames import Entry
from gateway.realtime.hub import Hub
from gateway.realtime.source import Gone, Source

log = logger(__name__)

_AT_ONCE: Final = 500
_READY_WITHIN_S: Final = 5.0
_OLDER_WITHIN_S: Final = 60.0


async def replay(connection: Connection, cursor: Cursor, hub: Hub, source: Source) -> None:
    """Of all channels it listens to, each from where it heard it last. Live events wait in the ring meanwhile."""
    connection.replaying = True
    try:
        await _catch_up(connection, cursor, hub, source)
    except Exception as why:  # noqa: BLE001  # gone, too much, too slow, or NATS is away: the answer is the same
        log.info("a client fetches anew", cause=type(why).__name__)
        hub.reset_one(connection)
    finally:
        # Nothing is awaited since the ring was found empty: what comes now is live.
        connection.replaying = False


async def _catch_up(connection: Connection, cursor: Cursor, hub: Hub, source: Source) -> None:
    async with asyncio.timeout(_READY_WITHIN_S):
        await source.ready.wait()
        if not await source.is_ahead(cursor):
            raise Gone
    connection.ahead = cursor
    while connection.ended is None:
        if not hub.ring.reaches(cursor):
            async with asyncio.timeout(_OLDER_WITHIN_S), aclosing(source.older(cursor, hub.ring.floor)) as older:
                async for entry in older:
                    await _tell(connection, entry)
                    cursor = cursor.merged(entry.cursor)
            continue
        entries = hub.ring.after(cursor, _AT_ONCE)
        if not entries:
            return
        for entry in entries:
            await _tell(connection, entry)
            cursor = cursor.merged(entry.cursor)
        await asyncio.sleep(0)


async def _tell(connection: Connection, entry: Entry) -> None:
    assert connection.viewer is not None
    if entry.clinic_id != connection.viewer.clinic_id:
        return
    for frame in entry.frames:
        if connection.hears(frame):
            await connection.room()
            connection.offer(frame)
