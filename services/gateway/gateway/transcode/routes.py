"""One FastAPI route per HTTP binding of the contract, with a real signature: FastAPI validates and documents."""

import hashlib
import inspect
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from ambulo.options.v1 import options_pb2
from chassis.contract import Binding, Rpc, context_of, rpcs, shows
from chassis.envelope import Envelope
from chassis.errors import Denied, DomainError, FieldViolation, Invalid, NotFound, Unauthenticated
from claims import Actor, Claims
from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request, Response
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from pydantic import BaseModel

from gateway import problems
from gateway.backend import Backend
from gateway.problems import PreconditionRequired, Problem, UnsupportedMediaType
from gateway.recent import Recent
from gateway.session import Sessions
from gateway.transcode import models
from gateway.transcode.codec import encoder, fill, given
from gateway.transcode.comments import comment, summary
from gateway.transcode.rules import is_required

_VERSION: Final = "expected_version"
_PATH_FIELD: Final = re.compile(r"\{(\w+)\}")
_ETAG: Final = re.compile(r'^\s*(?:W/)?"([1-9]\d{0,14})"\s*$')

_WRITTEN: Final[dict[bytes, tuple[bytes, str]]] = {}
_WRITTEN_AT_MOST: Final = 1000

_JSON: Final = ("application/json", "application/merge-patch+json")

Parameter = inspect.Parameter


@dataclass(frozen=True, slots=True)
class Behind:
    """What all routes share."""

    backend: Backend
    sessions: Sessions
    recent: Recent
    timeout_s: float


def add_to(router: APIRouter, behind: Behind) -> None:
    """All of them. More specific paths first is not needed: the contract has no two that match one address. What is
    asked most comes first, since routes are tried in turn."""
    all_rpcs = sorted(rpcs(), key=lambda rpc: rpc.rate != options_pb2.RATE_AVAILABILITY)
    read_paths = {binding.path for rpc in all_rpcs for binding in rpc.bindings if binding.verb == "GET"}
    for rpc in all_rpcs:
        for number, binding in enumerate(rpc.bindings):
            Route(rpc, binding, behind, creates=binding.path in read_paths).add_to(router, number)


class Route:
    """One way to reach one RPC."""

    def __init__(self, rpc: Rpc, binding: Binding, behind: Behind, *, creates: bool) -> None:
        self.rpc = rpc
        self.binding = binding
        self._backend = behind.backend
        self._sessions = behind.sessions
        self._recent = behind.recent
        self._timeout_s = behind.timeout_s
        request, response = rpc.method.input_type, rpc.method.output_type
        self._message: Descriptor = request
        self._in_path = list(_PATH_FIELD.findall(binding.path))
        # POST to a collection makes a new thing, of which nobody can have seen a version.
        versioned = request.fields_by_name.get(_VERSION)
        self._versioned = None if binding.verb == "POST" and creates else versioned
        self._known = {field.json_name for field in request.fields}
        self._encode = encoder(response)
        self._empty = response.full_name == "google.protobuf.Empty"
        self._status = 204 if self._empty else 201 if binding.verb == "POST" and creates else 200
        self._version_path = _version_path(response)
        self._secret = any(_is_secret(f) for f in response.fields)
        self._cache_control = _cache_control(rpc, secret=self._secret)
        self._is_asked_often = rpc.reads_only and rpc.rate == options_pb2.RATE_AVAILABILITY

    def add_to(self, router: APIRouter, number: int) -> None:
        fields = self._message.fields_by_name
        path = _PATH_FIELD.sub(lambda found: "{" + fields[found[1]].json_name + "}", self.binding.path)
        endpoint = self._endpoint()
        endpoint.__signature__ = inspect.Signature(self._parameters(), return_annotation=Response)  # type: ignore[attr-defined]
        router.add_api_route(
            path,
            endpoint,
            methods=[self.binding.verb],
            operation_id=self.rpc.name if number == 0 else f"{self.rpc.name}{self.binding.verb.capitalize()}",
            tags=[context_of(self.rpc.service) + ": " + self.rpc.service.rsplit(".", 1)[1].removesuffix("Service")],
            summary=summary(self.rpc.method.full_name).rstrip("."),
            description=comment(self.rpc.method.full_name).partition("\n")[2].strip() or None,
            status_code=self._status,
            response_class=Response,
            response_model=None,
            responses=self._documented_responses(),
            openapi_extra={"security": [] if self._is_public else [{"bearer": []}]},
        )

    @property
    def _is_public(self) -> bool:
        return self.rpc.access is not None and self.rpc.access.WhichOneof("who") == "public"

    def _endpoint(self) -> Callable[..., Awaitable[Response]]:
        async def endpoint(request: Request, claims: Claims, **values: Any) -> Response:
            try:
                return await self._answer(request, claims, values)
            except DomainError as failure:
                return problems.render(request, failure, self.rpc.context, self._message)

        endpoint.__name__ = self.rpc.name
        return endpoint

    async def _answer(self, request: Request, claims: Claims, values: dict[str, Any]) -> Response:
        message = self.rpc.request_class()
        key, if_match = values.pop("idempotency_key", None), values.pop("if_match", None)
        body = values.pop("body", None)
        if body is not None:
            sent = given(body)
            key = _one_key(key, sent.pop("idempotency_key", None))
            fill(message, sent)
        fill(message, values)
        if self._versioned is not None:
            self._fill_version(message, if_match)
        envelope = Envelope(
            claims=claims,
            request_id=request.scope["request_id"],
            idempotency_key=key or "",
            deadline=time.monotonic() + self._timeout_s,
            after=self._recent.of(claims),
        )
        answer = await self._backend.call(self.rpc, message, envelope)
        if envelope.said:
            self._recent.note(claims, envelope.said)
        return self._respond(request, answer)

    def _respond(self, request: Request, answer: Any) -> Response:
        headers = {"Cache-Control": self._cache_control}
        if self._empty:
            return Response(None, self._status, headers)
        body, etag = self._written_once(answer) if self._is_asked_often else self._written(answer)
        if etag:
            headers["ETag"] = etag
        if self.rpc.reads_only and matches(request.headers.get("if-none-match"), headers["ETag"]):
            return Response(None, 304, headers)
        return Response(body, self._status, headers, media_type="application/json")

    def _written(self, answer: Any) -> tuple[bytes, str]:
        """As JSON, with its ETag."""
        value = self._encode(answer)
        body = orjson.dumps(value)
        if self._version_path is not None:
            return body, f'"{self._version_path(answer)}"'
        if not self.rpc.reads_only:
            return body, ""
        # Metadata says when and how fast it was answered, which is no other answer.
        lasting = orjson.dumps(value | {"metadata": None}) if "metadata" in value else body
        return body, f'W/"{hashlib.blake2b(lasting, digest_size=12).hexdigest()}"'

    def _written_once(self, answer: Any) -> tuple[bytes, str]:
        """Services give the same answer again while nothing has changed; then it is the same JSON."""
        said = answer.SerializeToString()
        known = _WRITTEN.get(said)
        if known is None:
            known = self._written(answer)
            if len(_WRITTEN) >= _WRITTEN_AT_MOST:
                _WRITTEN.pop(next(iter(_WRITTEN)), None)
            _WRITTEN[said] = known
        return known

    def _fill_version(self, message: Any, if_match: str | None) -> None:
        assert self._versioned is not None
        if if_match is None:
            if is_required(self._versioned):
                raise PreconditionRequired("Send If-Match with the ETag of what you read")
            return
        found = _ETAG.match(if_match)
        if found is None:
            wanted = 'must be an ETag that was read before, such as "3"'
            raise Invalid(wanted, fields=[FieldViolation(_VERSION, wanted)])
        setattr(message, _VERSION, int(found[1]))

    def _parameters(self) -> list[Parameter]:
        """In the order: claims, path, query, headers, body."""
        fields = self._message.fields_by_name
        found = [
            _parameter("request", Request),
            _parameter("claims", Annotated[Claims, Depends(self._claims())]),
        ]
        for name in self._in_path:
            documented = Path(alias=fields[name].json_name, description=comment(fields[name].full_name) or None)
            type_ = models.input_type(fields[name], strict=False)
            found.append(_parameter(name, Annotated[type_, documented]))
        if not self.binding.has_body:
            found += [_query(f) for f in self._message.fields if f.name not in (*self._in_path, _VERSION)]
        if self._versioned is not None:
            text = "The ETag of the version you saw."
            found.append(
                _parameter("if_match", Annotated[str | None, Header(alias="If-Match", description=text)], None)
            )
        if not self.rpc.reads_only and not self._is_public:
            text = "Chosen by you; the same key and request within a day is answered from the first answer."
            header = Header(alias="Idempotency-Key", description=text, max_length=255, pattern=r"^[!-~]+$")
            found.append(_parameter("idempotency_key", Annotated[str | None, header], None))
        if self.binding.has_body:
            without = frozenset({*self._in_path, _VERSION, *self._not_on_post()})
            model = models.input_model(self._message, without, () if self._is_public else ("idempotency_key",))
            found.append(_parameter("body", Annotated[model, Body()]))
        return found

    def _not_on_post(self) -> set[str]:
        """The id that PUT has in its path is not taken from the body of POST: POST makes a new one."""
        others = {name for each in self.rpc.bindings for name in _PATH_FIELD.findall(each.path)}
        return others - set(self._in_path)

    def _claims(self) -> Callable[[Request], Awaitable[Claims]]:
        """Before anything is said about the rest of the request: is this caller to be answered at all?"""
        access = self.rpc.access
        assert access is not None
        who = access.WhichOneof("who")

        async def admitted(request: Request) -> Claims:
            found = await claims(request)
            _require_known(request, self._known)
            if self.binding.has_body:
                _require_json(request)
            return found

        async def claims(request: Request) -> Claims:
            found = await self._sessions.claims(request.headers.get("authorization"))
            if who == "public":
                return found
            if not found.signed_in:
                raise Unauthenticated
            _require_scope(request, found)
            if who == "permission" and not found.may(access.permission):
                raise Denied(f"This needs the permission {access.permission}")
            return found

        return admitted

    def _documented_responses(self) -> dict[int | str, dict[str, Any]]:
        statuses = {400, 401, 404, 422, 503}
        if not self._is_public:
            statuses.add(403)
        if not self.rpc.reads_only:
            statuses |= {409, 413, 415, 429}
        if self._versioned is not None:
            statuses |= {412, 428} if is_required(self._versioned) else {412}
        reasons = f" Reasons: {', '.join(self.rpc.fails_with)}." if self.rpc.fails_with else ""
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        documented: dict[int | str, dict[str, Any]] = {
            status: {"description": f"A problem document.{reasons}", "content": content} for status in sorted(statuses)
        }
        documented["default"] = {"description": "Any other problem.", "model": Problem, "content": content}
        if self._empty:
            documented[204] = {"description": "Done."}
        else:
            model: type[BaseModel] = models.output_model(self.rpc.method.output_type)
            documented[self._status] = {
                "description": summary(self.rpc.method.output_type.full_name) or "Done.",
                "model": model,
            }
            if self.rpc.reads_only:
                documented[304] = {"description": "It is as you know it (If-None-Match)."}
        return documented


def _require_json(request: Request) -> None:
    """FastAPI takes a body of another media type for text, and would complain of its form."""
    sent = request.headers.get("content-type", "")
    empty = request.headers.get("content-length") == "0"
    if not empty and sent.split(";")[0].strip().lower() not in _JSON:
        raise UnsupportedMediaType("Send Content-Type: application/json")


def _require_known(request: Request, known: set[str]) -> None:
    """A parameter with a slip of the pen would be ignored, and the answer be to another question."""
    if request.scope["query_string"]:
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            raise Invalid(fields=[FieldViolation(name, "is not known here") for name in unknown])


def _require_scope(request: Request, claims: Claims) -> None:
    """The URL's clinic must be the token's; another one does not exist for this caller."""
    named = request.path_params.get("clinicId")
    if named is None or claims.actor is Actor.SYSTEM:
        return
    try:
        here = UUID(named) == claims.clinic_id
    except ValueError:
        here = False
    if not here:
        raise NotFound("There is no such clinic, or you do not act for it")


def _parameter(name: str, annotation: Any, default: Any = Parameter.empty) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _query(field: FieldDescriptor) -> Parameter:
    type_ = models.input_type(field, strict=False)
    documented = Query(alias=field.json_name, description=comment(field.full_name) or None)
    if is_required(field):
        return _parameter(field.name, Annotated[type_, documented])
    return _parameter(field.name, Annotated[type_ | None, documented], None)


def _one_key(header: str | None, body: str | None) -> str | None:
    if header and body and header != body:
        raise Invalid(
            "Idempotency-Key and idempotencyKey differ",
            fields=[FieldViolation("idempotency_key", "differs from the header")],
        )
    return header or body


def _version_path(message: Descriptor) -> Callable[[Any], int] | None:
    """Where the version of an answer is: in it, or in the one thing it contains."""
    if "version" in message.fields_by_name:
        return lambda answer: int(answer.version)
    if len(message.fields) == 1 and not message.fields[0].is_repeated and message.fields[0].message_type is not None:
        name, inner = message.fields[0].name, message.fields[0].message_type
        if "version" in inner.fields_by_name:
            return lambda answer: int(getattr(answer, name).version)
    return None


def _is_secret(field: FieldDescriptor) -> bool:
    return bool(field.GetOptions().Extensions[options_pb2.data_class] == options_pb2.SECRET)


def _cache_control(rpc: Rpc, *, secret: bool) -> str:
    if not rpc.reads_only or secret:
        return "no-store"
    if rpc.rate == options_pb2.RATE_AVAILABILITY:
        return "private, max-age=30, must-revalidate"
    public = rpc.access is not None and rpc.access.WhichOneof("who") == "public"
    if public and not shows(rpc.method.output_type, options_pb2.PERSONAL):
        return "public, max-age=300"
    return "private, no-cache"


def matches(if_none_match: str | None, etag: str) -> bool:
    """RFC 9110 section 13.1.2: weak comparison, a list, or anything."""
    if not if_none_match:
        return False
    bare = etag.removeprefix("W/")
    return if_none_match.strip() == "*" or any(
        each.strip().removeprefix("W/") == bare for each in if_none_match.split(",")
    )
