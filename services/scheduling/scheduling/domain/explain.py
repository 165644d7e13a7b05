"""What is in the way of a start, in words for a receptionist. Pure."""

from uuid import UUID

from scheduling.domain.kernel import Obstacle, Reason
from scheduling.domain.offer import Catalog, Offer


def words(it: Obstacle, offer: Offer, catalog: Catalog, specialist: str) -> str:
    service, place = offer.service, offer.location.name or "this location"
    match it.reason:
        case Reason.GRID:
            return f"{service.name} begins every {service.terms.grid} minutes of the hour"
        case Reason.ALLOWED_PROVIDER:
            return f"{specialist} does not give {service.name}"
        case Reason.NOT_BOOKABLE:
            return f"{specialist} takes no bookings for now"
        case Reason.HOURS:
            return f"{specialist} does not work at {place} for the whole of that time"
        case Reason.SPECIALIST_BUSY:
            return f"{specialist} has something else then, buffers included"
        case Reason.SEATS:
            return f"All {service.capacity} places of the group at this time are taken"
        case Reason.ROOM if not it.ids:
            return f"{place} has no room that is fit for {service.name}"
        case Reason.ROOM:
            return f"Every room that is fit for it is taken then: {_names(it.ids, catalog)}"
        case Reason.EQUIPMENT if not it.ids:
            return f"{place} has no {it.words}"
        case Reason.EQUIPMENT:
            return f"Not enough of {it.words} is free then: {_names(it.ids, catalog)}"
        case _:
            return it.words


def _names(ids: tuple[UUID, ...], catalog: Catalog) -> str:
    known = {id_: room.name for id_, room in catalog.rooms.items()} | {p.id: p.name for p in catalog.pools.values()}
    return ", ".join(known[id_] for id_ in ids if id_ in known)
