"""The sealed trail: writers never wait for it, and whatever is changed afterwards shows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import audit
import pytest
from chassis import clock
from chassis.ids import new_id
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from embedded import Servers

KEY = Ed25519PrivateKey.generate()
KEYS = {"ledger": KEY.public_key()}


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[str]:
    """A database of its own with the two audit tables; its address."""
    name = f"audit_{new_id().hex}"
    admin = await asyncpg.connect(servers.addresses.postgres_url)
    await admin.execute(f"CREATE DATABASE {name}")
    url = servers.addresses.postgres_url.rsplit("/", 1)[0] + f"/{name}"
    connection = await asyncpg.connect(url)
    for statement in audit.CREATE:
        await connection.execute(statement)
    await connection.close()
    yield url
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def connect(database: str) -> AsyncIterator[Callable[[], Any]]:
    opened = []

    async def begin() -> Any:
        opened.append(await asyncpg.connect(database))
        return opened[-1]

    yield begin
    for each in opened:
        await each.close()


async def record(connection: Any, **more: Any) -> None:
    facts = {
        "id": new_id(), "occurred_at": clock.now(), "clinic_id": new_id(), "subject": "someone", "actor": "human",
        "action": "/x/Do", "request_id": "r", "session_id": "s", "trace_id": "t", "facts": {"n": 1},
    } | more  # fmt: skip
    await connection.execute(audit.INSERT.format(*(f"${n}" for n in range(1, 11))), *audit.Record(**facts).values())


async def seal(connection: Any, key: Ed25519PrivateKey = KEY, signer: str = "ledger") -> int:
    async with connection.transaction():
        return await audit.seal(connection, signer=signer, key=key, now=clock.now())


async def seal_settled(connection: Any, *more: Any) -> int:
    """When every record is settled. Whatever else runs on this server is waited for, and at times autovacuum does."""
    settled = "SELECT max(txid) < pg_snapshot_xmin(pg_current_snapshot()) FROM audit_record"
    for _ in range(1_000):
        if await connection.fetchval(settled):
            break
        await asyncio.sleep(0.02)
    return await seal(connection, *more)


async def faults(connection: Any) -> list[str]:
    return [f"{b.seal}: {b.why}" for b in (await audit.verify(connection, KEYS)).broken]


@pytest.fixture
async def trail(connect: Callable[[], Any]) -> Any:
    """Three seals over two records each."""
    connection = await connect()
    for _ in range(3):
        for _ in range(2):
            await record(connection)
        assert await seal_settled(connection) == 2
    return connection


async def test_what_was_not_touched_holds(trail: Any) -> None:
    await record(trail)
    report = await audit.verify(trail, KEYS)
    assert (report.seals, report.records, report.unsealed, report.broken) == (3, 6, 1, [])
    assert await seal_settled(trail) == 1
    assert await seal(trail) == 0


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE audit_record SET subject = 'other' WHERE id = {record}", "2: a record under it was changed"),
        ("UPDATE audit_record SET facts = '{{\"n\": 2}}' WHERE id = {record}", "2: a record under it was changed"),
        ("DELETE FROM audit_record WHERE id = {record}", "2: it covered 2 records, now there are 1"),
        ("DELETE FROM audit_seal WHERE seq = 2", "3: a seal before it is missing"),
        ("UPDATE audit_seal SET records = 1 WHERE seq = 2", "2: it covered 1 records, now there are 2"),
        ("UPDATE audit_seal SET signer = 'nobody' WHERE seq = 2", "2: its signer 'nobody' is unknown"),
        ("UPDATE audit_seal SET signature = '\\x00' WHERE seq = 2", "2: its signature is not the signer's"),
        (
            "UPDATE audit_seal SET previous_hash = '\\x00' WHERE seq = 2",
            "2: it does not follow from the seal before it",
        ),
    ],
)
async def test_tampering_shows_where_it_is(trail: Any, tampering: str, found: str) -> None:
    id_ = await trail.fetchval(
        "SELECT id FROM audit_record WHERE txid >= (SELECT from_txid FROM audit_seal WHERE seq = 2) ORDER BY txid LIMIT 1"
    )
    await trail.execute(tampering.format(record=f"'{id_}'"))
    assert found in await faults(trail)


async def test_a_record_slipped_in_later_shows(trail: Any) -> None:
    txid = await trail.fetchval("SELECT from_txid::text FROM audit_seal WHERE seq = 2")
    await record(trail)
    await trail.execute(
        "UPDATE audit_record SET txid = $1::text::xid8 WHERE id = (SELECT id FROM audit_record ORDER BY txid DESC LIMIT 1)",
        txid,
    )
    assert "2: it covered 2 records, now there are 3" in await faults(trail)


async def test_a_chain_made_anew_with_another_key_shows(trail: Any) -> None:
    await trail.execute("DELETE FROM audit_seal")
    assert await seal_settled(trail, Ed25519PrivateKey.generate()) == 6
    assert await faults(trail) == ["1: its signature is not the signer's"]


async def test_a_tail_cut_off_shows_by_the_head_that_was_written_down(trail: Any) -> None:
    before = (await audit.verify(trail, KEYS)).head
    await trail.execute("DELETE FROM audit_seal WHERE seq = 3")
    after = await audit.verify(trail, KEYS)
    assert after.broken == []
    assert (after.head, after.unsealed) != (before, 0)


async def test_sealing_neither_waits_for_writers_nor_forgets_them(connect: Callable[[], Any]) -> None:
    slow, quick = await connect(), await connect()
    async with _open(slow):
        await record(slow)
        await record(quick)
        assert await asyncio.wait_for(seal(quick), 2) == 0, "the slow one began first and is not settled"
    assert await seal_settled(quick) == 2
    assert await faults(quick) == []


async def test_sealers_at_once_make_one_chain(connect: Callable[[], Any]) -> None:
    connections = [await connect() for _ in range(4)]
    for _ in range(5):
        await asyncio.gather(*(record(c) for c in connections))
        await asyncio.gather(*(seal(c) for c in connections))
    await seal_settled(connections[0])
    report = await audit.verify(connections[0], KEYS)
    assert (report.records, report.broken) == (20, [])


async def test_partitions_are_there_for_this_month_and_three_more_and_asking_again_is_harmless(
    connect: Callable[[], Any],
) -> None:
    connection = await connect()
    await audit.ensure_partitions(connection)
    for months in range(4):
        at = await connection.fetchval("SELECT now() + make_interval(months => $1)", months)
        await record(connection, occurred_at=at)
    far = await connection.fetchval("SELECT now() + interval '9 months'")
    with pytest.raises(asyncpg.CheckViolationError):
        await record(connection, occurred_at=far)


@asynccontextmanager
async def _open(connection: Any) -> AsyncIterator[None]:
    async with connection.transaction():
        yield
