"""Fixtures and fakes: real Postgres, NATS and Valkey, one clinic per test, peers faked against the contract.

Isolation is row-level security's: each test has a clinic of its own, so tests share databases and run in any order.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import hypothesis
import pytest
from claims import Actor, Claims, permissions_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from embedded import Servers
from google.protobuf.message import Message
from tracing import configure_logs

from chassis import migrate
from chassis.contract import Rpc, rpcs_of
from chassis.envelope import Envelope
from chassis.ids import new_id
from chassis.process import Process, redacted
from chassis.rpc import Endpoint, validate
from chassis.service import Service

# How long a property takes says nothing on a machine that does other things besides.
hypothesis.settings.register_profile("ambulo", deadline=None)
hypothesis.settings.load_profile("ambulo")

_KEYS = ("identity", "people", "catalog", "scheduling", "booking", "gateway", "operator", "fake")


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """As in production: structlog's own default draws every variable of every frame, which takes seconds."""
    configure_logs(process="tests", form="json", level="info", redact=redacted)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One set per test process; not durable, since no test here crashes a machine."""
    state = tmp_path_factory.mktemp("servers")
    with Servers(state, ("postgres", "nats", "valkey", "mail"), durable=False) as servers:
        yield servers
    Servers.erase(state)


@pytest.fixture(scope="session")
def environment(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a service's settings are made of."""
    folder = tmp_path_factory.mktemp("keys")
    public = {}
    for name in (*_KEYS, "access"):
        key = Ed25519PrivateKey.generate()
        (folder / f"{name}.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        public[name] = base64.b64encode(raw).decode()
    (folder / "keys.json").write_text(json.dumps(public))
    host = servers.addresses.postgres_url.rsplit("@", 1)[1].split("/")[0]
    return {
        "DATABASE_URL": f"postgresql://{{service}}_app:app@{host}/{{service}}",
        "DATABASE_OWNER_URL": f"postgresql://{{service}}_owner:owner@{host}/{{service}}",
        "NATS_URL": servers.addresses.nats_url,
        "VALKEY_URL": servers.addresses.valkey_url,
        "SMTP_URL": servers.addresses.smtp_url,
        "INTERNAL_KEY_FILE": str(folder / "{service}.pem"),
        "INTERNAL_KEYS_FILE": str(folder / "keys.json"),
        "ACCESS_KEY_FILE": str(folder / "access.pem"),
        "GRPC_LISTEN": "127.0.0.1:0",
        "DEBUG_PORT": "-1",
        "CONSUMER_BACKOFF_S": "[0.05, 0.05]",
        "STRICT": "true",
        "POOL_SIZE": "20",
    }


@pytest.fixture(scope="session")
def migrated(servers: Servers, environment: dict[str, str]) -> Callable[[Service], None]:
    """Makes and migrates a service's database, once."""
    done: set[str] = set()

    def migrate_once(service: Service) -> None:
        if service.name in done:
            return
        address = servers.addresses.postgres_url
        asyncio.run(migrate.provision(address, service.name, owner_password="owner", app_password="app"))  # noqa: S106
        migrate.upgrade(service, environment["DATABASE_OWNER_URL"].format(service=service.name))
        done.add(service.name)

    return migrate_once


class FakePeer:
    """Answers RPCs of one proto service with messages, exceptions or functions; refuses what the contract has not."""

    def __init__(self, service: str, **answers: Any) -> None:
        known = rpcs_of(service)
        self.endpoints: dict[str, Any] = {}
        self.asked: list[Message] = []
        for name, answer in answers.items():
            if name not in known:
                raise AssertionError(f"{service} has no {name}")
            self.endpoints[known[name].path] = self._endpoint(known[name], answer)

    def _endpoint(self, rpc: Rpc, answer: Any) -> Any:
        async def ask(request: Message, _: Envelope) -> Message:
            assert isinstance(request, rpc.request_class), f"{rpc.name} takes {rpc.request_class}"
            validate(request)
            self.asked.append(request)
            found = answer(request) if callable(answer) else answer
            if isinstance(found, Exception):
                raise found
            assert isinstance(found, rpc.response_class), f"{rpc.name} answers {rpc.response_class}"
            return found

        return ask


@dataclass
class Running:
    """A service on a real database, asked through the whole pipeline."""

    process: Process
    clinic_id: UUID = field(default_factory=new_id)

    @property
    def chassis(self) -> Any:
        return self.process.chassis[0]

    def claims(self, role: str, **more: Any) -> Claims:
        actor = Actor.SYSTEM if role == "system" else Actor.HUMAN
        return Claims(
            subject=str(new_id()),
            actor=actor,
            clinic_id=self.clinic_id,
            role=role,
            permissions=permissions_of(role),
            issuer="fake",
            **more,
        )

    async def ask(
        self, name: str, request: Message, *, role: str = "admin", claims: Claims | None = None, key: str = ""
    ) -> Any:
        """By RPC name; the clinic is filled in."""
        if "clinic_id" in request.DESCRIPTOR.fields_by_name and not getattr(request, "clinic_id", ""):
            request.clinic_id = str(self.clinic_id)  # type: ignore[attr-defined]
        endpoint: Endpoint = next(e for path, e in self.process.local.items() if path.endswith(f"/{name}"))
        envelope = Envelope(claims=claims or self.claims(role), request_id=str(new_id()), idempotency_key=key)
        return await endpoint(request, envelope)

    async def hear(self, event: Message, *, event_id: UUID | None = None) -> None:
        """As if it had come from the stream."""
        from chassis import clock
        from chassis.inbox import Delivery

        consumer = next(c for c in self.chassis.consumers if c.subject == event.DESCRIPTOR.full_name)
        await consumer.handle(
            Delivery(event_id or new_id(), self.clinic_id, event.SerializeToString(), clock.now(), "test", "")
        )

    async def events(self) -> list[str]:
        """Names of the events this clinic's calls have said, oldest first."""
        rows = await self.chassis.pool.fetch(
            "SELECT subject FROM outbox WHERE clinic_id = $1 ORDER BY seq", self.clinic_id
        )
        return [row["subject"].rsplit(".", 1)[1] for row in rows]

    async def audited(self) -> list[str]:
        """RPCs on this clinic's audit trail, oldest first."""
        rows = await self.chassis.pool.fetch(
            "SELECT action FROM audit_record WHERE clinic_id = $1 ORDER BY occurred_at, id", self.clinic_id
        )
        return [row["action"].rsplit("/", 1)[-1] for row in rows]


Start = Callable[..., Any]


@pytest.fixture
async def start(
    environment: dict[str, str], migrated: Callable[[Service], None], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Start]:
    """Assembles a service with fake peers: `await start(service, FakePeer(...))`. `listening=True` starts it whole."""
    started: list[Process] = []

    async def begin(service: Service, *peers: FakePeer, listening: bool = False) -> Running:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        await asyncio.to_thread(migrated, service)
        local: dict[str, Any] = {}
        for peer in peers:
            local.update(peer.endpoints)
        process = Process([service], service.settings(), local=local)  # type: ignore[call-arg]
        await process.start(listening=listening)
        started.append(process)
        return Running(process)

    yield begin
    for process in started:
        await process.stop()


async def as_owner(environment: dict[str, str], service: str) -> Any:
    """A connection of the owner role, who sees every clinic."""
    return await asyncpg.connect(environment["DATABASE_OWNER_URL"].format(service=service))


__all__ = ["FakePeer", "Running", "as_owner"]
