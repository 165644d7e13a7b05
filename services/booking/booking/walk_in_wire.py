"""Walk-ins to protobuf and back."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from ambulo.booking.v1 import events_pb2 as events
from ambulo.booking.v1 import walk_ins_pb2 as pb
from ambulo.scheduling.v1 import duty_pb2
from chassis.wire import stamp

from booking.domain.queue import OnDuty, Place, rounded
from booking.domain.walk_in import IN_QUEUE, WalkIn, WalkInStatus

_STATUSES: Final = {s: pb.WalkInStatus.Value(f"WALK_IN_STATUS_{s.name}") for s in WalkInStatus}


def statuses(asked: Iterable[int]) -> list[str]:
    """Those who wait or are called, unless it is said."""
    back: dict[int, str] = {number: status.value for status, number in _STATUSES.items()}
    return [back[number] for number in asked] or sorted(IN_QUEUE)


def shown(it: WalkIn, place: Place | None, now: datetime) -> pb.WalkIn:
    """`place` of who waits."""
    return pb.WalkIn(
        id=str(it.id),
        patient_id=str(it.patient_id),
        location_id=str(it.location_id),
        service_id=str(it.service_id),
        specialist_id=str(it.specialist_id or ""),
        notes=it.notes,
        urgent=it.urgent,
        status=_STATUSES[it.status],
        reason=it.reason,
        joined_at=stamp(it.joined_at),
        position=place.position if place else 0,
        expected_wait=expected_wait(place.begins_at, now) if place and place.begins_at else None,
        expected_wait_unknown=place.why_unknown if place else "",
        called_at=stamp(it.called_at) if it.called_at else None,
        called_by=it.called_by,
        called_specialist_id=str(it.called_specialist_id or ""),
        room_id=str(it.room_id or ""),
        appointment_id=str(it.appointment_id or ""),
        changed_at=stamp(it.changed_at),
        version=it.version,
    )


def expected_wait(begins_at: datetime, now: datetime) -> pb.ExpectedWait:
    minute = timedelta(minutes=1)
    whole = begins_at.replace(second=0, microsecond=0)
    return pb.ExpectedWait(
        minutes=rounded(max(begins_at - now, timedelta(0))) // minute,
        expected_at=stamp(whole if whole == begins_at else whole + minute),
    )


def joined(it: WalkIn) -> events.WalkInJoined:
    return events.WalkInJoined(
        walk_in_id=str(it.id),
        version=it.version,
        patient_id=str(it.patient_id),
        location_id=str(it.location_id),
        time_zone=it.time_zone,
        service_id=str(it.service_id),
        specialist_id=str(it.specialist_id or ""),
        urgent=it.urgent,
        joined_at=stamp(it.joined_at),
    )


def changed(it: WalkIn, before: WalkInStatus) -> events.WalkInChanged:
    return events.WalkInChanged(
        walk_in_id=str(it.id),
        version=it.version,
        patient_id=str(it.patient_id),
        location_id=str(it.location_id),
        time_zone=it.time_zone,
        service_id=str(it.service_id),
        specialist_id=str(it.called_specialist_id or it.specialist_id or ""),
        urgent=it.urgent,
        joined_at=stamp(it.joined_at),
        status=it.status.value,
        previous_status=before.value,
        room_id=str(it.room_id or ""),
        appointment_id=str(it.appointment_id or ""),
        changed_at=stamp(it.changed_at),
    )


def on_duty(answer: duty_pb2.ListOnDutyResponse) -> list[OnDuty]:
    return [
        OnDuty(
            specialist_id=UUID(each.specialist_id),
            works=[(it.begins_at.ToDatetime(UTC), it.ends_at.ToDatetime(UTC)) for it in each.works],
            service_ids=frozenset(map(UUID, each.service_ids)),
        )
        for each in answer.specialists
    ]
