"""Services: what they take, who gives them, where."""

import re

from ambulo.catalog.v1 import services_pb2

from suite.fhir.places import room_type, unique
from suite.fhir.planning import Planning, Terms
from suite.fhir.reading import Resource
from suite.fhir.values import concept, extension, text

_MINUTES = 30


def plan_services(p: Planning) -> None:
    """Services with whoever has a role in them. None at all, but somebody to give one: a consultation."""
    names: set[str] = set()
    for each in p.of_type("HealthcareService"):
        _plan_service(p, each, names)
    if not p.services and p.specialists:
        origin = "HealthcareService/consultation"
        p.services[origin] = Terms(_MINUTES, 0, 0)
        p.add(_service(p, origin, p.services[origin], name="Consultation", requires_room=bool(p.with_rooms)), origin)
        for practitioner in p.specialists:
            p.report.remark(practitioner, "no HealthcareService is here: a consultation of 30 minutes was made")


def _plan_service(p: Planning, each: Resource, names: set[str]) -> None:
    terms = _terms(p, each)
    locations = sorted(p.places_of(each))
    name = text(each.body, "name") or concept(each.body, "type") or concept(each.body, "category")
    inactive = each.body.get("active") is False
    if inactive:
        p.report.remark(each.origin, "is not active: kept, but not offered")
    else:
        p.services[each.origin] = terms
    givers = sorted(p.givers(each.origin))
    if not givers and _had_givers(p, each):
        p.report.remark(each.origin, "whoever has a role in it is not here or not active, so anybody may give it")
    p.add(
        _service(
            p,
            each.origin,
            terms,
            name=unique(p, name, each, names, 255),
            description=p.cut(text(each.body, "comment"), 2000, each.origin, "comment"),
            requires_room=not p.with_rooms.isdisjoint(locations or p.locations),
            room_type=room_type(p, each),
            specialist_ids=sorted(p.id_of(o) for o in p.some(givers, 500, each.origin, "specialists")),
            location_ids=sorted(p.id_of(o) for o in p.some(locations, 100, each.origin, "locations")),
            inactive=inactive,
        ),
        each.origin,
    )


def _had_givers(p: Planning, each: Resource) -> bool:
    roles = p.of_type("PractitionerRole")
    return any(each.origin in p.found(r, "healthcareService", "HealthcareService") for r in roles)


def _terms(p: Planning, each: Resource) -> Terms:
    def minutes(name: str, most: int) -> int | None:
        value = extension(each.body, name)
        if value and not (re.fullmatch(r"[0-9]{1,4}", value) and int(value) <= most):
            p.report.remark(each.origin, f"{name} {value[:40]!r} is no number of minutes up to {most}")
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
