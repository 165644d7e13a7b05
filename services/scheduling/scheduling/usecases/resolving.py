"""How one wanted start becomes what must be taken for it, or the reason why it cannot be had."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from uuid import UUID

from ambulo.scheduling.v1 import availability_pb2 as pb
from chassis import Call
from chassis.errors import DomainError, FieldViolation, Refused

from scheduling.domain import explain, kernel
from scheduling.domain.choice import choose, choose_calendar, unknown_specialist
from scheduling.domain.errors import NotFree, NotOffered, UnknownLocation, UnknownRoom, UnknownService
from scheduling.domain.hours import minute_of
from scheduling.domain.kernel import Obstacle, Reason, Situation
from scheduling.domain.offer import Catalog, Offer
from scheduling.domain.slots import slots
from scheduling.store import hours
from scheduling.store.facts import Guess, Outdated
from scheduling.usecases.situations import Situations
from scheduling.wire import answers

_TAKEN = {Reason.SPECIALIST_BUSY, Reason.SEATS, Reason.ROOM, Reason.EQUIPMENT, Reason.MIN_GAP, Reason.MAX_DAILY}
"""What is in the way because of other appointments; the rest is never offered then."""
_WORST_LAST = (NotFree, UnknownRoom, NotOffered, UnknownService, UnknownLocation)


class Resolving:
    def __init__(self, situations: Situations) -> None:
        self.situations = situations

    async def resolve(self, request: pb.ResolveSlotRequest, call: Call) -> pb.ResolvedSlot:
        facts = self.situations.facts
        somewhere = UUID(request.specialist_id) if request.specialist_id and not request.location_id else None
        guess = facts.guess(call, somewhere)
        if guess is not None and (offers := await self._guessed(request, call, guess)):
            try:
                return await self._resolved(request, call, guess.catalog, offers, guess)
            except Outdated:
                await call.pause()
        workplaces = None
        if somewhere is not None:
            catalog, workplaces = await facts.catalog_and_workplaces(call, somewhere)
        else:
            catalog = await facts.catalog(call)
        return await self._resolved(request, call, catalog, await self.offers(request, call, catalog, workplaces))

    async def _guessed(self, request: pb.ResolveSlotRequest, call: Call, guess: Guess) -> Sequence[Offer]:
        """None if it leads to none: perhaps only because it is wrong."""
        try:
            return await self.offers(request, call, guess.catalog, guess.seen.workplaces)
        except Refused:
            return ()

    async def _resolved(
        self,
        request: pb.ResolveSlotRequest,
        call: Call,
        catalog: Catalog,
        offers: Sequence[Offer],
        guess: Guess | None = None,
    ) -> pb.ResolvedSlot:
        minute = minute_wanted(request)
        holders = [UUID(request.holder_id)] if request.holder_id else []
        failures: list[DomainError] = []
        for offer in offers:
            situation = await self.situations.of(call, offer, (minute, minute + 1), holders=holders, guess=guess)
            if request.overbook_most:
                # What the specialist has already is not in the way.
                situation = replace(situation, specialists=[replace(s, busy=0) for s in situation.specialists])
            free = list(slots(offer, kernel.starts(situation)))
            if free:
                return answers.resolved(free, situation, lanes=1 + request.overbook_most)
            failures.append(why_not(situation, offer, catalog))
        raise nearest(failures)

    async def offers(
        self, request: pb.ResolveSlotRequest, call: Call, catalog: Catalog, workplaces: Sequence[UUID] | None = None
    ) -> Sequence[Offer]:
        """What is asked for: at one place, or wherever the specialist works, if that is known already; never none."""
        wanted = UUID(request.specialist_id) if request.specialist_id else None
        if wanted is not None and wanted not in catalog.specialists:
            raise unknown_specialist(wanted)
        only = [wanted] if wanted is not None else []
        if _is_from_calendar(request, catalog):
            return [_offer(request, catalog, _of_calendar(request, catalog, only))]
        assert wanted is not None
        if request.location_id:
            places = [UUID(request.location_id)]
        else:
            places = list(await hours.workplaces(call.tx, wanted) if workplaces is None else workplaces)
        places.sort(key=lambda each: str(each) != request.preferred_location_id)
        found: list[Offer] = []
        failures: list[DomainError] = []
        for location_id in places:
            try:
                offer = choose(catalog, service_id=UUID(request.service_id), location_id=location_id, only=only)
                found.append(_offer(request, catalog, offer))
            except (NotOffered, UnknownLocation, UnknownService, UnknownRoom) as failure:
                failures.append(failure)
        if not found:
            raise nearest(failures)
        return found


def minute_wanted(request: pb.ResolveSlotRequest) -> int:
    if request.starts_at.nanos or request.starts_at.seconds % 60:
        raise NotOffered("Starts are whole minutes")
    return minute_of(request.starts_at.ToDatetime(UTC))


def why_not(situation: Situation, offer: Offer, catalog: Catalog) -> DomainError:
    """Of a situation that knows one start, which is not free."""
    return nearest([_not_free(situation, each, offer, catalog) for each in situation.specialists])


def nearest(failures: Sequence[DomainError]) -> DomainError:
    """Of several places or people, the one that came nearest says why not."""
    none = NotOffered("The specialist has no working hours yet")
    return min(failures, key=lambda failure: _WORST_LAST.index(type(failure)), default=none)


def _is_from_calendar(request: pb.ResolveSlotRequest, catalog: Catalog) -> bool:
    """What is being moved may be from a calendar that is no longer there, or for another service now, or move to
    somebody who is no member: then it stands by itself."""
    if not request.calendar_id:
        return False
    calendar = catalog.calendars.get(UUID(request.calendar_id))
    if not (request.holder_id and request.service_id and request.specialist_id):
        return True
    same = calendar is not None and request.service_id == str(calendar.service_id)
    return same and calendar is not None and calendar.has(UUID(request.specialist_id))


def _of_calendar(request: pb.ResolveSlotRequest, catalog: Catalog, only: Sequence[UUID]) -> Offer:
    return choose_calendar(catalog, UUID(request.calendar_id), only, public_only=request.public_only)


def _offer(request: pb.ResolveSlotRequest, catalog: Catalog, offer: Offer) -> Offer:
    """With the room that is wanted, and with somebody who gives it."""
    if request.room_id:
        offer = _only_room(offer, UUID(request.room_id))
    if not offer.specialists:
        raise _nobody(request, offer, catalog)
    return offer


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
    situation: Situation, specialist: kernel.Specialist, offer: Offer, catalog: Catalog
) -> NotFree | NotOffered:
    found = kernel.obstacles(situation, specialist, situation.window.starts[0])
    never = [each for each in found if each.reason not in _TAKEN or _has_none(each)]
    words = explain.words((never or found)[0], offer, catalog, catalog.specialists[specialist.id].name)
    return NotOffered(words) if never else NotFree(words)


def _has_none(it: Obstacle) -> bool:
    """There is no room or equipment that could ever be free."""
    return it.reason in (Reason.ROOM, Reason.EQUIPMENT) and not it.ids
