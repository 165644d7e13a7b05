"""ambulo.booking.v1.BlockService: time that a specialist or a room is not to be booked."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from ambulo.booking.v1 import blocks_pb2 as pb
from ambulo.booking.v1 import events_pb2 as events
from ambulo.catalog.v1 import rooms_pb2, specialists_pb2
from chassis import Call, new_id
from chassis.errors import FieldViolation, NotFound
from chassis.store import Page, require_version
from google.protobuf.empty_pb2 import Empty

from booking import wire
from booking.domain.errors import (
    ChangedMeanwhile,
    NotYourAppointment,
    SlotTaken,
    UnknownRoom,
    UnknownSpecialist,
    WrongEnd,
)
from booking.domain.policy import LANES_AT_MOST
from booking.domain.visit import Demand, Holder, Kind, Option
from booking.store import blocks, claims, tables
from booking.usecases.peers import instant

_LONGEST = timedelta(days=31)


class Specialists(Protocol):
    """What booking needs of the catalog for blocks, and no more."""

    async def GetSpecialist(
        self, request: specialists_pb2.GetSpecialistRequest, call: Call
    ) -> specialists_pb2.Specialist: ...


class Rooms(Protocol):
    async def GetRoom(self, request: rooms_pb2.GetRoomRequest, call: Call) -> rooms_pb2.Room: ...


class BlockService:
    def __init__(self, specialists: Specialists, rooms: Rooms) -> None:
        self.specialists = specialists
        self.rooms = rooms

    async def PutBlock(self, request: pb.PutBlockRequest, call: Call) -> pb.Block:
        _require_own(request.specialist_id, call)
        starts_at, ends_at = request.starts_at.ToDatetime(UTC), request.ends_at.ToDatetime(UTC)
        if not timedelta(0) < ends_at - starts_at <= _LONGEST:
            wrong = FieldViolation("ends_at", f"must be after the start, by {_LONGEST.days} days at most")
            raise WrongEnd("A block ends after it starts", fields=[wrong])
        await self._require_there(request, call)
        id_ = UUID(request.block_id) if request.block_id else new_id()
        values: dict[str, object] = {
            "id": id_,
            "specialist_id": UUID(request.specialist_id) if request.specialist_id else None,
            "room_id": UUID(request.room_id) if request.room_id else None,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "reason": request.reason,
            "removed": False,
        }
        await require_version(call.tx, tables.block, {"id": id_}, request.expected_version, ChangedMeanwhile)
        changed = await blocks.put(call.tx, values)
        row = await blocks.get(call.tx, id_)
        if changed:
            await claims.release(call.tx, Holder("block", id_))
            await _take(row, call)
            call.emit(events.BlockPut(occupied=_occupied(row)), key=str(id_))
        return wire.block(row)

    async def _require_there(self, request: pb.PutBlockRequest, call: Call) -> None:
        clinic = str(call.clinic_id)
        try:
            if request.specialist_id:
                asked = specialists_pb2.GetSpecialistRequest(clinic_id=clinic, specialist_id=request.specialist_id)
                await self.specialists.GetSpecialist(asked, call)
            else:
                await self.rooms.GetRoom(rooms_pb2.GetRoomRequest(clinic_id=clinic, room_id=request.room_id), call)
        except NotFound as failure:
            if request.specialist_id:
                unknown = [FieldViolation("specialist_id", "is unknown")]
                raise UnknownSpecialist(failure.detail, fields=unknown) from None
            raise UnknownRoom(failure.detail, fields=[FieldViolation("room_id", "is unknown")]) from None

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
        id_ = UUID(request.block_id)
        _require_own(str((await blocks.get(call.tx, id_))["specialist_id"] or ""), call)
        row = await blocks.remove(call.tx, id_)
        await claims.release(call.tx, Holder("block", row["id"]))
        gone = wire.block(row)
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


def _require_own(specialist_id: str, call: Call) -> None:
    """A specialist blocks their own time; rooms and colleagues are the front desk's."""
    if call.claims.role == "specialist" and specialist_id != str(call.claims.specialist_id or ""):
        raise NotYourAppointment("It is for them to block, or for the front desk")


async def _take(row: Any, call: Call) -> None:
    """Of a specialist every lane: nobody is booked beside a block, and no block is put over who was."""
    kind, lanes = (Kind.SPECIALIST, 1 + LANES_AT_MOST) if row["specialist_id"] else (Kind.ROOM, 1)
    resource_id = row["specialist_id"] or row["room_id"]
    options = [Option(resource_id, lane, row["starts_at"], row["ends_at"]) for lane in range(lanes)]
    _, lacking = await claims.take(call.tx, Holder("block", row["id"]), [Demand(kind, lanes, options)])
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
