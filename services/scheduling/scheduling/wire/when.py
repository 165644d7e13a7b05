"""When people work, and when they and things do not, to protobuf and back."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ambulo.scheduling.v1 import downtime_pb2, holidays_pb2, hours_pb2, overrides_pb2, time_off_pb2
from chassis.errors import FieldViolation, Invalid
from chassis.wire import stamp
from google.type import date_pb2, dayofweek_pb2, timeofday_pb2

from scheduling.domain.errors import NoSuchDay
from scheduling.domain.holidays import HolidayCalendar
from scheduling.domain.hours import DAY, OpenInterval, Pattern
from scheduling.domain.recurrence import RecurringOpening
from scheduling.domain.time_off import Status, TimeOff

KINDS = {
    overrides_pb2.OVERRIDE_KIND_UNAVAILABLE: "unavailable",
    overrides_pb2.OVERRIDE_KIND_AVAILABLE: "available",
}
_KINDS_BACK = {name: kind for kind, name in KINDS.items()}
STATUSES = {
    time_off_pb2.TIME_OFF_STATUS_REQUESTED: Status.REQUESTED,
    time_off_pb2.TIME_OFF_STATUS_APPROVED: Status.APPROVED,
    time_off_pb2.TIME_OFF_STATUS_DECLINED: Status.DECLINED,
    time_off_pb2.TIME_OFF_STATUS_WITHDRAWN: Status.WITHDRAWN,
}
_STATUSES_BACK = {status: number for number, status in STATUSES.items()}


def pattern(request: hours_pb2.SetWeeklyHoursRequest) -> Pattern:
    """As it was given, so that a complaint names the right one."""
    return Pattern(
        tuple(interval(each, f"intervals[{n}]") for n, each in enumerate(request.intervals)),
        tuple(interval(each, f"breaks[{n}]") for n, each in enumerate(request.breaks)),
        tuple(_recurring(each, f"recurring[{n}]") for n, each in enumerate(request.recurring)),
    )


def interval(given: hours_pb2.OpenInterval, field: str) -> OpenInterval:
    starts, ends = _minute(given.starts, f"{field}.starts", DAY - 1), _minute(given.ends, f"{field}.ends", DAY)
    valid_from = day_of(given.valid_from, f"{field}.valid_from") if given.HasField("valid_from") else date.min
    valid_until = day_of(given.valid_until, f"{field}.valid_until") if given.HasField("valid_until") else date.max
    in_week_of = day_of(given.in_week_of, f"{field}.in_week_of") if given.HasField("in_week_of") else date.min
    alternates = given.every_weeks > 1
    return OpenInterval(
        weekday=given.weekday - dayofweek_pb2.MONDAY,
        starts=starts,
        # An end at or before the start is on the next day.
        ends=ends if ends > starts else ends + DAY,
        valid_from=valid_from,
        valid_until=valid_until,
        every_weeks=given.every_weeks if alternates else 1,
        in_week_of=in_week_of if alternates else date.min,
    )


def _recurring(given: hours_pb2.RecurringOpening, field: str) -> RecurringOpening:
    return RecurringOpening(
        rrule=given.rrule,
        first_day=day_of(given.first_day, f"{field}.first_day"),
        starts=_minute(given.starts, f"{field}.starts", DAY - 1),
        minutes=given.duration_minutes,
        except_on=tuple(
            sorted({day_of(day, f"{field}.except[{n}]") for n, day in enumerate(getattr(given, "except"))})
        ),
    )


def _minute(time: timeofday_pb2.TimeOfDay, field: str, last: int) -> int:
    minute = int(time.hours * 60 + time.minutes)
    whole = not time.seconds and not time.nanos
    if not (whole and 0 <= time.hours <= 24 and 0 <= time.minutes < 60 and minute <= last):
        wanted = f"must be a time of day in whole minutes, 00:00 to {last // 60}:{last % 60:02}"
        raise Invalid(fields=[FieldViolation(field, wanted)])
    return minute


def day_of(given: date_pb2.Date, field: str) -> date:
    try:
        return date(given.year, given.month, given.day)
    except ValueError:
        wrong = f"{given.year:04}-{given.month:02}-{given.day:02} is no day of the calendar"
        raise NoSuchDay(f"{wrong}; take one that is", fields=[FieldViolation(field, wrong)]) from None


def weekly_hours(specialist_id: object, location_id: object, pattern: Pattern, version: int) -> hours_pb2.WeeklyHours:
    return hours_pb2.WeeklyHours(
        specialist_id=str(specialist_id),
        location_id=str(location_id),
        intervals=map(shown_interval, pattern.intervals),
        version=version,
        breaks=map(shown_interval, pattern.breaks),
        recurring=map(_shown_recurring, pattern.recurring),
    )


def shown_interval(it: OpenInterval) -> hours_pb2.OpenInterval:
    alternates = it.every_weeks > 1
    return hours_pb2.OpenInterval(
        weekday=it.weekday + dayofweek_pb2.MONDAY,
        starts=_time(it.starts),
        ends=_time(it.ends),
        valid_from=None if it.valid_from == date.min else date_of(it.valid_from),
        valid_until=None if it.valid_until == date.max else date_of(it.valid_until),
        every_weeks=it.every_weeks if alternates else 0,
        in_week_of=date_of(it.in_week_of) if alternates else None,
    )


def _shown_recurring(it: RecurringOpening) -> hours_pb2.RecurringOpening:
    shown = hours_pb2.RecurringOpening(
        rrule=it.rrule, first_day=date_of(it.first_day), starts=_time(it.starts), duration_minutes=it.minutes
    )
    # The field's name is a word of Python's own.
    getattr(shown, "except").extend(map(date_of, it.except_on))
    return shown


def _time(minute: int) -> timeofday_pb2.TimeOfDay:
    minute = minute if minute <= DAY else minute - DAY
    return timeofday_pb2.TimeOfDay(hours=minute // 60, minutes=minute % 60)


def date_of(day: date) -> date_pb2.Date:
    return date_pb2.Date(year=day.year, month=day.month, day=day.day)


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


def time_off(it: TimeOff) -> time_off_pb2.TimeOff:
    return time_off_pb2.TimeOff(
        id=str(it.id),
        specialist_id=str(it.specialist_id),
        starts_at=stamp(it.starts_at),
        ends_at=stamp(it.ends_at),
        reason=it.reason,
        status=_STATUSES_BACK[it.status],
        answer=it.answer,
        version=it.version,
    )


def holiday_calendar(request: holidays_pb2.SetHolidaysRequest) -> HolidayCalendar:
    """Days in order and each once; of a day that is named twice the last name counts."""
    closed_on = {day_of(each.day, f"closed_on[{n}].day"): each.name for n, each in enumerate(request.closed_on)}
    return HolidayCalendar(
        country=request.country,
        subdivision=request.subdivision,
        open_on=tuple(sorted({day_of(day, f"open_on[{n}]") for n, day in enumerate(request.open_on)})),
        closed_on=tuple(sorted(closed_on.items())),
    )


def holidays(
    location_id: object, calendar: HolidayCalendar, days: Mapping[date, str], version: int
) -> holidays_pb2.Holidays:
    return holidays_pb2.Holidays(
        location_id=str(location_id),
        country=calendar.country,
        subdivision=calendar.subdivision,
        open_on=map(date_of, calendar.open_on),
        closed_on=_named(calendar.closed_on),
        days=_named(days.items()),
        version=version,
    )


def _named(days: Iterable[tuple[date, str]]) -> list[holidays_pb2.Holiday]:
    return [holidays_pb2.Holiday(day=date_of(day), name=name) for day, name in days]


def downtime(row: Any) -> downtime_pb2.Downtime:
    return downtime_pb2.Downtime(
        id=str(row["id"]),
        room_id=str(row["room_id"] or ""),
        equipment_id=str(row["equipment_id"] or ""),
        units=row["units"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        reason=row["reason"],
        version=row["version"],
    )
