"""Reading and writing of one client at once, until either side ends it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from gateway.realtime.connection import Connection, End
from gateway.realtime.frames import Frame
from gateway.realtime.realtime import Realtime

CLOSED_WITHIN_S: Final = 5.0


async def carry(
    realtime: Realtime,
    connection: Connection,
    read: Callable[[], Awaitable[None]],
    write: Callable[[Frame], Awaitable[None]],
    close: Callable[[End], Awaitable[None]],
) -> None:
    """`read` returns when the client has gone. An end from this side is written after all that waits; whoever does not
    read that is not waited for."""
    reader = asyncio.current_task()
    assert reader is not None
    woken = asyncio.Event()

    def wake() -> None:
        woken.set()
        if connection.ended is not None:
            # Granian cannot close what is being read.
            reader.cancel()

    connection.wake = wake
    wake()
    writer = asyncio.create_task(_pump(connection, woken, write))
    try:
        await read()
    except asyncio.CancelledError:
        if connection.ended is None:
            raise
        reader.uncancel()
    finally:
        connection.wake = woken.set
        try:
            if connection.ended is not None:
                await _close(writer, connection.ended, close)
        finally:
            if not writer.cancel() and not writer.cancelled():
                # The server says in its own way that the client has gone; it is known by now.
                writer.exception()
            realtime.leave(connection)


async def _pump(connection: Connection, woken: asyncio.Event, write: Callable[[Frame], Awaitable[None]]) -> None:
    """Writes what is queued until the end, and the rest then."""
    while True:
        while connection.queue:
            connection.sending_since = time.monotonic()
            await write(connection.take())
            connection.sending_since = None
        if connection.ended is not None:
            return
        woken.clear()
        await woken.wait()


async def _close(writer: asyncio.Task[None], why: End, close: Callable[[End], Awaitable[None]]) -> None:
    await asyncio.wait({writer}, timeout=CLOSED_WITHIN_S)
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSED_WITHIN_S):
            await close(why)
