"""Answers as HTTP: JSON, ETag, and how long they may be kept."""

import hashlib
from collections.abc import Callable
from typing import Any, Final

import orjson
from ambulo.options.v1 import options_pb2
from chassis.contract import Rpc, shows
from fastapi import Request, Response
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.transcode.codec import encoder

_KEPT: Final = 500
_KEPT_BYTES: Final = 128 * 1024


class Writer:
    """Of the answers of one route."""

    def __init__(self, rpc: Rpc, *, creates: bool, often: bool) -> None:
        response = rpc.method.output_type
        self._reads_only = rpc.reads_only
        self._encode = encoder(response)
        self._empty = response.full_name == "google.protobuf.Empty"
        self.status = 204 if self._empty else 201 if creates else 200
        self._version_path = _version_path(response)
        self._cache_control = _cache_control(rpc, secret=any(_is_secret(f) for f in response.fields))
        self._known: dict[int, tuple[Any, bytes, str]] | None = {} if often else None

    def respond(self, request: Request, answer: Any) -> Response:
        headers = {"Cache-Control": self._cache_control}
        if self._empty:
            return Response(None, self.status, headers)
        body, etag = self._written(answer) if self._known is None else self._written_once(answer, self._known)
        if etag:
            headers["ETag"] = etag
        if self._reads_only and matches(request.headers.get("if-none-match"), etag):
            return Response(None, 304, headers)
        return Response(body, self.status, headers, media_type="application/json")

    def _written(self, answer: Any) -> tuple[bytes, str]:
        """As JSON, with its ETag."""
        value = self._encode(answer)
        body = orjson.dumps(value)
        if self._version_path is not None:
            return body, f'"{self._version_path(answer)}"'
        if not self._reads_only:
            return body, ""
        # Metadata says when and how fast it was answered, which is no other answer.
        lasting = orjson.dumps(value | {"metadata": None}) if "metadata" in value else body
        return body, f'W/"{hashlib.blake2b(lasting, digest_size=12).hexdigest()}"'

    def _written_once(self, answer: Any, known: dict[int, tuple[Any, bytes, str]]) -> tuple[bytes, str]:
        """While nothing has changed, the same question is answered with the same message: then it is the same JSON."""
        found = known.get(id(answer))
        if found is not None and found[0] is answer:
            return found[1:]
        body, etag = self._written(answer)
        if len(body) <= _KEPT_BYTES:
            if len(known) >= _KEPT:
                del known[next(iter(known))]
            # With the message itself: while it is kept, no other can have its place.
            known[id(answer)] = (answer, body, etag)
        return body, etag


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
