"""Structured logs: JSON for machines, lines for people; always with trace and request ids (seed 003 section 7.1)."""

import logging
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any, Literal

import structlog
from opentelemetry import trace

Redact = Callable[[object], object]


def configure_logs(*, process: str, form: Literal["json", "console"], level: str, redact: Redact) -> None:
    """Once per process. `redact` gets every logged value and returns what may be written down."""

    def redacted(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {key: redact(value) for key, value in event.items()}

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _add_trace,
        _frames,
        redacted,
    ]
    final: list[Any] = (
        [
            structlog.processors.EventRenamer("message"),
            _add("service", process),
            structlog.processors.JSONRenderer(),
        ]
        if form == "json"
        else [_shortened, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)]
    )
    structlog.configure(
        processors=[*shared, *final],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    foreign = logging.StreamHandler(sys.stderr)
    foreign.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
        )
    )
    logging.basicConfig(handlers=[foreign], level=logging.WARNING, force=True)


def logger(name: str) -> Any:
    """A logger whose every line names the module it comes from."""
    return structlog.get_logger(module=name)


def bind(**values: str) -> AbstractContextManager[None]:
    """Add values to every line logged within the block, in this task."""
    return structlog.contextvars.bound_contextvars(**values)


def _add_trace(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    found = trace.get_current_span().get_span_context()
    if found.is_valid:
        event["trace_id"] = f"{found.trace_id:032x}"
        event["span_id"] = f"{found.span_id:016x}"
    return event


def _frames(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its class and where it came from: what it says, and what the frames hold, may be about people."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else (given if isinstance(given, tuple) else sys.exc_info())[1]
    if given and error is not None:
        event["exception"] = "\n".join(_told(error))
    return event


def _told(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
    yield type(error).__qualname__
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"


def _add(key: str, value: str) -> Callable[[object, str, MutableMapping[str, Any]], MutableMapping[str, Any]]:
    def add(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event[key] = value
        return event

    return add


def _shortened(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A person at a terminal wants the time of day and the message, not 32 digits of trace."""
    for key in ("trace_id", "span_id"):
        event.pop(key, None)
    event["timestamp"] = str(event["timestamp"])[11:19]
    return event
