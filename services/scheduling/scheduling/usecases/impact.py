"""ambulo.scheduling.v1.ImpactService: what a change would do to appointments that are already there."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ambulo.scheduling.v1 import downtime_pb2, holidays_pb2, hours_pb2, overrides_pb2, time_off_pb2
from ambulo.scheduling.v1 import events_pb2 as events
from ambulo.scheduling.v1 import impact_pb2 as pb
from chassis import Call
from chassis.errors import Unavailable

from scheduling.domain.errors import DisplacesMore
from scheduling.domain.impact import Displaced, Promise, displaced
from scheduling.domain.offer import Catalog
from scheduling.store import catalog as catalogs
from scheduling.store import holidays, known, promises, time_off
from scheduling.store.facts import Facts
from scheduling.usecases.catalog_changes import CatalogChanges, Thing, told_of
from scheduling.usecases.downtime import DowntimeService
from scheduling.usecases.holidays import HolidayService
from scheduling.usecases.hours import HoursService
from scheduling.usecases.overrides import OverrideService
from scheduling.usecases.proposing import Proposing, Targets
from scheduling.usecases.time_off import TimeOffService
from scheduling.wire import answers, when
from scheduling.wire.changes import as_request

_LOOKED_AT: Final = 5000
_SHOWN: Final = 500
_PROPOSED: Final = 3
_YEARS_AHEAD: Final = 5
"""Nobody is booked later than that."""
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
        time_off: TimeOffService,
        holidays: HolidayService,
        catalog: CatalogChanges,
        is_hearing: Callable[[], bool],
    ) -> None:
        self.facts = facts
        self.is_hearing = is_hearing
        self.hours = hours
        self.overrides = overrides
        self.downtime = downtime
        self.time_off = time_off
        self.holidays = holidays
        self.catalog = catalog

    async def PreviewChange(self, request: pb.PreviewChangeRequest, call: Call) -> pb.ChangePreview:
        self._require_hearing()
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
        self._require_hearing()
        await self.catalog.require(change, call)
        before = await self.facts.catalog(call)
        seen = await self._outcome(change, before, call, decided)
        if not request.keep_others:
            _require_decided(seen, decided)
        await self._require_possible(request.displacements, seen, call)
        thing = self.catalog.thing(change)
        if thing is not None:
            await call.undo()
            made = await self.catalog.make(thing, call)
            seen = await self._outcome(change, before, call, decided, made)
        applied = pb.AppliedChange()
        for each in seen.displaced:
            # Nothing was said of others that stay, or of one that was booked while the catalog was asked.
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

    def _require_hearing(self) -> None:
        """Whom it displaces is known from what booking says, as long as that arrives."""
        if not self.is_hearing():
            raise Unavailable("What was booked last is not known here right now; try again", retry_after=5)

    async def _require_possible(self, wanted: Sequence[pb.Displacement], seen: Outcome, call: Call) -> None:
        """That all who are given a new time could have it, one beside the other. Booking has the last word."""
        those = {each.promise.appointment_id: each.promise for each in seen.displaced}
        leaving = [UUID(each.appointment_id) for each in wanted if each.cancel or each.HasField("starts_at")]
        targets = Targets(self.facts, seen.catalog, leaving, call)
        for n, each in enumerate(wanted):
            promise = those.get(UUID(each.appointment_id))
            if promise is not None and each.HasField("starts_at"):
                with told_of(f"displacements[{n}]"):
                    await targets.require(promise, each)

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
            with told_of("change.weekly_hours"):
                asked = as_request(hours_pb2.SetWeeklyHoursRequest(), change.weekly_hours)
                await self.hours.SetWeeklyHours(asked, call)
        elif change.HasField("override"):
            with told_of("change.override"):
                await self.overrides.AddOverride(as_request(overrides_pb2.AddOverrideRequest(), change.override), call)
        elif change.HasField("removed_override"):
            with told_of("change.removed_override"):
                removed = as_request(overrides_pb2.RemoveOverrideRequest(), change.removed_override)
                await self.overrides.RemoveOverride(removed, call)
        elif change.HasField("holidays"):
            with told_of("change.holidays"):
                await self.holidays.SetHolidays(as_request(holidays_pb2.SetHolidaysRequest(), change.holidays), call)
        elif change.HasField("time_off"):
            with told_of("change.time_off"):
                approved = time_off_pb2.DecideTimeOffRequest(status=time_off_pb2.TIME_OFF_STATUS_APPROVED)
                await self.time_off.DecideTimeOff(as_request(approved, change.time_off), call)
        else:
            with told_of("change.downtime"):
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
    if change.HasField("holidays"):
        return await _on_days_to_be_closed(change.holidays, call, most)
    if change.HasField("time_off"):
        specialist_id = (await time_off.get(tx, UUID(change.time_off.time_off_id))).specialist_id
    else:
        those = (change.weekly_hours, change.override, change.removed_override)
        specialist_id = UUID(next((it.specialist_id for it in those if it.specialist_id), change.specialist.id))
    return await promises.of_specialist(tx, specialist_id, call.now, most)


async def _on_days_to_be_closed(change: pb.HolidaysChange, call: Call, most: int) -> list[Promise]:
    location_id = UUID(change.location_id)
    with told_of("change.holidays"):
        calendar = when.holiday_calendar(as_request(holidays_pb2.SetHolidaysRequest(), change))
        calendar.require_known()
        zone = await known.zone_of(call.tx, location_id)
    before, _ = await holidays.find(call.tx, location_id)
    days = calendar.closed_since(before, range(call.now.year, call.now.year + _YEARS_AHEAD))
    return await promises.of_days(call.tx, location_id, days, zone, call.now, most)
