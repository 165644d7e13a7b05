"""Every service there is, and how they share processes."""

from typing import Final

import booking.service
import catalog.service
import identity.service
import people.service
import scheduling.service
from chassis import Service

SERVICES: Final[dict[str, Service]] = {
    each.name: each
    for each in (
        identity.service.service,
        people.service.service,
        catalog.service.service,
        scheduling.service.service,
        booking.service.service,
    )
}
GATEWAY: Final = "gateway"
NAMES: Final = (GATEWAY, *SERVICES)


def spread(processes: int) -> list[list[str]]:
    """Who shares a process. Booking asks scheduling for each appointment, so they stay together while they can."""
    match processes:
        case 1:
            return [list(NAMES)]
        case 2:
            return [["gateway", "identity", "people", "catalog"], ["scheduling", "booking"]]
        case 3:
            return [["gateway"], ["identity", "people", "catalog"], ["scheduling", "booking"]]
        case _:
            return [[name] for name in NAMES]
