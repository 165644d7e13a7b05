"""The pool, what the service refuses to start with, and what a broken connection means."""

import asyncio
import socket
from typing import Any

import asyncpg
from asyncpg import exceptions as pg
from tracing import logger

from chassis.errors import DomainError, Invalid, Unavailable

log = logger(__name__)

OWN_TABLES = frozenset({"alembic_version", "outbox", "inbox", "idempotency", "dead_letter", "timer", "audit_seal"})
"""Tables of the chassis, without row-level security: no use case can reach them. audit_record_* are partitions."""

_AT_HAND_S = 60.0
_TAKEN_WITHIN_S = 5.0
_TRANSIENT = (pg.DeadlockDetectedError, pg.SerializationError)
_BUSY = (pg.LockNotAvailableError, pg.QueryCanceledError)
_GONE = (
    pg.TooManyConnectionsError,
    pg.CannotConnectNowError,
    pg.ConnectionDoesNotExistError,
    pg.ConnectionFailureError,
    pg.AdminShutdownError,
    pg.CrashShutdownError,
    pg.InternalClientError,
    pg.InvalidAuthorizationSpecificationError,
    pg.InterfaceError,
    ConnectionError,
    socket.gaierror,
)


class Pool:
    """asyncpg's, with some of its connections at hand: to take one from it and to give it back costs a task and three
    timers, half as much as a statement. `acquire` does not see them: it is for the start, when none are there."""

    def __init__(self, all_: Any, at_hand: int) -> None:  # asyncpg.Pool: its stubs say nothing of records
        self._all = all_
        self.size: int = all_.get_max_size()
        self._most = at_hand
        self._at_hand: list[Any] = []
        self._unneeded = 0
        """So many of them were never taken since the last look."""
        self._waiting = 0
        self._tidying: asyncio.TimerHandle | None = None
        self._releasing: set[asyncio.Task[None]] = set()
        self.acquire, self.release = all_.acquire, all_.release

    async def fetch(self, *asked: object) -> list[Any]:
        return list(await self._once("fetch", asked))

    async def fetchrow(self, *asked: object) -> Any:
        return await self._once("fetchrow", asked)

    async def fetchval(self, *asked: object) -> Any:
        return await self._once("fetchval", asked)

    async def execute(self, *asked: object) -> str:
        return str(await self._once("execute", asked))

    async def _once(self, how: str, asked: tuple[object, ...]) -> Any:
        connection = await self.take()
        try:
            found = await getattr(connection, how)(*asked)
        except BaseException:
            await asyncio.shield(self.release(connection))
            raise
        await self.give(connection)
        return found

    async def take(self) -> Any:
        """A connection without a transaction; for `give`, or for `release` if anything was wrong."""
        while self._at_hand:
            connection = self._at_hand.pop()
            self._unneeded = min(self._unneeded, len(self._at_hand))
            if _is_open(connection):
                return connection
            await self.release(connection)
        self._waiting += 1
        try:
            async with asyncio.timeout(_TAKEN_WITHIN_S):
                return await self.acquire()
        except TimeoutError:
            # Not to be taken for a statement that takes too long.
            raise Unavailable("The data cannot be reached right now; try again", retry_after=2) from None
        finally:
            self._waiting -= 1

    async def give(self, connection: Any) -> None:
        """Whose transaction has ended well. Not kept at hand while somebody waits for the pool."""
        if self._waiting or len(self._at_hand) >= self._most:
            await self.release(connection, timeout=5)
            return
        self._at_hand.append(connection)
        if self._tidying is None:
            self._tidy_later()

    def _tidy_later(self) -> None:
        self._unneeded = len(self._at_hand)
        self._tidying = asyncio.get_running_loop().call_later(_AT_HAND_S, self._tidy)

    def _tidy(self) -> None:
        """Those that nobody has needed go back to the pool, which closes them in time."""
        unneeded, self._at_hand = self._at_hand[: self._unneeded], self._at_hand[self._unneeded :]
        for connection in unneeded:
            task = asyncio.create_task(self._return(connection))
            self._releasing.add(task)
            task.add_done_callback(self._releasing.discard)
        self._tidying = None
        if self._at_hand:
            self._tidy_later()

    async def undo(self, connection: Any, *, begun: bool) -> None:
        """End a transaction that is not to be committed, and take the connection back, whatever has become of it.
        `begun`: whether it has is not known."""
        try:
            if begun or connection.is_in_transaction():
                await connection.execute("ROLLBACK")
        except _GONE as failure:
            log.info("a connection ended", cause=type(failure).__name__)
        finally:
            await self._return(connection)

    async def _return(self, connection: Any) -> None:
        try:
            await self.release(connection, timeout=5)
        except (*_GONE, TimeoutError) as failure:
            # The pool has done away with it.
            log.info("a connection ended", cause=type(failure).__name__)

    async def close(self) -> None:
        if self._tidying is not None:
            self._tidying.cancel()
        self._most = 0
        while self._at_hand:
            await self._return(self._at_hand.pop())
        await self._all.close()


def _is_open(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except pg.InterfaceError:
        # The pool has noticed its end, and taken it back.
        return False


async def open_pool(url: str, size: int) -> Pool:
    """A pool whose connections are handed back without the usual reset: all settings are transaction-local."""
    pool = await asyncpg.create_pool(
        url, min_size=1, max_size=size, reset=_as_it_is, max_inactive_connection_lifetime=120, command_timeout=30
    )
    return Pool(pool, size // 2)


async def _as_it_is(_: Any) -> None:
    """Nothing to reset: who takes a connection ends its transaction before giving it back."""


def worth_repeating(error: BaseException) -> bool:
    """Deadlocks and serialization failures: the same work may succeed at once."""
    return isinstance(error, _TRANSIENT)


def as_failure(error: BaseException) -> DomainError | None:
    """What a database error means to the caller; None if it is a bug of ours."""
    if isinstance(error, (*_TRANSIENT, *_BUSY)):
        return Unavailable("The data is busy; try again", retry_after=1)
    if isinstance(error, (*_GONE, asyncio.TimeoutError)):
        return Unavailable("The data cannot be reached right now; try again", retry_after=2)
    if isinstance(error, (pg.CharacterNotInRepertoireError, pg.UntranslatableCharacterError)):
        return Invalid("A text has characters that cannot be stored (such as U+0000)")
    return None


def is_no_fault(error: BaseException) -> bool:
    """The database is away, or somebody was in the way: the same work may succeed later, however often it has failed.
    What takes too long may do so every time."""
    return isinstance(error, (*_TRANSIENT, *_GONE))


async def refuse_unsafe(pool: Pool, service: str, head: str) -> None:
    """Stop the start if tenancy would not be the database's job, or if the schema is not this code's."""
    async with pool.acquire() as connection:
        role = await connection.fetchrow(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        if role["rolsuper"] or role["rolbypassrls"]:
            raise RuntimeError(f"{service}: role {role['rolname']} is a superuser or has BYPASSRLS")
        tables = await connection.fetch(
            """
            SELECT c.relname AS name, pg_get_userbyid(c.relowner) = current_user AS owned,
                   c.relrowsecurity AND c.relforcerowsecurity AS forced,
                   EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS policed
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
            """
        )
        for table in tables:
            if table["owned"]:
                raise RuntimeError(f"{service}: role {role['rolname']} owns table {table['name']}")
            own = table["name"] in OWN_TABLES or table["name"].startswith("audit_record")
            if not own and not (table["forced"] and table["policed"]):
                raise RuntimeError(f"{service}: table {table['name']} lacks FORCE ROW LEVEL SECURITY or a policy")
        found = await schema_version(connection)
        if found != head:
            raise RuntimeError(f"{service}: schema is at {found}, this code needs {head}: run `ambulo migrate`")


async def schema_version(connection: Any) -> str | None:
    """The Alembic revision the database is at; None before the first migration."""
    if await connection.fetchval("SELECT to_regclass('public.alembic_version')") is None:
        return None
    version: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return version
