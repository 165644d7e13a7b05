"""What a client sees of the limits, on every kind of answer."""

import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from chassis.contract import Rpc
from chassis.envelope import Envelope
from chassis.errors import Conflict, DomainError, Unauthenticated, Unavailable
from claims import ANONYMOUS, Actor, Claims, permissions_of
from gateway.app import build
from gateway.limits import RateLimits
from gateway.session import Sessions
from gateway.settings import Settings
from google.protobuf.message import Message
from prometheus_client import REGISTRY

CLINIC = str(uuid4())
ROOMS = f"/v1/clinics/{CLINIC}/rooms"
SMALL = {
    "read": {"signed_in": {"per_minute": 20, "burst": 3}, "anonymous": {"per_minute": 6, "burst": 2}},
    "booking": {"signed_in": {"per_minute": 20, "burst": 3}, "anonymous": {"per_minute": 6, "burst": 2}},
    "availability": {"signed_in": {"per_minute": 60, "burst": 3}, "anonymous": {"per_minute": 6, "burst": 2}},
}


class Behind:
    failure: DomainError | None = None
    arrived = 0

    def __init__(self) -> None:
        self.callers: set[Claims] = set()

    async def call(self, rpc: Rpc, request: Message, envelope: Envelope) -> Message:
        self.arrived += 1
        self.callers.add(envelope.claims)
        if self.failure is not None:
            raise self.failure
        return rpc.response_class()


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
async def client(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """Tokens are names of people, who are in one clinic unless they say "elsewhere"."""

    async def claims(_: Sessions, authorization: str | None) -> Claims:
        name = (authorization or "").removeprefix("Bearer ")
        if name == "expired":
            raise Unauthenticated
        if name == "unknown":
            raise Unavailable
        if not name:
            return ANONYMOUS
        clinic = uuid4() if name == "elsewhere" else UUID(CLINIC)
        role = "patient" if name == "patient" else "admin"
        return Claims(subject=name, actor=Actor.HUMAN, clinic_id=clinic, role=role, permissions=permissions_of(role))

    monkeypatch.setattr(Sessions, "claims", claims)
    app = build(behind, Settings(rate_limits=RateLimits.model_validate(SMALL), cors_origins=["https://clinic.example"]))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


def as_(name: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Authorization": f"Bearer {name}"}}


class TestHeaders:
    async def test_they_say_how_it_stands(self, client: httpx.AsyncClient) -> None:
        before = time.time()
        headers = (await client.get(ROOMS, **as_("ana"))).headers
        assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("20", "2")
        assert before + 3 <= int(headers["x-ratelimit-reset"]) <= before + 5
        assert headers["ratelimit-policy"] == '"read";q=20;w=60;ambulo-burst=3, "clinic";q=5000;w=60'
        assert headers["ratelimit"] == '"read";r=2;t=3'
        assert "retry-after" not in headers
        assert (await client.get(ROOMS, **as_("ana"))).headers["x-ratelimit-remaining"] == "1"

    async def test_who_is_not_signed_in_hears_of_their_address_only(self, client: httpx.AsyncClient) -> None:
        headers = (await client.get(f"/v1/public/clinics/{CLINIC}/page")).headers
        assert headers["ratelimit-policy"] == '"read";q=6;w=60;ambulo-burst=2'
        assert headers["x-ratelimit-remaining"] == "1"

    async def test_other_pages_may_read_them(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(ROOMS, headers={"Origin": "https://clinic.example", "Authorization": "Bearer ana"})
        exposed = answer.headers["access-control-expose-headers"]
        assert {"RateLimit", "RateLimit-Policy", "X-RateLimit-Remaining", "Retry-After"} <= set(exposed.split(", "))

    @pytest.mark.parametrize(
        ("status", "method", "path", "more"),
        [
            (200, "GET", ROOMS, as_("ana")),
            (304, "GET", ROOMS, {"headers": {"Authorization": "Bearer ana", "If-None-Match": "*"}}),
            (400, "GET", f"{ROOMS}?limti=1", as_("ana")),
            (400, "GET", f"{ROOMS}?limit=many", as_("ana")),
            (400, "POST", ROOMS, {"headers": {"Authorization": "Bearer ana", "Content-Type": "application/json"}, "content": "{"}),
            (400, "POST", ROOMS, as_("ana") | {"json": {}}),
            (401, "GET", ROOMS, {}),
            (401, "GET", ROOMS, as_("expired")),
            (403, "POST", ROOMS, as_("patient") | {"json": {"locationId": str(uuid4()), "name": "R"}}),
            (404, "GET", ROOMS, as_("elsewhere")),
            (413, "POST", ROOMS, as_("ana") | {"json": {"name": "x" * 300_000}}),
            (415, "POST", ROOMS, as_("ana") | {"content": b"x"}),
            (404, "GET", "/feeds/nothing.ics", {}),
        ],
    )  # fmt: skip
    async def test_they_are_on_every_answer(
        self, status: int, method: str, path: str, more: dict[str, Any], client: httpx.AsyncClient
    ) -> None:
        answer = await client.request(method, path, **more)
        assert answer.status_code == status, answer.text
        assert answer.headers["ratelimit"]
        assert [answer.headers[name] for name in ("x-ratelimit-limit", "x-ratelimit-remaining")]

    async def test_on_a_failure_behind_it_too(self, client: httpx.AsyncClient, behind: Behind) -> None:
        behind.failure = Conflict("somebody was faster")
        answer = await client.get(ROOMS, **as_("ana"))
        assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (409, "2")

    @pytest.mark.parametrize("path", ["/", "/livez", "/readyz", "/v1/ping", "/docs", "/docs/limits", "/openapi.json", "/problems", "/nothing"])  # fmt: skip
    async def test_some_pages_are_free(self, path: str, client: httpx.AsyncClient) -> None:
        for _ in range(10):
            answer = await client.get(path)
            assert answer.status_code in (200, 204, 404)
            assert "ratelimit" not in answer.headers


class TestTooMuch:
    async def test_is_a_problem_that_says_when_to_go_on(self, client: httpx.AsyncClient, behind: Behind) -> None:
        before = REGISTRY.get_sample_value("requests_refused_total", {"limit": "read"}) or 0
        answers = [await client.get(ROOMS, **as_("ana")) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        refused = answers[3]
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["retry-after"] == "3"
        assert refused.headers["ratelimit"] == '"read";r=0;t=3'
        assert refused.headers["x-ratelimit-remaining"] == "0"
        body = refused.json()
        assert (body["status"], body["code"], body["type"]) == (429, "RATE_LIMIT_EXCEEDED", "/problems/general/rate-limit-exceeded")  # fmt: skip
        assert body["detail"] == "Too many requests. Please try again in 3 seconds."
        assert body["facts"] == {"policy": "read", "limit": "20", "window": "1 minute", "retryAfter": "3"}
        assert (body["instance"], body["requestId"]) == (ROOMS, refused.headers["x-request-id"])
        assert behind.arrived == 3
        assert REGISTRY.get_sample_value("requests_refused_total", {"limit": "read"}) == before + 1
        assert (await client.get(body["type"])).status_code == 200

    async def test_somebody_else_and_something_else_go_on(self, client: httpx.AsyncClient) -> None:
        for _ in range(4):
            await client.get(ROOMS, **as_("ana"))
        assert (await client.get(ROOMS, **as_("dan"))).status_code == 200
        assert (await client.post(ROOMS, **as_("ana"), json={})).status_code == 400
        assert (await client.get("/v1/public/availability", params={"clinicId": CLINIC})).status_code == 400

    async def test_a_question_that_was_asked_before_counts_too(self, client: httpx.AsyncClient) -> None:
        asked = {"serviceId": str(uuid4()), "locationId": str(uuid4()), "start": "2026-02-20", "end": "2026-02-21"}
        path = f"/v1/clinics/{CLINIC}/availability"
        answers = [await client.get(path, params=asked, **as_("ana")) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[3].json()["code"] == "RATE_LIMIT_EXCEEDED"

    @pytest.mark.parametrize("token", ["", "expired"])
    async def test_who_is_not_let_in_is_counted_by_address(self, token: str, client: httpx.AsyncClient) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answers = [await client.get(ROOMS, headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [401, 401, 429]
        assert (await client.get(ROOMS, **as_("ana"))).status_code == 200, "who is signed in is no stranger"

    @pytest.mark.parametrize("token", ["expired", "unknown"])
    async def test_who_asks_in_public_is_a_stranger_with_a_token_that_does_not_hold(
        self, token: str, client: httpx.AsyncClient, behind: Behind
    ) -> None:
        page = f"/v1/public/clinics/{CLINIC}/page"
        answers = [await client.get(page, **as_(token)), await client.get(page), await client.get(page, **as_(token))]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0].headers["ratelimit-policy"] == '"read";q=6;w=60;ambulo-burst=2'
        signed_in = await client.post("/v1/sessions", json={"token": "x" * 30}, **as_(token))
        assert signed_in.status_code == 200
        assert signed_in.headers["ratelimit-policy"].startswith('"sign-in";q=5;')
        assert behind.callers == {ANONYMOUS.issued_by("gateway"), ANONYMOUS}

    async def test_what_is_no_json_counts_for_who_sent_it(self, client: httpx.AsyncClient) -> None:
        headers = {"Authorization": "Bearer ana", "Content-Type": "application/json"}
        answers = [await client.post(ROOMS, content="{", headers=headers) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [400, 400, 400, 429]

    async def test_a_feed_is_read_by_an_address(self, client: httpx.AsyncClient, behind: Behind) -> None:
        answers = [await client.get(f"/feeds/{'x' * 30}.ics") for _ in range(3)]
        assert [answer.status_code for answer in answers][2] == 429
        assert answers[2].json()["instance"] == "/feeds/*"


async def test_every_route_documents_it(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    for operations in document["paths"].values():
        for operation in operations.values():
            assert "429" in operation["responses"]
    answer = document["components"]["responses"]["RateLimitExceeded"]
    assert set(answer["headers"]) == set(document["components"]["headers"])
    assert "Retry-After" in answer["headers"]
