"""Log lines: JSON for machines, short ones for people; with ids, and without what may not be written down."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any, Literal
from uuid import UUID

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from tracing import bind, configure_logs, current_trace_id, logger, span

Configure = Callable[..., None]
Read = Callable[[], list[dict[str, Any]]]


class Patient:
    """What `hidden` hides."""

    def __repr__(self) -> str:
        return "Zoe Miller"


def hidden(value: object) -> object:
    return "***" if isinstance(value, Patient) or (isinstance(value, str) and "Miller" in value) else value


@pytest.fixture
def written() -> StringIO:
    return StringIO()


@pytest.fixture
def configure(written: StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Logs go to `written`, and afterwards to where they went before."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers.clear()

    def to_written(form: Literal["json", "console"] = "json", level: str = "INFO") -> None:
        with monkeypatch.context() as here:
            here.setattr("sys.stderr", written)
            configure_logs(process="booking", form=form, level=level, redact=hidden)

    yield to_written
    structlog.configure(**before)
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def lines(configure: Configure, written: StringIO) -> Read:
    configure()
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def console(configure: Configure, written: StringIO) -> Callable[[], str]:
    configure("console")
    return written.getvalue


@pytest.fixture
def tracer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracing.spans._tracer", TracerProvider().get_tracer("test"))


class TestALineForMachines:
    def test_says_what_where_and_when(self, lines: Read) -> None:
        logger("booking.relay").info("published", events=3)
        (line,) = lines()
        assert datetime.now(UTC) - datetime.fromisoformat(line.pop("timestamp")) < timedelta(minutes=1)
        assert line == {
            "message": "published",
            "level": "info",
            "service": "booking",
            "module": "booking.relay",
            "events": 3,
        }

    def test_carries_the_ids_of_the_innermost_span(self, lines: Read, tracer: None) -> None:
        with span("outer"), span("inner") as inner:
            logger("booking").info("inside")
            trace_id, span_id = current_trace_id(), f"{inner.get_span_context().span_id:016x}"
        logger("booking").info("outside")
        inside, outside = lines()
        assert (inside["trace_id"], inside["span_id"]) == (trace_id, span_id)
        assert "trace_id" not in outside

    def test_carries_what_is_bound_and_only_within_the_block(self, lines: Read) -> None:
        with bind(request_id="r-1"):
            with bind(clinic_id="c-1"):
                logger("booking").info("both")
            logger("booking").info("one")
        logger("booking").info("none")
        both, one, none = lines()
        assert (both["request_id"], both["clinic_id"]) == ("r-1", "c-1")
        assert one["request_id"] == "r-1"
        assert "clinic_id" not in one
        assert "request_id" not in none

    def test_is_one_line_whatever_is_in_it(self, lines: Read) -> None:
        logger("booking").warning('two\nlines "quoted" \x1b[31m Zoë', id=UUID(int=7), raw=b"\x00\xff", many={1})
        (line,) = lines()
        assert line["message"] == 'two\nlines "quoted" \x1b[31m Zoë'
        assert str(UUID(int=7)) in line["id"]
        assert "many" in line

    def test_tells_where_a_failure_came_from_and_not_what_it_said(self, lines: Read) -> None:
        try:
            try:
                int("Zoe Miller")
            except ValueError as error:
                raise LookupError("Zoe Miller") from error
        except LookupError:
            logger("booking").exception("failed")
        (line,) = lines()
        assert line["level"] == "error"
        assert [part.split()[0] for part in line["exception"].split("\n") if not part.startswith(" ")] == [
            "ValueError", "LookupError",
        ]  # fmt: skip
        assert "test_logs.py" in line["exception"]
        assert "Miller" not in str(line)

    def test_below_the_level_is_not_written(self, lines: Read, configure: Configure) -> None:
        configure(level="WARNING")
        logger("booking").info("whisper")
        logger("booking").warning("word")
        assert [line["message"] for line in lines()] == ["word"]


class TestOtherLibraries:
    def test_are_written_in_the_same_form(self, lines: Read, tracer: None) -> None:
        with span("call"), bind(request_id="r-1"):
            logging.getLogger("asyncpg").warning("slow %s", "query")
            trace_id = current_trace_id()
        (line,) = lines()
        assert (line["message"], line["level"], line["service"]) == ("slow query", "warning", "booking")
        assert (line["trace_id"], line["request_id"]) == (trace_id, "r-1")

    def test_are_heard_only_when_they_warn(self, lines: Read) -> None:
        logging.getLogger("asyncpg").info("chatter")
        assert lines() == []

    def test_are_redacted_too(self, lines: Read) -> None:
        logging.getLogger("asyncpg").warning("duplicate key %s", "Miller")
        (line,) = lines()
        assert line["message"] == "***"


class TestRedaction:
    @pytest.mark.parametrize("form", ["json", "console"])
    def test_gets_every_value_the_message_and_what_is_bound(
        self, configure: Configure, written: StringIO, form: str
    ) -> None:
        configure(form)
        with bind(name="Miller"):
            logger("booking").info("seen", patient=Patient(), count=1)
            logger("booking").info("Zoe Miller was here")
            logger("booking").info("%s was here", "Miller")
        assert "Miller" not in written.getvalue()
        assert written.getvalue().count("***") == 6

    def test_leaves_the_rest_as_it_is(self, lines: Read) -> None:
        logger("booking").info("seen", patient=Patient(), count=1, clinic="north")
        (line,) = lines()
        assert (line["patient"], line["count"], line["clinic"]) == ("***", 1, "north")


class TestALineForPeople:
    def test_is_the_time_of_day_the_level_and_the_message(self, console: Callable[[], str], tracer: None) -> None:
        with span("call"):
            logger("booking.relay").info("published", events=3)
            trace_id = current_trace_id()
        written = console()
        time_of_day, *rest = written.split()
        assert datetime.strptime(time_of_day, "%H:%M:%S").replace(tzinfo=UTC)
        assert rest == ["[info", "]", "published", "events=3", "module=booking.relay"]
        assert trace_id not in written

    def test_of_another_library_looks_the_same(self, console: Callable[[], str]) -> None:
        logging.getLogger("asyncpg").warning("slow %s", "query")
        assert console().split()[1:] == ["[warning", "]", "slow", "query"]

    def test_is_followed_by_where_a_failure_came_from(self, console: Callable[[], str]) -> None:
        patient = "Zoe Miller"
        try:
            raise LookupError(patient)
        except LookupError:
            logger("booking").exception("failed")
        written = console()
        assert "failed" in written
        assert "LookupError\n  " in written
        assert "Miller" not in written, "neither the message nor the variables of a frame"
