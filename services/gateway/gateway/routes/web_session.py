"""The web app's session: its refresh token is in a cookie that no script can read, and goes nowhere but here."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from ambulo.identity.v1 import sessions_pb2 as pb
from chassis.contract import rpcs_of
from chassis.envelope import Envelope
from chassis.errors import Denied, DomainError, Unauthenticated
from fastapi import APIRouter, Body, Depends, Request, Response
from google.protobuf.message import Message
from pydantic import BaseModel, Field

from gateway import problems
from gateway.backend import Backend
from gateway.limits import Gate
from gateway.session import ANYBODY
from gateway.transcode.codec import encoder

_RPCS: Final = rpcs_of("ambulo.identity.v1.SessionService")
_COOKIE: Final = "ambulo_session"
_PATH: Final = "/web"
_KEPT_S: Final = 30 * 24 * 3600
_AGAIN_S: Final = 10.0
_encode: Final = encoder(pb.Session.DESCRIPTOR)

Ask = Callable[[str, Message], Awaitable[Message]]


class CrossSite(Denied):
    title = "Only pages of this site may do that"


class SignIn(BaseModel):
    token: str = Field(min_length=20, max_length=100)
    clinic_id: UUID | None = Field(default=None, alias="clinicId")


class Refresh(BaseModel):
    clinic_id: UUID | None = Field(default=None, alias="clinicId")


class Refreshed:
    """A page that is left while it refreshes never sees the answer, and its token is spent: whoever comes with it again
    within seconds gets the same answer, instead of ending the session as a thief would."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, asyncio.Future[pb.Session]]] = OrderedDict()

    async def session(self, token: str, clinic_id: str, ask: Ask) -> pb.Session:
        known = self._known.get(token)
        if known is not None and known[0] > time.monotonic():
            session = await asyncio.shield(known[1])
            if clinic_id in ("", session.clinic_id):
                return session
            return await self.session(session.refresh_token, clinic_id, ask)
        asked = asyncio.ensure_future(self._refresh(token, clinic_id, ask))
        self._keep(token, asked)
        try:
            return await asyncio.shield(asked)
        except DomainError:
            self._known.pop(token, None)
            raise

    @staticmethod
    async def _refresh(token: str, clinic_id: str, ask: Ask) -> pb.Session:
        request = pb.RefreshSessionRequest(refresh_token=token, clinic_id=clinic_id)
        session = await ask("RefreshSession", request)
        assert isinstance(session, pb.Session)
        return session

    def _keep(self, token: str, asked: "asyncio.Future[pb.Session]") -> None:
        now = time.monotonic()
        while self._known and next(iter(self._known.values()))[0] < now:
            self._known.popitem(last=False)
        self._known[token] = (now + _AGAIN_S, asked)


def add_to(router: APIRouter, backend: Backend, gate: Gate, timeout_s: float) -> None:
    found = APIRouter(include_in_schema=False, dependencies=[Depends(_require_own_page)])
    refreshed = Refreshed()

    def asking(request: Request) -> Ask:
        async def ask(name: str, message: Message) -> Message:
            envelope = Envelope(
                claims=ANYBODY, request_id=request.scope["request_id"], deadline=time.monotonic() + timeout_s
            )
            return await backend.call(_RPCS[name], message, envelope)

        return ask

    async def admitted(request: Request, name: str) -> None:
        await gate.admit(request.scope, ANYBODY, _RPCS[name].rate)

    @found.post("/web/session")
    async def sign_in(request: Request, body: Annotated[SignIn, Body()]) -> Response:
        try:
            await admitted(request, "SignIn")
            asked = pb.SignInRequest(token=body.token, clinic_id=_text(body.clinic_id))
            return _answer(request, await asking(request)("SignIn", asked))
        except DomainError as failure:
            return problems.render(request, failure, "identity")

    @found.post("/web/session/refresh")
    async def refresh(request: Request, body: Annotated[Refresh, Body()]) -> Response:
        try:
            await admitted(request, "RefreshSession")
            session = await refreshed.session(_token(request), _text(body.clinic_id), asking(request))
            return _answer(request, session)
        except Unauthenticated as failure:
            return _forget(request, problems.render(request, failure, "identity"))
        except DomainError as failure:
            return problems.render(request, failure, "identity")

    @found.delete("/web/session")
    async def sign_out(request: Request) -> Response:
        try:
            await admitted(request, "SignOut")
            if _COOKIE in request.cookies:
                await asking(request)("SignOut", pb.SignOutRequest(refresh_token=_token(request)))
        except Unauthenticated:
            pass
        except DomainError as failure:
            return problems.render(request, failure, "identity")
        return _forget(request, Response(status_code=204))

    router.routes.extend(found.routes)


def _require_own_page(request: Request) -> None:
    """SameSite keeps the cookie from other sites; this also keeps it from other origins of the same site. A form cannot
    send JSON, and whoever else does has asked first and been refused (CORS)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise CrossSite("Send application/json")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise CrossSite("The Origin is not this one")


def _token(request: Request) -> str:
    token = request.cookies.get(_COOKIE, "")
    if not 20 <= len(token) <= 200:
        raise Unauthenticated("There is no session; sign in")
    return token


def _text(clinic_id: UUID | None) -> str:
    return str(clinic_id) if clinic_id else ""


def _answer(request: Request, session: Message) -> Response:
    """All of the session but the token that is not for scripts."""
    shown: dict[str, Any] = _encode(session)
    token = shown.pop("refreshToken")
    response = Response(orjson.dumps(shown), 200, {"Cache-Control": "no-store"}, media_type="application/json")
    response.set_cookie(_COOKIE, token, max_age=_KEPT_S, **_cookie(request))
    return response


def _forget(request: Request, response: Response) -> Response:
    response.delete_cookie(_COOKIE, **_cookie(request))
    return response


def _cookie(request: Request) -> dict[str, Any]:
    # Behind a proxy that ends TLS, only the browser's Origin knows of it.
    https = request.url.scheme == "https" or request.headers.get("origin", "").startswith("https:")
    strict: Literal["strict"] = "strict"
    return {"path": _PATH, "secure": https, "httponly": True, "samesite": strict}
