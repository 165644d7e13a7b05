"""Rules of what specialists prefer."""

from collections.abc import Sequence

from chassis.errors import FieldViolation, Invalid

from catalog.domain.errors import EndsBeforeStart


def require_one_per_service(service_ids: Sequence[str]) -> None:
    """Two for one service (or two for all) could not both be what counts."""
    seen: set[str] = set()
    for n, service_id in enumerate(service_ids):
        if service_id in seen:
            what = f"service {service_id}" if service_id else "all services"
            raise Invalid(fields=[FieldViolation(f"preferences[{n}].service_id", f"{what} is there twice")])
        seen.add(service_id)


def require_window(starts: int, ends: int, field: str) -> None:
    """In minutes of one day: a wish for the night is two windows."""
    if ends <= starts:
        raise EndsBeforeStart(fields=[FieldViolation(field, "must be after start")])
