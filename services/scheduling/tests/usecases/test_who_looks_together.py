"""Whether anything has changed is looked up for many calls at once, and still each sees all that was before it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import events_pb2 as booking
from chassis import Call, clock
from chassis.call import Transaction
from chassis.envelope import Envelope
from chassis.ids import new_id
from scheduling.store import stamps
from scheduling.store.stamps import Stamps

ZONE = ZoneInfo("Europe/Bucharest")
MONDAY = (datetime.now(ZONE) + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
MONDAY += timedelta(days=-MONDAY.weekday() % 7)

Open = Callable[..., Call]


@pytest.fixture
def a_call(clinic: Any) -> Open:
    """For the clinic, or for another one."""

    def begin(clinic_id: UUID | None = None) -> Call:
        running = clinic.running
        return Call.open(
            pool=running.chassis.pool,
            claims=running.claims("admin"),
            clinic_id=clinic_id or running.clinic_id,
            now=clock.now(),
            envelope=Envelope(),
            read_only=True,
        )

    return begin


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[set[UUID]]]:
    """What each of them asked for."""
    run, seen = Transaction._run, list[set[UUID]]()

    async def counted(self: Transaction, how: str, statement: Any, args: tuple[Any, ...]) -> Any:
        if "FROM stamp" in str(statement):
            seen.append(set(args[0]))
        return await run(self, how, statement, args)

    monkeypatch.setattr(Transaction, "_run", counted)
    return seen


@asynccontextmanager
async def a_change(clinic: Any, id_: UUID) -> AsyncIterator[None]:
    """Made, but committed at the end only."""
    async with clinic.running.chassis.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.clinic_id', $1, true)", str(clinic.running.clinic_id))
        await connection.execute(
            "INSERT INTO stamp (id, version) VALUES ($1, 1)"
            " ON CONFLICT (clinic_id, id) DO UPDATE SET version = stamp.version + 1",
            id_,
        )
        yield


async def test_those_who_ask_together_share_a_statement(clinic: Any, a_call: Open, statements: list[set[UUID]]) -> None:
    them, ids = Stamps(), [new_id() for _ in range(50)]
    found = await asyncio.gather(*(them.stand(a_call(), {id_: n % 2}) for n, id_ in enumerate(ids)))
    # What was never stamped is at 0.
    assert found == [True, False] * 25
    assert statements == [set(ids)]


async def test_who_asks_meanwhile_waits_for_the_next_one(
    clinic: Any, a_call: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that has begun may have missed what they have seen done."""
    read, thing, them, begun = stamps.read, new_id(), Stamps(), list[int]()
    second: list[asyncio.Task[bool]] = []

    async def slow(tx: Transaction, ids: set[UUID]) -> dict[UUID, int]:
        begun.append(len(ids))
        found = await read(tx, ids)
        if len(begun) == 1:
            # Read, but not told yet: a change is committed, and somebody asks who may know of it.
            async with a_change(clinic, thing):
                pass
            second.append(asyncio.create_task(them.stand(a_call(), {thing: 0})))
            await asyncio.sleep(0)
        return found

    monkeypatch.setattr(stamps, "read", slow)
    assert await them.stand(a_call(), {thing: 0})
    assert not await second[0]
    assert len(begun) == 2


async def test_what_is_committed_is_seen_and_what_is_not_is_not(clinic: Any, a_call: Open) -> None:
    them, thing = Stamps(), new_id()
    for version in range(5):
        async with a_change(clinic, thing):
            assert await them.stand(a_call(), {thing: version})
        found = await asyncio.gather(*(them.stand(a_call(), {thing: version + n}) for n in (0, 1, 2)))
        assert found == [False, True, False]


async def test_clinics_do_not_look_together(clinic: Any, a_call: Open, statements: list[set[UUID]]) -> None:
    them, thing = Stamps(), new_id()
    async with a_change(clinic, thing):
        pass
    other = new_id()
    assert await asyncio.gather(them.stand(a_call(), {thing: 1}), them.stand(a_call(other), {thing: 1})) == [
        True,
        False,
    ]
    assert len(statements) == 2


async def test_who_gives_up_leaves_the_others_alone(clinic: Any, a_call: Open) -> None:
    them, thing = Stamps(), new_id()
    asking = [asyncio.create_task(them.stand(a_call(), {thing: 0})) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    assert await asyncio.gather(*asking[1:]) == [True, True]


async def test_a_failure_is_that_of_those_who_waited_for_it(
    clinic: Any, a_call: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    them, thing = Stamps(), new_id()
    with monkeypatch.context() as broken:

        async def fails(*_: object) -> Any:
            raise ConnectionError

        broken.setattr(stamps, "read", fails)
        failed = await asyncio.gather(*(them.stand(a_call(), {thing: 0}) for _ in range(3)), return_exceptions=True)
        assert [type(each) for each in failed] == [ConnectionError] * 3
    assert await them.stand(a_call(), {thing: 0})


async def test_the_call_s_own_transaction_is_left_alone(clinic: Any, a_call: Open) -> None:
    call = a_call()
    assert await Stamps().stand(call, {new_id(): 0})
    assert not call.tx.is_open


async def test_many_ask_while_somebody_books_and_none_is_told_what_was_gone_before(clinic: Any) -> None:
    """Each asks, notes what was known to be booked before it asked, and looks whether it was still listed."""
    gone: list[str] = []

    async def ask() -> None:
        while len(gone) < 2:
            before = list(gone)
            assert not set(before) & set(await clinic.starts())

    asking = [asyncio.create_task(ask()) for _ in range(8)]
    for hour, starts in ((9, "09:00"), (11, "11:00")):
        await asyncio.sleep(0.1)
        await clinic.running.hear(booking.AppointmentBooked(occupied=clinic.occupied(MONDAY.replace(hour=hour))))
        gone.append(starts)
    await asyncio.gather(*asking)
