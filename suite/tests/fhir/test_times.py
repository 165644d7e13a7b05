"""Weekly hours and time off."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ambulo.scheduling.v1 import overrides_pb2

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NOON = datetime(2030, 6, 3, 12, tzinfo=UTC)
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

    def test_of_a_role_that_goes_on_are_taken(self, planned: Any) -> None:
        role = {"availableTime": [hours("mon", "09:00", "10:00")], "period": {"end": "2030-06-03T12:01:00Z"}}
        assert planned(clinic(role)).verdict("PractitionerRole/1") == "taken"

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

    def test_are_nobodys_if_nobody_gives_it(self, planned: Any) -> None:
        assert planned(clinic({}, HealthcareService_1=self.SERVICE)).all("SetWeeklyHours") == []


class TestTimeOff:
    def off(self, planned: Any, *, zone: str = "UTC", **during: str) -> tuple[list[tuple[datetime, datetime]], str]:
        """What is closed, and what is said of the role."""
        place = {"name": "One", "extension": [{"url": ZONE, "valueCode": zone}]}
        it = planned(clinic({"notAvailable": [{"description": "Leave", "during": during}]}, Location_1=place))
        closed = it.all("AddOverride")
        assert all((x.kind, x.reason) == (overrides_pb2.OVERRIDE_KIND_UNAVAILABLE, "Leave") for x in closed)
        return [(x.starts_at.ToDatetime(UTC), x.ends_at.ToDatetime(UTC)) for x in closed], it.why("PractitionerRole/1")

    def test_a_date_is_the_whole_local_day(self, planned: Any) -> None:
        closed, why = self.off(planned, zone="America/New_York", start="2030-07-01", end="2030-07-02")
        assert closed == [(datetime(2030, 7, 1, 4, tzinfo=UTC), datetime(2030, 7, 3, 4, tzinfo=UTC))]
        assert why == ""

    def test_the_day_of_a_time_change_has_its_hours(self, planned: Any) -> None:
        [(begin, end)], _ = self.off(planned, zone="Europe/Bucharest", start="2030-10-27", end="2030-10-27")
        assert end - begin == timedelta(hours=25)

    def test_an_instant_is_that_instant(self, planned: Any) -> None:
        closed, _ = self.off(planned, start="2030-07-01T13:00:00-04:00", end="2030-07-01T16:00:00-04:00")
        assert closed == [(datetime(2030, 7, 1, 17, tzinfo=UTC), datetime(2030, 7, 1, 20, tzinfo=UTC))]

    def test_what_has_begun_is_off_from_now(self, planned: Any) -> None:
        assert self.off(planned, start="2029-01-01", end="2030-06-04")[0] == [(NOON, datetime(2030, 6, 5, tzinfo=UTC))]

    def test_without_a_start_it_is_from_now(self, planned: Any) -> None:
        assert self.off(planned, end="2030-06-03")[0] == [(NOON, datetime(2030, 6, 4, tzinfo=UTC))]

    def test_without_an_end_it_is_three_years_in_pieces_that_join(self, planned: Any) -> None:
        closed, _ = self.off(planned, start="2030-07-01")
        assert closed[0][0] == datetime(2030, 7, 1, tzinfo=UTC)
        assert closed[-1][1] == NOON + timedelta(days=3 * 365)
        assert all(end - begin <= timedelta(days=399) for begin, end in closed)
        assert [end for _, end in closed[:-1]] == [begin for begin, _ in closed[1:]]

    @pytest.mark.parametrize("during", [{"start": "2020-01-01", "end": "2020-01-31"}, {"end": "2030-06-02"}])
    def test_what_is_past_is_named(self, planned: Any, during: dict[str, str]) -> None:
        closed, why = self.off(planned, **during)
        assert (closed, why.endswith("is past")) == ([], True)

    @pytest.mark.parametrize("during", [{}, {"start": "soon", "end": "later"}])
    def test_what_says_no_time_is_named(self, planned: Any, during: dict[str, str]) -> None:
        closed, why = self.off(planned, **during)
        assert (closed, why.endswith("says no time; it was left out")) == ([], True)
