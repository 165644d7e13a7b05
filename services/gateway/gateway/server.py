"""Serving the application with Granian, on the loop that is already running: a process may hold services beside it."""

import asyncio
import resource
import socket
from typing import Any, Final

from granian.constants import Interfaces
from granian.server.embed import Server as Granian

_REQUESTS_AT_ONCE: Final = 1024


class Server:
    """Ready when `start` returns; `stop` lets requests in flight end.

    `streams` is how many answers may go on for as long as clients like: they are not to keep others from being served.
    """

    def __init__(self, app: Any, host: str, port: int, streams: int = 0) -> None:
        self.host = host
        self.port = port or _free_port(host)
        self._server = Granian(
            app, host, self.port, interface=Interfaces.ASGINL, log_enabled=False, websockets=True, backlog=1024,
            backpressure=_REQUESTS_AT_ONCE + streams,
        )  # fmt: skip
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        _refuse_taken(self.host, self.port)
        _allow_many_files()
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


def _allow_many_files() -> None:
    """Each connection is one; the usual limit is a thousand, and may be raised as far as the machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _refuse_taken(host: str, port: int) -> None:
    """Granian shares a port with whoever has it (SO_REUSEPORT); two gateways would each get half of the requests."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(
                error.errno, f"port {port} is taken; choose another with HTTP_PORT or `ambulo up --port`"
            ) from None


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
