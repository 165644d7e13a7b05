"""Rules of patients: names that can be found, numbers that can be dialled, dates that can be."""

import re
import unicodedata
from datetime import date

import phonenumbers
from chassis.errors import FieldViolation, Invalid

from people.domain.errors import BirthDateInFuture, PhoneNotValid

_STROKES = str.maketrans({
    "ł": "l", "đ": "d", "ø": "o", "ı": "i", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ð": "d",  # noqa: RUF001
})  # fmt: skip
"""Letters that Unicode does not take apart, as people type them who have no such key."""


_FEWEST_DIGITS = 4


def e164(phone: str, country: str) -> str:
    """As +40721000000; `country` helps with numbers written without their prefix. Empty stays empty."""
    if not phone:
        return ""
    region = country.upper() if len(country) == 2 else None  # ISO 3166-1 alpha-2
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        wanted = "must be a telephone number with its country's prefix, such as +40 721 000 000"
        raise PhoneNotValid(wanted, fields=[FieldViolation("phone", wanted)])
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def birth_date(year: int, month: int, day: int, today: date) -> date:
    try:
        born = date(year, month, day)
    except ValueError:
        raise Invalid(fields=[FieldViolation("birth_date", "must be a date, YYYY-MM-DD")]) from None
    if born > today:
        raise BirthDateInFuture(fields=[FieldViolation("birth_date", "is in the future")])
    if born.year < 1850:
        raise Invalid(fields=[FieldViolation("birth_date", "is too long ago")])
    return born


def folded(text: str) -> str:
    """Without accents and case, one space between words: how names are compared."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().translate(_STROKES).split())


def dialled(text: str) -> set[str]:
    """The digits by which a telephone number may be found, with and without what is dialled before it; few find all."""
    if not re.fullmatch(r"[\d\s()+./-]*", text):
        return set()
    number = "".join(c for c in text if c.isdigit())
    return {n for n in (number, number.removeprefix("00"), number.removeprefix("0")) if len(n) >= _FEWEST_DIGITS}
