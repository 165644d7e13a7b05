"""Slots open and close times; appointments to come are booked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ambulo.scheduling.v1 import overrides_pb2

NOON = datetime(2030, 6, 3, 12, tzinfo=UTC)
TEN = datetime(2030, 7, 1, 10, tzinfo=UTC)
OPEN, CLOSED = overrides_pb2.OVERRIDE_KIND_AVAILABLE, overrides_pb2.OVERRIDE_KIND_UNAVAILABLE
BASE = {
    "Location/1": {"name": "One", "address": {"country": "RO"}},
    "Location/2": {"name": "Two", "address": {"country": "RO"}},
    "Location/3": {"physicalType": {"coding": [{"code": "ro"}]}, "partOf": {"reference": "Location/2"}},
    "Practitioner/1": {"name": [{"text": "Ana Pop"}]},
    "Practitioner/2": {"name": [{"text": "Dan Pop"}]},
    "PractitionerRole/1": {"practitioner": {"reference": "Practitioner/1"}},
    "PractitionerRole/2": {"practitioner": {"reference": "Practitioner/1"}, "active": False},
    "Patient/1": {"name": [{"text": "Ion Pop"}]},
}


def actors(*origins: str) -> list[dict[str, str]]:
    return [{"reference": origin} for origin in origins]


def slotted(planned: Any, *whose: str, schedule_active: bool = True, **more: Any) -> Any:
    slot = {"schedule": {"reference": "Schedule/1"}, "status": "free"}
    slot |= {"start": TEN.isoformat(), "end": (TEN + timedelta(hours=1)).isoformat()} | more
    return planned(BASE | {"Schedule/1": {"actor": actors(*whose), "active": schedule_active}, "Slot/1": slot})


def booked(planned: Any, *who: str, services: tuple[int, ...] = (30,), others: Any = None, **more: Any) -> Any:
    url = "https://ambulo.example/fhir/StructureDefinition/duration-minutes"
    offered = {
        f"HealthcareService/{m}": {"name": f"{m}", "extension": [{"url": url, "valueInteger": m}]} for m in services
    }
    appointment = {"status": "booked", "participant": [{"actor": each} for each in actors(*who)]}
    appointment |= {"start": TEN.isoformat(), "end": (TEN + timedelta(minutes=30)).isoformat()} | more
    return planned(BASE | offered | (others or {}) | {"Appointment/1": appointment})


class TestSlots:
    @pytest.mark.parametrize(("status", "kind"), [("free", OPEN), ("busy", CLOSED), ("busy-unavailable", CLOSED)])
    def test_free_ones_open_and_busy_ones_close(self, planned: Any, status: str, kind: int) -> None:
        it = slotted(planned, "Practitioner/1", "Location/2", status=status)
        found = it.only("AddOverride")
        assert (found.kind, found.specialist_id) == (kind, it.id_of("Practitioner/1"))
        assert found.location_id == (it.id_of("Location/2") if kind == OPEN else "")
        assert (found.starts_at.ToDatetime(UTC), found.ends_at.ToDatetime(UTC)) == (TEN, TEN + timedelta(hours=1))
        assert it.verdict("Slot/1") == "taken"
        assert it.why("Schedule/1") == "is only the holder of its slots"

    def test_a_schedule_may_be_of_a_role_in_a_room(self, planned: Any) -> None:
        it = slotted(planned, "PractitionerRole/1", "Location/3")
        assert it.only("AddOverride").specialist_id == it.id_of("Practitioner/1")
        assert it.only("AddOverride").location_id == it.id_of("Location/2")

    def test_without_a_place_it_is_one_where_the_specialist_works(self, planned: Any) -> None:
        it = slotted(planned, "Practitioner/1")
        assert it.only("AddOverride").location_id == it.id_of("Location/1")

    @pytest.mark.parametrize("whose", [(), ("Location/1",), ("Practitioner/gone",), ("Patient/1",)])
    def test_a_schedule_of_no_specialist_is_skipped_with_its_slots(self, planned: Any, whose: tuple[str, ...]) -> None:
        it = slotted(planned, *whose)
        assert it.why("Schedule/1").startswith("is of no specialist that is here")
        assert it.why("Slot/1") == "its schedule is of no specialist that is here"
        assert {it.verdict("Schedule/1"), it.verdict("Slot/1")} == {"skipped"}

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"status": "busy-tentative"}, "status 'busy-tentative' neither opens nor closes a time"),
            ({"status": "entered-in-error"}, "status 'entered-in-error' neither opens nor closes a time"),
            ({"status": None}, "status '' neither opens nor closes a time"),
            ({"start": "2030-06-03T10:00:00Z", "end": "2030-06-03T12:00:00Z"}, "is in the past"),
            ({"start": None}, "has no start and end that can be read"),
            ({"end": "later"}, "has no start and end that can be read"),
            ({"end": TEN.isoformat()}, "has no start and end that can be read"),
            ({"start": "2034-01-01T10:00:00Z", "end": "2034-01-01T11:00:00Z"}, "begins more than three years ahead"),
            ({"schedule": {"reference": "Schedule/2"}}, "its schedule is of no specialist that is here"),
        ],
    )
    def test_what_neither_opens_nor_closes_is_skipped(self, planned: Any, more: dict[str, Any], why: str) -> None:
        it = slotted(planned, "Practitioner/1", **more)
        assert it.verdict("Slot/1") == "skipped"
        assert it.why("Slot/1").startswith(why)
        assert it.all("AddOverride") == []

    def test_a_time_without_an_offset_is_local_to_the_place(self, planned: Any) -> None:
        slot = {"schedule": {"reference": "Schedule/1"}, "status": "free"}
        slot |= {"start": "2030-07-01T10:00:00", "end": "2030-07-01T11:00:00"}
        tokyo = {"Location/2": {"name": "Two", "address": {"country": "JP"}}}
        whose = {"actor": actors("Practitioner/1", "Location/2")}
        it = planned(BASE | tokyo | {"Schedule/1": whose, "Slot/1": slot})
        assert it.only("AddOverride").starts_at.ToDatetime(UTC) == datetime(2030, 7, 1, 1, tzinfo=UTC)

    def test_what_is_long_begins_now_and_ends_in_three_years(self, planned: Any) -> None:
        it = slotted(planned, "Practitioner/1", start="1960-01-01T00:00:00Z", end="2040-01-01T00:00:00Z")
        found = it.all("AddOverride")
        assert found[0].starts_at.ToDatetime(UTC) == NOON
        assert found[-1].ends_at.ToDatetime(UTC) == NOON + timedelta(days=3 * 365)
        assert len(found) == 3
        assert it.why("Slot/1") == "was taken for three years only"

    def test_a_schedule_that_is_not_active_is_skipped_with_its_slots(self, planned: Any) -> None:
        it = slotted(planned, "Practitioner/1", schedule_active=False)
        assert (it.verdict("Schedule/1"), it.why("Schedule/1")) == ("skipped", "is not active")
        assert (it.verdict("Slot/1"), it.why("Slot/1")) == ("skipped", "its schedule is not active")
        assert it.all("AddOverride") == []

    def test_a_schedule_of_several_is_that_of_the_first_and_says_so(self, planned: Any) -> None:
        it = slotted(planned, "Practitioner/2", "Practitioner/1")
        assert it.only("AddOverride").specialist_id == it.id_of("Practitioner/2")
        assert "has 2 specialists; only Practitioner/2 was taken" in it.why("Schedule/1")

    def test_a_schedule_of_a_role_that_is_not_active_is_nobodys(self, planned: Any) -> None:
        it = slotted(planned, "PractitionerRole/2")
        assert it.why("Schedule/1") == "is of no specialist that is here"

    def test_a_time_before_the_calendar_begins_is_past(self, planned: Any) -> None:
        begin, end = "0001-01-01T00:00:00+14:00", "0001-01-01T01:00:00+14:00"
        assert slotted(planned, "Practitioner/1", start=begin, end=end).verdict("Slot/1") == "skipped"


class TestAppointments:
    def test_one_to_come_is_booked_with_the_service_that_takes_as_long(self, planned: Any) -> None:
        it = booked(planned, "Patient/1", "Practitioner/1", "Location/3", services=(20, 30), description="Knee")
        found = it.only("BookAppointment")
        assert found.service_id == it.id_of("HealthcareService/30")
        assert found.patient_id == it.id_of("Patient/1")
        assert found.specialist_id == it.id_of("Practitioner/1")
        assert found.location_id == it.id_of("Location/2")
        assert (found.starts_at.ToDatetime(UTC), found.notes) == (TEN, "Knee")
        assert it.why("Appointment/1") == "names no service that is here; HealthcareService/30 takes as long"

    def test_the_specialist_may_be_named_by_a_role(self, planned: Any) -> None:
        it = booked(planned, "Patient/1", "PractitionerRole/1")
        assert it.only("BookAppointment").specialist_id == it.id_of("Practitioner/1")
        assert it.only("BookAppointment").location_id == ""

    @pytest.mark.parametrize("status", ["pending", "arrived", "checked-in"])
    def test_what_takes_time_is_booked(self, planned: Any, status: str) -> None:
        assert booked(planned, "Patient/1", "Practitioner/1", status=status).all("BookAppointment")

    @pytest.mark.parametrize(
        "status", ["proposed", "cancelled", "fulfilled", "noshow", "entered-in-error", "waitlist", ""]
    )
    def test_what_takes_no_time_is_skipped(self, planned: Any, status: str) -> None:
        it = booked(planned, "Patient/1", "Practitioner/1", status=status)
        assert (it.verdict("Appointment/1"), it.why("Appointment/1")) == ("skipped", f"status {status!r} takes no time")

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"start": None}, "has no start"),
            ({"start": "tomorrow"}, "has no start"),
            ({"start": "2030-06-03T12:00:00Z"}, "is in the past; only appointments to come are booked"),
            ({"end": None}, "no service takes 0 minutes"),
            ({"end": (TEN + timedelta(minutes=31)).isoformat()}, "no service takes 31 minutes"),
        ],
    )
    def test_what_has_no_time_that_can_be_booked_is_skipped(self, planned: Any, more: dict[str, Any], why: str) -> None:
        it = booked(planned, "Patient/1", "Practitioner/1", **more)
        assert (it.verdict("Appointment/1"), it.why("Appointment/1")) == ("skipped", why)
        assert it.all("BookAppointment") == []

    @pytest.mark.parametrize(
        ("who", "why"),
        [
            (("Patient/1",), "no specialist of it is here"),
            (("Practitioner/1",), "no patient of it is here"),
            ((), "no specialist of it is here"),
            (("Patient/gone", "Practitioner/1"), "no patient of it is here; Patient/gone is not here"),
        ],
    )
    def test_what_lacks_one_of_the_two_is_skipped(self, planned: Any, who: tuple[str, ...], why: str) -> None:
        assert booked(planned, *who).why("Appointment/1") == why

    def test_long_notes_are_cut_and_said_to_be(self, planned: Any) -> None:
        it = booked(planned, "Patient/1", "Practitioner/1", description="x" * 4001)
        assert len(it.only("BookAppointment").notes) == 4000
        assert "description was cut to 4000 characters" in it.why("Appointment/1")

    @pytest.mark.parametrize(
        "type_",
        [
            {"text": "KNEES"},
            {"coding": [{"system": "urn:x", "code": "k"}]},
            {"coding": [{"system": "urn:y", "code": "z", "display": "Knees"}]},
            {"text": "all about knees"},
        ],
    )
    def test_the_service_is_the_one_it_is_of(self, planned: Any, type_: dict[str, Any]) -> None:
        knees = {"text": "Knees", "coding": [{"system": "urn:x", "code": "k"}]}
        others = {"HealthcareService/knees": {"name": "All about knees", "type": [knees]}}
        it = booked(planned, "Patient/1", "Practitioner/1", others=others, serviceType=[type_])
        assert it.only("BookAppointment").service_id == it.id_of("HealthcareService/knees")
        assert it.verdict("Appointment/1") == "taken"

    def test_a_code_of_another_system_is_another(self, planned: Any) -> None:
        others = {"HealthcareService/knees": {"name": "A", "type": [{"coding": [{"system": "urn:x", "code": "k"}]}]}}
        of = [{"coding": [{"system": "urn:y", "code": "k"}]}]
        it = booked(planned, "Patient/1", "Practitioner/1", others=others, serviceType=of)
        assert it.only("BookAppointment").service_id == it.id_of("HealthcareService/30")

    @pytest.mark.parametrize(("minutes", "taken"), [(20, True), (30, False)])
    def test_the_service_may_take_part(self, planned: Any, minutes: int, taken: bool) -> None:
        who, end = ("Patient/1", "Practitioner/1", "HealthcareService/20"), TEN + timedelta(minutes=minutes)
        it = booked(planned, *who, services=(20, 30), end=end.isoformat())
        assert it.only("BookAppointment").service_id == it.id_of("HealthcareService/20")
        assert it.why("Appointment/1") == ("" if taken else "takes 30 minutes; HealthcareService/20 takes 20")

    def test_without_an_end_it_takes_as_long_as_its_service(self, planned: Any) -> None:
        it = booked(planned, "Patient/1", "Practitioner/1", "HealthcareService/30", end=None)
        assert it.verdict("Appointment/1") == "taken"
        assert it.only("BookAppointment").service_id == it.id_of("HealthcareService/30")

    @pytest.mark.parametrize("who", ["Patient/1", "Practitioner/1"])
    def test_who_has_declined_is_not_booked(self, planned: Any, who: str) -> None:
        both = actors("Patient/1", "Practitioner/1")
        rows = [{"actor": x, "status": "declined" if x["reference"] == who else "accepted"} for x in both]
        it = booked(planned, participant=rows)
        assert it.verdict("Appointment/1") == "skipped"
        assert it.why("Appointment/1").endswith(f"of it is here; {who} has declined")

    def test_of_two_specialists_the_one_who_has_not_declined_is_booked(self, planned: Any) -> None:
        rows = [{"actor": x} for x in actors("Patient/1", "Practitioner/1", "Practitioner/2")]
        rows[1]["status"] = "declined"
        it = booked(planned, participant=rows)
        assert it.only("BookAppointment").specialist_id == it.id_of("Practitioner/2")

    def test_of_two_specialists_the_first_is_booked_and_named(self, planned: Any) -> None:
        it = booked(planned, "Patient/1", "Practitioner/2", "Practitioner/1", "PractitionerRole/1")
        assert it.only("BookAppointment").specialist_id == it.id_of("Practitioner/2")
        assert "has 2 specialists; only Practitioner/2 was taken" in it.why("Appointment/1")

    @pytest.mark.parametrize("begin", ["2100-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"])
    def test_what_is_too_far_ahead_is_skipped(self, planned: Any, begin: str) -> None:
        it = booked(planned, "Patient/1", "Practitioner/1", start=begin, end=begin)
        assert it.why("Appointment/1") == "begins after 2099, when nothing can be booked yet"
