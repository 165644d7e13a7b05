"""Which time zone a place is in: as it says, from its address, or the clinic's."""

from typing import Any

import pytest
from suite.fhir.zones import country_of, zone_of

TIMEZONE = "http://hl7.org/fhir/StructureDefinition/timezone"
TZ_CODE = "http://hl7.org/fhir/StructureDefinition/tz-code"


def said(zone: str, url: str = TIMEZONE, key: str = "valueCode") -> dict[str, Any]:
    return {"extension": [{"url": url, key: zone}]}


def at(country: str = "", state: str = "") -> dict[str, Any]:
    return {"address": [{"country": country, "state": state}]}


@pytest.mark.parametrize(
    ("country", "state", "zone"),
    [
        ("US", "NY", "America/New_York"),
        ("USA", "MI", "America/New_York"),
        ("United States", "tx", "America/Chicago"),
        ("US", "CO", "America/Denver"),
        ("US", "AZ", "America/Phoenix"),
        ("US", "WA", "America/Los_Angeles"),
        ("US", "HI", "Pacific/Honolulu"),
        ("CA", "BC", "America/Vancouver"),
        ("Canada", "NL", "America/St_Johns"),
        ("CA", "ON", "America/Toronto"),
        ("", "AB", "America/Edmonton"),
        ("AU", "NSW", "Australia/Sydney"),
        ("AUS", "WA", "Australia/Perth"),
        ("Australia", "NT", "Australia/Darwin"),
        ("AU", "SA", "Australia/Adelaide"),
        ("", "CA", "America/Los_Angeles"),
        ("", "Vic", "Australia/Melbourne"),
        ("RO", "", "Europe/Bucharest"),
        ("România", "CJ", "Europe/Bucharest"),
        ("NLD", "", "Europe/Amsterdam"),
        ("Germany", "DE", "Europe/Berlin"),
        ("UK", "", "Europe/London"),
        ("JP", "", "Asia/Tokyo"),
        ("IN", "", "Asia/Kolkata"),
        ("US", "", ""),
        ("US", "New York", ""),
        ("AU", "", ""),
        ("CA", "", ""),
        ("Atlantis", "NY", ""),
        ("", "", ""),
    ],
)
def test_an_address_tells_the_zone_only_where_there_is_no_doubt(country: str, state: str, zone: str) -> None:
    assert zone_of(at(country, state)) == zone


@pytest.mark.parametrize("body", [{}, {"address": []}, {"address": "here"}, {"address": [None, {"country": ["?"]}]}])
def test_no_address_tells_nothing(body: dict[str, Any]) -> None:
    assert (zone_of(body), country_of(body)) == ("", "")


def test_the_first_address_that_tells_counts() -> None:
    assert zone_of({"address": [{"city": "Ulm"}, {"country": "DE"}, {"country": "FR"}]}) == "Europe/Berlin"


@pytest.mark.parametrize(
    ("country", "state", "code"),
    [
        ("ro", "", "RO"),
        ("England", "", "GB"),
        ("", "NY", "US"),
        ("", "Vic", "AU"),
        ("", "ON", "CA"),
        ("", "BC", "CA"),
        ("Atlantis", "NY", ""),
        ("", "", ""),
    ],
)
def test_an_address_tells_the_country(country: str, state: str, code: str) -> None:
    assert country_of(at(country, state)) == code


class TestOfALocation:
    @pytest.mark.parametrize("key", ["valueCode", "valueString"])
    @pytest.mark.parametrize("url", [TIMEZONE, TZ_CODE])
    def test_what_it_says_itself_comes_first(self, planned: Any, url: str, key: str) -> None:
        it = planned({"Location/1": {"name": "One"} | at("RO") | said("Asia/Tokyo", url, key)})
        assert it.only("DefineLocation").time_zone == "Asia/Tokyo"
        assert it.verdict("Location/1") == "taken"

    def test_then_comes_its_address(self, planned: Any) -> None:
        it = planned({"Organization/1": said("Asia/Tokyo"), "Location/1": {"name": "One"} | at("RO")})
        assert it.only("DefineLocation").time_zone == "Europe/Bucharest"
        assert it.why("Location/1") == "time zone Europe/Bucharest from its address"

    def test_then_the_clinic(self, planned: Any) -> None:
        it = planned({"Organization/1": said("Asia/Tokyo"), "Location/1": {"name": "One"}})
        assert it.only("DefineLocation").time_zone == "Asia/Tokyo"
        assert it.why("Location/1") == "time zone Asia/Tokyo from the clinic"

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "EST5", "europe/bucharest", "../etc/passwd"])
    def test_a_zone_that_does_not_exist_is_named_and_not_used(self, planned: Any, zone: str) -> None:
        it = planned({"Location/1": {"name": "One"} | at("RO") | said(zone)})
        assert it.only("DefineLocation").time_zone == "Europe/Bucharest"
        assert it.why("Location/1").startswith(f"time zone {zone!r} does not exist; ")

    def test_two_sites_of_a_clinic_may_be_hours_apart(self, planned: Any) -> None:
        bodies = {"Location/1": {"name": "East"} | at("US", "NY"), "Location/2": {"name": "West"} | at("US", "CA")}
        zones = {x.name: x.time_zone for x in planned(bodies).all("DefineLocation")}
        assert zones == {"East": "America/New_York", "West": "America/Los_Angeles"}


class TestOfTheClinic:
    @pytest.mark.parametrize(
        ("bodies", "zone", "why"),
        [
            ({"Organization/1": said("Asia/Tokyo") | at("RO")}, "Asia/Tokyo", ""),
            ({"Organization/1": at("RO")}, "Europe/Bucharest", "time zone Europe/Bucharest from an address"),
            ({"Organization/1": said("nowhere") | at("RO")}, "Europe/Bucharest", "from an address"),
            ({"Organization/1": {}, "Location/1": said("Asia/Tokyo")}, "Asia/Tokyo", "from an address"),
            ({"Organization/1": {}, "Location/1": {}, "Location/2": at("FR")}, "Europe/Paris", "from an address"),
            ({"Organization/1": {}}, "UTC", "time zone UTC assumed: nothing says which"),
        ],
    )
    def test_is_its_own_or_that_of_a_place(self, planned: Any, bodies: dict[str, Any], zone: str, why: str) -> None:
        it = planned(bodies)
        assert it.only("DefineClinic").time_zone == zone
        assert why in it.why("Organization/1")
        assert ("time zone" in it.why("Organization/1")) == bool(why)

    @pytest.mark.parametrize(("given", "zone"), [("Asia/Tokyo", "Asia/Tokyo"), ("nowhere", "UTC"), ("", "UTC")])
    def test_is_the_one_that_was_given_if_nothing_says(self, planned: Any, given: str, zone: str) -> None:
        assert planned({"Organization/1": {}}, zone=given).only("DefineClinic").time_zone == zone

    def test_what_was_given_does_not_overrule_an_address(self, planned: Any) -> None:
        assert (
            planned({"Organization/1": at("RO")}, zone="Asia/Tokyo").only("DefineClinic").time_zone
            == "Europe/Bucharest"
        )
