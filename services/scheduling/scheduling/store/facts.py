"""All that the kernel needs to know of a window, in a constant number of statements."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import Transaction
from chassis.errors import FieldViolation

from scheduling.domain import mask
from scheduling.domain.errors import UnknownLocation, UnknownService
from scheduling.domain.hours import instant_of, minute_of, open_minutes
from scheduling.domain.kernel import Resource, Terms, Window
from scheduling.store.hours import intervals_of


@dataclass(frozen=True, slots=True)
class Offer:
    """A service at a location."""

    service_id: UUID
    location_id: UUID
    time_zone: str
    terms: Terms
    room_type: str
    specialist_ids: list[UUID]


async def offer(tx: Transaction, *, service_id: UUID, location_id: UUID) -> Offer:
    found = await tx.fetchrow(
        """
        SELECT duration_minutes, buffer_before_minutes, buffer_after_minutes, requires_room, room_type, specialist_ids,
               cardinality(location_ids) = 0 OR $2 = ANY (location_ids) AS given_here, time_zone
        FROM (VALUES (1)) AS asked
        LEFT JOIN service ON service.id = $1 AND NOT service.inactive
        LEFT JOIN location ON location.id = $2 AND NOT location.inactive
        """,
        service_id, location_id,
    )  # fmt: skip
    if found["duration_minutes"] is None:
        raise UnknownService(f"There is no service {service_id}", fields=[FieldViolation("service_id", "is unknown")])
    if found["time_zone"] is None:
        raise UnknownLocation(
            f"There is no location {location_id}", fields=[FieldViolation("location_id", "is unknown")]
        )
    if not found["given_here"]:
        wrong = FieldViolation("service_id", "is not given at this location")
        raise UnknownService(f"Service {service_id} is not given at location {location_id}", fields=[wrong])
    return Offer(
        service_id=service_id,
        location_id=location_id,
        time_zone=found["time_zone"],
        terms=Terms(
            duration=found["duration_minutes"],
            buffer_before=found["buffer_before_minutes"],
            buffer_after=found["buffer_after_minutes"],
            requires_room=found["requires_room"],
        ),
        room_type=found["room_type"],
        specialist_ids=found["specialist_ids"],
    )


async def specialists(tx: Transaction, offer: Offer, only: list[UUID]) -> list[Any]:
    """Who may give the service, by name: all, or those asked for."""
    return await tx.fetch(
        """
        SELECT id, name, specialty FROM specialist
        WHERE NOT inactive AND (cardinality($1::uuid[]) = 0 OR id = ANY ($1))
          AND (cardinality($2::uuid[]) = 0 OR id = ANY ($2))
        ORDER BY name, id
        """,
        offer.specialist_ids, only,
    )  # fmt: skip


async def rooms(tx: Transaction, offer: Offer) -> list[Any]:
    if not offer.terms.requires_room:
        return []
    return await tx.fetch(
        """
        SELECT id, name, room_type FROM room
        WHERE location_id = $1 AND NOT inactive AND ($2 = '' OR room_type = $2) ORDER BY name, id
        """,
        offer.location_id, offer.room_type,
    )  # fmt: skip


async def resources(
    tx: Transaction,
    offer: Offer,
    window: Window,
    *,
    specialist_ids: list[UUID],
    room_ids: list[UUID],
    holder: UUID | None,
) -> tuple[list[Resource], list[Resource]]:
    """Masks of specialists and rooms. What `holder` takes counts as free: it is being moved."""
    begin, end = instant_of(window.first), instant_of(window.last)
    hours = await tx.fetch(
        "SELECT specialist_id, intervals FROM weekly_hours WHERE location_id = $1 AND specialist_id = ANY ($2)",
        offer.location_id, specialist_ids,
    )  # fmt: skip
    overrides = await tx.fetch(
        """
        SELECT specialist_id, kind, starts_at, ends_at FROM override
        WHERE specialist_id = ANY ($1) AND ends_at > $2 AND starts_at < $3
          AND (kind = 'unavailable' OR location_id = $4)
        """,
        specialist_ids, begin, end, offer.location_id,
    )  # fmt: skip
    taken = await tx.fetch(
        """
        SELECT specialist_id, room_id, occupied_from, occupied_until FROM busy
        WHERE occupied_until > $1 AND occupied_from < $2 AND appointment_id IS DISTINCT FROM $3
          AND (specialist_id = ANY ($4) OR room_id = ANY ($5))
        """,
        begin, end, holder, specialist_ids, room_ids,
    )  # fmt: skip
    open_: dict[UUID, int] = {}
    for row in hours:
        intervals = intervals_of(row["intervals"])
        open_[row["specialist_id"]] = open_minutes(intervals, offer.time_zone, window.first, window.last)
    off: dict[UUID, int] = {}
    for row in overrides:
        of_kind = off if row["kind"] == "unavailable" else open_
        of_kind[row["specialist_id"]] = of_kind.get(row["specialist_id"], 0) | _minutes(
            window, row["starts_at"], row["ends_at"]
        )
    busy: dict[UUID, int] = {}
    for row in taken:
        minutes = _minutes(window, row["occupied_from"], row["occupied_until"])
        for id_ in (row["specialist_id"], row["room_id"]):
            if id_ is not None:
                busy[id_] = busy.get(id_, 0) | minutes
    return (
        [Resource(id_, open_.get(id_, 0) & ~off.get(id_, 0), busy.get(id_, 0)) for id_ in specialist_ids],
        [Resource(id_, 0, busy.get(id_, 0)) for id_ in room_ids],
    )


def _minutes(window: Window, starts: datetime, ends: datetime) -> int:
    """Seconds count as their whole minute: a claim is never seen shorter than it is."""
    last = minute_of(ends) + (1 if ends.second or ends.microsecond else 0)
    return mask.stretch(minute_of(starts) - window.first, min(last - window.first, window.size))
