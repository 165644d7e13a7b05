"""`ambulo load`: a clinic from FHIR R4 into the suite, through the same RPCs everybody uses. Repeatable."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from ambulo.booking.v1 import appointments_pb2
from chassis import clock
from chassis.contract import rpcs
from chassis.errors import DomainError
from google.protobuf.message import Message

from suite.fhir import Outcome, Step, plan, read
from suite.operator import Operator

Say = Callable[[str], None]

_AT_ONCE = 24
_HEARD_WITHIN_S = 30
_PASSES = (
    "UNKNOWN_LOCATION", "UNKNOWN_SPECIALIST", "UNKNOWN_SERVICE", "UNKNOWN_ROOM", "UNKNOWN_PATIENT", "UNAVAILABLE",
)  # fmt: skip
"""What has not been heard of yet, and what is away for a moment."""
_RPC_OF = {rpc.method.input_type.full_name: rpc for rpc in rpcs()}


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one request: why it failed, or why what was there before was kept; neither if all is as asked."""

    origin: str
    failure: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of it all."""

    clinic_id: UUID
    outcomes: list[Outcome]
    came: list[Came]

    @property
    def failures(self) -> list[Came]:
        return [each for each in self.came if each.failure]

    def table(self) -> list[str]:
        """One line a resource that was not simply taken, then the count of all."""
        lines = [f"{o.verdict:8} {o.origin}: {o.why}" for o in self.outcomes if o.verdict != "taken"]
        lines += [f"kept     {each.origin}: {each.kept}" for each in self.came if each.kept]
        lines += [f"failed   {each.origin}: {each.failure}" for each in self.failures]
        count = Counter(o.verdict for o in self.outcomes)
        return [*lines, ", ".join(f"{n} {verdict}" for verdict, n in sorted(count.items())) or "nothing found"]


class NothingToLoad(Exception):
    """Not one resource was found; the message says why, file by file."""


async def load(
    path: Path, operator: Operator, *, clinic_hint: str = "", default_zone: str = "", progress: Say = lambda _: None
) -> Loaded:
    """Everything in order of dependence; of one kind, many at once."""
    resources, unreadable = read(path)
    if not resources:
        raise NothingToLoad(
            "\n".join([f"There is no FHIR resource in {path}", *(f"{o.origin} {o.why}" for o in unreadable)])
        )
    made = plan(resources, clinic_hint=clinic_hint, default_zone=default_zone, now=clock.now())
    came: list[Came] = []
    for kind, steps in _by_kind(made.steps):
        progress(f"{len(steps)} x {kind.removesuffix('Request')}")
        turn = asyncio.Semaphore(_AT_ONCE)
        came += await asyncio.gather(*(_apply(step, operator, made.clinic_id, turn) for step in steps))
    return Loaded(made.clinic_id, [*unreadable, *made.outcomes], came)


def _by_kind(steps: Sequence[Step]) -> list[tuple[str, list[Step]]]:
    kinds: dict[str, list[Step]] = {}
    for step in steps:
        kinds.setdefault(step.request.DESCRIPTOR.name, []).append(step)
    return list(kinds.items())


async def _apply(step: Step, operator: Operator, clinic_id: UUID, turn: asyncio.Semaphore) -> Came:
    """What came of one request. Each names its own id, so that saying it again changes what has changed and nothing
    more; what a service has not heard of yet is waited for."""
    rpc = _RPC_OF[step.request.DESCRIPTOR.full_name]
    origin = " + ".join(step.origin)
    deadline = asyncio.get_running_loop().time() + _HEARD_WITHIN_S
    async with turn:
        while True:
            try:
                answer = await operator.ask(rpc, step.request, clinic_id)
            except DomainError as failure:
                late = asyncio.get_running_loop().time() > deadline
                if failure.reason not in _PASSES or late:
                    fields = "; ".join(f"{f.field} {f.description}" for f in failure.fields)
                    return Came(origin, failure=f"{failure.reason}: {fields or failure.detail}")
                await asyncio.sleep(0.1)
            else:
                return Came(origin, kept=_kept(step.request, answer))


def _kept(request: Message, answer: Any) -> str:
    """What differs between what was asked and what stands since an earlier load; bookings are changed by people."""
    if not isinstance(request, appointments_pb2.BookAppointmentRequest):
        return ""
    it = answer.appointment
    if it.status == appointments_pb2.APPOINTMENT_STATUS_CANCELED:
        return "was booked before and canceled since; it stays canceled"
    return f"was booked before and stands at {it.start}" if it.starts_at != request.starts_at else ""
