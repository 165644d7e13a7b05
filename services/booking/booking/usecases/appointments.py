"""ambulo.booking.v1.AppointmentService: an appointment from booking to cancellation."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.scheduling.v1 import availability_pb2
from chassis import Call, new_id
from chassis.errors import Denied, FieldViolation, Invalid
from chassis.idempotency import reversible
from chassis.store import Page

from booking import offer_wire, wire
from booking.domain.appointment import Appointment
from booking.domain.errors import AnotherAppointment, HoldDiffers, HoldOver, NotOverbookable, SlotTaken
from booking.domain.hold import Hold
from booking.domain.status import Action
from booking.domain.visit import require_future
from booking.store import appointments, holds, policies, timeline
from booking.usecases.making import NeverHere, make, make_of_hold
from booking.usecases.peers import Peers, instant, require_own
from booking.usecases.taking import give_back, take

_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_LONGEST_RANGE = timedelta(days=366)


class AppointmentService:
    def __init__(self, peers: Peers) -> None:
        self.peers = peers

    @reversible
    async def BookAppointment(self, request: pb.BookAppointmentRequest, call: Call) -> pb.AppointmentResponse:
        require_own(call, request.patient_id)
        before = await _booked_before(request, call)
        if before is not None:
            return before
        try:
            return await (self._book_held(request, call) if request.hold_id else self._book(request, call))
        except (SlotTaken, AnotherAppointment, HoldOver) as failure:
            # Perhaps by this very request, made twice at once.
            before = await _booked_before(request, call)
            if before is not None:
                return before
            if isinstance(failure, SlotTaken) and request.HasField("starts_at") and not await call.is_repeated():
                raise await self.peers.with_alternatives(failure, _asked(request), call) from None
            raise

    async def _book(self, request: pb.BookAppointmentRequest, call: Call) -> pb.AppointmentResponse:
        starts_at = instant(request, "starts_at")
        if starts_at is None:
            raise Invalid(fields=[FieldViolation("starts_at", "is required, unless a holdId says it")])
        require_future(starts_at, call.now)
        asked = _asked(request)
        asked.overbook_most = await _overbook_most(request, call)
        resolved = await self.peers.resolve(asked, call)
        visit, offered = offer_wire.visit(resolved, new_id(), request.calendar_id), offer_wire.offered(resolved)
        visit.slot.require_end(instant(request, "ends_at"))
        if asked.overbook_most and offered.seats:
            raise NotOverbookable("It is for groups: raise the service's capacity instead")
        # Of an id that the client chose, it must be known here whether it is taken.
        is_last = not request.appointment_id
        make_it = partial(make, visit, offered, **_facts(request, call), call=call, is_last=is_last)
        try:
            appointment = await make_it(is_known=False)
        except NeverHere:
            # Most were, and are spared the question.
            await call.undo()
            await self.peers.check_patient(request.patient_id, call)
            appointment = await make_it()
        call.audit(**_overbooked(request))
        return wire.response(appointment, call.clinic_id)

    async def _book_held(self, request: pb.BookAppointmentRequest, call: Call) -> pb.AppointmentResponse:
        """What is held was resolved, and is taken already: it only changes hands."""
        await self.peers.check_patient(request.patient_id, call)
        hold = await holds.get_for_update(call.tx, UUID(request.hold_id), call.claims.subject)
        hold.require_alive(call.now)
        _require_same(request, hold)
        return wire.response(await make_of_hold(hold, **_facts(request, call), call=call), call.clinic_id)

    async def GetAppointment(self, request: pb.GetAppointmentRequest, call: Call) -> pb.AppointmentResponse:
        return wire.response(await appointments.get(call.tx, UUID(request.appointment_id)), call.clinic_id)

    async def ChangeAppointment(self, request: pb.ChangeAppointmentRequest, call: Call) -> pb.AppointmentResponse:
        if request.HasField("starts_at"):
            return await self._move(request, call)
        appointment = await appointments.get_for_update(call.tx, UUID(request.appointment_id))
        appointment.require_version(request.expected_version)
        appointment.cancel(
            reason=request.reason,
            now=call.now,
            waived=not is_patients_doing(request.by_patient, call),
            by_staff=is_staffs_doing(call),
        )
        await give_back(appointment, call)
        await appointments.save(call.tx, appointment, timeline.entry(appointment, Action.CANCELED, call))
        call.emit(wire.canceled(appointment), key=str(appointment.id))
        return wire.response(appointment, call.clinic_id)

    async def _move(self, request: pb.ChangeAppointmentRequest, call: Call) -> pb.AppointmentResponse:
        # A first look tells what to ask scheduling; that asks over the network, so no lock may be held meanwhile.
        seen = await appointments.get(call.tx, UUID(request.appointment_id))
        await call.pause()
        seen.require_version(request.expected_version)
        starts_at = instant(request, "starts_at")
        assert starts_at is not None
        require_future(starts_at, call.now)
        elsewhere = _is_elsewhere(request, seen)
        # Who names another place leaves the calendar it was booked from, which has one of its own.
        calendar_id = "" if elsewhere else str(seen.calendar_id or "")
        asked = availability_pb2.ResolveSlotRequest(
            service_id=str(seen.service_id),
            specialist_id=request.specialist_id or str(seen.specialist_id),
            starts_at=request.starts_at,
            location_id=request.location_id,
            preferred_location_id=str(seen.slot.location_id),
            room_id=request.room_id,
            holder_id=str(seen.id),
            calendar_id=calendar_id,
        )
        resolved = await self.peers.resolve(asked, call)
        visit, offered = offer_wire.visit(resolved, seen.id, calendar_id), offer_wire.offered(resolved)
        visit.slot.require_end(instant(request, "ends_at"))

        appointment = await appointments.get_for_update(call.tx, seen.id)
        appointment.require_version(request.expected_version)
        before = replace(appointment)
        appointment.move(
            visit.slot,
            visit.specialist_id,
            reason=request.reason,
            now=call.now,
            elsewhere=elsewhere,
            waived=not is_patients_doing(request.by_patient, call),
            by_staff=is_staffs_doing(call),
            asks_again=call.claims.patient_id is not None
            and (await policies.of(call.tx, appointment.service_id)).needs_acceptance,
        )
        await give_back(appointment, call)
        await take(appointment, offered, call)
        if appointment.specialist_id == before.specialist_id:
            appointment.assignment = before.assignment
        await appointments.save(call.tx, appointment, timeline.entry(appointment, Action.MOVED, call))
        call.emit(wire.moved(appointment, before), key=str(appointment.id))
        return wire.response(appointment, call.clinic_id)

    async def ListAppointments(self, request: pb.ListAppointmentsRequest, call: Call) -> pb.ListAppointmentsResponse:
        equal = {
            name: UUID(getattr(request, name))
            for name in ("specialist_id", "patient_id", "location_id", "session_id")
            if getattr(request, name)
        }
        found, cursor = await appointments.search(
            call.tx,
            Page.of(request, datetime, UUID),
            equal=equal,
            days=_days(request),
            starts_from=instant(request, "starts_from"),
            starts_until=instant(request, "starts_until"),
            statuses=[wire.STATUSES_BACK[status] for status in request.statuses],
        )
        return pb.ListAppointmentsResponse(
            appointments=[wire.appointment(each, call.clinic_id) for each in found], next_cursor=cursor
        )


def _is_elsewhere(request: pb.ChangeAppointmentRequest, seen: Appointment) -> bool:
    """In another room, or at another location, than it is now."""
    places = ((request.location_id, seen.slot.location_id), (request.room_id, seen.room_id))
    return any(asked and asked.lower() != str(now) for asked, now in places)


def is_patients_doing(by_patient: bool, call: Call) -> bool:  # as the request says
    """What the clinic does of its own accord costs nobody anything."""
    return call.claims.patient_id is not None or by_patient


def is_staffs_doing(call: Call) -> bool:
    """Also if the patient wants it: whether they owe for it is another question."""
    return call.claims.may("appointments.manage")


def _asked(request: pb.BookAppointmentRequest) -> availability_pb2.ResolveSlotRequest:
    return availability_pb2.ResolveSlotRequest(
        service_id=request.service_id,
        specialist_id=request.specialist_id,
        starts_at=request.starts_at,
        location_id=request.location_id,
        room_id=request.room_id,
        calendar_id=request.calendar_id,
    )


def _facts(request: pb.BookAppointmentRequest, call: Call) -> dict[str, Any]:
    return {
        "id_": UUID(request.appointment_id) if request.appointment_id else new_id(),
        "patient_id": UUID(request.patient_id),
        "notes": request.notes,
        "by_patient": call.claims.patient_id is not None,
    }


def _overbooked(request: pb.BookAppointmentRequest) -> dict[str, object]:
    return {"overbook_reason": request.overbook_reason} if request.overbook_reason else {}


async def _overbook_most(request: pb.BookAppointmentRequest, call: Call) -> int:
    """How many more than one; the transaction is over then."""
    if not request.overbook_reason:
        return 0
    if not call.claims.may("appointments.overbook"):
        raise Denied("This needs the permission appointments.overbook")
    if request.calendar_id or not request.service_id:
        raise NotOverbookable("Name the service and the provider, without a calendar")
    policy = await policies.of(call.tx, UUID(request.service_id))
    await call.pause()
    if not policy.overbook_most:
        raise NotOverbookable("Let its booking policy permit it first (overbookMost)")
    return policy.overbook_most


async def _booked_before(request: pb.BookAppointmentRequest, call: Call) -> pb.AppointmentResponse | None:
    """What was booked under the id that the booker chose; the transaction is over then."""
    if not request.appointment_id:
        return None
    await call.pause()
    found = await appointments.find(call.tx, UUID(request.appointment_id))
    if found is not None:
        service_id = UUID(request.service_id) if request.service_id else None
        found.require_same(patient_id=UUID(request.patient_id), service_id=service_id)
        return wire.response(found, call.clinic_id)
    await call.pause()
    return None


def _require_same(request: pb.BookAppointmentRequest, hold: Hold) -> None:
    """Whatever is said beside the hold's id must be what it keeps."""
    said = {
        "service_id": (request.service_id, str(hold.service_id)),
        "specialist_id": (request.specialist_id, str(hold.specialist_id)),
        "location_id": (request.location_id, str(hold.slot.location_id)),
        "room_id": (request.room_id, str(hold.room_id or "")),
        "calendar_id": (request.calendar_id, str(hold.calendar_id or "")),
        "starts_at": (instant(request, "starts_at") or "", hold.slot.starts_at),
        "ends_at": (instant(request, "ends_at") or "", hold.slot.ends_at),
    }
    wrong = [FieldViolation(name, "is not what the hold keeps") for name, (a, b) in said.items() if a not in ("", b)]
    if wrong:
        raise HoldDiffers("Leave out what the hold says already", fields=wrong)


def _days(request: pb.ListAppointmentsRequest) -> tuple[date, date] | None:
    """First and last local date."""
    field = "date_range" if request.date_range else "on"
    try:
        if request.date_range:
            first, last = map(date.fromisoformat, request.date_range.split(","))
        elif request.HasField("on"):
            first = last = date(request.on.year, request.on.month, request.on.day)
        else:
            return None
    except ValueError:
        raise Invalid(fields=[FieldViolation(field, "must be dates that exist, YYYY-MM-DD")]) from None
    if not (first.year >= _FIRST_YEAR and last.year < _LAST_YEAR and timedelta(0) <= last - first <= _LONGEST_RANGE):
        wanted = f"must be days of {_FIRST_YEAR} to {_LAST_YEAR - 1}, in order, {_LONGEST_RANGE.days} at most"
        raise Invalid(fields=[FieldViolation(field, wanted)])
    return first, last
