"""The order of the input does not matter; the order of the steps does."""

import json
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from suite.demo.bundles import DEMO, bundle
from suite.fhir import Resource, plan, read

NOW = datetime(2012, 2, 1, tzinfo=UTC)
EXAMPLES = read(Path(__file__).parent / "examples")[0]
CLINIC = [
    Resource(body["resourceType"], body["id"], body, frozenset())
    for body in (entry["resource"] for entry in bundle(DEMO[1], date(2012, 2, 1), patients=5)["entry"])
]


@settings(max_examples=15, deadline=None)
@given(st.permutations(EXAMPLES))
def test_hl7s_examples_in_any_order_give_the_same_plan(shuffled: list[Resource]) -> None:
    assert plan(shuffled, now=NOW) == plan(EXAMPLES, now=NOW)


@settings(max_examples=8, deadline=None)
@given(st.permutations(CLINIC))
def test_a_clinic_in_any_order_gives_the_same_plan(shuffled: list[Resource]) -> None:
    assert plan(shuffled, now=NOW) == plan(CLINIC, now=NOW)


def test_the_time_of_loading_changes_no_id() -> None:
    later = plan(EXAMPLES, now=datetime(2035, 1, 1, tzinfo=UTC))
    sooner = plan(EXAMPLES, now=NOW)
    assert later.clinic_id == sooner.clinic_id
    defined = [
        [s.request for s in p.steps if s.request.DESCRIPTOR.name == "DefineLocationRequest"] for p in (later, sooner)
    ]
    assert defined[0] == defined[1]


def test_ids_stay_as_they_are_from_release_to_release(planned: Any) -> None:
    """Were they others, the next load of the same clinic would make everything twice."""
    it = planned({"Organization/a": {"name": "A"}, "Practitioner/1": {}})
    assert str(it.plan.clinic_id) == "8815ec5d-65a8-5c46-b5c9-155a24d9372e"
    assert it.only("DefineSpecialist").specialist_id == "9c138367-f09d-50a3-84b1-68c77ba15947"


def test_two_clinics_share_no_id(planned: Any) -> None:
    one, two = (planned({"Organization/a": {"name": name}, "Patient/1": {}}) for name in ("A", "B"))
    assert one.only("RegisterPatient").patient_id != two.only("RegisterPatient").patient_id


def test_the_clinic_comes_first_and_what_needs_others_after_them() -> None:
    kinds = [s.request.DESCRIPTOR.name.removesuffix("Request") for s in plan(EXAMPLES + CLINIC, now=NOW).steps]
    assert kinds[0] == "DefineClinic"
    order = ["DefineLocation", "DefineRoom", "DefineSpecialist", "DefineService", "SetWeeklyHours", "AddOverride"]
    present = [kind for kind in dict.fromkeys(kinds[1:]) if kind != "BookAppointment"]
    assert present == [*order, "RegisterPatient"]
    last = {kind: n for n, kind in enumerate(kinds)}
    assert all(last[before] < kinds.index(after) for before, after in pairwise(order))


def test_appointments_come_last(planned: Any) -> None:
    who = [{"actor": {"reference": origin}} for origin in ("Patient/1", "Practitioner/1")]
    times = {"start": "2030-07-01T10:00:00Z", "end": "2030-07-01T10:30:00Z"}
    it = planned(
        {"Appointment/1": {"status": "booked", "participant": who} | times, "Patient/1": {}, "Practitioner/1": {}}
    )
    assert it.plan.steps[-1].request == it.only("BookAppointment")


def test_no_step_is_made_twice() -> None:
    made = [
        (s.request.DESCRIPTOR.name, s.request.SerializeToString(deterministic=True))
        for s in plan(CLINIC, now=NOW).steps
    ]
    assert len(set(made)) == len(made)


def test_the_input_is_left_as_it_was() -> None:
    before = json.dumps([r.body for r in EXAMPLES])
    plan(EXAMPLES, now=NOW)
    assert json.dumps([r.body for r in EXAMPLES]) == before
