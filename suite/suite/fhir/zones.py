"""Which time zone a place is in, from its address, where nobody says."""

from functools import cache
from importlib import resources
from typing import Any, Final

from chassis.clock import zone_exists

from suite.fhir.values import items, text

_STATES: Final = {
    "America/New_York": "CT DE DC FL GA IN KY ME MD MA MI NH NJ NY NC OH PA RI SC VT VA WV",
    "America/Chicago": "AL AR IL IA KS LA MN MS MO NE ND OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Toronto": "ON QC",
    "America/Winnipeg": "MB",
    "America/Edmonton": "AB",
    "America/Vancouver": "BC",
    "America/Regina": "SK",
    "America/Halifax": "NB NS PE",
    "America/St_Johns": "NL",
    "Australia/Sydney": "NSW ACT",
    "Australia/Melbourne": "VIC",
    "Australia/Brisbane": "QLD",
    "Australia/Adelaide": "SA",
    "Australia/Perth": "AU-WA",
    "Australia/Hobart": "TAS",
    "Australia/Darwin": "AU-NT",
}
_BY_STATE: Final = {state: zone for zone, states in _STATES.items() for state in states.split()}
_NAMES: Final = {
    "AUS": "AU", "AUSTRALIA": "AU", "CAN": "CA", "CANADA": "CA", "CHE": "CH", "DEU": "DE", "DEUTSCHLAND": "DE",
    "FRA": "FR", "GBR": "GB", "GERMANY": "DE", "NEDERLAND": "NL", "NETHERLANDS": "NL", "NLD": "NL", "ROMANIA": "RO",
    "ROU": "RO", "ROMÂNIA": "RO", "UK": "GB", "ENGLAND": "GB", "UNITED KINGDOM": "GB", "UNITED STATES": "US",
    "UNITED STATES OF AMERICA": "US", "USA": "US",
}  # fmt: skip


def zone_of(body: dict[str, Any]) -> str:
    """From the addresses of a resource; empty if they do not tell."""
    for address in items(body, "address"):
        country = text(address, "country").upper()
        country = _NAMES.get(country, country)
        state = text(address, "state").upper()
        found = _BY_STATE.get(f"{country}-{state}") or _BY_STATE.get(state if country in ("US", "CA", "AU", "") else "")
        if not found and country not in ("US", "CA", "AU"):
            found = _by_country().get(country)
        if found and zone_exists(found):
            return found
    return ""


def country_of(body: dict[str, Any]) -> str:
    """ISO 3166 code of the first address that tells."""
    for address in items(body, "address"):
        country = text(address, "country").upper()
        country = _NAMES.get(country, country)
        if country in _by_country():
            return country
        if not country and (zone := _BY_STATE.get(text(address, "state").upper())):
            return _by_zone()[zone]
    return ""


@cache
def _by_country() -> dict[str, str]:
    """The first zone of each country in the time zone database: its capital or most populous one."""
    return {country: zone for zone, country in reversed(_by_zone().items())}


@cache
def _by_zone() -> dict[str, str]:
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {zone: country for country, _, zone, *_ in rows}
