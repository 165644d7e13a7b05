"""ambulo.scheduling.v1.AvailabilityService: what is free, and why."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Final, Protocol
from uuid import UUID

from ambulo.booking.v1 import claims_pb2
from ambulo.scheduling.v1 import availability_pb2 as pb
from chassis import Call
from chassis.clock import local
from chassis.errors import DomainError, FieldViolation, Invalid
from chassis.wire import stamp

from scheduling.domain import explain, kernel
from scheduling.domain.errors import (
    NotFree,
    NotOffered,
    UnknownLocation,
    UnknownRoom,
    UnknownService,
    UnknownSpecialist,
)
from scheduling.domain.hours import DAY, instant_of, minute_of, resolve_local
from scheduling.domain.kernel import Obstacle, Reason, Situation
from scheduling.domain.offer import Catalog, Offer
from scheduling.domain.slots import Slot, slots
from scheduling.store import hours
from scheduling.store.facts import Facts, choose
from scheduling.wire import answers

_LONGEST = timedelta(days=62)
_LONGEST_IN_PUBLIC = timedelta(days=14)
_DEFAULT_LIMIT = 50
_AHEAD = 366 * DAY
_STRIDE = 28 * DAY
_TAKEN: Final = {Reason.SPECIALIST_BUSY, Reason.ROOM, Reason.EQUIPMENT, Reason.MIN_GAP, Reason.MAX_DAILY}
"""What is in the way because of other appointments; the rest is never offered then."""


class Booking(Protocol):
    """What scheduling needs of booking while it cannot hear, and no more."""

    async def ListClaims(self, request: claims_pb2.ListClaimsRequest, call: Call) -> claims_pb2.ListClaimsResponse: ...


class AvailabilityService:
    def __init__(self, facts: Facts, booking: Booking, is_hearing: Callable[[], bool]) -> None:
        self.facts = facts
        self.booking = booking
        self.is_hearing = is_hearing

    async def ListAvailability(self, request: pb.ListAvailabilityRequest, call: Call) -> pb.ListAvailabilityResponse:
        hearing = self.is_hearing()
        known: pb.ListAvailabilityResponse | None = await self.facts.answer(call, request) if hearing else None
        if known is not None:
            return known
        began = time.perf_counter()
        _, offer, situation = await self._asked(request, call, _LONGEST)
        wanted = slots(offer, kernel.starts(situation), answers.HOURS[request.preferred_time_of_day])
        limited = islice(wanted, request.limit or _DEFAULT_LIMIT)
        answer = answers.availability(limited, offer.location.time_zone, call.now, began, stale=not hearing)
        if hearing:
            self.facts.remember(call, request, situation, answer)
        return answer

    async def ListPublicAvailability(
        self, request: pb.ListPublicAvailabilityRequest, call: Call
    ) -> pb.ListAvailabilityResponse:
        began = time.perf_counter()
        _, offer, situation = await self._asked(request, call, _LONGEST_IN_PUBLIC)
        wanted = slots(offer, kernel.starts(situation), answers.HOURS[request.preferred_time_of_day])
        limited = islice(wanted, request.limit or _DEFAULT_LIMIT)
        roomless = (replace(slot, rooms=()) for slot in limited)
        stale = not self.is_hearing()
        return answers.availability(roomless, offer.location.time_zone, call.now, began, stale=stale)

    async def FindFirstAvailable(
        self, request: pb.FindFirstAvailableRequest, call: Call
    ) -> pb.ListAvailabilityResponse:
        began = time.perf_counter()
        catalog = await self.facts.catalog(call)
        offers = _offers(request, catalog)
        limit, found = request.limit or 1, list[Slot]()
        stretches = [_stretch(request, offer.location.time_zone, call.now) for offer in offers]
        earliest, latest = min(s[0] for s in stretches), max(s[1] for s in stretches)
        # Most have a time within weeks: a year at once would be read for nothing.
        for begin in range(earliest, latest, _STRIDE):
            each = []
            for offer, stretch in zip(offers, stretches, strict=True):
                part = (max(stretch[0], begin), min(stretch[1], begin + _STRIDE))
                if part[0] < part[1]:
                    situation = await self._situation(call, offer, [s.id for s in offer.specialists], part)
                    each.append(slots(offer, kernel.starts(situation), answers.HOURS[request.preferred_time_of_day]))
            found += islice(merge(*each, key=Slot.order), limit - len(found))
            if len(found) >= limit:
                break
        zone = found[0].offer.location.time_zone if found else offers[0].location.time_zone
        return answers.availability(found, zone, call.now, began, stale=not self.is_hearing())

    async def ExplainStart(self, request: pb.ExplainStartRequest, call: Call) -> pb.Explanation:
        catalog = await self.facts.catalog(call)
        specialist_id, minute = UUID(request.specialist_id), minute_of(request.starts_at.ToDatetime(UTC))
        offer = choose(catalog, service_id=UUID(request.service_id), location_id=UUID(request.location_id))
        specialist = catalog.specialists.get(specialist_id)
        if specialist is None:
            raise _unknown_specialist(specialist_id)
        situation = await self._situation(call, offer, [specialist_id], (minute, minute + 1))
        found = list[Obstacle]()
        if not offer.service.is_given_by(specialist_id):
            found.append(Obstacle(Reason.ALLOWED_PROVIDER, ids=(specialist_id,)))
        if not specialist.bookable:
            found.append(Obstacle(Reason.NOT_BOOKABLE, ids=(specialist_id,)))
        found += kernel.obstacles(situation, situation.specialists[0], minute)
        said = [answers.constraint(each, explain.words(each, offer, catalog, specialist.name)) for each in found]
        return pb.Explanation(
            free=not said,
            first=said[0] if said else None,
            constraints=said,
            start=local(instant_of(minute), offer.location.time_zone),
        )

    async def ExplainQuery(self, request: pb.ListAvailabilityRequest, call: Call) -> pb.QueryExplanation:
        began = time.perf_counter()
        _, _, situation = await self._asked(request, call, _LONGEST)
        steps = [pb.QueryStep(name="facts", duration_ms=answers.milliseconds_since(began))]
        began = time.perf_counter()
        for name, left in kernel.narrowing(situation):
            steps.append(pb.QueryStep(name=name, duration_ms=answers.milliseconds_since(began), starts_left=left))
            began = time.perf_counter()
        return pb.QueryExplanation(steps=steps, starts=steps[-1].starts_left)

    async def ResolveSlot(self, request: pb.ResolveSlotRequest, call: Call) -> pb.ResolvedSlot:
        starts_at, specialist_id = request.starts_at.ToDatetime(UTC), UUID(request.specialist_id)
        catalog = await self.facts.catalog(call)
        if specialist_id not in catalog.specialists:
            raise _unknown_specialist(specialist_id)
        if starts_at.second or starts_at.microsecond:
            raise NotOffered("Starts are whole minutes")
        asked = [UUID(request.location_id)] if request.location_id else await hours.workplaces(call.tx, specialist_id)
        failures: list[DomainError] = []
        for location_id in asked:
            try:
                return await self._resolve(request, call, catalog, location_id)
            except (NotFree, NotOffered, UnknownLocation, UnknownService, UnknownRoom) as failure:
                failures.append(failure)
        # Of several places, the one that came nearest says why not.
        raise min(failures, key=_distance, default=NotOffered("The specialist has no working hours yet"))

    async def _resolve(
        self, request: pb.ResolveSlotRequest, call: Call, catalog: Catalog, location_id: UUID
    ) -> pb.ResolvedSlot:
        specialist_id, minute = UUID(request.specialist_id), minute_of(request.starts_at.ToDatetime(UTC))
        offer = choose(catalog, service_id=UUID(request.service_id), location_id=location_id, only=[specialist_id])
        if request.room_id:
            offer = _only_room(offer, UUID(request.room_id))
        specialist = catalog.specialists[specialist_id]
        if not offer.specialists:
            reason = Reason.NOT_BOOKABLE if not specialist.bookable else Reason.ALLOWED_PROVIDER
            raise NotOffered(explain.words(Obstacle(reason), offer, catalog, specialist.name))
        holder = UUID(request.holder_id) if request.holder_id else None
        situation = await self._situation(call, offer, [specialist_id], (minute, minute + 1), holder=holder)
        free = next(slots(offer, kernel.starts(situation)), None)
        if free is None:
            raise _not_free(situation, offer, catalog, minute)
        return answers.resolved(free, situation)

    async def _situation(
        self,
        call: Call,
        offer: Offer,
        specialist_ids: Sequence[UUID],
        starts: tuple[int, int],
        *,
        holder: UUID | None = None,
    ) -> Situation:
        if self.is_hearing():
            return await self.facts.situation(call, offer, specialist_ids, starts, holder=holder)
        # Booking is asked over the network, so no transaction may be open meanwhile.
        await call.pause()
        resources = [*specialist_ids, *(room.id for room in offer.rooms), *(pool.id for pool in offer.pools)]
        asked = claims_pb2.ListClaimsRequest(
            resource_ids=map(str, resources),
            starts_from=stamp(instant_of(starts[0] - DAY)),
            starts_until=stamp(instant_of(starts[1] + 2 * DAY)),
            holder_id=str(holder or ""),
        )
        taken = answers.taken(await self.booking.ListClaims(asked, call))
        return await self.facts.situation(call, offer, specialist_ids, starts, holder=holder, taken=taken)

    async def _asked(
        self, request: pb.ListAvailabilityRequest | pb.ListPublicAvailabilityRequest, call: Call, longest: timedelta
    ) -> tuple[Catalog, Offer, Situation]:
        catalog = await self.facts.catalog(call)
        offer = choose(
            catalog,
            service_id=UUID(request.service_id),
            location_id=UUID(request.location_id),
            only=[UUID(id_) for id_ in request.specialist_ids],
        )
        zone = offer.location.time_zone
        begin, end = resolve_local(request.start, zone, "start"), resolve_local(request.end, zone, "end")
        if end <= begin:
            raise Invalid(fields=[FieldViolation("end", "must be after start")])
        if end - begin > longest:
            raise Invalid(fields=[FieldViolation("end", f"must be at most {longest.days} days after start")])
        # What is past is not even looked at.
        earliest = max(minute_of(begin), minute_of(call.now) + 1)
        ids = [each.id for each in offer.specialists]
        return catalog, offer, await self._situation(call, offer, ids, (earliest, minute_of(end)))


def _offers(request: pb.FindFirstAvailableRequest, catalog: Catalog) -> list[Offer]:
    """One a location, in the order of their names."""
    service_id = UUID(request.service_id)
    named = [UUID(id_) for id_ in request.location_ids]
    if service_id not in catalog.services:
        raise UnknownService(f"There is no service {service_id}", fields=[FieldViolation("service_id", "is unknown")])
    given_at = catalog.services[service_id].location_ids or set(catalog.locations)
    only = [UUID(id_) for id_ in request.specialist_ids]
    places = named or [id_ for id_ in catalog.locations if id_ in given_at]
    if not places:
        raise UnknownLocation("The service is given nowhere", fields=[FieldViolation("location_ids", "is unknown")])
    return [choose(catalog, service_id=service_id, location_id=id_, only=only) for id_ in places]


def _stretch(request: pb.FindFirstAvailableRequest, zone: str, now: datetime) -> tuple[int, int]:
    earliest = minute_of(now) + 1
    if request.after:
        earliest = max(earliest, minute_of(resolve_local(request.after, zone, "after")))
    latest = minute_of(now) + _AHEAD
    if request.until:
        latest = min(latest, minute_of(resolve_local(request.until, zone, "until")))
    return earliest, latest


def _only_room(offer: Offer, room_id: UUID) -> Offer:
    rooms = tuple(room for room in offer.rooms if room.id == room_id)
    if not rooms:
        wrong = FieldViolation("room_id", "is unknown, or not fit for the service")
        raise UnknownRoom(f"Room {room_id} is not one this service can be given in", fields=[wrong])
    return replace(offer, rooms=rooms)


def _not_free(situation: Situation, offer: Offer, catalog: Catalog, minute: int) -> NotFree | NotOffered:
    found = kernel.obstacles(situation, situation.specialists[0], minute)
    never = [each for each in found if each.reason not in _TAKEN or _has_none(each)]
    why = (never or found)[0]
    words = explain.words(why, offer, catalog, catalog.specialists[situation.specialists[0].id].name)
    return NotOffered(words) if never else NotFree(words)


def _has_none(it: Obstacle) -> bool:
    """There is no room or equipment that could ever be free."""
    return it.reason in (Reason.ROOM, Reason.EQUIPMENT) and not it.ids


def _unknown_specialist(id_: UUID) -> UnknownSpecialist:
    return UnknownSpecialist(f"There is no specialist {id_}", fields=[FieldViolation("specialist_id", "is unknown")])


def _distance(failure: DomainError) -> int:
    return (NotFree, UnknownRoom, NotOffered, UnknownService, UnknownLocation).index(type(failure))
