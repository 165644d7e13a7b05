"""What is listed can be booked, and what is not listed cannot: random clinics against a slow, obvious reference.

AMBULO_EXAMPLES=500 looks at so many clinics, other ones each time; --hypothesis-seed=N repeats them.
"""

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import appointments_pb2
from ambulo.catalog.v1 import services_pb2
from ambulo.scheduling.v1 import availability_pb2, downtime_pb2, overrides_pb2, time_off_pb2
from chassis.errors import DomainError
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from reference import AVAILABLE, MINUTE, TAKEN, Slot, Visit, World, rule_kind
from rehearsal import (
    Plan,
    Rehearsal,
    a_pool,
    a_preference,
    a_room,
    a_rule,
    a_service,
    a_specialist,
    a_stretch,
    an_id,
    closed_days,
    openings,
    plans,
    rarely,
    services,
    sometimes,
    weekly_hours,
)

__all__ = ["services"]

LIMIT = 1000
PICK = st.integers(0, 9999)
CANNOT_BE = {"HOURS_OVERLAP", "BREAK_OUTSIDE_HOURS", "ENDS_BEFORE_START", "MORE_THAN_THERE_ARE"}
"""Wishes that make no sense; nothing comes of them."""


class ClinicAtWork(RuleBasedStateMachine):
    """Whatever happens in a clinic, after each step its free times are those that follow from what it was told."""

    def __init__(self, services: Rehearsal) -> None:
        super().__init__()
        self.services = services
        self.world = World()
        self.listed: dict[tuple[str, str], list[Slot]] = {}
        self.versions: dict[str, int] = {}
        self.canceled: list[str] = []
        self.time_off: list[str] = []

    @initialize(data=st.data())
    def a_clinic_opens(self, data: Any) -> None:
        self.plan: Plan = data.draw(plans())
        self.chance = random.Random(data.draw(PICK))
        before = data.draw(st.sampled_from((-40 * 3600, -86400, -7200, 0, 3 * 3600)))
        self.it_is(self.plan.begin + before + data.draw(st.sampled_from((0, 30, 0.25))))
        self.services.open_clinic()
        for request in data.draw(openings(self.plan)):
            self.services.ask(request)
            self.world.told(request)
        self.services.deliver(self.chance)
        for specialist, location in product(self.plan.specialists, self.plan.locations):
            if not data.draw(rarely):
                self.tell(data.draw(weekly_hours(self.plan, specialist, location)))
        for location in self.plan.locations:
            if data.draw(sometimes):
                self.tell(data.draw(closed_days(self.plan, location)))
        for where in data.draw(st.lists(PICK, max_size=3)):
            self.it_lists_what_is_free()
            if any(self.listed.values()):
                self.many_come_at_about_one_time(where, where, 3)

    # Booking

    @precondition(lambda self: any(self.listed.values()))
    @rule(where=PICK, which=PICK, near=st.booleans(), how=st.sampled_from(("auto", "auto", "anywhere", "manual")))
    def a_listed_time_is_booked(self, where: int, which: int, near: bool, how: str) -> None:
        service, location, slot = self.some_slot(where, which, near)
        wanted = slot.rooms[which % len(slot.rooms)] if how == "manual" and slot.rooms else ""
        assert self.is_booked(service, slot.specialist, slot.start, "" if how == "anywhere" else location, wanted)

    @precondition(lambda self: any(self.listed.values()))
    @rule(where=PICK, which=PICK, many=st.integers(2, 4))
    def many_come_at_about_one_time(self, where: int, which: int, many: int) -> None:
        service, location, slot = self.some_slot(where, which, near=True)
        for n in range(many):
            slots = self.world.slots(service, location, slot.start - 7200, slot.start + 7200)
            if slots:
                wanted = some(slots, which + n)
                assert self.is_booked(service, wanted.specialist, wanted.start, location)

    @precondition(lambda self: self.world.visits)
    @rule(visit=PICK, which=PICK, alike=st.integers(0, 3), off=st.integers(-3, 3))
    def somebody_else_wants_about_the_same(self, visit: int, which: int, alike: int, off: int) -> None:
        it = some(list(self.world.visits.values()), visit)
        service = some(self.plan.services, which) if alike == 1 else it.service
        specialist = some(self.plan.specialists, which) if alike == 2 else it.specialist
        start = it.starts + off * (self.world.services[service].start_every_minutes or 15) * MINUTE
        self.is_booked(service, specialist, start, it.location if alike else "")

    @rule(service=PICK, location=PICK, specialist=PICK, which=PICK, off=st.sampled_from((0, 0, 5, 15, -5, -15, 1, -1)))
    def any_time_is_asked_for(self, service: int, location: int, specialist: int, which: int, off: int) -> None:
        start = some(self.edges(which), which) + off * MINUTE
        at = ["", *self.plan.locations][location % (len(self.plan.locations) + 1)]
        self.is_booked(some(self.plan.services, service), some(self.plan.specialists, specialist), start, at)

    @rule(service=PICK, location=PICK, specialist=PICK, which=PICK)
    def a_room_is_asked_for_by_name(self, service: int, location: int, specialist: int, which: int) -> None:
        if self.plan.rooms:
            start = self.plan.begin + which % 2880 // 15 * 15 * MINUTE
            room, at = some(self.plan.rooms, which)
            self.is_booked(some(self.plan.services, service), some(self.plan.specialists, specialist), start, at, room)

    @precondition(lambda self: self.world.visits)
    @rule(visit=PICK, which=PICK, listed=st.booleans(), off=st.sampled_from((0, 5, 15, -15, 60)))
    def an_appointment_is_moved(self, visit: int, which: int, listed: bool, off: int) -> None:
        id_ = some(list(self.world.visits), visit)
        it = self.world.visits[id_]
        slots = [slot for slot in self.listed.get((it.service, it.location), []) if slot.specialist == it.specialist]
        self.is_moved(id_, some(slots, which).start if listed and slots else it.starts + off * MINUTE)

    @precondition(lambda self: self.world.visits)
    @rule(visit=PICK)
    def an_appointment_is_canceled(self, visit: int) -> None:
        id_ = some(list(self.world.visits), visit)
        begun = self.world.visits[id_].starts <= self.world.now
        answer = self.services.attempt(self.change(id_, status=appointments_pb2.APPOINTMENT_STATUS_CANCELED))
        if begun:
            assert answer.reason == "APPOINTMENT_OVER"
        else:
            assert not isinstance(answer, DomainError)
            del self.world.visits[id_]
            self.canceled.append(id_)
            self.services.deliver(self.chance)

    @precondition(lambda self: any(self.listed.values()))
    @rule(where=PICK, which=PICK, other=PICK)
    def much_happens_before_anybody_hears_of_it(self, where: int, which: int, other: int) -> None:
        service, location, slot = self.some_slot(where, which, near=False)
        if slot.seats_left:
            # What booking says is taken does not say by whom: a group can be joined once it was heard of.
            return
        assert self.is_booked(service, slot.specialist, slot.start, location, heard=False)
        self.services.hearing = False
        shown = self.services.ask(self.listing(service, location, self.plan.begin, self.plan.end)).slots
        self.services.hearing = True
        assert (slot.start, slot.specialist) not in [(each.start, each.specialist) for each in map(as_slot, shown)]
        id_ = list(self.world.visits)[-1]
        self.is_moved(id_, some(self.listed[service, location], other).start, heard=False)
        self.an_appointment_is_canceled(len(self.world.visits) - 1)

    # Changes

    @rule(data=st.data(), specialist=PICK, location=PICK)
    def hours_change(self, data: Any, specialist: int, location: int) -> None:
        where = some(self.plan.specialists, specialist), some(self.plan.locations, location)
        self.tell(data.draw(weekly_hours(self.plan, *where)))

    @rule(data=st.data(), specialist=PICK, location=PICK, kind=st.integers(0, 2))
    def an_override_comes_or_goes(self, data: Any, specialist: int, location: int, kind: int) -> None:
        if not kind and self.world.overrides:
            id_, it = some(list(self.world.overrides.items()), specialist)
            self.tell(overrides_pb2.RemoveOverrideRequest(override_id=id_, specialist_id=it.specialist_id))
            self.time_off = [each for each in self.time_off if each != id_]
            return
        override = overrides_pb2.AddOverrideRequest(
            override_id=an_id(7, location % 3), specialist_id=some(self.plan.specialists, specialist), kind=kind or 1,
            location_id=some(self.plan.locations, location) if kind == AVAILABLE else "",
            **data.draw(a_stretch(self.plan)),
        )  # fmt: skip
        if kind == AVAILABLE:
            # FINDING 2: an opening from 9:00:30 lists 9:00, since its seconds count as whole minutes. So none are told.
            override.starts_at.seconds -= override.starts_at.seconds % MINUTE
            override.ends_at.seconds -= override.ends_at.seconds % MINUTE
        self.tell(override)

    @rule(data=st.data(), specialist=PICK, withdrawn=st.booleans())
    def time_off_is_approved_or_withdrawn(self, data: Any, specialist: int, withdrawn: bool) -> None:
        if withdrawn and self.time_off:
            id_ = self.time_off.pop(specialist % len(self.time_off))
            self.services.ask(time_off_pb2.DecideTimeOffRequest(time_off_id=id_, status=4))
            self.world.told(overrides_pb2.RemoveOverrideRequest(override_id=id_))
            return
        who = {"specialist_id": some(self.plan.specialists, specialist), **data.draw(a_stretch(self.plan))}
        asked = self.services.ask(time_off_pb2.RequestTimeOffRequest(**who))
        self.services.ask(time_off_pb2.DecideTimeOffRequest(time_off_id=asked.id, status=2))
        self.world.told(overrides_pb2.AddOverrideRequest(override_id=asked.id, kind=1, **who))
        self.time_off.append(asked.id)

    @precondition(lambda self: self.plan.rooms or self.plan.pools)
    @rule(data=st.data(), which=PICK, units=st.integers(0, 2), id_=st.integers(0, 3), over=st.booleans())
    def something_is_out_of_use_or_in_use_again(self, data: Any, which: int, units: int, id_: int, over: bool) -> None:
        if over and self.world.downtime:
            self.tell(downtime_pb2.RemoveDowntimeRequest(downtime_id=some(list(self.world.downtime), which)))
            return
        what, _ = some([*self.plan.rooms, *self.plan.pools], which)
        of = {"room_id": what} if what in self.world.rooms else {"equipment_id": what, "units": units}
        stretch = data.draw(a_stretch(self.plan))
        self.tell(downtime_pb2.AddDowntimeRequest(downtime_id=an_id(8, id_), **of, **stretch))

    @rule(data=st.data(), which=PICK)
    def a_service_changes(self, data: Any, which: int) -> None:
        self.tell(data.draw(a_service(self.plan, some(self.plan.services, which))))

    @rule(data=st.data(), which=PICK, place=PICK, gone=st.booleans())
    def a_rule_of_a_service_changes(self, data: Any, which: int, place: int, gone: bool) -> None:
        """Only one rule: it is another of its kind, or gone, or the first."""
        changed = services_pb2.DefineServiceRequest()
        changed.CopyFrom(self.world.services[some(self.plan.services, which)])
        like = rule_kind(changed.rules.pop(place % len(changed.rules))) if changed.rules else ""
        changed.rules.extend([] if gone and like else [data.draw(a_rule(self.plan, like))])
        self.tell(changed)

    @rule(data=st.data(), which=PICK, what=st.sampled_from(("room", "pool", "specialist", "preference", "holidays")))
    def something_else_changes(self, data: Any, which: int, what: str) -> None:
        specialist = some(self.plan.specialists, which)
        if what == "room" and self.plan.rooms:
            id_, at = some(self.plan.rooms, which)
            self.tell(data.draw(a_room(self.plan, id_, at, self.world.rooms[id_].name)))
        elif what == "pool" and self.plan.pools:
            self.tell(data.draw(a_pool(self.plan, *some(self.plan.pools, which))))
        elif what == "specialist":
            self.tell(data.draw(a_specialist(self.plan, specialist)))
        elif what == "preference":
            self.tell(data.draw(a_preference(self.plan, specialist)))
        elif what == "holidays":
            self.tell(data.draw(closed_days(self.plan, some(self.plan.locations, which))))

    @rule(service=PICK, location=PICK, begin=st.integers(-30, 30), days=st.integers(4, 9))
    def a_week_is_asked_for(self, service: int, location: int, begin: int, days: int) -> None:
        begin = self.plan.begin + begin * 3600
        where = some(self.plan.services, service), some(self.plan.locations, location)
        if not self.world.refusal(*where):
            end = begin + days * 86400
            right = self.world.slots(*where, begin, end)[:LIMIT]
            found = self.services.ask(self.listing(*where, begin, end)).slots
            assert [as_slot(each) for each in found] == right, self.difference(found, right, where[1])

    @rule(seconds=st.sampled_from((30, 60, 3600, 6 * 3600, 0.5)))
    def time_passes(self, seconds: float) -> None:
        if self.world.now % MINUTE == 0:
            # FINDING 7: what is answered at 9:00:00 sharp is answered until 9:01, also what a lead time ends then.
            seconds = max(seconds, MINUTE)
        self.it_is(min(self.world.now + seconds, self.plan.end))
        self.services.remove_past_claims()

    # What must always hold

    @invariant()
    def what_is_shown_follows_from_what_was_told(self) -> None:
        # Whoever cannot hear asks booking what is taken; that must come to the same.
        self.services.hearing = self.chance.random() < 0.75
        self.it_lists_what_is_free()
        self.it_explains_what_is_not()
        self.it_finds_the_first()
        self.services.hearing = True

    def it_lists_what_is_free(self) -> None:
        for service, location in product(self.plan.services, self.plan.locations):
            self.listed[service, location] = []
            refusal = self.world.refusal(service, location)
            found = self.services.attempt(self.listing(service, location, self.plan.begin, self.plan.end))
            if isinstance(found, DomainError):
                assert found.reason == refusal
                continue
            assert not refusal
            right = self.world.slots(service, location, self.plan.begin, self.plan.end)[:LIMIT]
            assert [as_slot(each) for each in found.slots] == right, self.difference(found.slots, right, location)
            self.listed[service, location] = right

    def it_explains_what_is_not(self) -> None:
        for _ in range(2):
            service, location = self.chance.choice(self.plan.services), self.chance.choice(self.plan.locations)
            specialist = self.chance.choice(self.plan.specialists)
            if self.world.refusal(service, location) or self.world.specialists[specialist].inactive:
                continue
            step = (self.world.services[service].start_every_minutes or 15) * MINUTE
            start = self.chance.choice(self.edges(self.chance.randrange(2880))) + self.chance.randrange(-4, 5) * step
            explained = self.services.ask(
                availability_pb2.ExplainStartRequest(
                    service_id=service,
                    location_id=location,
                    specialist_id=specialist,
                    starts_at=Timestamp(seconds=start),
                )
            )
            kinds = {availability_pb2.ConstraintKind.Name(each.kind)[16:] for each in explained.constraints}
            assert kinds == set(self.world.in_the_way(service, location, specialist, start))
            assert explained.free == (not kinds)

    def it_finds_the_first(self) -> None:
        service = self.chance.choice(self.plan.services)
        places = [at for at in self.plan.locations if not self.world.refusal(service, at)]
        if not places:
            return
        request = availability_pb2.FindFirstAvailableRequest(
            service_id=service, after=iso(self.plan.begin), until=iso(self.plan.end), limit=3
        )
        names = {at: self.world.locations[at].name for at in places}
        found = [(at, slot) for at in sorted(places, key=names.__getitem__) for slot in self.listed[service, at]]
        right = sorted(found, key=lambda each: self.world.order(each[1]))[:3]
        if self.world.now < self.plan.end - 2 * MINUTE:
            slots = self.services.ask(request).slots
            assert [(each.location_id, as_slot(each)) for each in slots] == right

    def teardown(self) -> None:
        assert self.services.complaints() == []

    # How it is done

    def edges(self, which: int) -> list[int]:
        """Where something begins or ends, and any time."""
        edges = [edge for v in self.world.visits.values() for edge in (v.begins, v.starts, v.ends, v.until)]
        edges += [slot.start for slots in self.listed.values() for slot in (*slots[:1], *slots[-1:])]
        return [*edges, self.plan.begin + which % 2880 * MINUTE]

    def it_is(self, now: float) -> None:
        self.world.now = now
        self.services.now = datetime.fromtimestamp(now, UTC)

    def tell(self, request: Any) -> None:
        answer = self.services.attempt(request)
        if isinstance(answer, DomainError):
            assert answer.reason in CANNOT_BE, answer
        else:
            self.world.told(request)
            self.services.deliver(self.chance)
            if self.world.visits and self.chance.random() < 0.5:
                self.somebody_comes_right_before_or_after(self.chance.choice(list(self.world.visits.values())))

    def somebody_comes_right_before_or_after(self, it: Visit) -> None:
        """To the same service, as near as can be: what an appointment claimed once may be in the way now."""
        if not self.world.refusal(it.service, it.location):
            slots = self.world.slots(it.service, it.location, it.starts - 4 * 3600, it.ends + 4 * 3600)
            same = [slot for slot in slots if slot.specialist == it.specialist] or slots
            nearest = sorted(same, key=lambda slot: min(abs(slot.start - edge) for edge in (it.starts, it.ends)))[:3]
            if nearest:
                slot = self.chance.choice(nearest)
                assert self.is_booked(it.service, slot.specialist, slot.start, it.location)

    def is_booked(
        self, service: str, specialist: str, start: int, location: str, room: str = "", *, heard: bool = True
    ) -> bool:
        """Whether it was; it must be if it is free, and only then."""
        places = [location] if location else self.workplaces(specialist)
        free = [at for at in places if self.is_free(service, at, specialist, start)]
        if room:
            takes_one = self.world.services[service].requires_room
            free = [at for at in free if takes_one and room in self.world.slot(service, at, specialist, start).rooms]
        there = {each.patient for at in free for each in self.world.group(service, at, specialist, start)}
        request = appointments_pb2.BookAppointmentRequest(
            patient_id=next((each for each in self.services.patients if each not in there), self.services.patients[0]),
            service_id=service, specialist_id=specialist, location_id=location,
            starts_at=Timestamp(seconds=start), room_id=room,
        )  # fmt: skip
        tried = self.services.attempt(request)
        if isinstance(tried, DomainError):
            assert not free, f"{iso(start)} is listed, and refused: {tried.reason}, {tried}"
            assert tried.reason in set(self.reasons(service, places, specialist, start, room)), tried
            return False
        answer = tried.appointment
        assert answer.location_id in free, f"{iso(start)} is not listed, and booked"
        self.takes_what_is_free(answer, room)
        if heard:
            self.services.deliver(self.chance)
        return True

    def is_moved(self, id_: str, start: int, *, heard: bool = True) -> None:
        before = self.world.visits[id_]
        places = self.workplaces(before.specialist)
        free = [at for at in places if self.is_free(before.service, at, before.specialist, start, id_)]
        there = {each.patient for at in free for each in self.world.group(before.service, at, before.specialist, start)}
        may = bool(free) and before.starts > self.world.now and start != before.starts and before.patient not in there
        tried = self.services.attempt(self.change(id_, starts_at=Timestamp(seconds=start)))
        if isinstance(tried, DomainError):
            assert not may, f"to {iso(start)} it can be moved, and is not: {tried.reason}, {tried}"
            return
        answer = tried.appointment
        assert may, f"to {iso(start)} it cannot be moved, and is"
        assert answer.location_id == (before.location if before.location in free else free[0])
        del self.world.visits[id_]
        self.takes_what_is_free(answer, "")
        if heard:
            self.services.deliver(self.chance)

    def takes_what_is_free(self, answer: Any, room: str) -> None:
        where = answer.service_id, answer.location_id
        best = self.world.slot(*where, answer.specialist_id, answer.starts_at.seconds).rooms[:1]
        assert answer.room_id == (room or "".join(best))
        taken = [(each.equipment_id, each.unit) for each in answer.equipment]
        group = self.world.group(*where, answer.specialist_id, answer.starts_at.seconds)
        self.versions[answer.id] = answer.version
        if group:
            assert taken == group[0].units
            assert answer.session_id == group[0].session
            self.world.booked(answer)
            return
        count = 0
        for kind, units in self.world.equipment_of(answer.service_id).items():
            free = self.world.units_free(*where, kind, answer.starts_at.seconds)
            assert len(set(taken) & set(free)) == units
            count += units
        assert len(taken) == count
        self.world.booked(answer)

    def is_free(self, service: str, location: str, specialist: str, start: int, holder: str = "") -> bool:
        possible = not self.world.refusal(service, location) and not self.world.specialists[specialist].inactive
        return possible and self.world.is_free(service, location, specialist, start, holder)

    def reasons(self, service: str, places: list[str], specialist: str, start: int, room: str) -> Iterator[str]:
        """With which a start that is not free may be refused."""
        if start <= self.world.now:
            yield "IN_THE_PAST"
            return
        if self.world.specialists[specialist].inactive:
            yield "UNKNOWN_SPECIALIST"
            return
        for at in places:
            refusal = self.world.refusal(service, at)
            if refusal:
                yield refusal
            elif room and (
                room not in self.world.rooms_that_fit(service, at) or not self.world.services[service].requires_room
            ):
                yield "UNKNOWN_ROOM"
            else:
                others_only = set(self.world.in_the_way(service, at, specialist, start)) <= TAKEN
                yield "SLOT_TAKEN" if others_only and self.world.has_what_it_takes(service, at) else "NOT_OFFERED"
        if not places:
            yield "NOT_OFFERED"

    def workplaces(self, specialist: str) -> list[str]:
        places = {at for who, at in self.world.hours if who == specialist}
        places |= {each.location_id for each in self.world.overrides.values() if each.specialist_id == specialist}
        return sorted(places - {""})

    def change(self, id_: str, **what: Any) -> Any:
        return appointments_pb2.ChangeAppointmentRequest(
            appointment_id=id_, expected_version=self.versions[id_], **what
        )

    def some_slot(self, where: int, which: int, near: bool) -> tuple[str, str, Slot]:
        (service, location), slots = some([each for each in self.listed.items() if each[1]], where)
        edges = [edge for visit in self.world.visits.values() for edge in (visit.starts, visit.ends)]
        if near and edges:
            slots = sorted(slots, key=lambda slot: min(abs(slot.start - edge) for edge in edges))[:6]
        return service, location, some(slots, which)

    def listing(self, service: str, location: str, begin: int, end: int) -> Any:
        return availability_pb2.ListAvailabilityRequest(
            service_id=service, location_id=location, start=self.local(begin, location), end=self.local(end, location),
            limit=LIMIT,
        )  # fmt: skip

    def local(self, instant: int, location: str) -> str:
        """As people say it, where that can mean nothing else."""
        zone = ZoneInfo(self.world.locations[location].time_zone)
        local = datetime.fromtimestamp(instant, UTC).astimezone(zone)
        return local.isoformat() if local.fold else local.replace(tzinfo=None).isoformat()

    def difference(self, found: Any, right: list[Slot], location: str) -> str:
        listed = [as_slot(each) for each in found]
        more, less = [s for s in listed if s not in right], [s for s in right if s not in listed]
        told = "".join(f"\n  {self.local(s.start, location)} {s}" for s in (*more[:3], *less[:3]))
        return f"{len(more)} too many, {len(less)} too few of {len(right)}:{told}"


def some(them: Any, which: int) -> Any:
    return them[which % len(them)]


def as_slot(it: Any) -> Slot:
    return Slot(
        it.starts_at.seconds, it.specialist.id, tuple(room.id for room in it.room_options), it.score, it.seats_left
    )


def iso(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()


@pytest.mark.covers("S15", "S05", "S01", "S02", "S03", "C04", "C05")
def test_what_is_listed_can_be_booked_and_what_is_not_listed_cannot(services: Rehearsal) -> None:
    examples = os.environ.get("AMBULO_EXAMPLES")
    run_state_machine_as_test(
        lambda: ClinicAtWork(services),
        settings=settings(
            max_examples=int(examples or 25), stateful_step_count=15, deadline=None, database=None,
            derandomize=not examples, print_blob=False,
            phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
