"""Rules of services."""

from collections.abc import Sequence
from datetime import date

from chassis.errors import FieldViolation, Invalid


def require_price(amount_minor: int) -> None:
    """Nothing may be free, but nobody is paid for coming."""
    if amount_minor < 0:
        raise Invalid(fields=[FieldViolation("price.amount_minor", "must not be negative")])


def require_blackout(first: date, last: date, field: str) -> None:
    if last < first:
        raise Invalid(fields=[FieldViolation(field, f"must not be before {first}")])


def require_one_text_per_language(languages: Sequence[str]) -> None:
    """Tags of BCP 47 differ in more than case."""
    seen: set[str] = set()
    for n, language in enumerate(languages):
        if language.lower() in seen:
            raise Invalid(fields=[FieldViolation(f"translations[{n}].language", f"{language} is there twice")])
        seen.add(language.lower())
