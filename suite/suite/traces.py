"""Traces as trees: what `ambulo up --trace` recorded, for people to read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass
class Span:
    """One step of a trace. Times in milliseconds since the trace began."""

    id: str
    parent: str
    trace: str
    name: str
    process: str
    began: datetime
    took_ms: float
    failed: bool
    attributes: dict[str, Any]
    children: list["Span"] = field(default_factory=list)


def read(file: Path) -> list[Span]:
    """Every span, oldest first; a line that is still being written is left out."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            found.append(_span(json.loads(line)))
        except json.JSONDecodeError:
            continue
    return sorted(found, key=lambda span: span.began)


def _span(body: dict[str, Any]) -> Span:
    began, ended = (datetime.fromisoformat(body[name]) for name in ("start_time", "end_time"))
    return Span(
        id=body["context"]["span_id"],
        parent=body["parent_id"] or "",
        trace=body["context"]["trace_id"].removeprefix("0x"),
        name=body["name"],
        process=body["resource"]["attributes"]["service.name"],
        began=began,
        took_ms=(ended - began).total_seconds() * 1000,
        failed=body["status"]["status_code"] == "ERROR",
        attributes=body["attributes"],
    )


def trees(spans: list[Span]) -> list[Span]:
    """The roots, with their children below them; a span whose parent was not recorded is a root."""
    by_id = {span.id: span for span in spans}
    roots: list[Span] = []
    for span in spans:
        above = by_id.get(span.parent)
        (above.children if above is not None else roots).append(span)
    return roots


def of_request(spans: list[Span], wanted: str) -> list[Span]:
    """The spans of the trace in which a request id, or the trace's own id, occurs."""
    traces = {s.trace for s in spans if wanted in (s.trace, s.attributes.get("request_id"))}
    return [span for span in spans if span.trace in traces]


def lines(root: Span) -> Iterator[str]:
    """The tree as text: when after its begin, how long, what, where."""

    def below(span: Span, depth: int) -> Iterator[str]:
        at = (span.began - root.began).total_seconds() * 1000
        what = span.attributes.get("statement") or span.attributes.get("path") or ""
        mark = " FAILED" if span.failed else ""
        yield f"{at:9.2f} {span.took_ms:9.2f} ms  {'  ' * depth}{span.name} {what}{mark}  [{span.process}]"[:200]
        for child in span.children:
            yield from below(child, depth + 1)

    yield from below(root, 0)
