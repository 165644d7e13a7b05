"""Weekly hours."""

from datetime import UTC, datetime
from typing import Any

import pytest

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONE = "http://hl7.org/fhir/StructureDefinition/timezone"


def to(origin: str) -> dict[str, str]:
    return {"reference": origin}


def hours(days: str, begin: str, end: str) -> dict[str, Any]:
    return {"daysOfWeek": days.split(), "availableStartTime": f"{begin}:00", "availableEndTime": f"{end}:00"}


def clinic(role: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    ana = {"name": [{"text": "Ana Pop"}]}
    role = {"practitioner": to("Practitioner/1")} | role
    bodies = {"Location/1": {"name": "One"}, "Practitioner/1": ana, "PractitionerRole/1": role}
    return bodies | {origin.replace("_", "/"): body for origin, body in others.items()}


def week(request: Any) -> list[str]:
    """mon 09:00-17:00"""
    return [
        f"{WEEKDAYS[i.weekday - 1]} {i.starts.hours:02}:{i.starts.minutes:02}-{i.ends.hours:02}:{i.ends.minutes:02}"
        for i in request.intervals
    ]


class TestWeeklyHours:
    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            ([hours("mon wed", "09:00", "16:30")], ["mon 09:00-16:30", "wed 09:00-16:30"]),
            ([{"daysOfWeek": ["sat"], "allDay": True}], ["sat 00:00-24:00"]),
            ([{"daysOfWeek": ["sat"]}], ["sat 00:00-24:00"]),
            ([{"daysOfWeek": ["sat"], "availableStartTime": "20:00:00"}], ["sat 20:00-24:00"]),
            ([hours("mon", "18:00", "24:00")], ["mon 18:00-24:00"]),
            ([hours("mon", "22:00", "06:00")], ["mon 22:00-24:00", "tue 00:00-06:00"]),
            ([hours("sun", "22:00", "06:00")], ["mon 00:00-06:00", "sun 22:00-24:00"]),
            ([hours("mon", "22:00", "00:00")], ["mon 22:00-24:00"]),
            ([{"allDay": True}], [f"{day} 00:00-24:00" for day in WEEKDAYS]),
        ],
    )
    def test_are_read_day_by_day(self, planned: Any, rows: Any, expected: list[str]) -> None:
        it = planned(clinic({"availableTime": rows}))
        assert week(it.only("SetWeeklyHours")) == expected
        assert "cannot be read" not in it.why("PractitionerRole/1")

    @pytest.mark.parametrize(("begin", "end", "named"), [("22:00", "06:00", True), ("06:00", "22:00", False)])
    def test_of_a_night_are_said_to_reach_into_the_next_day(
        self, planned: Any, begin: str, end: str, named: bool
    ) -> None:
        it = planned(clinic({"availableTime": [hours("mon", begin, end)]}))
        assert ("taken to reach into the next day" in it.why("PractitionerRole/1")) == named

    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            ([hours("mon", "09:00", "12:00"), hours("mon", "11:00", "15:00")], ["mon 09:00-15:00"]),
            ([hours("mon", "09:00", "12:00"), hours("mon", "12:00", "15:00")], ["mon 09:00-15:00"]),
            ([hours("mon", "09:00", "17:00"), hours("mon", "10:00", "11:00")], ["mon 09:00-17:00"]),
        ],
    )
    def test_that_overlap_or_touch_are_joined(self, planned: Any, rows: Any, expected: list[str]) -> None:
        it = planned(clinic({"availableTime": rows}))
        assert week(it.only("SetWeeklyHours")) == expected
        assert it.why("PractitionerRole/1") == "hours that overlap or touch were joined"

    def test_with_a_break_stay_apart(self, planned: Any) -> None:
        it = planned(clinic({"availableTime": [hours("mon", "13:00", "15:00"), hours("mon", "09:00", "12:00")]}))
        assert week(it.only("SetWeeklyHours")) == ["mon 09:00-12:00", "mon 13:00-15:00"]
        assert it.verdict("PractitionerRole/1") == "taken"

    def test_said_twice_count_once(self, planned: Any) -> None:
        it = planned(clinic({"availableTime": [hours("mon mon", "09:00", "12:00"), hours("mon", "09:00", "12:00")]}))
        assert week(it.only("SetWeeklyHours")) == ["mon 09:00-12:00"]

    @pytest.mark.parametrize(
        "row", [hours("someday", "09:00", "10:00"), hours("mon", "9h", "10:00"), hours("mon", "09:00", "25:00")]
    )
    def test_that_cannot_be_read_are_left_out_and_named(self, planned: Any, row: Any) -> None:
        it = planned(clinic({"availableTime": [row, hours("tue", "09:00", "10:00")]}))
        assert week(it.only("SetWeeklyHours")) == ["tue 09:00-10:00"]
        assert it.why("PractitionerRole/1").startswith("availableTime {")
        assert it.why("PractitionerRole/1").endswith("cannot be read; it was left out")

    def test_belong_to_the_place_of_the_role(self, planned: Any) -> None:
        role = {"availableTime": [hours("mon", "09:00", "10:00")], "location": [to("Location/2")]}
        it = planned(clinic(role, Location_2={"name": "Two"}))
        assert it.only("SetWeeklyHours").location_id == it.id_of("Location/2")

    def test_are_of_every_place_if_the_role_names_none(self, planned: Any) -> None:
        it = planned(clinic({"availableTime": [hours("mon", "09:00", "10:00")]}, Location_2={"name": "Two"}))
        assert {x.location_id for x in it.all("SetWeeklyHours")} == {it.id_of("Location/1"), it.id_of("Location/2")}

    def test_of_two_roles_in_one_place_are_one_week(self, planned: Any) -> None:
        other = {"practitioner": to("Practitioner/1"), "availableTime": [hours("tue", "09:00", "10:00")]}
        it = planned(clinic({"availableTime": [hours("mon", "09:00", "10:00")]}, PractitionerRole_2=other))
        assert week(it.only("SetWeeklyHours")) == ["mon 09:00-10:00", "tue 09:00-10:00"]
        [step] = [s for s in it.plan.steps if s.request == it.only("SetWeeklyHours")]
        assert step.origin == ("PractitionerRole/1", "PractitionerRole/2")

    def test_of_a_role_that_is_over_are_not_taken(self, planned: Any) -> None:
        over = {"availableTime": [hours("mon", "09:00", "10:00")], "period": {"end": "2030-06-03T11:59:00Z"}}
        it = planned(clinic(over))
        assert (it.verdict("PractitionerRole/1"), it.why("PractitionerRole/1")) == ("skipped", "its period has ended")
        assert it.all("SetWeeklyHours") == []

    @pytest.mark.parametrize("end", ["2030-06-03T12:01:00Z", "2030-06-03", "2030-06", "2030", "9999-12-31", "9999"])
    def test_of_a_role_that_goes_on_are_taken(self, planned: Any, end: str) -> None:
        role = {"availableTime": [hours("mon", "09:00", "10:00")], "period": {"end": end}}
        assert planned(clinic(role)).verdict("PractitionerRole/1") == "taken"

    @pytest.mark.parametrize("end", ["2030-06-02", "2030-05", "2029", "2030-06-03T12:00:00Z"])
    def test_of_a_role_whose_last_day_month_or_year_was_are_not_taken(self, planned: Any, end: str) -> None:
        role = {"availableTime": [hours("mon", "09:00", "10:00")], "period": {"end": end}}
        assert planned(clinic(role)).why("PractitionerRole/1") == "its period has ended"

    def test_the_last_day_is_that_of_the_clinic(self, planned: Any) -> None:
        hawaii = {"extension": [{"url": ZONE, "valueCode": "Pacific/Honolulu"}]}
        role = {"availableTime": [hours("mon", "09:00", "10:00")], "period": {"end": "2030-06-02"}}
        early = datetime(2030, 6, 3, 9, tzinfo=UTC)
        assert planned(clinic(role, Organization_1=hawaii), now=early).verdict("PractitionerRole/1") == "taken"
        assert planned(clinic(role), now=early).verdict("PractitionerRole/1") == "skipped"

    @pytest.mark.parametrize("end", ["soon", "2030-13", "2030-02-30", "0000"])
    def test_an_end_that_cannot_be_read_is_named_and_none(self, planned: Any, end: str) -> None:
        it = planned(clinic({"availableTime": [hours("mon", "09:00", "10:00")], "period": {"end": end}}))
        assert it.why("PractitionerRole/1") == f"period.end {end!r} cannot be read; it was left out"
        assert it.all("SetWeeklyHours")

    def test_of_a_role_that_is_not_active_are_not_taken(self, planned: Any) -> None:
        it = planned(clinic({"availableTime": [hours("mon", "09:00", "10:00")], "active": False}))
        assert it.all("SetWeeklyHours") == []

    def test_of_who_has_left_are_not_taken(self, planned: Any) -> None:
        role = {"availableTime": [hours("mon", "09:00", "10:00")]}
        assert planned(clinic(role, Practitioner_1={"active": False})).all("SetWeeklyHours") == []

    def test_of_nobody_are_missed(self, planned: Any) -> None:
        it = planned(clinic({}))
        assert it.all("SetWeeklyHours") == []
        assert "has no working hours here, so nobody can book them yet" in it.why("Practitioner/1")


class TestHoursOfAService:
    GIVES = {"healthcareService": [to("HealthcareService/1")]}  # noqa: RUF012
    SERVICE = {"name": "A", "availableTime": [hours("fri", "10:00", "12:00")]}  # noqa: RUF012

    def test_are_those_of_who_gives_it_and_has_none(self, planned: Any) -> None:
        it = planned(clinic(self.GIVES, HealthcareService_1=self.SERVICE))
        assert week(it.only("SetWeeklyHours")) == ["fri 10:00-12:00"]
        assert "has no working hours" not in it.why("Practitioner/1")

    def test_do_not_add_to_hours_of_ones_own(self, planned: Any) -> None:
        own = self.GIVES | {"availableTime": [hours("mon", "09:00", "10:00")]}
        assert week(planned(clinic(own, HealthcareService_1=self.SERVICE)).only("SetWeeklyHours")) == [
            "mon 09:00-10:00"
        ]

    def test_hold_where_it_is_given(self, planned: Any) -> None:
        there = self.SERVICE | {"location": [to("Location/2")]}
        it = planned(clinic(self.GIVES, Location_2={"name": "Two"}, HealthcareService_1=there))
        assert it.only("SetWeeklyHours").location_id == it.id_of("Location/2")

    def test_in_a_room_hold_at_its_site(self, planned: Any) -> None:
        room = {"physicalType": {"coding": [{"code": "ro"}]}, "partOf": to("Location/2")}
        there = self.SERVICE | {"location": [to("Location/3")]}
        it = planned(clinic(self.GIVES, Location_2={"name": "Two"}, Location_3=room, HealthcareService_1=there))
        assert it.only("SetWeeklyHours").location_id == it.id_of("Location/2")

    def test_hold_only_where_who_gives_it_works(self, planned: Any) -> None:
        here = self.GIVES | {"location": [to("Location/1")]}
        it = planned(clinic(here, Location_2={"name": "Two"}, HealthcareService_1=self.SERVICE))
        assert it.only("SetWeeklyHours").location_id == it.id_of("Location/1")

    def test_are_nobodys_if_it_is_no_longer_given(self, planned: Any) -> None:
        gone = self.SERVICE | {"active": False, "notAvailable": [{"during": {"start": "2030-07-01"}}]}
        it = planned(clinic(self.GIVES, HealthcareService_1=gone))
        assert it.all("SetWeeklyHours") == it.all("AddOverride") == []

    def test_are_those_of_a_role_that_is_over_too(self, planned: Any) -> None:
        """So that HL7's published examples have somebody to book."""
        over = self.GIVES | {"availableTime": [hours("mon", "09:00", "10:00")], "period": {"end": "2020"}}
        it = planned(clinic(over, HealthcareService_1=self.SERVICE))
        assert week(it.only("SetWeeklyHours")) == ["fri 10:00-12:00"]
        assert list(it.only("DefineService").specialist_ids) == [it.id_of("Practitioner/1")]

    def test_are_closed_while_it_is_not_available(self, planned: Any) -> None:
        closed = self.SERVICE | {"notAvailable": [{"during": {"start": "2030-07-01", "end": "2030-07-01"}}]}
        both = {"PractitionerRole_2": self.GIVES | {"practitioner": to("Practitioner/2")}, "Practitioner_2": {}}
        it = planned(clinic(self.GIVES, HealthcareService_1=closed, **both))
        off = it.all("AddOverride")
        assert {x.specialist_id for x in off} == {it.id_of("Practitioner/1"), it.id_of("Practitioner/2")}
        assert {x.starts_at.ToDatetime(UTC) for x in off} == {datetime(2030, 7, 1, tzinfo=UTC)}
        assert len({x.override_id for x in off}) == 2

    @pytest.mark.parametrize(
        ("role", "whom"),
        [(GIVES | {"availableTime": [hours("mon", "09:00", "10:00")]}, "Practitioner/1"), ({}, "anybody")],
    )
    def test_for_whom_it_is_not_closed_is_named(self, planned: Any, role: dict[str, Any], whom: str) -> None:
        closed = self.SERVICE | {"notAvailable": [{"during": {"start": "2030-07-01"}}]}
        it = planned(clinic(role, HealthcareService_1=closed))
        assert it.all("AddOverride") == []
        assert f"notAvailable holds for those whose hours come from it, so not for {whom}" in it.why(
            "HealthcareService/1"
        )

    def test_are_nobodys_if_nobody_gives_it(self, planned: Any) -> None:
        assert planned(clinic({}, HealthcareService_1=self.SERVICE)).all("SetWeeklyHours") == []
