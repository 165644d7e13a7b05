"""From outbox to effect: nothing lost, nothing twice, whatever ends in between."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from unittest.mock import AsyncMock

import asyncpg
import nats
import pytest
from ambulo.catalog.v1 import events_pb2, locations_pb2
from chassis import Call, clock
from chassis.database import Pool
from chassis.dead_letters import redrive
from chassis.errors import Conflict, Unavailable
from chassis.ids import new_id
from chassis.inbox import Delivery
from chassis.testing import Running
from trial import a_location

Trial = Callable[..., Awaitable[Running]]
SUBJECT = "ambulo.catalog.v1.LocationDefined"


async def eventually(look: Callable[[], Awaitable[Any]], *, seconds: float = 10) -> Any:
    deadline = asyncio.get_running_loop().time() + seconds
    while not (found := await look()):
        assert asyncio.get_running_loop().time() < deadline, "it did not come"
        await asyncio.sleep(0.02)
    return found


def an_event() -> events_pb2.LocationDefined:
    return events_pb2.LocationDefined(location=locations_pb2.Location(id=str(new_id()), name="Centre", version=1))


async def in_stream(running: Running, environment: dict[str, str]) -> list[str]:
    """Names of this clinic's locations in the stream, in its order."""
    client = await nats.connect(environment["NATS_URL"])
    try:
        jetstream = client.jetstream()
        state = (await jetstream.stream_info("CATALOG")).state
        stored = [await jetstream.get_msg("CATALOG", n) for n in range(max(1, state.first_seq), state.last_seq + 1)]
    finally:
        await client.close()
    mine = [m for m in stored if (m.headers or {}).get("ce-clinic") == str(running.clinic_id)]
    return [events_pb2.LocationDefined.FromString(m.data).location.name for m in mine]


async def published(running: Running) -> int:
    return await running.chassis.pool.fetchval(
        "SELECT count(id) FROM outbox WHERE clinic_id = $1 AND published_at IS NOT NULL", running.clinic_id
    )


class TestRelay:
    async def test_events_arrive_in_the_order_of_their_commits(self, trial: Trial, environment: dict[str, str]) -> None:
        running = await trial(listening=True)
        names = [f"Place {n:03}" for n in range(50)]
        for name in names:
            await running.ask("DefineLocation", a_location(name=name))
        await eventually(lambda: _is(published(running), 50))
        assert await in_stream(running, environment) == names

    async def test_what_a_crash_left_in_the_outbox_goes_out_at_the_next_start(
        self, trial: Trial, environment: dict[str, str]
    ) -> None:
        dead = await trial()  # answers requests, relays nothing
        await dead.ask("DefineLocation", a_location(name="Left behind"))
        assert await published(dead) == 0
        await trial(listening=True)
        await eventually(lambda: _is(published(dead), 1))
        assert await in_stream(dead, environment) == ["Left behind"]

    async def test_a_crash_between_publishing_and_noting_it_shows_nowhere(
        self, trial: Trial, environment: dict[str, str]
    ) -> None:
        running = await trial(listening=True)
        await running.ask("DefineLocation", a_location(name="Once"))
        await eventually(lambda: _is(published(running), 1))
        await running.chassis.pool.execute(
            "UPDATE outbox SET published_at = NULL WHERE clinic_id = $1", running.clinic_id
        )
        await eventually(lambda: _is(published(running), 1))
        assert await in_stream(running, environment) == ["Once"]

    async def test_of_two_relays_one_works_and_the_other_takes_over(
        self, trial: Trial, environment: dict[str, str]
    ) -> None:
        first, second = await trial(listening=True), await trial(listening=True)
        await first.process.stop()
        first.process.chassis.clear()
        await second.ask("DefineLocation", a_location(name="After"))
        await eventually(lambda: _is(published(second), 1))
        assert await in_stream(second, environment) == ["After"]


class TestInbox:
    async def test_an_event_that_comes_twice_takes_effect_once(self, trial: Trial) -> None:
        heard = []

        async def react(event: events_pb2.LocationDefined, call: Call) -> None:
            heard.append(event.location.id)
            call.emit(events_pb2.LocationDefined(location=event.location), key=event.location.id)

        running, event, id_ = await trial(hears=True, react=react), an_event(), new_id()
        for _ in range(3):
            await running.hear(event, event_id=id_)
        assert await running.events() == ["LocationDefined"]

    async def test_a_reaction_that_fails_leaves_nothing(self, trial: Trial) -> None:
        async def react(event: events_pb2.LocationDefined, call: Call) -> None:
            call.emit(event)
            await call.tx.execute("SELECT 1")
            raise Conflict

        running, id_ = await trial(hears=True, react=react), new_id()
        with pytest.raises(Conflict):
            await running.hear(an_event(), event_id=id_)
        assert await running.events() == []
        assert not await running.chassis.pool.fetchval("SELECT true FROM inbox WHERE event_id = $1", id_)

    async def test_what_cannot_be_handled_becomes_a_dead_letter_and_can_be_redriven(self, trial: Trial) -> None:
        broken, done = True, []

        async def react(event: events_pb2.LocationDefined, call: Call) -> None:
            if call.clinic_id == running.clinic_id:
                if broken:
                    raise ValueError("a bug")
                done.append(event.location.name)

        running = await trial(hears=True, react=react, listening=True)
        await running.ask("DefineLocation", a_location(name="Stubborn"))
        letter = await eventually(lambda: _dead_letter(running))
        assert (letter["attempts"], letter["error"]) == (3, "ValueError")

        consumers = running.chassis.consumers
        assert await redrive(running.chassis.pool, consumers, letter["event_id"]) == (0, 1)
        broken = False
        assert await redrive(running.chassis.pool, consumers, letter["event_id"]) == (1, 0)
        assert await redrive(running.chassis.pool, consumers, letter["event_id"]) == (0, 0)
        assert done == ["Stubborn"]

    async def test_what_takes_the_database_too_long_every_time_becomes_a_dead_letter(self, trial: Trial) -> None:
        async def react(_: events_pb2.LocationDefined, call: Call) -> None:
            if call.clinic_id == running.clinic_id:
                await call.tx.execute("SET LOCAL statement_timeout = '5ms'")
                await call.tx.execute("SELECT pg_sleep(1)")

        running = await trial(hears=True, react=react, listening=True)
        await running.ask("DefineLocation", a_location(name="Slow"))
        letter = await eventually(lambda: _dead_letter(running))
        assert (letter["attempts"], letter["error"]) == (3, "QueryCanceledError")

    @pytest.mark.parametrize(
        "away",
        [Unavailable(), ConnectionResetError(), asyncpg.TooManyConnectionsError(), asyncpg.DeadlockDetectedError()],
    )
    async def test_what_is_only_unavailable_waits_and_is_never_dead(
        self, away: Exception, trial: Trial, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chassis.inbox._UNAVAILABLE_RETRY_S", 0.05)
        tries, done = [], []

        async def react(event: events_pb2.LocationDefined, call: Call) -> None:
            if call.clinic_id == running.clinic_id:
                tries.append(1)
                if len(tries) < 6:
                    raise away
                done.append(event.location.name)

        running = await trial(hears=True, react=react, listening=True)
        await running.ask("DefineLocation", a_location(name="Patient"))
        await eventually(lambda: _value(done))
        assert await _dead_letter(running) is None

    async def test_without_a_connection_it_is_only_unavailable(self, trial: Trial) -> None:
        async def react(_: events_pb2.LocationDefined, call: Call) -> None:
            call.tx._pool = full
            await call.tx.execute("SELECT 1")

        running, everything = await trial(hears=True, react=react), AsyncMock(get_max_size=lambda: 1)
        everything.acquire.side_effect = TimeoutError
        full = Pool(everything, at_hand=1)
        with pytest.raises(Unavailable):
            await running.hear(an_event())

    async def test_a_foreign_message_does_not_stop_the_others(self, trial: Trial, environment: dict[str, str]) -> None:
        done = []

        async def react(event: events_pb2.LocationDefined, call: Call) -> None:
            done.append(call.clinic_id)

        running = await trial(hears=True, react=react, listening=True)
        client = await nats.connect(environment["NATS_URL"])
        await eventually(lambda: _stream_is_there(client))
        await client.jetstream().publish(SUBJECT, b"not ours")
        await client.jetstream().publish(SUBJECT, b"\xff", headers={"ce-id": "7", "ce-time": "now"})
        await client.close()
        await running.ask("DefineLocation", a_location())
        await eventually(lambda: _value(running.clinic_id in done))


class TestTogether:
    async def test_many_take_effect_once_each_also_when_they_come_again(self, trial: Trial) -> None:
        async def react(event: events_pb2.LocationDefined, call: Call) -> None:
            await call.tx.execute("SELECT 1")
            call.emit(event, key=event.location.name)

        running = await trial(hears=True, react=react, together=True)
        deliveries = [_delivery(running, f"Place {n}") for n in range(5)]
        consumer = running.chassis.consumers[0]
        await consumer.handle(deliveries[3])
        await consumer.handle_together(deliveries)
        await consumer.handle_together(deliveries)
        rows = await running.chassis.pool.fetch(
            "SELECT key, request_id FROM outbox WHERE clinic_id = $1 ORDER BY seq", running.clinic_id
        )
        assert [row["key"] for row in rows] == [f"Place {n}" for n in (3, 0, 1, 2, 4)]
        assert [row["request_id"] for row in rows] == [f"request of Place {n}" for n in (3, 0, 1, 2, 4)]

    async def test_of_many_one_that_fails_holds_up_none(self, trial: Trial) -> None:
        done: set[str] = set()

        async def react(event: events_pb2.LocationDefined, call: Call) -> None:
            if call.clinic_id != running.clinic_id:
                return
            if event.location.name == "Place 3":
                raise ValueError("a bug")
            await call.tx.execute("SELECT 1")
            done.add(event.location.name)

        running = await trial(hears=True, react=react, together=True, listening=True)
        for n in range(6):
            await running.ask("DefineLocation", a_location(name=f"Place {n}"))
        letter = await eventually(lambda: _dead_letter(running))
        assert (letter["attempts"], letter["error"]) == (3, "ValueError")
        await eventually(lambda: _value(len(done) == 5))

    async def test_who_waits_is_told_when_it_is_committed(self, trial: Trial) -> None:
        running = await trial(hears=True, together=True)
        delivery, heard = _delivery(running, "Awaited"), running.chassis.heard
        consumers = {SUBJECT: running.chassis.consumers[0].name}
        waiting = asyncio.create_task(heard.all(consumers, [(SUBJECT, delivery.event_id)], within_s=10))
        assert not await heard.all(consumers, [(SUBJECT, delivery.event_id)], within_s=0.03)
        await running.chassis.consumers[0].handle(delivery)
        assert await waiting

    async def test_what_is_heard_does_not_queue_behind_requests(self, trial: Trial) -> None:
        running = await trial(hears=True, together=True)
        pool = running.chassis.pool
        async with AsyncExitStack() as requests:
            for _ in range(pool.size):
                requests.push_async_callback(pool.give, await pool.take())
            async with asyncio.timeout(3):
                await running.chassis.consumers[0].handle(_delivery(running, "Heard"))

    async def test_what_another_replica_has_heard_is_looked_for_sooner_while_there_is_one(self, trial: Trial) -> None:
        running = await trial(hears=True, together=True)
        heard, consumer = running.chassis.heard, running.chassis.consumers[0].name

        async def is_told(within_s: float) -> bool:
            event_id = new_id()
            add = "INSERT INTO inbox (consumer, event_id) VALUES ($1, $2)"
            waiting = asyncio.create_task(heard.all({SUBJECT: consumer}, [(SUBJECT, event_id)], within_s))
            await running.chassis.pool.execute(add, consumer, event_id)
            return await waiting

        assert await is_told(within_s=1)
        heard._alone_from += 60
        assert await is_told(within_s=0.09)

    async def test_what_this_one_has_committed_but_not_noted_yet_is_no_sign_of_another(self, trial: Trial) -> None:
        running = await trial(hears=True, together=True)
        heard, consumer, event_id = running.chassis.heard, running.chassis.consumers[0].name, new_id()
        with heard.taking([(consumer, event_id)]):
            add = "INSERT INTO inbox (consumer, event_id) VALUES ($1, $2)"
            await running.chassis.pool.execute(add, consumer, event_id)
            assert await heard.all({SUBJECT: consumer}, [(SUBJECT, event_id)], within_s=1)
        assert heard._alone_from == 0


def _delivery(running: Running, name: str) -> Delivery:
    event = events_pb2.LocationDefined(location=locations_pb2.Location(name=name))
    return Delivery(new_id(), running.clinic_id, event.SerializeToString(), clock.now(), f"request of {name}", "")


async def _is(count: Awaitable[int], expected: int) -> bool:
    return await count == expected


async def _value(found: Any) -> Any:
    return found


async def _dead_letter(running: Running) -> Any:
    return await running.chassis.pool.fetchrow(
        "SELECT event_id, attempts, error FROM dead_letter WHERE clinic_id = $1", running.clinic_id
    )


async def _stream_is_there(client: Any) -> bool:
    try:
        return bool(await client.jetstream().stream_info("CATALOG"))
    except nats.js.errors.NotFoundError:
        return False
