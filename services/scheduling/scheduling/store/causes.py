"""The SQL of what exactly is in the way of one start; asked only by who wants it explained."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import Transaction
from chassis.clock import local_day

from scheduling.domain import mask, rules
from scheduling.domain.causes import Cause, Kind
from scheduling.domain.holidays import closed_minutes
from scheduling.domain.hours import Pattern, instant_of, minute_of, open_minutes
from scheduling.domain.kernel import Reason
from scheduling.domain.offer import Offer
from scheduling.store import holidays
from scheduling.store.hours import pattern_of

_MOST: Final = 200
_FARTHEST: Final = timedelta(days=1)
"""How far away a visit may be that a gap keeps away."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The visit that is asked for, in minutes, and for how long its time is kept free before and after it."""

    begin: int
    end: int
    before: int
    after: int

    def hindered(
        self, reason: Reason, kind: Kind, id_: UUID, occupied: tuple[int, int], resource_id: UUID | None = None
    ) -> Cause:
        """By all that something occupies; where that is only in the way of what is kept free around the visit, with as
        much: 10:45 is not said to be taken by something until 10:45."""
        begin, end = occupied
        is_near = end <= self.begin or self.end <= begin
        if is_near:
            begin, end = (begin, end + self.before) if end <= self.begin else (begin - self.after, end)
        return Cause(reason, kind, instant_of(begin), instant_of(end), id_, resource_id=resource_id, buffered=is_near)


async def read(tx: Transaction, offer: Offer, specialist_id: UUID, minute: int, now: datetime) -> list[Cause]:
    found = [each async for each in _promised(tx, offer, specialist_id, minute, now)]
    return [*found, *await _hours(tx, offer, specialist_id, minute), *await _downtime(tx, offer, minute)]


async def _promised(tx: Transaction, offer: Offer, specialist_id: UUID, minute: int, now: datetime) -> Any:
    terms, rooms = offer.service.terms, {room.id: room for room in offer.rooms}
    pools = {pool.id for pool in offer.pools}
    begin, end = minute - terms.buffer_before, minute + terms.duration + terms.buffer_after
    wanted = _Wanted(minute, minute + terms.duration, terms.buffer_before, terms.buffer_after)
    gap = rules.gap(offer.service, specialist_id)
    rows = await tx.fetch(
        """
        SELECT appointment_id, kind, specialist_id, also_specialist_ids, room_id, service_id, equipment,
               occupied_from, occupied_until, room_until, starts_at, ends_at
        FROM busy
        WHERE occupied_until > $1 AND occupied_from < $2 AND (expires_at IS NULL OR expires_at > $3)
          AND ($4 = specialist_id OR is_together AND $4 = ANY (also_specialist_ids) OR room_id = ANY ($5)
               OR location_id = $6)
        ORDER BY occupied_from LIMIT $7
        """,
        instant_of(begin) - _FARTHEST, instant_of(end) + _FARTHEST, now, specialist_id, list(rooms), offer.location.id,
        _MOST,
    )  # fmt: skip
    for row in rows:
        kind, starts, ends = Kind(row["kind"]), row["starts_at"] or row["occupied_from"], row["ends_at"]
        what = (kind, starts, ends or row["occupied_until"], row["appointment_id"])
        occupied = minute_of(row["occupied_from"]), minute_of(row["occupied_until"])
        theirs = specialist_id in (row["specialist_id"], *row["also_specialist_ids"])
        overlaps = occupied[0] < end and begin < occupied[1]
        if theirs and overlaps:
            yield wanted.hindered(Reason.SPECIALIST_BUSY, kind, row["appointment_id"], occupied)
        if theirs and gap and row["service_id"] == offer.service.id:
            apart = minute - minute_of(what[2]) < gap[1] and minute_of(starts) - minute - terms.duration < gap[1]
            if apart:
                yield Cause(Reason.MIN_GAP, *what)
        room = rooms.get(row["room_id"])
        if room and occupied[0] < end + room.turnaround and begin < minute_of(row["room_until"]):
            in_room = replace(wanted, after=wanted.after + room.turnaround)
            stretch = occupied[0], minute_of(row["room_until"])
            yield in_room.hindered(Reason.ROOM, kind, row["appointment_id"], stretch, room.id)
        for pool_id in {UUID(pool) for pool, _ in json.loads(row["equipment"])} & pools if overlaps else ():
            yield wanted.hindered(Reason.EQUIPMENT, kind, row["appointment_id"], occupied, pool_id)


async def _hours(tx: Transaction, offer: Offer, specialist_id: UUID, minute: int) -> list[Cause]:
    zone, end = offer.location.time_zone, minute + offer.service.terms.duration
    day = instant_of(minute).astimezone(ZoneInfo(zone)).date()
    first, last = (minute_of(each) for each in local_day(day, zone))
    visit = mask.stretch(minute - first, end - first)
    off = await tx.fetch(
        "SELECT id, starts_at, ends_at FROM override"
        " WHERE specialist_id = $1 AND kind = 'unavailable' AND ends_at > $2 AND starts_at < $3 ORDER BY starts_at",
        specialist_id, instant_of(minute), instant_of(end),
    )  # fmt: skip
    found = [Cause(Reason.HOURS, Kind.TIME_OFF, row["starts_at"], row["ends_at"], row["id"]) for row in off]
    calendar, _ = await holidays.find(tx, offer.location.id)
    closed = {it: name for it, name in calendar.closed((day.year, day.year + 1)).items() if it >= day}
    if visit & closed_minutes(closed, zone, first, last):
        found.append(Cause(Reason.HOURS, Kind.CLOSED_DAY, *local_day(day, zone), name=closed.get(day, "")))
    row = await tx.fetchrow(
        "SELECT intervals, breaks, recurring FROM weekly_hours WHERE specialist_id = $1 AND location_id = $2",
        specialist_id, offer.location.id,
    )  # fmt: skip
    own = offer.calendar.own_hours().get(specialist_id) if offer.calendar is not None else None
    pattern = own or (pattern_of(*row) if row is not None else Pattern())
    found += _of_pattern(pattern, zone, visit, first, last)
    return found


def _of_pattern(pattern: Pattern, zone: str, visit: int, first: int, last: int) -> Iterator[Cause]:
    """The breaks that lie in the visit, and when else they work that day."""
    works = open_minutes(pattern, zone, first, last)
    without = open_minutes(Pattern(pattern.intervals, (), pattern.recurring), zone, first, last)
    for begin, end in mask.stretches(without & ~works):
        if visit & mask.stretch(begin, end):
            yield Cause(Reason.HOURS, Kind.BREAK, instant_of(first + begin), instant_of(first + end))
    for begin, end in mask.stretches(works):
        yield Cause(Reason.HOURS, Kind.HOURS, instant_of(first + begin), instant_of(first + end))


async def _downtime(tx: Transaction, offer: Offer, minute: int) -> list[Cause]:
    terms = offer.service.terms
    end = minute + terms.duration + terms.buffer_after + offer.turnaround
    rows = await tx.fetch(
        "SELECT id, room_id, equipment_id, starts_at, ends_at FROM downtime"
        " WHERE ends_at > $1 AND starts_at < $2 AND (room_id = ANY ($3) OR equipment_id = ANY ($4))",
        instant_of(minute - terms.buffer_before), instant_of(end),
        [room.id for room in offer.rooms], [pool.id for pool in offer.pools],
    )  # fmt: skip
    return [
        Cause(
            Reason.EQUIPMENT if row["room_id"] is None else Reason.ROOM, Kind.DOWNTIME,
            row["starts_at"], row["ends_at"], row["id"], resource_id=row["room_id"] or row["equipment_id"],
        )
        for row in rows
    ]  # fmt: skip
