"""HL7's own examples: what becomes of each."""

from datetime import UTC, datetime
from typing import Any

import pytest

THEN, TODAY = datetime(2012, 2, 1, tzinfo=UTC), datetime(2030, 6, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("origin", "verdict", "why"),
    [
        ("Organization/f001", "mapped", "time zone Europe/Amsterdam from an address"),
        ("Organization/hl7pay", "mapped", "one load is one clinic: it is part of Organization/f001"),
        ("Location/1", "mapped", "time zone Europe/Amsterdam from its address"),
        ("Location/2", "mapped", "status is suspended: kept, but not offered"),
        ("Location/amb", "skipped", "is a kind of location, not one"),
        ("Practitioner/example", "taken", ""),
        (
            "HealthcareService/example",
            "mapped",
            "no duration is given; 30 minutes were assumed; "
            "notAvailable holds for those whose hours come from it, so not for Practitioner/example",
        ),
        ("Schedule/example", "skipped", "is of no specialist that is here"),
        ("Slot/1", "skipped", "its schedule is of no specialist that is here"),
        ("Slot/example", "skipped", "its schedule is of no specialist that is here"),
        ("Patient/example", "taken", ""),
        (
            "Patient/newborn",
            "mapped",
            "has no family name; it is Unknown; has no identifier; a record number is drawn; "
            "birthDate 2017-09-05 is no full date that has been; it was left out",
        ),
        ("Appointment/example", "skipped", "no service takes 120 minutes"),
        ("Appointment/examplereq", "skipped", "status 'proposed' takes no time"),
    ],
)
def test_what_becomes_of_it(example: Any, origin: str, verdict: str, why: str) -> None:
    it = example(THEN)
    assert (it.verdict(origin), it.why(origin)) == (verdict, why)


def test_the_clinic_is_the_hospital_everything_belongs_to(example: Any) -> None:
    clinic = example(THEN).only("DefineClinic")
    assert (clinic.name, clinic.time_zone) == ("Burgers University Medical Center", "Europe/Amsterdam")


def test_the_operating_room_is_a_room_of_the_wing_and_suspended(example: Any) -> None:
    it = example(THEN)
    assert it.only("DefineLocation").name == "South Wing, second floor"
    room = it.only("DefineRoom")
    assert (room.name, room.inactive, room.location_id) == ("South Wing Neuro OR 1", True, it.id_of("Location/1"))


def test_dr_careful_works_by_his_role_while_it_lasts(example: Any) -> None:
    it = example(THEN)
    specialist = it.only("DefineSpecialist")
    assert (specialist.name, specialist.specialty) == ("Dr Adam Careful", "General medical practice")
    assert list(it.only("DefineService").specialist_ids) == [specialist.specialist_id]
    [step] = [s for s in it.plan.steps if s.request == it.only("SetWeeklyHours")]
    assert step.origin == ("PractitionerRole/example",)
    spans = [(i.weekday, i.starts.hours, i.ends.hours, i.ends.minutes) for i in it.only("SetWeeklyHours").intervals]
    assert spans == [(1, 9, 16, 30), (2, 9, 16, 30), (3, 9, 16, 30), (4, 9, 12, 0), (5, 9, 12, 0)]


def test_the_role_ended_in_2012(example: Any) -> None:
    it = example(TODAY)
    assert (it.verdict("PractitionerRole/example"), it.why("PractitionerRole/example")) == (
        "skipped",
        "its period has ended",
    )


def test_but_dr_careful_is_still_there_in_the_hours_of_the_service(example: Any) -> None:
    it = example(TODAY)
    assert list(it.only("DefineService").specialist_ids) == [it.id_of("Practitioner/example")]
    [step] = [s for s in it.plan.steps if s.request == it.only("SetWeeklyHours")]
    assert step.origin == ("HealthcareService/example",)


def test_the_appointment_of_2013_is_history(example: Any) -> None:
    assert example(TODAY).why("Appointment/example") == "is in the past; only appointments to come are booked"


def test_peter_chalmers_is_registered_with_his_record_number(example: Any) -> None:
    [peter] = [x for x in example(THEN).all("RegisterPatient") if x.family_name == "Chalmers"]
    assert (peter.given_name, peter.mrn, peter.birth_date.year) == ("Peter James", "12345", 1974)
    assert peter.phone == "+61355556473"
    assert (list(peter.address.lines), peter.address.city) == (["534 Erewhon St"], "PleasantVille")
