"""`ambulo load`: a clinic from FHIR R4 into the suite, through the same RPCs everybody uses. Repeatable."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from ambulo.booking.v1 import appointments_pb2
from chassis import clock
from chassis.contract import rpcs
from chassis.errors import DomainError
from google.protobuf.timestamp_pb2 import Timestamp

from suite.fhir import Outcome, Step, plan, read
from suite.operator import Operator

Say = Callable[[str], None]

_AT_ONCE = 24
_HEARD_WITHIN_S = 30
_NOT_HEARD_YET = ("UNKNOWN_LOCATION", "UNKNOWN_SPECIALIST", "UNKNOWN_SERVICE", "UNKNOWN_ROOM", "UNKNOWN_PATIENT")
_RPC_OF = {rpc.method.input_type.full_name: rpc for rpc in rpcs()}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of it."""

    clinic_id: UUID
    outcomes: list[Outcome]
    failures: list[tuple[str, str]]

    def table(self) -> list[str]:
        """One line a resource that was not simply taken, then the count of all."""
        lines = [f"{o.verdict:8} {o.origin}: {o.why}" for o in self.outcomes if o.verdict != "taken"]
        lines += [f"failed   {origin}: {why}" for origin, why in self.failures]
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
    failures: list[tuple[str, str]] = []
    for kind, steps in _by_kind(made.steps):
        progress(f"{len(steps)} x {kind.removesuffix('Request')}")
        turn = asyncio.Semaphore(_AT_ONCE)
        found = await asyncio.gather(*(_apply(step, operator, made.clinic_id, turn) for step in steps))
        failures += [failure for failure in found if failure is not None]
    return Loaded(made.clinic_id, [*unreadable, *made.outcomes], failures)


def _by_kind(steps: Sequence[Step]) -> list[tuple[str, list[Step]]]:
    kinds: dict[str, list[Step]] = {}
    for step in steps:
        kinds.setdefault(step.request.DESCRIPTOR.name, []).append(step)
    return list(kinds.items())


async def _apply(step: Step, operator: Operator, clinic_id: UUID, turn: asyncio.Semaphore) -> tuple[str, str] | None:
    """What failed, if it did. What a service has not heard of yet is waited for."""
    rpc = _RPC_OF[step.request.DESCRIPTOR.full_name]
    books = isinstance(step.request, appointments_pb2.BookAppointmentRequest)
    # Everything else names its own id, so that saying it again changes what has changed and nothing more.
    said = step.request.SerializeToString(deterministic=True).hex()
    key = str(uuid5(clinic_id, "+".join(step.origin) + said)) if books else ""
    deadline = asyncio.get_running_loop().time() + _HEARD_WITHIN_S
    async with turn:
        while True:
            try:
                await operator.ask(rpc, step.request, clinic_id, idempotency_key=key)
            except DomainError as failure:
                if books and await _is_there(step.request, operator, clinic_id):
                    return None
                late = asyncio.get_running_loop().time() > deadline
                if failure.reason not in _NOT_HEARD_YET or late:
                    fields = "; ".join(f"{f.field} {f.description}" for f in failure.fields)
                    return " + ".join(step.origin), f"{failure.reason}: {fields or failure.detail}"
                await asyncio.sleep(0.1)
            else:
                return None


async def _is_there(request: Any, operator: Operator, clinic_id: UUID) -> bool:
    """Whether the patient has this very appointment from an earlier load."""
    until = Timestamp()
    until.FromDatetime(request.starts_at.ToDatetime(UTC) + timedelta(seconds=1))
    listed: Any = await operator.call(
        "booking.v1.AppointmentService",
        "ListAppointments",
        appointments_pb2.ListAppointmentsRequest(
            clinic_id=str(clinic_id),
            patient_id=request.patient_id,
            specialist_id=request.specialist_id,
            starts_from=request.starts_at,
            starts_until=until,
            statuses=[appointments_pb2.APPOINTMENT_STATUS_SCHEDULED],
        ),
        clinic_id,
    )
    return bool(listed.appointments)
