"""Three clinics as FHIR R4 bundles, the same for the same day: believable people, rooms, hours and services."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from faker import Faker

_OURS: Final = "https://ambulo.example/fhir/StructureDefinition/"
_ZONE: Final = "http://hl7.org/fhir/StructureDefinition/timezone"
_PLACE: Final = "http://terminology.hl7.org/CodeSystem/location-physical-type"
_SPECIALISTS: Final = 20
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DemoClinic:
    slug: str
    name: str
    zone: str
    country: str
    state: str
    cities: tuple[str, str]
    locale: str
    phone: str
    """How numbers begin there."""
    digits: int
    seed: int
    color: str
    languages: tuple[str, ...]


DEMO: Final = (
    DemoClinic(
        "clinica-napoca", "Clinica Napoca", "Europe/Bucharest", "RO", "", ("Cluj-Napoca", "Turda"), "ro_RO",
        "+4072", 7, 12, "#0b7285", ("ro", "en"),
    ),
    DemoClinic(
        "harlem-motion", "Harlem Motion", "America/New_York", "US", "NY", ("New York", "Yonkers"), "en_US",
        "+1212", 7, 11, "#862e9c", ("en",),
    ),
    DemoClinic(
        "lord-howe-physio", "Lord Howe Physio", "Australia/Lord_Howe", "AU", "NSW", ("Lord Howe Island", "Ned's Beach"),
        "en_AU", "+614", 8, 13, "#2b8a3e", ("en", "de"),
    ),
)  # fmt: skip

# name, minutes, minutes before and after, type of room
_SERVICES: Final = (
    ("Initial assessment", 45, 0, 15, "exam"),
    ("Follow-up", 30, 0, 0, "exam"),
    ("Manual therapy", 30, 0, 15, "exam"),
    ("Sports rehabilitation", 60, 0, 15, "gym"),
    ("Balance and falls prevention", 45, 0, 0, "gym"),
    ("Pelvic floor physiotherapy", 45, 5, 10, "consultation"),
    ("Dry needling", 30, 5, 10, "exam"),
    ("Posture consultation", 30, 0, 0, "consultation"),
)
_SPECIALTIES: Final = (
    "Musculoskeletal physiotherapy", "Sports physiotherapy", "Neurological physiotherapy", "Paediatric physiotherapy",
    "Women's health physiotherapy", "Vestibular rehabilitation", "Hand therapy", "Geriatric physiotherapy",
)  # fmt: skip
_ROOMS: Final = ("exam", "exam", "exam", "gym", "consultation")


def bundle(clinic: DemoClinic, today: date, patients: int = 2000) -> Json:
    """One collection bundle; everything in it is bookable from tomorrow on."""
    chance = random.Random(clinic.seed)  # noqa: S311  # believable, not secret
    faker = Faker(clinic.locale)
    faker.seed_instance(clinic.seed)
    resources = [_organization(clinic), *_places(clinic), *_staff(clinic, today, faker, chance), *_services(clinic)]
    resources += [_patient(clinic, n, today, faker, chance) for n in range(1, patients + 1)]
    entries = [{"fullUrl": f"{r['resourceType']}/{r['id']}", "resource": r} for r in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _organization(clinic: DemoClinic) -> Json:
    return {
        "resourceType": "Organization",
        "id": clinic.slug,
        "name": clinic.name,
        "active": True,
        "extension": [{"url": _ZONE, "valueCode": clinic.zone}],
        "address": [_address(clinic, 0)],
    }


def _address(clinic: DemoClinic, site: int) -> Json:
    found = {"line": [f"{12 + 30 * site} Main Street"], "city": clinic.cities[site], "country": clinic.country}
    return found | ({"state": clinic.state} if clinic.state else {})


def _places(clinic: DemoClinic) -> list[Json]:
    found: list[Json] = []
    for site in (0, 1):
        found.append(
            {
                "resourceType": "Location",
                "id": f"site-{site + 1}",
                "name": clinic.cities[site],
                "status": "active",
                "extension": [{"url": _ZONE, "valueCode": clinic.zone}],
                "physicalType": {"coding": [{"system": _PLACE, "code": "si"}]},
                "address": _address(clinic, site),
                "managingOrganization": {"reference": f"Organization/{clinic.slug}"},
            }
        )
        found += [
            {
                "resourceType": "Location",
                "id": f"room-{site + 1}{n}",
                "name": f"{kind.capitalize()} {site + 1}{n}",
                "status": "active",
                "extension": [{"url": f"{_OURS}room-type", "valueString": kind}],
                "physicalType": {"coding": [{"system": _PLACE, "code": "ro"}]},
                "partOf": {"reference": f"Location/site-{site + 1}"},
            }
            for n, kind in enumerate(_ROOMS, 1)
        ]
    return found


def _staff(clinic: DemoClinic, today: date, faker: Faker, chance: random.Random) -> list[Json]:
    found: list[Json] = []
    for n in range(1, _SPECIALISTS + 1):
        family, given = faker.last_name(), faker.first_name()
        found.append(
            {
                "resourceType": "Practitioner",
                "id": f"specialist-{n}",
                "active": True,
                "name": [
                    {"use": "official", "family": family, "given": [given], "prefix": ["Dr."] if n % 5 == 0 else []}
                ],
            }
        )
        site = 1 if n % 5 == 0 else 0
        found.append(_role(clinic, n, site, _week_of(n), today, chance))
        if n == _SPECIALISTS:
            # One who works in both places: mornings here, afternoons there.
            other = _role(clinic, n, 0, [_hours(("tue", "thu"), "15:00", "19:00")], today, chance)
            found.append(other | {"id": f"role-{n}b"})
    return found


def _role(clinic: DemoClinic, n: int, site: int, week: list[Json], today: date, chance: random.Random) -> Json:
    services = [f"service-{s}" for s in range(1, len(_SERVICES) + 1) if (s + n) % 3 or s <= 2]
    role: Json = {
        "resourceType": "PractitionerRole",
        "id": f"role-{n}",
        "active": True,
        "practitioner": {"reference": f"Practitioner/specialist-{n}"},
        "organization": {"reference": f"Organization/{clinic.slug}"},
        "location": [{"reference": f"Location/site-{site + 1}"}],
        "specialty": [{"text": _SPECIALTIES[n % len(_SPECIALTIES)]}],
        "healthcareService": [{"reference": f"HealthcareService/{s}"} for s in services],
        "availableTime": week,
    }
    if n % 4 == 0:
        first = today + timedelta(days=chance.randint(5, 20))
        period = {"start": first.isoformat(), "end": (first + timedelta(days=chance.choice((0, 1, 4)))).isoformat()}
        role["notAvailable"] = [{"description": "Leave", "during": period}]
    if n % 7 == 0:
        start = datetime(today.year, today.month, today.day, 13, tzinfo=ZoneInfo(clinic.zone)) + timedelta(days=9)
        until = start + timedelta(hours=3)
        period = {"start": start.isoformat(), "end": until.isoformat()}
        role.setdefault("notAvailable", []).append({"description": "Training", "during": period})
    return role


def _week_of(n: int) -> list[Json]:
    """Early and late shifts, with a break; some part-time, some on Saturdays."""
    match n % 5:
        case 0 if n == _SPECIALISTS:
            return [_hours(("tue", "thu"), "08:00", "12:00"), _hours(("mon", "wed"), "08:00", "16:00")]
        case 1:
            return [_hours(_WEEK, "07:00", "11:00"), _hours(_WEEK, "11:30", "15:00")]
        case 2:
            return [_hours(_WEEK, "12:00", "16:00"), _hours(_WEEK, "16:30", "20:00")]
        case 3:
            return [_hours(("mon", "wed", "fri"), "08:30", "12:30"), _hours(("mon", "wed"), "13:15", "17:30")]
        case 4:
            return [_hours(("tue", "wed", "thu", "fri"), "09:00", "17:00"), _hours(("sat",), "09:00", "13:00")]
        case _:
            return [_hours(_WEEK, "09:00", "13:00"), _hours(_WEEK, "14:00", "18:00")]


def _hours(days: tuple[str, ...], begin: str, end: str) -> Json:
    return {"daysOfWeek": list(days), "availableStartTime": f"{begin}:00", "availableEndTime": f"{end}:00"}


def _services(clinic: DemoClinic) -> list[Json]:
    return [
        {
            "resourceType": "HealthcareService",
            "id": f"service-{n}",
            "active": True,
            "name": name,
            "providedBy": {"reference": f"Organization/{clinic.slug}"},
            "extension": [
                {"url": f"{_OURS}duration-minutes", "valueInteger": minutes},
                {"url": f"{_OURS}buffer-before-minutes", "valueInteger": before},
                {"url": f"{_OURS}buffer-after-minutes", "valueInteger": after},
                {"url": f"{_OURS}room-type", "valueString": room},
            ],
        }
        for n, (name, minutes, before, after, room) in enumerate(_SERVICES, 1)
    ]


def record_number(clinic: DemoClinic, n: int) -> str:
    """Of the clinic's nth patient, who reads patientN@."""
    return f"{clinic.slug[:2].upper()}{n:05}"


def _patient(clinic: DemoClinic, n: int, today: date, faker: Faker, chance: random.Random) -> Json:
    given, family = faker.first_name(), faker.last_name()
    number = f"{clinic.phone}{chance.randrange(2 * 10 ** (clinic.digits - 1), 10**clinic.digits)}"
    return {
        "resourceType": "Patient",
        "id": f"patient-{n}",
        "active": True,
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": record_number(clinic, n)}],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "birthDate": (today - timedelta(days=chance.randint(5 * 365, 90 * 365))).isoformat(),
        "telecom": [
            {"system": "phone", "value": number},
            {"system": "email", "value": f"patient{n}@{clinic.slug}.example"},
        ],
        "address": [{"city": chance.choice(clinic.cities), "country": clinic.country}],
        "managingOrganization": {"reference": f"Organization/{clinic.slug}"},
    }
