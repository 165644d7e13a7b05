"""ambulo.booking.v1.HoldService: a time kept for somebody while they make up their mind."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ambulo.booking.v1 import events_pb2 as events
from ambulo.booking.v1 import holds_pb2 as pb
from ambulo.scheduling.v1 import availability_pb2
from chassis import Call, new_id
from chassis.errors import NotFound
from chassis.store import Page
from claims import Actor
from google.protobuf.empty_pb2 import Empty

from booking import offer_wire, wire
from booking.domain.errors import SlotTaken, TooManyHolds
from booking.domain.hold import AT_ONCE, AT_ONCE_FOR_PROGRAMS, Hold
from booking.domain.visit import require_future
from booking.store import holds, policies
from booking.usecases.peers import Peers
from booking.usecases.taking import give_back, keep, take


class HoldService:
    def __init__(self, peers: Peers) -> None:
        self.peers = peers

    async def PlaceHold(self, request: pb.PlaceHoldRequest, call: Call) -> pb.Hold:
        require_future(request.starts_at.ToDatetime(UTC), call.now)
        asked = availability_pb2.ResolveSlotRequest(
            service_id=request.service_id,
            specialist_id=request.specialist_id,
            starts_at=request.starts_at,
            location_id=request.location_id,
            room_id=request.room_id,
            calendar_id=request.calendar_id,
        )
        try:
            resolved = await self.peers.resolve(asked, call)
            return wire.hold(await place(resolved, request.calendar_id, call.claims.subject, call))
        except SlotTaken as failure:
            raise await self.peers.with_alternatives(failure, asked, call) from None

    async def GetHold(self, request: pb.GetHoldRequest, call: Call) -> pb.Hold:
        hold = await holds.get(call.tx, UUID(request.hold_id), call.claims.subject)
        hold.require_alive(call.now)
        return wire.hold(hold)

    async def ListHolds(self, request: pb.ListHoldsRequest, call: Call) -> pb.ListHoldsResponse:
        page = Page.of(request, datetime, UUID)
        found, cursor = await holds.search(call.tx, page, call.claims.subject, call.now)
        return pb.ListHoldsResponse(holds=map(wire.hold, found), next_cursor=cursor)

    async def ExtendHold(self, request: pb.ExtendHoldRequest, call: Call) -> pb.Hold:
        hold = await holds.get_for_update(call.tx, UUID(request.hold_id), call.claims.subject)
        hold.extend(call.now)
        await keep(hold, call)
        await holds.keep(call.tx, hold)
        call.emit(placed(hold), key=str(hold.id))
        return wire.hold(hold)

    async def ReleaseHold(self, request: pb.ReleaseHoldRequest, call: Call) -> Empty:
        await release(UUID(request.hold_id), call.claims.subject, call)
        return Empty()


async def place(
    resolved: availability_pb2.ResolvedSlot,
    calendar_id: str,
    subject: str,
    call: Call,
    *,
    length: timedelta | None = None,
) -> Hold:
    """For somebody, so long, or as long as the service's policy says."""
    at_once = AT_ONCE_FOR_PROGRAMS if call.claims.actor is Actor.SERVICE_ACCOUNT else AT_ONCE
    if await holds.count_of(call.tx, subject, call.now) >= at_once:
        raise TooManyHolds(f"Nobody holds more than {at_once} times at once; book one or let one go")
    visit, offered = offer_wire.visit(resolved, new_id(), calendar_id), offer_wire.offered(resolved)
    length = length or (await policies.of(call.tx, visit.service_id)).hold
    expires_at = min(call.now + length, visit.slot.starts_at)
    hold = Hold.of(visit, subject=subject, length=length, expires_at=expires_at)
    await take(hold, offered, call, expires_at=expires_at)
    hold.claims = len(hold.taken)
    await holds.add(call.tx, hold)
    call.emit(placed(hold), key=str(hold.id))
    return hold


async def release(id_: UUID, subject: str, call: Call) -> None:
    """If it is still there, and theirs."""
    try:
        hold = await holds.get_for_update(call.tx, id_, subject)
    except NotFound:
        return
    await give_back(hold, call)
    await holds.remove(call.tx, hold.id)
    call.emit(wire.hold_ended(hold, "released"), key=str(hold.id))


def placed(hold: Hold) -> events.HoldPlaced:
    taken = wire.occupied(hold, hold.expires_at)
    return events.HoldPlaced(occupied=taken, expires_at=taken.expires_at)
