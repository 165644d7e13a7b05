"""How a time that somebody gave up is offered to who waits: to one person at a time, held for them."""

from datetime import datetime
from uuid import UUID

from ambulo.booking.v1 import events_pb2 as events
from ambulo.scheduling.v1 import availability_pb2
from chassis import Call, new_id
from chassis.errors import Conflict, Invalid, NotFound, Refused
from chassis.wire import stamp

from booking.domain.waitlist import ANSWER_WITHIN, Entry, Freed, FreeStart, Offer, WaitlistStatus
from booking.store import waitlist
from booking.usecases.holds import place
from booking.usecases.peers import Peers

_OFFERED_AT_ONCE = 10
"""Of a long stretch; whoever is left is asked when one of these is declined or runs out."""
_SERVICES_AT_MOST = 100
"""Each asked for once; who waits for another has to wait for the next time."""
_STARTS_AT_ONCE = 50
"""The most that scheduling says of one service."""
_TRIES = 20
"""Each leaves out what somebody else was faster to take."""


class Offering:
    def __init__(self, peers: Peers) -> None:
        self.peers = peers

    async def on_freed(self, freed: Freed, call: Call) -> None:
        """To the first in turn whom a start in it suits, and what that leaves to the next."""
        if freed.ends_at <= call.now:
            return
        starts: dict[UUID, list[FreeStart]] = {}
        for _ in range(_TRIES):
            wanted = await self._wanted(freed, starts, call)
            if not wanted:
                return
            resolved = []
            for entry, start in wanted:
                try:
                    resolved.append((entry, start, await self._resolve(start, call)))
                except (Conflict, Refused, NotFound):
                    starts[start.service_id].remove(start)
            if await self._offer_all(resolved, starts, call):
                return

    async def _wanted(
        self, freed: Freed, starts: dict[UUID, list[FreeStart]], call: Call
    ) -> list[tuple[Entry, FreeStart]]:
        """In turn, each with the earliest that suits and that is left. Services are asked for as their turn comes."""
        found: list[tuple[Entry, FreeStart]] = []
        while len(found) < _OFFERED_AT_ONCE:
            left = [each for those in starts.values() for each in those if all(it.leaves(each) for _, it in found)]
            next_ = await waitlist.find_next(call.tx, freed, left, starts, [entry.id for entry, _ in found])
            if next_ is None:
                break
            entry, start = next_
            if start is not None:
                found.append((entry, start))
                continue
            await call.pause()
            if len(starts) == _SERVICES_AT_MOST:
                break
            starts[entry.service_id] = await self._starts(entry.service_id, freed, call)
        await call.pause()
        return found

    async def _starts(self, service_id: UUID, freed: Freed, call: Call) -> list[FreeStart]:
        """Of a service, within what was freed, by time."""
        asked = availability_pb2.FindFirstAvailableRequest(
            clinic_id=str(call.clinic_id),
            service_id=str(service_id),
            specialist_ids=map(str, freed.specialist_ids),
            location_ids=[str(freed.location_id)] if freed.location_id is not None else [],
            after=freed.starts_at.isoformat(),
            until=freed.ends_at.isoformat(),
            limit=_STARTS_AT_ONCE,
        )
        try:
            found = await self.peers.scheduling.FindFirstAvailable(asked, call)
        except (Conflict, Refused, NotFound, Invalid):
            # It is not given there, or not by them.
            return []
        return [
            FreeStart(
                service_id,
                UUID(slot.specialist.id),
                UUID(slot.location_id),
                datetime.fromisoformat(slot.start),
                datetime.fromisoformat(slot.end),
            )
            for slot in found.slots
        ]

    async def _resolve(self, start: FreeStart, call: Call) -> availability_pb2.ResolvedSlot:
        asked = availability_pb2.ResolveSlotRequest(
            service_id=str(start.service_id),
            specialist_id=str(start.specialist_id),
            location_id=str(start.location_id),
            starts_at=stamp(start.starts_at),
        )
        return await self.peers.resolve(asked, call)

    async def _offer_all(
        self,
        those: list[tuple[Entry, FreeStart, availability_pb2.ResolvedSlot]],
        starts: dict[UUID, list[FreeStart]],
        call: Call,
    ) -> bool:
        """Whether anything was offered. What somebody else was faster to take is not to be wanted again."""
        offered = False
        for entry, start, resolved in those:
            try:
                offered = await _offer(entry, resolved, call) or offered
            except (Conflict, Refused, NotFound):
                starts[start.service_id].remove(start)
        if not offered:
            await call.undo()
        return offered


async def _offer(entry: Entry, resolved: availability_pb2.ResolvedSlot, call: Call) -> bool:
    """False if they no longer wait."""
    entry = await waitlist.get(call.tx, entry.id, lock=True)
    if entry.status is not WaitlistStatus.WAITING:
        return False
    hold = await place(resolved, "", f"waitlist/{entry.id}", call, length=ANSWER_WITHIN)
    offer = Offer(
        id=new_id(),
        entry_id=entry.id,
        patient_id=entry.patient_id,
        hold_id=hold.id,
        specialist_id=hold.specialist_id,
        location_id=hold.slot.location_id,
        time_zone=hold.slot.time_zone,
        starts_at=hold.slot.starts_at,
        offered_at=call.now,
        expires_at=hold.expires_at,
    )
    await waitlist.add_offer(call.tx, offer)
    await waitlist.set_status(call.tx, entry.id, WaitlistStatus.OFFERED)
    call.emit(
        events.WaitlistOffered(
            entry_id=str(entry.id),
            patient_id=str(entry.patient_id),
            specialist_id=str(offer.specialist_id),
            location_id=str(offer.location_id),
            starts_at=stamp(offer.starts_at),
            expires_at=stamp(offer.expires_at),
            time_zone=offer.time_zone,
        ),
        key=str(entry.id),
    )
    return True
