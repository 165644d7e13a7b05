"""A front desk at a booking service on a real database; every start is free as far as scheduling says, which is faked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.booking.v1 import policies_pb2, visits_pb2
from ambulo.catalog.v1 import rooms_pb2, services_pb2, specialists_pb2
from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1 import availability_pb2
from booking.service import service
from chassis.ids import new_id
from chassis.testing import FakePeer, Running
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
        ends_at = stamp(request.starts_at.ToDatetime(UTC) + timedelta(minutes=MINUTES))

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
            time_zone="Europe/Bucharest",
            starts_at=request.starts_at,
            ends_at=ends_at,
            occupied_from=request.starts_at,
            occupied_until=ends_at,
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
        """Half an hour later everything is free."""
        start = datetime.fromisoformat(request.after) + timedelta(minutes=MINUTES)
        return availability_pb2.ListAvailabilityResponse(slots=[availability_pb2.Slot(start=start.isoformat())])

    scheduling = FakePeer("ambulo.scheduling.v1.AvailabilityService", ResolveSlot=resolved, FindFirstAvailable=first)
    catalog = FakePeer(
        "ambulo.catalog.v1.ServiceService", GetService=lambda request: services_pb2.Service(id=request.service_id)
    )
    specialists = FakePeer(
        "ambulo.catalog.v1.SpecialistService",
        GetSpecialist=lambda request: specialists_pb2.Specialist(id=request.specialist_id),
    )
    rooms = FakePeer("ambulo.catalog.v1.RoomService", GetRoom=lambda request: rooms_pb2.Room(id=request.room_id))
    desks.append(Desk(await start(service, people, scheduling, catalog, specialists, rooms)))
    return desks[0]
