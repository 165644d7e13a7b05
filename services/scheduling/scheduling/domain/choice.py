"""What there is to choose from: a service at a location, or a calendar. Pure."""

from collections.abc import Sequence
from uuid import UUID

from chassis.errors import FieldViolation

from scheduling.domain.calendar import Calendar
from scheduling.domain.errors import UnknownCalendar, UnknownLocation, UnknownService, UnknownSpecialist
from scheduling.domain.offer import Catalog, Offer, Service, Specialist


def choose(
    catalog: Catalog,
    *,
    service_id: UUID,
    location_id: UUID,
    only: Sequence[UUID] = (),
    calendar: Calendar | None = None,
) -> Offer:
    """`only` names specialists that are wanted."""
    service, location = catalog.services.get(service_id), catalog.locations.get(location_id)
    if service is None:
        raise UnknownService(f"There is no service {service_id}", fields=[FieldViolation("service_id", "is unknown")])
    if location is None:
        unknown = FieldViolation("location_id", "is unknown")
        raise UnknownLocation(f"There is no location {location_id}", fields=[unknown])
    if service.location_ids and location_id not in service.location_ids:
        wrong = FieldViolation("service_id", "is not given at this location")
        raise UnknownService(f"Service {service_id} is not given at location {location_id}", fields=[wrong])
    kinds = {kind for kind, _ in service.rules.equipment}
    return Offer(
        service=service,
        location=location,
        specialists=_specialists(catalog, service, only, calendar),
        rooms=tuple(
            room
            for room in catalog.rooms.values()
            if service.terms.requires_room and room.location_id == location_id and room.does_for(service)
        ),
        pools=tuple(
            pool for pool in catalog.pools.values() if pool.location_id == location_id and pool.equipment_type in kinds
        ),
        calendar=calendar,
    )


def choose_calendar(
    catalog: Catalog, calendar_id: UUID, only: Sequence[UUID] = (), *, public_only: bool = False
) -> Offer:
    """To who is not signed in, what is not public is not there."""
    calendar = catalog.calendars.get(calendar_id)
    if calendar is None or (public_only and not calendar.public):
        unknown = FieldViolation("calendar_id", "is unknown")
        raise UnknownCalendar(f"There is no calendar {calendar_id}", fields=[unknown])
    return choose(
        catalog, service_id=calendar.service_id, location_id=calendar.location_id, only=only, calendar=calendar
    )


def unknown_specialist(id_: UUID) -> UnknownSpecialist:
    return UnknownSpecialist(f"There is no specialist {id_}", fields=[FieldViolation("specialist_id", "is unknown")])


def _specialists(
    catalog: Catalog, service: Service, only: Sequence[UUID], calendar: Calendar | None
) -> tuple[Specialist, ...]:
    """By name; those of a calendar by priority. All members together are all of them, or nobody."""
    able = [each for each in catalog.specialists.values() if each.bookable and service.is_given_by(each.id)]
    if calendar is None:
        return tuple(each for each in able if not only or each.id in only)
    priorities = {member.specialist_id: member.priority for member in calendar.members}
    members = sorted((each for each in able if each.id in priorities), key=lambda each: -priorities[each.id])
    if not calendar.is_together:
        return tuple(each for each in members if not only or each.id in only)
    wanted = not only or any(each.id in only for each in members)
    return tuple(members) if wanted and len(members) == len(priorities) else ()
