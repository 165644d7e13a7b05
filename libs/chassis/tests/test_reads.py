"""Many reads on one stream, over real gRPC: each gets its own answer, and none has to wait for another's."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import grpc
import pytest
from chassis import reads
from chassis.errors import DeadlineExceeded, Internal, Invalid, NotFound, Unavailable
from chassis.reads import ReadsIn, ReadsOut


class Answers:
    """What the other side answers."""

    def __init__(self) -> None:
        self.arrived = 0
        self.gate = asyncio.Event()
        self.given_up = asyncio.Event()

    async def echo(self, message: bytes, metadata: Mapping[str, str], seconds_left: float) -> bytes:
        return message + metadata["who"].encode() + (b"!" if 0 < seconds_left <= 5 else b"?")

    async def late(self, message: bytes, metadata: Mapping[str, str], seconds_left: float) -> bytes:
        self.arrived += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.given_up.set()
            raise
        return message

    async def missing(self, message: bytes, metadata: Mapping[str, str], seconds_left: float) -> bytes:
        raise NotFound("no such thing")

    async def wrong(self, message: bytes, metadata: Mapping[str, str], seconds_left: float) -> bytes:
        raise RuntimeError("a bug")

    async def large(self, message: bytes, metadata: Mapping[str, str], seconds_left: float) -> bytes:
        return bytes(int(message))


class Pair:
    """Both sides, and the server between them."""

    def __init__(self) -> None:
        self.answers = Answers()
        names = ("echo", "late", "missing", "wrong", "large")
        self.incoming = ReadsIn({f"/{name}": getattr(self.answers, name) for name in names})
        self.port = 0
        self.server: grpc.aio.Server

    async def start(self) -> None:
        limit = ("grpc.max_receive_message_length", reads.MESSAGE_LIMIT_BYTES)
        self.server = grpc.aio.server(options=[limit])
        self.server.add_generic_rpc_handlers([self.incoming.handler()])
        self.port = self.server.add_insecure_port(f"127.0.0.1:{self.port}")
        await self.server.start()
        if not hasattr(self, "channel"):
            self.channel = grpc.aio.insecure_channel(
                f"127.0.0.1:{self.port}", options=[limit, ("grpc.initial_reconnect_backoff_ms", 50)]
            )
            self.outgoing = ReadsOut(self.channel, "the other")

    async def ask(self, name: str, message: bytes = b"", seconds: float = 5) -> bytes:
        return await self.outgoing.ask(f"/{name}", message, [("who", "me:you")], seconds)

    async def has_arrived(self, number: int = 1) -> None:
        while self.answers.arrived < number:  # noqa: ASYNC110  # more than one event
            await asyncio.sleep(0.01)


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    it = Pair()
    await it.start()
    yield it
    it.outgoing.close()
    await it.channel.close()
    await it.server.stop(0)


async def test_each_gets_its_own_answer(pair: Pair) -> None:
    said = await asyncio.gather(*(pair.ask("echo", b"%d\n\n" % n) for n in range(500)))
    assert said == [b"%d\n\nme:you!" % n for n in range(500)]


async def test_none_waits_for_the_answer_to_another(pair: Pair) -> None:
    late = asyncio.create_task(pair.ask("late", b"late"))
    await pair.has_arrived()
    assert await pair.ask("echo", b"quick ") == b"quick me:you!"
    pair.answers.gate.set()
    assert await late == b"late"


@pytest.mark.parametrize(("name", "failure"), [("missing", NotFound), ("wrong", Internal), ("unheard_of", Internal)])
async def test_a_failure_is_that_of_one_question_only(pair: Pair, name: str, failure: type[Exception]) -> None:
    found: list[Any] = await asyncio.gather(pair.ask(name), pair.ask("echo"), return_exceptions=True)
    assert (type(found[0]), found[1]) == (failure, b"me:you!")


async def test_large_answers_arrive_and_too_large_ones_are_refused(pair: Pair) -> None:
    sizes = [b"%d" % (n * 2**20) for n in (20, 40, 20)]
    found: list[Any] = await asyncio.gather(*(pair.ask("large", size) for size in sizes), return_exceptions=True)
    assert (len(found[0]), type(found[1]), len(found[2])) == (20 * 2**20, Invalid, 20 * 2**20)


async def test_who_gives_up_leaves_the_others_alone(pair: Pair) -> None:
    patient = asyncio.create_task(pair.ask("late", b"patient"))
    with pytest.raises(DeadlineExceeded) as late:
        await pair.ask("late", b"hasty", 0.05)
    assert late.value.is_transport
    gone = asyncio.create_task(pair.ask("late"))
    await pair.has_arrived(3)
    gone.cancel()
    pair.answers.gate.set()
    assert await patient == b"patient"


async def test_when_the_stream_breaks_all_hear_of_it_and_the_next_one_opens_another(pair: Pair) -> None:
    waiting = [asyncio.create_task(pair.ask("late")) for _ in range(3)]
    await pair.has_arrived(3)
    await pair.server.stop(0)
    for each in waiting:
        with pytest.raises(Unavailable) as broken:
            await each
        assert broken.value.is_transport
    await asyncio.wait_for(pair.answers.given_up.wait(), 5)
    with pytest.raises(Unavailable):
        await pair.ask("echo")
    await pair.start()
    while True:
        try:
            assert await pair.ask("echo") == b"me:you!"
            break
        except Unavailable:  # the channel tries again after a while
            await asyncio.sleep(0.05)


async def test_who_closes_answers_what_was_asked_and_waits_for_nobody_else(pair: Pair) -> None:
    asked = asyncio.create_task(pair.ask("late", b"asked"))
    await pair.has_arrived()
    pair.incoming.close()
    stopping = asyncio.create_task(pair.server.stop(60))
    await asyncio.sleep(0.05)
    pair.answers.gate.set()
    assert await asked == b"asked"
    # A stream that stayed open would keep it for a minute.
    await asyncio.wait_for(stopping, 20)
