"""The buckets in a real Valkey: as their twin in Python has them, one for all processes, and away without harm."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from embedded import Servers
from gateway.limits import shared
from gateway.limits.bucket import Limit
from gateway.limits.limiter import Bucket, Limiter
from gateway.limits.shared import SCRIPT, SHARE, Lease, Shared
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis
from vault import Vault

SLOW = Limit("slow", 1, 30)


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One of its own: here it is stopped."""
    with Servers(tmp_path_factory.mktemp("valkey"), ("valkey",), durable=False) as servers:
        yield servers


@pytest.fixture(autouse=True)
def _on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "_PATIENCE_S", 5.0)


@pytest.fixture
async def buckets(valkey: Servers) -> AsyncIterator[Shared]:
    one = Shared(valkey.addresses.valkey_url)
    yield one
    await one.close()


# Of those that are fast, tokens come between two calls.
some_limits = st.builds(
    Limit, st.just("x"), st.sampled_from([1, 60, 6_000, 60_000, 600_000, 60_000_000]), st.integers(1, 100)
)


@st.composite
def calls(draw: st.DrawFn) -> list[list[list[tuple[str, Limit]]]]:
    """Each of some requests at once, each of one bucket or two."""
    known = {name: draw(some_limits) for name in "abcd"}
    request = st.lists(st.sampled_from("abcd"), min_size=1, max_size=2, unique=True)
    together = st.lists(request, min_size=1, max_size=6)
    return [
        [[(name, known[name]) for name in each] for each in one]
        for one in draw(st.lists(together, min_size=1, max_size=40))
    ]


@settings(max_examples=150)
@given(calls())
def test_the_script_answers_as_its_twin_in_python(valkey: Servers, calls: list[list[list[tuple[str, Limit]]]]) -> None:
    prefix, vault = uuid4().hex, Vault()
    with Redis.from_url(valkey.addresses.valkey_url) as connection:
        script = connection.register_script(SCRIPT)
        for together in calls:
            arguments: list[int] = [SHARE]
            for asked in together:
                arguments += [len(asked), *(f for _, limit in asked for f in (limit.interval_us, limit.burst))]
            now, *told = map(int, script([prefix + key for asked in together for key, _ in asked], arguments).split())
            expected = vault.at(now, together)
            assert told == [figure for leases in expected for lease in leases for figure in lease]


def test_a_full_bucket_is_not_kept(valkey: Servers) -> None:
    with Redis.from_url(valkey.addresses.valkey_url) as connection:
        script, key = connection.register_script(SCRIPT), uuid4().hex
        script([key], [SHARE, 1, 100_000, 10])
        assert 90 <= connection.pttl(key) <= 101
        script([key], [SHARE, 1, 100_000, 10])
        assert 190 <= connection.pttl(key) <= 201


def test_a_clock_that_was_set_back_keeps_nobody_out_for_long(valkey: Servers) -> None:
    with Redis.from_url(valkey.addresses.valkey_url) as connection:
        key = uuid4().hex
        connection.set(key, (time.time_ns() // 1000) + 10**12)
        told = connection.register_script(SCRIPT)([key], [SHARE, 1, 1000, 10]).split()
        assert told[1:] == [b"0", b"10000"]


async def test_processes_share_a_bucket_to_the_last_token(valkey: Servers) -> None:
    keepers = [Shared(valkey.addresses.valkey_url) for _ in range(3)]
    whose, limit = uuid4().hex, Limit("x", 1, 100)
    processes = [Limiter(keeper) for keeper in keepers]
    taken = [limiter.take([Bucket(limit, whose)]) for limiter in processes for _ in range(100)]
    assert sum(standing.passes for standing in await asyncio.gather(*taken)) == 100
    for keeper in keepers:
        await keeper.close()


async def test_who_asks_at_once_asks_together(buckets: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    run, calls = buckets._run, []

    async def counted(together):
        calls.append(len(together))
        return await run(together)

    monkeypatch.setattr(buckets, "_run", counted)
    name = uuid4().hex
    found = await asyncio.gather(*(buckets.lease([(f"{name}{n}", SLOW)]) for n in range(250)))
    assert found == [[Lease(1, SLOW.interval_us)]] * 250
    assert calls == [100, 100, 50]


async def test_who_leaves_while_waiting_keeps_nobody_else_from_an_answer(buckets: Shared) -> None:
    asked = [asyncio.create_task(buckets.lease([(uuid4().hex, SLOW)])) for _ in range(3)]
    await asyncio.sleep(0)
    asked[1].cancel()
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(each, asyncio.CancelledError) for each in done] == [False, True, False]
    assert done[0] == done[2] == [Lease(1, SLOW.interval_us)]


class TestAway:
    async def test_it_is_left_alone_and_found_again(
        self, valkey: Servers, buckets: Shared, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shared, "_AWAY_S", 0.1)
        key = uuid4().hex
        assert await buckets.lease([(key, SLOW)]) is not None
        valkey.kill_one("valkey")
        try:
            assert await asyncio.gather(*(buckets.lease([(key, SLOW)]) for _ in range(20))) == [None] * 20
            began = time.monotonic()
            for _ in range(1000):
                assert await buckets.lease([(key, SLOW)]) is None
            assert time.monotonic() - began < 1
        finally:
            valkey.start_one("valkey")
        await asyncio.sleep(0.11)
        assert await buckets.lease([(key, SLOW)]) == [Lease(1, SLOW.interval_us)], "it came back empty"

    async def test_if_it_hangs_nobody_waits_long_and_later_only_who_finds_out(
        self, valkey: Servers, buckets: Shared, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shared, "_AWAY_S", 0.3)
        monkeypatch.setattr(shared, "_PATIENCE_S", 0.2)
        key = uuid4().hex
        assert await buckets.lease([(key, SLOW)]) is not None
        process = valkey._children["valkey"].process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert await asyncio.gather(*(buckets.lease([(key, SLOW)]) for _ in range(20))) == [None] * 20
            assert time.monotonic() - began < 5 * shared._PATIENCE_S
            await asyncio.sleep(0.35)
            finds_out = asyncio.create_task(buckets.lease([(key, SLOW)]))
            await asyncio.sleep(0)
            began = time.monotonic()
            assert await buckets.lease([(key, SLOW)]) is None
            assert time.monotonic() - began < shared._PATIENCE_S / 2
            assert await finds_out is None
        finally:
            os.kill(process.pid, signal.SIGCONT)
        for _ in range(50):
            if await buckets.lease([(key, SLOW)]) is not None:
                break
            await asyncio.sleep(0.1)
        else:
            pytest.fail("it was not found again")

    async def test_nobody_waits_for_an_address_that_does_not_answer(self) -> None:
        nowhere = Shared("redis://127.0.0.1:1/0")
        assert await nowhere.lease([("x", SLOW)]) is None
        await nowhere.close()
