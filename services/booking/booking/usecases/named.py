"""What a request names must be there: services, specialists, rooms and locations, as the catalog knows them."""

from collections.abc import Awaitable
from typing import Protocol, TypeVar

from ambulo.catalog.v1 import locations_pb2, rooms_pb2, services_pb2, specialists_pb2
from chassis import Call
from chassis.errors import DomainError, FieldViolation, NotFound

from booking.domain.errors import UnknownLocation, UnknownRoom, UnknownService, UnknownSpecialist

T = TypeVar("T")


class Services(Protocol):
    """What booking needs of the catalog, and no more."""

    async def GetService(self, request: services_pb2.GetServiceRequest, call: Call) -> services_pb2.Service: ...


class Specialists(Protocol):
    async def GetSpecialist(
        self, request: specialists_pb2.GetSpecialistRequest, call: Call
    ) -> specialists_pb2.Specialist: ...


class Rooms(Protocol):
    async def GetRoom(self, request: rooms_pb2.GetRoomRequest, call: Call) -> rooms_pb2.Room: ...


class Locations(Protocol):
    async def GetLocation(self, request: locations_pb2.GetLocationRequest, call: Call) -> locations_pb2.Location: ...


class Named:
    def __init__(self, services: Services, specialists: Specialists, rooms: Rooms, locations: Locations) -> None:
        self.services = services
        self.specialists = specialists
        self.rooms = rooms
        self.locations = locations

    async def service(self, id_: str, call: Call) -> services_pb2.Service:
        asked = services_pb2.GetServiceRequest(clinic_id=str(call.clinic_id), service_id=id_)
        return await _known(self.services.GetService(asked, call), "service_id", UnknownService)

    async def specialist(self, id_: str, call: Call) -> specialists_pb2.Specialist:
        asked = specialists_pb2.GetSpecialistRequest(clinic_id=str(call.clinic_id), specialist_id=id_)
        return await _known(self.specialists.GetSpecialist(asked, call), "specialist_id", UnknownSpecialist)

    async def room(self, id_: str, call: Call) -> rooms_pb2.Room:
        asked = rooms_pb2.GetRoomRequest(clinic_id=str(call.clinic_id), room_id=id_)
        return await _known(self.rooms.GetRoom(asked, call), "room_id", UnknownRoom)

    async def location(self, id_: str, call: Call) -> locations_pb2.Location:
        asked = locations_pb2.GetLocationRequest(clinic_id=str(call.clinic_id), location_id=id_)
        return await _known(self.locations.GetLocation(asked, call), "location_id", UnknownLocation)


async def _known(asking: Awaitable[T], field: str, unknown: type[DomainError]) -> T:
    try:
        return await asking
    except NotFound as failure:
        raise unknown(failure.detail, fields=[FieldViolation(field, "is unknown")]) from None
