"""The page behind a QR code: looking changes nothing, the button does, and what comes back is words."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from ambulo.booking.v1 import appointments_pb2, walk_ins_pb2
from ambulo.booking.v1 import check_ins_pb2 as pb
from chassis.contract import Rpc
from chassis.envelope import Envelope
from chassis.errors import NotFound
from claims import Actor
from gateway.app import build
from gateway.settings import Settings
from google.protobuf.message import Message


class Behind:
    """Booking."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, Any, Envelope]] = []
        self.answer: Message | Exception = pb.CheckedIn(
            status=appointments_pb2.APPOINTMENT_STATUS_CHECKED_IN,
            start="2026-11-24T09:30:00+02:00",
            expected_wait=walk_ins_pb2.ExpectedWait(minutes=25),
        )

    async def call(self, rpc: Rpc, request: Message, envelope: Envelope) -> Message:
        self.arrived.append((rpc.name, request, envelope))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
async def client(behind: Behind) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build(behind, Settings()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


async def test_looking_at_it_checks_nobody_in(client: httpx.AsyncClient, behind: Behind) -> None:
    page = await client.get("/check-in", params={"code": 'x"><script>'})
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert "<script>" not in page.text
    assert "<button>" in page.text
    assert behind.arrived == []


async def test_the_button_does_as_nobody(client: httpx.AsyncClient, behind: Behind) -> None:
    page = await client.post("/check-in", data={"code": "abc"}, headers={"Authorization": "Bearer old"})
    assert page.status_code == 200
    assert "You are checked in" in page.text
    assert "begins at 09:30" in page.text
    assert "about 25 minutes" in page.text
    ((rpc, request, envelope),) = behind.arrived
    assert (rpc, request.code, envelope.claims.actor) == ("CheckInByCode", "abc", Actor.ANONYMOUS)


async def test_who_is_seen_already_is_told_of_no_wait(client: httpx.AsyncClient, behind: Behind) -> None:
    behind.answer = pb.CheckedIn(start="2026-11-24T09:30:00+02:00")
    assert "wait" not in (await client.post("/check-in", data={"code": "abc"})).text


async def test_what_is_wrong_is_said_in_words(client: httpx.AsyncClient, behind: Behind) -> None:
    behind.answer = NotFound("No <such> code")
    page = await client.post("/check-in", data={"code": "abc"})
    assert page.status_code == 404
    assert "No &lt;such&gt; code" in page.text


@pytest.mark.parametrize("body", [b"", b"code", b"other=1", b"\xff\xfe", b"code="])
async def test_without_a_code_it_is_to_be_scanned_again(client: httpx.AsyncClient, behind: Behind, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    page = await client.post("/check-in", content=body, headers=headers)
    assert (page.status_code, "scan it again" in page.text) == (400, True)
    assert behind.arrived == []
