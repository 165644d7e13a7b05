"""What is sent, what is tried again, and what is raised; over a real socket, waiting and awaited."""

import inspect
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from ambulo_client import Ambulo, AsyncAmbulo, Problem, async_pages, models, pages
from small_server import HANG_UP, Answer, Asked, SmallServer, problem

CLINIC = "8a4da9d8-d46e-5e2d-86dc-11dc4cede1d3"
KINDS = (Ambulo, AsyncAmbulo)
both = pytest.mark.parametrize("kind", KINDS)


async def call(kind: type, server: SmallServer, name: str, *args: Any, patience: float = 5, **named: Any) -> Any:
    """One call by a client of either kind."""
    client = kind(server.url, api_key="k", patience=patience)
    try:
        return await answer_of(getattr(client, name)(*args, **named))
    finally:
        await answer_of(client.http.close() if kind is Ambulo else client.http.aclose())


async def answer_of(done: Any) -> Any:
    return await done if inspect.isawaitable(done) else done


class Bookings:
    """Commits once for each key, as the gateway does, then answers or not."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer, self.committed = answer, set[str]()

    def commit_and(self, then: str | None = None) -> Callable[[Asked], Answer | str]:
        def answer(asked: Asked) -> Answer | str:
            self.committed.add(asked.headers["idempotency-key"])
            return then or Answer(201, self.answer)

        return answer


@pytest.fixture
def bookings(examples: dict[str, Any]) -> Bookings:
    return Bookings(examples["AppointmentResponse"])


class TestAgain:
    @both
    async def test_a_write_whose_answer_was_lost_is_asked_again_under_the_same_key(
        self, kind: type, server: SmallServer, bookings: Bookings
    ) -> None:
        server.answers = [bookings.commit_and(HANG_UP), bookings.commit_and(HANG_UP), bookings.commit_and()]
        booked = await call(kind, server, "book_appointment", CLINIC, patient_id=uuid4())
        assert booked.appointment.status == "scheduled"
        assert len(server.asked) == 3
        assert len(bookings.committed) == 1
        UUID(server.keys[0] or "")

    async def test_two_calls_have_two_keys_unless_the_caller_has_one(
        self, server: SmallServer, bookings: Bookings
    ) -> None:
        server.answers = [bookings.commit_and()]
        for key in (None, None, "mine"):
            await call(Ambulo, server, "book_appointment", CLINIC, patient_id="p", idempotency_key=key)
        assert len(bookings.committed) == 3
        assert server.keys[2] == "mine"

    @both
    async def test_a_busy_server_is_asked_again_when_it_said(
        self, kind: type, server: SmallServer, bookings: Bookings
    ) -> None:
        server.answers = [problem(503, headers={"Retry-After": "1"}), problem(503), bookings.commit_and()]
        began = time.monotonic()
        await call(kind, server, "book_appointment", CLINIC, patient_id="p")
        assert time.monotonic() - began >= 1
        assert len(set(server.keys)) == 1

    @both
    async def test_a_read_is_asked_again(self, kind: type, server: SmallServer, examples: dict[str, Any]) -> None:
        server.answers = [HANG_UP, problem(503), Answer(200, examples["Me"])]
        assert isinstance(await call(kind, server, "get_me"), models.Me)
        assert server.keys == [None] * 3

    @both
    async def test_who_asks_too_much_waits_but_not_for_long(
        self, kind: type, server: SmallServer, examples: dict[str, Any]
    ) -> None:
        server.answers = [problem(429, headers={"Retry-After": "1"}), Answer(200, examples["Me"])]
        await call(kind, server, "get_me")
        server.answers = [problem(429, "RATE_LIMIT_EXCEEDED", headers={"Retry-After": "60"})]
        with pytest.raises(Problem) as raised:
            await call(kind, server, "get_me")
        assert (raised.value.status, raised.value.retry_after, len(server.asked)) == (429, 60, 3)

    @both
    async def test_nobody_tries_for_ever(self, kind: type, server: SmallServer) -> None:
        server.answers = [HANG_UP]
        with pytest.raises(httpx.RemoteProtocolError):
            await call(kind, server, "get_me")
        assert len(server.asked) == 5

    @both
    @pytest.mark.parametrize("lost", [HANG_UP, problem(503)])
    async def test_a_write_that_knows_no_key_is_not_repeated(
        self, kind: type, server: SmallServer, lost: Answer | str
    ) -> None:
        """It may have happened: a refresh token that is used twice ends its session."""
        server.answers = [lost]
        with pytest.raises((httpx.RemoteProtocolError, Problem)):
            await call(kind, server, "refresh_session", refresh_token="t")
        assert len(server.asked) == 1

    @both
    async def test_what_never_arrived_is_repeated_whatever_it_is(self, kind: type) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        tries: list[httpx.Request] = []

        async def seen(request: httpx.Request) -> None:
            tries.append(request)

        client = kind(nobody, attempts=3)
        client.http.event_hooks = {"request": [tries.append if kind is Ambulo else seen]}
        with pytest.raises(httpx.ConnectError):
            await answer_of(client.refresh_session(refresh_token="t"))
        assert len(tries) == 3
        await answer_of(client.http.close() if kind is Ambulo else client.http.aclose())

    @both
    async def test_what_is_refused_is_not_asked_again(self, kind: type, server: SmallServer) -> None:
        server.answers = [problem(409, "SLOT_TAKEN")]
        with pytest.raises(Problem, match="409 SLOT_TAKEN Not now"):
            await call(kind, server, "book_appointment", CLINIC, patient_id="p")
        assert len(server.asked) == 1


class TestWhatIsSent:
    async def test_names_and_values_are_the_contracts(self, server: SmallServer, bookings: Bookings) -> None:
        server.answers = [bookings.commit_and()]
        patient, start = uuid4(), datetime(2026, 11, 24, 9, tzinfo=UTC)
        await call(Ambulo, server, "book_appointment", CLINIC, patient_id=patient, start=start, notes="Knee")
        (asked,) = server.asked
        assert asked.path == f"/v1/clinics/{CLINIC}/appointments"
        assert asked.body == {"patientId": str(patient), "start": "2026-11-24T09:00:00Z", "notes": "Knee"}
        assert asked.headers["authorization"] == "Bearer k"

    async def test_questions_go_into_the_query_and_odd_ids_stay_one_segment(
        self, server: SmallServer, examples: dict[str, Any]
    ) -> None:
        server.answers = [Answer(200, examples["ListAppointmentsResponse"])]
        await call(
            Ambulo, server, "list_appointments", "a/../b?c", status=["scheduled", "canceled"], from_="2026-01-01"
        )
        assert (
            server.asked[0].path
            == "/v1/clinics/a%2F..%2Fb%3Fc/appointments?from=2026-01-01&status=scheduled&status=canceled"
        )

    async def test_models_within_a_body_are_written_by_the_contracts_names(self, server: SmallServer) -> None:
        server.answers = [problem(422)]
        hours = models.OpenIntervalInput(weekday="monday", starts="09:00", ends="17:00")
        with pytest.raises(Problem):
            await call(Ambulo, server, "set_weekly_hours", CLINIC, "p", "l", intervals=[hours])
        assert server.asked[0].body == {"intervals": [{"weekday": "monday", "starts": "09:00", "ends": "17:00"}]}

    @both
    @pytest.mark.parametrize("form", ["read", "version", "etag"])
    async def test_a_change_names_the_version_that_was_read(
        self, kind: type, form: str, server: SmallServer, examples: dict[str, Any]
    ) -> None:
        seen = models.Appointment.model_validate(examples["AppointmentResponse"]["appointment"] | {"version": 7})
        server.answers = [Answer(200, examples["AppointmentResponse"])]
        said = {"read": seen, "version": 7, "etag": '"7"'}[form]
        await call(kind, server, "change_appointment", CLINIC, seen.id, status="canceled", if_match=said)
        assert server.asked[0].headers["if-match"] == '"7"'

    async def test_who_calls_is_one_or_nobody(self, server: SmallServer, examples: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="not both"):
            Ambulo(server.url, api_key="k", access_token="t")
        server.answers = [Answer(200, examples["Me"])]
        with Ambulo(server.url) as nobody:
            nobody.get_me()
        async with AsyncAmbulo(server.url, access_token="t") as somebody:
            await somebody.get_me()
        assert [asked.headers.get("authorization") for asked in server.asked] == [None, "Bearer t"]

    @both
    async def test_an_empty_answer_is_none(self, kind: type, server: SmallServer) -> None:
        server.answers = [Answer(204, b"")]
        assert await call(kind, server, "release_hold", CLINIC, "h") is None


class TestProblems:
    @both
    async def test_a_problem_says_what_to_correct(self, kind: type, server: SmallServer) -> None:
        errors = [
            {"pointer": "/start", "in": "body", "detail": "value is required"},
            {"pointer": "/start", "in": "body", "detail": "must be in the future"},
            {"pointer": "limit", "in": "query", "detail": "must not be negative"},
        ]
        server.answers = [problem(400, "INVALID", errors=errors)]
        with pytest.raises(Problem) as raised:
            await call(kind, server, "get_me")
        found = raised.value
        assert (found.status, found.reason, found.title, found.detail) == (400, "INVALID", "No", "Not now")
        assert found.request_id == "r-1"
        assert found.violations == {
            "/start": ["value is required", "must be in the future"],
            "limit": ["must not be negative"],
        }

    @pytest.mark.parametrize("body", [b"<html>Bad Gateway</html>", b"", b"[]", b'"no"'])
    async def test_what_a_proxy_says_is_a_problem_too(self, server: SmallServer, body: bytes) -> None:
        server.answers = [Answer(502, body, {"X-Request-Id": "r-2", "Retry-After": "Sat, 21 Nov 2026 20:00:00 GMT"})]
        with pytest.raises(Problem) as raised:
            await call(Ambulo, server, "get_me")
        found = raised.value
        assert (found.status, found.reason, found.detail) == (502, "", "Bad Gateway")
        assert (found.request_id, found.violations, found.retry_after) == ("r-2", {}, None)


class TestPages:
    def three(self, examples: dict[str, Any]) -> list[Any]:
        page = examples["ListAppointmentsResponse"]
        return [Answer(200, page | {"nextCursor": cursor}) for cursor in ("b", "c", None)]

    def test_pages_follow_each_other_to_the_last(self, server: SmallServer, examples: dict[str, Any]) -> None:
        server.answers = self.three(examples)
        with Ambulo(server.url) as ambulo:
            read = pages(ambulo.list_appointments, CLINIC, limit=1)
            assert not server.asked, "nothing is asked before it is needed"
            assert sum(len(page.appointments) for page in read) == 3
        assert [each.path.partition("?")[2] for each in server.asked] == [
            "limit=1",
            "limit=1&cursor=b",
            "limit=1&cursor=c",
        ]

    async def test_awaited_pages_too(self, server: SmallServer, examples: dict[str, Any]) -> None:
        server.answers = self.three(examples)
        async with AsyncAmbulo(server.url) as ambulo:
            read = [len(page.appointments) async for page in async_pages(ambulo.list_appointments, CLINIC)]
        assert read == [1, 1, 1]

    def test_a_failure_half_way_is_raised(self, server: SmallServer, examples: dict[str, Any]) -> None:
        server.answers = [self.three(examples)[0], problem(403, "DENIED")]
        with Ambulo(server.url) as ambulo, pytest.raises(Problem, match="DENIED"):
            list(pages(ambulo.list_appointments, CLINIC))


class TestEvents:
    STREAM = b'event: appointment.booked\nid: b1.s2\ndata: {"a": 1}\n\nevent: availability.invalidated\ndata: {}\n\n'

    @both
    async def test_events_come_one_by_one(self, kind: type, server: SmallServer) -> None:
        server.answers = [Answer(200, self.STREAM, {"Content-Type": "text/event-stream"})]
        if kind is Ambulo:
            with Ambulo(server.url) as ambulo:
                heard = list(ambulo.listen_to_events(clinic_id=CLINIC, last_event_id="b1.s1"))
        else:
            async with AsyncAmbulo(server.url) as awaited:
                heard = [each async for each in awaited.listen_to_events(clinic_id=CLINIC, last_event_id="b1.s1")]
        assert [(each.event, each.id, each.json()) for each in heard] == [
            ("appointment.booked", "b1.s2", {"a": 1}),
            ("availability.invalidated", "b1.s2", {}),
        ]
        assert server.asked[0].path.endswith("&lastEventId=b1.s1")

    @both
    async def test_who_may_not_listen_is_told(self, kind: type, server: SmallServer) -> None:
        server.answers = [problem(401, "UNAUTHENTICATED")]
        if kind is Ambulo:
            with Ambulo(server.url) as ambulo, pytest.raises(Problem, match="UNAUTHENTICATED"):
                next(ambulo.listen_to_events(clinic_id=CLINIC))
        else:
            async with AsyncAmbulo(server.url) as awaited:
                with pytest.raises(Problem, match="UNAUTHENTICATED"):
                    await anext(awaited.listen_to_events(clinic_id=CLINIC))


def test_waiting_grows_and_is_bounded(server: SmallServer) -> None:
    server.answers = [problem(503)]
    began = time.monotonic()
    with Ambulo(server.url, attempts=3) as ambulo, pytest.raises(Problem):
        ambulo.get_me()
    assert len(server.asked) == 3
    assert timedelta(seconds=time.monotonic() - began) < timedelta(seconds=5)
