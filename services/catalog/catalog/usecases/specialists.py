"""ambulo.catalog.v1.SpecialistService: who gives care."""

from uuid import UUID

from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import specialists_pb2 as pb
from chassis import Call, new_id
from chassis.store import Page

from catalog import wire
from catalog.store import tables, things


class SpecialistService:
    async def DefineSpecialist(self, request: pb.DefineSpecialistRequest, call: Call) -> pb.Specialist:
        location_ids = sorted(UUID(id_) for id_ in request.location_ids)
        await things.require_locations(call.tx, location_ids)
        row, changed = await things.define(
            call.tx,
            tables.specialist,
            request.expected_version,
            {
                "id": UUID(request.specialist_id) if request.specialist_id else new_id(),
                "name": request.name,
                "specialty": request.specialty,
                "location_ids": location_ids,
                "inactive": request.inactive,
            },
        )
        specialist = wire.specialist(row)
        if changed:
            call.emit(events.SpecialistDefined(specialist=specialist), key=specialist.id)
        return specialist

    async def GetSpecialist(self, request: pb.GetSpecialistRequest, call: Call) -> pb.Specialist:
        return wire.specialist(await things.get(call.tx, tables.specialist, UUID(request.specialist_id)))

    async def ListSpecialists(self, request: pb.ListSpecialistsRequest, call: Call) -> pb.ListSpecialistsResponse:
        location_id = UUID(request.location_id) if request.location_id else None
        rows, cursor = await things.list_(call.tx, tables.specialist, Page.of(request, str, UUID), location_id)
        return pb.ListSpecialistsResponse(specialists=map(wire.specialist, rows), next_cursor=cursor)
