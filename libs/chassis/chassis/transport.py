"""The gRPC side of the pipeline: bytes and metadata in, Endpoint, bytes or status out."""

import time
from collections.abc import Mapping
from typing import Any

import grpc
from ambulo.options.v1.options_pb2 import RATE_AVAILABILITY
from claims import ANONYMOUS, TokenInvalid, Verifier
from google.protobuf.message import Message
from grpc_status import rpc_status
from tracing import continued

from chassis.again import KNOWN, Written
from chassis.envelope import DEFAULT_TIMEOUT_S, Envelope, Said, parsed, written
from chassis.errors import DomainError, Unauthenticated
from chassis.ids import new_id
from chassis.reads import Answer, ReadsIn
from chassis.rpc import Endpoint
from chassis.status import to_status

_QUESTIONS_KEPT = 2_000


def generic_handlers(endpoints: dict[str, Endpoint], verifier: Verifier) -> list[grpc.GenericRpcHandler]:
    """gRPC handlers made from descriptors, one per proto service; no generated servicer is needed."""
    by_service: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints.values():
        by_service.setdefault(endpoint.rpc.service, {})[endpoint.rpc.name] = grpc.unary_unary_rpc_method_handler(
            _answering(endpoint, verifier),
            request_deserializer=endpoint.rpc.request_class.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
    return [grpc.method_handlers_generic_handler(service, methods) for service, methods in by_service.items()]


def reads_in(endpoints: dict[str, Endpoint], verifier: Verifier) -> ReadsIn:
    """The same RPCs on a stream, as far as they only read."""
    return ReadsIn({path: _reading(each, verifier) for path, each in endpoints.items() if each.rpc.reads_only})


def _answering(endpoint: Endpoint, verifier: Verifier) -> Any:  # the stubs know only synchronous handlers
    async def answer(request: Message, context: grpc.aio.ServicerContext[Message, Message]) -> Message:
        metadata = {key: str(value) for key, value in context.invocation_metadata() or ()}
        try:
            envelope = _envelope(metadata, context.time_remaining(), verifier)
            with continued(metadata):
                message = await endpoint(request, envelope)
            if envelope.said:
                context.set_trailing_metadata((("said", written(envelope.said)),))
            return message
        except DomainError as failure:
            status = rpc_status.to_status(to_status(failure))
            await context.abort(status.code, status.details, status.trailing_metadata)
            raise AssertionError from failure

    return answer


def _reading(endpoint: Endpoint, verifier: Verifier) -> Answer:
    parse, often = endpoint.rpc.request_class.FromString, endpoint.rpc.rate == RATE_AVAILABILITY
    valid: dict[bytes, Message] = {}
    written = Written()

    async def answer(request: bytes, metadata: Mapping[str, str], seconds_left: float) -> bytes:
        envelope = _envelope(metadata, seconds_left, verifier)
        # What is asked often is often asked in the same words; then it is the same message, which nobody may change.
        known = valid.get(request)
        message = parse(request) if known is None else known
        with continued(metadata):
            found = await endpoint(message, envelope, valid=known is not None)
        if often and known is None:
            valid[request] = message
            if len(valid) > _QUESTIONS_KEPT:
                del valid[next(iter(valid))]
        if endpoint.remembers and KNOWN in metadata:
            return written.part(request, found, metadata[KNOWN])
        return found.SerializeToString()

    return answer


def said_in(metadata: Any) -> tuple[Said, ...]:
    """The events that an answer says it has caused."""
    return parsed(next((str(value) for key, value in metadata or () if key == "said"), ""))


def _envelope(metadata: Mapping[str, str], seconds_left: float | None, verifier: Verifier) -> Envelope:
    token = metadata.get("authorization")
    try:
        claims = verifier.verify(token) if token else ANONYMOUS
    except TokenInvalid as error:
        raise Unauthenticated("The internal token is not valid") from error
    return Envelope(
        claims=claims,
        request_id=metadata.get("request-id") or str(new_id()),
        idempotency_key=metadata.get("idempotency-key", ""),
        after=parsed(metadata.get("after", "")),
        deadline=time.monotonic() + (DEFAULT_TIMEOUT_S if seconds_left is None else seconds_left),
    )
