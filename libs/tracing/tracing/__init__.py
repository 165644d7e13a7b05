"""Traces through HTTP, gRPC, SQL and NATS, and JSON logs that carry their ids."""

from tracing.logs import bind, configure_logs, logger
from tracing.spans import configure_traces, continued, current_trace_id, headers, recording, shutdown_traces, span

__all__ = [
    "bind",
    "configure_logs",
    "configure_traces",
    "continued",
    "current_trace_id",
    "headers",
    "logger",
    "recording",
    "shutdown_traces",
    "span",
]
