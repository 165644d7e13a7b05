"""The suite of browser tests, and how people get into it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID, uuid4

from ambulo.identity.v1 import memberships_pb2 as pb
from suite.demo.bundles import DEMO
from suite.machine import Machine
from suite.operator import Operator

T = TypeVar("T")

NAPOCA: Final = next(each for each in DEMO if each.slug == "clinica-napoca")


def apart(work: Callable[[], T]) -> T:
    """In a thread of its own: Playwright keeps a loop running in this one, and there can be but one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@dataclass(frozen=True)
class Suite:
    """What a browser test meets: a clinic that looks like one, and a way to invite people."""

    machine: Machine
    clinic_id: str
    url: str

    def invite(self, role: str, *clinic_ids: str) -> str:
        """Somebody new with that role (admin, front_desk, specialist) in these clinics; their address."""
        email = f"{role}-{uuid4().hex[:10]}@example.com"
        apart(lambda: asyncio.run(self._invite(role, email, clinic_ids or (self.clinic_id,))))
        return email

    async def _invite(self, role: str, email: str, clinic_ids: tuple[str, ...]) -> None:
        async with Operator(self.machine.environment) as operator:
            for clinic_id in clinic_ids:
                asked = pb.InviteMemberRequest(
                    clinic_id=clinic_id, email=email, role=pb.Role.Value(f"ROLE_{role.upper()}")
                )
                await operator.call("identity.v1.MembershipService", "InviteMember", asked, UUID(clinic_id))
