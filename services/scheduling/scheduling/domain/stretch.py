"""A time in which something is different: time off, an extra opening, downtime."""

from datetime import datetime, timedelta
from typing import Final

from chassis.errors import FieldViolation

from scheduling.domain.errors import EndsBeforeStart, TooLong

LONGEST: Final = timedelta(days=400)


def require_stretch(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        wrong = FieldViolation("ends_at", "must be after start")
        raise EndsBeforeStart("Let the end be after the start", fields=[wrong])
    if ends_at - starts_at > LONGEST:
        wrong = FieldViolation("ends_at", f"must be at most {LONGEST.days} days after start")
        raise TooLong(f"Let it end within {LONGEST.days} days, or make two of it", fields=[wrong])
