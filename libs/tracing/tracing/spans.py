"""Spans with OpenTelemetry. Sampling and export follow the standard OTEL_ variables; TRACE_FILE writes JSON lines."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBasedTraceIdRatio, Sampler
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags

_DEFAULT_RATIO = 0.1

_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-(0[0-3])")
"""With the flags of level 2: recorded, and made at random."""

_tracer = trace.get_tracer("ambulo")
_configured: list[TracerProvider] = []


def configure_traces(process: str) -> None:
    """Once per process. Where somebody collects them, ten in a hundred traces are recorded unless OTEL_TRACES_SAMPLER
    says otherwise; else none, and their ids go through calls and logs all the same."""
    if _configured:
        return
    provider = TracerProvider(resource=Resource.create({"service.name": process}), sampler=_sampler())
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    if path := os.environ.get("TRACE_FILE"):
        lines = Path(path).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115  # open for the life of the process
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=lines, formatter=_line)))
    trace.set_tracer_provider(provider)
    _configured.append(provider)


def _sampler() -> Sampler | None:
    """None: as the variables say."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") and not os.environ.get("TRACE_FILE"):
        return ALWAYS_OFF
    return None if os.environ.get("OTEL_TRACES_SAMPLER") else ParentBasedTraceIdRatio(_DEFAULT_RATIO)


def shutdown_traces() -> None:
    """Send what is still waiting."""
    while _configured:
        _configured.pop().shutdown()


def _line(span: ReadableSpan) -> str:
    return f"{span.to_json(indent=None)}\n"


@contextmanager
def span(name: str, *, kind: SpanKind = SpanKind.INTERNAL, **attributes: str | float) -> Iterator[Span]:
    """A span around a block; an exception that leaves it is recorded by class only, since messages may name people."""
    parent = trace.get_current_span()
    if (known := parent.get_span_context()).is_valid and not known.trace_flags.sampled:
        # Parts of a trace that is not recorded are not recorded either, and most are not.
        yield parent
        return
    with _tracer.start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_status(StatusCode.ERROR, type(error).__name__)
            raise


@contextmanager
def continued(carrier: Mapping[str, str]) -> Iterator[None]:
    """Go on with the trace of whoever sent these headers (W3C Trace Context)."""
    parent = carrier.get("traceparent")
    if not parent:
        yield
        return
    plain = None if carrier.get("tracestate") else _PARENT.fullmatch(parent)
    token = context.attach(extract(carrier) if plain is None else _within(*plain.groups()))
    try:
        yield
    finally:
        context.detach(token)


def _within(trace_id: str, span_id: str, flags: str) -> context.Context:
    """What most headers say: the propagators take ten times as long to find that out."""
    here = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags)))
    return trace.set_span_in_context(NonRecordingSpan(here))


def headers() -> dict[str, str]:
    """Headers that let the receiver go on with this trace; written here, since the propagators take ten times as long
    and would pass on whatever baggage a client has sent."""
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return {}
    found = {"traceparent": f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"}
    return found | {"tracestate": here.trace_state.to_header()} if here.trace_state else found


def recording() -> bool:
    return trace.get_current_span().is_recording()


def current_trace_id() -> str:
    """Hexadecimal, or empty outside a trace."""
    found = trace.get_current_span().get_span_context()
    return f"{found.trace_id:032x}" if found.is_valid else ""
