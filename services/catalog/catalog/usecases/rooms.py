"""ambulo.catalog.v1.RoomService: in which care is given."""

from uuid import UUID

from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import rooms_pb2 as pb
from chassis import Call, new_id
from chassis.store import Page

from catalog import wire
from catalog.store import tables, things


class RoomService:
    async def DefineRoom(self, request: pb.DefineRoomRequest, call: Call) -> pb.Room:
        row, changed = await things.define(
            call.tx,
            tables.room,
            request.expected_version,
            {
                "id": UUID(request.room_id) if request.room_id else new_id(),
                "location_id": UUID(request.location_id),
                "name": request.name,
                "room_type": request.room_type,
                "inactive": request.inactive,
                "capacity": request.capacity,
                "features": sorted(request.features),
                "turnaround_minutes": request.turnaround_minutes,
            },
        )
        room = wire.room(row)
        if changed:
            call.emit(events.RoomDefined(room=room), key=room.id)
        return room

    async def GetRoom(self, request: pb.GetRoomRequest, call: Call) -> pb.Room:
        return wire.room(await things.get(call.tx, tables.room, UUID(request.room_id)))

    async def ListRooms(self, request: pb.ListRoomsRequest, call: Call) -> pb.ListRoomsResponse:
        location_id = UUID(request.location_id) if request.location_id else None
        rows, cursor = await things.list_(call.tx, tables.room, Page.of(request, str, UUID), location_id)
        return pb.ListRoomsResponse(rooms=map(wire.room, rows), next_cursor=cursor)
