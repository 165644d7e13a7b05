"""When displaced appointments could be instead."""

from collections.abc import Sequence
from datetime import UTC
from itertools import islice
from typing import Final
from uuid import UUID

from ambulo.scheduling.v1 import impact_pb2 as pb
from chassis import Call
from chassis.errors import FieldViolation

from scheduling.domain import kernel
from scheduling.domain.choice import choose, choose_calendar, unknown_specialist
from scheduling.domain.errors import NotFree, NotOffered, UnknownLocation, UnknownService
from scheduling.domain.hours import DAY, minute_of
from scheduling.domain.impact import Promise
from scheduling.domain.offer import Catalog, Offer
from scheduling.domain.proposals import Free, Taken
from scheduling.domain.slots import Slot, slots
from scheduling.store.facts import Facts

_NEAR: Final = DAY
_FAR: Final = 28 * DAY
_NOBODY: Final = UUID(int=0)


class Proposing:
    """For one after the other of those who are displaced. Their own time is theirs only, so what is near is looked up
    for each; what is farther away, once for all who could have it.

    All is read as for one that is being moved: without being remembered, since the change may be taken back.
    """

    def __init__(self, facts: Facts, catalog: Catalog, displaced: Sequence[Promise], call: Call) -> None:
        self._facts = facts
        self._catalog = catalog
        self._call = call
        self._taken = Taken()
        starts = [promise.starts for promise in displaced]
        self._whole = (min(starts, default=0) - _FAR, max(starts, default=0) + _FAR)
        self._far: dict[object, Free] = {}

    async def of(self, promise: Promise, count: int) -> list[Slot]:
        """The nearest times; the same one only if it is with somebody else."""
        offer = self._offer(promise)
        if offer is None:
            return []
        near = await self._free(offer, (promise.starts - _NEAR, promise.starts + _NEAR + 1), promise.appointment_id)
        same = (promise.starts, promise.specialist_id)
        others = (slot for slot in near.around(promise.starts, _NEAR) if (slot.minute, slot.specialist.id) != same)
        found = list(islice(others, count))
        if len(found) < count:
            far = await self._farther(offer)
            farther = (s for s in far.around(promise.starts, _FAR) if abs(s.minute - promise.starts) > _NEAR)
            found += islice(farther, count - len(found))
        for slot in found:
            self._taken.add(slot)
        return found

    async def _farther(self, offer: Offer) -> Free:
        calendar_id = offer.calendar.id if offer.calendar is not None else None
        which = (offer.service.id, offer.location.id, calendar_id, tuple(each.id for each in offer.specialists))
        known = self._far.get(which)
        if known is None:
            known = self._far[which] = await self._free(offer, self._whole, _NOBODY)
        return known

    async def _free(self, offer: Offer, starts: tuple[int, int], holder: UUID) -> Free:
        soonest = minute_of(self._call.now) + 1
        stretch = (max(soonest, starts[0]), max(soonest, starts[1]))
        ids = [each.id for each in offer.specialists]
        situation = await self._facts.situation(self._call, offer, ids, stretch, holders=[holder])
        return Free(slots(offer, kernel.starts(situation)), self._taken)

    def _offer(self, promise: Promise) -> Offer | None:
        """With the same specialist, or with others if that one can no longer give it; None: nobody offers it."""
        try:
            same = _offer_of(self._catalog, promise, [promise.specialist_id])
            return same if same.specialists else _offer_of(self._catalog, promise, [])
        except (UnknownService, UnknownLocation):
            return None


class Targets:
    """Of all who go at once: their old times are nobody's, their new ones theirs."""

    def __init__(self, facts: Facts, catalog: Catalog, leaving: Sequence[UUID], call: Call) -> None:
        self._facts = facts
        self._catalog = catalog
        self._leaving = leaving
        self._call = call
        self._taken = Taken()

    async def require(self, promise: Promise, wanted: pb.Displacement) -> None:
        """That this one can go there; from now on it is in the way of the others."""
        if wanted.starts_at.nanos or wanted.starts_at.seconds % 60:
            raise NotOffered("Starts are whole minutes", fields=[FieldViolation("starts_at", "must be a whole minute")])
        minute = minute_of(wanted.starts_at.ToDatetime(UTC))
        specialist_id = UUID(wanted.specialist_id) if wanted.specialist_id else promise.specialist_id
        if specialist_id not in self._catalog.specialists:
            raise unknown_specialist(specialist_id)
        offer = _offer_of(self._catalog, promise, [specialist_id])
        ids = [each.id for each in offer.specialists]
        situation = await self._facts.situation(self._call, offer, ids, (minute, minute + 1), holders=self._leaving)
        free = list(slots(offer, kernel.starts(situation))) if ids else []
        left = [slot for each in free if (slot := self._taken.left_of(each)) is not None]
        if not left:
            words = "another of those who go has it" if free else "is not free then"
            raise NotFree("This appointment cannot go there", fields=[FieldViolation("starts_at", words)])
        self._taken.add(left[0])


def _offer_of(catalog: Catalog, promise: Promise, only: Sequence[UUID]) -> Offer:
    """From the calendar it was booked from, if that still gives the service."""
    calendar = catalog.calendars.get(promise.calendar_id) if promise.calendar_id is not None else None
    if calendar is not None and calendar.service_id == promise.service_id:
        return choose_calendar(catalog, calendar.id, only)
    return choose(catalog, service_id=promise.service_id, location_id=promise.location_id, only=only)
