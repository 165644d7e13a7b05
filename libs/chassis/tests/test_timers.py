"""Clock ticks: one replica per interval, and a failure is tried again."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from ambulo.catalog.v1 import events_pb2
from chassis import Call
from chassis.ids import new_id
from chassis.testing import Running
from chassis.timers import Timer

Trial = Callable[..., Awaitable[Running]]
HOUR = timedelta(hours=1)


def no_wake() -> None:
    """Nobody to wake."""


async def test_of_many_replicas_one_ticks_per_interval(trial: Trial) -> None:
    pool, ticks = (await trial()).chassis.pool, []

    async def tick(call: Call) -> None:
        ticks.append(call.now)

    replicas = [Timer(f"t-{new_id()}", HOUR, tick)] * 5
    assert sorted([await t.once("catalog", pool, no_wake) for t in replicas]) == [False] * 4 + [True]
    again = Timer(replicas[0].name, timedelta(0), tick)
    assert await again.once("catalog", pool, no_wake)
    assert len(ticks) == 2


async def test_what_it_does_is_on_the_trail_of_whom_it_concerns(trial: Trial) -> None:
    running, name, place, elsewhere = await trial(), f"t-{new_id()}", new_id(), new_id()

    async def tick(call: Call) -> None:
        for clinic_id in (running.clinic_id, elsewhere):
            for _ in range(2):
                call.emit(events_pb2.LocationDefined(), key=str(place), clinic_id=clinic_id)

    assert await Timer(name, HOUR, tick).once("catalog", running.chassis.pool, no_wake)
    records = await trail(running, name)
    assert [(r["clinic_id"], r["subject"], r["actor"], json.loads(r["facts"])) for r in records] == [
        (clinic_id, "system:catalog", "system", {"id": str(place)})
        for clinic_id in sorted((running.clinic_id, elsewhere))
        for _ in range(2)
    ]
    assert len(await running.events()) == 2


async def test_what_it_adds_is_on_the_trail_and_what_does_nothing_is_not(trial: Trial) -> None:
    running, told, silent = await trial(), f"t-{new_id()}", f"t-{new_id()}"

    async def count(call: Call) -> None:
        call.audit(removed=3)

    async def nothing(call: Call) -> None:
        await call.tx.execute("SELECT 1")

    assert await Timer(told, HOUR, count).once("catalog", running.chassis.pool, no_wake)
    assert await Timer(silent, HOUR, nothing).once("catalog", running.chassis.pool, no_wake)
    (record,) = await trail(running, told)
    assert (record["clinic_id"], json.loads(record["facts"])) == (None, {"removed": 3})
    assert await trail(running, silent) == []


async def trail(running: Running, name: str) -> list[Any]:
    query = "SELECT * FROM audit_record WHERE action = $1 ORDER BY clinic_id"
    return list(await running.chassis.pool.fetch(query, f"tick {name}"))


async def test_a_tick_that_fails_is_due_again_and_leaves_nothing(trial: Trial) -> None:
    pool, name = (await trial()).chassis.pool, f"t-{new_id()}"

    async def tick(call: Call) -> None:
        await call.tx.execute("INSERT INTO timer (name, ran_at) VALUES ($1, now())", f"{name}-left")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Timer(name, HOUR, tick).once("catalog", pool, no_wake)
    assert await pool.fetch("SELECT name FROM timer WHERE name LIKE $1", f"{name}%") == []
