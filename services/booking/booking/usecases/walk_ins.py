"""ambulo.booking.v1.WalkInService: who came without an appointment, from arrival to being seen."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from ambulo.booking.v1 import walk_ins_pb2 as pb
from chassis import Call, new_id
from chassis.clock import local
from chassis.errors import FieldViolation, Invalid
from chassis.store import Page

from booking import walk_in_wire as wire
from booking.domain.appointment import Appointment
from booking.domain.assignment import Candidate, Offered
from booking.domain.errors import SlotTaken, UnknownLocation, UnknownRoom, UnknownService, UnknownSpecialist
from booking.domain.visit import Visit
from booking.domain.walk_in import Caller, WalkIn, WalkInStatus, demands
from booking.store import claims, walk_ins
from booking.usecases.making import make_now
from booking.usecases.named import Named
from booking.usecases.peers import Peers
from booking.usecases.queues import Queues, places_at

_MINUTE = timedelta(minutes=1)


class WalkInService:
    def __init__(self, peers: Peers, named: Named, queues: Queues) -> None:
        self.peers = peers
        self.named = named
        self.queues = queues

    async def JoinQueue(self, request: pb.JoinQueueRequest, call: Call) -> pb.WalkIn:
        _, service, location, on_duty, _ = await asyncio.gather(
            self.peers.check_patient(request.patient_id, call),
            self.named.service(request.service_id, call),
            self.named.location(request.location_id, call),
            self.queues.on_duty(UUID(request.location_id), call),
            self._require_specialist(request.specialist_id, call),
        )
        if service.inactive:
            raise UnknownService("It is not offered any more", fields=[FieldViolation("service_id", "is not in use")])
        if location.inactive:
            raise UnknownLocation("It is not in use any more", fields=[FieldViolation("location_id", "is not in use")])
        it = WalkIn(
            id=new_id(),
            patient_id=UUID(request.patient_id),
            location_id=UUID(request.location_id),
            time_zone=location.time_zone,
            service_id=UUID(request.service_id),
            specialist_id=_id(request.specialist_id),
            planned=timedelta(minutes=service.duration_minutes),
            notes=request.notes,
            urgent=request.urgent,
            reason=request.reason,
            joined_at=call.now,
            changed_at=call.now,
        )
        await walk_ins.add(call.tx, it)
        call.emit(wire.joined(it), key=str(it.id))
        call.audit(walk_in_id=str(it.id), **_urgency(request))
        places = await places_at(it.location_id, on_duty, call)
        return wire.shown(it, places[it.id], call.now)

    async def ListWalkIns(self, request: pb.ListWalkInsRequest, call: Call) -> pb.ListWalkInsResponse:
        location_id, statuses = UUID(request.location_id), wire.statuses(request.statuses)
        waits = WalkInStatus.WAITING.value in statuses
        on_duty = await self.queues.on_duty(location_id, call) if waits else None
        page = Page.of(request, int, datetime, UUID)
        found, cursor = await walk_ins.search(call.tx, page, location_id=location_id, statuses=statuses)
        places = await places_at(location_id, on_duty, call) if waits and found else {}
        return pb.ListWalkInsResponse(
            walk_ins=[wire.shown(each, places.get(each.id), call.now) for each in found], next_cursor=cursor
        )

    async def GetWalkIn(self, request: pb.GetWalkInRequest, call: Call) -> pb.WalkIn:
        it = await walk_ins.get(call.tx, UUID(request.walk_in_id))
        if it.status is not WalkInStatus.WAITING:
            return wire.shown(it, None, call.now)
        await call.pause()
        on_duty = await self.queues.on_duty(it.location_id, call)
        it = await walk_ins.get(call.tx, it.id)
        places = await places_at(it.location_id, on_duty, call)
        return wire.shown(it, places.get(it.id), call.now)

    async def ChangeWalkIn(self, request: pb.ChangeWalkInRequest, call: Call) -> pb.WalkIn:
        seen = await walk_ins.get(call.tx, UUID(request.walk_in_id))
        await call.pause()
        on_duty = await self.queues.on_duty(seen.location_id, call)
        it = await _locked(request.walk_in_id, request.expected_version, call)
        before = it.status
        it.hurry(urgent=request.urgent, reason=request.reason, now=call.now)
        await _save(it, before, call)
        call.audit(**_urgency(request))
        places = await places_at(it.location_id, on_duty, call)
        return wire.shown(it, places.get(it.id), call.now)

    async def CallWalkIn(self, request: pb.CallWalkInRequest, call: Call) -> pb.WalkIn:
        seen = await walk_ins.get(call.tx, UUID(request.walk_in_id))
        await call.pause()
        await asyncio.gather(
            self._require_specialist(request.specialist_id, call),
            self._require_room(request.room_id, seen.location_id, call),
        )
        caller = _caller(call)
        it = await _locked(request.walk_in_id, request.expected_version, call)
        before, specialist_id = it.status, it.specialist_for(_id(request.specialist_id), caller)
        await _tell_who_was_ahead(it, call)
        it.call(specialist_id, _id(request.room_id), caller, call.now)
        await _save(it, before, call)
        return wire.shown(it, None, call.now)

    async def ServeWalkIn(self, request: pb.ServeWalkInRequest, call: Call) -> pb.WalkIn:
        seen, caller = await walk_ins.get(call.tx, UUID(request.walk_in_id)), _caller(call)
        await call.pause()
        specialist_id = seen.specialist_for(_id(request.specialist_id), caller)
        if specialist_id is None:
            nobody = FieldViolation("specialist_id", "is required: nobody has called them or was asked for")
            raise Invalid(fields=[nobody])
        room_id = _id(request.room_id) or seen.room_id
        service, _, _ = await asyncio.gather(
            self.named.service(str(seen.service_id), call),
            self._require_specialist(request.specialist_id, call),
            self._require_room(request.room_id, seen.location_id, call),
        )
        it = await _locked(request.walk_in_id, request.expected_version or seen.version, call)
        before = it.status
        it.require_free_for(caller)
        await _tell_who_was_ahead(it, call)
        appointment = await _see(it, specialist_id, room_id, timedelta(minutes=service.duration_minutes), call)
        it.begin(appointment, call.now)
        await _save(it, before, call)
        return wire.shown(it, None, call.now)

    async def LeaveQueue(self, request: pb.LeaveQueueRequest, call: Call) -> pb.WalkIn:
        it = await _locked(request.walk_in_id, request.expected_version, call)
        before = it.status
        it.leave(request.reason, call.now)
        await _save(it, before, call)
        return wire.shown(it, None, call.now)

    async def _require_specialist(self, id_: str, call: Call) -> None:
        if id_ and (await self.named.specialist(id_, call)).inactive:
            gone = FieldViolation("specialist_id", "has left")
            raise UnknownSpecialist("They do not work here any more", fields=[gone])

    async def _require_room(self, id_: str, location_id: UUID, call: Call) -> None:
        if id_ and (await self.named.room(id_, call)).location_id != str(location_id):
            elsewhere = FieldViolation("room_id", "is at another location")
            raise UnknownRoom("There is no such room where they wait", fields=[elsewhere])


async def _see(it: WalkIn, specialist_id: UUID, room_id: UUID | None, length: timedelta, call: Call) -> Appointment:
    """From this minute on; or from the next: whoever ends a visit and sees the next at once may have this one still."""
    minute = call.now.replace(second=0, microsecond=0)
    for starts_at in (minute, minute + _MINUTE):
        visit = it.visit(new_id(), specialist_id, starts_at, length)
        offered = Offered([Candidate(specialist_id, demands(visit, room_id))])
        try:
            return await make_now(visit, offered, patient_id=it.patient_id, notes=it.notes, call=call)
        except SlotTaken:
            await claims.release(call.tx, visit.holder)
    raise await _why_taken(visit, room_id, call)


async def _why_taken(visit: Visit, room_id: UUID | None, call: Call) -> SlotTaken:
    """With the time until which they are free, or when they will be: staff see what else they could do."""
    names = {visit.specialist_id: "provider"} | ({room_id: "room"} if room_id else {})
    begin, end = visit.slot.starts_at, visit.slot.ends_at
    words, facts = list[str](), dict[str, str]()
    for row in sorted(await claims.search(call.tx, list(names), begin, end, []), key=lambda row: row["begins_at"]):
        name = names.pop(row["resource_id"], None)
        if name is None:
            continue
        is_taken = row["begins_at"] <= begin
        until = local(row["ends_at"] if is_taken else row["begins_at"], visit.slot.time_zone)
        words.append(f"The {name} is {'taken' if is_taken else 'free'} until {until}")
        facts[f"{name}{'Taken' if is_taken else 'Free'}Until"] = until
    return SlotTaken("; ".join(words), facts=facts)


async def _locked(id_: str, seen: int, call: Call) -> WalkIn:
    it = await walk_ins.get(call.tx, UUID(id_), lock=True)
    it.require_version(seen)
    return it


async def _save(it: WalkIn, before: WalkInStatus, call: Call) -> None:
    await walk_ins.save(call.tx, it)
    call.emit(wire.changed(it, before), key=str(it.id))


async def _tell_who_was_ahead(it: WalkIn, call: Call) -> None:
    """Of those who wait; for the audit trail."""
    waiting = [row["id"] for row in await walk_ins.turns(call.tx, it.location_id) if not row["called"]]
    if it.id in waiting and waiting.index(it.id):
        call.audit(passed_over=waiting.index(it.id))


def _caller(call: Call) -> Caller:
    return Caller(call.claims.subject, call.claims.specialist_id, call.claims.role == "specialist")


def _urgency(request: pb.JoinQueueRequest | pb.ChangeWalkInRequest) -> dict[str, object]:
    return {"urgent": request.urgent, "reason": request.reason} if request.reason else {}


def _id(given: str) -> UUID | None:
    return UUID(given) if given else None
