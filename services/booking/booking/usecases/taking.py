"""How a visit takes what it needs: one of those who could give it, with all that must be taken then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis import Call, new_id

from booking.domain.assignment import Candidate, Offered, preferred
from booking.domain.errors import SlotTaken
from booking.domain.hold import Hold
from booking.domain.visit import Holder, Kind, Visit
from booking.store import appointments, assignments, claims
from booking.store.claims import Taken
from booking.usecases import seats

_GONE = {
    Kind.SPECIALIST: "Somebody else has the specialist then",
    Kind.ROOM: "Every fitting room is taken then",
    Kind.EQUIPMENT: "The equipment it takes is taken then",
    Kind.GAP: "Another visit of this service is too close to it",
}
_SHARED = (Kind.ROOM, Kind.EQUIPMENT)
"""What the next specialist would lack as well."""


async def take(
    visit: Visit, offered: Offered, call: Call, *, expires_at: datetime | None = None, patient_id: UUID | None = None
) -> Taken | None:
    """The first in the order of the calendar's strategy who is still free; SlotTaken if nobody is. None, if it is a
    seat that was left."""
    failure: SlotTaken | None = None
    order = await in_order(visit, offered, call)
    if offered.seats:
        # A group that somebody has booked is filled before another begins.
        for candidate, why in order:
            visit.assign(candidate.specialist_id, candidate.also, why)
            try:
                if await seats.join(call.tx, visit, offered.seats, expires_at):
                    return None
            except SlotTaken as full:
                failure = full
    for candidate, why in order:
        visit.assign(candidate.specialist_id, candidate.also, why)
        try:
            await _require_places(visit, offered, call)
            taken = await _claim(visit, offered, candidate, call, expires_at, patient_id)
        except SlotTaken as full:
            failure = full
            continue
        if taken.lacking is None:
            return taken
        failure = SlotTaken(_GONE[taken.lacking])
        if taken.lacking in _SHARED:
            break
    assert failure is not None
    raise failure


async def give_back(visit: Visit, call: Call) -> None:
    """What it takes, or its seat."""
    if visit.session_id is None:
        await claims.release(call.tx, visit.holder)
    else:
        await seats.leave(call.tx, visit)
        visit.session_id = None


async def keep(hold: Hold, call: Call) -> None:
    """For as long as it says now."""
    if hold.session_id is None:
        await claims.keep_until(call.tx, hold)
    else:
        await seats.keep(call.tx, hold, hold.expires_at)


async def _claim(
    visit: Visit,
    offered: Offered,
    candidate: Candidate,
    call: Call,
    expires_at: datetime | None,
    patient_id: UUID | None,
) -> Taken:
    """What a group takes is its session's; who loses the race to begin one joins it."""
    holder = Holder("session", new_id()) if offered.seats else visit.holder
    taken = await claims.take(
        call.tx, holder, candidate.demands, expires_at, service_id=visit.service_id, patient_id=patient_id
    )
    visit.taken = taken.options
    if taken.lacking is None:
        if offered.seats:
            await seats.begin(call.tx, holder.id, visit, len(visit.taken))
        return taken
    await claims.release(call.tx, holder)
    lost = taken.lacking is Kind.SPECIALIST and offered.seats
    if lost and await seats.join(call.tx, visit, offered.seats, expires_at):
        return replace(taken, lacking=None)
    return taken


async def in_order(visit: Visit, offered: Offered, call: Call) -> Sequence[tuple[Candidate, str]]:
    """Whose turn it is first, each with the reason; from then on until the commit, nobody else of the calendar's."""
    if offered.counted is None or visit.calendar_id is None:
        return [(each, offered.why) for each in offered.candidates]
    await assignments.hold_turn(call.tx, visit.calendar_id)
    loads = await assignments.loads(call.tx, visit, offered.candidates, offered.counted)
    return preferred(offered.counted.strategy, offered.candidates, loads)


async def _require_places(visit: Visit, offered: Offered, call: Call) -> None:
    for limit in offered.daily_limits:
        for specialist_id in visit.specialist_ids if limit.per_specialist else (None,):
            await appointments.require_place(call.tx, visit, limit, specialist_id)
