"""Listening, over real sockets and a real stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from gateway import Realtime, Settings
from gateway.realtime.channels import Viewer
from gateway.session import Sessions
from listening import CARRIERS, Booking, Door, Identity, a_door, a_stream, a_token
from websockets.exceptions import ConnectionClosed


@pytest.fixture(scope="module")
async def jetstream(environment: dict[str, str]) -> AsyncIterator[Any]:
    async with a_stream(environment["NATS_URL"]) as found:
        yield found


@pytest.fixture(scope="module", params=CARRIERS)
def carrier(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
async def door(environment: dict[str, str], jetstream: Any, carrier: str) -> AsyncIterator[Door]:
    async with a_door(environment["NATS_URL"], carrier) as found:
        yield found


@pytest.fixture
def booking(jetstream: Any) -> Booking:
    return Booking(jetstream)


def ids(messages: list[dict[str, Any]]) -> list[str]:
    return [each["payload"]["appointmentId"] for each in messages if each["type"] == "appointment.created"]


class TestSigningIn:
    async def test_staff_hear_an_appointment_and_that_time_is_taken(self, door: Door, booking: Booking) -> None:
        async with door.socket() as desk:
            said = await desk.sign_in(a_token(booking.clinic_id))
            assert said["clinicId"] == booking.clinic_id
            subscribed = await desk.listen(f"clinic:{booking.clinic_id}", f"provider:{booking.specialist_id}")
            assert subscribed["presence"][f"clinic:{booking.clinic_id}"] == 1
            (id_,) = await booking.books()
            created, taken = await desk.events(2)
            assert (created["type"], created["payload"]["appointmentId"]) == ("appointment.created", id_)
            assert set(created["metadata"]) == {"eventId", "timestamp"}
            assert taken["type"] == "availability.invalidated"

    async def test_without_it_nothing_is_answered_but_ping(self, door: Door) -> None:
        async with door.socket() as anybody:
            await anybody.say("subscribe", channels=[])
            assert (await anybody.next())["code"] == "NOT_AUTHENTICATED"
            await anybody.say("ping")
            assert (await anybody.next())["type"] == "pong"

    async def test_a_token_that_does_not_hold_closes(self, door: Door) -> None:
        for token in ("nonsense", a_token(str(uuid4()), seconds=-5), "amb_revoked"):
            door.identity.revoked = True
            async with door.socket() as somebody:
                await somebody.say("authenticate", token=token)
                code, reason = await somebody.closed()
                assert (code, reason.split(":")[0]) == (4401, "TOKEN_REFUSED")

    async def test_a_fresh_token_is_of_the_same_person(self, door: Door) -> None:
        clinic, me = str(uuid4()), str(uuid4())
        async with door.socket() as desk:
            await desk.sign_in(a_token(clinic, sub=me))
            await desk.sign_in(a_token(clinic, sub=me))
            await desk.say("authenticate", token=a_token(clinic))
            assert (await desk.next())["code"] == "ANOTHER_PRINCIPAL"

    async def test_rights_that_a_fresh_token_lacks_are_gone(self, door: Door, booking: Booking) -> None:
        me = str(uuid4())
        async with door.socket() as desk:
            await desk.sign_in(a_token(booking.clinic_id, sub=me))
            await desk.listen(f"clinic:{booking.clinic_id}", f"provider:{booking.specialist_id}")
            await desk.say("authenticate", token=a_token(booking.clinic_id, "nothing", sub=me))
            error = await desk.next()
            assert (error["code"], error["channel"]) == ("CHANNEL_FORBIDDEN", f"clinic:{booking.clinic_id}")
            await desk.next("authenticated")
            await booking.books()
            assert (await desk.next())["type"] == "availability.invalidated"


class TestTheEndOfAToken:
    @pytest.fixture
    async def door(self, carrier: str) -> AsyncIterator[Door]:
        async with a_door(carrier=carrier) as found:
            yield found

    async def test_closes_unless_a_fresh_one_came(self, door: Door) -> None:
        clinic, me = str(uuid4()), str(uuid4())
        async with door.socket() as early, door.socket() as late:
            await early.sign_in(a_token(clinic, sub=me))
            await late.sign_in(a_token(clinic))
            await early.sign_in(a_token(clinic, sub=me, seconds=3000))
            door.clock[0] = 601
            assert (await late.closed())[0] == 4401
            await early.say("ping")
            assert (await early.next())["type"] == "pong"

    async def test_who_does_not_sign_in_is_closed(self, door: Door) -> None:
        async with door.socket() as silent:
            await silent.say("ping")
            await silent.next()
            door.clock[0] = 11
            code, reason = await silent.closed()
            assert (code, reason.split(":")[0]) == (4401, "NOT_AUTHENTICATED")

    async def test_a_revoked_key_closes(self, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
        door.identity.clinic_id = str(uuid4())
        monkeypatch.setattr("gateway.session._API_KEY_S", 0.0)
        async with door.socket() as program:
            await program.sign_in("amb_key")
            door.clock[0] = 61
            door.realtime.tick()
            await program.say("ping")
            assert (await program.next())["type"] == "pong", "it is asked for again, and holds"
            door.identity.revoked = True
            door.clock[0] = 200
            assert "TOKEN_REFUSED" in (await program.closed())[1]


class TestWhoHearsWhat:
    async def test_a_patient_hears_of_their_own_and_of_free_times(self, door: Door, booking: Booking) -> None:
        async with door.socket() as patient:
            await patient.sign_in(a_token(booking.clinic_id, "patient", patient_id=booking.patient_id))
            await patient.say(
                "subscribe",
                channels=[
                    f"patient:{booking.patient_id}",
                    f"provider:{booking.specialist_id}",
                    f"patient:{uuid4()}",
                    f"clinic:{booking.clinic_id}",
                    "nonsense",
                ],
            )
            errors = [await patient.next() for _ in range(3)]
            assert [each["code"] for each in errors] == ["CHANNEL_FORBIDDEN", "CHANNEL_FORBIDDEN", "CHANNEL_UNKNOWN"]
            said = await patient.next("subscribed")
            assert len(said["channels"]) == 2
            assert said["presence"] == {}
            (foreign,) = await booking.books(patient_id=str(uuid4()))
            (own,) = await booking.books()
            found = await patient.events(3)
            assert [each["type"] for each in found] == [
                "availability.invalidated",
                "appointment.created",
                "availability.invalidated",
            ]
            assert found[1]["payload"]["appointmentId"] == own
            assert foreign not in orjson.dumps(patient.seen).decode()

    async def test_anybody_hears_only_of_free_times(self, door: Door, booking: Booking) -> None:
        async with door.socket() as anybody:
            await anybody.sign_in(clinic_id=booking.clinic_id)
            day = f"location:{booking.location_id}:2026-11-24"
            await anybody.say("subscribe", channels=[day, f"patient:{booking.patient_id}"])
            assert (await anybody.next())["code"] == "CHANNEL_FORBIDDEN"
            assert (await anybody.next("subscribed"))["channels"] == [day]
            await booking.books(2)
            for event in await anybody.events(2):
                assert set(event["payload"]) == {"timeRange", "providerId", "locationId"}

    async def test_nothing_of_another_clinic(self, door: Door, booking: Booking, jetstream: Any) -> None:
        other = Booking(jetstream)
        channels = (f"provider:{booking.specialist_id}", f"patient:{booking.patient_id}")
        async with door.socket() as foreign, door.socket() as own:
            await foreign.sign_in(a_token(other.clinic_id))
            await foreign.listen(*channels, f"location:{booking.location_id}:2026-11-24")
            await own.sign_in(a_token(booking.clinic_id))
            await own.listen(*channels)
            await booking.books()
            await own.events(2)
            await foreign.say("ping")
            assert (await foreign.next())["type"] == "pong", "and nothing before it"

    async def test_presence_is_told_when_it_changes(self, door: Door, booking: Booking) -> None:
        channel = f"provider:{booking.specialist_id}"
        async with door.socket() as first:
            await first.sign_in(a_token(booking.clinic_id))
            await first.listen(channel)
            async with door.socket() as second:
                await second.sign_in(a_token(booking.clinic_id))
                assert (await second.listen(channel))["presence"] == {channel: 2}
                while (await first.next("presence"))["count"] != 2:
                    pass
            while (await first.next("presence"))["count"] != 1:
                pass

    async def test_presence_counts_other_processes(
        self, door: Door, booking: Booking, environment: dict[str, str]
    ) -> None:
        channel = f"provider:{booking.specialist_id}"
        async with a_door(environment["NATS_URL"]) as elsewhere, door.socket() as here, elsewhere.socket() as there:
            await here.sign_in(a_token(booking.clinic_id))
            await here.listen(channel)
            await there.sign_in(a_token(booking.clinic_id))
            await there.listen(channel)
            while (await here.next("presence"))["count"] != 2:
                pass

    async def test_heartbeats_move_the_place_on(
        self, environment: dict[str, str], booking: Booking, carrier: str
    ) -> None:
        async with a_door(environment["NATS_URL"], carrier, realtime_heartbeat_s=0) as door, door.socket() as desk:
            await desk.sign_in(a_token(booking.clinic_id))
            await desk.listen(f"provider:{uuid4()}")
            await booking.books()
            while not (await desk.next("heartbeat"))["lastEventId"]:
                pass


class TestLimits:
    async def test_too_many_channels(self, door: Door) -> None:
        async with door.socket() as desk:
            await desk.sign_in(a_token(str(uuid4())))
            await desk.say("subscribe", channels=[f"provider:{uuid4()}" for _ in range(101)])
            error = await desk.next()
            assert error["code"] == "TOO_MANY_CHANNELS"

    @pytest.mark.parametrize(("sent", "code"), [("x" * 20_000, 1009), (b"{}", 1003)])
    async def test_what_cannot_be_taken_closes(self, door: Door, sent: Any, code: int) -> None:
        async with door.socket() as client:
            await client.raw.send(sent)
            assert (await client.closed())[0] == code

    @pytest.mark.parametrize(
        "sent",
        ["", "{", "[]", "{}", '{"type": 1}', '{"type": "nonsense"}', '{"type": "authenticate"}',
         '{"type": "authenticate", "token": 1, "clinicId": "x"}'],
    )  # fmt: skip
    async def test_what_means_nothing_is_answered(self, door: Door, sent: str) -> None:
        async with door.socket() as client:
            await client.raw.send(sent)
            assert (await client.next())["code"] == "BAD_MESSAGE"

    async def test_who_talks_too_much_is_closed(self, door: Door) -> None:
        async with door.socket() as client:
            with suppress(ConnectionClosed):
                for _ in range(1000):
                    await client.say("ping")
            assert (await client.closed())[0] == 4429

    async def test_too_many_connections(self, carrier: str) -> None:
        async with a_door(carrier=carrier, realtime_connections=3, realtime_per_principal=1) as door:
            clinic, me = str(uuid4()), str(uuid4())
            async with door.socket() as first, door.socket() as second:
                await first.sign_in(a_token(clinic, sub=me))
                await second.say("authenticate", token=a_token(clinic, sub=me))
                assert (await second.closed())[0] == 4430
                async with door.socket(), door.socket():
                    async with door.socket() as fourth:
                        assert (await fourth.closed())[0] == 4430
                    answer = await stream(door, clinicId=clinic, channels=f"provider:{uuid4()}")
                    assert (answer.status_code, answer.json()["code"]) == (429, "EXHAUSTED")
            await empty(door)
            assert not door.realtime.hub.principals

    async def test_who_has_many_addresses_of_one_network_counts_once(self) -> None:
        realtime = Realtime(Sessions(Identity()), Settings(realtime_per_address=2), None)
        first, second, third, other = (
            realtime.connect(address) for address in ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1")
        )
        assert third is None
        assert None not in (first, second, other)
        assert first is not None
        realtime.admit(first, Viewer.anybody(uuid4(), "2001:db8::1"), float("inf"))
        assert sorted(realtime.hub.principals.values()) == [1, 2]
        realtime.leave(first)
        assert realtime.connect("2001:db8::4") is not None

    async def test_who_does_not_read_is_closed_and_comes_back(
        self, environment: dict[str, str], booking: Booking, carrier: str
    ) -> None:
        async with a_door(environment["NATS_URL"], carrier, realtime_queue=20) as door:
            token = a_token(booking.clinic_id)
            async with door.socket(max_queue=1) as slow:
                await slow.sign_in(token)
                last = (await slow.listen(f"clinic:{booking.clinic_id}"))["lastEventId"]
                (connection,) = door.realtime.hub.connections
                await booking.books(400)
                # More than the socket's buffers hold: each is some 400 bytes, these are larger.
                while connection.ended is None:
                    await booking.books(200, room_id="x" * 30_000)
                assert len(connection.queue) <= 20
                assert (await slow.closed())[0] == 4008
            async with door.socket() as again:
                await again.sign_in(token)
                await again.listen(f"clinic:{booking.clinic_id}", last=last)
                assert len(ids(await again.events(800))) == 400


@pytest.mark.usefixtures("carrier")
@pytest.mark.parametrize("carrier", CARRIERS[:1], indirect=True, scope="module")
class TestStreams:
    async def test_the_same_events(self, door: Door, booking: Booking) -> None:
        token = a_token(booking.clinic_id)
        async with events(door, clinicId=booking.clinic_id, token=token, providerId=booking.specialist_id) as heard:
            assert (await anext(heard))["event"] == "subscribed"
            (id_,) = await booking.books()
            created, taken = await anext(heard), await anext(heard)
        assert (created["event"], orjson.loads(created["data"])["appointmentId"]) == ("appointment.created", id_)
        assert taken["id"] == orjson.loads(taken["data"])["metadata"]["eventId"]
        async with events(
            door, headers={"Last-Event-ID": created["id"], "Authorization": f"Bearer {token}"},
            clinicId=booking.clinic_id, channels=f"provider:{booking.specialist_id}",
        ) as heard:  # fmt: skip
            assert (await anext(heard))["event"] == "subscribed"
            assert await anext(heard) == taken
        await empty(door)

    async def test_who_leaves_before_any_event_hears_what_was_said_meanwhile(
        self, door: Door, booking: Booking
    ) -> None:
        asked = {
            "clinicId": booking.clinic_id,
            "token": a_token(booking.clinic_id),
            "channels": f"patient:{booking.patient_id}",
        }
        async with events(door, **asked) as heard:
            last = (await anext(heard))["id"]
        missed = await booking.books(2)
        for _ in range(2):
            async with events(door, headers={"Last-Event-ID": last}, **asked) as heard:
                subscribed = await anext(heard)
                last = subscribed.get("id", last)
        async with events(door, headers={"Last-Event-ID": last}, **asked) as heard:
            await anext(heard)
            found = [orjson.loads((await anext(heard))["data"])["appointmentId"] for _ in missed]
        assert found == missed

    async def test_who_has_read_before_hears_what_was_said_since(
        self, environment: dict[str, str], booking: Booking
    ) -> None:
        asked = {"clinicId": booking.clinic_id, "token": a_token(booking.clinic_id)}
        async with an_older_door(environment) as door:
            async with events(door, **asked) as early:
                await anext(early)
                await booking.books()
                told = [await anext(early) for _ in range(2)]
            async with events(door, secondsAgo="60", **asked) as late:
                subscribed = await anext(late)
                assert [await anext(late) for _ in told] == told
                (later,) = await booking.books()
                assert orjson.loads((await anext(late))["data"])["appointmentId"] == later
            # It has a place before anything is told, and whoever comes back is there, whatever the address says.
            for last, missed in ((subscribed["id"], told[0]["data"]), (told[-1]["id"], later)):
                async with events(door, headers={"Last-Event-ID": last}, secondsAgo="3600", **asked) as again:
                    await anext(again)
                    assert missed in (await anext(again))["data"]

    async def test_who_has_read_before_hears_nothing_if_nothing_was_said(
        self, environment: dict[str, str], booking: Booking
    ) -> None:
        other = {"clinicId": str(uuid4()), "providerId": booking.specialist_id, "secondsAgo": "60"}
        async with an_older_door(environment) as door:
            async with events(door, clinicId=booking.clinic_id, token=a_token(booking.clinic_id)) as own:
                await anext(own)
                await booking.books()
                await anext(own)
            async with events(door, **other) as heard:
                assert (await anext(heard))["id"]
                await door.realtime.stop()
                assert orjson.loads((await anext(heard))["data"])["code"] == "RESTARTS"

    @pytest.mark.parametrize(("kept", "seconds_ago"), [(3, "60"), (100, "3600")])
    async def test_who_has_read_before_all_that_is_remembered_fetches_anew(
        self, environment: dict[str, str], booking: Booking, kept: int, seconds_ago: str
    ) -> None:
        asked = {"clinicId": booking.clinic_id, "token": a_token(booking.clinic_id)}
        async with an_older_door(environment, realtime_kept=kept) as door:
            async with events(door, **asked) as early:
                await anext(early)
                await booking.books(4)
                for _ in range(8):
                    await anext(early)
            async with events(door, secondsAgo=seconds_ago, **asked) as late:
                await anext(late)
                reset = await anext(late)
                assert (reset["event"], bool(reset["id"])) == ("reset", True)

    async def test_who_has_to_fetch_anew_does_so_once(self, door: Door, booking: Booking) -> None:
        asked = {"clinicId": booking.clinic_id, "token": a_token(booking.clinic_id)}
        async with events(door, headers={"Last-Event-ID": "b999999999.s0"}, **asked) as heard:
            assert (await anext(heard))["event"] == "subscribed"
            reset = await anext(heard)
        assert reset["event"] == "reset"
        (missed,) = await booking.books()
        async with events(door, headers={"Last-Event-ID": reset["id"]}, **asked) as heard:
            assert (await anext(heard))["event"] == "subscribed"
            assert orjson.loads((await anext(heard))["data"])["appointmentId"] == missed

    async def test_forbidden_channels_are_named_and_others_heard(self, door: Door, booking: Booking) -> None:
        wanted = f"clinic:{booking.clinic_id},provider:{booking.specialist_id}"
        async with events(door, clinicId=booking.clinic_id, channels=wanted) as heard:
            assert orjson.loads((await anext(heard))["data"])["channel"] == f"clinic:{booking.clinic_id}"
            assert (await anext(heard))["event"] == "subscribed"
            await booking.books()
            assert (await anext(heard))["event"] == "availability.invalidated"

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ({}, 400),
            ({"clinicId": "x"}, 400),
            ({"clinicId": str(uuid4())}, 403),
            ({"clinicId": str(uuid4()), "channels": "nonsense"}, 400),
            ({"clinicId": str(uuid4()), "locationId": str(uuid4())}, 400),
            ({"clinicId": str(uuid4()), "providerId": str(uuid4()), "lastEventId": "x"}, 400),
            ({"clinicId": str(uuid4()), "providerId": str(uuid4()), "slip": "x"}, 400),
            ({"clinicId": str(uuid4()), "providerId": str(uuid4()), "secondsAgo": "-1"}, 400),
            ({"clinicId": str(uuid4()), "providerId": str(uuid4()), "token": "x"}, 401),
        ],
    )
    async def test_what_cannot_be_heard_is_a_problem(self, door: Door, asked: dict[str, str], status: int) -> None:
        answer = await stream(door, **asked)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert asked.get("token", "no token") not in answer.text

    async def test_another_clinic_is_not_there(self, door: Door) -> None:
        token = a_token(str(uuid4()))
        answer = await stream(door, clinicId=str(uuid4()), providerId=str(uuid4()), token=token)
        assert answer.status_code == 404, answer.text
        assert token not in answer.text

    async def test_ends_with_its_token(self, booking: Booking) -> None:
        async with a_door() as door:
            token = a_token(booking.clinic_id)
            async with events(door, clinicId=booking.clinic_id, token=token) as heard:
                assert (await anext(heard))["event"] == "subscribed"
                door.clock[0] = 601
                assert orjson.loads((await anext(heard))["data"])["code"] == "TOKEN_EXPIRED"
                with pytest.raises(StopAsyncIteration):
                    await anext(heard)

    async def test_heartbeats_move_the_place_on(self, environment: dict[str, str], booking: Booking) -> None:
        async with (
            a_door(environment["NATS_URL"], realtime_heartbeat_s=0) as door,
            httpx.AsyncClient() as http,
            http.stream(
                "GET", f"http://{door.url}/v1/realtime/sse",
                params={"clinicId": booking.clinic_id, "providerId": booking.specialist_id},
            ) as answer,
        ):  # fmt: skip
            lines = answer.aiter_lines()
            async with asyncio.timeout(10):
                assert await anext(lines) == "retry: 3000"
                while await anext(lines) != ": heartbeat":
                    pass
                assert (await anext(lines)).startswith("id: b")
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-accel-buffering"] == "no"
            assert "x-request-id" in answer.headers


async def test_a_gateway_that_stops_says_so_to_everybody(booking: Booking, carrier: str) -> None:
    async with a_door(carrier=carrier) as door, door.socket() as client:
        await client.sign_in(a_token(booking.clinic_id))
        async with events(door, clinicId=booking.clinic_id, providerId=str(uuid4())) as heard:
            await anext(heard)
            await door.realtime.stop()
            assert orjson.loads((await anext(heard))["data"])["code"] == "RESTARTS"
        assert (await client.closed())[0] == 1012


async def test_how_it_works_is_documented(door: Door) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"http://{door.url}/docs/realtime")
    assert "/v1/realtime/ws" in answer.text


@asynccontextmanager
async def an_older_door(environment: dict[str, str], **settings: Any) -> AsyncIterator[Door]:
    """Half an hour old: so far back it knows what was said."""
    async with a_door(environment["NATS_URL"], **settings) as door:
        began = door.realtime.hub.now
        door.realtime.hub.now = lambda: began() + timedelta(minutes=30)
        yield door


async def empty(door: Door) -> None:
    async with asyncio.timeout(10):
        await door.realtime._emptied.wait()


async def stream(door: Door, **asked: str) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        return await http.get(f"http://{door.url}/v1/realtime/sse", params=asked)


class events:  # noqa: N801  # reads as a verb
    """Of a server-sent stream, as field -> value."""

    def __init__(self, door: Door, headers: dict[str, str] | None = None, **asked: str) -> None:
        self._http = httpx.AsyncClient(timeout=15)
        self._asked = self._http.stream(
            "GET", f"http://{door.url}/v1/realtime/sse", params=asked, headers=headers or {}
        )

    async def __aenter__(self) -> AsyncIterator[dict[str, str]]:
        answer = await self._asked.__aenter__()
        assert answer.status_code == 200, await answer.aread()
        return self._read(answer)

    async def __aexit__(self, *how: object) -> None:
        await self._asked.__aexit__(*how)
        await self._http.aclose()

    async def _read(self, answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
        event: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name in ("event", "id", "data"):
                event[name] = value
            elif not line:
                if event.get("event") not in (None, "presence"):
                    yield event
                event = {}
