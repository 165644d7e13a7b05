"""How a visit gets its seat in a group: it joins a session, or begins one."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis import Transaction

from booking.domain.appointment import Appointment
from booking.domain.errors import AlreadyThere, HoldOver, SlotTaken
from booking.domain.visit import Visit
from booking.store import holds, sessions


async def join(tx: Transaction, visit: Visit, seats: int, expires_at: datetime | None) -> bool:
    """False if its specialist has no session then; SlotTaken if all seats are taken."""
    session = await sessions.find_for_update(tx, visit)
    if session is None:
        return False
    there = await sessions.seats(tx, session, visit)
    if not there.booked + there.held:
        # Of holds that have run out.
        await sessions.dissolve(tx, session)
        return False
    if there.booked + there.held >= seats:
        raise SlotTaken(f"All {seats} places are taken then")
    if isinstance(visit, Appointment) and await sessions.has(tx, session, visit.patient_id, visit.id):
        raise AlreadyThere("Nobody has two places in one group")
    if not await sessions.keep_until(tx, session, expires_at):
        raise SlotTaken("The session has just ended; ask again")
    visit.session_id, visit.also, visit.taken = session.id, session.also, session.taken
    # It lasts as long as it did when it was begun, whatever the service lasts now.
    visit.slot = replace(
        visit.slot,
        ends_at=session.ends_at,
        occupied_from=session.occupied_from,
        occupied_until=session.occupied_until,
    )
    return True


async def begin(tx: Transaction, id_: UUID, visit: Visit, claims: int) -> None:
    await sessions.add(tx, id_, visit, claims)
    visit.session_id = id_


async def leave(tx: Transaction, visit: Visit) -> None:
    """Who goes last takes the session along."""
    session = await sessions.get_for_update(tx, visit)
    if session is None:
        return
    there = await sessions.seats(tx, session, visit)
    if there.held_until is None and not there.booked:
        await sessions.dissolve(tx, session)
    elif there.held_until is not None and not there.booked:
        await sessions.end_at(tx, session, there.held_until)


async def keep(tx: Transaction, visit: Visit, until: datetime | None) -> None:
    """The seat of a hold: for longer, or, once it is booked, for good; before the hold itself is changed."""
    session = await sessions.get_for_update(tx, visit)
    # As others see it who count seats: under the lock, and by the same clock.
    if session is None or not await holds.is_alive(tx, visit.id):
        raise HoldOver("It has run out; look for a time again")
    if not await sessions.keep_until(tx, session, until):
        raise HoldOver("It has run out; look for a time again")
