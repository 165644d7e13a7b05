"""Rules of locations."""

from chassis.clock import zone_exists
from chassis.errors import FieldViolation

from catalog.domain.errors import UnknownTimeZone


def require_zone(name: str) -> None:
    """IANA names only: what an offset means changes with the season."""
    if not zone_exists(name):
        raise UnknownTimeZone(
            f"{name!r} is no IANA time zone; one looks like Europe/Bucharest",
            fields=[FieldViolation("time_zone", "must be an IANA time zone, such as Europe/Bucharest")],
        )
