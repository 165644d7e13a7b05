"""How one wanted start becomes what must be taken for it, or the reason why it cannot be had."""

from dataclasses import replace
from datetime import UTC
from uuid import UUID

from ambulo.scheduling.v1 import availability_pb2 as pb
from chassis import Call
from chassis.errors import DomainError, FieldViolation

from scheduling.domain import explain, kernel
from scheduling.domain.choice import choose, choose_calendar, unknown_specialist
from scheduling.domain.errors import NotFree, NotOffered, UnknownLocation, UnknownRoom, UnknownService
from scheduling.domain.hours import minute_of
from scheduling.domain.kernel import Obstacle, Reason, Situation
from scheduling.domain.offer import Catalog, Offer
from scheduling.domain.slots import slots
from scheduling.store import hours
from scheduling.usecases.situations import Situations
from scheduling.wire import answers

_TAKEN = {Reason.SPECIALIST_BUSY, Reason.ROOM, Reason.EQUIPMENT, Reason.MIN_GAP, Reason.MAX_DAILY}
"""What is in the way because of other appointments; the rest is never offered then."""


class Resolving:
    def __init__(self, situations: Situations) -> None:
        self.situations = situations

    async def resolve(self, request: pb.ResolveSlotRequest, call: Call) -> pb.ResolvedSlot:
        starts_at = request.starts_at.ToDatetime(UTC)
        catalog = await self.situations.facts.catalog(call)
        wanted = UUID(request.specialist_id) if request.specialist_id else None
        if wanted is not None and wanted not in catalog.specialists:
            raise unknown_specialist(wanted)
        if starts_at.second or starts_at.microsecond:
            raise NotOffered("Starts are whole minutes")
        if _is_from_calendar(request, catalog):
            only = [wanted] if wanted is not None else []
            return await self._free(request, call, catalog, choose_calendar(catalog, UUID(request.calendar_id), only))
        assert wanted is not None
        asked = [UUID(request.location_id)] if request.location_id else await hours.workplaces(call.tx, wanted)
        failures: list[DomainError] = []
        for location_id in asked:
            try:
                offer = choose(catalog, service_id=UUID(request.service_id), location_id=location_id, only=[wanted])
                return await self._free(request, call, catalog, offer)
            except (NotFree, NotOffered, UnknownLocation, UnknownService, UnknownRoom) as failure:
                failures.append(failure)
        # Of several places, the one that came nearest says why not.
        raise min(failures, key=_distance, default=NotOffered("The specialist has no working hours yet"))

    async def _free(
        self, request: pb.ResolveSlotRequest, call: Call, catalog: Catalog, offer: Offer
    ) -> pb.ResolvedSlot:
        minute = minute_of(request.starts_at.ToDatetime(UTC))
        if request.room_id:
            offer = _only_room(offer, UUID(request.room_id))
        if not offer.specialists:
            raise _nobody(request, offer, catalog)
        holder = UUID(request.holder_id) if request.holder_id else None
        situation = await self.situations.of(call, offer, (minute, minute + 1), holder=holder)
        if request.overbook_most:
            # What the specialist has already is not in the way.
            situation = replace(situation, specialists=[replace(each, busy=0) for each in situation.specialists])
        free = list(slots(offer, kernel.starts(situation)))
        if not free:
            raise min(
                (_not_free(situation, each, offer, catalog, minute) for each in situation.specialists), key=_distance
            )
        return answers.resolved(free, situation, lanes=1 + request.overbook_most)


def _is_from_calendar(request: pb.ResolveSlotRequest, catalog: Catalog) -> bool:
    """What is being moved may be from a calendar that is no longer there, or for another service now: then it stands
    by itself."""
    if not request.calendar_id:
        return False
    calendar = catalog.calendars.get(UUID(request.calendar_id))
    still = calendar is not None and request.service_id in ("", str(calendar.service_id))
    return still or not (request.holder_id and request.service_id and request.specialist_id)


def _only_room(offer: Offer, room_id: UUID) -> Offer:
    rooms = tuple(room for room in offer.rooms if room.id == room_id)
    if not rooms:
        wrong = FieldViolation("room_id", "is unknown, or not fit for the service")
        raise UnknownRoom(f"Room {room_id} is not one this service can be given in", fields=[wrong])
    return replace(offer, rooms=rooms)


def _nobody(request: pb.ResolveSlotRequest, offer: Offer, catalog: Catalog) -> NotOffered:
    wanted = catalog.specialists.get(UUID(request.specialist_id)) if request.specialist_id else None
    if wanted is None:
        return NotOffered("Nobody of this calendar can be booked for now")
    if offer.calendar is not None and not offer.calendar.has(wanted.id):
        return NotOffered(f"{wanted.name} is not booked from this calendar")
    reason = Reason.NOT_BOOKABLE if not wanted.bookable else Reason.ALLOWED_PROVIDER
    return NotOffered(explain.words(Obstacle(reason), offer, catalog, wanted.name))


def _not_free(
    situation: Situation, specialist: kernel.Specialist, offer: Offer, catalog: Catalog, minute: int
) -> NotFree | NotOffered:
    found = kernel.obstacles(situation, specialist, minute)
    never = [each for each in found if each.reason not in _TAKEN or _has_none(each)]
    words = explain.words((never or found)[0], offer, catalog, catalog.specialists[specialist.id].name)
    return NotOffered(words) if never else NotFree(words)


def _has_none(it: Obstacle) -> bool:
    """There is no room or equipment that could ever be free."""
    return it.reason in (Reason.ROOM, Reason.EQUIPMENT) and not it.ids


def _distance(failure: DomainError) -> int:
    return (NotFree, UnknownRoom, NotOffered, UnknownService, UnknownLocation).index(type(failure))
