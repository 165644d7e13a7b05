"""How a time that somebody gave up is offered to who waits: to one person at a time, held for them."""

from uuid import UUID
from zoneinfo import ZoneInfo

from ambulo.booking.v1 import events_pb2 as events
from ambulo.scheduling.v1 import availability_pb2
from chassis import Call, new_id
from chassis.errors import Conflict, NotFound, Refused
from chassis.wire import stamp

from booking.domain.waitlist import ANSWER_WITHIN, Entry, Freed, Offer, Outcome, WaitlistStatus
from booking.store import waitlist
from booking.usecases.holds import place
from booking.usecases.peers import Peers

_ASKED_AT_MOST = 20
"""Who comes later has to wait for the next."""


class Offering:
    def __init__(self, peers: Peers) -> None:
        self.peers = peers

    async def on_freed(self, freed: Freed, call: Call) -> None:
        """To the first in turn whom it suits, and whose service fits in there."""
        if freed.starts_at <= call.now:
            return
        start = freed.starts_at.astimezone(ZoneInfo(freed.time_zone))
        turns = await waitlist.by_turn(call.tx, freed)
        suited = [each for each in turns if each.is_suited_by(start, freed.specialist_id, freed.location_id)]
        for entry in suited[:_ASKED_AT_MOST]:
            await call.pause()
            if await self._offer(entry, freed, call):
                return

    async def on_hold_ended(self, hold_id: UUID, call: Call) -> None:
        """Nobody answered: they wait on."""
        offer = await waitlist.open_offer_of_hold(call.tx, hold_id)
        if offer is not None:
            await waitlist.end_offer(call.tx, offer.id, Outcome.EXPIRED)
            await waitlist.set_status(call.tx, offer.entry_id, WaitlistStatus.WAITING)

    async def _offer(self, entry: Entry, freed: Freed, call: Call) -> bool:
        asked = availability_pb2.ResolveSlotRequest(
            service_id=str(entry.service_id),
            specialist_id=str(freed.specialist_id),
            location_id=str(freed.location_id),
            starts_at=stamp(freed.starts_at),
        )
        try:
            resolved = await self.peers.resolve(asked, call)
            entry = await waitlist.get(call.tx, entry.id, lock=True)
            if entry.status is not WaitlistStatus.WAITING:
                return False
            hold = await place(resolved, "", f"waitlist/{entry.id}", call, length=ANSWER_WITHIN)
        except (Conflict, Refused, NotFound):
            await call.undo()
            return False
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
