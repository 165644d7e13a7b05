"""The operator's own way to the services: over gRPC, signed with the operator's key."""

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Self
from uuid import UUID

from ambulo.identity.v1 import memberships_pb2
from chassis.contract import Rpc, rpcs_of
from chassis.envelope import Envelope
from chassis.ids import new_id
from chassis.peers import Peers
from chassis.settings import Settings
from claims import system
from google.protobuf.message import Message

from suite.secrets import OPERATOR


class Operator(AbstractAsyncContextManager["Operator"]):
    """Acts as the suite itself, in any clinic."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        names = {key.lower(): value for key, value in environment.items()}
        known = {name: names[name] for name in Settings.model_fields if name in names}
        self._settings = Settings.model_validate(_parsed(known))
        self._peers = Peers(OPERATOR, self._settings, {})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._peers.close()

    async def call(self, service: str, name: str, request: Message, clinic_id: UUID | None = None) -> Any:
        """`service` without its package's prefix: "identity.v1.ClinicService"."""
        return await self.ask(rpcs_of(f"ambulo.{service}")[name], request, clinic_id)

    async def invite(self, clinic_id: UUID, email: str, role: memberships_pb2.Role.ValueType) -> None:
        request = memberships_pb2.InviteMemberRequest(clinic_id=str(clinic_id), email=email, role=role)
        await self.call("identity.v1.MembershipService", "InviteMember", request, clinic_id)

    async def ask(self, rpc: Rpc, request: Message, clinic_id: UUID | None) -> Any:
        envelope = Envelope(claims=system(OPERATOR, clinic_id), request_id=str(new_id()))
        return await self._peers.call(rpc, request, envelope)


def _parsed(values: dict[str, str]) -> dict[str, object]:
    return {k: json.loads(v) if k in ("peer_addresses", "consumer_backoff_s") else v for k, v in values.items()}
