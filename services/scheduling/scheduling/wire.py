"""Domain and rows to protobuf, and back where needed."""

from typing import Any

from ambulo.scheduling.v1 import hours_pb2, overrides_pb2
from chassis.errors import FieldViolation, Invalid
from google.type import dayofweek_pb2, timeofday_pb2

from scheduling.domain.hours import DAY, OpenInterval
from scheduling.store.hours import intervals_of

KINDS = {
    overrides_pb2.OVERRIDE_KIND_UNAVAILABLE: "unavailable",
    overrides_pb2.OVERRIDE_KIND_AVAILABLE: "available",
}
_KINDS_BACK = {name: kind for kind, name in KINDS.items()}


def intervals(given: list[hours_pb2.OpenInterval]) -> list[OpenInterval]:
    """As they were given, so that a complaint names the right one."""
    return [
        OpenInterval.of(
            each.weekday - dayofweek_pb2.MONDAY,
            _minute(each.starts, f"intervals[{n}].starts"),
            _minute(each.ends, f"intervals[{n}].ends"),
        )
        for n, each in enumerate(given)
    ]


def _minute(time: timeofday_pb2.TimeOfDay, field: str) -> int:
    minute = int(time.hours * 60 + time.minutes)
    whole = not time.seconds and not time.nanos
    if not (whole and 0 <= time.hours <= 24 and 0 <= time.minutes < 60 and minute <= DAY):
        raise Invalid(fields=[FieldViolation(field, "must be a time of day in whole minutes, 00:00 to 24:00")])
    return minute


def weekly_hours(row: Any) -> hours_pb2.WeeklyHours:
    return hours_pb2.WeeklyHours(
        specialist_id=str(row["specialist_id"]),
        location_id=str(row["location_id"]),
        intervals=[
            hours_pb2.OpenInterval(weekday=i.weekday + dayofweek_pb2.MONDAY, starts=_time(i.starts), ends=_time(i.ends))
            for i in intervals_of(row["intervals"])
        ],
        version=row["version"],
    )


def _time(minute: int) -> timeofday_pb2.TimeOfDay:
    minute = minute if minute <= DAY else minute - DAY
    return timeofday_pb2.TimeOfDay(hours=minute // 60, minutes=minute % 60)


def override(row: Any) -> overrides_pb2.Override:
    return overrides_pb2.Override(
        id=str(row["id"]),
        specialist_id=str(row["specialist_id"]),
        kind=_KINDS_BACK[row["kind"]],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        location_id=str(row["location_id"] or ""),
        reason=row["reason"],
    )
