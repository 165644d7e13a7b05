"""ambulo.scheduling.v1.ImpactService: what a change would do to appointments that are already there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ambulo.scheduling.v1 import downtime_pb2, hours_pb2, overrides_pb2
from ambulo.scheduling.v1 import events_pb2 as events
from ambulo.scheduling.v1 import impact_pb2 as pb
from chassis import Call

from scheduling.domain.errors import DisplacesMore
from scheduling.domain.impact import Displaced, Promise, displaced
from scheduling.domain.offer import Catalog
from scheduling.store import catalog as catalogs
from scheduling.store import promises
from scheduling.store.facts import Facts
from scheduling.usecases.catalog_changes import CatalogChanges, Thing
from scheduling.usecases.downtime import DowntimeService
from scheduling.usecases.hours import HoursService
from scheduling.usecases.overrides import OverrideService
from scheduling.usecases.proposing import Proposing
from scheduling.wire import answers
from scheduling.wire.changes import as_request

_LOOKED_AT: Final = 5000
_SHOWN: Final = 500
_PROPOSED: Final = 3
_EVER: Final = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change does: the catalog as it is then, and whom it displaces."""

    catalog: Catalog
    displaced: list[Displaced]
    more: bool
    """There are more appointments than were looked at."""


class ImpactService:
    """A change is tried: made, looked at, and taken back. What is read meanwhile is not remembered."""

    def __init__(
        self,
        facts: Facts,
        hours: HoursService,
        overrides: OverrideService,
        downtime: DowntimeService,
        catalog: CatalogChanges,
    ) -> None:
        self.facts = facts
        self.hours = hours
        self.overrides = overrides
        self.downtime = downtime
        self.catalog = catalog

    async def PreviewChange(self, request: pb.PreviewChangeRequest, call: Call) -> pb.ChangePreview:
        await self.catalog.require(request.change, call)
        seen = await self._outcome(request.change, await self.facts.catalog(call), call)
        answer = pb.ChangePreview(more=seen.more or len(seen.displaced) > _SHOWN)
        shown = seen.displaced[:_SHOWN]
        proposing = Proposing(self.facts, seen.catalog, [each.promise for each in shown], call)
        for each in shown:
            proposed = await proposing.of(each.promise, request.proposals or _PROPOSED)
            answer.displaced.append(answers.displaced(each, proposed))
        await call.undo()
        return answer

    async def ApplyChange(self, request: pb.ApplyChangeRequest, call: Call) -> pb.AppliedChange:
        """A change of the catalog is made there between two transactions of ours. If the second fails, the change is
        there and nobody was told to go: to apply it again tells those who are named, since something is in their way.
        """
        change, decided = request.change, {UUID(each.appointment_id): each for each in request.displacements}
        await self.catalog.require(change, call)
        before = await self.facts.catalog(call)
        seen = await self._outcome(change, before, call, decided)
        _require_decided(seen, decided)
        thing = self.catalog.thing(change)
        if thing is not None:
            await call.undo()
            made = await self.catalog.make(thing, call)
            seen = await self._outcome(change, before, call, decided, made)
        applied = pb.AppliedChange()
        for each in seen.displaced:
            # Nothing was said of one that was booked while the catalog was asked.
            goes = decided.get(each.promise.appointment_id, pb.Displacement())
            if not goes.HasField("starts_at") and not goes.cancel:
                applied.kept += 1
                continue
            applied.moved += goes.HasField("starts_at")
            applied.canceled += not goes.HasField("starts_at")
            call.emit(
                events.AppointmentDisplaced(
                    appointment_id=goes.appointment_id,
                    starts_at=goes.starts_at if goes.HasField("starts_at") else None,
                    specialist_id=goes.specialist_id if goes.HasField("starts_at") else "",
                    reason="; ".join(obstacle.words for obstacle in each.obstacles),
                ),
                key=goes.appointment_id,
            )
        return applied

    async def _outcome(
        self,
        change: pb.Change,
        before: Catalog,
        call: Call,
        named: Collection[UUID] = (),
        made: Thing | None = None,
    ) -> Outcome:
        """Make the change, or hear what the catalog made of it; whom that displaces, and of those that are named who
        cannot stay for whatever reason."""
        affected = await _affected(change, call)
        was = await promises.obstacles(call.tx, before, before, affected)
        if made is not None:
            await self.catalog.hear(made, call)
        else:
            await self._make(change, call)
        # Never by way of the memory: what is read here may be taken back.
        after = await catalogs.load(call.tx)
        found = displaced(affected, was, await promises.obstacles(call.tx, after, before, affected), named)
        return Outcome(after, found, len(affected) > _LOOKED_AT)

    async def _make(self, change: pb.Change, call: Call) -> None:
        thing = self.catalog.thing(change)
        if thing is not None:
            await self.catalog.try_out(thing, call)
        elif change.HasField("weekly_hours"):
            await self.hours.SetWeeklyHours(as_request(hours_pb2.SetWeeklyHoursRequest(), change.weekly_hours), call)
        elif change.HasField("override"):
            await self.overrides.AddOverride(as_request(overrides_pb2.AddOverrideRequest(), change.override), call)
        else:
            await self.downtime.AddDowntime(as_request(downtime_pb2.AddDowntimeRequest(), change.downtime), call)


def _require_decided(seen: Outcome, decided: Collection[UUID]) -> None:
    missing = [
        str(each.promise.appointment_id) for each in seen.displaced if each.promise.appointment_id not in decided
    ]
    if missing:
        raise DisplacesMore(f"Preview it again, and say where these go: {', '.join(missing[:20])}")
    if seen.more:
        raise DisplacesMore(f"It is about more than {_LOOKED_AT} appointments, which cannot be looked at in one step")


async def _affected(change: pb.Change, call: Call) -> list[Promise]:
    """Appointments to come of whatever it is about, one more than are looked at."""
    tx, most = call.tx, _LOOKED_AT + 1
    if change.HasField("service"):
        return await promises.of_service(tx, UUID(change.service.id), call.now, most)
    if change.HasField("room") or change.HasField("equipment"):
        return await promises.of_resource(tx, UUID(change.room.id or change.equipment.id), call.now, _EVER, most)
    if change.HasField("downtime"):
        it = change.downtime
        begin, end = max(it.starts_at.ToDatetime(UTC), call.now), it.ends_at.ToDatetime(UTC)
        return await promises.of_resource(tx, UUID(it.room_id or it.equipment_id), begin, end, most)
    specialist_id = change.weekly_hours.specialist_id or change.override.specialist_id or change.specialist.id
    return await promises.of_specialist(tx, UUID(specialist_id), call.now, most)
