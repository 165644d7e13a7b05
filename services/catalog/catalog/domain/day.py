"""Days and times of day as people write them."""

from datetime import date
from typing import Final

from chassis.errors import FieldViolation, Invalid

from catalog.domain.errors import NoSuchDay

_DAY: Final = 24 * 60


def day_of(year: int, month: int, day: int, field: str, failure: type[Invalid] = NoSuchDay) -> date:
    """A day of the calendar; `failure` if there is none, or if a part of it is missing."""
    try:
        return date(year, month, day)
    except ValueError:
        wrong = f"{year:04}-{month:02}-{day:02} is no day of the calendar"
        raise failure(wrong, fields=[FieldViolation(field, wrong)]) from None


def minute_of(hours: int, minutes: int, seconds: int, nanos: int, field: str) -> int:
    """Minutes since midnight, 24:00 included."""
    minute = hours * 60 + minutes
    if seconds or nanos or not (0 <= hours <= 24 and 0 <= minutes < 60 and minute <= _DAY):
        raise Invalid(fields=[FieldViolation(field, "must be a time of day in whole minutes, 00:00 to 24:00")])
    return minute
