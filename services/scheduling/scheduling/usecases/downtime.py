"""ambulo.scheduling.v1.DowntimeService: when rooms and equipment cannot be used."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ambulo.scheduling.v1 import downtime_pb2 as pb
from ambulo.scheduling.v1 import events_pb2 as events
from chassis import Call, new_id
from chassis.errors import FieldViolation, Invalid
from chassis.store import Page
from google.protobuf.empty_pb2 import Empty

from scheduling.domain.errors import MoreThanThereAre
from scheduling.domain.stretch import require_stretch
from scheduling.store import downtime
from scheduling.wire import when


class DowntimeService:
    async def AddDowntime(self, request: pb.AddDowntimeRequest, call: Call) -> pb.Downtime:
        starts_at, ends_at = request.starts_at.ToDatetime(UTC), request.ends_at.ToDatetime(UTC)
        require_stretch(starts_at, ends_at)
        await _require_there(request, call)
        row: dict[str, Any] = {
            "id": UUID(request.downtime_id) if request.downtime_id else new_id(),
            "room_id": UUID(request.room_id) if request.room_id else None,
            "equipment_id": UUID(request.equipment_id) if request.equipment_id else None,
            "units": request.units,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "reason": request.reason,
        }
        row["version"], changed = await downtime.put(call.tx, dict(row))
        added = when.downtime(row)
        if changed:
            _say(added, call)
        return added

    async def ListDowntime(self, request: pb.ListDowntimeRequest, call: Call) -> pb.ListDowntimeResponse:
        rows, cursor = await downtime.search(
            call.tx,
            Page.of(request, datetime, UUID),
            room_id=UUID(request.room_id) if request.room_id else None,
            equipment_id=UUID(request.equipment_id) if request.equipment_id else None,
        )
        return pb.ListDowntimeResponse(downtime=map(when.downtime, rows), next_cursor=cursor)

    async def RemoveDowntime(self, request: pb.RemoveDowntimeRequest, call: Call) -> Empty:
        _say(when.downtime(await downtime.remove(call.tx, UUID(request.downtime_id))), call)
        return Empty()


async def _require_there(request: pb.AddDowntimeRequest, call: Call) -> None:
    if request.room_id:
        if request.units:
            wrong = FieldViolation("units", "are of equipment; a room is one")
            raise Invalid("Leave out units: a room is out of use as a whole", fields=[wrong])
        await downtime.require_room(call.tx, UUID(request.room_id))
        return
    quantity = await downtime.quantity_of(call.tx, UUID(request.equipment_id))
    if request.units > quantity:
        wrong = FieldViolation("units", f"must be at most {quantity}")
        raise MoreThanThereAre(f"Say at most {quantity} units, or none for all of them", fields=[wrong])


def _say(it: pb.Downtime, call: Call) -> None:
    call.emit(
        events.DowntimeChanged(
            downtime_id=it.id,
            room_id=it.room_id,
            equipment_id=it.equipment_id,
            starts_at=it.starts_at,
            ends_at=it.ends_at,
        ),
        key=it.room_id or it.equipment_id,
    )
