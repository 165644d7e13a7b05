"""Whether scheduling has heard of a thing of the catalog."""

from collections.abc import Sequence
from uuid import UUID

from chassis import Transaction
from chassis.errors import FieldViolation

from scheduling.domain.errors import UnknownLocation, UnknownService, UnknownSpecialist


async def require_specialist(tx: Transaction, id_: UUID, *, working: bool = False) -> None:
    """`working` asks for one who has not left, too."""
    if not await tx.fetchval("SELECT true FROM specialist WHERE id = $1 AND NOT (inactive AND $2)", id_, working):
        raise UnknownSpecialist(f"There is no specialist {id_}", fields=[FieldViolation("specialist_id", "is unknown")])


async def require_location(tx: Transaction, id_: UUID) -> None:
    await zone_of(tx, id_)


async def zone_of(tx: Transaction, location_id: UUID) -> str:
    """The location's time zone."""
    zone: str | None = await tx.fetchval("SELECT time_zone FROM location WHERE id = $1", location_id)
    if zone is None:
        raise UnknownLocation(
            f"There is no location {location_id}", fields=[FieldViolation("location_id", "is unknown")]
        )
    return zone


async def require_service(tx: Transaction, id_: UUID) -> None:
    if not await tx.fetchval("SELECT true FROM service WHERE id = $1", id_):
        raise UnknownService(f"There is no service {id_}", fields=[FieldViolation("service_id", "is unknown")])


async def require_members(tx: Transaction, ids: Sequence[UUID]) -> None:
    """All of those that were named as `members`."""
    rows = await tx.fetch("SELECT id FROM specialist WHERE id = ANY ($1)", ids)
    there = {row["id"] for row in rows}
    unknown = [
        FieldViolation(f"members[{n}].specialist_id", "is unknown") for n, id_ in enumerate(ids) if id_ not in there
    ]
    if unknown:
        raise UnknownSpecialist(f"{len(unknown)} of the members are no specialists of this clinic", fields=unknown)
