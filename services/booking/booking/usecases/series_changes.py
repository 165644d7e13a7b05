"""How a series changes: one of its appointments, it and those that follow, or all that are to come; in one step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Protocol
from uuid import UUID

from ambulo.booking.v1 import series_pb2 as pb
from ambulo.scheduling.v1 import availability_pb2, resolving_pb2
from chassis import Call
from chassis.errors import NotFound
from chassis.wire import stamp

from booking import offer_wire, series_wire, wire
from booking.domain.appointment import Appointment
from booking.domain.errors import AlreadyThere, AppointmentChanged, AppointmentOver, NothingToChange, SlotTaken
from booking.domain.series import Missed, Shifted, not_free, shift
from booking.domain.status import Action
from booking.domain.visit import require_future
from booking.store import appointments, policies, timeline
from booking.store import series as store
from booking.usecases import seats
from booking.usecases.appointments import is_patients_doing, is_staffs_doing
from booking.usecases.taking import give_back, take


class ResolvesMany(Protocol):
    async def ResolveMany(
        self, request: resolving_pb2.ResolveManyRequest, call: Call
    ) -> resolving_pb2.ResolvedSeries: ...


@dataclass(slots=True)
class _Move:
    """Where one appointment is to go, and what became of it."""

    appointment: Appointment
    to: Shifted
    specialist_id: UUID
    resolved: availability_pb2.ResolvedSlot | None = None
    missed: Missed | None = None

    @property
    def changes_nothing(self) -> bool:
        there = (self.appointment.slot.starts_at, self.appointment.specialist_id)
        return (self.to.starts_at, self.specialist_id) == there


async def cancel(request: pb.ChangeSeriesRequest, call: Call) -> pb.SeriesChange:
    locked = await store.appointments_for_update(call.tx, UUID(request.series_id))
    those = _meant(locked, request, call)
    for each in those:
        each.cancel(
            reason=request.reason,
            now=call.now,
            waived=not is_patients_doing(request.by_patient, call),
            by_staff=is_staffs_doing(call),
        )
        await give_back(each, call)
        await appointments.save(call.tx, each, timeline.entry(each, Action.CANCELED, call))
        call.emit(wire.canceled(each), key=str(each.id))
    call.audit(appointments=len(those))
    return series_wire.change(those, [], call.clinic_id)


async def move(request: pb.ChangeSeriesRequest, resolving: ResolvesMany, call: Call) -> pb.SeriesChange:
    # A first look tells what to ask scheduling; that asks over the network, so no lock may be held meanwhile.
    seen = await store.appointments_of(call.tx, UUID(request.series_id))
    moves = _moves(seen, request, call)
    await call.pause()
    await _resolve(moves, resolving, call)
    skips = request.on_conflict == pb.ON_CONFLICT_SKIP
    _require_free(moves, skips)

    locked = {each.id: each for each in await store.appointments_for_update(call.tx, UUID(request.series_id))}
    if any(locked[each.appointment.id].version != each.appointment.version for each in moves):
        raise AppointmentChanged("One of them has changed since you asked; read the series again")
    changed = [moved for each in moves if (moved := await _move(each, request, call)) is not None]
    _require_free(moves, skips)
    call.audit(appointments=len(changed))
    stay = [(each.appointment, each.missed) for each in moves if each.missed is not None]
    return series_wire.change(changed, sorted(stay, key=lambda it: it[0].slot.starts_at), call.clinic_id)


def _meant(those: Sequence[Appointment], request: pb.ChangeSeriesRequest, call: Call) -> list[Appointment]:
    """By start; never none."""
    if not those:
        raise NotFound(f"There is no series {request.series_id}")
    this = next((each for each in those if str(each.id) == request.appointment_id.lower()), None)
    if this is None:
        raise NotFound(f"The series has no appointment {request.appointment_id}")
    this.require_version(request.expected_version)
    action = Action.MOVED if request.HasField("starts_at") else Action.CANCELED
    if action is Action.MOVED:
        this.require_leavable(action, call.now, by_staff=is_staffs_doing(call))
    this_too = not this.hindrance(action, call.now, by_staff=is_staffs_doing(call))
    meant = series_wire.SCOPES[request.scope].of(those, this, call.now, this_too=this_too)
    if not meant:
        raise AppointmentOver("None of them is still to come")
    return meant


def _moves(those: Sequence[Appointment], request: pb.ChangeSeriesRequest, call: Call) -> list[_Move]:
    """Who goes where, in an order in which nobody waits for a time that one after them leaves: those in front first."""
    starts_at = request.starts_at.ToDatetime(UTC)
    require_future(starts_at, call.now)
    meant = _meant(those, request, call)
    this = next(each for each in meant if str(each.id) == request.appointment_id.lower())
    by = shift(this.slot.starts_at, starts_at, this.slot.time_zone)
    found = []
    for each in meant:
        to = Shifted.of(each.slot.starts_at, by, each.slot.time_zone)
        if each is this:
            # It means this very instant, also where a local time comes twice.
            to = replace(to, starts_at=starts_at)
        found.append(_Move(each, to, UUID(request.specialist_id or str(each.specialist_id))))
    found = [each for each in found if not each.changes_nothing]
    if not found:
        raise NothingToChange("They begin at these times already")
    return found if starts_at < this.slot.starts_at else found[::-1]


async def _resolve(moves: Sequence[_Move], resolving: ResolvesMany, call: Call) -> None:
    asked, request = [], resolving_pb2.ResolveManyRequest()
    for each in moves:
        if each.to.starts_at is None:
            each.missed = Missed(each.to.text, "LOCAL_TIME_SKIPPED", "A clock change skips this local time")
            continue
        asked.append(each)
        request.starts.add(
            service_id=str(each.appointment.service_id),
            specialist_id=str(each.specialist_id),
            starts_at=stamp(each.to.starts_at),
            holder_id=str(each.appointment.id),
            calendar_id=str(each.appointment.calendar_id or ""),
        )
    if not asked:
        return
    found = await resolving.ResolveMany(request, call)
    for each, start in zip(asked, found.starts, strict=True):
        if start.HasField("slot"):
            each.resolved = start.slot
        else:
            each.missed = series_wire.missed(start)


def _require_free(moves: Sequence[_Move], skips: bool) -> None:
    by_start = sorted(moves, key=lambda each: each.appointment.slot.starts_at)
    missed = {n: each.missed for n, each in enumerate(by_start) if each.missed is not None}
    if len(missed) == len(moves) or (missed and not skips):
        raise not_free(missed, len(moves))


async def _move(it: _Move, request: pb.ChangeSeriesRequest, call: Call) -> Appointment | None:
    """As it is then; None: it stays as it was."""
    if it.resolved is None:
        return None
    before, moved = it.appointment, replace(it.appointment)
    visit = offer_wire.visit(it.resolved, moved.id, str(moved.calendar_id or ""))
    why = moved.assignment if visit.specialist_id == moved.specialist_id else ""
    offered = offer_wire.offered(it.resolved).only(visit.specialist_id, why)
    assert offered is not None
    moved.move(
        visit.slot,
        visit.specialist_id,
        reason=request.reason,
        now=call.now,
        waived=not is_patients_doing(request.by_patient, call),
        by_staff=is_staffs_doing(call),
        asks_again=call.claims.patient_id is not None
        and (await policies.of(call.tx, moved.service_id)).needs_acceptance,
    )
    taken, moved.session_id = await store.set_aside(call.tx, moved.id), None
    try:
        await take(moved, offered, call)
    except (SlotTaken, AlreadyThere) as failure:
        await store.put_back(call.tx, moved.id, taken)
        it.missed = Missed(it.to.text, failure.reason, failure.detail)
        return None
    if before.session_id is not None:
        await seats.leave(call.tx, before)
    await appointments.save(call.tx, moved, timeline.entry(moved, Action.MOVED, call))
    call.emit(wire.moved(moved, before), key=str(moved.id))
    return moved
