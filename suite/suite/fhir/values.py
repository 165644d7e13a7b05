"""Reading values out of resources that may be wrong anywhere: never raises, says what it could not use."""

import re
from datetime import date, datetime, time
from typing import Any, Final

_EXTENSION: Final = "https://ambulo.example/fhir/StructureDefinition/"
_ZONE: Final = ("http://hl7.org/fhir/StructureDefinition/timezone", "http://hl7.org/fhir/StructureDefinition/tz-code")


def items(body: Any, field: str) -> list[dict[str, Any]]:
    """The objects of a list; one alone counts as a list of one."""
    found = body.get(field) if isinstance(body, dict) else None
    listed = found if isinstance(found, list) else [found]
    return [each for each in listed if isinstance(each, dict)]


def text(body: Any, *path: str) -> str:
    """A string at a path, without surrounding blanks and control characters; empty if there is none."""
    for field in path:
        body = body.get(field) if isinstance(body, dict) else None
        if isinstance(body, list):
            body = body[0] if body else None
    if isinstance(body, bool) or not isinstance(body, (str, int, float)):
        return ""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", " ", str(body)).strip()


def texts(body: Any, field: str) -> list[str]:
    found = body.get(field) if isinstance(body, dict) else None
    return [t for each in (found if isinstance(found, list) else [found]) if (t := text({"_": each}, "_"))]


def concept(body: Any, field: str) -> str:
    """A CodeableConcept in words: its text, or the display or code of its first coding."""
    for each in items(body, field):
        coding = (items(each, "coding") or [{}])[0]
        found = text(each, "text") or text(coding, "display") or text(coding, "code")
        if found:
            return found
    return ""


def codes(body: Any, field: str) -> set[str]:
    return {text(c, "code") for each in items(body, field) for c in items(each, "coding")} - {""}


def meanings(body: Any, field: str) -> set[tuple[str, str]]:
    """All that CodeableConcepts say: codes with their systems, and words in lower case."""
    concepts = items(body, field)
    codings = [c for each in concepts for c in items(each, "coding")]
    words = {text(each, "text") for each in concepts} | {text(c, "display") for c in codings}
    found = {("", word.lower()) for word in words} | {(text(c, "system"), text(c, "code")) for c in codings}
    return {(system, said) for system, said in found if said}


def references(body: Any, field: str) -> list[str]:
    return [r for each in items(body, field) if (r := text(each, "reference"))]


def extension(body: Any, name: str) -> str:
    """One of ours, by its short name."""
    for each in items(body, "extension"):
        if text(each, "url") == _EXTENSION + name:
            return text(each, "valueString") or text(each, "valueInteger")
    return ""


def zone_extension(body: Any) -> str:
    for each in items(body, "extension"):
        if text(each, "url") in _ZONE:
            return text(each, "valueCode") or text(each, "valueString")
    return ""


def a_date(value: str) -> date | None:
    """Only a full one."""
    try:
        return date.fromisoformat(value) if len(value) == 10 else None  # YYYY-MM-DD
    except ValueError:
        return None


def a_moment(value: str) -> datetime | None:
    """With its offset, if it has one; a bare date is its midnight, naive."""
    try:
        return datetime.fromisoformat(value) if value else None
    except ValueError:
        return None


def a_minute(value: str) -> int | None:
    """Of the day: 0 to 1440."""
    if value.startswith("24:00"):
        return 24 * 60
    try:
        found = time.fromisoformat(value)
    except ValueError:
        return None
    return found.hour * 60 + found.minute


def human_name(body: Any, field: str = "name") -> tuple[str, str, str]:
    """(given, family, whole) of the best of a resource's names."""
    order = {"official": 0, "usual": 1, "": 2, "nickname": 3, "anonymous": 4, "maiden": 5, "temp": 6, "old": 7}
    names = sorted(items(body, field), key=lambda n: order.get(text(n, "use"), 8))
    for name in names:
        given, family = " ".join(texts(name, "given")), text(name, "family")
        spelled = " ".join([*texts(name, "prefix"), given, family, *texts(name, "suffix")])
        whole = text(name, "text") or " ".join(spelled.split())
        if whole:
            if not family:
                given, _, family = whole.rpartition(" ")
            return given, family, whole
    return "", "", ""
