"""Clock ticks: one replica per interval, and a failure is tried again."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
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


async def test_a_tick_that_fails_is_due_again_and_leaves_nothing(trial: Trial) -> None:
    pool, name = (await trial()).chassis.pool, f"t-{new_id()}"

    async def tick(call: Call) -> None:
        await call.tx.execute("INSERT INTO timer (name, ran_at) VALUES ($1, now())", f"{name}-left")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Timer(name, HOUR, tick).once("catalog", pool, no_wake)
    assert await pool.fetch("SELECT name FROM timer WHERE name LIKE $1", f"{name}%") == []
