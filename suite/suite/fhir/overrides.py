"""Times that open or close beside the weekly hours: time off, and slots."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ambulo.scheduling.v1 import overrides_pb2
from chassis.wire import stamp

from suite.fhir.periods import instant, period
from suite.fhir.planning import Planning
from suite.fhir.reading import Resource
from suite.fhir.values import items, text

_PIECE = timedelta(days=399)
_HORIZON = timedelta(days=3 * 365)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Override:
    """A time that opens at a place, or closes everywhere if there is none."""

    origin: str
    key: str
    practitioner: str
    begin: datetime
    end: datetime
    place: str = ""
    reason: str = ""


def plan_time_off(p: Planning, holder: Resource, practitioner: str, key: str) -> None:
    zone = p.locations[min(p.specialists[practitioner])]
    for n, row in enumerate(items(holder.body, "notAvailable")):
        what = f"notAvailable {str(row)[:80]}"
        begin, end = period(p.report, holder, row, "during", zone)
        if begin is None and end is None:
            p.report.remark(holder.origin, f"{what} says no time; it was left out")
            continue
        reason = p.cut(text(row, "description"), 500, holder.origin, "description")
        begin, end = begin or p.now, end or _FOR_EVER
        off = _Override(holder.origin, f"{key}#off{n}", practitioner, begin, end, reason=reason)
        if why := _add(p, off, f"{what} "):
            p.report.remark(holder.origin, f"{what} {why}")


def plan_slots(p: Planning) -> None:
    """Schedules say whose, slots say when: free ones open, busy ones close."""
    holders: dict[str, tuple[str, str]] = {}
    for schedule in p.of_type("Schedule"):
        if schedule.body.get("active") is False:
            p.report.skip(schedule.origin, "is not active")
        elif holder := _holder(p, schedule):
            holders[schedule.origin] = holder
            p.report.remark(schedule.origin, "is only the holder of its slots")
        else:
            p.report.skip(schedule.origin, "is of no specialist that is here")
    for slot in p.of_type("Slot"):
        if why := _plan_slot(p, slot, holders):
            p.report.skip(slot.origin, why)


def _holder(p: Planning, schedule: Resource) -> tuple[str, str] | None:
    """Whose it is, and where."""
    actors = p.found(schedule, "actor", "Practitioner", "PractitionerRole", "Location", "HealthcareService")
    practitioners = dict.fromkeys(o for each in actors if (o := p.practitioner_of(each)) in p.specialists)
    places = dict.fromkeys(o for each in actors if (o := p.rooms.get(each, each)) in p.locations)
    practitioner = p.only(list(practitioners), schedule.origin, "specialist")
    if not practitioner:
        return None
    return practitioner, p.only(list(places), schedule.origin, "location") or min(p.specialists[practitioner])


def _plan_slot(p: Planning, slot: Resource, holders: dict[str, tuple[str, str]]) -> str:
    """Why not, if not."""
    schedule = next(iter(p.found(slot, "schedule", "Schedule")), "")
    if schedule not in holders:
        return f"its schedule {p.report.skipped.get(schedule, 'is of no specialist that is here')}"
    practitioner, place = holders[schedule]
    begin, end = (instant(text(slot.body, name), p.locations[place]) for name in ("start", "end"))
    status = text(slot.body, "status")
    if begin is None or end is None or end <= begin:
        return "has no start and end that can be read"
    if status not in ("free", "busy", "busy-unavailable"):
        return f"status {status[:40]!r} neither opens nor closes a time"
    return _add(p, _Override(slot.origin, slot.origin, practitioner, begin, end, place if status == "free" else ""))


def _add(p: Planning, it: _Override, what: str = "") -> str:
    """Why not, if not. Only what is to come is taken, for three years."""
    horizon = p.now + _HORIZON
    if it.end <= p.now:
        return "is in the past"
    if it.end <= it.begin:
        return "ends before it begins"
    if it.begin >= horizon:
        return "begins more than three years ahead"
    if it.end > horizon:
        p.report.remark(it.origin, f"{what}was taken for three years only")
    for n, (begin, end) in enumerate(_pieces(max(it.begin, p.now), min(it.end, horizon))):
        p.add(
            overrides_pb2.AddOverrideRequest(
                clinic_id=str(p.clinic_id),
                specialist_id=p.id_of(it.practitioner),
                override_id=p.id_of(f"{it.key}.{n}"),
                kind=overrides_pb2.OVERRIDE_KIND_AVAILABLE if it.place else overrides_pb2.OVERRIDE_KIND_UNAVAILABLE,
                starts_at=stamp(begin),
                ends_at=stamp(end),
                location_id=p.id_of(it.place) if it.place else "",
                reason=it.reason,
            ),
            it.origin,
        )
    return ""


def _pieces(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """One override may not be longer."""
    while begin < end:
        until = min(end, begin + _PIECE)
        yield begin, until
        begin = until
