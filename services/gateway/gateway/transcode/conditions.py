"""If-Match (RFC 9110 section 13.1.1): which versions a client has seen. Our ETags are versions."""

import re
from typing import Final

from chassis.errors import FieldViolation, Invalid, Stale

VERSION: Final = "expected_version"

_ANY: Final = 0
_TAG: Final = re.compile(r'(?:W/)?"([!#-~\x80-\xff]*)"')
_OURS: Final = re.compile(r"[1-9][0-9]{0,14}")
_MOST: Final = 10
"""Each is asked for by itself."""


def versions_of(if_match: str) -> list[int]:
    """The newest first; 0 if any will do. Stale if all it names are somebody else's: none of them can be here."""
    if if_match.strip() == "*":
        return [_ANY]
    tags = _TAG.findall(if_match)
    elements = {element.strip() for element in _TAG.sub('""', if_match).split(",")}
    if not tags or not elements <= {"", '""'}:
        raise _invalid('must be an ETag that was read before, such as "3"')
    found = sorted({int(tag) for tag in tags if _OURS.fullmatch(tag)}, reverse=True)
    if not found:
        raise Stale("It has never been at a version with this ETag; read it again")
    if len(found) > _MOST:
        raise _invalid(f"names more than {_MOST} versions")
    return found


def _invalid(what: str) -> Invalid:
    return Invalid(what, fields=[FieldViolation(VERSION, what)])
