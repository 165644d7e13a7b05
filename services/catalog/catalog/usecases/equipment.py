"""ambulo.catalog.v1.EquipmentService: with what care is given."""

from uuid import UUID

from ambulo.catalog.v1 import equipment_pb2 as pb
from ambulo.catalog.v1 import events_pb2 as events
from chassis import Call, new_id
from chassis.store import Page

from catalog import wire
from catalog.store import tables, things


class EquipmentService:
    async def DefineEquipment(self, request: pb.DefineEquipmentRequest, call: Call) -> pb.Equipment:
        row, changed = await things.define(
            call.tx,
            tables.equipment,
            request.expected_version,
            {
                "id": UUID(request.equipment_id) if request.equipment_id else new_id(),
                "location_id": UUID(request.location_id),
                "name": request.name,
                "equipment_type": request.equipment_type,
                "quantity": request.quantity,
                "inactive": request.inactive,
            },
        )
        equipment = wire.equipment(row)
        if changed:
            call.emit(events.EquipmentDefined(equipment=equipment), key=equipment.id)
        return equipment

    async def GetEquipment(self, request: pb.GetEquipmentRequest, call: Call) -> pb.Equipment:
        return wire.equipment(await things.get(call.tx, tables.equipment, UUID(request.equipment_id)))

    async def ListEquipment(self, request: pb.ListEquipmentRequest, call: Call) -> pb.ListEquipmentResponse:
        location_id = UUID(request.location_id) if request.location_id else None
        rows, cursor = await things.list_(call.tx, tables.equipment, Page.of(request, str, UUID), location_id)
        return pb.ListEquipmentResponse(equipment=map(wire.equipment, rows), next_cursor=cursor)
