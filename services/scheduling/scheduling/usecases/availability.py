"""ambulo.scheduling.v1.AvailabilityService: what is free."""

import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from ambulo.scheduling.v1 import availability_pb2 as pb
from chassis import Call, Transaction
from chassis.clock import local
from chassis.errors import DomainError, FieldViolation, Invalid
from chassis.wire import stamp
from google.protobuf.timestamp_pb2 import Timestamp

from scheduling.domain import kernel
from scheduling.domain.errors import NotFree, NotOffered, UnknownLocation, UnknownRoom, UnknownService
from scheduling.domain.hours import instant_of, minute_of, resolve_local
from scheduling.domain.kernel import GRID, Start, Window
from scheduling.store import facts, hours, known
from scheduling.store.facts import Offer

_LONGEST = timedelta(days=62)
_DEFAULT_LIMIT = 50
_HOURS = {
    pb.TIME_OF_DAY_UNSPECIFIED: range(24),
    pb.TIME_OF_DAY_MORNING: range(12),
    pb.TIME_OF_DAY_AFTERNOON: range(12, 17),
    pb.TIME_OF_DAY_EVENING: range(17, 24),
}


class AvailabilityService:
    async def ListAvailability(self, request: pb.ListAvailabilityRequest, call: Call) -> pb.ListAvailabilityResponse:
        began = time.perf_counter()
        offer = await facts.offer(call.tx, service_id=UUID(request.service_id), location_id=UUID(request.location_id))
        earliest, latest = _asked(request, offer.time_zone, call.now)
        specialists = await facts.specialists(call.tx, offer, [UUID(id_) for id_ in request.specialist_ids])
        rooms = await facts.rooms(call.tx, offer)
        window = Window.around(offer.terms, earliest, latest)
        by_specialist, by_room = await facts.resources(
            call.tx,
            offer,
            window,
            specialist_ids=[s["id"] for s in specialists],
            room_ids=[r["id"] for r in rooms],
            holder=None,
        )
        found = kernel.starts(offer.terms, window, by_specialist, by_room)
        hours, zone = _HOURS[request.preferred_time_of_day], ZoneInfo(offer.time_zone)
        wanted = (start for start in found if instant_of(start.minute).astimezone(zone).hour in hours)
        named_specialists = {
            s["id"]: pb.SlotSpecialist(id=str(s["id"]), name=s["name"], specialty=s["specialty"]) for s in specialists
        }
        named_rooms = {r["id"]: pb.SlotRoom(id=str(r["id"]), name=r["name"], room_type=r["room_type"]) for r in rooms}
        slots = [
            _slot(start, offer, named_specialists, named_rooms)
            for start in islice(wanted, request.limit or _DEFAULT_LIMIT)
        ]
        return pb.ListAvailabilityResponse(
            slots=slots,
            metadata=pb.AvailabilityMetadata(
                time_zone=offer.time_zone,
                fetched_at=stamp(call.now),
                query_duration_ms=round((time.perf_counter() - began) * 1000, 2),
            ),
        )

    async def ResolveSlot(self, request: pb.ResolveSlotRequest, call: Call) -> pb.ResolvedSlot:
        starts_at = request.starts_at.ToDatetime(UTC)
        specialist_id = UUID(request.specialist_id)
        room_id = UUID(request.room_id) if request.room_id else None
        holder = UUID(request.holder_id) if request.holder_id else None
        await known.require_specialist(call.tx, specialist_id, working=True)
        if starts_at.second or starts_at.microsecond or minute_of(starts_at) % GRID:
            raise NotOffered(f"Starts are every {GRID} minutes")
        asked = [UUID(request.location_id)] if request.location_id else await hours.workplaces(call.tx, specialist_id)
        failures: list[DomainError] = []
        for location_id in asked:
            try:
                offer = await facts.offer(call.tx, service_id=UUID(request.service_id), location_id=location_id)
                return await _resolve(call.tx, offer, specialist_id, room_id, holder, minute_of(starts_at))
            except (NotFree, NotOffered, UnknownLocation, UnknownService, UnknownRoom) as failure:
                failures.append(failure)
        # Of several places, the one that came nearest says why not.
        raise min(failures, key=_distance, default=NotOffered("The specialist has no working hours yet"))


async def _resolve(
    tx: Transaction, offer: Offer, specialist_id: UUID, room_id: UUID | None, holder: UUID | None, minute: int
) -> pb.ResolvedSlot:
    if offer.specialist_ids and specialist_id not in offer.specialist_ids:
        raise NotOffered("This specialist does not give this service")
    rooms = [r["id"] for r in await facts.rooms(tx, offer)]
    if room_id is not None:
        if room_id not in rooms:
            wrong = FieldViolation("room_id", "is unknown, or not fit for the service")
            raise UnknownRoom(f"Room {room_id} is not one this service can be given in", fields=[wrong])
        rooms = [room_id]
    window = Window.around(offer.terms, minute, minute + 1)
    specialists, by_room = await facts.resources(
        tx, offer, window, specialist_ids=[specialist_id], room_ids=rooms, holder=holder
    )
    free = next(kernel.starts(offer.terms, window, specialists, by_room), None)
    if free is None:
        unburdened = [kernel.Resource(s.id, s.open, 0) for s in specialists]
        everywhere = [kernel.Resource(r.id, 0, 0) for r in by_room]
        if next(kernel.starts(offer.terms, window, unburdened, everywhere), None) is None:
            raise NotOffered("The specialist does not work then, or no room is fit for the service")
        raise NotFree("The specialist or every fitting room is taken then")
    terms = offer.terms
    return pb.ResolvedSlot(
        location_id=str(offer.location_id),
        time_zone=offer.time_zone,
        starts_at=stamp(instant_of(minute)),
        ends_at=stamp(instant_of(minute + terms.duration)),
        occupied_from=stamp(instant_of(minute - terms.buffer_before)),
        occupied_until=stamp(instant_of(minute + terms.duration + terms.buffer_after)),
        requires_room=terms.requires_room,
        room_ids=map(str, free.room_ids),
    )


def _distance(failure: DomainError) -> int:
    return (NotFree, UnknownRoom, NotOffered, UnknownService, UnknownLocation).index(type(failure))


def _asked(request: pb.ListAvailabilityRequest, zone: str, now: datetime) -> tuple[int, int]:
    """First and last minute that is asked for; what is past is left out."""
    begin, end = resolve_local(request.start, zone, "start"), resolve_local(request.end, zone, "end")
    if end <= begin:
        raise Invalid(fields=[FieldViolation("end", "must be after start")])
    if end - begin > _LONGEST:
        raise Invalid(fields=[FieldViolation("end", f"must be at most {_LONGEST.days} days after start")])
    earliest = max(minute_of(begin), minute_of(now) + 1)
    return earliest, max(minute_of(end), earliest)


def _slot(
    start: Start, offer: Offer, specialists: dict[UUID, pb.SlotSpecialist], rooms: dict[UUID, pb.SlotRoom]
) -> pb.Slot:
    end = start.minute + offer.terms.duration
    return pb.Slot(
        start=local(instant_of(start.minute), offer.time_zone),
        end=local(instant_of(end), offer.time_zone),
        starts_at=Timestamp(seconds=start.minute * 60),
        ends_at=Timestamp(seconds=end * 60),
        specialist=specialists[start.specialist_id],
        room_options=[rooms[id_] for id_ in start.room_ids],
        score=100,
    )
