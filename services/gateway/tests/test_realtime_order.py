"""Places in the order, who is looked up, and coming back: nothing left out, nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from gateway.realtime.channels import Channel, Hears, Kind, Viewer
from gateway.realtime.connection import Connection, Listening
from gateway.realtime.cursor import WHOLE, Cursor
from gateway.realtime.frames import Entry, EventFrame
from gateway.realtime.hub import Hub, found
from gateway.realtime.mapping import Audience, Place, Told
from gateway.realtime.ring import Ring
from hypothesis import given
from hypothesis import strategies as some
from listening import Booking, Door, a_door, a_stream, a_token

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

marks = some.tuples(some.integers(0, 10**12), some.integers(1, 999) | some.just(WHOLE))
cursors = some.builds(Cursor, marks, marks)


class TestCursors:
    @given(cursors)
    def test_come_back_as_they_went(self, cursor: Cursor) -> None:
        assert Cursor.parse(str(cursor)) == cursor

    @given(some.text())
    def test_any_text_is_one_or_none(self, text: str) -> None:
        assert Cursor.parse(text) is None or str(Cursor.parse(text))

    @given(cursors, cursors)
    def test_a_merged_one_covers_both(self, one: Cursor, other: Cursor) -> None:
        merged = one.merged(other)
        assert merged.covers(one)
        assert merged.covers(other)

    def test_an_event_that_was_heard_in_part_is_before_the_whole(self) -> None:
        part, whole = Cursor.parse("b5:1.s3"), Cursor.parse("b5.s3")
        assert part is not None
        assert whole is not None
        assert whole.covers(part)
        assert not part.covers(whole)


def a_ring(streams: list[str], most: int) -> tuple[Ring, list[Entry]]:
    """As if a process had heard of these streams, in this order."""
    ring, sequences, entries = Ring(most, timedelta(hours=1)), {"b": 0, "s": 0}, []
    for stream in streams:
        sequences[stream] += 1
        entries.append(Entry(stream, sequences[stream], ring.position, "", "", NOW, b""))
        ring.append(entries[-1], NOW)
    return ring, entries


class TestRing:
    @given(
        some.lists(some.sampled_from("bs"), max_size=60),
        some.integers(1, 20),
        some.integers(0, 40),
        some.integers(0, 40),
    )
    def test_gives_what_is_missing_in_order_or_says_that_it_cannot(
        self, streams: list[str], most: int, b: int, s: int
    ) -> None:
        ring, entries = a_ring(streams, most)
        cursor = Cursor((b, WHOLE), (s, WHOLE))
        missing = [e for e in entries if e.sequence > (b if e.stream == "b" else s)]
        if ring.reaches(cursor):
            assert ring.after(cursor, 1000) == missing
            assert ring.after(cursor, 3) == missing[:3]
        else:
            assert len(entries) > most
            assert len(missing) > len([e for e in missing if e in ring.after(Cursor(), 1000)])

    @given(
        some.lists(some.tuples(some.sampled_from("bs"), some.integers(-99, 0)), max_size=30),
        some.integers(1, 20),
        some.integers(-2, 32),
    )
    def test_knows_where_somebody_was_then(self, told: list[tuple[str, int]], most: int, second: int) -> None:
        """Events are heard a second apart, each some time after it occurred."""
        ring, sequences, entries = Ring(most, timedelta(hours=1)), {"b": 0, "s": 0}, []
        for stream in sequences:
            ring.begin(stream, 0, NOW)
        for heard, (stream, occurred) in enumerate(told, 1):
            then = NOW + timedelta(seconds=heard)
            sequences[stream] += 1
            occurred_at = then + timedelta(seconds=occurred)
            entries.append(Entry(stream, sequences[stream], ring.position, "", "", occurred_at, b""))
            ring.append(entries[-1], then)
        cursor = ring.at(NOW + timedelta(seconds=second))
        if cursor is None:
            assert second <= max(0, len(told) - most)
        else:
            assert ring.reaches(cursor)
            assert ring.after(cursor, 100) == entries[second - 1 :]

    def test_knows_nothing_of_before_it_began(self) -> None:
        ring = Ring(10, timedelta(hours=1))
        assert ring.at(NOW) is None
        ring.begin("b", 7, NOW)
        ring.begin("s", 3, NOW + timedelta(seconds=1))
        assert ring.at(NOW + timedelta(seconds=1)) is None
        assert ring.at(NOW + timedelta(seconds=2)) == ring.position
        ring.restart("s", 0, NOW + timedelta(seconds=5))
        assert ring.at(NOW + timedelta(seconds=4)) is None

    def test_old_events_go(self) -> None:
        ring = Ring(100, timedelta(hours=1))
        for n in (1, 2, 3):
            ring.append(
                Entry("b", n, ring.position, "", "", NOW + timedelta(minutes=40 * n), b""),
                NOW + timedelta(minutes=40 * n),
            )
        assert [e.sequence for e in ring.after(ring.floor, 100)] == [2, 3]
        assert not ring.reaches(Cursor())

    def test_an_event_that_was_heard_in_part_is_given_again(self) -> None:
        ring, entries = a_ring(["b", "b"], 10)
        assert ring.after(Cursor((1, 1), (0, WHOLE)), 10) == entries


SOME_IDS = [str(uuid4()) for _ in range(3)]
DAYS = ["2026-01-01", "2026-01-02"]
ids = some.sampled_from(SOME_IDS)
channels = (
    some.builds(Channel, some.just("provider"), ids, some.just(""))
    | some.builds(Channel, some.just("patient"), ids, some.just(""))
    | some.builds(Channel, some.just("location"), ids, some.sampled_from(DAYS))
    | some.just(Channel("clinic", SOME_IDS[0]))
)
places = some.builds(Place, some.none() | ids, some.none() | some.frozensets(some.sampled_from(DAYS)))
audiences = some.builds(
    Audience, some.none() | some.frozensets(ids), some.lists(places, max_size=2).map(tuple), some.just("") | ids
)


def a_connection(hub: Hub, clinic_id: str = SOME_IDS[0]) -> Connection:
    connection = Connection("me", 256, expires_at=0, next_beat=0)
    connection.viewer = Viewer(clinic_id, Kind.STAFF, "me")
    hub.connections.add(connection)
    return connection


class TestWhoIsLookedUp:
    @given(
        some.lists(some.lists(some.tuples(channels, some.sampled_from(Hears)), max_size=4), max_size=4),
        audiences,
        some.booleans(),
    )
    def test_are_those_whose_channels_it_concerns(
        self, listeners: list[list[tuple[Channel, Hears]]], audience: Audience, public: bool
    ) -> None:
        hub = Hub(Ring(10, timedelta(hours=1)), lambda: NOW)
        for wanted in listeners:
            connection = a_connection(hub)
            for channel, hears in wanted:
                hub.listen(connection, channel, Listening(hears, Cursor()))
        frame = EventFrame(Told("x", {}, audience, public), "b", (1, WHOLE), Cursor((1, WHOLE)), "")
        clinic = hub._clinics.get(SOME_IDS[0], {})
        assert set(found(clinic, SOME_IDS[0], frame)) == {c for c in hub.connections if c.hears(frame)}

    def test_nobody_stays_behind(self) -> None:
        hub = Hub(Ring(10, timedelta(hours=1)), lambda: NOW)
        connection = a_connection(hub)
        hub.listen(connection, Channel("provider", SOME_IDS[0]), Listening(Hears.ALL, Cursor()))
        hub.leave(connection)
        assert not hub.connections
        assert not hub._clinics


@pytest.fixture(scope="module")
async def jetstream(environment: dict[str, str]) -> AsyncIterator[Any]:
    async with a_stream(environment["NATS_URL"]) as found_there:
        yield found_there


@pytest.fixture
def booking(jetstream: Any) -> Booking:
    return Booking(jetstream)


class TestComingBack:
    @pytest.mark.parametrize("kept", [20_000, 7], ids=["from the ring", "from the stream"])
    async def test_nothing_is_left_out_or_twice_while_events_keep_coming(
        self, environment: dict[str, str], booking: Booking, kept: int
    ) -> None:
        """It leaves after any number of messages, also between the two of one booking, and goes to another process."""
        async with (
            a_door(environment["NATS_URL"], realtime_kept=kept) as one,
            a_door(environment["NATS_URL"], realtime_kept=kept) as other,
        ):
            async with one.socket() as desk:
                await desk.sign_in(a_token(booking.clinic_id))
                last = (await desk.listen(f"clinic:{booking.clinic_id}"))["lastEventId"]
            booked = asyncio.create_task(booking.books(60))
            seen: list[tuple[str, str]] = []
            doors, counts = [other, one], [1, 7, 0, 12, 3, 31]
            while len(seen) < 120:
                async with doors[0].socket() as desk:
                    await desk.sign_in(a_token(booking.clinic_id))
                    await desk.listen(f"clinic:{booking.clinic_id}", last=last)
                    for event in await desk.events(min(counts[0], 120 - len(seen))):
                        seen.append((event["type"], event["payload"].get("appointmentId", "")))
                        last = event["metadata"]["eventId"]
                doors.reverse()
                counts.append(counts.pop(0))
            assert [id_ for type_, id_ in seen if type_ == "appointment.created"] == await booked
            assert [type_ for type_, _ in seen] == ["appointment.created", "availability.invalidated"] * 60

    async def test_to_a_gateway_that_has_just_started(self, environment: dict[str, str], booking: Booking) -> None:
        async with a_door(environment["NATS_URL"]) as before, before.socket() as desk:
            await desk.sign_in(a_token(booking.clinic_id))
            last = (await desk.listen(f"clinic:{booking.clinic_id}"))["lastEventId"]
        booked = await booking.books(3)
        async with a_door(environment["NATS_URL"]) as after, after.socket() as fresh, after.socket() as back:
            await fresh.sign_in(a_token(booking.clinic_id))
            await fresh.listen(f"clinic:{booking.clinic_id}")
            await back.sign_in(a_token(booking.clinic_id))
            await back.listen(f"clinic:{booking.clinic_id}", last=last)
            assert [e["payload"].get("appointmentId") for e in (await back.events(6))[::2]] == booked
            await fresh.say("ping")
            assert (await fresh.next())["type"] == "pong", "what was before does not concern who comes new"

    async def test_one_channel_more_with_its_past_repeats_nothing_of_the_others(
        self, environment: dict[str, str], booking: Booking, jetstream: Any
    ) -> None:
        async with a_door(environment["NATS_URL"]) as door, door.socket() as desk:
            await desk.sign_in(a_token(booking.clinic_id))
            last = (await desk.listen(f"provider:{booking.specialist_id}"))["lastEventId"]
            elsewhere = Booking(jetstream, booking.clinic_id)
            (first,) = await booking.books()
            (missed,) = await elsewhere.books()
            assert (await desk.events(2))[0]["payload"]["appointmentId"] == first
            await desk.listen(f"provider:{elsewhere.specialist_id}", last=last)
            (new,) = await booking.books()
            heard = await desk.events(4)
            assert [e["payload"].get("appointmentId") for e in heard[::2]] == [missed, new]

    @pytest.mark.parametrize("last", ["b999999999.s0", "b0.s999999999"])
    async def test_from_a_place_that_never_was_all_is_fetched_anew(
        self, environment: dict[str, str], booking: Booking, last: str
    ) -> None:
        async with a_door(environment["NATS_URL"]) as door, door.socket() as desk:
            await desk.sign_in(a_token(booking.clinic_id))
            await desk.listen(f"clinic:{booking.clinic_id}", last=last)
            assert (await desk.next())["type"] == "reset"
            await booking.books()
            assert (await desk.next())["type"] == "appointment.created"

    async def test_from_too_long_ago_all_is_fetched_anew(self, environment: dict[str, str], booking: Booking) -> None:
        async with a_door(environment["NATS_URL"], realtime_kept=2, realtime_older=3) as door, door.socket() as desk:
            await booking.books(9)
            await desk.sign_in(a_token(booking.clinic_id))
            await desk.listen(f"clinic:{booking.clinic_id}", last="b1.s0")
            said = await desk.next()
            assert said["type"] == "reset"
            assert Cursor.parse(said["lastEventId"]) is not None

    async def test_a_place_that_means_nothing_is_an_error(self, environment: dict[str, str]) -> None:
        async with a_door() as door, door.socket() as desk:
            await desk.sign_in(a_token(str(uuid4())))
            await desk.say("subscribe", channels=[f"provider:{uuid4()}"], lastEventId="yesterday")
            assert (await desk.next())["code"] == "BAD_EVENT_ID"


async def test_a_stream_that_is_another_than_before_means_fetching_anew(
    environment: dict[str, str], booking: Booking
) -> None:
    async with a_door(environment["NATS_URL"]) as door, door.socket() as desk:
        await desk.sign_in(a_token(booking.clinic_id))
        await desk.listen(f"clinic:{booking.clinic_id}")
        await booking.books()
        await desk.events(2)
        _restarted_elsewhere(door)
        assert (await desk.next())["type"] == "reset"
        (id_,) = await booking.books()
        assert (await desk.next())["payload"]["appointmentId"] == id_


def _restarted_elsewhere(door: Door) -> None:
    """What its reader does when it finds a shorter stream."""
    hub = door.realtime.hub
    hub.ring.restart("s", 0, hub.now())
    hub.reset()
