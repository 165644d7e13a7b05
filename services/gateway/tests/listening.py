"""A gateway with real sockets and streams, somebody who listens, and booking's side of the stream."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import nats
import orjson
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.identity.v1 import sessions_pb2
from chassis.contract import Rpc
from chassis.envelope import Envelope
from chassis.errors import Unauthenticated
from chassis.streams import Streams
from chassis.wire import stamp
from claims import permissions_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gateway import LeanSockets, Realtime, Server, Settings, build
from google.protobuf.message import Message
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

NINE = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
CARRIERS = ("main port", "lean port")
_KEY = Ed25519PrivateKey.generate()
_X = base64.urlsafe_b64encode(_KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode().rstrip("=")


class Identity:
    """Signs, and knows one API key until it is revoked."""

    def __init__(self) -> None:
        self.revoked = False
        self.clinic_id = ""

    async def call(self, rpc: Rpc, request: Message, envelope: Envelope) -> Message:
        if rpc.name == "GetSigningKeys":
            jwk = sessions_pb2.Jwk(kty="OKP", crv="Ed25519", x=_X, kid="one", alg="EdDSA", use="sig")
            return rpc.response_class(keys=[jwk])
        if self.revoked:
            raise Unauthenticated
        answer: Any = rpc.response_class(
            service_account_id=str(uuid4()), clinic_id=self.clinic_id, permissions=["appointments.read"]
        )
        answer.expires_at.FromDatetime(datetime.now(UTC) + timedelta(days=1))
        return answer


def a_token(clinic_id: str, role: str = "front_desk", *, seconds: float = 600, **more: str) -> str:
    body = {
        "iss": "ambulo", "aud": "ambulo", "sub": str(uuid4()), "actor_type": "human", "clinic_id": clinic_id,
        "role": role, "scopes": sorted(permissions_of(role)), "exp": int(time.time() + seconds),
    }  # fmt: skip
    return jwt.encode(body | more, _KEY, "EdDSA", {"kid": "one"})


@dataclass
class Door:
    """A gateway process."""

    server: Server
    sockets: LeanSockets
    realtime: Realtime
    identity: Identity
    clock: list[float]
    """Seconds by which the clock of tokens is ahead."""
    carrier: str

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    @property
    def port(self) -> int:
        """For WebSockets."""
        return self.sockets.port if self.carrier == "lean port" else self.server.port

    @asynccontextmanager
    async def socket(self, **more: Any) -> AsyncIterator["Socket"]:
        # Without a limit to its queue: a client that is full does not notice that it was closed.
        options: dict[str, Any] = {"compression": None, "max_queue": None} | more
        async with connect(f"ws://127.0.0.1:{self.port}/v1/realtime/ws", **options) as raw:
            yield Socket(raw)


@asynccontextmanager
async def a_door(nats_url: str = "", carrier: str = CARRIERS[0], **settings: Any) -> AsyncIterator[Door]:
    identity, ahead = Identity(), [0.0]
    streams = Streams(nats_url, "gateway") if nats_url else None
    chosen = Settings(**settings)
    app = build(identity, chosen, streams=streams)
    realtime: Realtime = app.state.realtime
    realtime._now = lambda: time.time() + ahead[0]
    server = Server(app, "127.0.0.1", 0, chosen.realtime_connections)
    sockets = LeanSockets(realtime, "127.0.0.1", 0, chosen.trusted_proxies)
    realtime.start()
    await server.start()
    await sockets.start()
    try:
        if realtime.source is not None:
            async with asyncio.timeout(10):
                await realtime.source.ready.wait()
        yield Door(server, sockets, realtime, identity, ahead, carrier)
    finally:
        await realtime.stop()
        await sockets.stop()
        await server.stop()


@dataclass
class Socket:
    """A client."""

    raw: ClientConnection
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, type_: str, **more: Any) -> None:
        await self.raw.send(orjson.dumps({"type": type_} | more).decode())

    async def next(self, *types: str, skip: tuple[str, ...] = ("presence", "heartbeat")) -> dict[str, Any]:
        """The next message; of these types, if any are named: others are passed over."""
        async with asyncio.timeout(15):
            while True:
                message: dict[str, Any] = orjson.loads(await self.raw.recv())
                self.seen.append(message)
                if message["type"] in types or (not types and message["type"] not in skip):
                    return message

    async def sign_in(self, token: str = "", *, clinic_id: str = "") -> dict[str, Any]:
        await self.say("authenticate", **({"token": token} if token else {"clinicId": clinic_id}))
        return await self.next("authenticated")

    async def listen(self, *channels: str, last: str = "") -> dict[str, Any]:
        await self.say("subscribe", channels=channels, **({"lastEventId": last} if last else {}))
        return await self.next("subscribed")

    async def events(self, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) < count:
            message = await self.next()
            assert "metadata" in message, message
            found.append(message)
        return found

    async def closed(self) -> tuple[int | None, str]:
        async with asyncio.timeout(15):
            with suppress(ConnectionClosed):
                while True:
                    await self.raw.recv()
            await self.raw.wait_closed()
        return self.raw.close_code, self.raw.close_reason or ""


class Booking:
    """Says what booking would."""

    def __init__(self, jetstream: Any, clinic_id: str = "") -> None:
        self._jetstream = jetstream
        self.clinic_id = clinic_id or str(uuid4())
        self.specialist_id, self.location_id, self.patient_id = str(uuid4()), str(uuid4()), str(uuid4())

    async def books(self, count: int = 1, **more: Any) -> list[str]:
        """Ids of appointments; each is told in two messages."""
        return [await self._book(**more) for _ in range(count)]

    async def _book(self, starts_at: datetime = NINE, **more: Any) -> str:
        id_ = str(uuid4())
        own = {"specialist_id": self.specialist_id, "location_id": self.location_id, "room_id": str(uuid4())}
        facts: dict[str, Any] = own | more
        patient_id = facts.pop("patient_id", self.patient_id)
        until = stamp(starts_at + timedelta(minutes=30))
        occupied = booking.Occupied(
            appointment_id=id_, time_zone="Europe/Bucharest", service_id=str(uuid4()),
            occupied_from=stamp(starts_at), occupied_until=until, starts_at=stamp(starts_at), ends_at=until, **facts,
        )  # fmt: skip
        await self.says(booking.AppointmentBooked(occupied=occupied, patient_id=patient_id))
        return id_

    async def says(self, event: Message) -> None:
        subject = event.DESCRIPTOR.full_name
        headers = {
            "Nats-Msg-Id": str(uuid4()), "ce-id": str(uuid4()), "ce-time": datetime.now(UTC).isoformat(),
            "ce-clinic": self.clinic_id, "ce-type": subject,
        }  # fmt: skip
        await self._jetstream.publish(subject, event.SerializeToString(), headers=headers)


@asynccontextmanager
async def a_stream(nats_url: str) -> AsyncIterator[Any]:
    client = await nats.connect(nats_url)
    streams = Streams(nats_url, "tests")
    streams.start()
    try:
        for context in ("booking", "scheduling"):
            await streams.ensure(context)
        yield client.jetstream()
    finally:
        await client.close()
        await streams.close()
