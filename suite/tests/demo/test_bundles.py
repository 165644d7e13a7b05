"""The demo clinics: everything in them can be loaded, and they are the same each time."""

import json
from collections import Counter
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import protovalidate
import pytest
from suite.demo.bundles import DEMO, DemoClinic, bundle
from suite.fhir import Plan, Resource, plan

TODAY = date(2030, 6, 3)
ZONES = {
    "harlem-motion": "America/New_York",
    "clinica-napoca": "Europe/Bucharest",
    "lord-howe-physio": "Australia/Lord_Howe",
}

every_clinic = pytest.mark.parametrize("clinic", DEMO, ids=lambda clinic: clinic.slug)


@cache
def bodies(clinic: DemoClinic) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle(clinic, TODAY)["entry"]]


@cache
def planned(clinic: DemoClinic) -> Plan:
    resources = [Resource(b["resourceType"], b["id"], b, frozenset()) for b in bodies(clinic)]
    return plan(resources, now=datetime.combine(TODAY, time(9), ZoneInfo(clinic.zone)).astimezone(UTC))


def requests(clinic: DemoClinic, kind: str) -> list[Any]:
    return [s.request for s in planned(clinic).steps if s.request.DESCRIPTOR.name == f"{kind}Request"]


def test_there_are_three_in_three_parts_of_the_world() -> None:
    assert {clinic.slug: clinic.zone for clinic in DEMO} == ZONES


@every_clinic
def test_nothing_is_skipped(clinic: DemoClinic) -> None:
    assert [o for o in planned(clinic).outcomes if o.verdict == "skipped"] == []


@every_clinic
def test_everything_is_taken_as_it_is(clinic: DemoClinic) -> None:
    assert [o for o in planned(clinic).outcomes if o.verdict != "taken"] == []


@every_clinic
def test_every_request_keeps_to_the_contract(clinic: DemoClinic) -> None:
    assert [s for s in planned(clinic).steps if protovalidate.collect_violations(s.request)] == []


@every_clinic
def test_is_as_large_as_promised(clinic: DemoClinic) -> None:
    steps = Counter(s.request.DESCRIPTOR.name.removesuffix("Request") for s in planned(clinic).steps)
    assert (steps["DefineSpecialist"], steps["RegisterPatient"]) == (20, 2000)
    assert (steps["DefineLocation"], steps["DefineRoom"], steps["DefineService"]) == (2, 10, 8)


@every_clinic
def test_is_in_its_zone_everywhere(clinic: DemoClinic) -> None:
    zones = {r.time_zone for kind in ("DefineClinic", "DefineLocation") for r in requests(clinic, kind)}
    assert zones == {ZONES[clinic.slug]}


@every_clinic
def test_every_specialist_has_hours_and_every_service_somebody(clinic: DemoClinic) -> None:
    with_hours = {r.specialist_id for r in requests(clinic, "SetWeeklyHours")}
    assert with_hours == {r.specialist_id for r in requests(clinic, "DefineSpecialist")}
    assert all(r.specialist_ids for r in requests(clinic, "DefineService"))


@every_clinic
def test_every_service_finds_a_room_of_its_type_at_both_sites(clinic: DemoClinic) -> None:
    rooms = {(r.location_id, r.room_type) for r in requests(clinic, "DefineRoom")}
    wanted = {r.room_type for r in requests(clinic, "DefineService")}
    assert {(site.location_id, type_) for site in requests(clinic, "DefineLocation") for type_ in wanted} <= rooms


@every_clinic
def test_somebody_is_on_leave_in_days_to_come(clinic: DemoClinic) -> None:
    leave = requests(clinic, "AddOverride")
    assert {r.reason for r in leave} == {"Leave", "Training"}
    assert all(r.starts_at.ToDatetime(UTC).date() > TODAY for r in leave)


@every_clinic
def test_no_two_patients_share_a_number_or_an_address(clinic: DemoClinic) -> None:
    patients = requests(clinic, "RegisterPatient")
    assert len({p.mrn for p in patients}) == len({p.email for p in patients}) == 2000
    assert all(p.phone.startswith(clinic.phone) and p.HasField("birth_date") for p in patients)


@every_clinic
def test_is_the_same_for_the_same_day(clinic: DemoClinic) -> None:
    assert json.dumps(bundle(clinic, TODAY, patients=30)) == json.dumps(bundle(clinic, TODAY, patients=30))


@every_clinic
def test_a_smaller_one_is_the_beginning_of_the_large_one(clinic: DemoClinic) -> None:
    small = [entry["resource"] for entry in bundle(clinic, TODAY, patients=30)["entry"]]
    assert small == bodies(clinic)[: len(small)]


def test_no_two_clinics_have_the_same_people() -> None:
    names = [tuple(r.name for r in requests(clinic, "DefineSpecialist")) for clinic in DEMO]
    assert len(set(names)) == 3
