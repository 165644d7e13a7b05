"""ambulo.catalog.v1.ServiceService: what can be booked."""

from uuid import UUID

from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import services_pb2 as pb
from chassis import Call, new_id
from chassis.store import Page

from catalog import wire
from catalog.store import tables, things


class ServiceService:
    async def DefineService(self, request: pb.DefineServiceRequest, call: Call) -> pb.Service:
        specialist_ids = sorted(UUID(id_) for id_ in request.specialist_ids)
        location_ids = sorted(UUID(id_) for id_ in request.location_ids)
        await things.require_specialists(call.tx, specialist_ids)
        await things.require_locations(call.tx, location_ids)
        row, changed = await things.define(
            call.tx,
            tables.service,
            request.expected_version,
            {
                "id": UUID(request.service_id) if request.service_id else new_id(),
                "name": request.name,
                "description": request.description,
                "duration_minutes": request.duration_minutes,
                "buffer_before_minutes": request.buffer_before_minutes,
                "buffer_after_minutes": request.buffer_after_minutes,
                "requires_room": request.requires_room,
                "room_type": request.room_type,
                "specialist_ids": specialist_ids,
                "location_ids": location_ids,
                "inactive": request.inactive,
            },
        )
        service = wire.service(row)
        if changed:
            call.emit(events.ServiceDefined(service=service), key=service.id)
        return service

    async def GetService(self, request: pb.GetServiceRequest, call: Call) -> pb.Service:
        return wire.service(await things.get(call.tx, tables.service, UUID(request.service_id)))

    async def ListServices(self, request: pb.ListServicesRequest, call: Call) -> pb.ListServicesResponse:
        rows, cursor = await things.list_(call.tx, tables.service, Page.of(request, str, UUID))
        return pb.ListServicesResponse(services=map(wire.service, rows), next_cursor=cursor)
