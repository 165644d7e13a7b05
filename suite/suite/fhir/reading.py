"""Files to resources: a Bundle, one resource, NDJSON, or a folder of them. What cannot be read is reported."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from suite.fhir.report import Outcome
from suite.fhir.values import text

_LARGEST: Final = 50 * 1024 * 1024


@dataclass(frozen=True)
class Resource:
    """One FHIR resource. `origin` is how people call it: Practitioner/example."""

    type: str
    id: str
    body: dict[str, Any]
    urls: frozenset[str]

    @property
    def origin(self) -> str:
        return f"{self.type}/{self.id}"


def read(path: Path) -> tuple[list[Resource], list[Outcome]]:
    """Every resource found, in the order of their names, and an outcome for each file or line that is none."""
    found: dict[str, Resource] = {}
    unreadable: list[Outcome] = []
    files = sorted(p for p in path.rglob("*") if p.suffix in (".json", ".ndjson")) if path.is_dir() else [path]
    for file in files:
        try:
            parts = _parts(file)
        except (OSError, ValueError) as error:
            unreadable.append(_no_json(file.name, error))
            continue
        for where, content in parts:
            try:
                body = json.loads(content)
            except (ValueError, RecursionError) as error:
                unreadable.append(_no_json(where, error))
            else:
                _gather(body, "", where, found, unreadable)
    return [found[origin] for origin in sorted(found)], unreadable


def _parts(file: Path) -> list[tuple[str, bytes]]:
    """What to parse, and how to call it: the file, or each line of NDJSON."""
    if file.stat().st_size > _LARGEST:
        raise ValueError(f"is larger than {_LARGEST >> 20} MB")
    content = file.read_bytes()
    if file.suffix != ".ndjson":
        return [(file.name, content)]
    # Only \n ends a line: splitlines() also splits at U+2028, which may be inside a JSON string.
    return [(f"{file.name} line {n}", line) for n, line in enumerate(content.split(b"\n"), 1) if line.strip()]


def _no_json(where: str, error: Exception) -> Outcome:
    # Of NDJSON the parser sees one line at a time and calls each of them line 1.
    return Outcome(where, "skipped", f"cannot be read as JSON: {error}".replace("line 1 column", "column"))


def _gather(body: object, url: str, where: str, found: dict[str, Resource], unreadable: list[Outcome]) -> None:
    type_ = _clean(body.get("resourceType")) if isinstance(body, dict) else ""
    if not isinstance(body, dict) or not type_:
        unreadable.append(Outcome(where, "skipped", "is no FHIR resource: it has no resourceType"))
        return
    if type_ == "Bundle":
        entries = body.get("entry")
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and "resource" in entry:
                _gather(entry["resource"], _clean(entry.get("fullUrl")), where, found, unreadable)
            else:
                unreadable.append(Outcome(where, "skipped", "has a Bundle entry without a resource"))
        return
    name = _clean(body.get("id")) or url.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    if not name:
        unreadable.append(Outcome(where, "skipped", f"has a {type_} without id or fullUrl"))
        return
    resource = Resource(type_, name, body, frozenset({url} - {""}))
    known = found.setdefault(resource.origin, resource)
    found[resource.origin] = replace(known, urls=known.urls | resource.urls)
    if known.body != body:
        why = f"comes again in {where} with other content; the first counts"
        unreadable.append(Outcome(resource.origin, "skipped", why))


def _clean(value: object) -> str:
    return text({"_": value}, "_") if isinstance(value, str) else ""
