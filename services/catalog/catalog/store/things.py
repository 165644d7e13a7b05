"""The SQL of the catalog's four nouns, which differ only in their columns."""

from typing import Any
from uuid import UUID

from asyncpg.exceptions import ForeignKeyViolationError, UniqueViolationError
from chassis import Transaction
from chassis.errors import FieldViolation, NotFound
from chassis.store import Page, require_version
from chassis.store import define as define_row
from sqlalchemy import ARRAY, Table, any_, func, literal, select
from sqlalchemy import UUID as Uuid

from catalog.domain.errors import ChangedMeanwhile, NameTaken, UnknownLocation, UnknownSpecialist
from catalog.store import tables

_THING = {tables.location: "location", tables.room: "room", tables.specialist: "specialist", tables.service: "service"}


async def define(tx: Transaction, table: Table, seen: int, values: dict[str, object]) -> tuple[Any, bool]:
    """The row as it is now, and whether this changed it. `seen` is the version it must have; 0: any."""
    await require_version(tx, table, {"id": values["id"]}, seen, ChangedMeanwhile)
    try:
        version = await define_row(tx, table, values)
    except UniqueViolationError:
        raise NameTaken(
            f"Another {_THING[table]} is called {values['name']!r}; choose another name",
            fields=[FieldViolation("name", "is taken")],
        ) from None
    except ForeignKeyViolationError:
        raise UnknownLocation(
            f"There is no location {values['location_id']}", fields=[FieldViolation("location_id", "is unknown")]
        ) from None
    return await get(tx, table, values["id"]), version is not None


async def get(tx: Transaction, table: Table, id_: object) -> Any:
    row = await tx.fetchrow(select(*_shown(table)).where(table.c.id == id_))
    if row is None:
        raise NotFound(f"There is no {_THING[table]} {id_}")
    return row


async def list_(tx: Transaction, table: Table, page: Page, location_id: UUID | None = None) -> tuple[Any, str]:
    """By name; of one location, if given."""
    query = select(*_shown(table))
    if location_id is not None:
        at = (
            table.c.location_id == location_id
            if "location_id" in table.c
            else any_(table.c.location_ids) == location_id
        )
        query = query.where(at)
    rows = await tx.fetch(page.of_query(query, table.c.name, table.c.id))
    return page.cut(rows, "name", "id")


async def require_locations(tx: Transaction, ids: list[UUID]) -> None:
    await _require(tx, tables.location, ids, UnknownLocation, "location_ids")


async def require_specialists(tx: Transaction, ids: list[UUID]) -> None:
    await _require(tx, tables.specialist, ids, UnknownSpecialist, "specialist_ids")


async def _require(
    tx: Transaction, table: Table, ids: list[UUID], failure: type[UnknownLocation | UnknownSpecialist], field: str
) -> None:
    if not ids:
        return
    known = await tx.fetchval(select(func.array_agg(table.c.id)).where(table.c.id == any_(literal(ids, ARRAY(Uuid)))))
    missing = [str(id_) for id_ in ids if id_ not in set(known or [])]
    if missing:
        raise failure(
            f"There is no {_THING[table]} {missing[0]}", fields=[FieldViolation(field, f"{missing[0]} is unknown")]
        )


def _shown(table: Table) -> list[Any]:
    return [c for c in table.c if c.name not in ("clinic_id", "created_at", "updated_at")]
