"""Asking other services: in this process through the same pipeline, elsewhere over gRPC."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any

import grpc
from claims import Claims, Signer
from google.protobuf.message import Message
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential
from tracing import headers, logger

from chassis.again import KNOWN, Known
from chassis.call import Call
from chassis.contract import Rpc, rpcs_of
from chassis.envelope import Envelope
from chassis.errors import DomainError, Unavailable
from chassis.reads import MESSAGE_LIMIT_BYTES, ReadsOut
from chassis.rpc import Endpoint
from chassis.settings import Settings
from chassis.status import from_grpc
from chassis.transport import said_in

log = logger(__name__)

_FAILURES_BEFORE_OPEN = 10
_OPEN_FOR_S = 2.0
_READ_TRIES = 3
_OPTIONS = [
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES),
]


class Peers:
    """The other services, as one of them sees them. Signs what it asks in its own name."""

    def __init__(self, issuer: str, settings: Settings, local: dict[str, Endpoint]) -> None:
        self.issuer = issuer
        self._settings = settings
        self._local = local
        self._signer = Signer(issuer, settings.private_key(issuer))
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._stubs: dict[str, Callable[..., Any]] = {}
        self._reads: dict[str, ReadsOut] = {}
        self._known = Known()
        self._breakers = AsyncCircuitBreakerFactory(default_threshold=_FAILURES_BEFORE_OPEN, default_ttl=_OPEN_FOR_S)
        self._unless_open: dict[str, _UnlessOpen] = {}

    async def call(self, rpc: Rpc, request: Message, envelope: Envelope) -> Message:
        """The answer, or a DomainError. Reads are tried again while the peer cannot be reached."""
        endpoint = self._local.get(rpc.path)
        if endpoint is not None:
            return await endpoint(request, envelope.asked_by(envelope.claims.issued_by(self.issuer)))
        if not rpc.reads_only:
            return await self._write(rpc, request, envelope)
        try:
            return await self._read(rpc, request, envelope)
        except Unavailable as failure:
            if not failure.is_transport:
                # It was there, and has waited for as long as it could.
                raise
            # Once more at once, for the stream may only have been old; then after waits.
            again = AsyncRetrying(
                retry=retry_if_exception(lambda error: isinstance(error, Unavailable) and error.is_transport),
                stop=stop_after_attempt(_READ_TRIES - 1),
                wait=wait_random_exponential(multiplier=0.02, max=0.2),
                reraise=True,
            )
            return await again(self._read, rpc, request, envelope)

    async def _read(self, rpc: Rpc, request: Message, envelope: Envelope) -> Message:
        async with self._unless_open.get(rpc.context) or await self._guard(rpc.context):
            reads = self._reads.get(rpc.context)
            if reads is None:
                reads = self._reads[rpc.context] = ReadsOut(self._channel(rpc.context), rpc.context)
            message, left = request.SerializeToString(), max(envelope.seconds_left(), 0.001)
            known = self._known.find(rpc, message)
            metadata = [*self._metadata(envelope), (KNOWN, known[0] if known else "")]
            said = await reads.ask(rpc.path, message, metadata, left)
            return self._known.answer(rpc, message, known, said)

    async def _write(self, rpc: Rpc, request: Message, envelope: Envelope) -> Message:
        metadata, left = self._metadata(envelope), max(envelope.seconds_left(), 0.001)
        async with self._unless_open.get(rpc.context) or await self._guard(rpc.context):
            try:
                call = self._stub(rpc)(request, metadata=metadata, timeout=left)
                answer: Message = await call
                envelope.said.extend(said_in(await call.trailing_metadata()))
            except grpc.aio.AioRpcError as error:
                raise from_grpc(error, rpc.context) from None
            return answer

    def _metadata(self, envelope: Envelope) -> list[tuple[str, str]]:
        return [("authorization", self._signer.sign(envelope.claims)), *envelope.metadata(), *headers().items()]

    async def _guard(self, context: str) -> "_UnlessOpen":
        breaker = await self._breakers.get_breaker(
            context, exclude=[asyncio.CancelledError, (DomainError, lambda failure: not failure.is_transport)]
        )
        return self._unless_open.setdefault(context, _UnlessOpen(context, breaker))

    def _stub(self, rpc: Rpc) -> Callable[..., Any]:
        stub = self._stubs.get(rpc.path)
        if stub is None:
            stub = self._stubs[rpc.path] = self._channel(rpc.context).unary_unary(
                rpc.path,
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=rpc.response_class.FromString,
            )
        return stub

    def _channel(self, context: str) -> grpc.aio.Channel:
        channel = self._channels.get(context)
        if channel is None:
            channel = self._channels[context] = grpc.aio.insecure_channel(
                self._settings.peer(context), options=_OPTIONS
            )
        return channel

    async def close(self) -> None:
        for reads in self._reads.values():
            reads.close()
        for channel in self._channels.values():
            await channel.close(grace=1)

    def typed(self, protocol: type, service: str) -> Any:
        """An object with the protocol's methods; refuses a protocol that asks for what the contract does not have."""
        known = rpcs_of(service)
        wanted = [name for name, _ in inspect.getmembers(protocol, inspect.isfunction) if not name.startswith("_")]
        for name in wanted:
            if name not in known:
                raise RuntimeError(f"{protocol.__name__} asks for {service}.{name}, which does not exist")
        return _Typed({name: self._ask(known[name]) for name in wanted})

    def _ask(self, rpc: Rpc) -> Callable[[Message, Call], Coroutine[None, None, Message]]:
        async def ask(request: Message, call: Call) -> Message:
            if call.tx.is_open:
                if self._settings.strict:
                    raise RuntimeError(f"{rpc.path} is asked inside a transaction: a slow peer would hold its locks")
                log.error("peer asked inside a transaction", rpc=rpc.path)
            return await self.call(rpc, request, call.envelope.onward(_asker(call).issued_by(self.issuer)))

        return ask


def _asker(call: Call) -> Claims:
    return call.claims if call.clinic_id is None else call.claims.in_clinic(call.clinic_id)


class _UnlessOpen:
    """Fail at once while a peer is known to be down; what it answers, whatever it is, shows that it is not."""

    def __init__(self, context: str, breaker: AbstractAsyncContextManager[object]) -> None:
        self._context = context
        self._breaker = breaker

    async def __aenter__(self) -> None:
        try:
            await self._breaker.__aenter__()
        except OpenedState:
            words = f"{self._context} cannot be reached right now; try again"
            raise Unavailable(words, retry_after=_OPEN_FOR_S) from None

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, where: TracebackType | None
    ) -> None:
        await self._breaker.__aexit__(kind, failure, where)


class _Typed:
    """Methods by name; what `typed` promised."""

    def __init__(self, methods: dict[str, Any]) -> None:
        self.__dict__.update(methods)


__all__ = ["Peers"]
