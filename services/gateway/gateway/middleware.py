"""Around every request: its id, its size, and what the answer's headers always say. Pure ASGI."""

import re
from typing import Final

from chassis.errors import Internal
from chassis.ids import new_id
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tracing import continued, logger, span

from gateway import problems

log = logger(__name__)

_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_READ: Final = frozenset({b"x-request-id", b"traceparent", b"tracestate"})
_HEADERS: Final = [
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_FEEDS: Final = "/feeds/"
_API_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_DOCS_POLICY: Final = (
    b"content-security-policy",
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    b" connect-src 'self'; frame-ancestors 'none'",
)


def shown(path: str) -> str:
    """A path as it may be written down: whoever knows a feed's address can read it."""
    return f"{_FEEDS}*" if path.startswith(_FEEDS) else path


class Edge:
    """Request id in and out, a span, security headers, and a limit on bodies that also holds for chunked ones.

    FastAPI's own limit answers in plain text, outside of every middleware.
    """

    def __init__(self, app: ASGIApp, body_limit_bytes: int) -> None:
        self._app = app
        self._limit = body_limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {key.decode(): value.decode("latin-1") for key, value in scope["headers"] if key in _READ}
        wanted = headers.get("x-request-id", "")
        request_id = scope["request_id"] = wanted if _SANE_ID.fullmatch(wanted) else str(new_id())
        policy = _DOCS_POLICY if scope["path"].startswith("/docs") else _API_POLICY

        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS, policy, (b"x-request-id", request_id.encode())]
            await send(message)

        with continued(headers), span(f"{scope['method']}", path=shown(scope["path"]), request_id=request_id):
            try:
                await self._app(scope, _limited(receive, self._limit), send_with_headers)
            except Exception:
                # Here and not by the framework, whose answer would lack the id and the headers.
                log.exception("bug", path=shown(scope["path"]), request_id=request_id)
                if started:
                    raise
                await problems.render(Request(scope), Internal())(scope, receive, send_with_headers)


def _limited(receive: Receive, left: int) -> Receive:
    async def receive_no_more() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return receive_no_more
