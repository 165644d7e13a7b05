"""How a visit takes what it needs: one of those who could give it, with all that must be taken then."""

from collections.abc import Sequence
from datetime import datetime

from chassis import Call

from booking.domain.assignment import Candidate, Offered, preferred
from booking.domain.errors import SlotTaken
from booking.domain.visit import Kind, Visit
from booking.store import appointments, assignments, claims

_GONE = {
    Kind.SPECIALIST: "Somebody else has the specialist then",
    Kind.ROOM: "Every fitting room is taken then",
    Kind.EQUIPMENT: "The equipment it takes is taken then",
    Kind.GAP: "Another visit of this service is too close to it",
}
_SHARED = (Kind.ROOM, Kind.EQUIPMENT)
"""What the next specialist would lack as well."""


async def take(visit: Visit, offered: Offered, call: Call, *, expires_at: datetime | None = None) -> None:
    """The first in the order of the calendar's strategy who is still free; SlotTaken if nobody is."""
    failure: SlotTaken | None = None
    for candidate, why in await in_order(visit, offered, call):
        visit.assign(candidate.specialist_id, candidate.also, why)
        try:
            await _require_places(visit, offered, call)
            visit.taken, lacking = await claims.take(call.tx, visit.holder, candidate.demands, expires_at)
        except SlotTaken as full:
            failure = full
            continue
        if lacking is None:
            return
        failure = SlotTaken(_GONE[lacking])
        if lacking in _SHARED:
            break
        await claims.release(call.tx, visit.holder)
    assert failure is not None
    raise failure


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
