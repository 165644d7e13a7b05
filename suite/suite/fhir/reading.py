"""Files to resources: a Bundle, one resource, NDJSON, or a folder of them. What cannot be read is reported."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from suite.fhir.report import Outcome

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
    """Every resource found, in the order of their names, and an outcome for each file that is none."""
    found: dict[str, Resource] = {}
    unreadable: list[Outcome] = []
    files = sorted(p for p in path.rglob("*") if p.suffix in (".json", ".ndjson")) if path.is_dir() else [path]
    for file in files:
        try:
            if file.stat().st_size > _LARGEST:
                raise ValueError(f"is larger than {_LARGEST >> 20} MB")
            text = file.read_text(encoding="utf-8-sig")
            lines = [line for line in text.splitlines() if line.strip()] if file.suffix == ".ndjson" else [text]
            bodies = [json.loads(line) for line in lines]
        except (OSError, ValueError, RecursionError) as error:
            unreadable.append(Outcome(file.name, "skipped", f"cannot be read as JSON: {error}"))
            continue
        for body in bodies:
            _gather(body, "", file.name, found, unreadable)
    return [found[origin] for origin in sorted(found)], unreadable


def _gather(body: object, url: str, file: str, found: dict[str, Resource], unreadable: list[Outcome]) -> None:
    if not isinstance(body, dict) or not isinstance(body.get("resourceType"), str):
        unreadable.append(Outcome(file, "skipped", "is no FHIR resource: it has no resourceType"))
        return
    if body["resourceType"] == "Bundle":
        entries = body.get("entry")
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and "resource" in entry:
                _gather(entry["resource"], str(entry.get("fullUrl") or ""), file, found, unreadable)
            else:
                unreadable.append(Outcome(file, "skipped", "has a Bundle entry without a resource"))
        return
    id_ = body.get("id")
    name = id_ if isinstance(id_, str) and id_ else url.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    if not name:
        unreadable.append(Outcome(file, "skipped", f"has a {body['resourceType']} without id or fullUrl"))
        return
    resource = Resource(body["resourceType"], name, body, frozenset({url} - {""}))
    known = found.setdefault(resource.origin, resource)
    if known.body != body:
        why = f"comes again in {file} with other content; the first counts"
        unreadable.append(Outcome(resource.origin, "skipped", why))
