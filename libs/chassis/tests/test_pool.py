"""Connections at hand: none that is broken, none that somebody else waits for, and none for longer than needed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asyncpg.exceptions import PostgresSyntaxError
from chassis import database
from chassis.database import Pool, open_pool
from chassis.errors import Unavailable
from embedded import Servers


@pytest.fixture
async def pool(servers: Servers) -> AsyncIterator[Pool]:
    opened = await open_pool(servers.addresses.postgres_url, 4)
    yield opened
    await opened.close()


async def backend(connection: Any) -> int:
    pid: int = await connection.fetchval("SELECT pg_backend_pid()")
    return pid


async def test_what_was_given_last_is_taken_first(pool: Pool) -> None:
    one, two = await pool.take(), await pool.take()
    await pool.give(one)
    await pool.give(two)
    assert [await pool.take(), await pool.take()] == [two, one]
    await pool.give(one)
    await pool.give(two)


async def test_one_that_has_ended_is_not_handed_out(pool: Pool, servers: Servers) -> None:
    ended = await backend(pool)
    other = await open_pool(servers.addresses.postgres_url, 1)
    await other.execute("SELECT pg_terminate_backend($1)", ended)
    await other.close()
    await asyncio.sleep(0.1)
    assert await backend(pool) != ended


async def test_whoever_waits_gets_the_next_that_is_given(pool: Pool) -> None:
    taken = [await pool.take() for _ in range(pool.size)]
    waiting = asyncio.create_task(pool.take())
    await asyncio.sleep(0.01)
    await pool.give(taken.pop())
    taken.append(await asyncio.wait_for(waiting, 1))
    for each in taken:
        await pool.give(each)


async def test_whoever_waits_too_long_is_told_so(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_TAKEN_WITHIN_S", 0.05)
    taken = [await pool.take() for _ in range(pool.size)]
    with pytest.raises(Unavailable):
        await pool.fetchval("SELECT 1")
    for each in taken:
        await pool.give(each)
    assert await pool.fetchval("SELECT 1") == 1


async def test_after_a_failure_it_is_as_good_as_before(pool: Pool) -> None:
    for _ in range(2 * pool.size):
        with pytest.raises(PostgresSyntaxError):
            await pool.execute("SELEKT")
    assert await pool.fetchval("SELECT 1") == 1


async def test_what_nobody_needs_goes_back(pool: Pool) -> None:
    for each in [await pool.take() for _ in range(pool.size)]:
        await pool.give(each)
    assert len(pool._at_hand) == pool.size // 2
    for left in (1, 1):
        assert await pool.fetchval("SELECT 1") == 1
        pool._tidy()
        # The one that was used meanwhile is still there.
        assert len(pool._at_hand) == left
    pool._tidy()
    assert pool._at_hand == []
    assert await pool.fetchval("SELECT 1") == 1
