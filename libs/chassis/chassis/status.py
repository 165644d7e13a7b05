"""Failures to and from google.rpc.Status, the form in which every gRPC client knows them."""

from typing import Final

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status
from tracing import logger

from chassis.errors import (
    Conflict,
    DeadlineExceeded,
    Denied,
    DomainError,
    Exhausted,
    FieldViolation,
    Internal,
    Invalid,
    NotFound,
    Refused,
    Stale,
    Unauthenticated,
    Unavailable,
    kind_of,
)

log = logger(__name__)

CODES: Final[dict[type[DomainError], int]] = {
    Invalid: code_pb2.INVALID_ARGUMENT,
    Unauthenticated: code_pb2.UNAUTHENTICATED,
    Denied: code_pb2.PERMISSION_DENIED,
    NotFound: code_pb2.NOT_FOUND,
    Conflict: code_pb2.ALREADY_EXISTS,
    Stale: code_pb2.ABORTED,
    Refused: code_pb2.FAILED_PRECONDITION,
    Exhausted: code_pb2.RESOURCE_EXHAUSTED,
    Unavailable: code_pb2.UNAVAILABLE,
    DeadlineExceeded: code_pb2.DEADLINE_EXCEEDED,
    Internal: code_pb2.INTERNAL,
}
_KINDS: Final = {code: kind for kind, code in CODES.items()}
_DOMAIN: Final = "ambulo"
_TITLE: Final = "title"


def to_status(error: DomainError) -> status_pb2.Status:
    status = status_pb2.Status(code=CODES[kind_of(error)], message=error.detail)
    details: list[object] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=_DOMAIN, metadata={**error.facts, _TITLE: error.title})
    ]
    if error.fields:
        details.append(
            error_details_pb2.BadRequest(
                field_violations=[
                    error_details_pb2.BadRequest.FieldViolation(field=f.field, description=f.description)
                    for f in error.fields
                ]
            )
        )
    if error.retry_after is not None:
        delay = Duration()
        delay.FromNanoseconds(round(error.retry_after * 1e9))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    for detail in details:
        packed = AnyMessage()
        packed.Pack(detail)  # type: ignore[arg-type]
        status.details.append(packed)
    return status


def from_status(status: status_pb2.Status) -> DomainError:
    """The same kind, reason, title and detail; a code that is none of ours is Internal."""
    fields: list[FieldViolation] = []
    retry_after: float | None = None
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        bad, retry = error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
        if detail.Unpack(bad):
            fields = [FieldViolation(v.field, v.description) for v in bad.field_violations]
        elif detail.Unpack(retry):
            retry_after = retry.retry_delay.ToNanoseconds() / 1e9
        else:
            detail.Unpack(info)
    kind = _KINDS.get(status.code, Internal)
    facts = dict(info.metadata)
    return remote(kind, info.reason, facts.pop(_TITLE, kind.title))(
        status.message, fields=fields, retry_after=retry_after, facts=facts
    )


_REMOTE: Final[dict[tuple[type[DomainError], str, str], type[DomainError]]] = {}


def remote(kind: type[DomainError], reason: str, title: str) -> type[DomainError]:
    """The class of a failure that happened in another service: our kind, its reason."""
    if not reason or reason == kind.name:
        return kind
    known = _REMOTE.get((kind, reason, title))
    if known is None:
        known = _REMOTE[kind, reason, title] = type(reason, (kind,), {"title": title})
        known.name = reason
    return known


def from_grpc(error: grpc.aio.AioRpcError, service: str) -> DomainError:
    """What a failed gRPC call means. Without details of ours, the transport itself failed."""
    status = rpc_status.from_call(error)
    if status is not None:
        return from_status(status)
    failure: DomainError
    match error.code():
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            failure = DeadlineExceeded(f"{service} did not answer in time")
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED | grpc.StatusCode.UNKNOWN:
            failure = Unavailable(f"{service} cannot be reached right now; try again", retry_after=1)
        case grpc.StatusCode.INTERNAL:
            # Whoever breaks off in the middle may leave this behind; a bug of a service comes with details of ours.
            log.warning("the connection broke", peer=service, code="INTERNAL", details=error.details())
            failure = Unavailable(f"{service} cannot be reached right now; try again", retry_after=1)
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return Invalid("The answer would be too large; ask for less, with `limit`")
        case _:
            return Internal()
    failure.is_transport = True
    return failure
