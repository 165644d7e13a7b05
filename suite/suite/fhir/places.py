"""Locations, rooms and services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ambulo.catalog.v1 import locations_pb2, rooms_pb2, services_pb2
from ambulo.types.v1 import types_pb2
from chassis.clock import zone_exists

from suite.fhir.times import Terms
from suite.fhir.values import codes, concept, extension, items, text, texts, zone_extension
from suite.fhir.zones import zone_of

if TYPE_CHECKING:
    from suite.fhir.planning import Planning
    from suite.fhir.reading import Resource

_ROOMS = {"ro", "bd", "area", "wa", "ca"}
_NOT_PLACES = {"ve": "is a vehicle", "rd": "is a road", "jdn": "is a jurisdiction"}
_MINUTES = 30


def plan_locations(p: Planning, root: Resource | None) -> None:
    names: dict[str, set[str]] = {"": set()}
    rooms = []
    for each in p.of_type("Location"):
        kinds = codes(each.body, "physicalType")
        wrong = next((why for code, why in _NOT_PLACES.items() if code in kinds), "")
        if text(each.body, "mode") == "kind":
            wrong = "is a kind of location, not one"
        if wrong:
            p.report.skip(each.origin, wrong)
        elif kinds & _ROOMS and _site_of(p, each):
            rooms.append(each)
        else:
            if kinds & _ROOMS:
                p.report.remark(
                    each.origin, "is a room of no site that is here, so it is a location with one room of its own"
                )
                rooms.append(each)
            _plan_location(p, each, names[""])
    for each in rooms:
        site = _site_of(p, each) or each.origin
        _plan_room(p, each, site, names.setdefault(site, set()))
    if not p.locations:
        origin = root.origin if root else "Location/main"
        if root:
            p.report.remark(origin, "no Location is here, so it is one itself")
        _plan_main_location(p, origin, text(root.body, "name") if root else "")


def _site_of(p: Planning, room: Resource) -> str:
    """The nearest place above a room that is not a room itself."""
    seen, each = {room.origin}, room
    while True:
        parents = [o for o in p.found(each, "partOf", "Location") if o not in seen]
        if not parents:
            return ""
        each = p.resources[parents[0]]
        seen.add(each.origin)
        if not codes(each.body, "physicalType") & _ROOMS:
            unfit = text(each.body, "mode") == "kind" or codes(each.body, "physicalType") & set(_NOT_PLACES)
            return "" if unfit else each.origin


def _plan_location(p: Planning, each: Resource, names: set[str]) -> None:
    zone = zone_extension(each.body)
    if zone and not zone_exists(zone):
        p.report.remark(each.origin, f"time zone {zone!r} does not exist")
    if not zone_exists(zone):
        zone = zone_of(each.body) or p.zone
        p.report.remark(
            each.origin, f"time zone {zone} {'from its address' if zone_of(each.body) else 'from the clinic'}"
        )
    inactive = text(each.body, "status") in ("inactive", "suspended")
    if inactive:
        p.report.remark(each.origin, f"status is {text(each.body, 'status')}: kept, but not offered")
    else:
        p.locations[each.origin] = zone
    p.add(
        locations_pb2.DefineLocationRequest(
            clinic_id=str(p.clinic_id),
            location_id=p.id_of(each.origin),
            name=unique(p, text(each.body, "name") or text(each.body, "description"), each, names),
            time_zone=zone,
            address=address(p, each),
            inactive=inactive,
        ),
        each.origin,
    )


def _plan_main_location(p: Planning, origin: str, name: str) -> None:
    p.locations[origin] = p.zone
    request = locations_pb2.DefineLocationRequest(
        clinic_id=str(p.clinic_id), location_id=p.id_of(origin), name=name[:255] or "Main", time_zone=p.zone
    )
    p.add(request, origin)


def _plan_room(p: Planning, each: Resource, site: str, names: set[str]) -> None:
    p.rooms[each.origin] = site
    inactive = text(each.body, "status") in ("inactive", "suspended")
    if not inactive:
        p.with_rooms.add(site)
    p.add(
        rooms_pb2.DefineRoomRequest(
            clinic_id=str(p.clinic_id),
            room_id=p.id_of(f"{each.origin}#room"),
            location_id=p.id_of(site),
            name=unique(p, text(each.body, "name"), each, names)[:100],
            room_type=extension(each.body, "room-type")[:50],
            inactive=inactive,
        ),
        each.origin,
    )


def unique(p: Planning, name: str, each: Resource, names: set[str]) -> str:
    """A name that nothing else in the same place has."""
    if not name:
        p.report.remark(each.origin, f"has no name; it is called {each.origin}")
    wanted = p.cut(name or each.origin, 200, each.origin, "name")
    if wanted in names:
        p.report.remark(each.origin, f"another is called {wanted!r}; its id was added")
        wanted = f"{wanted[:120]} ({each.id[:60]})"
    names.add(wanted)
    return wanted


def address(p: Planning, each: Resource) -> types_pb2.Address:
    found = (items(each.body, "address") or [{}])[0]
    return types_pb2.Address(
        lines=[line[:200] for line in texts(found, "line")[:5]],
        city=p.cut(text(found, "city"), 100, each.origin, "city"),
        state=text(found, "state")[:100],
        postal_code=text(found, "postalCode")[:20],
        country=text(found, "country")[:100],
    )


def plan_services(p: Planning) -> None:
    """Services with whoever has a role in them. None at all, but somebody to give one: a consultation."""
    names: set[str] = set()
    givers: dict[str, set[str]] = {}
    for role in p.of_type("PractitionerRole"):
        practitioners = p.found(role, "practitioner", "Practitioner")
        for origin in p.found(role, "healthcareService", "HealthcareService"):
            givers.setdefault(origin, set()).update(o for o in practitioners if o in p.specialists)
    for each in p.of_type("HealthcareService"):
        terms = _terms(p, each)
        locations = [o for o in p.found(each, "location", "Location") if o in p.locations]
        name = text(each.body, "name") or concept(each.body, "type") or concept(each.body, "category")
        inactive = each.body.get("active") is False
        if not inactive:
            p.services[each.origin] = terms
        p.add(
            _service(
                p,
                each.origin,
                terms,
                name=unique(p, name, each, names),
                description=p.cut(text(each.body, "comment"), 2000, each.origin, "comment"),
                requires_room=not p.with_rooms.isdisjoint(locations or p.locations),
                room_type=extension(each.body, "room-type")[:50],
                specialist_ids=sorted(p.id_of(o) for o in givers.get(each.origin, ())),
                location_ids=sorted(p.id_of(o) for o in locations),
                inactive=inactive,
            ),
            each.origin,
        )
    if not p.services and p.specialists:
        origin = "HealthcareService/consultation"
        p.services[origin] = Terms(_MINUTES, 0, 0)
        p.add(_service(p, origin, p.services[origin], name="Consultation", requires_room=bool(p.with_rooms)), origin)
        for practitioner in p.specialists:
            p.report.remark(practitioner, "no HealthcareService is here: a consultation of 30 minutes was made")


def _terms(p: Planning, each: Resource) -> Terms:
    def minutes(name: str, most: int) -> int | None:
        value = extension(each.body, name)
        if value and not (value.isdigit() and int(value) <= most):
            p.report.remark(each.origin, f"{name} {value!r} is no number of minutes up to {most}")
            return None
        return int(value) if value else None

    duration = minutes("duration-minutes", 1440)
    if not duration:
        p.report.remark(each.origin, f"no duration is given; {_MINUTES} minutes were assumed")
    return Terms(
        duration or _MINUTES, minutes("buffer-before-minutes", 240) or 0, minutes("buffer-after-minutes", 240) or 0
    )


def _service(p: Planning, origin: str, terms: Terms, **more: object) -> services_pb2.DefineServiceRequest:
    return services_pb2.DefineServiceRequest(
        clinic_id=str(p.clinic_id),
        service_id=p.id_of(origin),
        duration_minutes=terms.duration,
        buffer_before_minutes=terms.before,
        buffer_after_minutes=terms.after,
        **more,  # type: ignore[arg-type]
    )
