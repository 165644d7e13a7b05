"""What the gateway needs of the suite."""

from typing import Protocol

from chassis.contract import Rpc
from chassis.envelope import Envelope
from google.protobuf.message import Message


class Backend(Protocol):
    """Answers an RPC, in this process or elsewhere, or raises a DomainError."""

    async def call(self, rpc: Rpc, request: Message, envelope: Envelope) -> Message: ...
