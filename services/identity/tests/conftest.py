"""Identity with its mail sink, and Ana, who signs in."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from ambulo.identity.v1 import clinics_pb2, memberships_pb2, sessions_pb2
from ambulo.identity.v1.events_pb2 import SignInRequested
from chassis.envelope import Envelope
from chassis.ids import new_id
from chassis.testing import Running
from claims import ANONYMOUS
from embedded import Servers
from google.protobuf.message import Message
from identity.service import service


@pytest.fixture
async def identity(start: Any) -> Running:
    return await start(service)


@pytest.fixture
def ask(identity: Running) -> Callable[[str, Message], Awaitable[Any]]:
    """Of the session service, as a stranger who is in no clinic yet."""

    async def as_nobody(name: str, request: Message) -> Any:
        endpoint = identity.process.local[f"/ambulo.identity.v1.SessionService/{name}"]
        return await endpoint(request, Envelope(claims=ANONYMOUS, request_id=str(new_id())))

    return as_nobody


@pytest.fixture
def join() -> Callable[..., Awaitable[None]]:
    """Makes the clinic and invites somebody."""

    async def invited(running: Running, email: str, role: str = "ROLE_FRONT_DESK") -> None:
        define = clinics_pb2.DefineClinicRequest(
            name="Clinic", slug=f"c-{running.clinic_id}", time_zone="Europe/Berlin"
        )
        await running.ask("DefineClinic", define, role="system")
        await running.ask("InviteMember", memberships_pb2.InviteMemberRequest(email=email, role=role))

    return invited


@pytest.fixture
async def ana(identity: Running, join: Any) -> str:
    email = f"ana.{new_id().hex}@example.com"
    await join(identity, email)
    return email


@pytest.fixture
def said(identity: Running) -> Callable[[str], Awaitable[list[SignInRequested]]]:
    """The events that somebody with this address wants to sign in."""

    async def read(email: str) -> list[SignInRequested]:
        rows = await identity.chassis.pool.fetch(
            "SELECT payload FROM outbox WHERE subject = $1 ORDER BY seq", SignInRequested.DESCRIPTOR.full_name
        )
        return [e for e in (SignInRequested.FromString(row["payload"]) for row in rows) if e.email == email]

    return read


@pytest.fixture
def mails(servers: Servers) -> Callable[[str], Awaitable[list[str]]]:
    """The texts of the mails that were sent there, the newest first."""

    def read(to: str) -> list[str]:
        with urlopen(f"{servers.addresses.mail_url}/messages?to={quote(to)}") as answer:
            return [mail["text"] for mail in json.load(answer)]

    return lambda to: asyncio.to_thread(read, to)


@pytest.fixture
def link(identity: Running, ask: Any, said: Any, mails: Any) -> Callable[[str], Awaitable[str]]:
    """Asks for a link, lets identity hear itself, and takes the token from the mail."""

    async def sent(email: str) -> str:
        await ask("RequestSignIn", sessions_pb2.RequestSignInRequest(email=email))
        await identity.hear((await said(email))[-1])
        return str((await mails(email))[0].split("?token=")[1].split()[0])

    return sent


@pytest.fixture
async def session(ask: Any, ana: str, link: Any) -> sessions_pb2.Session:
    return await ask("SignIn", sessions_pb2.SignInRequest(token=await link(ana)))
