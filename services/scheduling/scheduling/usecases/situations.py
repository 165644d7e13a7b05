"""What decides for an offer: as it was heard, or, while events do not arrive, as booking says."""

from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

from ambulo.booking.v1 import claims_pb2
from chassis import Call
from chassis.wire import stamp

from scheduling.domain import rules
from scheduling.domain.hours import DAY, instant_of
from scheduling.domain.kernel import Situation
from scheduling.domain.offer import Offer
from scheduling.store.facts import Facts, Guess
from scheduling.wire import answers


class Booking(Protocol):
    """What scheduling needs of booking while it cannot hear, and no more."""

    async def ListClaims(self, request: claims_pb2.ListClaimsRequest, call: Call) -> claims_pb2.ListClaimsResponse: ...


class Situations:
    def __init__(self, facts: Facts, booking: Booking, is_hearing: Callable[[], bool]) -> None:
        self.facts = facts
        self.booking = booking
        self.is_hearing = is_hearing

    async def of(
        self,
        call: Call,
        offer: Offer,
        starts: tuple[int, int],
        *,
        specialist_ids: Sequence[UUID] | None = None,
        holders: Sequence[UUID] = (),
        guess: Guess | None = None,
    ) -> Situation:
        """Of all specialists of the offer, or of these; what `holders` take counts as free. Outdated if it was a wrong
        guess that led to the offer."""
        ids = [each.id for each in offer.specialists] if specialist_ids is None else specialist_ids
        if self.is_hearing():
            return await self.facts.situation(call, offer, ids, starts, holders=holders, guess=guess)
        # Booking is asked over the network, so no transaction may be open meanwhile.
        await call.pause()
        gaps = [gap[0] for each in ids if (gap := rules.gap(offer.service, each)) is not None]
        resources = [*ids, *gaps, *(room.id for room in offer.rooms), *(pool.id for pool in offer.pools)]
        asked = claims_pb2.ListClaimsRequest(
            resource_ids=map(str, resources),
            starts_from=stamp(instant_of(starts[0] - DAY)),
            starts_until=stamp(instant_of(starts[1] + 2 * DAY)),
            holder_ids=map(str, holders),
        )
        taken = answers.taken(await self.booking.ListClaims(asked, call))
        return await self.facts.situation(call, offer, ids, starts, holders=holders, taken=taken, guess=guess)
