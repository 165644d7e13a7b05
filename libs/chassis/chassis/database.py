"""The pool, what the service refuses to start with, and what a broken connection means."""

import asyncio
import socket
from typing import Any

import asyncpg
from asyncpg import exceptions as pg

from chassis.errors import DomainError, Invalid, Unavailable

Pool = Any  # asyncpg.Pool: its stubs make every record generic, which says nothing here

OWN_TABLES = frozenset({"alembic_version", "outbox", "inbox", "idempotency", "dead_letter", "timer", "audit_seal"})
"""Tables of the chassis, without row-level security: no use case can reach them. audit_record_* are partitions."""

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


async def open_pool(url: str, size: int) -> Pool:
    """A pool whose connections are handed back without the usual reset: all settings are transaction-local."""
    return await asyncpg.create_pool(
        url, min_size=1, max_size=size, reset=_as_it_is, max_inactive_connection_lifetime=120, command_timeout=30
    )


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
