"""What scheduling offers, to the domain."""

from datetime import UTC
from typing import Final
from uuid import UUID

from ambulo.scheduling.v1 import availability_pb2, calendars_pb2

from booking.domain.assignment import Candidate, Counted, Offered, Strategy
from booking.domain.visit import DailyLimit, Demand, Kind, Option, Slot, Visit

_KINDS: Final = {
    availability_pb2.DEMAND_KIND_SPECIALIST: Kind.SPECIALIST,
    availability_pb2.DEMAND_KIND_ROOM: Kind.ROOM,
    availability_pb2.DEMAND_KIND_EQUIPMENT: Kind.EQUIPMENT,
    availability_pb2.DEMAND_KIND_GAP: Kind.GAP,
}
_STRATEGIES: Final = {
    calendars_pb2.ASSIGNMENT_STRATEGY_ROUND_ROBIN: Strategy.ROUND_ROBIN,
    calendars_pb2.ASSIGNMENT_STRATEGY_PRIORITY: Strategy.PRIORITY,
    calendars_pb2.ASSIGNMENT_STRATEGY_LEAST_LOADED: Strategy.LEAST_LOADED,
    calendars_pb2.ASSIGNMENT_STRATEGY_COLLECTIVE: Strategy.COLLECTIVE,
}


def slot(resolved: availability_pb2.ResolvedSlot) -> Slot:
    return Slot(
        location_id=UUID(resolved.location_id),
        time_zone=resolved.time_zone,
        starts_at=resolved.starts_at.ToDatetime(UTC),
        ends_at=resolved.ends_at.ToDatetime(UTC),
        occupied_from=resolved.occupied_from.ToDatetime(UTC),
        occupied_until=resolved.occupied_until.ToDatetime(UTC),
    )


def visit(resolved: availability_pb2.ResolvedSlot, id_: UUID, calendar_id: str) -> Visit:
    """With the first who could give it."""
    return Visit(
        id=id_,
        specialist_id=UUID(resolved.candidates[0].specialist_id),
        service_id=UUID(resolved.service_id),
        slot=slot(resolved),
        calendar_id=UUID(calendar_id) if calendar_id else None,
    )


def offered(resolved: availability_pb2.ResolvedSlot) -> Offered:
    counted = None
    if resolved.strategy:
        counted = Counted(
            _STRATEGIES[resolved.strategy],
            resolved.counted_from.ToDatetime(UTC),
            resolved.counted_until.ToDatetime(UTC),
        )
    return Offered(
        candidates=[_candidate(each) for each in resolved.candidates],
        daily_limits=[
            DailyLimit(each.most, each.per_specialist, each.begins_at.ToDatetime(UTC), each.ends_at.ToDatetime(UTC))
            for each in resolved.daily_limits
        ],
        counted=counted,
        seats=resolved.seats,
    )


def _candidate(it: availability_pb2.Candidate) -> Candidate:
    return Candidate(
        specialist_id=UUID(it.specialist_id),
        demands=[_demand(each) for each in it.demands],
        also=[UUID(id_) for id_ in it.also_specialist_ids],
        priority=it.priority,
        weight=it.weight,
    )


def _demand(it: availability_pb2.Demand) -> Demand:
    options = [
        Option(UUID(o.resource_id), o.unit, o.begins_at.ToDatetime(UTC), o.ends_at.ToDatetime(UTC)) for o in it.options
    ]
    return Demand(_KINDS[it.kind], it.count, options)
