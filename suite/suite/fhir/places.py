"""Locations and rooms."""

from itertools import chain, count

from ambulo.catalog.v1 import locations_pb2, rooms_pb2
from ambulo.types.v1 import types_pb2
from chassis.clock import zone_exists

from suite.fhir.planning import Planning
from suite.fhir.reading import Resource
from suite.fhir.values import codes, extension, items, text, texts, zone_extension
from suite.fhir.zones import zone_of

_ROOMS = {"ro", "bd", "area", "wa", "ca"}
_NOT_PLACES = {"ve": "is a vehicle", "rd": "is a road", "jdn": "is a jurisdiction"}


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
    inactive = _is_closed(p, each)
    if not inactive:
        p.locations[each.origin] = zone
    p.add(
        locations_pb2.DefineLocationRequest(
            clinic_id=str(p.clinic_id),
            location_id=p.id_of(each.origin),
            name=unique(p, text(each.body, "name") or text(each.body, "description"), each, names, 255),
            time_zone=zone,
            address=address(p, each),
            inactive=inactive,
        ),
        each.origin,
    )


def _is_closed(p: Planning, each: Resource) -> bool:
    status = text(each.body, "status")
    closed = status in ("inactive", "suspended")
    if closed:
        p.report.remark(each.origin, f"status is {status}: kept, but not offered")
    return closed


def _plan_main_location(p: Planning, origin: str, name: str) -> None:
    p.locations[origin] = p.zone
    name = p.cut(name, 255, origin, "name") or "Main"
    p.add(
        locations_pb2.DefineLocationRequest(
            clinic_id=str(p.clinic_id), location_id=p.id_of(origin), name=name, time_zone=p.zone
        ),
        origin,
    )


def _plan_room(p: Planning, each: Resource, site: str, names: set[str]) -> None:
    p.rooms[each.origin] = site
    inactive = _is_closed(p, each)
    if not inactive:
        p.with_rooms.add(site)
    p.add(
        rooms_pb2.DefineRoomRequest(
            clinic_id=str(p.clinic_id),
            room_id=p.id_of(f"{each.origin}#room"),
            location_id=p.id_of(site),
            name=unique(p, text(each.body, "name"), each, names, 100),
            room_type=room_type(p, each),
            inactive=inactive,
        ),
        each.origin,
    )


def room_type(p: Planning, each: Resource) -> str:
    return p.cut(extension(each.body, "room-type"), 50, each.origin, "room-type")


def unique(p: Planning, name: str, each: Resource, names: set[str], limit: int) -> str:
    """A name that nothing else in the same place has."""
    if not name:
        p.report.remark(each.origin, f"has no name; it is called {each.origin}")
    wanted = p.cut(name or each.origin, limit, each.origin, "name")
    if wanted in names:
        p.report.remark(each.origin, f"another is called {wanted!r}; its id was added")
    endings = chain(["", f" ({each.id[:60]})"], (f" ({n})" for n in count(2)))
    found = next(f for ending in endings if (f := wanted[: limit - len(ending)] + ending) not in names)
    names.add(found)
    return found


def address(p: Planning, each: Resource) -> types_pb2.Address:
    found = (items(each.body, "address") or [{}])[0]
    lines = p.some(texts(found, "line"), 5, each.origin, "address lines")
    return types_pb2.Address(
        lines=[p.cut(line, 200, each.origin, "address line") for line in lines],
        city=p.cut(text(found, "city"), 100, each.origin, "city"),
        state=p.cut(text(found, "state"), 100, each.origin, "state"),
        postal_code=p.cut(text(found, "postalCode"), 20, each.origin, "postalCode"),
        country=p.cut(text(found, "country"), 100, each.origin, "country"),
    )
