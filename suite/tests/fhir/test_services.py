"""What the clinic offers, who gives it, how long it takes."""

from typing import Any

import pytest

OURS = "https://ambulo.example/fhir/StructureDefinition/"
SITE = {"name": "Main street", "address": {"country": "RO"}}
DOCTOR = {"name": [{"text": "Ana Pop"}]}


def to(*origins: str) -> list[dict[str, str]]:
    return [{"reference": origin} for origin in origins]


def ours(key: str = "valueString", **values: Any) -> dict[str, Any]:
    return {"extension": [{"url": OURS + name.replace("_", "-"), key: value} for name, value in values.items()]}


@pytest.mark.parametrize("key", ["valueString", "valueInteger"])
def test_minutes_are_as_our_extensions_say(planned: Any, key: str) -> None:
    terms = ours(key, duration_minutes=45, buffer_before_minutes=5, buffer_after_minutes=10)
    if key == "valueString":
        terms = ours(key, duration_minutes="45", buffer_before_minutes="5", buffer_after_minutes="10")
    it = planned({"HealthcareService/1": {"name": "Massage", "comment": "Soft", **terms}})
    found = it.only("DefineService")
    assert (found.duration_minutes, found.buffer_before_minutes, found.buffer_after_minutes) == (45, 5, 10)
    assert (found.name, found.description, found.requires_room) == ("Massage", "Soft", False)
    assert it.verdict("HealthcareService/1") == "taken"


@pytest.mark.parametrize("said", ["half an hour", "-30", "1441", "30.5", "²", "٣٠", "00030"])
def test_minutes_that_are_none_are_replaced_and_named(planned: Any, said: str) -> None:
    it = planned({"HealthcareService/1": {"name": "Massage", **ours(duration_minutes=said)}})
    assert it.only("DefineService").duration_minutes == 30
    assert f"duration-minutes {said!r} is no number of minutes up to 1440" in it.why("HealthcareService/1")


def test_of_minutes_without_end_the_beginning_is_named(planned: Any) -> None:
    it = planned({"HealthcareService/1": {"name": "Massage", **ours(duration_minutes="9" * 5000)}})
    assert f"duration-minutes {'9' * 40!r} is no number of minutes" in it.why("HealthcareService/1")


@pytest.mark.parametrize("said", [{}, ours(duration_minutes="0")])
def test_without_a_duration_half_an_hour_is_assumed(planned: Any, said: dict[str, Any]) -> None:
    it = planned({"HealthcareService/1": {"name": "Massage", **said}})
    assert it.only("DefineService").duration_minutes == 30
    assert it.why("HealthcareService/1") == "no duration is given; 30 minutes were assumed"


def test_a_buffer_has_its_own_limit(planned: Any) -> None:
    it = planned({"HealthcareService/1": {"name": "A", **ours(duration_minutes="30", buffer_after_minutes="241")}})
    assert it.only("DefineService").buffer_after_minutes == 0
    assert "up to 240" in it.why("HealthcareService/1")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"type": [{"text": "Type"}], "category": [{"text": "Category"}]}, "Type"),
        ({"category": [{"coding": [{"display": "Category", "code": "8"}]}]}, "Category"),
        ({"category": [{"coding": [{"code": "8"}]}]}, "8"),
        ({}, "HealthcareService/1"),
    ],
)
def test_what_has_no_name_is_called_by_its_type(planned: Any, body: dict[str, Any], name: str) -> None:
    assert planned({"HealthcareService/1": body}).only("DefineService").name == name


def test_whoever_has_a_role_in_it_gives_it_where_it_is_given(planned: Any) -> None:
    bodies = {
        "Location/1": SITE,
        "Location/2": SITE | {"name": "Other"},
        "Practitioner/1": DOCTOR,
        "Practitioner/2": DOCTOR,
        "HealthcareService/1": {"name": "Massage", "location": to("Location/2")},
        "PractitionerRole/1": {
            "practitioner": to("Practitioner/2")[0],
            "healthcareService": to("HealthcareService/1", "HealthcareService/gone"),
        },
    }
    it = planned(bodies)
    assert list(it.only("DefineService").specialist_ids) == [it.id_of("Practitioner/2")]
    assert list(it.only("DefineService").location_ids) == [it.id_of("Location/2")]
    assert "HealthcareService/gone is not here" in it.why("PractitionerRole/1")


def test_a_role_that_is_not_active_gives_nothing(planned: Any) -> None:
    roles = {
        f"PractitionerRole/{n}": {
            "practitioner": to(f"Practitioner/{n}")[0],
            "healthcareService": to("HealthcareService/1"),
            "active": n == 2,
        }
        for n in (1, 2)
    }
    bodies = {"Practitioner/1": DOCTOR, "Practitioner/2": DOCTOR, "HealthcareService/1": {"name": "Massage"}}
    it = planned(bodies | roles)
    assert list(it.only("DefineService").specialist_ids) == [it.id_of("Practitioner/2")]
    assert "anybody may give it" not in it.why("HealthcareService/1")


def test_if_nobody_is_left_who_gives_it_that_is_named(planned: Any) -> None:
    over = {
        "practitioner": to("Practitioner/1")[0],
        "healthcareService": to("HealthcareService/1"),
        "active": False,
    }
    it = planned({"Practitioner/1": DOCTOR, "HealthcareService/1": {"name": "Massage"}, "PractitionerRole/1": over})
    assert list(it.only("DefineService").specialist_ids) == []
    assert "so anybody may give it" in it.why("HealthcareService/1")


def test_one_given_in_a_room_is_given_at_its_site(planned: Any) -> None:
    bodies = {
        "Location/1": SITE,
        "Location/2": SITE | {"name": "Other"},
        "Location/3": {"physicalType": {"coding": [{"code": "ro"}]}, "partOf": to("Location/2")[0]},
        "HealthcareService/1": {"name": "Massage", "location": to("Location/3")},
    }
    it = planned(bodies)
    assert list(it.only("DefineService").location_ids) == [it.id_of("Location/2")]


def test_it_needs_a_room_where_there_are_rooms(planned: Any) -> None:
    bodies = {
        "Location/1": SITE,
        "Location/2": SITE | {"name": "Other"},
        "Location/3": {"physicalType": {"coding": [{"code": "ro"}]}, "partOf": to("Location/1")[0]},
        "HealthcareService/1": {"name": "Here", "location": to("Location/1"), **ours(room_type="gym")},
        "HealthcareService/2": {"name": "There", "location": to("Location/2")},
        "HealthcareService/3": {"name": "Everywhere"},
    }
    found = {x.name: x for x in planned(bodies).all("DefineService")}
    assert {name: x.requires_room for name, x in found.items()} == {"Here": True, "There": False, "Everywhere": True}
    assert found["Here"].room_type == "gym"


def test_a_room_that_is_closed_is_not_waited_for(planned: Any) -> None:
    closed = {"physicalType": {"coding": [{"code": "ro"}]}, "partOf": to("Location/1")[0], "status": "inactive"}
    bodies = {"Location/1": SITE, "Location/3": closed, "HealthcareService/1": {"name": "Massage"}}
    assert not planned(bodies).only("DefineService").requires_room


def test_one_that_is_no_longer_given_is_kept_and_not_booked(planned: Any) -> None:
    it = planned({"HealthcareService/1": {"name": "Leeches", "active": False}})
    assert it.only("DefineService").inactive
    assert "is not active: kept, but not offered" in it.why("HealthcareService/1")


def test_two_of_one_name_are_told_apart(planned: Any) -> None:
    it = planned({"HealthcareService/1": {"name": "Massage"}, "HealthcareService/2": {"name": "Massage"}})
    assert [x.name for x in it.all("DefineService")] == ["Massage", "Massage (2)"]


def test_a_long_comment_is_cut_and_said_to_be(planned: Any) -> None:
    it = planned({"HealthcareService/1": {"name": "Massage", "comment": "x" * 2001}})
    assert len(it.only("DefineService").description) == 2000
    assert "comment was cut to 2000 characters" in it.why("HealthcareService/1")


@pytest.mark.parametrize(
    ("type_", "field", "most", "said"),
    [
        ("Practitioner", "specialist_ids", 500, "has 501 specialists; only 500 were taken"),
        ("Location", "location_ids", 100, "has 101 locations; only 100 were taken"),
    ],
)
def test_more_than_a_service_can_have_are_left_out_and_counted(
    planned: Any, type_: str, field: str, most: int, said: str
) -> None:
    many = {
        f"{type_}/{n}": {"name": [{"text": f"{n}"}] if type_ == "Practitioner" else f"{n}"} for n in range(most + 1)
    }
    roles = {
        f"PractitionerRole/{n}": {"practitioner": to(origin)[0], "healthcareService": to("HealthcareService/1")}
        for n, origin in enumerate(many)
    }
    service = {"name": "Massage"} | ({"location": to(*many)} if type_ == "Location" else {})
    it = planned(many | (roles if type_ == "Practitioner" else {}) | {"HealthcareService/1": service})
    assert len(getattr(it.only("DefineService"), field)) == most
    assert said in it.why("HealthcareService/1")


def test_without_any_a_consultation_is_made_for_those_who_could_give_one(planned: Any) -> None:
    it = planned({"Practitioner/1": DOCTOR})
    assert (it.only("DefineService").name, it.only("DefineService").duration_minutes) == ("Consultation", 30)
    assert "a consultation of 30 minutes was made" in it.why("Practitioner/1")
    assert planned({"Location/1": SITE}).all("DefineService") == []
