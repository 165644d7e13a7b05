"""Serving any set of services, and the gateway beside them, in this process."""

import gc
from collections.abc import Sequence
from contextlib import AsyncExitStack

import gateway
from chassis.health import DebugPort
from chassis.peers import Peers
from chassis.process import Process, configure, until_told_to_stop
from chassis.rpc import Endpoint
from chassis.settings import Settings
from chassis.streams import Streams
from tracing import shutdown_traces

from suite.services import GATEWAY, SERVICES


async def serve(names: Sequence[str], only: str) -> None:
    """Until SIGTERM or SIGINT: the gateway stops first, so that nobody is sent to what is no longer there."""
    settings = Settings()  # type: ignore[call-arg]  # from the environment
    configure("+".join(names), settings)
    local: dict[str, Endpoint] = {}
    services = [SERVICES[name] for name in names if name != GATEWAY]
    process = Process(services, settings, only, local) if services else None
    edge = AsyncExitStack()
    debug = DebugPort(settings.debug_host, settings.debug_port, dict) if process is None else None
    try:
        if debug is not None:
            debug.start()
        if process is not None:
            await process.start()
        if GATEWAY in names:
            await _start_gateway(edge, settings, process, local)
        # What is there now stays; looking through it at every collection would cost each request a little.
        gc.collect()
        gc.freeze()
        # A request leaves few cycles behind: looking for them a thirtieth as often saves it four percent.
        gc.set_threshold(20_000, 20, 100)
        await until_told_to_stop()
    finally:
        await edge.aclose()
        if process is not None:
            await process.stop()
        if debug is not None:
            debug.stop()
        shutdown_traces()


async def _start_gateway(
    edge: AsyncExitStack, settings: Settings, process: Process | None, local: dict[str, Endpoint]
) -> None:
    async def ready() -> dict[str, str]:
        return process.missing() if process is not None else {}

    own = gateway.Settings()
    peers, streams = Peers(GATEWAY, settings, local), Streams(settings.nats_url, GATEWAY)
    app = gateway.build(peers, own, ready, streams, settings.valkey_url)
    edge.push_async_callback(app.state.gate.close)
    realtime: gateway.Realtime = app.state.realtime
    realtime.start()
    server = gateway.Server(app, own.http_host, own.http_port, own.realtime_connections)
    await server.start()
    edge.push_async_callback(server.stop)
    if own.realtime_port:
        sockets = gateway.LeanSockets(realtime, own.http_host, own.realtime_port, own.trusted_proxies)
        await sockets.start()
        edge.push_async_callback(sockets.stop)
    # First of all, so that clients hear of it.
    edge.push_async_callback(realtime.stop)
