"""Spans nest, go on where a remote trace began, and end in a file; no failure's message gets into them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from tracing import continued, current_trace_id, headers, recording, span

REMOTE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = REMOTE[:-2] + "00"

TRACED = """
import sys
from tracing import configure_traces, continued, shutdown_traces, span

configure_traces("booking")
configure_traces("again")
with continued({"traceparent": sys.argv[1]}), span("book", clinic="north"), span("insert"):
    pass
shutdown_traces()
"""


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Every span is recorded here; the process's own tracer is left alone."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("tracing.spans._tracer", provider.get_tracer("test"))
    return exporter


def by_name(ended: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {each.name: each for each in ended.get_finished_spans()}


class TestSpans:
    def test_nest(self, ended: InMemorySpanExporter) -> None:
        with span("outer"):
            with span("inner"):
                pass
            with span("sibling"):
                pass
        spans = by_name(ended)
        outer = spans["outer"]
        assert outer.parent is None
        for child in (spans["inner"], spans["sibling"]):
            assert child.parent is not None
            assert child.parent.span_id == outer.context.span_id
            assert child.context.trace_id == outer.context.trace_id

    def test_carry_their_kind_and_what_is_said_of_them(self, ended: InMemorySpanExporter) -> None:
        with span("SELECT", kind=SpanKind.CLIENT, table="appointments", rows=3) as current:
            current.set_attribute("cached", value=False)
        found = by_name(ended)["SELECT"]
        assert found.kind is SpanKind.CLIENT
        assert dict(found.attributes or {}) == {"table": "appointments", "rows": 3, "cached": False}

    def test_name_the_current_trace(self, ended: InMemorySpanExporter) -> None:
        assert not recording()
        assert current_trace_id() == ""
        with span("outer"):
            assert recording()
            seen = current_trace_id()
        assert re.fullmatch("[0-9a-f]{32}", seen)
        assert int(seen, 16) == by_name(ended)["outer"].context.trace_id

    @pytest.mark.parametrize("flags", ["00", "02"])
    def test_of_a_trace_that_is_not_recorded_are_not_made(self, ended: InMemorySpanExporter, flags: str) -> None:
        parent = UNSAMPLED[:-2] + flags
        with continued({"traceparent": parent}), span("outer"), span("inner"):
            assert not recording()
            assert headers()["traceparent"] == parent
        assert by_name(ended) == {}

    def test_of_two_blocks_belong_to_two_traces(self, ended: InMemorySpanExporter) -> None:
        with span("one"):
            pass
        with span("other"):
            pass
        assert len({each.context.trace_id for each in ended.get_finished_spans()}) == 2

    def test_keep_of_a_failure_its_class_and_never_its_message(self, ended: InMemorySpanExporter) -> None:
        with pytest.raises(LookupError), span("outer"), span("inner"):
            raise LookupError("no patient Zoe Miller")
        for found in ended.get_finished_spans():
            assert found.status.status_code is StatusCode.ERROR
            assert found.status.description == "LookupError"
            assert "Zoe" not in found.to_json()

    def test_of_what_succeeds_are_no_errors(self, ended: InMemorySpanExporter) -> None:
        with span("fine"):
            pass
        assert by_name(ended)["fine"].status.status_code is StatusCode.UNSET


class TestRemoteTraces:
    @pytest.mark.parametrize("flags", ["01", "03"])
    def test_are_joined(self, ended: InMemorySpanExporter, flags: str) -> None:
        with continued({"traceparent": REMOTE[:-2] + flags}), span("here"):
            assert current_trace_id() == REMOTE[3:35]
        parent = by_name(ended)["here"].parent
        assert parent is not None
        assert parent.is_remote
        assert f"{parent.span_id:016x}" == REMOTE[36:52]

    def test_are_left_again(self, ended: InMemorySpanExporter) -> None:
        with pytest.raises(LookupError), continued({"traceparent": REMOTE}):
            raise LookupError
        assert current_trace_id() == ""

    def test_are_joined_by_whoever_gets_our_headers(self, ended: InMemorySpanExporter) -> None:
        with span("sender"):
            sent = headers()
        with continued(sent), span("receiver"):
            pass
        spans = by_name(ended)
        parent = spans["receiver"].parent
        assert parent is not None
        assert parent.span_id == spans["sender"].context.span_id
        assert spans["receiver"].context.trace_id == spans["sender"].context.trace_id

    @pytest.mark.parametrize("parent", [REMOTE, UNSAMPLED])
    @pytest.mark.parametrize("state", [{}, {"tracestate": "vendor=1"}])
    def test_are_passed_on_as_they_came(self, ended: InMemorySpanExporter, parent: str, state: dict[str, str]) -> None:
        carrier = {"traceparent": parent} | state
        with continued(carrier):
            assert headers() == carrier

    def test_are_passed_on_without_what_else_a_client_has_sent(self, ended: InMemorySpanExporter) -> None:
        with continued({"traceparent": REMOTE, "baggage": "patient=zoe"}):
            assert headers() == {"traceparent": REMOTE}

    def test_need_headers_and_outside_a_trace_there_are_none(self, ended: InMemorySpanExporter) -> None:
        assert headers() == {}

    @pytest.mark.parametrize(
        "nonsense",
        [
            "",
            "hello",
            "00-" + "0" * 32 + "-b7ad6b7169203331-01",
            "00-" + "0" * 32 + "-b7ad6b7169203331-00",
            REMOTE[:-5],
        ],
    )
    def test_that_make_no_sense_are_replaced_by_one_of_our_own(
        self, ended: InMemorySpanExporter, nonsense: str
    ) -> None:
        with continued({"traceparent": nonsense}), span("here"):
            assert current_trace_id() not in ("", REMOTE[3:35])
        assert by_name(ended)["here"].parent is None


def traced(tmp_path: Path, traceparent: str, **environment: str) -> list[dict[str, Any]]:
    """What a process of its own writes into its TRACE_FILE: traces are configured once per process."""
    file = tmp_path / "traces.jsonl"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    subprocess.run(
        [sys.executable, "-W", "error", "-c", TRACED, traceparent],
        check=True,
        env=inherited | {"TRACE_FILE": str(file)} | environment,
    )
    return [json.loads(line) for line in file.read_text().splitlines()]


class TestTraceFile:
    def test_receives_each_span_as_a_line_of_json(self, tmp_path: Path) -> None:
        inner, outer = traced(tmp_path, REMOTE)
        assert (inner["name"], outer["name"]) == ("insert", "book")
        assert inner["parent_id"] == outer["context"]["span_id"]
        assert outer["parent_id"] == f"0x{REMOTE[36:52]}"
        assert {each["context"]["trace_id"] for each in (inner, outer)} == {f"0x{REMOTE[3:35]}"}
        assert outer["attributes"] == {"clinic": "north"}
        assert outer["resource"]["attributes"]["service.name"] == "booking"

    def test_keeps_what_was_there(self, tmp_path: Path) -> None:
        assert len(traced(tmp_path, REMOTE)) == 2
        assert len(traced(tmp_path, REMOTE)) == 4

    def test_receives_nothing_of_a_trace_that_its_sender_does_not_record(self, tmp_path: Path) -> None:
        assert traced(tmp_path, UNSAMPLED) == []

    def test_receives_everything_when_the_sampler_says_so(self, tmp_path: Path) -> None:
        assert len(traced(tmp_path, "", OTEL_TRACES_SAMPLER="always_on")) == 2
