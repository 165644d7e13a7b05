"""A process: any set of services on one loop, one gRPC port, one NATS connection. Starts in any order, stops in one."""

import argparse
import asyncio
import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import uvloop
from claims import Verifier
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from tracing import configure_logs, configure_traces, logger, shutdown_traces

from chassis import dead_letters, migrate
from chassis.database import open_pool, refuse_unsafe
from chassis.health import DebugPort
from chassis.outbox import Relay
from chassis.peers import Peers
from chassis.reads import MESSAGE_LIMIT_BYTES, ReadsIn
from chassis.rpc import Endpoint, masked
from chassis.service import Chassis, Service
from chassis.settings import Settings
from chassis.streams import Streams, cancelled, forever
from chassis.transport import generic_handlers, reads_in

log = logger(__name__)

_STOPS_WITHIN_S = 25.0


@dataclass
class Process:
    """Hosts services. `only` splits their work: "rpc" answers requests, "events" relays, hears and ticks."""

    services: Sequence[Service]
    settings: Settings
    only: str = "all"
    local: dict[str, Endpoint] = field(default_factory=dict)
    """Endpoints of this process by gRPC path; peers in the same process are reached through it."""

    def __post_init__(self) -> None:
        self.name = "+".join(service.name for service in self.services)
        self.chassis: list[Chassis] = []
        self.port = 0
        self._streams = Streams(self.settings.nats_url, self.name)
        self._tasks: list[asyncio.Task[None]] = []
        self._health = health.aio.HealthServicer()
        self._server: grpc.aio.Server | None = None
        self._reads: ReadsIn | None = None
        self._debug: DebugPort | None = None

    async def start(self, *, listening: bool = True) -> None:
        """Everything that must be right is checked before the first request is taken."""
        for service in self.services:
            self.chassis.append(await self._assemble(service))
        if not listening:
            return
        self._streams.start()
        if self.only != "events":
            await self._listen()
        if self.only != "rpc":
            self._begin_events()
        if self.settings.debug_port >= 0:
            self._debug = DebugPort(self.settings.debug_host, self.settings.debug_port, self.missing)
            self._debug.start()
        log.info("serving", services=self.name, grpc_port=self.port)

    async def _assemble(self, service: Service) -> Chassis:
        settings = service.settings() if service.settings is not Settings else self.settings  # type: ignore[call-arg]
        pool = await open_pool(settings.database(service.name), settings.pool_size)
        await refuse_unsafe(pool, service.name, migrate.head(service))
        chassis = Chassis(
            name=service.name,
            settings=settings,
            pool=pool,
            events_pool=await open_pool(settings.database(service.name), settings.events_pool_size),
            peers=Peers(service.name, self.settings, self.local),
            relay=Relay(service.name, settings.database_direct(service.name), self._streams),
            streams=self._streams,
        )
        service.build(chassis)
        self.local.update(chassis.endpoints)
        return chassis

    async def _listen(self) -> None:
        self._server = grpc.aio.server(
            options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES)]
        )
        verifier = Verifier(self.settings.public_keys)
        self._reads = reads_in(self.local, verifier)
        self._server.add_generic_rpc_handlers([*generic_handlers(self.local, verifier), self._reads.handler()])
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self.port = self._server.add_insecure_port(self.settings.grpc_listen)
        await self._server.start()
        await self._health.set("", health_pb2.HealthCheckResponse.SERVING)

    def _begin_events(self) -> None:
        for chassis in self.chassis:
            self._begin(forever(chassis.relay.run, f"{chassis.name} relay"))
            for consumer in chassis.consumers:
                self._begin(forever(lambda c=consumer: c.run(self._streams), consumer.name))  # type: ignore[misc]
            for timer in chassis.timers:
                self._begin(timer.run(chassis.name, chassis.pool, chassis.relay.wake))

    def _begin(self, what: object) -> None:
        self._tasks.append(asyncio.create_task(what))  # type: ignore[arg-type]

    def missing(self) -> dict[str, str]:
        """What keeps this process from being ready. NATS is waited for at the start; should it go away later, requests
        are answered as before and their events wait, so nobody is to be sent elsewhere."""
        return {} if self._streams.has_connected else {"nats": "not connected yet"}

    async def stop(self) -> None:
        """Not serving -> no more events and ticks -> requests end -> NATS drained -> pools closed."""
        await self._health.enter_graceful_shutdown()
        await cancelled(self._tasks)
        if self._server is not None and self._reads is not None:
            self._reads.close()
            await self._server.stop(self.settings.stop_grace_s)
        await self._streams.close()
        for chassis in self.chassis:
            try:
                await asyncio.wait_for(chassis.close(), 5)
            except TimeoutError:
                log.warning("did not close in time", service=chassis.name)
        if self._debug is not None:
            self._debug.stop()
        log.info("stopped", services=self.name)


def redacted(value: object) -> object:
    """What a log line may show of a value."""
    return masked(value) if isinstance(value, Message) else value


def configure(process: str, settings: Settings) -> None:
    """Logs and traces, once per process."""
    configure_logs(process=process, form=settings.log_format, level=settings.log_level, redact=redacted)
    configure_traces(process)


async def until_told_to_stop() -> None:
    """SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, told.set)
    await told.wait()
    # Whatever hangs on the way out, the process ends: whoever started it may be gone and cannot help.
    last_resort = threading.Timer(_STOPS_WITHIN_S, os._exit, [1])
    last_resort.daemon = True
    last_resort.start()


async def serve(process: Process) -> None:
    await process.start()
    try:
        await until_told_to_stop()
    finally:
        await process.stop()
        shutdown_traces()


async def redrive(services: Sequence[Service], settings: Settings, event_id: UUID | None) -> tuple[int, int]:
    """Handle dead letters of these services again; how many went well and how many failed."""
    process = Process(services, settings)
    done = failed = 0
    for service in services:
        chassis = await process._assemble(service)  # noqa: SLF001  # the same wiring, without listening
        succeeded, again = await dead_letters.redrive(chassis.pool, chassis.consumers, event_id)
        done, failed = done + succeeded, failed + again
        await chassis.close()
    return done, failed


def main(service: Service) -> None:
    """The command line of one service."""
    parser = argparse.ArgumentParser(prog=f"python -m {service.name}")
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="serve until SIGTERM")
    serving.add_argument("--only", choices=["all", "rpc", "events"], default="all")
    commands.add_parser("migrate", help="bring the database to this code's schema, as its owner")
    commands.add_parser("check", help="check the code against the contract, without any server")
    redriving = commands.add_parser("redrive", help="handle dead letters again")
    redriving.add_argument("event_id", nargs="?", type=UUID, help="one event; all if absent")
    args = parser.parse_args()
    if args.command == "check":
        check(service)
        return
    settings = service.settings()  # type: ignore[call-arg]  # from the environment
    configure(service.name, settings)
    match args.command:
        case "serve":
            uvloop.run(serve(Process([service], settings, only=args.only)))
        case "migrate":
            migrate.upgrade(service, settings.database_owner(service.name))
        case "redrive":
            done, failed = uvloop.run(redrive([service], settings, args.event_id))
            print(f"{done} handled, {failed} failed again")
            raise SystemExit(1 if failed else 0)


def check(service: Service) -> None:
    """The static half of what stops a start: RPCs without method or access, wrong types, unknown events."""
    unwired(service)
    migrate.head(service)


def unwired(service: Service) -> Chassis:
    """The service as its table of contents says, with nothing behind it: to look at, not to run."""
    from unittest.mock import MagicMock

    missing: Any = {
        name: Path() if field.annotation is Path else ""
        for name, field in service.settings.model_fields.items()
        if field.is_required()
    }
    settings = service.settings.model_construct(**missing)
    peers = MagicMock()
    peers.typed = lambda protocol, name: Peers.typed(peers, protocol, name)
    chassis = Chassis(service.name, settings, MagicMock(), MagicMock(), peers, MagicMock(), MagicMock())
    service.build(chassis)
    return chassis
