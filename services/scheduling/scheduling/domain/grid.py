"""Starts are offered at round times of the local hour. Pure."""

from scheduling.domain import mask
from scheduling.domain.hours import offsets


def grid_minutes(step: int, zone: str, first: int, last: int) -> int:
    """The minutes of the window first..last (UTC) whose local minute of the hour is a multiple of the step."""
    found = 0
    for begin, end, offset in offsets(zone, first, last) if last > first else ():
        found |= mask.every(step, end - begin, -(begin + offset) % step) << (begin - first)
    return found
