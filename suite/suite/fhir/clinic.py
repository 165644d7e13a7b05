"""What becomes of the resources: one clinic, in the order in which its parts depend on each other."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from ambulo.identity.v1 import clinics_pb2
from chassis.clock import zone_exists

from suite.fhir.appointments import plan_appointments
from suite.fhir.hours import plan_hours
from suite.fhir.overrides import plan_slots
from suite.fhir.people import plan_patients, plan_roles, plan_specialists
from suite.fhir.places import plan_locations
from suite.fhir.planning import Planning
from suite.fhir.reading import Resource
from suite.fhir.references import References
from suite.fhir.report import Plan, Report
from suite.fhir.services import plan_services
from suite.fhir.values import codes, references, text, zone_extension
from suite.fhir.zones import zone_of

_NAMESPACE = UUID("8f3d1f5e-6b0a-4a6e-9d53-1f1f2b7c9a10")
_PAYERS = {"pay", "ins"}
_ORDER = ("Define", "Set", "Add", "Register", "Book")

_HANDLED = {
    "Organization", "Location", "Practitioner", "PractitionerRole", "HealthcareService", "Schedule", "Slot", "Patient",
    "Appointment",
}  # fmt: skip


def plan(resources: Sequence[Resource], *, clinic_hint: str = "", default_zone: str = "", now: datetime) -> Plan:
    """Pure: the same resources in any order give the same plan."""
    known = {r.origin: r for r in sorted(resources, key=lambda r: r.origin)}
    report = Report()
    index = References(known)
    root = _root(known, index, report)
    clinic_id = uuid5(_NAMESPACE, root.origin + text(root.body, "name") if root else clinic_hint or "clinic")
    zone = _clinic_zone(known, root, default_zone, report)
    p = Planning(known, index, clinic_id, zone, now, report)
    p.add(_clinic(p, root, clinic_hint), *([root.origin] if root else []))
    for resource in known.values():
        if resource.type not in _HANDLED:
            report.skip(resource.origin, f"{resource.type} is nothing a clinic is loaded from")
    plan_locations(p, root)
    plan_roles(p)
    plan_specialists(p)
    plan_services(p)
    plan_hours(p)
    plan_slots(p)
    plan_patients(p)
    plan_appointments(p)
    rank = {name: n for n, name in enumerate(_ORDER)}
    steps = sorted(
        p.steps, key=lambda s: next(n for name, n in rank.items() if s.request.DESCRIPTOR.name.startswith(name))
    )
    return Plan(clinic_id, steps, [report.outcome(origin) for origin in known])


def _root(known: dict[str, Resource], index: References, report: Report) -> Resource | None:
    """The provider organization without a parent here that most others belong to; the first by name if several do."""
    mentioned: Counter[str] = Counter()
    for resource in known.values():
        for field_name in ("managingOrganization", "organization", "providedBy", "partOf"):
            found = (index.find(reference) for reference in references(resource.body, field_name))
            mentioned.update(each.origin for each in found if each)
    roots = []
    for origin, resource in known.items():
        if resource.type != "Organization":
            continue
        if codes(resource.body, "type") & _PAYERS:
            report.skip(origin, "is a payer, not a clinic")
        elif resource.body.get("active") is False:
            report.skip(origin, "is not active")
        else:
            roots.append(resource)
    parents = [r for r in roots if not _has_parent(r, index)]
    root = min(parents or roots, key=lambda r: (-mentioned[r.origin], r.origin), default=None)
    for resource in roots:
        if root is not None and resource is not root:
            report.remark(resource.origin, f"one load is one clinic: it is part of {root.origin}")
    return root


def _has_parent(organization: Resource, index: References) -> bool:
    found = (index.find(reference) for reference in references(organization.body, "partOf"))
    return any(each and each.type == "Organization" for each in found)


def _clinic_zone(known: dict[str, Resource], root: Resource | None, default_zone: str, report: Report) -> str:
    said = zone_extension(root.body) if root else ""
    if zone_exists(said):
        return said
    found = zone_of(root.body) if root else ""
    for resource in known.values():
        if not found and resource.type == "Location":
            said = zone_extension(resource.body)
            found = said if zone_exists(said) else zone_of(resource.body)
    zone = found or (default_zone if zone_exists(default_zone) else "") or "UTC"
    if root is not None:
        report.remark(root.origin, f"time zone {zone} {'from an address' if found else 'assumed: nothing says which'}")
    return zone


def _clinic(p: Planning, root: Resource | None, hint: str) -> clinics_pb2.DefineClinicRequest:
    name = (text(root.body, "name") if root else "") or hint or "Clinic"
    letters = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-")
    short = "-".join(part for part in letters.split("-") if part)[:40].strip("-") or "clinic"
    return clinics_pb2.DefineClinicRequest(
        clinic_id=str(p.clinic_id),
        name=p.cut(name, 255, root.origin if root else "", "name"),
        slug=f"{short}-{p.clinic_id.hex[:6]}",
        time_zone=p.zone,
    )
