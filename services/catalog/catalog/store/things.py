"""The SQL of the catalog's nouns, which differ only in their columns."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from asyncpg.exceptions import ForeignKeyViolationError, UniqueViolationError
from chassis import Transaction
from chassis.errors import FieldViolation, NotFound, Refused
from chassis.store import Page, require_version
from chassis.store import define as define_row
from sqlalchemy import ARRAY, Table, any_, func, literal, not_, select
from sqlalchemy import UUID as Uuid

from catalog.domain.errors import (
    ChangedMeanwhile,
    NameTaken,
    UnknownLocation,
    UnknownRoom,
    UnknownService,
    UnknownSpecialist,
)
from catalog.store import tables

_THING = {
    tables.location: "location",
    tables.room: "room",
    tables.equipment: "equipment",
    tables.specialist: "specialist",
    tables.service: "service",
}
_UNKNOWN: dict[Table, type[Refused]] = {
    tables.location: UnknownLocation,
    tables.room: UnknownRoom,
    tables.specialist: UnknownSpecialist,
    tables.service: UnknownService,
}


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


async def list_bookable(tx: Transaction, table: Table, most: int) -> Any:
    """What is in use, by name."""
    query = select(*_shown(table)).where(not_(table.c.inactive))
    if "not_bookable" in table.c:
        query = query.where(not_(table.c.not_bookable))
    return await tx.fetch(query.order_by(table.c.name, table.c.id).limit(most))


async def require(tx: Transaction, table: Table, asked: Mapping[str, Sequence[UUID]]) -> None:
    """Every id is one of the clinic's; `asked` says in which field each was given."""
    ids = list({id_ for given in asked.values() for id_ in given})
    if not ids:
        return
    found = await tx.fetchval(select(func.array_agg(table.c.id)).where(table.c.id == any_(literal(ids, ARRAY(Uuid)))))
    known = set(found or ())
    missing = {field: [id_ for id_ in given if id_ not in known] for field, given in asked.items()}
    fields = [FieldViolation(field, f"{ids[0]} is unknown") for field, ids in missing.items() if ids]
    if fields:
        first = next(ids[0] for ids in missing.values() if ids)
        raise _UNKNOWN[table](f"There is no {_THING[table]} {first}", fields=fields)


def _shown(table: Table) -> list[Any]:
    return [c for c in table.c if c.name not in ("clinic_id", "created_at", "updated_at")]
