"""Tenancy is the database's job: what a service refuses to start with, and what its role cannot do."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from ambulo.catalog.v1 import locations_pb2 as pb
from chassis import migrate
from chassis.database import open_pool, refuse_unsafe
from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.testing import Running, as_owner
from embedded import Servers
from trial import a_location

Trial = Callable[..., Awaitable[Running]]


@pytest.fixture
async def admin(servers: Servers, environment: dict[str, str]) -> Any:
    connection = await asyncpg.connect(environment["DATABASE_OWNER_URL"].format(service="catalog"))
    superuser = await asyncpg.connect(servers.addresses.postgres_url.rsplit("/", 1)[0] + "/catalog")
    yield superuser
    await connection.close()
    await superuser.close()


async def refusal(environment: dict[str, str], running: Running, url: str = "") -> str:
    pool = await open_pool(url or environment["DATABASE_URL"].format(service="catalog"), 1)
    try:
        with pytest.raises(RuntimeError) as refused:
            await refuse_unsafe(pool, "catalog", migrate.head(running.process.services[0]))
        return str(refused.value)
    finally:
        await pool.close()


class TestTheStartIsRefused:
    async def test_as_superuser(self, trial: Trial, environment: dict[str, str], servers: Servers) -> None:
        url = servers.addresses.postgres_url.rsplit("/", 1)[0] + "/catalog"
        assert "superuser" in await refusal(environment, await trial(), url)

    async def test_as_owner_of_the_tables(self, trial: Trial, environment: dict[str, str]) -> None:
        url = environment["DATABASE_OWNER_URL"].format(service="catalog")
        assert "owns table" in await refusal(environment, await trial(), url)

    async def test_with_a_table_that_has_no_row_level_security(
        self, trial: Trial, environment: dict[str, str], admin: Any
    ) -> None:
        running = await trial()
        await admin.execute("CREATE TABLE forgotten (id int)")
        try:
            assert "forgotten lacks FORCE ROW LEVEL SECURITY" in await refusal(environment, running)
        finally:
            await admin.execute("DROP TABLE forgotten")

    async def test_with_another_schema_and_the_way_out_is_said(
        self, trial: Trial, environment: dict[str, str], admin: Any
    ) -> None:
        running = await trial()
        head = await admin.fetchval("UPDATE alembic_version SET version_num = '0000' RETURNING '0001'")
        try:
            assert "run `ambulo migrate`" in await refusal(environment, running)
        finally:
            await admin.execute(
                "UPDATE alembic_version SET version_num = $1", migrate.head(running.process.services[0])
            )
        assert head


class TestTheRoleCannot:
    async def test_see_or_write_rows_of_another_clinic(self, trial: Trial) -> None:
        running = await trial()
        mine = await running.ask("DefineLocation", a_location())
        other = running.claims("admin").in_clinic(new_id())
        running.clinic_id = other.clinic_id
        assert (await running.ask("ListLocations", pb.ListLocationsRequest(), claims=other)).locations == []
        with pytest.raises(NotFound):
            await running.ask("GetLocation", pb.GetLocationRequest(location_id=mine.id), claims=other)

    async def test_see_anything_without_a_clinic(self, trial: Trial) -> None:
        running = await trial()
        await running.ask("DefineLocation", a_location())
        pool = running.chassis.pool
        assert await pool.fetch("SELECT id FROM location") == []
        with pytest.raises(asyncpg.PostgresError):
            await pool.execute("INSERT INTO location (id, name, time_zone) VALUES ($1, 'x', 'UTC')", new_id())

    async def test_write_a_row_for_another_clinic(self, trial: Trial) -> None:
        running = await trial()
        async with running.chassis.pool.acquire() as connection, connection.transaction():
            await connection.execute(f"SET LOCAL app.clinic_id = '{new_id()}'")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(
                    "INSERT INTO location (clinic_id, id, name, time_zone, address, inactive)"
                    " VALUES ($1, $2, 'x', 'UTC', '{}', false)",
                    new_id(), new_id(),
                )  # fmt: skip

    async def test_change_the_audit_trail(self, trial: Trial) -> None:
        pool = (await trial()).chassis.pool
        for statement in (
            "UPDATE audit_record SET subject = 'x'",
            "DELETE FROM audit_record",
            "DELETE FROM audit_seal",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute(statement)

    async def test_enter_another_services_database(
        self, trial: Trial, environment: dict[str, str], migrated: Callable[..., None]
    ) -> None:
        import asyncio

        from people.service import service as people

        await trial()
        await asyncio.to_thread(migrated, people)
        mine = environment["DATABASE_URL"].format(service="catalog")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(mine.removesuffix("catalog") + "people")


async def test_the_owner_sees_every_clinic(trial: Trial, environment: dict[str, str]) -> None:
    running = await trial()
    mine = await running.ask("DefineLocation", a_location())
    owner = await as_owner(environment, "catalog")
    assert str(await owner.fetchval("SELECT id FROM location WHERE clinic_id = $1", running.clinic_id)) == mine.id
    await owner.close()
