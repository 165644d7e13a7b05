"""All that the kernel needs to know, from this process' memory where nothing has changed, else from the tables.

What all this is made of is stamped (store/stamps.py): one statement tells whether what is remembered still holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis import Call
from google.protobuf.message import Message

from scheduling.domain import groups, kernel, mask, rules
from scheduling.domain.grid import grid_minutes
from scheduling.domain.hours import minute_of
from scheduling.domain.kernel import Bar, Need, Reason, Room, Situation, Specialist, Taken, Unit, Window
from scheduling.domain.offer import Catalog, Offer, Pool, Service
from scheduling.store import catalog, months, stamps
from scheduling.store.masks import Asked, Masks, Seen
from scheduling.store.memory import Memory
from scheduling.store.months import Months
from scheduling.store.shared import Shared


@dataclass(frozen=True, slots=True)
class Guess:
    """What was so when somebody looked last, and most often still is."""

    catalog: Catalog
    specialist_id: UUID | None
    seen: Seen


class Outdated(Exception):
    """A guess was wrong: it is no longer so."""


class Facts:
    """Reads what decides, for the clinic of a call."""

    def __init__(self, memory: Memory, shared: Shared) -> None:
        self._memory = memory
        self._stamps = stamps.Stamps()
        self._months = Months(memory, shared)

    async def catalog(self, call: Call) -> Catalog:
        return await self._catalog(call, (await stamps.read(call.tx, [stamps.CATALOG]))[stamps.CATALOG])

    async def catalog_and_workplaces(self, call: Call, specialist_id: UUID) -> tuple[Catalog, list[UUID]]:
        """Both at once, since whoever books mostly says with whom, and not where."""
        version, workplaces = await call.tx.call(
            "catalog_and_workplaces", specialist_id, columns={"version": "bigint", "workplaces": "uuid[]"}
        )
        catalog = await self._catalog(call, version or 0)
        if specialist_id in catalog.specialists:
            self._memory.put(("workplaces", call.clinic_id, specialist_id), None, workplaces, 60 * len(workplaces))
        return catalog, workplaces

    def guess(self, call: Call, specialist_id: UUID | None) -> Guess | None:
        """To begin with, for `situation` to hold against what is; with where a specialist works, if that is wanted."""
        catalog = self._memory.latest(("catalog", call.clinic_id))
        workplaces = self._memory.latest(("workplaces", call.clinic_id, specialist_id)) if specialist_id else (None, [])
        if catalog is None or workplaces is None:
            return None
        return Guess(catalog[1], specialist_id, Seen(catalog[0], workplaces[1]))

    async def answer(self, call: Call, request: Message) -> Any:
        """What was answered to the same question within this minute, if nothing has changed since; else None."""
        known = self._memory.get(_question(call, request), minute_of(call.now))
        if known is None:
            return None
        stamped, until, answer = known
        if until is not None and until <= call.now:
            return None
        return answer if await self._stamps.stand(call, stamped) else None

    def remember(self, call: Call, request: Message, situation: Situation, answer: Message) -> None:
        if not situation.stamped:
            return
        key, size = _question(call, request), request.ByteSize() + 3 * answer.ByteSize()
        self._memory.put(
            key, minute_of(call.now), (situation.stamped, situation.until, answer), size + 100 * len(situation.stamped)
        )

    async def situation(
        self,
        call: Call,
        offer: Offer,
        specialist_ids: Sequence[UUID],
        starts: tuple[int, int],
        *,
        holders: Sequence[UUID] = (),
        taken: Sequence[Taken] | None = None,
        guess: Guess | None = None,
    ) -> Situation:
        """For starts within two minutes of UTC. What `holders` take counts as free: they are being moved. `taken` is
        what booking says is taken, if that may not have been heard; then nothing is remembered. With the guess that led
        to the offer, of one start: Outdated if it was wrong."""
        terms, needed = offer.service.terms, dict(offer.service.rules.equipment)
        window = Window.around(terms, *starts, offer.turnaround)
        asked = Asked(
            first=window.first,
            last=window.last,
            location=offer.location,
            now=call.now,
            specialist_ids=specialist_ids,
            room_ids=[room.id for room in offer.rooms],
            pools=offer.pools,
            visits_of=offer.service.id if _looks_at_visits(offer.service) else None,
            holders=holders,
            calendar=offer.calendar,
            workplaces_of=guess.specialist_id if guess is not None else None,
        )
        # Whoever books or moves something asks once, for a moment: nothing of that need be remembered; and the months
        # around have mostly changed since they were.
        once = bool(holders) or taken is not None or starts[1] - starts[0] == 1
        stamped = await stamps.read(call.tx, months.stamped_by(asked)) if not once else {}
        found = await (months.read_at_once(call, asked) if once else self._months.read(call, asked, stamped))
        if guess is not None and found.seen != guess.seen:
            raise Outdated
        if taken is not None:
            _add_taken(found, taken, window)
        visits = groups.distinct(found.visits)
        asking = rules.Asking(window, offer.location.id, offer.location.time_zone, call.now, visits)
        sessions = groups.sessions(offer, found.visits) if offer.service.is_for_groups else {}
        specialists = [
            Specialist(
                id_,
                found.open[id_],
                found.busy[id_],
                (*rules.bars_of(offer.service, asking, id_), *rules.gap_bars(offer.service, asking, id_, taken or ())),
                sessions.get(id_, ()),
            )
            for id_ in specialist_ids
        ]
        past = Bar(Reason.PAST, mask.stretch(0, minute_of(call.now) + 1 - window.first), "This time is past")
        return Situation(
            terms=terms,
            window=window,
            wanted=grid_minutes(terms.grid, offer.location.time_zone, *window.starts) << terms.buffer_before,
            specialists=[kernel.together(specialists)] if offer.also else specialists,
            rooms=[Room(room.id, found.busy[room.id], room.turnaround) for room in offer.rooms],
            needs=[_need(kind, count, offer.pools, found) for kind, count in needed.items()],
            bars=[past, *rules.bars(offer.service, asking)],
            stamped=stamped,
            until=found.until,
        )

    async def _catalog(self, call: Call, version: int) -> Catalog:
        key = ("catalog", call.clinic_id)
        known: Catalog | None = self._memory.get(key, version)
        if known is None:
            known = await catalog.load(call.tx)
            self._memory.put(key, version, known, known.things * 1000)
        return known


def _looks_at_visits(service: Service) -> bool:
    return service.is_for_groups or rules.looks_at_visits(service)


def _add_taken(found: Masks, taken: Sequence[Taken], window: Window) -> None:
    for each in taken:
        minutes = mask.stretch(each.begins - window.first, min(each.ends, window.last) - window.first)
        if each.resource_id in found.busy:
            found.busy[each.resource_id] |= minutes
        units = found.units.get(each.resource_id, ())
        if each.unit < len(units):
            found.units[each.resource_id] = (*units[: each.unit], units[each.unit] | minutes, *units[each.unit + 1 :])


def _question(call: Call, request: Message) -> tuple[object, ...]:
    return (call.clinic_id, request.DESCRIPTOR.full_name, request.SerializeToString(deterministic=True))


def _need(kind: str, count: int, pools: Sequence[Pool], found: Masks) -> Need:
    units = [
        Unit(pool.id, number, busy)
        for pool in pools
        if pool.equipment_type == kind
        for number, busy in enumerate(found.units[pool.id])
    ]
    return Need(kind, count, tuple(units))
