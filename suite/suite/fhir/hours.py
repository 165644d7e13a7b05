"""Weekly hours."""

from dataclasses import dataclass, field

from ambulo.scheduling.v1 import hours_pb2
from google.type import timeofday_pb2

from suite.fhir.overrides import plan_time_off
from suite.fhir.periods import period
from suite.fhir.planning import Planning, Role
from suite.fhir.reading import Resource
from suite.fhir.values import a_minute, items, text, texts

_DAYS = {day: n for n, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
_DAY = 24 * 60


@dataclass(slots=True)
class _Week:
    stretches: list[tuple[int, int]] = field(default_factory=list)
    origins: set[str] = field(default_factory=set)


_Weeks = dict[tuple[str, str], _Week]
"""Practitioner and location -> when."""


def plan_hours(p: Planning) -> None:
    """availableTime of roles; of services, for those of their people who have none; notAvailable as time off."""
    weeks: _Weeks = {}
    for role in p.roles.values():
        if role.practitioner in p.specialists:
            _take_role(p, role, weeks)
    with_own = {practitioner for practitioner, _ in weeks}
    for service in p.of_type("HealthcareService"):
        if service.origin in p.services:
            _take_service(p, service, with_own, weeks)
    for practitioner, place in sorted(weeks):
        _set_week(p, practitioner, place, weeks[practitioner, place])
    for practitioner in sorted(set(p.specialists) - {practitioner for practitioner, _ in weeks}):
        p.report.remark(practitioner, "has no working hours here, so nobody can book them yet")


def _take_role(p: Planning, role: Role, weeks: _Weeks) -> None:
    _, end = period(p.report, role.resource, role.resource.body, "period", p.zone)
    if end is not None and end <= p.now:
        # Only its hours are over: whose role it was still gives its services, in their hours. HL7's published examples
        # would have nobody to book otherwise.
        p.report.skip(role.resource.origin, "its period has ended")
        return
    _take(p, role.resource, role.practitioner, role.places, weeks)
    plan_time_off(p, role.resource, role.practitioner, role.resource.origin)


def _take_service(p: Planning, service: Resource, with_own: set[str], weeks: _Weeks) -> None:
    givers = p.givers(service.origin)
    places = p.places_of(service)
    takers = {o for o in sorted(givers - with_own) if _take(p, service, o, places, weeks)}
    for practitioner in sorted(takers):
        plan_time_off(p, service, practitioner, f"{service.origin}#{practitioner}")
    if items(service.body, "notAvailable") and (givers - takers or not givers):
        whom = ", ".join(sorted(givers - takers)) or "anybody"
        p.report.remark(service.origin, f"notAvailable holds for those whose hours come from it, so not for {whom}")


def _take(p: Planning, resource: Resource, practitioner: str, places: set[str], weeks: _Weeks) -> bool:
    """Whether there was something to take. Nowhere in particular is wherever they work."""
    stretches = _stretches(p, resource)
    works = p.specialists[practitioner]
    for place in (places & works or works) if stretches else ():
        week = weeks.setdefault((practitioner, place), _Week())
        week.stretches += stretches
        week.origins.add(resource.origin)
    return bool(stretches)


def _set_week(p: Planning, practitioner: str, place: str, week: _Week) -> None:
    merged = _merged(week.stretches)
    if len(merged) < len(set(week.stretches)):
        for origin in week.origins:
            p.report.remark(origin, "hours that overlap or touch were joined")
    p.add(
        hours_pb2.SetWeeklyHoursRequest(
            clinic_id=str(p.clinic_id),
            specialist_id=p.id_of(practitioner),
            location_id=p.id_of(place),
            intervals=[_interval(begin, end) for begin, end in merged],
        ),
        *sorted(week.origins),
    )


def _stretches(p: Planning, resource: Resource) -> list[tuple[int, int]]:
    """Minutes of the week, Monday 00:00 first; the end may pass Sunday."""
    found = []
    for row in items(resource.body, "availableTime"):
        days = [_DAYS[d] for d in texts(row, "daysOfWeek") if d in _DAYS] or (
            [] if "daysOfWeek" in row else list(range(7))
        )
        begin = 0 if row.get("allDay") is True else a_minute(text(row, "availableStartTime") or "00:00")
        end = _DAY if row.get("allDay") is True else a_minute(text(row, "availableEndTime") or "24:00")
        if begin is None or end is None or not days:
            p.report.remark(resource.origin, f"availableTime {str(row)[:80]} cannot be read; it was left out")
            continue
        if end <= begin:
            p.report.remark(
                resource.origin,
                f"availableTime {str(row)[:80]} ends before it starts: taken to reach into the next day",
            )
        found += [(day * _DAY + begin, day * _DAY + (end if end > begin else end + _DAY)) for day in days]
    return found


def _merged(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Disjoint and each within a day and the next: what begins in a week's last night may end in its first morning."""
    week = 7 * _DAY
    flat = sorted({(b, min(e, week)) for b, e in stretches} | {(0, e - week) for _, e in stretches if e > week})
    joined: list[list[int]] = []
    for begin, end in flat:
        if joined and begin <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([begin, end])
    pieces = []
    for begin, end in joined:
        while end - begin > _DAY or (end - 1) // _DAY > begin // _DAY:
            midnight = (begin // _DAY + 1) * _DAY
            pieces.append((begin, midnight))
            begin = midnight
        pieces.append((begin, end))
    return pieces


def _interval(begin: int, end: int) -> hours_pb2.OpenInterval:
    day = begin // _DAY
    return hours_pb2.OpenInterval(
        weekday=day + 1,  # google.type.DayOfWeek counts from Monday = 1
        starts=_time(begin - day * _DAY),
        ends=_time(end - day * _DAY),
    )


def _time(minute: int) -> timeofday_pb2.TimeOfDay:
    return timeofday_pb2.TimeOfDay(hours=minute // 60, minutes=minute % 60)
