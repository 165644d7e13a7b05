"""Calendar feeds: a secret address that calendar programs read, without signing in (RFC 5545 over HTTP)."""

import asyncio
import hashlib
import re
import time
from typing import Final

from ambulo.booking.v1 import feeds_pb2
from ambulo.catalog.v1 import public_pb2
from chassis.contract import rpcs_of
from chassis.envelope import Envelope
from chassis.errors import DomainError, NotFound
from claims import system
from fastapi import APIRouter, Request, Response
from tracing import logger

from gateway import ical, problems
from gateway.backend import Backend
from gateway.limits import Gate
from gateway.middleware import shown
from gateway.session import ISSUER
from gateway.transcode.written import matches

log = logger(__name__)

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,200}")
_READ: Final = rpcs_of("ambulo.booking.v1.FeedService")["ReadFeed"]
_NAMES: Final = rpcs_of("ambulo.catalog.v1.PublicService")["GetClinicPage"]


class FeedGone(NotFound):
    title = "This calendar feed does not exist, or not any more"


def add_to(router: APIRouter, backend: Backend, gate: Gate, timeout_s: float) -> None:
    found = APIRouter(include_in_schema=False)

    @found.api_route("/feeds/{token}.ics", methods=["GET", "HEAD"])
    async def feed(request: Request, token: str) -> Response:
        # In the gateway's own name: who reads is whoever has the address.
        asked = Envelope(
            claims=system(ISSUER), request_id=request.scope["request_id"], deadline=time.monotonic() + timeout_s
        )
        try:
            await gate.admit_nobody(request.scope)
            content = await _content(backend, token, asked)
            page = await _names(backend, content.clinic_id, asked)
        except DomainError as failure:
            masked = Request({**request.scope, "path": shown(request.url.path)})
            return problems.render(masked, failure, _READ.context)
        # Two thousand appointments take a while, and others wait on this loop.
        return _respond(request, await asyncio.to_thread(ical.written, content, page))

    router.routes.extend(found.routes)


async def _content(backend: Backend, token: str, asked: Envelope) -> feeds_pb2.FeedContent:
    try:
        if not _TOKEN.fullmatch(token):
            raise NotFound
        content = await backend.call(_READ, feeds_pb2.ReadFeedRequest(token=token), asked)
    except NotFound:
        raise FeedGone("It was revoked, or the address is not complete; make a new feed and subscribe to it") from None
    assert isinstance(content, feeds_pb2.FeedContent)
    return content


async def _names(backend: Backend, clinic_id: str, asked: Envelope) -> public_pb2.ClinicPage:
    """Times are right without names, too."""
    try:
        page = await backend.call(_NAMES, public_pb2.GetClinicPageRequest(clinic_id=clinic_id), asked)
    except DomainError as failure:
        log.warning("a feed without names", reason=failure.reason, request_id=asked.request_id)
        return public_pb2.ClinicPage()
    assert isinstance(page, public_pb2.ClinicPage)
    return page


def _respond(request: Request, body: bytes) -> Response:
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=300"}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(None, 304, headers)
    headers |= {
        "Content-Disposition": 'inline; filename="appointments.ics"',
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Length": str(len(body)),
    }
    return Response(body if request.method == "GET" else b"", 200, headers)
