"""What is free, decided slowly and obviously: start by start and minute by minute, from what the clinic was told.

No line of the services is used here, only the messages of the contract. Instants are seconds since 1970.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from holidays import country_holidays

MINUTE, DAY = 60, 24 * 60 * 60
UNAVAILABLE, AVAILABLE = 1, 2
TAKEN = {"MAX_DAILY", "MIN_GAP", "SPECIALIST_BUSY", "SEATS", "ROOM", "EQUIPMENT"}
"""What is in the way because of other appointments."""
OF_ANYBODY = {"lead_time", "max_future", "blackout_dates"}
"""The rules that also hold for who joins a group: they are no further visit of its specialist."""


@dataclass
class Visit:
    """An appointment that stands, with all that it takes; those of one group session take it once."""

    patient: str
    session: str
    service: str
    specialist: str
    location: str
    room: str
    units: list[tuple[str, int]]
    starts: int
    ends: int
    begins: int
    """With the buffer before, as all that it takes."""
    until: int
    """With the buffer after."""
    room_until: int


@dataclass(frozen=True)
class Slot:
    start: int
    specialist: str
    rooms: tuple[str, ...]
    score: int
    seats_left: int = 0
    """Of a group."""


@dataclass
class World:
    """All that the clinic was told, as it was told: requests by id."""

    now: float = 0
    locations: dict[str, Any] = field(default_factory=dict)
    rooms: dict[str, Any] = field(default_factory=dict)
    pools: dict[str, Any] = field(default_factory=dict)
    specialists: dict[str, Any] = field(default_factory=dict)
    services: dict[str, Any] = field(default_factory=dict)
    preferences: dict[str, Any] = field(default_factory=dict)
    hours: dict[tuple[str, str], Any] = field(default_factory=dict)
    holidays: dict[str, Any] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    downtime: dict[str, Any] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    _open: dict[tuple[str, str, int], bool] = field(default_factory=dict)

    def told(self, request: Any) -> None:
        if (
            "Hours" in type(request).__name__
            or "Override" in type(request).__name__
            or "Holidays" in type(request).__name__
        ):
            self._open.clear()
        match type(request).__name__:
            case "DefineLocationRequest":
                self.locations[request.location_id] = request
            case "DefineRoomRequest":
                self.rooms[request.room_id] = request
            case "DefineEquipmentRequest":
                self.pools[request.equipment_id] = request
            case "DefineSpecialistRequest":
                self.specialists[request.specialist_id] = request
            case "DefineServiceRequest":
                self.services[request.service_id] = request
            case "SetPreferencesRequest":
                self.preferences[request.specialist_id] = request
            case "SetWeeklyHoursRequest":
                self.hours[request.specialist_id, request.location_id] = request
            case "SetHolidaysRequest":
                self.holidays[request.location_id] = request
            case "AddOverrideRequest":
                self.overrides[request.override_id] = request
            case "RemoveOverrideRequest":
                del self.overrides[request.override_id]
            case "AddDowntimeRequest":
                self.downtime[request.downtime_id] = request
            case "RemoveDowntimeRequest":
                del self.downtime[request.downtime_id]
            case unknown:
                raise AssertionError(unknown)

    def booked(self, answer: Any) -> None:
        """By what the answer says it took; who joins a session shares what its first patient took."""
        others = [visit for visit in self.visits.values() if answer.session_id and visit.session == answer.session_id]
        if others:
            self.visits[answer.id] = replace(others[0], patient=answer.patient_id)
            return
        service, starts = self.services[answer.service_id], answer.starts_at.seconds
        ends = starts + service.duration_minutes * MINUTE
        until = ends + service.buffer_after_minutes * MINUTE
        turnaround = self.rooms[answer.room_id].turnaround_minutes if answer.room_id else 0
        self.visits[answer.id] = Visit(
            answer.patient_id, answer.session_id,
            answer.service_id, answer.specialist_id, answer.location_id, answer.room_id,
            [(unit.equipment_id, unit.unit) for unit in answer.equipment], starts, ends,
            starts - service.buffer_before_minutes * MINUTE, until, until + turnaround * MINUTE,
        )  # fmt: skip

    # What is offered where -------------------------------------------------------------------------------------------

    def refusal(self, service_id: str, location_id: str) -> str:
        """Why nothing can be asked about this service here; empty if it can."""
        service, location = self.services[service_id], self.locations[location_id]
        if service.inactive:
            return "UNKNOWN_SERVICE"
        if location.inactive:
            return "UNKNOWN_LOCATION"
        return "UNKNOWN_SERVICE" if service.location_ids and location_id not in service.location_ids else ""

    def slots(self, service_id: str, location_id: str, begin: int, end: int, holder: str = "") -> list[Slot]:
        """Every start of begin <= start < end, in the order in which they are shown."""
        minutes = range(-(-begin // MINUTE) * MINUTE, end, MINUTE)
        return sorted(
            (
                self.slot(service_id, location_id, specialist_id, start, holder)
                for start in minutes
                if self.is_on_grid(service_id, location_id, start)
                for specialist_id, specialist in self.specialists.items()
                if not specialist.inactive and self.is_free(service_id, location_id, specialist_id, start, holder)
            ),
            key=self.order,
        )

    def order(self, slot: Slot) -> tuple[int, int, str, str]:
        return (slot.start, -slot.score, self.specialists[slot.specialist].name, slot.specialist)

    def is_on_grid(self, service_id: str, location_id: str, start: int) -> bool:
        _, minute_of_day = wall(self.locations[location_id].time_zone, start)
        return minute_of_day % (self.services[service_id].start_every_minutes or 15) == 0

    def is_free(self, service_id: str, location_id: str, specialist_id: str, start: int, holder: str = "") -> bool:
        """What `holder` takes counts as free: that appointment is being moved."""
        return next(self.in_the_way(service_id, location_id, specialist_id, start, holder), None) is None

    def in_the_way(
        self, service_id: str, location_id: str, specialist_id: str, start: int, holder: str = ""
    ) -> Iterator[str]:
        """The kind of each constraint that removes this start; nothing if it is free."""
        service, location, specialist = (
            self.services[service_id], self.locations[location_id], self.specialists[specialist_id],
        )  # fmt: skip
        day, _ = wall(location.time_zone, start)
        if not self.is_on_grid(service_id, location_id, start):
            yield "GRID"
        if start <= self.now:
            yield "PAST"
        if specialist.not_bookable:
            yield "NOT_BOOKABLE"
        if service.specialist_ids and specialist_id not in service.specialist_ids:
            yield "ALLOWED_PROVIDER"
        end = start + service.duration_minutes * MINUTE
        if not all(self.is_open(specialist_id, location_id, minute) for minute in range(start, end, MINUTE)):
            yield "HOURS"
        begins, until = start - service.buffer_before_minutes * MINUTE, end + service.buffer_after_minutes * MINUTE
        others = [visit for id_, visit in self.visits.items() if id_ != holder]
        group = self.group(service_id, location_id, specialist_id, start, holder)
        if group:
            if len(group) >= service.capacity:
                yield "SEATS"
            for rule in service.rules:
                if rule_kind(rule) in OF_ANYBODY and self._removes(
                    rule, [], location_id, specialist_id, start, end, day
                ):
                    yield rule_kind(rule).upper()
            return
        if any(v.specialist == specialist_id and v.begins < until and begins < v.until for v in others):
            yield "SPECIALIST_BUSY"
        if service.requires_room and not self.rooms_free(service_id, location_id, start, holder):
            yield "ROOM"
        for kind, wanted in self.equipment_of(service_id).items():
            if len(self.units_free(service_id, location_id, kind, start, holder)) < wanted:
                yield "EQUIPMENT"
        alike = [visit for visit in others if visit.service == service_id]
        for rule in service.rules:
            if self._removes(rule, alike, location_id, specialist_id, start, end, day):
                yield rule_kind(rule).upper()

    def _removes(
        self, rule: Any, alike: list[Visit], location_id: str, specialist_id: str, start: int, end: int, day: date
    ) -> bool:
        """`alike` are the other visits of the service."""
        if rule.inactive:
            return False
        match rule_kind(rule):
            case "allowed_provider":
                return specialist_id not in rule.allowed_provider.specialist_ids
            case "lead_time":
                return start < self.now + rule.lead_time.minutes * MINUTE
            case "max_future":
                return start > self.now + rule.max_future.days * DAY
            case "blackout_dates":
                dates = rule.blackout_dates
                return as_date(dates.first) <= day <= as_date(dates.last if dates.HasField("last") else dates.first)
            case "min_gap":
                gap = rule.min_gap.minutes * MINUTE
                mine = [visit for visit in alike if visit.specialist == specialist_id]
                return any(start < visit.ends + gap and visit.starts < end + gap for visit in mine)
            case "max_daily":
                zone = self.locations[location_id].time_zone
                here = [v for v in alike if v.location == location_id and wall(zone, v.starts)[0] == day]
                mine = [visit for visit in here if visit.specialist == specialist_id]
                counted = mine if rule.max_daily.per_specialist else here
                sessions = {visit.session for visit in counted} - {""}
                alone = [visit for visit in counted if not visit.session]
                return len(alone) + len(sessions) >= rule.max_daily.max_per_day
        return False

    def group(self, service_id: str, location_id: str, specialist_id: str, start: int, holder: str = "") -> list[Visit]:
        """Who is in a session that begins then and that others could join, were there seats; often nobody."""
        service = self.services[service_id]
        rooms = self.rooms_that_fit(service_id, location_id) if service.requires_room else []
        if service.capacity < 2:
            return []
        return [
            visit
            for id_, visit in self.visits.items()
            if id_ != holder and visit.session and visit.starts == start and visit.location == location_id
            and visit.service == service_id and visit.specialist == specialist_id
            and (not visit.room or visit.room in rooms)
        ]  # fmt: skip

    # When a specialist works -----------------------------------------------------------------------------------------

    def is_open(self, specialist_id: str, location_id: str, minute: int) -> bool:
        key = (specialist_id, location_id, minute)
        if key not in self._open:
            self._open[key] = self._is_open(*key)
        return self._open[key]

    def _is_open(self, specialist_id: str, location_id: str, minute: int) -> bool:
        theirs = [each for each in self.overrides.values() if each.specialist_id == specialist_id]
        if any(each.kind == UNAVAILABLE and touches(each, minute) for each in theirs):
            return False
        if any(e.kind == AVAILABLE and e.location_id == location_id and covers(e, minute) for e in theirs):
            return True
        day, minute_of_day = wall(self.locations[location_id].time_zone, minute)
        if self.is_closed(location_id, day):
            return False
        weekly = self.hours.get((specialist_id, location_id))
        if weekly is None or any(on_day(each, day, minute_of_day) for each in weekly.breaks):
            return False
        weekly_open = any(on_day(each, day, minute_of_day) for each in weekly.intervals)
        return weekly_open or any(recurs(each, day, minute_of_day) for each in weekly.recurring)

    def is_closed(self, location_id: str, day: date) -> bool:
        calendar = self.holidays.get(location_id)
        if calendar is None:
            return False
        if any(as_date(each.day) == day for each in calendar.closed_on):
            return True
        public = bool(calendar.country) and is_public_holiday(calendar.country, calendar.subdivision, day)
        return public and not any(as_date(each) == day for each in calendar.open_on)

    # What a visit takes ----------------------------------------------------------------------------------------------

    def rooms_that_fit(self, service_id: str, location_id: str) -> list[str]:
        service = self.services[service_id]
        types = {service.room_type} - {""}
        types |= {rule.room_type.type for rule in service.rules if rule.HasField("room_type") and not rule.inactive}
        return [
            id_
            for id_, room in self.rooms.items()
            if room.location_id == location_id and not room.inactive and all(room.room_type == each for each in types)
            and (room.capacity or 1) >= (service.capacity or 1) and set(service.room_features) <= set(room.features)
        ]  # fmt: skip

    def has_what_it_takes(self, service_id: str, location_id: str) -> bool:
        """Whether there is any room and equipment for it at all."""
        here = [pool for pool in self.pools.values() if pool.location_id == location_id and not pool.inactive]
        roomy = not self.services[service_id].requires_room or bool(self.rooms_that_fit(service_id, location_id))
        return roomy and set(self.equipment_of(service_id)) <= {pool.equipment_type for pool in here}

    def rooms_free(self, service_id: str, location_id: str, start: int, holder: str = "") -> list[str]:
        """Rooms that can take a visit, its buffers and the turnaround after it; by name."""
        begins, until = self._span(service_id, start)
        free = []
        for id_ in self.rooms_that_fit(service_id, location_id):
            ready = until + self.rooms[id_].turnaround_minutes * MINUTE
            visits = [visit for key, visit in self.visits.items() if key != holder and visit.room == id_]
            away = [each for each in self.downtime.values() if each.room_id == id_]
            if any(visit.begins < ready and begins < visit.room_until for visit in visits):
                continue
            if not any(touches(each, minute) for each in away for minute in range(begins, ready, MINUTE)):
                free.append(id_)
        return sorted(free, key=lambda id_: (self.rooms[id_].name, id_))

    def equipment_of(self, service_id: str) -> dict[str, int]:
        """How many units of each type a service takes: of several rules for one type, the most."""
        rules = [rule.required_equipment_type for rule in self.services[service_id].rules if not rule.inactive]
        kinds = {rule.equipment_type for rule in rules} - {""}
        return {kind: max(rule.min_units or 1 for rule in rules if rule.equipment_type == kind) for kind in kinds}

    def units_free(
        self, service_id: str, location_id: str, kind: str, start: int, holder: str = ""
    ) -> list[tuple[str, int]]:
        """Units of a type that nobody else has for any minute of a visit and its buffers."""
        begins, until = self._span(service_id, start)
        others = [v for id_, v in self.visits.items() if id_ != holder and v.begins < until and begins < v.until]
        taken = {unit for visit in others for unit in visit.units}
        free = []
        for id_, pool in self.pools.items():
            if pool.location_id == location_id and pool.equipment_type == kind and not pool.inactive:
                down = self._units_down(id_, pool.quantity, begins, until)
                free += [(id_, n) for n in range(pool.quantity) if (id_, n) not in taken and n not in down]
        return sorted(free)

    def _units_down(self, pool_id: str, quantity: int, begins: int, until: int) -> set[int]:
        """Which units cannot be used at some time: two that are out of use are the last two."""
        those = [each for each in self.downtime.values() if each.equipment_id == pool_id]
        most = 0
        for minute in range(begins, until, MINUTE):
            most = max(most, sum(each.units or quantity for each in those if touches(each, minute)))
        return set(range(max(0, quantity - most), quantity))

    def _span(self, service_id: str, start: int) -> tuple[int, int]:
        service = self.services[service_id]
        before, after = service.buffer_before_minutes, service.duration_minutes + service.buffer_after_minutes
        return start - before * MINUTE, start + after * MINUTE

    # How well it fits ------------------------------------------------------------------------------------------------

    def slot(self, service_id: str, location_id: str, specialist_id: str, start: int, holder: str = "") -> Slot:
        service, said = self.services[service_id], self.preferences.get(specialist_id)
        group = self.group(service_id, location_id, specialist_id, start, holder)
        rooms = self.rooms_free(service_id, location_id, start, holder) if service.requires_room else []
        if group:
            rooms = [group[0].room] if group[0].room else []
        seats_left = service.capacity - len(group) if service.capacity > 1 else 0
        by_service = {each.service_id: each for each in said.preferences} if said else {}
        wish = by_service.get(service_id) or by_service.get("")
        if wish is None:
            return Slot(start, specialist_id, tuple(rooms), 100, seats_left)
        liked = [id_ for id_ in wish.room_ids if id_ in rooms]
        rooms = [*liked, *(id_ for id_ in rooms if id_ not in liked)]
        minute_of_day = wall(self.locations[location_id].time_zone, start)[1]
        met = []
        if wish.time_windows:
            met.append(any(at(w.starts) <= minute_of_day < at(w.ends) for w in wish.time_windows))
        if wish.room_ids:
            met.append(bool(liked))
        if wish.equipment_type:
            met.append(wish.equipment_type in self.equipment_of(service_id))
        unmet = Fraction(met.count(False), len(met)) if met else 0
        return Slot(start, specialist_id, tuple(rooms), round(100 - wish.weight * unmet), seats_left)


@cache
def wall(zone: str, instant: int) -> tuple[date, int]:
    """The local day, and the minute of it that the clock on the wall shows."""
    local = datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(zone))
    return local.date(), local.hour * 60 + local.minute


@cache
def is_public_holiday(country: str, subdivision: str, day: date) -> bool:
    years = (day.year - 1, day.year, day.year + 1)
    return day in country_holidays(country, subdiv=subdivision or None, years=years, expand=False)


@cache
def rule_days(rrule: str, first: date, around: date) -> frozenset[date]:
    rule = rrulestr(rrule, dtstart=datetime(first.year, first.month, first.day))  # noqa: DTZ001  # days have no zone
    middle = datetime(around.year, around.month, around.day)  # noqa: DTZ001
    return frozenset(each.date() for each in rule.between(middle - timedelta(days=2), middle + timedelta(days=2)))


def on_day(interval: Any, day: date, minute: int) -> bool:
    """Whether a local minute lies in the interval, that of this day or that of the day before if it reaches over."""
    for begun, at_minute in ((day, minute), (day - timedelta(days=1), minute + 24 * 60)):
        if begun.isoweekday() == interval.weekday and holds(interval, begun):
            starts, ends = at(interval.starts), at(interval.ends)
            if starts <= at_minute < (ends if ends > starts else ends + 24 * 60):
                return True
    return False


def holds(interval: Any, day: date) -> bool:
    if interval.HasField("valid_from") and day < as_date(interval.valid_from):
        return False
    if interval.HasField("valid_until") and day > as_date(interval.valid_until):
        return False
    if interval.every_weeks < 2:
        return True
    weeks = (monday(day) - monday(as_date(interval.in_week_of))).days // 7
    return weeks % interval.every_weeks == 0


def recurs(opening: Any, day: date, minute: int) -> bool:
    starts, first = at(opening.starts), as_date(opening.first_day)
    without = {as_date(each) for each in getattr(opening, "except")}
    for begun, at_minute in ((day, minute), (day - timedelta(days=1), minute + 24 * 60)):
        within = starts <= at_minute < starts + opening.duration_minutes and begun not in without
        if within and begun in rule_days(opening.rrule, first, begun):
            return True
    return False


def touches(stretch: Any, minute: int) -> bool:
    """Whether any part of the minute lies in it."""
    return stretch.starts_at.seconds < minute + MINUTE and minute < stretch.ends_at.seconds


def covers(stretch: Any, minute: int) -> bool:
    """Whether the whole minute lies in it."""
    return stretch.starts_at.seconds <= minute and minute + MINUTE <= stretch.ends_at.seconds


def rule_kind(rule: Any) -> str:
    return next(f.name for f, _ in rule.ListFields() if f.name not in ("priority", "inactive"))


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def at(time: Any) -> int:
    return int(time.hours * 60 + time.minutes)


def as_date(it: Any) -> date:
    return date(it.year, it.month, it.day)
