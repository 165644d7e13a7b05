"""What a transaction is told to write comes in its order, in few round trips, and not at all if it is rolled back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asyncpg.exceptions import DivisionByZeroError, PostgresSyntaxError
from chassis.call import First, Transaction
from chassis.database import Pool, open_pool
from embedded import Servers

NOTE = "INSERT INTO note (word) VALUES ($1)"
CHANGE = "UPDATE note SET word = $2 WHERE word = $1"


@pytest.fixture
async def pool(servers: Servers) -> AsyncIterator[Pool]:
    """With a table in which whoever has the connection can write."""
    opened = await open_pool(servers.addresses.postgres_url, 1)
    await opened.execute("CREATE TEMP TABLE note (n int GENERATED ALWAYS AS IDENTITY, word text UNIQUE)")
    yield opened
    await opened.close()


def begun(pool: Pool) -> Transaction:
    return Transaction(pool, read_only=False, settings=lambda: {"clinic_id": "", "subject": "", "patient_id": ""})


async def words(asked: Any) -> list[str]:
    return [row["word"] for row in await asked.fetch("SELECT word FROM note ORDER BY n")]


async def test_what_is_written_is_there_for_the_next_statement_and_after_the_commit(pool: Pool) -> None:
    tx = begun(pool)
    await tx.write(NOTE, "one")
    await tx.write(NOTE, "two")
    await tx.write(CHANGE, "two", "three")
    await tx.write(NOTE, "two")
    assert tx.is_open
    assert await words(tx) == ["one", "three", "two"]
    await tx.write(NOTE, "four")
    await tx.commit()
    assert await words(pool) == ["one", "three", "two", "four"]


async def test_of_what_is_rolled_back_nothing_is_written_later(pool: Pool) -> None:
    tx = begun(pool)
    await tx.write(NOTE, "one")
    await tx.roll_back()
    assert not tx.is_open
    await tx.write(NOTE, "two")
    await tx.commit()
    assert await words(pool) == ["two"]


async def test_one_that_cannot_begin_leaves_its_connection_as_it_was(pool: Pool) -> None:
    tx = begun(pool)
    tx.first = First("INSERT INTO note (word) VALUES ('first'); nonsense", lambda _: None)
    with pytest.raises(PostgresSyntaxError):
        await tx.begin()
    assert not tx.is_open
    tx.first = First("INSERT INTO note (word) VALUES ('first'); SELECT 1/0", lambda _: None)
    with pytest.raises(DivisionByZeroError):
        await tx.begin()
    assert await words(pool) == []


async def test_one_that_is_canceled_while_it_begins_is_ended_by_us(pool: Pool) -> None:
    """asyncpg would do it, too, and call it an error."""
    loop, complaints = asyncio.get_running_loop(), list[Any]()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    tx = begun(pool)
    tx.first = First("INSERT INTO note (word) VALUES ('first'); SELECT pg_sleep(10)", lambda _: None)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await tx.begin()
    assert await words(pool) == []
    assert complaints == []
