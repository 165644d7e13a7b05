"""What booking asks of others, and how their failures read here."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1 import availability_pb2
from chassis import Call
from chassis.errors import Conflict, DomainError, FieldViolation, NotFound

from booking.domain.errors import SlotTaken, UnknownPatient
from booking.store import claims


class People(Protocol):
    """What booking needs of people, and no more."""

    async def CheckPatient(
        self, request: patients_pb2.CheckPatientRequest, call: Call
    ) -> patients_pb2.CheckedPatient: ...

    async def AdmitGuest(self, request: patients_pb2.AdmitGuestRequest, call: Call) -> patients_pb2.CheckedPatient: ...


class Scheduling(Protocol):
    """What booking needs of scheduling, and no more."""

    async def ResolveSlot(
        self, request: availability_pb2.ResolveSlotRequest, call: Call
    ) -> availability_pb2.ResolvedSlot: ...

    async def FindFirstAvailable(
        self, request: availability_pb2.FindFirstAvailableRequest, call: Call
    ) -> availability_pb2.ListAvailabilityResponse: ...


_ALTERNATIVES = 3
_LOOKED_AT = 12
_LOOKED_FOR_AT_ONCE = 8
_MOMENT = timedelta(seconds=1)
_LOOKED_FOR_S = 1.0
"""Looking costs more than booking: when many lose at once, most of them are only told so, and soon."""


class Peers:
    def __init__(self, people: People, scheduling: Scheduling) -> None:
        self.people = people
        self.scheduling = scheduling
        self._looking = asyncio.Semaphore(_LOOKED_FOR_AT_ONCE)

    async def resolve(self, request: availability_pb2.ResolveSlotRequest, call: Call) -> availability_pb2.ResolvedSlot:
        """Whether somebody was faster by a day or by a moment is the same to who asks: SLOT_TAKEN."""
        try:
            return await self.scheduling.ResolveSlot(request, call)
        except Conflict as failure:
            raise SlotTaken(failure.detail) from None

    async def with_alternatives(
        self, failure: SlotTaken, asked: availability_pb2.ResolveSlotRequest, call: Call
    ) -> SlotTaken:
        """The same, with the next times that are free; whoever lost the race looks for another."""
        await call.undo()
        if self._looking.locked():
            return failure
        wanted = availability_pb2.FindFirstAvailableRequest(
            clinic_id=str(call.clinic_id),
            service_id="" if asked.calendar_id else asked.service_id,
            calendar_id=asked.calendar_id,
            location_ids=[asked.location_id] if asked.location_id and not asked.calendar_id else [],
            specialist_ids=[asked.specialist_id] if asked.specialist_id else [],
            after=asked.starts_at.ToDatetime(UTC).isoformat(),
            limit=_LOOKED_AT,
        )
        try:
            async with self._looking, asyncio.timeout(_LOOKED_FOR_S):
                found = await self.scheduling.FindFirstAvailable(wanted, call)
                free = await _still_free(found.slots, asked, call)
        except (DomainError, TimeoutError):
            # It is taken all the same; other times are a courtesy.
            return failure
        if not free:
            return failure
        words = [FieldViolation("starts_at", f"is taken; the next free: {', '.join(free)}")]
        return SlotTaken(failure.detail, fields=words, facts={"alternatives": ",".join(free)})

    async def check_patient(self, patient_id: str, call: Call) -> None:
        require_own(call, patient_id)
        try:
            await self.people.CheckPatient(patients_pb2.CheckPatientRequest(patient_id=patient_id), call)
        except NotFound:
            raise _unknown(patient_id) from None


async def _still_free(
    slots: Sequence[availability_pb2.Slot], asked: availability_pb2.ResolveSlotRequest, call: Call
) -> list[str]:
    """Starts without those that the winner's visit leaves no room for: scheduling may not have heard of it yet."""
    wanted = asked.starts_at.ToDatetime(UTC)
    lost = [(wanted, wanted + _MOMENT)]
    if asked.specialist_id:
        taken = await claims.search(call.tx, [UUID(asked.specialist_id)], *lost[0], without=())
        lost += [(row["begins_at"], row["ends_at"]) for row in taken]
    found = []
    for slot in slots:
        begins, ends = datetime.fromisoformat(slot.start), datetime.fromisoformat(slot.end)
        is_theirs = not asked.specialist_id or slot.specialist.id == asked.specialist_id
        if not (is_theirs and any(begins < until and ends > since for since, until in lost)):
            found.append(slot.start)
    return found[:_ALTERNATIVES]


def require_own(call: Call, patient_id: str) -> None:
    """A patient books for themselves; others are not there for them."""
    if call.claims.patient_id is not None and str(call.claims.patient_id) != patient_id:
        raise _unknown(patient_id)


def instant(request: object, field: str) -> datetime | None:
    """Of a timestamp that may be absent."""
    return getattr(request, field).ToDatetime(UTC) if request.HasField(field) else None  # type: ignore[attr-defined]


def _unknown(patient_id: str) -> UnknownPatient:
    missing = f"There is no patient {patient_id}"
    return UnknownPatient(missing, fields=[FieldViolation("patient_id", "is unknown")])
