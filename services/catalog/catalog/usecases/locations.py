"""ambulo.catalog.v1.LocationService: where care is given."""

from uuid import UUID

from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import locations_pb2 as pb
from chassis import Call, new_id
from chassis.store import Page

from catalog import wire
from catalog.domain.location import require_zone
from catalog.store import tables, things


class LocationService:
    async def DefineLocation(self, request: pb.DefineLocationRequest, call: Call) -> pb.Location:
        require_zone(request.time_zone)
        row, changed = await things.define(
            call.tx,
            tables.location,
            request.expected_version,
            {
                "id": UUID(request.location_id) if request.location_id else new_id(),
                "name": request.name,
                "time_zone": request.time_zone,
                "address": wire.address_json(request.address),
                "inactive": request.inactive,
            },
        )
        location = wire.location(row)
        if changed:
            call.emit(events.LocationDefined(location=location), key=location.id)
        return location

    async def GetLocation(self, request: pb.GetLocationRequest, call: Call) -> pb.Location:
        return wire.location(await things.get(call.tx, tables.location, UUID(request.location_id)))

    async def ListLocations(self, request: pb.ListLocationsRequest, call: Call) -> pb.ListLocationsResponse:
        rows, cursor = await things.list_(call.tx, tables.location, Page.of(request, str, UUID))
        return pb.ListLocationsResponse(locations=map(wire.location, rows), next_cursor=cursor)
