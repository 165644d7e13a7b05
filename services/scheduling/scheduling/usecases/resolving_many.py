"""ambulo.scheduling.v1.ResolvingService: many starts at once into what must be taken for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from ambulo.scheduling.v1 import availability_pb2
from ambulo.scheduling.v1 import resolving_pb2 as pb
from chassis import Call
from chassis.clock import local, local_day
from chassis.errors import DomainError
from chassis.wire import stamp

from scheduling.domain import kernel
from scheduling.domain.errors import NotOffered
from scheduling.domain.hours import DAY, instant_of, minute_of
from scheduling.domain.kernel import Situation
from scheduling.domain.offer import Catalog, Offer
from scheduling.domain.proposals import Free, Taken
from scheduling.domain.series import starts_of
from scheduling.domain.slots import Slot, slots
from scheduling.usecases.resolving import Resolving, minute_wanted, nearest, why_not
from scheduling.usecases.situations import Situations
from scheduling.wire import answers

_BESIDE: Final = timedelta(days=1)
_AROUND: Final = 3 * DAY
"""More than the local day and those beside it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What is offered at one place, with all that decides there from the first start to the last: it is read once."""

    offer: Offer
    situation: Situation

    @property
    def zone(self) -> str:
        return self.offer.location.time_zone

    def at(self, minute: int) -> Situation:
        return kernel.between(self.situation, minute, minute + 1)

    def around(self, minute: int) -> list[Slot]:
        """What is free on the local day and those beside it."""
        day = instant_of(minute).astimezone(ZoneInfo(self.zone)).date()
        begin, end = local_day(day - _BESIDE, self.zone)[0], local_day(day + _BESIDE, self.zone)[1]
        part = kernel.between(self.situation, minute_of(begin), minute_of(end))
        return list(slots(self.offer, kernel.starts(part)))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One start, where it could be had, or why nowhere."""

    minute: int
    """Of one that is skipped, as if the clocks had not changed yet."""
    start: str
    places: Sequence[_Place] = ()
    is_skipped: bool = False
    failure: DomainError | None = None


class ResolvingService:
    def __init__(self, situations: Situations) -> None:
        self.situations = situations
        self.facts = situations.facts
        self.resolving = Resolving(situations)

    async def ResolveSeries(self, request: pb.ResolveSeriesRequest, call: Call) -> pb.ResolvedSeries:
        catalog = await self.facts.catalog(call)
        minute = minute_wanted(request.first)
        offer = await self._at_first(request.first, minute, call, catalog)
        zone = offer.location.time_zone
        starts = starts_of(request.rrule, instant_of(minute), zone)
        minutes = [minute_of(each.instant) for each in starts]
        place = await self._place(offer, minutes, [], request.proposals, call)
        wanted = [_Wanted(minute_of(each.instant), each.text, [place], each.is_skipped) for each in starts]
        return pb.ResolvedSeries(time_zone=zone, starts=_answers(wanted, catalog, request.proposals, call))

    async def ResolveMany(self, request: pb.ResolveManyRequest, call: Call) -> pb.ResolvedSeries:
        catalog = await self.facts.catalog(call)
        holders = [UUID(each.holder_id) for each in request.starts if each.holder_id]
        # Those that differ in nothing but the time share what is read.
        alike: dict[bytes, list[availability_pb2.ResolveSlotRequest]] = {}
        for each in request.starts:
            alike.setdefault(_without_time(each), []).append(each)
        found: dict[bytes, Sequence[_Place] | DomainError] = {}
        for which, those in alike.items():
            minutes = [minute_wanted(each) for each in those]
            try:
                offers = await self.resolving.offers(those[0], call, catalog)
                found[which] = [await self._place(o, minutes, holders, request.proposals, call) for o in offers]
            except NotOffered as failure:
                found[which] = failure
        wanted = [_wanted(each, found[_without_time(each)]) for each in request.starts]
        zone = next((place.zone for each in wanted for place in each.places), "")
        return pb.ResolvedSeries(time_zone=zone, starts=_answers(wanted, catalog, request.proposals, call))

    async def _at_first(
        self, request: availability_pb2.ResolveSlotRequest, minute: int, call: Call, catalog: Catalog
    ) -> Offer:
        """All of a series are at one place: where the first is free, or nearly."""
        offers = await self.resolving.offers(request, call, catalog)
        if len(offers) == 1:
            return offers[0]
        failures: dict[DomainError, Offer] = {}
        for offer in offers:
            situation = await self.situations.of(call, offer, (minute, minute + 1))
            if any(kernel.starts(situation)):
                return offer
            failures[why_not(situation, offer, catalog)] = offer
        return failures[nearest([*failures])]

    async def _place(
        self, offer: Offer, minutes: Sequence[int], holders: Sequence[UUID], proposals: int, call: Call
    ) -> _Place:
        around = _AROUND if proposals else 0
        stretch = (min(minutes) - around, max(minutes) + 1 + around)
        return _Place(offer, await self.situations.of(call, offer, stretch, holders=holders))


def _without_time(request: availability_pb2.ResolveSlotRequest) -> bytes:
    rest = availability_pb2.ResolveSlotRequest()
    rest.CopyFrom(request)
    rest.ClearField("starts_at")
    # Whose it is matters only in that it is somebody's: then a calendar may have gone.
    rest.holder_id = rest.holder_id and str(UUID(int=0))
    return rest.SerializeToString(deterministic=True)


def _wanted(request: availability_pb2.ResolveSlotRequest, found: Sequence[_Place] | DomainError) -> _Wanted:
    minute = minute_wanted(request)
    if isinstance(found, DomainError):
        return _Wanted(minute, instant_of(minute).isoformat(), failure=found)
    return _Wanted(minute, local(instant_of(minute), found[0].zone), found)


def _answers(wanted: Sequence[_Wanted], catalog: Catalog, count: int, call: Call) -> list[pb.ResolvedStart]:
    taken = Taken()
    found = [_answer(each, catalog, taken, call) for each in wanted]
    # What is proposed for one must be in the way of none of the others: all that are free come first.
    for each, answer in zip(wanted, found, strict=True):
        if count and not answer.HasField("slot"):
            answer.proposals.extend(map(answers.slot, _proposed(each, taken, count)))
    return found


def _answer(it: _Wanted, catalog: Catalog, taken: Taken, call: Call) -> pb.ResolvedStart:
    if it.is_skipped:
        words = "A clock change skips this local time"
        return pb.ResolvedStart(start=it.start, reason="LOCAL_TIME_SKIPPED", detail=words)
    answer = pb.ResolvedStart(starts_at=stamp(instant_of(it.minute)), start=it.start)
    if instant_of(it.minute) <= call.now:
        answer.reason, answer.detail = "IN_THE_PAST", "This time is past"
        return answer
    failures = [it.failure] if it.failure is not None else []
    for place in it.places:
        situation = place.at(it.minute)
        free = list(slots(place.offer, kernel.starts(situation)))
        if free:
            taken.add(free[0])
            answer.slot.CopyFrom(answers.resolved(free, situation))
            return answer
        failures.append(why_not(situation, place.offer, catalog))
    failure = nearest(failures)
    answer.reason, answer.detail = failure.reason, failure.detail
    return answer


def _proposed(it: _Wanted, taken: Taken, count: int) -> list[Slot]:
    """The nearest, each at a time of its own."""
    free = sorted((slot for place in it.places for slot in place.around(it.minute)), key=Slot.order)
    found: dict[int, Slot] = {}
    for slot in Free(free, taken).around(it.minute, _AROUND):
        found.setdefault(slot.minute, slot)
        if len(found) == count:
            break
    for slot in found.values():
        taken.add(slot)
    return list(found.values())
