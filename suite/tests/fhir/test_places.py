"""The clinic, its locations, rooms and services."""

from typing import Any

import pytest

OURS = "https://ambulo.example/fhir/StructureDefinition/"
SITE = {"name": "Main street", "address": {"country": "RO"}}


def to(*origins: str) -> list[dict[str, str]]:
    return [{"reference": origin} for origin in origins]


def kind(code: str) -> dict[str, Any]:
    return {"physicalType": {"coding": [{"code": code}]}}


def ours(**values: Any) -> dict[str, Any]:
    names = {name: name.replace("_", "-") for name in values}
    return {"extension": [{"url": OURS + names[name], "valueString": value} for name, value in values.items()]}


class TestTheClinic:
    def test_is_the_organization_that_most_belong_to(self, planned: Any) -> None:
        it = planned(
            {
                "Organization/a": {"name": "A"},
                "Organization/b": {"name": "B Clinic"},
                "Location/1": SITE | {"managingOrganization": to("Organization/b")[0]},
            }
        )
        assert it.only("DefineClinic").name == "B Clinic"
        assert it.why("Organization/a") == "one load is one clinic: it is part of Organization/b"

    def test_is_the_first_by_name_if_nothing_tells_them_apart(self, planned: Any) -> None:
        assert (
            planned({"Organization/b": {"name": "B"}, "Organization/a": {"name": "A"}}).only("DefineClinic").name == "A"
        )

    def test_is_the_parent_and_not_its_parts(self, planned: Any) -> None:
        it = planned(
            {
                "Organization/ward": {"name": "Ward", "partOf": to("Organization/whole")[0]},
                "Organization/whole": {"name": "Whole"},
                "Location/1": SITE | {"managingOrganization": to("Organization/ward")[0]},
                "Location/2": SITE | {"managingOrganization": to("Organization/ward")[0]},
            }
        )
        assert it.only("DefineClinic").name == "Whole"

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ({"type": [{"coding": [{"code": "pay"}]}]}, "is a payer, not a clinic"),
            ({"type": [{"coding": [{"code": "ins"}]}]}, "is a payer, not a clinic"),
            ({"active": False}, "is not active"),
        ],
    )
    def test_is_no_payer_and_nothing_that_has_closed(self, planned: Any, body: dict[str, Any], why: str) -> None:
        it = planned({"Organization/a": body, "Organization/b": {"name": "B"}})
        assert (it.verdict("Organization/a"), it.why("Organization/a")) == ("skipped", why)
        assert it.only("DefineClinic").name == "B"

    def test_without_an_organization_has_the_name_that_was_given(self, planned: Any) -> None:
        assert planned({"Location/1": SITE}, hint="Harbour").only("DefineClinic").name == "Harbour"
        assert planned({"Location/1": SITE}).only("DefineClinic").name == "Clinic"

    def test_has_a_short_name_that_fits_an_address(self, planned: Any) -> None:
        it = planned({"Organization/a": {"name": "Clinica «Ștefan & Fiii» " + "x" * 300}})
        clinic = it.only("DefineClinic")
        assert clinic.slug.startswith("clinica-tefan-fiii-x")
        assert len(clinic.slug) <= 47
        assert len(clinic.name) == 255
        assert "name was cut to 255 characters" in it.why("Organization/a")

    def test_is_named_by_letters_even_if_it_has_none(self, planned: Any) -> None:
        assert planned({"Organization/a": {"name": "病院"}}).only("DefineClinic").slug.startswith("clinic-")


class TestLocations:
    def test_a_place_with_a_known_zone_is_taken_as_it_is(self, planned: Any) -> None:
        zone = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/timezone", "valueCode": "Asia/Tokyo"}]}
        lines = {"line": ["1 Main", "2nd floor"], "city": "Tokyo", "postalCode": "100", "state": "T", "country": "JP"}
        it = planned({"Location/1": {"name": "One", "address": lines} | zone})
        assert (it.verdict("Location/1"), it.why("Location/1")) == ("taken", "")
        location = it.only("DefineLocation")
        assert (location.location_id, location.name, location.time_zone) == (
            it.id_of("Location/1"),
            "One",
            "Asia/Tokyo",
        )
        assert list(location.address.lines) == ["1 Main", "2nd floor"]
        assert (location.address.city, location.address.postal_code) == ("Tokyo", "100")

    def test_an_address_that_is_too_long_is_cut_and_said_to_be(self, planned: Any) -> None:
        address = {"line": ["x" * 201, "2", "3", "4", "5", "6"], "city": "y" * 101, "postalCode": "9" * 21}
        it = planned({"Location/1": {"name": "One", "address": address}})
        found = it.only("DefineLocation").address
        assert [len(line) for line in found.lines] == [200, 1, 1, 1, 1]
        assert (len(found.city), len(found.postal_code)) == (100, 20)
        for said in (
            "has 6 address lines; only 5 were taken",
            "address line was cut to 200 characters",
            "city was cut to 100 characters",
            "postalCode was cut to 20 characters",
        ):
            assert said in it.why("Location/1")

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            (kind("ve"), "is a vehicle"),
            (kind("rd"), "is a road"),
            (kind("jdn"), "is a jurisdiction"),
            ({"mode": "kind"}, "is a kind of location, not one"),
        ],
    )
    def test_what_is_no_place_is_skipped(self, planned: Any, body: dict[str, Any], why: str) -> None:
        it = planned({"Location/1": SITE, "Location/2": SITE | body})
        assert (it.verdict("Location/2"), it.why("Location/2")) == ("skipped", why)
        assert it.only("DefineLocation").location_id == it.id_of("Location/1")

    @pytest.mark.parametrize("code", ["si", "bu", "wi", "lvl", "ho"])
    def test_every_other_kind_of_place_is_one(self, planned: Any, code: str) -> None:
        assert planned({"Location/1": SITE | kind(code)}).only("DefineLocation").name == "Main street"

    @pytest.mark.parametrize("status", ["inactive", "suspended"])
    def test_a_closed_place_is_kept_but_not_offered(self, planned: Any, status: str) -> None:
        it = planned({"Location/1": SITE, "Location/2": SITE | {"name": "Old", "status": status}, "Practitioner/1": {}})
        assert [x.name for x in it.all("DefineLocation") if x.inactive] == ["Old"]
        assert f"status is {status}: kept, but not offered" in it.why("Location/2")
        assert list(it.only("DefineSpecialist").location_ids) == [it.id_of("Location/1")]

    def test_without_any_the_clinic_is_one_itself(self, planned: Any) -> None:
        it = planned({"Organization/a": {"name": "A"}})
        assert it.only("DefineLocation").name == "A"
        assert "no Location is here, so it is one itself" in it.why("Organization/a")
        assert planned({}).only("DefineLocation").name == "Main"

    def test_two_of_one_name_are_told_apart(self, planned: Any) -> None:
        it = planned({"Location/1": SITE, "Location/2": SITE})
        assert [x.name for x in it.all("DefineLocation")] == ["Main street", "Main street (2)"]
        assert "another is called 'Main street'; its id was added" in it.why("Location/2")

    def test_a_description_serves_as_a_name_and_the_id_if_there_is_none(self, planned: Any) -> None:
        it = planned({"Location/1": {"description": "By the sea"}, "Location/2": {}})
        assert [x.name for x in it.all("DefineLocation")] == ["By the sea", "Location/2"]
        assert "has no name; it is called Location/2" in it.why("Location/2")


class TestRooms:
    @pytest.mark.parametrize("code", ["ro", "bd", "area", "wa", "ca"])
    def test_a_room_belongs_to_its_site(self, planned: Any, code: str) -> None:
        room = kind(code) | ours(room_type="gym") | {"name": "Gym 1", "partOf": to("Location/1")[0]}
        it = planned({"Location/1": SITE, "Location/2": room})
        found = it.only("DefineRoom")
        assert (found.name, found.room_type, found.location_id) == ("Gym 1", "gym", it.id_of("Location/1"))
        assert it.verdict("Location/2") == "taken"

    def test_a_bed_in_a_room_belongs_to_the_site_too(self, planned: Any) -> None:
        bodies = {
            "Location/1": SITE,
            "Location/2": kind("ro") | {"name": "Room", "partOf": to("Location/1")[0]},
            "Location/3": kind("bd") | {"name": "Bed", "partOf": to("Location/2")[0]},
        }
        it = planned(bodies)
        assert {x.location_id for x in it.all("DefineRoom")} == {it.id_of("Location/1")}

    @pytest.mark.parametrize("above", [{}, {"partOf": to("Location/gone")[0]}, {"partOf": to("Location/2")[0]}])
    def test_a_room_of_no_site_is_a_location_with_one_room(self, planned: Any, above: dict[str, Any]) -> None:
        it = planned({"Location/2": kind("ro") | {"name": "Alone"} | above})
        assert it.only("DefineLocation").name == it.only("DefineRoom").name == "Alone"
        assert it.only("DefineRoom").location_id == it.only("DefineLocation").location_id
        assert "it is a location with one room of its own" in it.why("Location/2")

    @pytest.mark.parametrize("body", [kind("ve"), {"mode": "kind"}])
    def test_a_room_of_no_place_stands_alone(self, planned: Any, body: dict[str, Any]) -> None:
        it = planned({"Location/1": SITE | body, "Location/2": kind("ro") | {"partOf": to("Location/1")[0]}})
        assert it.only("DefineRoom").location_id == it.only("DefineLocation").location_id == it.id_of("Location/2")

    def test_one_name_may_be_used_once_in_each_site(self, planned: Any) -> None:
        room = kind("ro") | {"name": "Room"}
        bodies = {"Location/1": SITE, "Location/2": SITE | {"name": "Other"}}
        bodies |= {f"Location/{n}": room | {"partOf": to(f"Location/{1 + n % 2}")[0]} for n in (3, 4, 5)}
        assert [x.name for x in planned(bodies).all("DefineRoom")] == ["Room", "Room", "Room (5)"]

    def test_a_closed_room_is_inactive(self, planned: Any) -> None:
        room = kind("ro") | {"name": "R", "status": "suspended", "partOf": to("Location/1")[0]}
        it = planned({"Location/1": SITE, "Location/2": room})
        assert it.only("DefineRoom").inactive
        assert it.why("Location/2") == "status is suspended: kept, but not offered"

    def test_names_too_long_stay_different(self, planned: Any) -> None:
        room = kind("ro") | {"name": "x" * 101, "partOf": to("Location/1")[0]}
        it = planned({"Location/1": SITE, "Location/2": room, "Location/3": room})
        assert [x.name for x in it.all("DefineRoom")] == ["x" * 100, "x" * 96 + " (3)"]
        assert "name was cut to 100 characters" in it.why("Location/3")

    def test_a_name_with_an_id_may_be_taken_too(self, planned: Any) -> None:
        room = kind("ro") | {"partOf": to("Location/1")[0]}
        names = {"Location/2": "Gym (4)", "Location/3": "Gym", "Location/4": "Gym"}
        it = planned({"Location/1": SITE} | {origin: room | {"name": name} for origin, name in names.items()})
        assert [x.name for x in it.all("DefineRoom")] == ["Gym (4)", "Gym", "Gym (2)"]

    def test_a_type_too_long_is_cut_and_said_to_be(self, planned: Any) -> None:
        room = kind("ro") | ours(room_type="x" * 51) | {"name": "R", "partOf": to("Location/1")[0]}
        it = planned({"Location/1": SITE, "Location/2": room})
        assert it.only("DefineRoom").room_type == "x" * 50
        assert it.why("Location/2") == "room-type was cut to 50 characters"
