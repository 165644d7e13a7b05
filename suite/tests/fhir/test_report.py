"""One outcome for each resource, in words, and the table an operator reads."""

from typing import Any
from uuid import uuid4

import pytest
from suite.fhir import Outcome, Report
from suite.load import Came, Loaded


class TestReport:
    def test_what_nobody_remarked_on_was_taken(self) -> None:
        assert Report().outcome("Patient/1") == Outcome("Patient/1", "taken", "")

    def test_what_was_remarked_on_was_mapped(self) -> None:
        report = Report()
        report.remark("Patient/1", "has no name")
        report.remark("Patient/1", "has no address")
        assert report.outcome("Patient/1") == Outcome("Patient/1", "mapped", "has no name; has no address")

    def test_the_same_remark_is_made_once(self) -> None:
        report = Report()
        report.remark("Patient/1", "has no name")
        report.remark("Patient/1", "has no name")
        assert report.outcome("Patient/1").why == "has no name"

    def test_what_was_skipped_says_the_first_reason_and_then_its_remarks(self) -> None:
        report = Report()
        report.remark("Slot/1", "Schedule/9 is not here")
        report.skip("Slot/1", "is in the past")
        report.skip("Slot/1", "is too long")
        assert report.outcome("Slot/1") == Outcome("Slot/1", "skipped", "is in the past; Schedule/9 is not here")

    def test_of_very_many_remarks_the_rest_is_counted(self) -> None:
        report = Report()
        for n in range(20):
            report.remark("Slot/1", f"remark {n}")
        why = report.outcome("Slot/1").why
        assert "remark 11" in why
        assert "remark 12" not in why
        assert why.endswith("; and 8 more remarks")


class TestOutcomes:
    @pytest.mark.parametrize("type_", ["Condition", "Observation", "Endpoint", "Encounter", "patient"])
    def test_what_a_clinic_is_not_loaded_from_is_skipped_by_name(self, planned: Any, type_: str) -> None:
        it = planned({f"{type_}/1": {}})
        assert it.verdict(f"{type_}/1") == "skipped"
        assert it.why(f"{type_}/1") == f"{type_} is nothing a clinic is loaded from"

    def test_come_in_the_order_of_names(self, planned: Any) -> None:
        it = planned({"Slot/1": {}, "Patient/2": {}, "Patient/1": {}})
        assert [o.origin for o in it.plan.outcomes] == ["Patient/1", "Patient/2", "Slot/1"]

    @pytest.mark.parametrize(
        ("reference", "remark"),
        [
            ("#ana", "#ana is contained and was not taken"),
            ("Practitioner/gone", "Practitioner/gone is not here"),
            (
                "https://other.example/fhir/Practitioner/gone",
                "https://other.example/fhir/Practitioner/gone is not here",
            ),
            ("urn:uuid:0", "urn:uuid:0 is not here"),
        ],
    )
    def test_a_reference_to_nothing_is_named(self, planned: Any, reference: str, remark: str) -> None:
        it = planned({"PractitionerRole/1": {"practitioner": {"reference": reference}}})
        assert it.why("PractitionerRole/1") == f"names no practitioner that is here; {remark}"

    def test_a_contained_practitioner_is_nobody(self, planned: Any) -> None:
        inside = {"resourceType": "Practitioner", "id": "ana"}
        it = planned({"PractitionerRole/1": {"contained": [inside], "practitioner": {"reference": "#ana"}}})
        assert it.all("DefineSpecialist") == []
        assert [o.origin for o in it.plan.outcomes] == ["PractitionerRole/1"]

    @pytest.mark.parametrize("before", ["", "https://clinic.example/fhir/"])
    @pytest.mark.parametrize("after", ["", "/_history/2"])
    def test_a_reference_may_be_relative_or_absolute_and_of_a_version(
        self, planned: Any, before: str, after: str
    ) -> None:
        ana = {"name": [{"text": "Ana"}]}
        role = {"practitioner": {"reference": f"{before}Practitioner/1{after}"}}
        assert planned({"Practitioner/1": ana, "PractitionerRole/1": role}).verdict("PractitionerRole/1") == "taken"

    def test_a_name_too_long_is_cut_and_said_to_be(self, planned: Any) -> None:
        it = planned(
            {"Patient/1": {"identifier": [{"value": "1"}], "name": [{"family": "x" * 101, "given": ["y" * 101]}]}}
        )
        assert (len(it.only("RegisterPatient").family_name), len(it.only("RegisterPatient").given_name)) == (100, 100)
        assert it.why("Patient/1") == "given name was cut to 100 characters; family name was cut to 100 characters"

    def test_control_characters_do_not_reach_a_name(self, planned: Any) -> None:
        it = planned({"Location/1": {"name": " One\x00\r\nTwo\x7f "}})
        assert it.only("DefineLocation").name == "One Two"


class TestTheTable:
    def test_has_a_line_for_what_was_not_simply_taken_and_a_count_of_all(self) -> None:
        outcomes = [
            Outcome("Patient/1", "taken"),
            Outcome("Patient/2", "taken"),
            Outcome("Patient/3", "mapped", "has no name"),
            Outcome("Slot/1", "skipped", "is in the past"),
        ]
        assert Loaded(uuid4(), outcomes, [Came("Patient/2", failure="INVALID: mrn")]).table() == [
            "mapped   Patient/3: has no name",
            "skipped  Slot/1: is in the past",
            "failed   Patient/2: INVALID: mrn",
            "1 mapped, 1 skipped, 2 taken",
        ]

    def test_says_so_if_nothing_was_found(self) -> None:
        assert Loaded(uuid4(), [], []).table() == ["nothing found"]
