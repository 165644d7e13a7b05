"""What the release before this one has stored, and goes on storing while both run, is read by this one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from ambulo.catalog.v1 import rooms_pb2, services_pb2, specialists_pb2
from catalog import wire
from catalog.service import service
from chassis import migrate
from chassis.ids import new_id
from embedded import Servers

_DATABASE = "catalog_of_the_release_before"


@pytest.fixture
async def owner_url(servers: Servers, environment: dict[str, str]) -> AsyncIterator[str]:
    await migrate.provision(servers.addresses.postgres_url, _DATABASE, owner_password="owner", app_password="app")
    yield environment["DATABASE_OWNER_URL"].format(service=_DATABASE)
    superuser = await asyncpg.connect(servers.addresses.postgres_url)
    try:
        await superuser.execute(f"DROP DATABASE {_DATABASE}")
        await superuser.execute(f"DROP ROLE {_DATABASE}_owner, {_DATABASE}_app")
    finally:
        await superuser.close()


async def as_before(connection: Any) -> tuple[str, str, str, str]:
    """A location, its room, a specialist and a service, with the columns of 0001."""
    location, room, specialist, massage = (new_id() for _ in range(4))
    await connection.execute("SELECT set_config('app.clinic_id', $1, false)", str(new_id()))
    for statement, *values in (
        (
            "INSERT INTO location (id, name, time_zone, address, inactive) VALUES ($1, 'x', 'UTC', '{}', false)",
            location,
        ),
        (
            "INSERT INTO room (id, location_id, name, room_type, inactive) VALUES ($1, $2, 'Room 1', 'exam', false)",
            room,
            location,
        ),
        (
            """
            INSERT INTO specialist (id, name, specialty, location_ids, inactive)
            VALUES ($1, 'Dr. Ana Pop', '', '{}', false)
            """,
            specialist,
        ),
        (
            """
            INSERT INTO service (id, name, description, duration_minutes, buffer_before_minutes, buffer_after_minutes,
                                 requires_room, room_type, specialist_ids, location_ids, inactive)
            VALUES ($1, 'Massage', '', 30, 0, 0, false, '', '{}', '{}', false)
            """,
            massage,
        ),
    ):
        await connection.execute(statement, *values)
    return str(location), str(room), str(specialist), str(massage)


async def test_its_rows_say_nothing_of_what_it_did_not_know(owner_url: str) -> None:
    await asyncio.to_thread(migrate.upgrade, service, owner_url, "0001")
    connection = await asyncpg.connect(owner_url)
    try:
        stored = [await as_before(connection)]
        await asyncio.to_thread(migrate.upgrade, service, owner_url)
        stored.append(await as_before(connection))
        for location, room, specialist, massage in stored:
            rows = {
                table: dict(await connection.fetchrow(f"SELECT * FROM {table} WHERE id = $1", id_))
                for table, id_ in (("room", room), ("specialist", specialist), ("service", massage))
            }
            for row in rows.values():
                for column in ("clinic_id", "created_at", "updated_at"):
                    del row[column]
            assert wire.room(rows["room"]) == rooms_pb2.Room(
                id=room, location_id=location, name="Room 1", room_type="exam", version=1
            )
            assert wire.specialist(rows["specialist"]) == specialists_pb2.Specialist(
                id=specialist, name="Dr. Ana Pop", version=1
            )
            assert wire.service(rows["service"]) == services_pb2.Service(
                id=massage, name="Massage", duration_minutes=30, version=1
            )
    finally:
        await connection.close()
