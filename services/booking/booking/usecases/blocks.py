"""ambulo.booking.v1.BlockService: time that a specialist or a room is not to be booked."""

from datetime import UTC, datetime
from uuid import UUID

from ambulo.booking.v1 import blocks_pb2 as pb
from ambulo.booking.v1 import events_pb2 as events
from chassis import Call, new_id
from chassis.store import Page, require_version
from google.protobuf.empty_pb2 import Empty

from booking import wire
from booking.domain.block import Block
from booking.domain.errors import ChangedMeanwhile, NotYourAppointment, SlotTaken
from booking.store import blocks, claims, tables
from booking.usecases.named import Named
from booking.usecases.peers import instant


class BlockService:
    def __init__(self, named: Named) -> None:
        self.named = named

    async def PutBlock(self, request: pb.PutBlockRequest, call: Call) -> pb.Block:
        block = _asked(request)
        _require_own(block, call)
        block.require_length()
        if request.specialist_id:
            await self.named.specialist(request.specialist_id, call)
        else:
            await self.named.room(request.room_id, call)
        before = await blocks.find_for_update(call.tx, block.id) if request.block_id else None
        if before is not None:
            _require_own(before, call)
        await require_version(call.tx, tables.block, {"id": block.id}, request.expected_version, ChangedMeanwhile)
        changed = await blocks.put(call.tx, block)
        block = await blocks.get(call.tx, block.id)
        if changed:
            await claims.release(call.tx, block.holder)
            await _take(block, call)
            previous = _occupied(before) if before is not None and not before.removed else None
            call.emit(events.BlockPut(occupied=_occupied(block), previous=previous), key=str(block.id))
        return wire.block(block)

    async def ListBlocks(self, request: pb.ListBlocksRequest, call: Call) -> pb.ListBlocksResponse:
        found, cursor = await blocks.search(
            call.tx,
            Page.of(request, datetime, UUID),
            resource_ids=[UUID(id_) for id_ in (request.specialist_id, request.room_id) if id_],
            ends_after=instant(request, "ends_after"),
            starts_until=instant(request, "starts_until"),
        )
        return pb.ListBlocksResponse(blocks=map(wire.block, found), next_cursor=cursor)

    async def RemoveBlock(self, request: pb.RemoveBlockRequest, call: Call) -> Empty:
        id_ = UUID(request.block_id)
        _require_own(await blocks.get(call.tx, id_), call)
        removed = await blocks.remove(call.tx, id_)
        await claims.release(call.tx, removed.holder)
        gone = wire.block(removed)
        call.emit(
            events.BlockRemoved(
                block_id=gone.id,
                version=gone.version,
                specialist_id=gone.specialist_id,
                room_id=gone.room_id,
                starts_at=gone.starts_at,
                ends_at=gone.ends_at,
            ),
            key=gone.id,
        )
        return Empty()


def _asked(request: pb.PutBlockRequest) -> Block:
    return Block(
        id=UUID(request.block_id) if request.block_id else new_id(),
        specialist_id=UUID(request.specialist_id) if request.specialist_id else None,
        room_id=UUID(request.room_id) if request.room_id else None,
        starts_at=request.starts_at.ToDatetime(UTC),
        ends_at=request.ends_at.ToDatetime(UTC),
        reason=request.reason,
    )


def _require_own(block: Block, call: Call) -> None:
    """A specialist blocks their own time; rooms and colleagues are the front desk's."""
    own = block.specialist_id is not None and block.specialist_id == call.claims.specialist_id
    if call.claims.role == "specialist" and not own:
        raise NotYourAppointment("It is for them to block, or for the front desk")


async def _take(block: Block, call: Call) -> None:
    lacking = (await claims.take(call.tx, block.holder, [block.demand()])).lacking
    if lacking is not None:
        raise SlotTaken("Something is booked or held then: move it first")


def _occupied(it: Block) -> events.Occupied:
    block = wire.block(it)
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
