"""How long who is in a queue will wait: what scheduling knows of who works, and booking of what they have promised."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from ambulo.scheduling.v1 import duty_pb2
from chassis import Call
from chassis.errors import DomainError
from chassis.wire import stamp

from booking import walk_in_wire
from booking.domain.appointment import Appointment
from booking.domain.queue import OnDuty, Place, Stretch, Turn, places, typical
from booking.store import claims, walk_ins

_PATIENCE_S: Final = 2.0
"""Who has joined a queue is told so, even if nobody can tell for how long."""


class Duty(Protocol):
    """What queues need of scheduling, and no more."""

    async def ListOnDuty(self, request: duty_pb2.ListOnDutyRequest, call: Call) -> duty_pb2.ListOnDutyResponse: ...


class Queues:
    def __init__(self, duty: Duty) -> None:
        self.duty = duty

    async def on_duty(self, location_id: UUID, call: Call) -> list[OnDuty] | None:
        """Who works there today from now on; None if it cannot be told."""
        request = duty_pb2.ListOnDutyRequest(location_id=str(location_id), since=stamp(call.now))
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return walk_in_wire.on_duty(await self.duty.ListOnDuty(request, call))
        except (DomainError, TimeoutError):
            return None


async def places_at(location_id: UUID, on_duty: Sequence[OnDuty] | None, call: Call) -> dict[UUID, Place]:
    """Of all who wait there, by id; in a constant number of statements."""
    rows = await walk_ins.turns(call.tx, location_id)
    specialist_ids = [each.specialist_id for each in on_duty or ()]
    under_way = await walk_ins.under_way(call.tx, specialist_ids, call.now)
    service_ids = {row["service_id"] for row in rows} | {each.service_id for each in under_way}
    known = await walk_ins.durations(call.tx, list(service_ids), location_id, call.now)
    turns = [Turn(**row, takes=typical(known[row["service_id"]], row["planned"])) for row in rows]
    taken: dict[UUID, list[Stretch]] = {id_: [] for id_ in specialist_ids}
    for visit in under_way:
        end = visit.expected_end(typical(known[visit.service_id], visit.ends_at - visit.starts_at), call.now)
        for id_ in visit.specialist_ids:
            taken.setdefault(id_, []).append((call.now, end))
    if on_duty:
        latest = max(end for each in on_duty for _, end in each.works)
        for row in await claims.search(call.tx, specialist_ids, call.now, latest, [each.id for each in under_way]):
            taken[row["resource_id"]].append((row["begins_at"], row["ends_at"]))
    return places(turns, on_duty, taken, call.now)


async def finish(appointment: Appointment, call: Call) -> None:
    """The visit of who walked in is over."""
    it = await walk_ins.find_served_in(call.tx, appointment.id)
    if it is not None:
        before = it.status
        it.finish(call.now)
        await walk_ins.save(call.tx, it)
        call.emit(walk_in_wire.changed(it, before), key=str(it.id))
