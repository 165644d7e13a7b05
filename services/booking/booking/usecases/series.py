"""ambulo.booking.v1.SeriesService: appointments that come again, from a first look to their change."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from ambulo.booking.v1 import series_pb2 as pb
from ambulo.scheduling.v1 import availability_pb2, resolving_pb2
from chassis import Call, new_id
from chassis.store import Page

from booking import offer_wire, series_wire
from booking.domain.appointment import Appointment
from booking.domain.assignment import Offered
from booking.domain.errors import AlreadyThere, AnotherSeries, SlotTaken
from booking.domain.series import Missed, Series, free_most_often, not_free
from booking.domain.visit import Visit, require_future
from booking.store import series as store
from booking.usecases.making import make
from booking.usecases.peers import Peers, require_own
from booking.usecases.series_changes import ResolvesMany, cancel, move
from booking.usecases.taking import give_back, in_order

_PROPOSALS = 3


class Resolving(ResolvesMany, Protocol):
    """What series need of scheduling, and no more."""

    async def ResolveSeries(
        self, request: resolving_pb2.ResolveSeriesRequest, call: Call
    ) -> resolving_pb2.ResolvedSeries: ...


class SeriesService:
    def __init__(self, peers: Peers, resolving: Resolving) -> None:
        self.peers = peers
        self.resolving = resolving

    async def PreviewSeries(self, request: pb.PreviewSeriesRequest, call: Call) -> pb.SeriesPreview:
        require_future(request.starts_at.ToDatetime(UTC), call.now)
        found = await self.resolving.ResolveSeries(_asked(request, request.proposals or _PROPOSALS), call)
        free, missed = await _with_one(found.starts, request.calendar_id, call)
        shown = [series_wire.occurrence(each, missed.get(n)) for n, each in enumerate(found.starts)]
        return pb.SeriesPreview(occurrences=shown, free=len(free))

    async def BookSeries(self, request: pb.BookSeriesRequest, call: Call) -> pb.Series:
        require_own(call, request.patient_id)
        before = await _booked_before(request, call)
        if before is not None:
            return before
        try:
            return await self._book(request, call)
        except (SlotTaken, AnotherSeries):
            # Perhaps by this very request, made twice at once.
            await call.undo()
            before = await _booked_before(request, call)
            if before is None:
                raise
            return before

    async def _book(self, request: pb.BookSeriesRequest, call: Call) -> pb.Series:
        require_future(request.starts_at.ToDatetime(UTC), call.now)
        _, found = await asyncio.gather(
            self.peers.check_patient(request.patient_id, call), self.resolving.ResolveSeries(_asked(request, 0), call)
        )
        skips = request.on_conflict == pb.ON_CONFLICT_SKIP
        free, missed = await _with_one(found.starts, request.calendar_id, call)
        if not free or (missed and not skips):
            raise not_free(missed, len(found.starts))
        id_ = UUID(request.series_id) if request.series_id else new_id()
        made: list[Appointment] = []
        # In the order of their starts, as everybody does: two who want the same never wait for each other in a circle.
        for n, (visit, offered) in free.items():
            try:
                made.append(await _make(visit, offered, id_, request, call))
            except (SlotTaken, AlreadyThere) as taken:
                await give_back(visit, call)
                missed[n] = Missed(found.starts[n].start, taken.reason, taken.detail)
        if not made or (missed and not skips):
            raise not_free(missed, len(found.starts))
        series = Series(
            id=id_,
            patient_id=made[0].patient_id,
            service_id=made[0].service_id,
            specialist_id=made[0].specialist_id,
            location_id=made[0].slot.location_id,
            calendar_id=made[0].calendar_id,
            time_zone=found.time_zone,
            rrule=request.rrule,
            starts_at=request.starts_at.ToDatetime(UTC),
            skipped=[missed[n] for n in sorted(missed)],
            created_at=call.now,
        )
        await store.add(call.tx, series)
        call.audit(series_id=str(id_), appointments=len(made))
        return series_wire.series(series, made, call.clinic_id)

    async def GetSeries(self, request: pb.GetSeriesRequest, call: Call) -> pb.Series:
        series = await store.get(call.tx, UUID(request.series_id))
        return series_wire.series(series, await store.appointments_of(call.tx, series.id), call.clinic_id)

    async def ListSeries(self, request: pb.ListSeriesRequest, call: Call) -> pb.ListSeriesResponse:
        patient_id = UUID(request.patient_id) if request.patient_id else None
        found, cursor = await store.search(call.tx, Page.of(request, datetime, UUID), patient_id)
        return pb.ListSeriesResponse(
            series=[series_wire.series(each, [], call.clinic_id) for each in found], next_cursor=cursor
        )

    async def ChangeSeries(self, request: pb.ChangeSeriesRequest, call: Call) -> pb.SeriesChange:
        if request.HasField("starts_at"):
            return await move(request, self.resolving, call)
        return await cancel(request, call)


def _asked(
    request: pb.PreviewSeriesRequest | pb.BookSeriesRequest, proposals: int
) -> resolving_pb2.ResolveSeriesRequest:
    first = availability_pb2.ResolveSlotRequest(
        service_id=request.service_id,
        specialist_id=request.specialist_id,
        starts_at=request.starts_at,
        location_id=request.location_id,
        calendar_id=request.calendar_id,
    )
    return resolving_pb2.ResolveSeriesRequest(first=first, rrule=request.rrule, proposals=proposals)


async def _with_one(
    starts: Sequence[resolving_pb2.ResolvedStart], calendar_id: str, call: Call
) -> tuple[Mapping[int, tuple[Visit, Offered]], dict[int, Missed]]:
    """All of them with one specialist: who is free at most of them, and of those whose turn it is at the first. What
    can be had, and what cannot, by place."""
    missed = {n: series_wire.missed(each) for n, each in enumerate(starts) if not each.HasField("slot")}
    visits = {
        n: (offer_wire.visit(each.slot, new_id(), calendar_id), offer_wire.offered(each.slot))
        for n, each in enumerate(starts)
        if n not in missed
    }
    if not visits:
        return {}, missed
    visit, offered = next(iter(visits.values()))
    often = replace(offered, candidates=free_most_often([each for _, each in visits.values()]))
    (chosen, why), *_ = await in_order(visit, often, call)
    free = {}
    for n, (visit, offered) in visits.items():
        only = offered.only(chosen.specialist_id, why)
        if only is None:
            missed[n] = Missed(starts[n].start, SlotTaken.name, "Who is free at most of these times is not free then")
        else:
            free[n] = (visit, only)
    return free, missed


async def _make(
    visit: Visit, offered: Offered, series_id: UUID, request: pb.BookSeriesRequest, call: Call
) -> Appointment:
    return await make(
        visit,
        offered,
        id_=visit.id,
        patient_id=UUID(request.patient_id),
        notes=request.notes,
        by_patient=call.claims.patient_id is not None,
        call=call,
        series_id=series_id,
    )


async def _booked_before(request: pb.BookSeriesRequest, call: Call) -> pb.Series | None:
    """What was booked under the id that the booker chose; the transaction is over then."""
    if not request.series_id:
        return None
    found = await store.find(call.tx, UUID(request.series_id))
    answer = None
    if found is not None:
        found.require_same(
            patient_id=UUID(request.patient_id),
            service_id=UUID(request.service_id) if request.service_id else None,
            rrule=request.rrule,
            starts_at=request.starts_at.ToDatetime(UTC),
        )
        answer = series_wire.series(found, await store.appointments_of(call.tx, found.id), call.clinic_id)
    await call.pause()
    return answer
