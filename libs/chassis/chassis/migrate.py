"""Migrations: one Alembic environment for all services, the chassis' own tables, and row-level security."""

import asyncio
from collections.abc import Iterable
from typing import Any

import asyncpg
import audit
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import OWN_TABLES
from chassis.service import Service

_LOCK = 0x6D6967726174


def _script(service: Service) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(service.migrations))
    return ScriptDirectory.from_config(config)


def head(service: Service) -> str:
    """The revision this code needs."""
    revision = _script(service).get_current_head()
    if revision is None:
        raise RuntimeError(f"{service.name} has no migrations")
    return revision


def upgrade(service: Service, owner_url: str, revision: str = "head") -> None:
    """Bring a database to a revision. Only one at a time; never waits long for a lock that the running code holds."""
    script = _script(service)

    def steps(current: Any, _: MigrationContext) -> Any:
        return script._upgrade_revs(revision, current)  # noqa: SLF001  # what alembic.command.upgrade passes as fn

    def run(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.execute(text("SET lock_timeout = '4s'"))
        connection.execute(text("SET statement_timeout = '60s'"))
        connection.commit()
        with EnvironmentContext(Config(), script, fn=steps) as environment:
            environment.configure(connection=connection, transaction_per_migration=True)
            with environment.begin_transaction():
                environment.run_migrations()

    _with_connection(owner_url, run)


def differences(owner_url: str, tables: MetaData) -> list[Any]:
    """How tables and columns differ from store/tables.py; empty is right. Indexes and constraints are not compared."""
    found: list[Any] = []

    def run(connection: Connection) -> None:
        partitions = set(connection.scalars(text("SELECT relname FROM pg_class WHERE relispartition")))

        def mine(name: str | None, kind: str, _: object) -> bool:
            if kind == "table":
                return name not in (*OWN_TABLES, "audit_record", *partitions)
            return kind in ("schema", "column")

        context = MigrationContext.configure(connection, opts={"include_name": mine, "compare_type": True})
        found.extend(compare_metadata(context, tables))

    _with_connection(owner_url, run)
    return found


def _with_connection(url: str, run: Any) -> None:
    async def connected() -> None:
        engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), poolclass=pool.NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
        await engine.dispose()

    asyncio.run(connected())


async def provision(admin_url: str, service: str, *, owner_password: str, app_password: str) -> None:
    """Make a service's database and its two roles, or see that they are there. As a superuser; repeatable."""
    connection = await asyncpg.connect(admin_url)
    try:
        for role, password in ((f"{service}_owner", owner_password), (f"{service}_app", app_password)):
            if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
                await connection.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{password}'")
            else:
                await connection.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
        # Statements are short: compiling one that looks long costs more than it ever saves.
        await connection.execute(f"ALTER ROLE {service}_app SET jit = off")
        await connection.execute(f"ALTER ROLE {service}_app SET statement_timeout = '5s'")
        await connection.execute(f"ALTER ROLE {service}_app SET lock_timeout = '4s'")
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", service):
            await connection.execute(f"CREATE DATABASE {service} OWNER {service}_owner")
        await connection.execute(f"REVOKE ALL ON DATABASE {service} FROM PUBLIC")
        await connection.execute(f"GRANT CONNECT ON DATABASE {service} TO {service}_app")
    finally:
        await connection.close()


def protect(tables: Iterable[str], *, using: str = "{clinic}", also: str = "", writing: str = "") -> None:
    """Row-level security on tables: a row is there for its clinic only, and for the owner's checks.

    `using` and `also` may widen or narrow it ("{clinic} AND ..."), `writing` what may be written if that is less.
    """
    clinic = "clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid"
    rule = using.format(clinic=clinic) + also
    check = writing.format(clinic=clinic) if writing else rule
    app = _app_role()
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} TO {app} USING ({rule}) WITH CHECK ({check})")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {app}")


def lend(function: str) -> None:
    """Let the service call a function that runs with its owner's eyes (SECURITY DEFINER); nobody else may."""
    op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {_app_role()}")


TENANT = "clinic_id uuid NOT NULL DEFAULT current_setting('app.clinic_id')::uuid"
"""The column every table of a tenant begins with: inserts never name the clinic, and without a Call they fail."""


def _app_role() -> str:
    database = op.get_bind().execute(text("SELECT current_user")).scalar_one()
    return str(database).removesuffix("_owner") + "_app"


_OWN = (
    """
    CREATE TABLE outbox (
        id uuid PRIMARY KEY,
        seq bigint GENERATED ALWAYS AS IDENTITY,
        subject text NOT NULL,
        key text NOT NULL,
        payload bytea NOT NULL,
        clinic_id uuid,
        occurred_at timestamptz NOT NULL,
        request_id text NOT NULL,
        traceparent text NOT NULL,
        published_at timestamptz
    )
    """,
    "CREATE INDEX outbox_waiting ON outbox (seq) WHERE published_at IS NULL",
    "CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL",
    """
    CREATE TABLE inbox (
        consumer text NOT NULL,
        event_id uuid NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, event_id)
    )
    """,
    """
    CREATE TABLE idempotency (
        clinic_id uuid NOT NULL,
        subject text NOT NULL,
        rpc text NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        response bytea,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (clinic_id, subject, rpc, key)
    )
    """,
    "CREATE INDEX idempotency_by_age ON idempotency (created_at)",
    """
    CREATE TABLE dead_letter (
        event_id uuid NOT NULL,
        consumer text NOT NULL,
        subject text NOT NULL,
        clinic_id uuid,
        payload bytea NOT NULL,
        occurred_at timestamptz NOT NULL,
        request_id text NOT NULL,
        attempts int NOT NULL,
        error text NOT NULL,
        died_at timestamptz NOT NULL DEFAULT now(),
        redriven_at timestamptz,
        PRIMARY KEY (consumer, event_id)
    )
    """,
    "CREATE TABLE timer (name text PRIMARY KEY, ran_at timestamptz NOT NULL)",
)


def create_own_tables() -> None:
    """First in every service's first migration: outbox, inbox, idempotency, dead letters, timers, audit."""
    app = _app_role()
    for statement in (*_OWN, *audit.CREATE):
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON outbox, inbox, idempotency, dead_letter, timer TO {app}")
    # Nobody but the owner can change or remove what the trail says.
    op.execute(f"GRANT SELECT, INSERT ON audit_record, audit_seal TO {app}")
    op.execute(f"GRANT SELECT ON alembic_version TO {app}")
    lend("audit_partition(date)")


__all__ = ["TENANT", "create_own_tables", "differences", "head", "lend", "protect", "provision", "upgrade"]
