"""Serving the application with Granian, on the loop that is already running: a process may hold services beside it."""

import asyncio
import socket
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server as Granian


class Server:
    """Ready when `start` returns; `stop` lets requests in flight end."""

    def __init__(self, app: Any, host: str, port: int) -> None:
        self.host = host
        self.port = port or _free_port(host)
        self._server = Granian(
            app, host, self.port, interface=Interfaces.ASGINL, log_enabled=False, websockets=True, backlog=1024
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve())
        for _ in range(500):
            if self._task.done():
                await self._task
                raise RuntimeError("the HTTP server ended before it began")
            try:
                _, writer = await asyncio.open_connection(self.host.replace("0.0.0.0", "127.0.0.1"), self.port)  # noqa: S104
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return
        raise RuntimeError(f"nothing listens on port {self.port}")

    async def stop(self) -> None:
        self._server.stop()  # type: ignore[no-untyped-call]
        if self._task is not None:
            await self._task


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
