"""A front desk at a booking service on a real database; every start is free as far as scheduling says, which is faked."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.booking.v1 import policies_pb2, visits_pb2
from ambulo.catalog.v1 import locations_pb2, rooms_pb2, services_pb2, specialists_pb2
from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1 import availability_pb2, duty_pb2, resolving_pb2
from booking.service import service
from chassis.ids import new_id
from chassis.testing import FakePeer, Running, as_owner
from chassis.wire import stamp

MINUTES = 30
IN_THREE_DAYS = (datetime.now(UTC) + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)


@dataclass
class Desk:
    """One service, one specialist, two rooms."""

    running: Running
    specialist: str = field(default_factory=lambda: str(new_id()))
    service: str = field(default_factory=lambda: str(new_id()))
    location: str = field(default_factory=lambda: str(new_id()))
    rooms: tuple[str, str] = field(default_factory=lambda: (str(new_id()), str(new_id())))
    asked: list[availability_pb2.ResolveSlotRequest] = field(default_factory=list)
    zone: str = "Europe/Bucharest"
    minutes: int = MINUTES
    seats: int = 0
    """Of the service; 0: it is for one."""
    on_duty: list[duty_pb2.OnDuty] | Exception = field(default_factory=list)

    async def ask(self, rpc: str, request: Any, **more: Any) -> Any:
        return await self.running.ask(rpc, request, **more)

    async def book(self, starts_at: datetime = IN_THREE_DAYS, *, who: Any = None, **more: Any) -> pb.Appointment:
        facts: dict[str, Any] = {
            "patient_id": str(who.patient_id if who is not None else new_id()),
            "service_id": self.service,
            "specialist_id": self.specialist,
            "starts_at": stamp(starts_at),
        }
        request = pb.BookAppointmentRequest(**(facts | more))
        found: pb.Appointment = (await self.ask("BookAppointment", request, claims=who)).appointment
        return found

    async def do(self, verb: str, it: pb.Appointment, *, who: Any = None, **more: Any) -> pb.Appointment:
        """AcceptAppointment, MarkNoShow, ..."""
        request = visits_pb2.ChangeStatusRequest(appointment_id=it.id, **more)
        found: pb.Appointment = (await self.ask(verb, request, claims=who)).appointment
        return found

    async def change(self, it: pb.Appointment, *, who: Any = None, **more: Any) -> pb.Appointment:
        request = pb.ChangeAppointmentRequest(appointment_id=it.id, **({"expected_version": it.version} | more))
        found: pb.Appointment = (await self.ask("ChangeAppointment", request, claims=who)).appointment
        return found

    async def policy(self, **facts: Any) -> policies_pb2.BookingPolicy:
        request = policies_pb2.SetBookingPolicyRequest(**({"service_id": self.service} | facts))
        found: policies_pb2.BookingPolicy = await self.ask("SetBookingPolicy", request)
        return found

    def patient(self) -> Any:
        return self.running.claims("patient", patient_id=new_id())

    def resolved(self, request: availability_pb2.ResolveSlotRequest) -> availability_pb2.ResolvedSlot:
        self.asked.append(request)
        ends_at = stamp(request.starts_at.ToDatetime(UTC) + timedelta(minutes=self.minutes))

        def demand(kind: int, ids: list[str], units: int) -> availability_pb2.Demand:
            options = [
                availability_pb2.Claimable(resource_id=id_, unit=unit, begins_at=request.starts_at, ends_at=ends_at)
                for id_ in ids
                for unit in range(units)
            ]
            return availability_pb2.Demand(kind=kind, count=1, options=options)  # type: ignore[arg-type]

        specialist = request.specialist_id or self.specialist
        rooms = [request.room_id] if request.room_id else list(self.rooms)
        lanes = 1 + request.overbook_most
        return availability_pb2.ResolvedSlot(
            location_id=self.location,
            service_id=request.service_id or self.service,
            time_zone=self.zone,
            starts_at=request.starts_at,
            ends_at=ends_at,
            occupied_from=request.starts_at,
            occupied_until=ends_at,
            seats=self.seats,
            candidates=[
                availability_pb2.Candidate(
                    specialist_id=specialist,
                    weight=1,
                    demands=[
                        demand(availability_pb2.DEMAND_KIND_SPECIALIST, [specialist], lanes),
                        demand(availability_pb2.DEMAND_KIND_ROOM, rooms, 1),
                    ],
                )
            ],
        )

    def first(self, request: availability_pb2.FindFirstAvailableRequest) -> availability_pb2.ListAvailabilityResponse:
        """Of a stretch every half hour; else the next half hour."""
        found, step = availability_pb2.ListAvailabilityResponse(), timedelta(minutes=MINUTES)
        start = datetime.fromisoformat(request.after)
        until = datetime.fromisoformat(request.until) if request.until else None
        if until is None:
            start, until = start + step, start + 2 * step
        while start < until:
            for specialist_id in request.specialist_ids or [self.specialist]:
                slot = found.slots.add(location_id=request.location_ids[0] if request.location_ids else self.location)
                slot.specialist.id = specialist_id
                slot.start = start.astimezone(ZoneInfo(self.zone)).isoformat()
                slot.end = (start + timedelta(minutes=self.minutes)).astimezone(ZoneInfo(self.zone)).isoformat()
            start += step
        return found

    def resolved_many(self, starts: Iterable[availability_pb2.ResolveSlotRequest]) -> resolving_pb2.ResolvedSeries:
        found = resolving_pb2.ResolvedSeries(time_zone=self.zone)
        for each in starts:
            start = each.starts_at.ToDatetime(UTC).isoformat()
            found.starts.add(starts_at=each.starts_at, start=start, slot=self.resolved(each))
        return found


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Any]:
    """As its owner, who sees every clinic."""
    owner = await as_owner(environment, "booking")
    yield owner
    await owner.close()


@pytest.fixture
async def desk(start: Callable[..., Awaitable[Running]]) -> Desk:
    desks: list[Desk] = []
    people = FakePeer(
        "ambulo.people.v1.PatientService",
        CheckPatient=lambda request: patients_pb2.CheckedPatient(patient_id=request.patient_id),
    )

    def resolved(request: availability_pb2.ResolveSlotRequest) -> availability_pb2.ResolvedSlot:
        return desks[0].resolved(request)

    def first(request: availability_pb2.FindFirstAvailableRequest) -> availability_pb2.ListAvailabilityResponse:
        return desks[0].first(request)

    scheduling = FakePeer("ambulo.scheduling.v1.AvailabilityService", ResolveSlot=resolved, FindFirstAvailable=first)
    # Of a rule only its first start.
    resolving = FakePeer(
        "ambulo.scheduling.v1.ResolvingService",
        ResolveSeries=lambda request: desks[0].resolved_many([request.first]),
        ResolveMany=lambda request: desks[0].resolved_many(request.starts),
    )
    catalog = FakePeer(
        "ambulo.catalog.v1.ServiceService",
        GetService=lambda request: services_pb2.Service(id=request.service_id, duration_minutes=MINUTES),
    )
    specialists = FakePeer(
        "ambulo.catalog.v1.SpecialistService",
        GetSpecialist=lambda request: specialists_pb2.Specialist(id=request.specialist_id),
    )
    rooms = FakePeer(
        "ambulo.catalog.v1.RoomService",
        GetRoom=lambda request: rooms_pb2.Room(id=request.room_id, location_id=desks[0].location),
    )
    locations = FakePeer(
        "ambulo.catalog.v1.LocationService",
        GetLocation=lambda request: locations_pb2.Location(id=request.location_id, time_zone="Europe/Bucharest"),
    )

    def on_duty(_: duty_pb2.ListOnDutyRequest) -> duty_pb2.ListOnDutyResponse | Exception:
        found = desks[0].on_duty
        return found if isinstance(found, Exception) else duty_pb2.ListOnDutyResponse(specialists=found)

    duty = FakePeer("ambulo.scheduling.v1.DutyService", ListOnDuty=on_duty)
    asked = (people, scheduling, resolving, catalog, specialists, rooms, locations, duty)
    desks.append(Desk(await start(service, *asked)))
    return desks[0]
