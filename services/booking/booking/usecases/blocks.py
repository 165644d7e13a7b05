"""ambulo.booking.v1.BlockService: time that a specialist or a room is not to be booked."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from ambulo.booking.v1 import blocks_pb2 as pb
from ambulo.booking.v1 import events_pb2 as events
from chassis import Call, new_id
from chassis.errors import FieldViolation
from chassis.store import Page, require_version
from google.protobuf.empty_pb2 import Empty

from booking import wire
from booking.domain.errors import ChangedMeanwhile, SlotTaken, WrongEnd
from booking.domain.visit import Demand, Kind, Option
from booking.store import blocks, claims, tables
from booking.usecases.peers import instant

_LONGEST = timedelta(days=31)


class BlockService:
    async def PutBlock(self, request: pb.PutBlockRequest, call: Call) -> pb.Block:
        starts_at, ends_at = request.starts_at.ToDatetime(UTC), request.ends_at.ToDatetime(UTC)
        if not timedelta(0) < ends_at - starts_at <= _LONGEST:
            wrong = FieldViolation("ends_at", f"must be after the start, by {_LONGEST.days} days at most")
            raise WrongEnd("A block ends after it starts", fields=[wrong])
        id_ = UUID(request.block_id) if request.block_id else new_id()
        values: dict[str, object] = {
            "id": id_,
            "specialist_id": UUID(request.specialist_id) if request.specialist_id else None,
            "room_id": UUID(request.room_id) if request.room_id else None,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "reason": request.reason,
        }
        await require_version(call.tx, tables.block, {"id": id_}, request.expected_version, ChangedMeanwhile)
        changed = await blocks.put(call.tx, values)
        row = await blocks.get(call.tx, id_)
        if changed:
            await claims.release(call.tx, id_)
            await _take(row, call)
            call.emit(events.BlockPut(occupied=_occupied(row)), key=str(id_))
        return wire.block(row)

    async def ListBlocks(self, request: pb.ListBlocksRequest, call: Call) -> pb.ListBlocksResponse:
        rows, cursor = await blocks.search(
            call.tx,
            Page.of(request, datetime, UUID),
            resource_ids=[UUID(id_) for id_ in (request.specialist_id, request.room_id) if id_],
            ends_after=instant(request, "ends_after"),
            starts_until=instant(request, "starts_until"),
        )
        return pb.ListBlocksResponse(blocks=map(wire.block, rows), next_cursor=cursor)

    async def RemoveBlock(self, request: pb.RemoveBlockRequest, call: Call) -> Empty:
        row = await blocks.remove(call.tx, UUID(request.block_id))
        await claims.release(call.tx, row["id"])
        gone = wire.block(row)
        call.emit(
            events.BlockRemoved(
                block_id=gone.id,
                version=gone.version + 1,
                specialist_id=gone.specialist_id,
                room_id=gone.room_id,
                starts_at=gone.starts_at,
                ends_at=gone.ends_at,
            ),
            key=gone.id,
        )
        return Empty()


async def _take(row: Any, call: Call) -> None:
    kind = Kind.SPECIALIST if row["specialist_id"] else Kind.ROOM
    option = Option(row["specialist_id"] or row["room_id"], 0, row["starts_at"], row["ends_at"])
    _, lacking = await claims.take(call.tx, row["id"], [Demand(kind, 1, [option])], None)
    if lacking is not None:
        raise SlotTaken("Something is booked or held then: move it first")


def _occupied(row: Any) -> events.Occupied:
    block = wire.block(row)
    return events.Occupied(
        appointment_id=block.id,
        version=block.version,
        specialist_id=block.specialist_id,
        room_id=block.room_id,
        occupied_from=block.starts_at,
        occupied_until=block.ends_at,
        starts_at=block.starts_at,
        ends_at=block.ends_at,
    )
