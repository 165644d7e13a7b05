"""Appointments to come."""

from datetime import UTC, datetime

from ambulo.booking.v1 import appointments_pb2
from chassis.wire import stamp

from suite.fhir.periods import instant
from suite.fhir.planning import Planning
from suite.fhir.reading import Resource
from suite.fhir.values import items, meanings, text

_TAKES_TIME = {"booked", "pending", "arrived", "checked-in"}
_TOO_LATE = datetime(2100, 1, 1, tzinfo=UTC)  # for the contract


def plan_appointments(p: Planning) -> None:
    """Those to come that take time, through the real booking path; what is past stays where it was."""
    for each in p.of_type("Appointment"):
        if why := _plan_appointment(p, each):
            p.report.skip(each.origin, why)


def _plan_appointment(p: Planning, each: Resource) -> str:
    """Why not, if not."""
    status = text(each.body, "status")
    begin, end = (instant(text(each.body, name), p.zone) for name in ("start", "end"))
    if status not in _TAKES_TIME:
        return f"status {status[:40]!r} takes no time"
    if begin is None:
        return "has no start"
    if begin <= p.now:
        return "is in the past; only appointments to come are booked"
    if begin >= _TOO_LATE:
        return "begins after 2099, when nothing can be booked yet"
    actors = _actors(p, each)
    specialist = p.only([o for o in actors if o in p.specialists], each.origin, "specialist")
    patient = p.only([o for o in actors if o in p.patients], each.origin, "patient")
    if not specialist or not patient:
        return f"no {'patient' if specialist else 'specialist'} of it is here"
    minutes = round((end - begin).total_seconds() / 60) if end else 0
    service = _service(p, each, actors, minutes)
    if not service:
        return f"no service takes {minutes} minutes"
    places = dict.fromkeys(o for actor in actors if (o := p.rooms.get(actor, actor)) in p.locations)
    place = p.only(list(places), each.origin, "location")
    p.add(
        appointments_pb2.BookAppointmentRequest(
            clinic_id=str(p.clinic_id),
            patient_id=p.id_of(patient),
            service_id=p.id_of(service),
            specialist_id=p.id_of(specialist),
            location_id=p.id_of(place) if place else "",
            starts_at=stamp(begin),
            appointment_id=p.id_of(each.origin),
            notes=p.cut(text(each.body, "description"), 4000, each.origin, "description"),
        ),
        each.origin,
    )
    return ""


def _actors(p: Planning, each: Resource) -> list[str]:
    """Of all who take part; a role is whose it is."""
    found = []
    for row in items(each.body, "participant"):
        reference = text(row, "actor", "reference")
        origin = p.find(reference, each.origin) if reference else ""
        if origin and text(row, "status") == "declined":
            p.report.remark(each.origin, f"{origin} has declined")
        elif origin:
            found.append(p.practitioner_of(origin))
    return list(dict.fromkeys(found))


def _service(p: Planning, each: Resource, actors: list[str], minutes: int) -> str:
    """The one it names; failing that, one that takes as long."""
    named = [o for o in actors if o in p.services] or _of_its_type(p, each)
    as_long = [o for o in named or sorted(p.services) if p.services[o].duration == minutes]
    if not named:
        if as_long:
            p.report.remark(each.origin, f"names no service that is here; {as_long[0]} takes as long")
        return as_long[0] if as_long else ""
    service = p.only(as_long or named, each.origin, "service")
    if minutes and not as_long:
        p.report.remark(each.origin, f"takes {minutes} minutes; {service} takes {p.services[service].duration}")
    return service


def _of_its_type(p: Planning, each: Resource) -> list[str]:
    wanted = meanings(each.body, "serviceType")
    return [o for o in sorted(p.services) if o in p.resources and wanted & _called(p.resources[o])]


def _called(service: Resource) -> set[tuple[str, str]]:
    return meanings(service.body, "type") | {("", text(service.body, "name").lower())}
