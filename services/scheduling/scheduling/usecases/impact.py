"""ambulo.scheduling.v1.ImpactService: what a change would do to appointments that are already there."""

from datetime import UTC
from typing import TypeVar
from uuid import UUID

from ambulo.scheduling.v1 import downtime_pb2, hours_pb2, overrides_pb2
from ambulo.scheduling.v1 import events_pb2 as events
from ambulo.scheduling.v1 import impact_pb2 as pb
from chassis import Call
from google.protobuf.message import Message

from scheduling.domain import kernel
from scheduling.domain.errors import DisplacesMore, UnknownLocation, UnknownService
from scheduling.domain.hours import DAY, minute_of
from scheduling.domain.impact import Displaced, Promise, proposals
from scheduling.domain.offer import Catalog
from scheduling.domain.slots import Slot, slots
from scheduling.store import promises
from scheduling.store.facts import Facts, choose
from scheduling.usecases.downtime import DowntimeService
from scheduling.usecases.hours import HoursService
from scheduling.usecases.overrides import OverrideService
from scheduling.wire import answers

R = TypeVar("R", bound=Message)

_AT_MOST = 500
_PROPOSED = 3
_LOOKS_AHEAD = 28 * DAY


class ImpactService:
    """A change is tried: made, looked at, and taken back. What is read meanwhile is not remembered."""

    def __init__(
        self, facts: Facts, hours: HoursService, overrides: OverrideService, downtime: DowntimeService
    ) -> None:
        self.facts = facts
        self.hours = hours
        self.overrides = overrides
        self.downtime = downtime

    async def PreviewChange(self, request: pb.PreviewChangeRequest, call: Call) -> pb.ChangePreview:
        catalog = await self.facts.catalog(call)
        displaced, more = await self._make(request.change, catalog, call)
        answer = pb.ChangePreview(more=more)
        taken: list[Slot] = []
        for each in displaced:
            free = await self._free(each, catalog, call)
            proposed = proposals(each.promise, free, taken, request.proposals or _PROPOSED)
            taken += proposed
            answer.displaced.append(answers.displaced(each, proposed))
        await call.undo()
        return answer

    async def ApplyChange(self, request: pb.ApplyChangeRequest, call: Call) -> pb.AppliedChange:
        displaced, more = await self._make(request.change, await self.facts.catalog(call), call)
        decided = {UUID(each.appointment_id): each for each in request.displacements}
        missing = [str(each.promise.appointment_id) for each in displaced if each.promise.appointment_id not in decided]
        if missing or more:
            raise DisplacesMore(f"Preview it again, and say where these go: {', '.join(missing[:20])}")
        applied = pb.AppliedChange()
        for each in displaced:
            goes = decided[each.promise.appointment_id]
            if not goes.HasField("starts_at") and not goes.cancel:
                applied.kept += 1
                continue
            applied.moved += goes.HasField("starts_at")
            applied.canceled += not goes.HasField("starts_at")
            call.emit(
                events.AppointmentDisplaced(
                    appointment_id=goes.appointment_id,
                    starts_at=goes.starts_at if goes.HasField("starts_at") else None,
                    reason="; ".join(obstacle.words for obstacle in each.obstacles),
                ),
                key=goes.appointment_id,
            )
        return applied

    async def _make(self, change: pb.Change, catalog: Catalog, call: Call) -> tuple[list[Displaced], bool]:
        """Make the change; whom it displaces that had everything before, and whether there are more than these."""
        affected = await _affected(change, call)
        before = await promises.obstacles(call.tx, catalog, affected)
        await self._change(change, call)
        after = await promises.obstacles(call.tx, catalog, affected)
        displaced = [
            Displaced(promise, after[promise.appointment_id])
            for promise in affected
            if after[promise.appointment_id] and not before[promise.appointment_id]
        ]
        return displaced[:_AT_MOST], len(affected) > _AT_MOST

    async def _change(self, change: pb.Change, call: Call) -> None:
        if change.HasField("weekly_hours"):
            await self.hours.SetWeeklyHours(_as(hours_pb2.SetWeeklyHoursRequest(), change.weekly_hours), call)
        elif change.HasField("override"):
            await self.overrides.AddOverride(_as(overrides_pb2.AddOverrideRequest(), change.override), call)
        else:
            await self.downtime.AddDowntime(_as(downtime_pb2.AddDowntimeRequest(), change.downtime), call)

    async def _free(self, it: Displaced, catalog: Catalog, call: Call) -> list[Slot]:
        """When it could be, after the change."""
        promise = it.promise
        try:
            offer = choose(
                catalog,
                service_id=promise.service_id,
                location_id=promise.location_id,
                only=[promise.specialist_id],
            )
        except (UnknownService, UnknownLocation):
            return []  # what is no longer offered can be booked nowhere else
        earliest = minute_of(call.now) + 1
        stretch = (max(earliest, promise.starts - _LOOKS_AHEAD), max(earliest, promise.starts) + _LOOKS_AHEAD)
        ids = [each.id for each in offer.specialists]
        # As one that is being moved: that is read without being remembered, and the change may be taken back.
        situation = await self.facts.situation(call, offer, ids, stretch, holder=promise.appointment_id)
        return list(slots(offer, kernel.starts(situation)))


async def _affected(change: pb.Change, call: Call) -> list[Promise]:
    """Appointments to come of whoever it is about, one more than are looked at."""
    if change.HasField("downtime"):
        it = change.downtime
        return await promises.of_resource(
            call.tx,
            UUID(it.room_id or it.equipment_id),
            max(it.starts_at.ToDatetime(UTC), call.now),
            it.ends_at.ToDatetime(UTC),
            _AT_MOST + 1,
        )
    specialist_id = change.weekly_hours.specialist_id or change.override.specialist_id
    return await promises.of_specialist(call.tx, UUID(specialist_id), call.now, _AT_MOST + 1)


def _as(request: R, given: Message) -> R:
    """The change as the request of its own RPC: the fields are called the same."""
    for field, value in given.ListFields():
        if field.is_repeated:
            getattr(request, field.name).extend(value)
        elif field.message_type is not None:
            getattr(request, field.name).CopyFrom(value)
        else:
            setattr(request, field.name, value)
    return request
