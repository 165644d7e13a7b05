"""Working hours, time off, slots and appointments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ambulo.booking.v1 import appointments_pb2
from ambulo.scheduling.v1 import hours_pb2, overrides_pb2
from chassis.wire import stamp
from google.type import timeofday_pb2

from suite.fhir.values import a_date, a_minute, a_moment, items, text, texts

if TYPE_CHECKING:
    from suite.fhir.planning import Planning
    from suite.fhir.reading import Resource

_DAYS = {day: n for n, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
_DAY = 24 * 60
_PIECE = timedelta(days=399)
_HORIZON = timedelta(days=3 * 365)
_TAKES_TIME = {"booked", "pending", "arrived", "checked-in"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a service takes, in minutes."""

    duration: int
    before: int
    after: int


def plan_hours(p: Planning) -> None:
    """availableTime of roles; of services, for those of their people who have none; notAvailable as time off."""
    open_: dict[tuple[str, str], list[tuple[int, int]]] = {}
    origins: dict[tuple[str, str], set[str]] = {}

    def take(resource: Resource, practitioner: str, places: set[str]) -> None:
        stretches = _week(p, resource)
        for place in places if stretches else ():
            open_.setdefault((practitioner, place), []).extend(stretches)
            origins.setdefault((practitioner, place), set()).add(resource.origin)

    for role in p.of_type("PractitionerRole"):
        for practitioner in p.found(role, "practitioner", "Practitioner")[:1]:
            if practitioner in p.specialists and role.origin not in p.report.skipped:
                if _has_ended(p, role):
                    p.report.skip(role.origin, "its period has ended")
                    continue
                places = {p.rooms.get(o, o) for o in p.found(role, "location", "Location")} & set(p.locations)
                take(role, practitioner, places or p.specialists[practitioner])
                _plan_time_off(p, role, practitioner)
    with_hours = {practitioner for practitioner, _ in open_}
    for service in p.of_type("HealthcareService"):
        places = set(p.found(service, "location", "Location")) & set(p.locations) or set(p.locations)
        for role in p.of_type("PractitionerRole"):
            if service.origin in p.found(role, "healthcareService", "HealthcareService"):
                for practitioner in p.found(role, "practitioner", "Practitioner")[:1]:
                    if practitioner in p.specialists and practitioner not in with_hours:
                        take(service, practitioner, places)
    for (practitioner, place), stretches in sorted(open_.items()):
        merged = _merged(stretches)
        if len(merged) < len(set(stretches)):
            for origin in origins[practitioner, place]:
                p.report.remark(origin, "hours that overlap or touch were joined")
        p.add(
            hours_pb2.SetWeeklyHoursRequest(
                clinic_id=str(p.clinic_id),
                specialist_id=p.id_of(practitioner),
                location_id=p.id_of(place),
                intervals=[_interval(begin, end) for begin, end in merged],
            ),
            *sorted(origins[practitioner, place]),
        )
    for practitioner in sorted(set(p.specialists) - {practitioner for practitioner, _ in open_}):
        p.report.remark(practitioner, "has no working hours here, so nobody can book them yet")


def _week(p: Planning, resource: Resource) -> list[tuple[int, int]]:
    """Minutes of the week, Monday 00:00 first; the end may pass Sunday."""
    found = []
    for row in items(resource.body, "availableTime"):
        days = [_DAYS[d] for d in texts(row, "daysOfWeek") if d in _DAYS] or (
            [] if "daysOfWeek" in row else list(range(7))
        )
        begin = 0 if row.get("allDay") is True else a_minute(text(row, "availableStartTime") or "00:00")
        end = _DAY if row.get("allDay") is True else a_minute(text(row, "availableEndTime") or "24:00")
        if begin is None or end is None or not days:
            p.report.remark(resource.origin, f"availableTime {_short(row)} cannot be read; it was left out")
            continue
        if end <= begin:
            p.report.remark(
                resource.origin, f"availableTime {_short(row)} ends before it starts: taken to reach into the next day"
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


def _has_ended(p: Planning, role: Resource) -> bool:
    end = a_moment(text(role.body, "period", "end"))
    return end is not None and _instant(end, p.zone) < p.now


def _plan_time_off(p: Planning, role: Resource, practitioner: str) -> None:
    zone = p.locations[min(p.specialists[practitioner])] if p.specialists[practitioner] else p.zone
    for n, row in enumerate(items(role.body, "notAvailable")):
        begin, end = _period(row.get("during"), zone)
        if begin is None and end is None:
            p.report.remark(role.origin, f"notAvailable {_short(row)} says no time; it was left out")
            continue
        begin, end = max(begin or p.now, p.now), min(end or p.now + _HORIZON, p.now + _HORIZON)
        if end <= begin:
            p.report.remark(role.origin, f"notAvailable {_short(row)} is past")
            continue
        reason = p.cut(text(row, "description"), 500, role.origin, "description")
        _add_override(p, f"{role.origin}#off{n}", practitioner, "", begin, end, reason, role.origin)


def _period(during: Any, zone: str) -> tuple[datetime | None, datetime | None]:
    """A period's instants; a date means the whole local day, at the end too (FHIR R4 Period)."""
    begin, end = text(during, "start"), text(during, "end")
    last = a_date(end)
    until = a_moment((last + timedelta(days=1)).isoformat()) if last and last < date.max else a_moment(end)
    first = a_moment(begin)
    return (_instant(first, zone) if first else None, _instant(until, zone) if until else None)


def _instant(moment: datetime, zone: str) -> datetime:
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if moment.year > 2000 else datetime.min.replace(tzinfo=UTC)


def _add_override(
    p: Planning, key: str, practitioner: str, place: str, begin: datetime, end: datetime, reason: str, origin: str
) -> None:
    """In pieces, if it is longer than one may be."""
    part = 0
    while begin < end:
        until = min(end, begin + _PIECE)
        p.add(
            overrides_pb2.AddOverrideRequest(
                clinic_id=str(p.clinic_id),
                specialist_id=p.id_of(practitioner),
                override_id=p.id_of(f"{key}.{part}"),
                kind=overrides_pb2.OVERRIDE_KIND_AVAILABLE if place else overrides_pb2.OVERRIDE_KIND_UNAVAILABLE,
                starts_at=stamp(begin),
                ends_at=stamp(until),
                location_id=p.id_of(place) if place else "",
                reason=reason,
            ),
            origin,
        )
        begin, part = until, part + 1


def plan_slots(p: Planning) -> None:
    """Schedules say whose, slots say when: free ones open, busy ones close."""
    actors: dict[str, tuple[str, str]] = {}
    for schedule in p.of_type("Schedule"):
        found = p.found(schedule, "actor", "Practitioner", "PractitionerRole", "Location", "HealthcareService")
        roles = [p.resources[o] for o in found if o.startswith("PractitionerRole/")]
        practitioners = [o for o in found if o in p.specialists]
        practitioners += [o for r in roles for o in p.found(r, "practitioner", "Practitioner") if o in p.specialists]
        places = [p.rooms.get(o, o) for o in found if o.startswith("Location/")]
        places = [o for o in places if o in p.locations]
        if not practitioners:
            p.report.skip(schedule.origin, "is of no specialist that is here")
            continue
        place = places[0] if places else min(p.specialists[practitioners[0]], default="")
        actors[schedule.origin] = (practitioners[0], place)
        p.report.remark(schedule.origin, "is only the holder of its slots")
    for slot in p.of_type("Slot"):
        _plan_slot(p, slot, actors)


def _plan_slot(p: Planning, slot: Resource, actors: dict[str, tuple[str, str]]) -> None:
    schedule = next(iter(p.found(slot, "schedule", "Schedule")), "")
    if schedule not in actors:
        p.report.skip(slot.origin, "its schedule is of no specialist that is here")
        return
    practitioner, place = actors[schedule]
    begin, end = a_moment(text(slot.body, "start")), a_moment(text(slot.body, "end"))
    status = text(slot.body, "status")
    zone = p.locations.get(place, p.zone)
    if begin is None or end is None or _instant(end, zone) <= _instant(begin, zone):
        p.report.skip(slot.origin, "has no start and end that can be read")
    elif _instant(end, zone) <= p.now:
        p.report.skip(slot.origin, "is in the past")
    elif status == "free" and place:
        _add_override(
            p, slot.origin, practitioner, place, _instant(begin, zone), _horizon(p, end, zone), "", slot.origin
        )
    elif status in ("busy", "busy-unavailable"):
        _add_override(p, slot.origin, practitioner, "", _instant(begin, zone), _horizon(p, end, zone), "", slot.origin)
    else:
        p.report.skip(slot.origin, f"status {status[:40]!r} neither opens nor closes a time")


def _horizon(p: Planning, end: datetime, zone: str) -> datetime:
    return min(_instant(end, zone), p.now + _HORIZON)


def plan_appointments(p: Planning) -> None:
    """Those to come that take time, through the real booking path; what is past stays where it was."""
    for each in p.of_type("Appointment"):
        why = _plan_appointment(p, each)
        if why:
            p.report.skip(each.origin, why)


def _plan_appointment(p: Planning, each: Resource) -> str:
    """Why not, if not."""
    status, begin = text(each.body, "status"), a_moment(text(each.body, "start"))
    if status not in _TAKES_TIME:
        return f"status {status[:40]!r} takes no time"
    if begin is None:
        return "has no start"
    if _instant(begin, p.zone) <= p.now:
        return "is in the past; only appointments to come are booked"
    actors = [o for row in items(each.body, "participant") if (o := _actor(p, each, row))]
    practitioner = next((o for o in actors if o in p.specialists), "")
    patient = next((o for o in actors if o in p.patients), "")
    place = next((p.rooms.get(o, o) for o in actors if p.rooms.get(o, o) in p.locations), "")
    if not practitioner or not patient:
        return f"no {'patient' if practitioner else 'specialist'} of it is here"
    end = a_moment(text(each.body, "end"))
    minutes = round((_instant(end, p.zone) - _instant(begin, p.zone)).total_seconds() / 60) if end else 0
    service = next((o for o, t in sorted(p.services.items()) if t.duration == minutes), "")
    if not service:
        return f"no service takes {minutes} minutes"
    p.add(
        appointments_pb2.BookAppointmentRequest(
            clinic_id=str(p.clinic_id),
            patient_id=p.id_of(patient),
            service_id=p.id_of(service),
            specialist_id=p.id_of(practitioner),
            location_id=p.id_of(place) if place else "",
            starts_at=stamp(_instant(begin, p.zone)),
            notes=p.cut(text(each.body, "description"), 4000, each.origin, "description"),
        ),
        each.origin,
    )
    return ""


def _actor(p: Planning, each: Resource, row: dict[str, Any]) -> str:
    reference = text(row, "actor", "reference")
    origin = p.find(reference, each.origin) if reference else ""
    if origin.startswith("PractitionerRole/"):
        return next(iter(p.found(p.resources[origin], "practitioner", "Practitioner")), "")
    return origin


def _short(row: object) -> str:
    return str(row)[:80]
