"""Calendars to protobuf and back."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from ambulo.catalog.v1 import services_pb2
from ambulo.scheduling.v1 import calendars_pb2 as pb
from ambulo.scheduling.v1 import hours_pb2

from scheduling.domain.calendar import Calendar, Member, Strategy
from scheduling.domain.hours import OpenInterval, require_disjoint, require_valid
from scheduling.wire import when

STRATEGIES: Final = {
    Strategy.ROUND_ROBIN: pb.ASSIGNMENT_STRATEGY_ROUND_ROBIN,
    Strategy.PRIORITY: pb.ASSIGNMENT_STRATEGY_PRIORITY,
    Strategy.LEAST_LOADED: pb.ASSIGNMENT_STRATEGY_LEAST_LOADED,
    Strategy.COLLECTIVE: pb.ASSIGNMENT_STRATEGY_COLLECTIVE,
}
_STRATEGIES_BACK: Final = {number: strategy for strategy, number in STRATEGIES.items()}
MODALITIES: Final = {
    number: name.removeprefix("MODALITY_").lower() if number else "" for name, number in services_pb2.Modality.items()
}
_MODALITIES_BACK: Final = {name: number for number, name in MODALITIES.items()}
_USUAL_WEIGHT: Final = 1


def calendar(id_: UUID, given: pb.DefineCalendarRequest) -> Calendar:
    members = (
        Member(
            UUID(each.specialist_id),
            each.priority,
            each.weight or _USUAL_WEIGHT,
            _hours(each.hours, f"members[{n}].hours"),
        )
        for n, each in enumerate(given.members)
    )
    return Calendar(
        id=id_,
        service_id=UUID(given.service_id),
        location_id=UUID(given.location_id),
        strategy=_STRATEGIES_BACK.get(given.strategy, Strategy.ROUND_ROBIN),
        # However they were named, the same members are the same calendar.
        members=tuple(sorted(members, key=lambda each: (-each.priority, each.specialist_id))),
        hours=_hours(given.hours, "hours"),
    )


def _hours(given: Sequence[hours_pb2.OpenInterval], field: str) -> tuple[OpenInterval, ...]:
    found = tuple(when.interval(each, f"{field}[{n}]") for n, each in enumerate(given))
    require_valid(found, field)
    require_disjoint(found, field)
    return tuple(sorted(found))


def shown(row: Any, it: Calendar) -> pb.Calendar:
    return pb.Calendar(
        id=str(it.id),
        name=row["name"],
        service_id=str(it.service_id),
        location_id=str(it.location_id),
        modality=_MODALITIES_BACK[row["modality"]],
        strategy=STRATEGIES[it.strategy],
        members=[
            pb.CalendarMember(
                specialist_id=str(each.specialist_id),
                priority=each.priority,
                weight=each.weight,
                hours=map(when.shown_interval, each.hours),
            )
            for each in it.members
        ],
        hours=map(when.shown_interval, it.hours),
        public=row["public"],
        inactive=row["inactive"],
        version=row["version"],
    )


def shown_in_public(row: Any, it: Calendar) -> pb.Calendar:
    """How specialists share their work is the clinic's business."""
    public = shown(row, it)
    for each in public.members:
        each.ClearField("priority")
        each.ClearField("weight")
    return public
