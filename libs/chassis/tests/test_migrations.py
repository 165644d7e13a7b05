"""Migrations and tables say the same, for every service."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from chassis import Service, migrate
from chassis.contract import CONTEXTS


def service_named(name: str) -> Service:
    found: Service = import_module(f"{name}.service").service
    return found


@pytest.mark.parametrize("name", CONTEXTS)
def test_the_database_is_what_the_tables_say(
    name: str, migrated: Callable[[Service], None], environment: dict[str, str]
) -> None:
    service = service_named(name)
    migrated(service)
    tables: Any = import_module(f"{name}.store.tables")
    assert migrate.differences(environment["DATABASE_OWNER_URL"].format(service=name), tables.metadata) == []


async def test_two_who_migrate_at_once_both_succeed(
    migrated: Callable[[Service], None], environment: dict[str, str]
) -> None:
    catalog = service_named("catalog")
    await asyncio.to_thread(migrated, catalog)
    url = environment["DATABASE_OWNER_URL"].format(service="catalog")
    await asyncio.gather(*(asyncio.to_thread(migrate.upgrade, catalog, url) for _ in range(2)))
