"""Changes of the catalog: tried on what scheduling has heard, and made where they belong."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from ambulo.catalog.v1 import equipment_pb2, rooms_pb2, services_pb2, specialists_pb2
from ambulo.catalog.v1 import events_pb2 as events
from ambulo.scheduling.v1 import impact_pb2 as pb
from chassis import Call
from chassis.errors import Denied, DomainError, FieldViolation, Refused
from chassis.rpc import validate
from google.protobuf.message import Message
from sqlalchemy import Table

from scheduling.domain.errors import UnknownEquipment, UnknownRoom, UnknownService, UnknownSpecialist
from scheduling.store import projections, tables
from scheduling.usecases.reactions import Reactions
from scheduling.wire import when
from scheduling.wire.changes import as_request

_PERMISSION: Final = "catalog.write"

Thing = Any
"""A Service, Room, Equipment or Specialist of the catalog, as it shall be."""


class Services(Protocol):
    async def DefineService(self, request: services_pb2.DefineServiceRequest, call: Call) -> services_pb2.Service: ...


class Rooms(Protocol):
    async def DefineRoom(self, request: rooms_pb2.DefineRoomRequest, call: Call) -> rooms_pb2.Room: ...


class Equipment(Protocol):
    async def DefineEquipment(
        self, request: equipment_pb2.DefineEquipmentRequest, call: Call
    ) -> equipment_pb2.Equipment: ...


class Specialists(Protocol):
    async def DefineSpecialist(
        self, request: specialists_pb2.DefineSpecialistRequest, call: Call
    ) -> specialists_pb2.Specialist: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A noun of the catalog: what it is called in a Change and in its event, how it is asked for, how it is heard."""

    name: str
    request: type[Message]
    define: Callable[[Any, Call], Awaitable[Message]]
    event: type[Message]
    hear: Callable[[Any, Call], Awaitable[None]]
    heard: Table
    unknown: type[Refused]


class CatalogChanges:
    def __init__(
        self, services: Services, rooms: Rooms, equipment: Equipment, specialists: Specialists, reactions: Reactions
    ) -> None:
        self.kinds = {
            services_pb2.Service: Kind(
                "service", services_pb2.DefineServiceRequest, services.DefineService,
                events.ServiceDefined, reactions.on_service_defined, tables.service, UnknownService,
            ),
            rooms_pb2.Room: Kind(
                "room", rooms_pb2.DefineRoomRequest, rooms.DefineRoom,
                events.RoomDefined, reactions.on_room_defined, tables.room, UnknownRoom,
            ),
            equipment_pb2.Equipment: Kind(
                "equipment", equipment_pb2.DefineEquipmentRequest, equipment.DefineEquipment,
                events.EquipmentDefined, reactions.on_equipment_defined, tables.equipment, UnknownEquipment,
            ),
            specialists_pb2.Specialist: Kind(
                "specialist", specialists_pb2.DefineSpecialistRequest, specialists.DefineSpecialist,
                events.SpecialistDefined, reactions.on_specialist_defined, tables.specialist, UnknownSpecialist,
            ),
        }  # fmt: skip

    def thing(self, change: pb.Change) -> Thing | None:
        """None: it is about something else."""
        return next((value for _, value in change.ListFields() if type(value) in self.kinds), None)

    async def require(self, change: pb.Change, call: Call) -> None:
        """That the caller may write the catalog, and that the change is sound, in all that can be known here: whether
        a name is taken the catalog says itself."""
        thing = self.thing(change)
        if (thing is not None or change.HasField("holidays")) and not call.claims.may(_PERMISSION):
            raise Denied(f"This needs the permission {_PERMISSION}")
        if thing is None:
            return
        kind = self.kinds[type(thing)]
        with _told_of(kind):
            validate(_request(kind, thing, call))
            if kind.name == "service":
                _require_days(thing)
            if not thing.id or await projections.version_of(call.tx, kind.heard, UUID(thing.id)) is None:
                unknown = FieldViolation(f"{kind.name}_id", "is unknown")
                raise kind.unknown(f"There is no {kind.name} {thing.id or 'without an id'}", fields=[unknown])

    async def try_out(self, thing: Thing, call: Call) -> None:
        """As if it had been made and heard; to be undone."""
        seen = await projections.version_of(call.tx, self.kinds[type(thing)].heard, UUID(thing.id))
        tried = type(thing)()
        tried.CopyFrom(thing)
        tried.version = (seen or 0) + 1
        await self.hear(tried, call)

    async def make(self, thing: Thing, call: Call) -> Thing:
        """By the catalog, in the name of whoever asks; as it is then."""
        kind = self.kinds[type(thing)]
        with _told_of(kind):
            return await kind.define(_request(kind, thing, call), call)

    async def hear(self, thing: Thing, call: Call) -> None:
        """Its event may come before or later: of one version, the first that is heard counts."""
        kind = self.kinds[type(thing)]
        await kind.hear(kind.event(**{kind.name: thing}), call)


def _request(kind: Kind, thing: Thing, call: Call) -> Message:
    request = kind.request(clinic_id=str(call.clinic_id))
    return as_request(request, thing, {"id": f"{kind.name}_id", "version": "expected_version"})


def _require_days(service: services_pb2.Service) -> None:
    for n, rule in enumerate(service.rules):
        for name in ("first", "last"):
            if rule.blackout_dates.HasField(name):
                when.day_of(getattr(rule.blackout_dates, name), f"rules[{n}].blackout_dates.{name}")


@contextmanager
def told_of(where: str, names: Mapping[str, str] | None = None) -> Iterator[None]:
    """A failure names fields of another request, which may be called otherwise there; the caller knows those here."""
    try:
        yield
    except DomainError as failure:
        failure.fields = tuple(
            FieldViolation(f"{where}.{(names or {}).get(each.field, each.field)}", each.description)
            for each in failure.fields
        )
        raise


def _told_of(kind: Kind) -> AbstractContextManager[None]:
    return told_of(f"change.{kind.name}", {f"{kind.name}_id": "id", "expected_version": "version"})
