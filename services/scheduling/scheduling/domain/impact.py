"""Appointments that a change leaves without what they take. Pure; minutes of UTC."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from scheduling.domain.hours import instant_of
from scheduling.domain.kernel import Obstacle, Reason
from scheduling.domain.offer import BlackoutDates, Catalog, Service


@dataclass(frozen=True, slots=True)
class Promise:
    """An appointment to come: the visit, and what it takes from when until when."""

    appointment_id: UUID
    specialist_id: UUID
    service_id: UUID
    location_id: UUID
    starts: int
    ends: int
    occupied_from: int
    occupied_until: int
    room_id: UUID | None
    room_until: int
    equipment: tuple[tuple[UUID, int], ...]
    """Pools and units."""
    calendar_id: UUID | None = None
    also: tuple[UUID, ...] = ()
    """Specialists who are there besides."""

    @property
    def specialist_ids(self) -> tuple[UUID, ...]:
        return (self.specialist_id, *self.also)


@dataclass(frozen=True, slots=True)
class Displaced:
    """A promise that could not be kept, and why."""

    promise: Promise
    obstacles: Sequence[Obstacle]


def displaced(
    promises: Sequence[Promise],
    before: Mapping[UUID, Sequence[Obstacle]],
    after: Mapping[UUID, Sequence[Obstacle]],
    named: Collection[UUID] = (),
) -> list[Displaced]:
    """Promises with something in their way that was not there before; of those that are named, whatever it is."""
    found = []
    for promise in promises:
        id_ = promise.appointment_id
        known = set() if id_ in named else {(each.reason, each.ids) for each in before[id_]}
        new = [each for each in after[id_] if (each.reason, each.ids) not in known]
        if new:
            found.append(Displaced(promise, new))
    return found


def against(promise: Promise, catalog: Catalog, known: Catalog) -> Iterator[Obstacle]:
    """What the catalog has against keeping a promise. `known` still has the names of what is gone.

    An appointment keeps the terms it was booked with: a service that takes longer now, has other buffers or must be
    booked earlier, or that takes equipment the appointment does not have, is against nothing. Nor is a service that is
    inactive, or a specialist who takes no bookings for now: nothing new is booked, nothing old is lost.
    """
    service = catalog.services.get(promise.service_id)
    for id_ in promise.specialist_ids:
        yield from _against_specialist(id_, service, catalog, known)
    if service is not None:
        yield from _against_time_and_place(promise, service, catalog)
    if promise.room_id is not None:
        yield from _against_room(promise, promise.room_id, service, catalog, known)
    for pool_id, unit in promise.equipment:
        yield from _against_unit(promise, pool_id, unit, catalog, known)


def _against_specialist(id_: UUID, service: Service | None, catalog: Catalog, known: Catalog) -> Iterator[Obstacle]:
    was = known.specialists.get(id_)
    name = was.name if was else "The specialist"
    if id_ not in catalog.specialists:
        yield Obstacle(Reason.ALLOWED_PROVIDER, f"{name} no longer works here", (id_,))
    elif service is not None and not service.is_given_by(id_):
        yield Obstacle(Reason.ALLOWED_PROVIDER, f"{name} no longer gives {service.name}", (id_,))


def _against_time_and_place(promise: Promise, service: Service, catalog: Catalog) -> Iterator[Obstacle]:
    location = catalog.locations.get(promise.location_id)
    if location is None:
        return
    if service.location_ids and location.id not in service.location_ids:
        yield Obstacle(Reason.ALLOWED_PROVIDER, f"{service.name} is no longer given at {location.name}")
    day = instant_of(promise.starts).astimezone(ZoneInfo(location.time_zone)).date()
    for rule in service.rules.timed:
        if isinstance(rule, BlackoutDates) and rule.first <= day <= rule.last:
            yield Obstacle(Reason.BLACKOUT_DATES, f"{service.name} is not given from {rule.first} to {rule.last}")


def _against_room(
    promise: Promise, room_id: UUID, service: Service | None, catalog: Catalog, known: Catalog
) -> Iterator[Obstacle]:
    room, was = catalog.rooms.get(room_id), known.rooms.get(room_id)
    if room is None:
        yield Obstacle(Reason.ROOM, f"{was.name if was else 'The room'} is no longer in use", (room_id,))
    elif room.location_id != promise.location_id:
        yield Obstacle(Reason.ROOM, f"{room.name} is somewhere else now", (room_id,))
    elif service is not None and service.terms.requires_room and not room.does_for(service):
        yield Obstacle(Reason.ROOM, f"{room.name} is no longer fit for {service.name}", (room_id,))


def _against_unit(promise: Promise, pool_id: UUID, unit: int, catalog: Catalog, known: Catalog) -> Iterator[Obstacle]:
    pool, was = catalog.pools.get(pool_id), known.pools.get(pool_id)
    if pool is None:
        yield Obstacle(Reason.EQUIPMENT, f"{was.name if was else 'The equipment'}: no longer in use", (pool_id,))
    elif pool.location_id != promise.location_id:
        yield Obstacle(Reason.EQUIPMENT, f"{pool.name}: somewhere else now", (pool_id,))
    elif was is not None and was.equipment_type != pool.equipment_type:
        yield Obstacle(Reason.EQUIPMENT, f"{pool.name}: no longer {was.equipment_type}", (pool_id,))
    elif unit >= pool.quantity:
        yield Obstacle(Reason.EQUIPMENT, f"{pool.name}: there are fewer now", (pool_id,))
