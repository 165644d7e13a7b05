"""`ambulo replay`: a service hears everything again that its streams still hold, while it goes on answering.

What it knows of others is set to version 0, so that every event is newer; what it has heard is forgotten, and its
consumers are deleted. The running service makes them anew, from the beginning of the streams. Nothing is deleted: what
no event speaks of any more stays, and is counted at the end.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import asyncpg
import nats
from chassis.contract import context_of
from chassis.process import unwired
from nats.js.errors import NotFoundError

from suite.services import SERVICES

_POLL_S = 0.5
_QUIET_POLLS = 3
_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many events were heard, and how many rows no event spoke of, by table."""

    events: int
    untold: dict[str, int]


class NothingHeard(Exception):
    """The service keeps nothing that it heard of others."""


async def replay(name: str, environment: Mapping[str, str], say: Callable[[str], None]) -> Replayed:
    """Returns when the service has caught up; TimeoutError if it makes no progress, as when it does not run."""
    tables = heard_tables(name)
    if not tables:
        raise NothingHeard(f"{name} keeps nothing that it heard of others; there is nothing to replay")
    connection = await asyncpg.connect(environment["DATABASE_OWNER_URL"].format(service=name))
    client = await nats.connect(environment["NATS_URL"])
    try:
        jetstream = client.jetstream()
        subjects = sorted(consumers_of(name))
        async with connection.transaction():
            for table in tables:
                await connection.execute(f"UPDATE {table} SET version = 0")  # noqa: S608  # its own table's name
            await connection.execute("DELETE FROM inbox WHERE consumer LIKE $1", f"{name}-%")
        for consumer, stream in subjects:
            try:
                await jetstream.delete_consumer(stream, consumer)
            except NotFoundError:
                say(f"{consumer} was not there yet")
        events = await _caught_up(jetstream, connection, subjects, name, say)
        untold = {t: await connection.fetchval(f"SELECT count(*) FROM {t} WHERE version = 0") for t in tables}  # noqa: S608
        return Replayed(events, {table: count for table, count in untold.items() if count})
    finally:
        await client.close()
        await connection.close()


def heard_tables(name: str) -> list[str]:
    """Tables of what the service heard of others (Table.info, "heard")."""
    metadata: Any = import_module(f"{name}.store.tables").metadata
    return [table.name for table in metadata.sorted_tables if table.info.get("heard")]


def consumers_of(name: str) -> set[tuple[str, str]]:
    """Durable consumers of the service, and their streams."""
    return {(consumer.name, context_of(consumer.subject).upper()) for consumer in unwired(SERVICES[name]).consumers}


async def lags(names: Sequence[str], environment: Mapping[str, str]) -> dict[str, int | None]:
    """Of each service, how many events it has still to hear."""
    client = await nats.connect(environment["NATS_URL"])
    try:
        return {name: await lag_of(client.jetstream(), sorted(consumers_of(name))) for name in names}
    finally:
        await client.close()


async def _caught_up(
    jetstream: Any,
    connection: asyncpg.Connection,
    consumers: list[tuple[str, str]],
    name: str,
    say: Callable[[str], None],
) -> int:
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    before, quiet = -1, 0
    while True:
        lag = await lag_of(jetstream, consumers)
        heard: int = await connection.fetchval("SELECT count(*) FROM inbox WHERE consumer LIKE $1", f"{name}-%")
        quiet = quiet + 1 if lag == 0 and heard == before else 0
        if heard != before:
            say(f"{heard} events heard" + ("" if lag is None else f", {lag} to come"))
        if quiet >= _QUIET_POLLS:
            return heard
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"{name} does not catch up; does it run?")
        before = heard
        await asyncio.sleep(_POLL_S)


async def lag_of(jetstream: Any, consumers: list[tuple[str, str]]) -> int | None:
    """Events that wait to be heard or to be acknowledged; None while a consumer is not there."""
    lag = 0
    for consumer, stream in consumers:
        try:
            known = await jetstream.consumer_info(stream, consumer)
        except NotFoundError:
            return None
        lag += known.num_pending + known.num_ack_pending
    return lag
