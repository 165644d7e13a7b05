"""Series to protobuf, and scheduling's answers for them to the domain."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ambulo.booking.v1 import series_pb2 as pb
from ambulo.scheduling.v1 import resolving_pb2
from chassis.clock import local
from chassis.wire import stamp

from booking import wire
from booking.domain.appointment import Appointment
from booking.domain.series import Missed, Scope, Series

SCOPES: Final = {
    pb.SERIES_SCOPE_THIS: Scope.THIS,
    pb.SERIES_SCOPE_FOLLOWING: Scope.FOLLOWING,
    pb.SERIES_SCOPE_ALL: Scope.ALL,
}
_REASONS: Final = {"NOT_FREE": "SLOT_TAKEN"}
"""Whether somebody was faster by a day or by a moment is the same to who asks."""


def missed(it: resolving_pb2.ResolvedStart) -> Missed:
    return Missed(it.start, _REASONS.get(it.reason, it.reason), it.detail)


def occurrence(it: resolving_pb2.ResolvedStart, why_not: Missed | None) -> pb.Occurrence:
    if why_not is None:
        return pb.Occurrence(start=it.start, starts_at=it.starts_at, free=True)
    shown = _missed(why_not)
    shown.proposals.extend(it.proposals)
    return shown


def series(it: Series, those: Iterable[Appointment], clinic_id: UUID | None) -> pb.Series:
    return pb.Series(
        id=str(it.id),
        patient_id=str(it.patient_id),
        service_id=str(it.service_id),
        specialist_id=str(it.specialist_id),
        location_id=str(it.location_id),
        rrule=it.rrule,
        start=local(it.starts_at, it.time_zone),
        appointments=[wire.appointment(each, clinic_id) for each in those],
        skipped=map(_missed, it.skipped),
        created_at=stamp(it.created_at),
    )


def change(
    changed: Iterable[Appointment], stay: Iterable[tuple[Appointment, Missed]], clinic_id: UUID | None
) -> pb.SeriesChange:
    skipped = []
    for appointment, why in stay:
        shown = _missed(why)
        shown.appointment_id = str(appointment.id)
        skipped.append(shown)
    by_start = sorted(changed, key=lambda each: each.slot.starts_at)
    return pb.SeriesChange(changed=[wire.appointment(each, clinic_id) for each in by_start], skipped=skipped)


def _missed(it: Missed) -> pb.Occurrence:
    start = datetime.fromisoformat(it.start)
    starts_at = stamp(start.astimezone(UTC)) if start.tzinfo is not None else None
    return pb.Occurrence(start=it.start, starts_at=starts_at, reason=it.reason, detail=it.detail)
