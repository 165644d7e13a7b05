"""Specialists and patients."""

import re

import phonenumbers
from ambulo.catalog.v1 import specialists_pb2
from ambulo.people.v1 import patients_pb2
from google.type import date_pb2

from suite.fhir.places import address
from suite.fhir.planning import Planning, Role
from suite.fhir.reading import Resource
from suite.fhir.values import a_date, codes, concept, human_name, items, text
from suite.fhir.zones import country_of

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)


def plan_roles(p: Planning) -> None:
    """Those that are active and somebody's."""
    for each in p.of_type("PractitionerRole"):
        if each.body.get("active") is False:
            p.report.skip(each.origin, "is not active")
        elif practitioners := p.found(each, "practitioner", "Practitioner"):
            services = p.found(each, "healthcareService", "HealthcareService")
            p.roles[each.origin] = Role(each, practitioners[0], p.places_of(each), services)
        else:
            p.report.skip(each.origin, "names no practitioner that is here")


def plan_specialists(p: Planning) -> None:
    """Practitioners, with where and what from their roles; without a role they work at every location."""
    specialty: dict[str, str] = {}
    workplaces: dict[str, set[str]] = {}
    for role in p.roles.values():
        workplaces.setdefault(role.practitioner, set()).update(role.places)
        body = role.resource.body
        found = concept(body, "specialty") or concept(body, "code")
        if found and role.practitioner not in specialty:
            specialty[role.practitioner] = p.cut(found, 100, role.resource.origin, "specialty")
    for each in p.of_type("Practitioner"):
        _, _, name = human_name(each.body)
        if not name:
            name = each.origin
            p.report.remark(each.origin, f"has no name; it is called {name}")
        places = p.some(sorted(workplaces.get(each.origin) or p.locations), 50, each.origin, "locations")
        inactive = each.body.get("active") is False
        if inactive:
            p.report.remark(each.origin, "is not active: kept, but not offered")
        else:
            p.specialists[each.origin] = set(places)
        p.add(
            specialists_pb2.DefineSpecialistRequest(
                clinic_id=str(p.clinic_id),
                specialist_id=p.id_of(each.origin),
                name=p.cut(name, 255, each.origin, "name"),
                specialty=specialty.get(each.origin) or _qualification(p, each),
                location_ids=sorted(p.id_of(o) for o in places),
                inactive=inactive,
            ),
            each.origin,
        )


def _qualification(p: Planning, each: Resource) -> str:
    found = next((concept(q, "code") for q in items(each.body, "qualification")), "")
    return p.cut(found, 100, each.origin, "qualification")


def plan_patients(p: Planning) -> None:
    numbers: set[str] = set()
    for each in p.of_type("Patient"):
        body = each.body
        if body.get("active") is False:
            p.report.skip(each.origin, "is not active")
            continue
        if body.get("deceasedBoolean") is True or text(body, "deceasedDateTime"):
            p.report.skip(each.origin, "is deceased")
            continue
        given, family, _ = human_name(body)
        if not family:
            p.report.remark(each.origin, "has no family name; it is Unknown")
        p.patients.add(each.origin)
        request = patients_pb2.RegisterPatientRequest(
            clinic_id=str(p.clinic_id),
            patient_id=p.id_of(each.origin),
            mrn=_mrn(p, each, numbers),
            given_name=p.cut(given, 100, each.origin, "given name"),
            family_name=p.cut(family or "Unknown", 100, each.origin, "family name"),
            email=_email(p, each),
            phone=_phone(p, each),
            address=address(p, each),
        )
        _set_birth_date(p, each, request)
        p.add(request, each.origin)


def _mrn(p: Planning, each: Resource, numbers: set[str]) -> str:
    identifiers = [i for i in items(each.body, "identifier") if text(i, "value")]
    identifiers.sort(key=lambda i: "MR" not in codes(i, "type"))
    if not identifiers:
        p.report.remark(each.origin, "has no identifier; a record number is drawn")
        return ""
    number = text(identifiers[0], "value")
    if len(number) > 64 or number in numbers:
        why = "is longer than 64 characters" if len(number) > 64 else "belongs to another patient"
        p.report.remark(each.origin, f"identifier {number[:64]} {why}; a record number is drawn")
        return ""
    numbers.add(number)
    return number


def _set_birth_date(p: Planning, each: Resource, request: patients_pb2.RegisterPatientRequest) -> None:
    value = text(each.body, "birthDate")
    born = a_date(value)
    if born is not None and born.year >= 1850 and born <= p.now.date():
        request.birth_date.CopyFrom(date_pb2.Date(year=born.year, month=born.month, day=born.day))
    elif value:
        p.report.remark(each.origin, f"birthDate {value[:40]} is no full date that has been; it was left out")


def _email(p: Planning, each: Resource) -> str:
    for contact in items(each.body, "telecom"):
        if text(contact, "system") == "email" and (value := text(contact, "value")):
            if _EMAIL.fullmatch(value) and len(value) <= 254:
                return value
            p.report.remark(each.origin, f"telecom {value[:40]!r} is no e-mail address; it was left out")
    return ""


def _phone(p: Planning, each: Resource) -> str:
    for contact in items(each.body, "telecom"):
        if text(contact, "system") in ("phone", "sms") and (value := text(contact, "value")):
            try:
                number = phonenumbers.parse(value[:40], country_of(each.body) or None)
            except phonenumbers.NumberParseException:
                number = None
            if number is not None and phonenumbers.is_possible_number(number):
                return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
            p.report.remark(each.origin, f"telephone {value[:40]!r} cannot be dialled from elsewhere; it was left out")
    return ""
