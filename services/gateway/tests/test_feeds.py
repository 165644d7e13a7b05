"""Feeds as calendar programs see them: read back by a parser, a calendar's own clock, and HTTP."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
import recurring_ical_events
from ambulo.booking.v1 import feeds_pb2
from ambulo.catalog.v1 import locations_pb2, public_pb2, services_pb2, specialists_pb2
from ambulo.types.v1 import types_pb2
from chassis.contract import Rpc
from chassis.envelope import Envelope
from chassis.errors import Internal, NotFound, Unavailable
from chassis.wire import stamp
from claims import Actor
from dateutil.tz import tzical
from gateway import ical, middleware
from gateway.app import build
from gateway.settings import Settings
from google.protobuf.message import Message
from icalendar import Calendar, Event
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

TOKEN = "0199f3a0-Zt8yq3nH5bV1cXkR7mJ4wL9sPd2fGa6e_"
URL = f"/feeds/{TOKEN}.ics"
NINE = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
PLACE, SERVICE, ANA = str(uuid4()), str(uuid4()), str(uuid4())
PAGE = public_pb2.ClinicPage(
    services=[services_pb2.Service(id=SERVICE, name="Follow-up; long, with\r\nstretching")],
    specialists=[specialists_pb2.Specialist(id=ANA, name="Dr. Ana Ștefănescu")],
    locations=[
        locations_pb2.Location(
            id=PLACE,
            name="Centre",
            address=types_pb2.Address(lines=["Strada Lungă 3"], city="Cluj-Napoca", postal_code="400001"),
        )
    ],
)


def an_appointment(starts_at: datetime = NINE, **more: Any) -> feeds_pb2.FeedAppointment:
    facts: dict[str, Any] = {
        "id": str(uuid4()),
        "specialist_id": ANA,
        "service_id": SERVICE,
        "location_id": PLACE,
        "version": 1,
    }
    return feeds_pb2.FeedAppointment(
        starts_at=stamp(starts_at),
        ends_at=stamp(starts_at + timedelta(minutes=30)),
        updated_at=stamp(NINE - timedelta(days=9)),
        **(facts | more),
    )


def a_content(
    *appointments: feeds_pb2.FeedAppointment, zone: str = "Europe/Bucharest", for_patient: bool = True
) -> feeds_pb2.FeedContent:
    return feeds_pb2.FeedContent(
        clinic_id=str(uuid4()), appointments=appointments, for_patient=for_patient, time_zones={PLACE: zone}
    )


class Behind:
    """Booking with one feed, and a catalog."""

    def __init__(self) -> None:
        self.content: feeds_pb2.FeedContent | Exception = a_content(an_appointment())
        self.page: public_pb2.ClinicPage | Exception = PAGE
        self.arrived: list[tuple[Rpc, Any, Envelope]] = []

    async def call(self, rpc: Rpc, request: Message, envelope: Envelope) -> Message:
        self.arrived.append((rpc, request, envelope))
        answer = {"ReadFeed": self.content, "GetClinicPage": self.page}[rpc.name]
        if isinstance(answer, Exception):
            raise answer
        return answer


BEHIND = Behind()
APPLICATION = build(BEHIND, Settings())


@pytest.fixture
def behind() -> Behind:
    BEHIND.__init__()  # type: ignore[misc]
    return BEHIND


@pytest.fixture
async def client(behind: Behind) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(APPLICATION, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


def events(text: bytes) -> list[Event]:
    return Calendar.from_ical(text).events


def only(content: feeds_pb2.FeedContent, page: public_pb2.ClinicPage = PAGE) -> Event:
    (event,) = events(ical.written(content, page))
    return event


class TestWhatIsWritten:
    async def test_an_appointment(self) -> None:
        it = an_appointment(version=3)
        event = only(a_content(it))
        assert event["UID"] == f"{it.id}@ambulo"
        assert event["SEQUENCE"] == 2
        assert (event["STATUS"], event["TRANSP"]) == ("CONFIRMED", "OPAQUE")
        assert event["SUMMARY"] == "Follow-up; long, with stretching with Dr. Ana Ștefănescu"
        assert event["LOCATION"] == "Centre, Strada Lungă 3, 400001 Cluj-Napoca"
        assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == NINE - timedelta(days=9)
        assert event["DTSTART"].dt.isoformat() == "2026-11-24T09:00:00+02:00"
        assert event["DTSTART"].params["TZID"] == event["DTEND"].params["TZID"] == "Europe/Bucharest"
        assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=30)

    async def test_a_canceled_one_takes_no_time(self) -> None:
        event = only(a_content(an_appointment(canceled=True)))
        assert (event["STATUS"], event["TRANSP"]) == ("CANCELLED", "TRANSPARENT")

    async def test_the_calendar_says_what_it_is_and_how_often_to_look(self) -> None:
        calendar = Calendar.from_ical(ical.written(a_content(an_appointment(), for_patient=False), PAGE))
        assert calendar["VERSION"] == "2.0"
        assert calendar["METHOD"] == "PUBLISH"
        assert calendar["PRODID"]
        assert calendar["NAME"] == calendar["X-WR-CALNAME"] == "Appointments: Dr. Ana Ștefănescu"
        text = ical.written(a_content(), PAGE).decode()
        assert "\r\nREFRESH-INTERVAL;VALUE=DURATION:PT15M\r\nX-PUBLISHED-TTL:PT15M\r\n" in text
        assert "\r\nX-WR-CALNAME:Appointments\r\n" in text
        assert "\r\nBEGIN:VTIMEZONE\r\n" in text

    async def test_lines_are_folded_and_end_as_they_must(self) -> None:
        for line in ical.written(a_content(an_appointment()), PAGE).split(b"\r\n"):
            assert len(line) <= 75
            assert b"\n" not in line
            assert b"\r" not in line

    async def test_for_a_specialist_without_anybodys_name(self) -> None:
        event = only(a_content(an_appointment(), for_patient=False))
        assert event["SUMMARY"] == "Follow-up; long, with stretching"
        assert "DESCRIPTION" not in event

    @pytest.mark.parametrize(
        ("page", "summary"),
        [
            (public_pb2.ClinicPage(), "Appointment"),
            (public_pb2.ClinicPage(specialists=PAGE.specialists), "Appointment with Dr. Ana Ștefănescu"),
            (public_pb2.ClinicPage(services=PAGE.services), "Follow-up; long, with stretching"),
        ],
    )
    async def test_names_may_be_missing(self, page: public_pb2.ClinicPage, summary: str) -> None:
        event = only(a_content(an_appointment()), page)
        assert event["SUMMARY"] == summary
        assert "LOCATION" not in event

    async def test_a_zone_may_be_missing(self) -> None:
        assert only(a_content(an_appointment(), zone="Mars/Olympus"))["DTSTART"].dt == NINE


ZONES = [
    "Europe/Bucharest", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "Africa/Casablanca",
    "America/Santiago", "Asia/Jerusalem", "Asia/Kolkata", "Pacific/Chatham", "UTC",
]  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
class TestInstants:
    """A year's: one in ten days, and one in each quarter of an hour around each change of the clock."""

    def starts(self, zone: str) -> list[datetime]:
        tz, often = ZoneInfo(zone), [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=6 * n) for n in range(1460)]
        offsets = [each.astimezone(tz).utcoffset() for each in often]
        changes = [often[n - 1] for n in range(1, len(often)) if offsets[n] != offsets[n - 1]]
        return often[::40] + [each + timedelta(minutes=15 * n) for each in changes for n in range(1, 24)]

    async def test_are_right_for_a_program_that_knows_the_zone(self, zone: str) -> None:
        wanted = sorted(self.starts(zone))
        text = ical.written(a_content(*map(an_appointment, wanted), zone=zone), PAGE)
        found = recurring_ical_events.of(Calendar.from_ical(text)).between((2025, 12, 1), (2027, 3, 1))
        assert sorted(each["DTSTART"].dt.astimezone(UTC) for each in found) == wanted
        ends = sorted(each["DTEND"].dt.astimezone(UTC) for each in found)
        assert ends == [start + timedelta(minutes=30) for start in wanted]

    async def test_are_right_for_a_program_that_knows_only_what_the_feed_says(self, zone: str) -> None:
        """By dateutil, which reads VTIMEZONE on its own."""
        wanted = sorted(self.starts(zone))
        text = ical.written(a_content(*map(an_appointment, wanted), zone=zone), PAGE).decode()
        if zone == "UTC":
            assert "VTIMEZONE" not in text
            return
        assert understood(text, zone) == wanted


def test_a_rule_that_has_ended_is_none() -> None:
    """Mexico stopped changing its clocks after two years that look like a rule."""
    wanted = [datetime(2022, 1, 1, 18, tzinfo=UTC) + timedelta(days=30 * n) for n in range(24)]
    text = ical.written(a_content(*map(an_appointment, wanted), zone="America/Mexico_City"), PAGE).decode()
    assert understood(text, "America/Mexico_City") == wanted


def understood(text: str, zone: str) -> list[datetime]:
    tz, found = tzical(io.StringIO(unlisted(text))).get(zone), []
    for event in events(text.encode()):
        start = event["DTSTART"].dt
        local = start.replace(tzinfo=tz, fold=0) if "TZID" in event["DTSTART"].params else start
        found.append(local.astimezone(UTC))
    return sorted(found)


def unlisted(text: str) -> str:
    """With each date of a list on a line of its own, which says the same: dateutil knows no lists there."""
    lines = text.replace("\r\n ", "").split("\r\n")
    found = []
    for line in lines:
        name, _, values = line.partition(":")
        found += [f"{name}:{value}" for value in values.split(",")] if name == "RDATE" else [line]
    return "\r\n".join(found)


class TestReading:
    async def test_needs_no_sign_in_and_is_asked_in_the_gateways_name(
        self, client: httpx.AsyncClient, behind: Behind
    ) -> None:
        answer = await client.get(URL, headers={"Authorization": "Basic bm9ib2R5Og=="})
        assert answer.status_code == 200, answer.text
        assert len(events(answer.content)) == 1
        (read, request, envelope), (_, names, _) = behind.arrived
        assert (read.name, request.token) == ("ReadFeed", TOKEN)
        assert (envelope.claims.actor, envelope.claims.issuer) == (Actor.SYSTEM, "gateway")
        assert envelope.request_id == answer.headers["x-request-id"]
        assert 0 < envelope.seconds_left() <= 10
        assert isinstance(behind.content, feeds_pb2.FeedContent)
        assert names.clinic_id == behind.content.clinic_id

    async def test_headers(self, client: httpx.AsyncClient) -> None:
        headers = (await client.get(URL)).headers
        assert headers["content-type"] == "text/calendar; charset=utf-8"
        assert headers["cache-control"] == "private, max-age=300"
        assert headers["content-disposition"] == 'inline; filename="appointments.ics"'
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]

    async def test_what_is_known_is_not_sent_again(self, client: httpx.AsyncClient, behind: Behind) -> None:
        first = await client.get(URL)
        for known in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
            again = await client.get(URL, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == first.headers["etag"]
        behind.content = a_content(an_appointment(NINE + timedelta(hours=1)))
        changed = await client.get(URL, headers={"If-None-Match": first.headers["etag"]})
        assert changed.status_code == 200
        assert changed.headers["etag"] != first.headers["etag"]

    async def test_head_says_what_get_would(self, client: httpx.AsyncClient) -> None:
        got, head = await client.get(URL), await client.head(URL)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("etag", "content-type", "content-length", "cache-control"):
            assert head.headers[name] == got.headers[name]
        assert (await client.post(URL)).status_code == 405

    async def test_without_the_catalog_times_are_still_right(self, client: httpx.AsyncClient, behind: Behind) -> None:
        behind.page = Unavailable("down", retry_after=1)
        (event,) = events((await client.get(URL)).content)
        assert (event["SUMMARY"], event["DTSTART"].dt) == ("Appointment", NINE)

    @pytest.mark.parametrize("token", [TOKEN, "short", "x" * 201, "a.b" * 10, "%ff" * 10, "%00" * 30, "ș" * 30])
    async def test_what_leads_nowhere_says_to_subscribe_anew(
        self, client: httpx.AsyncClient, behind: Behind, token: str
    ) -> None:
        behind.content = NotFound()
        answer = await client.get(f"/feeds/{token}.ics")
        body = answer.json()
        assert (answer.status_code, body["code"], body["type"]) == (404, "FEED_GONE", "/problems/booking/feed-gone")
        assert "subscribe" in body["detail"]
        assert body["instance"] == "/feeds/*"
        assert answer.headers["cache-control"] == "no-store"
        assert (await client.get(body["type"])).status_code == 200

    async def test_without_booking_a_program_keeps_what_it_has(self, client: httpx.AsyncClient, behind: Behind) -> None:
        behind.content = Unavailable("down", retry_after=2)
        answer = await client.get(URL)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert TOKEN not in answer.text

    async def test_it_is_not_in_the_contract(self) -> None:
        assert not any(path.startswith("/feeds") for path in APPLICATION.openapi()["paths"])


class TestItsAddress:
    async def test_is_in_no_log_and_no_trace(
        self,
        client: httpx.AsyncClient,
        behind: Behind,
        capfd: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        seen, provider = InMemorySpanExporter(), TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(seen))
        monkeypatch.setattr("tracing.spans._tracer", provider.get_tracer("test"))
        lines: list[str] = []
        monkeypatch.setattr(middleware.log, "exception", lambda *a, **k: lines.append(f"{a} {k}"), raising=False)
        for content in (behind.content, NotFound(), Unavailable(), Internal(), ZeroDivisionError(TOKEN)):
            behind.content = content
            await client.get(URL)
        assert len(lines) == 1
        assert "/feeds/*" in lines[0]
        spans = "".join(span.to_json() for span in seen.get_finished_spans())
        assert spans.count('"/feeds/*"') == 5
        assert not any(TOKEN in text for text in (spans, *lines, *capfd.readouterr()))
