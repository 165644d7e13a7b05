"""Catalog, people, scheduling and booking in this process, on a real database; and random clinics to try them on.

There is no HTTP and no NATS. What the services say is heard when, in which order and how often the test wants.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import booking.service
import catalog.service
import people.service
import pytest
import scheduling.service
import uvloop
from ambulo.catalog.v1 import equipment_pb2, locations_pb2, rooms_pb2, services_pb2, specialists_pb2
from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1 import holidays_pb2, hours_pb2
from chassis import clock
from chassis.errors import DomainError, Internal, Unavailable
from chassis.ids import new_id
from chassis.inbox import Delivery
from chassis.process import Process
from chassis.streams import Streams
from chassis.testing import FakePeer, Running
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.timeofday_pb2 import TimeOfDay
from hypothesis import strategies as st
from suite.verification import claims

SERVICES = (catalog.service.service, people.service.service, scheduling.service.service, booking.service.service)
SPEAK = ("catalog", "people", "booking")
PURGE = "remove_past_claims"


class Rehearsal:
    """The services at work. One clinic at a time."""

    def __init__(self, migrated: Callable[[Any], None]) -> None:
        self.now = datetime.now(UTC)
        self.hearing = True
        self._loop = uvloop.new_event_loop()
        for each in SERVICES:
            self._run(asyncio.to_thread(migrated, each))
        identity = FakePeer("ambulo.identity.v1.MembershipService", CheckInvitation=Empty())
        shared = SERVICES[0].settings()  # type: ignore[call-arg]
        self._process = Process(SERVICES, shared, local=dict(identity.endpoints))
        self._run(self._process.start(listening=False))
        self._run(self._prepare_audit())
        self._chassis = {each.name: each for each in self._process.chassis}
        self._consumers = {consumer.subject: consumer for consumer in self._chassis["scheduling"].consumers}
        self.open_clinic()

    def open_clinic(self) -> None:
        self._running = Running(self._process, new_id())
        self._admin = self._running.claims("admin")
        self._told: list[tuple[str, Delivery]] = []
        self._seen = dict.fromkeys(SPEAK, 0)
        names = ("Pop", "Radu", "Ionescu")
        self.patients = [str(self.ask(patients_pb2.RegisterPatientRequest(family_name=each)).id) for each in names]

    def ask(self, request: Message) -> Any:
        answer = self.attempt(request)
        assert not isinstance(answer, DomainError), f"{type(request).__name__}: {answer.reason}, {answer}"
        return answer

    def attempt(self, request: Message) -> Any:
        """The answer, or why there is none; never because of a bug."""
        name = type(request).__name__.removesuffix("Request")
        try:
            return self._run(self._running.ask(name, request, claims=self._admin))
        except DomainError as refusal:
            if isinstance(refusal, Internal | Unavailable):
                raise AssertionError(f"{name}: {refusal.__cause__!r}") from refusal  # noqa: TRY004  # a bug is found
            return refusal

    def deliver(self, chance: random.Random) -> None:
        """What was said since the last time, in any order, some of it twice, some old news among it."""
        fresh = self._run(self._unheard())
        again = chance.sample(fresh, chance.randint(0, len(fresh)))
        old = chance.sample(self._told, min(len(self._told), chance.randint(0, 2)))
        # The inbox knows an event by its id; the projection must bear even one that has got another.
        renamed = [(subject, replace(delivery, event_id=new_id())) for subject, delivery in old]
        heard = [*fresh, *again, *old, *renamed]
        chance.shuffle(heard)
        self._told += fresh
        for subject, delivery in heard:
            if subject in self._consumers:
                self._run(self._consumers[subject].handle(delivery))

    def remove_past_claims(self) -> None:
        """Booking's tick, as if it were due."""
        self._run(self._tick(self._chassis["booking"]))

    def complaints(self) -> list[str]:
        """What `ambulo verify` says of this clinic's claims, as of the time that it is here."""
        return self._run(self._verify())

    def close(self) -> None:
        self._run(self._process.stop())
        self._loop.close()

    def _run(self, what: Any) -> Any:
        return self._loop.run_until_complete(what)

    async def _unheard(self) -> list[tuple[str, Delivery]]:
        found = []
        for name in SPEAK:
            rows = await self._chassis[name].pool.fetch(
                "SELECT seq, id, subject, payload, occurred_at FROM outbox"
                " WHERE clinic_id = $1 AND seq > $2 ORDER BY seq",
                self._running.clinic_id, self._seen[name],
            )  # fmt: skip
            for row in rows:
                self._seen[name] = row["seq"]
                delivery = Delivery(row["id"], self._running.clinic_id, row["payload"], row["occurred_at"], "test", "")
                found.append((row["subject"], delivery))
        return found

    async def _tick(self, chassis: Any) -> None:
        timer = next(each for each in chassis.timers if each.name == PURGE)
        await chassis.pool.execute("DELETE FROM timer WHERE name = $1", PURGE)
        assert await timer.once(chassis.name, chassis.pool, lambda: None)

    async def _verify(self) -> list[str]:
        async with self._chassis["booking"].pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.execute(f"SET LOCAL app.clinic_id = '{self._running.clinic_id}'")
            checks = await claims.check(connection, self.now)
            return [f"{each.name}: {example.words}" for each in checks for example in each.examples]

    async def _prepare_audit(self) -> None:
        """The trail has a partition for each month; here it may be any time."""
        for chassis in self._process.chassis:
            await chassis.pool.execute(
                "SELECT audit_partition(month::date)"
                " FROM generate_series('2025-12-01'::timestamp, '2028-03-01', '1 month') AS month"
            )


@pytest.fixture
def services(
    environment: dict[str, str], migrated: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rehearsal]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    rehearsal = Rehearsal(migrated)
    monkeypatch.setattr(Streams, "is_connected", property(lambda _: rehearsal.hearing))
    monkeypatch.setattr(clock, "now", lambda: rehearsal.now)
    yield rehearsal
    rehearsal.close()


# Random clinics


ANCHORS = (
    ("Europe/Bucharest", "RO", date(2026, 3, 29)), ("Europe/Bucharest", "RO", date(2026, 10, 25)),
    ("Europe/Bucharest", "RO", date(2026, 4, 12)), ("America/New_York", "US", date(2026, 3, 8)),
    ("America/New_York", "US", date(2026, 11, 1)), ("America/New_York", "US", date(2027, 12, 31)),
    ("Australia/Lord_Howe", "AU", date(2026, 4, 5)), ("Australia/Lord_Howe", "AU", date(2026, 10, 4)),
    ("Asia/Kathmandu", "NP", date(2026, 3, 2)), ("Pacific/Apia", "WS", date(2026, 4, 4)),
    ("Africa/Casablanca", "MA", date(2026, 2, 15)), ("Africa/Casablanca", "MA", date(2026, 3, 22)),
    ("Africa/Cairo", "EG", date(2026, 4, 24)), ("Africa/Cairo", "EG", date(2026, 10, 30)),
    ("America/Havana", "CU", date(2026, 11, 1)), ("Asia/Beirut", "", date(2026, 3, 29)),
)  # fmt: skip
"""Days on which a clock changes or a holiday is, or of zones that are off the hour."""
SHAPES = (
    ((540, 1020),), ((480, 780), (840, 1080)), ((0, 1440),), ((1320, 180),), ((90, 240), (241, 700)), ((60, 60),),
    ((0, 61), (130, 200), (1200, 0)), (),
)  # fmt: skip
"""Hours of a day from minute to minute; some run over midnight, some begin or end where a clock changes."""
RECURRENCES = (
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;COUNT=9", "FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=MONTHLY;BYDAY=-1SU",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=FR,SU,MO", "FREQ=MONTHLY;BYDAY=1SU,2SU", "FREQ=MONTHLY;BYMONTHDAY=-1,1,29",
    "FREQ=YEARLY", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-1", "FREQ=DAILY;BYMONTH=3,10",
)  # fmt: skip
RULES = (
    "allowed_provider", "required_equipment_type", "required_equipment_type", "room_type", "min_gap", "min_gap",
    "max_daily", "max_daily", "lead_time", "max_future", "blackout_dates",
)  # fmt: skip
ROOM_TYPES, FEATURES, KINDS = ("exam", "exam", "gym"), ("wheelchair", "pool"), ("laser", "laser", "ultrasound")

sometimes = st.sampled_from((False, False, False, True))
rarely = st.sampled_from((False,) * 15 + (True,))


def an_id(kind: int, n: int) -> str:
    return str(UUID(int=(kind << 96) + n + 1, version=4))


@dataclass(frozen=True)
class Plan:
    """What a random clinic consists of, and the stretch of time that is looked at."""

    zones: tuple[str, ...]
    country: str
    day: date
    begin: int
    end: int
    locations: tuple[str, ...]
    specialists: tuple[str, ...]
    services: tuple[str, ...]
    rooms: tuple[tuple[str, str], ...]
    pools: tuple[tuple[str, str], ...]
    """With their locations, as the rooms."""

    def near(self, days: int) -> date:
        return self.day + timedelta(days=days)


@st.composite
def plans(draw: Any) -> Plan:
    zone, country, day = draw(st.sampled_from(ANCHORS))
    zones = (zone, draw(st.sampled_from([each for each, _, _ in ANCHORS])))[: draw(st.sampled_from((1, 1, 2)))]
    locations = draw(st.permutations([an_id(1, n) for n in range(len(zones))]))
    midnight = int(datetime.combine(day, time(), ZoneInfo(zone)).timestamp())
    begin = midnight + draw(st.sampled_from((-12, -1, 0, 1, 7))) * 3600
    rooms = [(an_id(2, 10 * m + n), at) for m, at in enumerate(locations) for n in range(draw(st.integers(0, 3)))]
    pools = [(an_id(3, n), draw(st.sampled_from(locations))) for n in range(draw(st.integers(0, 2)))]
    return Plan(
        zones, country, day, begin, begin + draw(st.sampled_from((24, 25, 32, 50))) * 3600, tuple(locations),
        tuple(draw(st.permutations([an_id(4, n) for n in range(draw(st.sampled_from((1, 2, 2, 3))))]))),
        tuple(an_id(5, n) for n in range(draw(st.sampled_from((1, 2, 2, 3))))),
        tuple(rooms), tuple(pools),
    )  # fmt: skip


@st.composite
def openings(draw: Any, plan: Plan) -> list[Message]:
    """All that the catalog is told at first, in an order in which it can be told."""
    names = draw(st.permutations(["R1", "R2", "R3", "R4", "R5", "R6"]))
    return [
        *(locations_pb2.DefineLocationRequest(location_id=id_, name=f"L{n}", time_zone=plan.zones[n])
          for n, id_ in enumerate(plan.locations)),
        *(draw(a_room(plan, id_, at, names[n])) for n, (id_, at) in enumerate(plan.rooms)),
        *(draw(a_pool(plan, id_, at)) for id_, at in plan.pools),
        *(draw(a_specialist(plan, id_)) for id_ in plan.specialists),
        *(draw(a_service(plan, id_)) for id_ in plan.services),
        *(draw(a_preference(plan, id_)) for id_ in plan.specialists if draw(st.booleans())),
    ]  # fmt: skip


@st.composite
def a_room(draw: Any, plan: Plan, id_: str, location: str, name: str) -> Message:
    return rooms_pb2.DefineRoomRequest(
        room_id=id_, location_id=location, name=name, room_type=draw(st.sampled_from(ROOM_TYPES)),
        capacity=draw(st.sampled_from((0, 1, 2, 2))),
        features=[each for each in FEATURES if not draw(sometimes)],
        turnaround_minutes=draw(st.sampled_from((0, 0, 5, 20, 7))), inactive=draw(rarely),
    )  # fmt: skip


@st.composite
def a_pool(draw: Any, plan: Plan, id_: str, location: str) -> Message:
    return equipment_pb2.DefineEquipmentRequest(
        equipment_id=id_, location_id=location, name=f"Pool {id_}", equipment_type=draw(st.sampled_from(KINDS)),
        quantity=draw(st.integers(1, 3)), inactive=draw(rarely),
    )  # fmt: skip


@st.composite
def a_specialist(draw: Any, plan: Plan, id_: str) -> Message:
    return specialists_pb2.DefineSpecialistRequest(
        specialist_id=id_, name=draw(st.sampled_from(("Ana", "Bogdan", "Zoe"))), location_ids=plan.locations,
        not_bookable=draw(rarely), inactive=draw(rarely),
    )  # fmt: skip


@st.composite
def a_service(draw: Any, plan: Plan, id_: str) -> Message:
    some = st.lists(st.sampled_from(plan.specialists), unique=True, min_size=1)
    return services_pb2.DefineServiceRequest(
        service_id=id_, name=f"S{id_}",
        duration_minutes=draw(st.sampled_from((5, 15, 20, 30, 45, 60, 90)) | st.integers(5, 90)),
        buffer_before_minutes=draw(st.sampled_from((0, 0, 5, 10, 20))),
        buffer_after_minutes=draw(st.sampled_from((0, 0, 5, 15, 17))),
        requires_room=draw(st.booleans() if plan.rooms else rarely),
        room_type=draw(st.sampled_from(("", "", "", *ROOM_TYPES))),
        specialist_ids=draw(some) if draw(sometimes) else (),
        location_ids=draw(st.lists(st.sampled_from(plan.locations), unique=True)) if draw(sometimes) else (),
        inactive=draw(rarely), capacity=draw(st.sampled_from((0, 1, 1, 2, 3))),
        room_features=draw(st.lists(st.sampled_from(FEATURES), max_size=1)) if draw(sometimes) else (),
        start_every_minutes=draw(st.sampled_from((0, 15, 30, 60, 20, 10, 5))),
        rules=draw(st.lists(a_rule(plan), max_size=3)),
    )  # fmt: skip


@st.composite
def a_rule(draw: Any, plan: Plan, like: str = "") -> services_pb2.ServiceRule:
    """Of the same kind as another, if one is named."""
    rule = services_pb2.ServiceRule(priority=draw(st.sampled_from((0, 50, 200))), inactive=draw(rarely))
    match like or draw(st.sampled_from(RULES)):
        case "allowed_provider":
            some = st.lists(st.sampled_from(plan.specialists), unique=True, min_size=1)
            rule.allowed_provider.specialist_ids.extend(draw(some))
        case "required_equipment_type" if plan.pools:
            rule.required_equipment_type.equipment_type = draw(st.sampled_from(KINDS))
            rule.required_equipment_type.min_units = draw(st.integers(0, 2))
        case "min_gap":
            rule.min_gap.minutes = draw(st.sampled_from((1, 15, 45, 120, 1440)))
        case "room_type":
            rule.room_type.type = draw(st.sampled_from(ROOM_TYPES))
        case "max_daily":
            rule.max_daily.max_per_day = draw(st.integers(1, 3))
            rule.max_daily.per_specialist = draw(st.booleans())
        case "lead_time":
            rule.lead_time.minutes = draw(st.sampled_from((1, 30, 600, 1440)))
        case "max_future":
            rule.max_future.days = draw(st.integers(1, 4))
        case _:
            first = draw(st.integers(-2, 2))
            rule.blackout_dates.first.CopyFrom(a_date(plan.near(first)))
            if draw(st.booleans()):
                rule.blackout_dates.last.CopyFrom(a_date(plan.near(first + draw(st.integers(0, 2)))))
    return rule


@st.composite
def a_preference(draw: Any, plan: Plan, id_: str) -> Message:
    rooms = [room for room, _ in plan.rooms]
    wanted = [
        specialists_pb2.Preference(
            service_id=service, room_ids=draw(st.lists(st.sampled_from(rooms), unique=True)) if rooms else (),
            time_windows=[
                specialists_pb2.TimeWindow(starts=a_time(begin * 60), ends=a_time(end * 60))
                for begin, end in draw(st.lists(st.sampled_from(((0, 3), (2, 24), (9, 12), (13, 24))), max_size=2))
            ],
            weight=draw(st.sampled_from((0, 33, 50, 75, 100))), equipment_type=draw(st.sampled_from(("", *KINDS))),
        )
        for service in draw(st.lists(st.sampled_from(("", *plan.services)), unique=True, max_size=2))
    ]  # fmt: skip
    return specialists_pb2.SetPreferencesRequest(specialist_id=id_, preferences=wanted)


@st.composite
def weekly_hours(draw: Any, plan: Plan, specialist: str, location: str) -> Message:
    request = hours_pb2.SetWeeklyHoursRequest(specialist_id=specialist, location_id=location)
    free_from = 0
    for ahead in range(-2, 4):
        day, midnight = plan.near(ahead), ahead * 1440
        for starts, ends in draw(st.sampled_from(SHAPES)):
            if midnight + starts >= free_from or ahead == -2:
                free_from = midnight + (ends if ends > starts else ends + 1440)
                request.intervals.extend(draw(intervals(day, starts, ends)))
    request.breaks.extend(draw(a_break(each)) for each in request.intervals if draw(sometimes))
    if draw(sometimes):
        opening = request.recurring.add(
            rrule=draw(st.sampled_from(RECURRENCES)), first_day=a_date(plan.near(draw(st.integers(-9, 1)))),
            starts=a_time(draw(st.integers(0, 95)) * 15), duration_minutes=draw(st.sampled_from((30, 100, 480, 1440))),
        )  # fmt: skip
        if draw(sometimes):
            getattr(opening, "except").append(a_date(plan.near(draw(st.integers(-1, 1)))))
    return request


@st.composite
def intervals(draw: Any, day: date, starts: int, ends: int) -> list[hours_pb2.OpenInterval]:
    """One of the weekday; of those that hold every other week two that take turns."""
    interval = hours_pb2.OpenInterval(weekday=day.isoweekday(), starts=a_time(starts), ends=a_time(ends))
    if draw(rarely):
        interval.valid_from.CopyFrom(a_date(day + timedelta(days=draw(st.sampled_from((-7, 0, 1))))))
    if draw(rarely):
        interval.valid_until.CopyFrom(a_date(day + timedelta(days=draw(st.sampled_from((7, 0, 1))))))
    if not draw(rarely):
        return [interval]
    interval.every_weeks = 2
    interval.in_week_of.CopyFrom(a_date(day + timedelta(days=draw(st.sampled_from((0, 7, -14))))))
    other = hours_pb2.OpenInterval()
    other.CopyFrom(interval)
    other.in_week_of.CopyFrom(a_date(day + timedelta(days=7 * (as_date(interval.in_week_of) == day))))
    other.starts.CopyFrom(a_time((starts + 60) % 1440))
    return [interval, other]


@st.composite
def a_break(draw: Any, of: hours_pb2.OpenInterval) -> hours_pb2.OpenInterval:
    """Within it; of one that runs over midnight perhaps on the day after."""
    starts, ends = minutes(of.starts), minutes(of.ends)
    long = (ends - starts) % 1440 or 1440
    first = draw(st.integers(0, (long - 1) // 5)) * 5
    last = min(long, first + draw(st.sampled_from((5, 10, 30, 60))))
    pause = hours_pb2.OpenInterval()
    pause.CopyFrom(of)
    begin, end = starts + first, starts + last
    if begin >= 1440:
        begin, end = begin - 1440, end - 1440
        pause.weekday = pause.weekday % 7 + 1
        for name in ("valid_from", "valid_until", "in_week_of"):
            if of.HasField(name):
                getattr(pause, name).CopyFrom(a_date(as_date(getattr(of, name)) + timedelta(days=1)))
    pause.starts.CopyFrom(a_time(begin))
    pause.ends.CopyFrom(a_time(end if end <= 1440 else end - 1440))
    return pause


@st.composite
def closed_days(draw: Any, plan: Plan, location: str) -> Message:
    days = st.lists(st.integers(-1, 2).map(plan.near).map(a_date), max_size=2)
    return holidays_pb2.SetHolidaysRequest(
        location_id=location, country=draw(st.sampled_from(("", plan.country))), open_on=draw(days),
        closed_on=[holidays_pb2.Holiday(day=day, name="Closed") for day in draw(days)] if draw(sometimes) else (),
    )  # fmt: skip


@st.composite
def a_stretch(draw: Any, plan: Plan) -> dict[str, Any]:
    begin = (
        plan.begin + draw(st.integers(-12, (plan.end - plan.begin) // 900)) * 900 + draw(st.sampled_from((0, 0, 420)))
    )
    end = begin + draw(st.sampled_from((1, 15, 30, 60, 100, 600, 1440))) * 60
    if draw(rarely):
        begin, end = begin + draw(st.integers(1, 59)), end + draw(st.integers(1, 59))
    return {"starts_at": Timestamp(seconds=begin), "ends_at": Timestamp(seconds=end)}


def a_time(minute: int) -> TimeOfDay:
    return TimeOfDay(hours=minute // 60, minutes=minute % 60)


def minutes(it: TimeOfDay) -> int:
    return int(it.hours * 60 + it.minutes)


def a_date(day: date) -> Date:
    return Date(year=day.year, month=day.month, day=day.day)


def as_date(it: Date) -> date:
    return date(it.year, it.month, it.day)
