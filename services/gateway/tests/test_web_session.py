"""The web app's session: what a script sees of it, what stays in the cookie, and who may ask."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from ambulo.identity.v1 import sessions_pb2 as pb
from chassis.contract import Rpc
from chassis.envelope import Envelope
from chassis.errors import Unauthenticated
from gateway.app import build
from gateway.settings import Settings
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

LINK = "a-token-from-the-mail-0123"
CLINIC, OTHER = str(uuid4()), str(uuid4())


class SessionEnded(Unauthenticated):
    title = "The session has ended"


class Behind:
    """Identity: each refresh token works once."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.good = ""
        self.count = 0
        self.clinic = CLINIC

    async def call(self, rpc: Rpc, request: Message, envelope: Envelope) -> Message:
        self.asked.append(rpc.name)
        await asyncio.sleep(0)
        match request:
            case pb.SignInRequest():
                return self._session(request.clinic_id)
            case pb.RefreshSessionRequest() if request.refresh_token == self.good:
                return self._session(request.clinic_id)
            case pb.SignOutRequest():
                return Empty()
        raise SessionEnded

    def _session(self, clinic_id: str) -> pb.Session:
        self.count += 1
        self.good = f"a-refresh-token-number-{self.count}"
        self.clinic = clinic_id or self.clinic
        return pb.Session(access_token=f"access-{self.count}", refresh_token=self.good, clinic_id=self.clinic)


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
async def client(behind: Behind) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build(behind, Settings()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


async def sign_in(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await client.post("/web/session", json={"token": LINK}, headers=headers)


async def refresh(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await client.post("/web/session/refresh", json=body)


async def test_the_refresh_token_is_for_no_script(client: httpx.AsyncClient, behind: Behind) -> None:
    answer = await sign_in(client)
    assert answer.status_code == 200
    assert answer.json()["accessToken"] == "access-1"
    assert behind.good not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    cookie = answer.headers["set-cookie"]
    assert behind.good in cookie
    for said in ("HttpOnly", "SameSite=strict", "Path=/web"):
        assert said in cookie
    assert "Secure" not in cookie


async def test_with_tls_the_cookie_needs_it(client: httpx.AsyncClient) -> None:
    answer = await sign_in(client, Origin="https://gateway")
    assert "Secure" in answer.headers["set-cookie"]


async def test_each_refresh_brings_the_next_token(client: httpx.AsyncClient, behind: Behind) -> None:
    await sign_in(client)
    assert (await refresh(client)).json()["accessToken"] == "access-2"
    assert (await refresh(client, clinicId=OTHER)).json()["clinicId"] == OTHER
    assert client.cookies["ambulo_session"] == behind.good


async def test_a_page_that_was_left_meanwhile_is_no_thief(client: httpx.AsyncClient, behind: Behind) -> None:
    await sign_in(client)
    old = client.cookies["ambulo_session"]
    first, second = await asyncio.gather(refresh(client), refresh(client))
    assert first.json() == second.json()
    client.cookies.set("ambulo_session", old, domain="gateway.local", path="/web")
    assert (await refresh(client)).json()["accessToken"] == "access-2"
    assert behind.asked.count("RefreshSession") == 1


async def test_another_clinic_with_a_token_just_spent(client: httpx.AsyncClient, behind: Behind) -> None:
    await sign_in(client)
    _, second = await asyncio.gather(refresh(client), refresh(client, clinicId=OTHER))
    assert (second.status_code, second.json()["clinicId"]) == (200, OTHER)


async def test_a_session_that_ended_leaves_no_cookie(client: httpx.AsyncClient, behind: Behind) -> None:
    await sign_in(client)
    behind.good = "something else"
    answer = await refresh(client)
    assert (answer.status_code, answer.json()["code"]) == (401, "SESSION_ENDED")
    assert "ambulo_session" not in client.cookies
    assert (await refresh(client)).status_code == 401


async def test_signing_out_ends_it_and_may_be_repeated(client: httpx.AsyncClient, behind: Behind) -> None:
    await sign_in(client)
    for _ in range(2):
        answer = await client.request("DELETE", "/web/session", headers={"Content-Type": "application/json"})
        assert answer.status_code == 204
        assert "ambulo_session" not in client.cookies
    assert behind.asked.count("SignOut") == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json", "Origin": "http://evil.example"},
        {"Content-Type": "application/json", "Origin": "http://gateway:81"},
        {"Content-Type": "application/json", "Origin": "null"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/refresh"), ("DELETE", "")])
async def test_other_sites_may_not(
    client: httpx.AsyncClient, behind: Behind, headers: dict[str, str], method: str, path: str
) -> None:
    await sign_in(client)
    answer = await client.request(method, f"/web/session{path}", content="{}", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert answer.json()["code"] == "CROSS_SITE"
    assert behind.asked == ["SignIn"]


@pytest.mark.parametrize("body", [{}, {"token": "short"}, {"token": LINK, "clinicId": "x"}])
async def test_what_is_no_link_is_invalid(client: httpx.AsyncClient, behind: Behind, body: dict[str, Any]) -> None:
    answer = await client.post("/web/session", json=body)
    assert (answer.status_code, behind.asked) == (400, [])
