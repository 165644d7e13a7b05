"""A small clinic that scheduling has heard of, on a real database."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.catalog.v1 import locations_pb2, rooms_pb2, services_pb2, specialists_pb2
from ambulo.scheduling.v1 import availability_pb2 as pb
from ambulo.scheduling.v1 import hours_pb2, overrides_pb2
from chassis.ids import new_id
from chassis.testing import Running
from chassis.wire import stamp
from google.type import timeofday_pb2
from scheduling.service import service

ZONE = ZoneInfo("Europe/Bucharest")
MONDAY = (datetime.now(ZONE) + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
MONDAY += timedelta(days=-MONDAY.weekday() % 7)


@dataclass
class Clinic:
    """One location, specialist, room and service of 30 + 15 minutes; Mondays from 9 to 12."""

    running: Running
    location: str
    specialist: str
    room: str
    service: str

    async def hear_service(self, version: int = 1, **more: Any) -> None:
        facts = {"duration_minutes": 30, "buffer_after_minutes": 15, "requires_room": True, "room_type": "exam"} | more
        await self.running.hear(
            catalog.ServiceDefined(service=services_pb2.Service(id=self.service, version=version, **facts))
        )

    async def works(self, *hours: tuple[int, int], weekday: int = 1, **more: Any) -> None:
        intervals = [
            hours_pb2.OpenInterval(
                weekday=weekday, starts=timeofday_pb2.TimeOfDay(hours=a), ends=timeofday_pb2.TimeOfDay(hours=b)
            )
            for a, b in hours
        ]
        request = hours_pb2.SetWeeklyHoursRequest(
            specialist_id=self.specialist, location_id=self.location, intervals=intervals, **more
        )
        await self.running.ask("SetWeeklyHours", request)

    async def override(self, kind: str, begin: datetime, end: datetime, **more: Any) -> overrides_pb2.Override:
        request = overrides_pb2.AddOverrideRequest(
            specialist_id=self.specialist, kind=overrides_pb2.OverrideKind.Value(f"OVERRIDE_KIND_{kind}"),
            starts_at=stamp(begin), ends_at=stamp(end), **more,
        )  # fmt: skip
        return await self.running.ask("AddOverride", request)

    def occupied(self, begin: datetime, version: int = 1, appointment: str = "") -> booking.Occupied:
        return booking.Occupied(
            appointment_id=appointment or str(new_id()), version=version, specialist_id=self.specialist,
            room_id=self.room, occupied_from=stamp(begin), occupied_until=stamp(begin + timedelta(minutes=45)),
        )  # fmt: skip

    async def starts(self, **more: Any) -> list[str]:
        return [s.start[11:16] for s in (await self.list(**more)).slots]

    async def list(self, **more: Any) -> pb.ListAvailabilityResponse:
        facts = {"start": MONDAY.strftime("%Y-%m-%d"), "end": (MONDAY + timedelta(days=1)).strftime("%Y-%m-%d")} | more
        return await self.running.ask(
            "ListAvailability",
            pb.ListAvailabilityRequest(**({"service_id": self.service, "location_id": self.location} | facts)),
        )

    async def resolve(self, start: datetime, **more: Any) -> pb.ResolvedSlot:
        facts = {"service_id": self.service, "specialist_id": self.specialist} | more
        claims = self.running.claims("admin")
        return await self.running.ask(
            "ResolveSlot", pb.ResolveSlotRequest(starts_at=stamp(start), **facts), claims=claims
        )


@pytest.fixture
async def clinic(start: Callable[..., Awaitable[Running]]) -> Clinic:
    running = await start(service)
    it = Clinic(running, *(str(new_id()) for _ in range(4)))
    for event in (
        catalog.LocationDefined(
            location=locations_pb2.Location(id=it.location, time_zone=str(ZONE), name="Centre", version=1)
        ),
        catalog.RoomDefined(
            room=rooms_pb2.Room(id=it.room, location_id=it.location, name="R1", room_type="exam", version=1)
        ),
        catalog.SpecialistDefined(
            specialist=specialists_pb2.Specialist(id=it.specialist, name="Dr. Ana", specialty="Physio", version=1)
        ),
    ):
        await running.hear(event)
    await it.hear_service()
    await it.works((9, 12))
    return it
