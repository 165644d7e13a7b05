"""Around every request: its id, its size, and what the answer's headers always say. Pure ASGI."""

import re
from typing import Final

from chassis.ids import new_id
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tracing import continued, span

from gateway import problems
from gateway.problems import BodyTooLarge

_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS: Final = [
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_API_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_DOCS_POLICY: Final = (
    b"content-security-policy",
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    b" connect-src 'self'; frame-ancestors 'none'",
)


class Edge:
    """Request id in and out, a span, security headers, and a limit on bodies that also holds for chunked ones."""

    def __init__(self, app: ASGIApp, body_limit_bytes: int) -> None:
        self._app = app
        self._limit = body_limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        wanted = headers.get("x-request-id", "")
        request_id = scope["request_id"] = wanted if _SANE_ID.fullmatch(wanted) else str(new_id())
        policy = _DOCS_POLICY if scope["path"].startswith("/docs") else _API_POLICY

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS, policy, (b"x-request-id", request_id.encode())]
            await send(message)

        declared = headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._limit:
            await self._refuse(scope, receive, send_with_headers)
            return
        body = _Body(receive, self._limit)
        with continued(headers), span(f"{scope['method']}", path=scope["path"], request_id=request_id):
            try:
                await self._app(scope, body.receive, send_with_headers)
            except _TooLarge:
                await self._refuse(scope, receive, send_with_headers)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = BodyTooLarge(f"A request body may have {self._limit} bytes")
        await problems.render(Request(scope), error)(scope, receive, send)


class _TooLarge(Exception):
    """More than may be read."""


class _Body:
    """Counts what is read."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise _TooLarge
        return message
