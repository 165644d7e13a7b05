"""Series on a real database: seen before, booked, moved and canceled as one; people and scheduling are faked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import appointments_pb2, visits_pb2
from ambulo.booking.v1 import series_pb2 as pb
from ambulo.scheduling.v1 import availability_pb2, calendars_pb2, resolving_pb2
from ambulo.types.v1 import types_pb2
from chassis.errors import Conflict, DomainError, NotFound, Refused, Stale
from chassis.ids import new_id
from chassis.testing import FakePeer, as_owner
from chassis.wire import stamp
from dateutil.rrule import rrulestr

BUCHAREST = ZoneInfo("Europe/Bucharest")
FIRST = (datetime.now(BUCHAREST) + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
CANCELED = appointments_pb2.APPOINTMENT_STATUS_CANCELED
SKIP = pb.ON_CONFLICT_SKIP
TEN_EURO = types_pb2.Money(amount_minor=1000, currency="EUR")


def at(week: int, hour: int = 10, minute: int = 0, day: int = 0) -> datetime:
    """Local time, whatever the clocks do in between."""
    wall = FIRST.replace(tzinfo=None, hour=hour, minute=minute) + timedelta(weeks=week, days=day)
    return wall.replace(tzinfo=BUCHAREST)


@dataclass
class Weeks:
    """A desk that books series. Scheduling is faked: every start is free but those it was told of."""

    desk: Any
    why_not: dict[datetime, str] = field(default_factory=dict)
    free: dict[datetime, Sequence[str]] = field(default_factory=dict)
    """Of a calendar, who; else all members."""
    members: list[str] = field(default_factory=lambda: [str(new_id()) for _ in range(3)])
    asked: list[Any] = field(default_factory=list)

    def resolve_series(self, request: resolving_pb2.ResolveSeriesRequest) -> resolving_pb2.ResolvedSeries:
        self.asked.append(request)
        wall = request.first.starts_at.ToDatetime(UTC).astimezone(BUCHAREST).replace(tzinfo=None)
        starts = [each.replace(tzinfo=BUCHAREST) for each in rrulestr(request.rrule, dtstart=wall)]
        return self._resolved(request.first, starts)

    def resolve_many(self, request: resolving_pb2.ResolveManyRequest) -> resolving_pb2.ResolvedSeries:
        self.asked.append(request)
        found = resolving_pb2.ResolvedSeries(time_zone=str(BUCHAREST))
        for each in request.starts:
            found.starts.extend(self._resolved(each, [each.starts_at.ToDatetime(UTC).astimezone(BUCHAREST)]).starts)
        return found

    def _resolved(self, asked: Any, starts: Sequence[datetime]) -> resolving_pb2.ResolvedSeries:
        found = resolving_pb2.ResolvedSeries(time_zone=str(BUCHAREST))
        for start in starts:
            reason = self.why_not.get(start, "")
            one = availability_pb2.ResolveSlotRequest()
            one.CopyFrom(asked)
            one.starts_at.CopyFrom(stamp(start.astimezone(UTC)))
            answer = found.starts.add(
                starts_at=one.starts_at, start=start.isoformat(), reason=reason, detail=reason and "No"
            )
            if reason:
                answer.proposals.add(start=(start + timedelta(hours=1)).isoformat())
            elif one.calendar_id and not one.specialist_id:
                answer.slot.CopyFrom(self._of_calendar(one, self.free.get(start, self.members)))
            else:
                answer.slot.CopyFrom(self.desk.resolved(one))
        return found

    def _of_calendar(self, one: Any, members: Sequence[str]) -> availability_pb2.ResolvedSlot:
        slot: availability_pb2.ResolvedSlot = self.desk.resolved(one)
        slot.strategy = calendars_pb2.ASSIGNMENT_STRATEGY_PRIORITY
        slot.counted_from.CopyFrom(stamp(FIRST.astimezone(UTC) - timedelta(days=40)))
        slot.counted_until.CopyFrom(stamp(FIRST.astimezone(UTC) + timedelta(days=400)))
        del slot.candidates[:]
        for member in members:
            one.specialist_id = member
            candidate = self.desk.resolved(one).candidates[0]
            candidate.priority = 10 - self.members.index(member)
            slot.candidates.append(candidate)
        return slot

    def _facts(self, count: int, more: dict[str, Any]) -> dict[str, Any]:
        desk = self.desk
        facts = {
            "service_id": desk.service,
            "specialist_id": desk.specialist,
            "starts_at": stamp(FIRST.astimezone(UTC)),
        }
        return facts | {"rrule": f"FREQ=WEEKLY;COUNT={count}"} | more

    async def preview(self, count: int = 4, **more: Any) -> pb.SeriesPreview:
        return await self.desk.ask("PreviewSeries", pb.PreviewSeriesRequest(**self._facts(count, more)))

    async def book(self, count: int = 4, *, who: Any = None, **more: Any) -> pb.Series:
        patient = {"patient_id": str(who.patient_id if who is not None else new_id())}
        request = pb.BookSeriesRequest(**self._facts(count, patient | more))
        return await self.desk.ask("BookSeries", request, claims=who)

    async def read(self, it: pb.Series, who: Any = None) -> pb.Series:
        return await self.desk.ask("GetSeries", pb.GetSeriesRequest(series_id=it.id), claims=who)

    async def change(self, it: pb.Series, n: int, scope: str, *, who: Any = None, **more: Any) -> pb.SeriesChange:
        """Of its n-th appointment."""
        facts: dict[str, Any] = {"scope": pb.SeriesScope.Value(f"SERIES_SCOPE_{scope}")} | more
        if isinstance(facts.get("starts_at"), datetime):
            facts["starts_at"] = stamp(facts["starts_at"].astimezone(UTC))
        request = pb.ChangeSeriesRequest(series_id=it.id, appointment_id=it.appointments[n].id, **facts)
        return await self.desk.ask("ChangeSeries", request, claims=who)

    async def starts(self, it: pb.Series) -> list[datetime]:
        return starts((await self.read(it)).appointments)


def starts(those: Any) -> list[datetime]:
    return [datetime.fromisoformat(each.start) for each in those]


@pytest.fixture
def weeks(desk: Any) -> Weeks:
    it = Weeks(desk)
    resolving = FakePeer(
        "ambulo.scheduling.v1.ResolvingService", ResolveSeries=it.resolve_series, ResolveMany=it.resolve_many
    )
    desk.running.process.local.update(resolving.endpoints)
    return it


async def claims_of(environment: dict[str, str], appointment: appointments_pb2.Appointment) -> set[Any]:
    owner = await as_owner(environment, "booking")
    try:
        rows = await owner.fetch(
            "SELECT resource_id, unit, during, kind, expires_at FROM claim WHERE holder = $1", UUID(appointment.id)
        )
    finally:
        await owner.close()
    return {tuple(row) for row in rows}


class TestPreviewSeries:
    async def test_each_is_said_to_be_free_or_why_not_and_nothing_is_written(self, weeks: Weeks) -> None:
        weeks.why_not = {at(1): "NOT_FREE", at(2): "NOT_OFFERED"}
        found = await weeks.preview()
        assert found.free == 2
        assert [(each.free, each.reason) for each in found.occurrences] == [
            (True, ""), (False, "SLOT_TAKEN"), (False, "NOT_OFFERED"), (True, ""),
        ]  # fmt: skip
        assert [each.start for each in found.occurrences] == [at(week).isoformat() for week in range(4)]
        assert found.occurrences[1].proposals[0].start == at(1, 11).isoformat()
        assert weeks.asked[0].proposals == 3
        assert await weeks.desk.running.events() == []

    async def test_of_a_calendar_it_says_what_the_one_who_would_get_it_can(self, weeks: Weeks) -> None:
        weeks.free = {at(1): weeks.members[:1]}
        found = await weeks.preview(calendar_id=str(new_id()), specialist_id="", service_id="")
        assert found.free == 4
        weeks.free = {at(0): weeks.members[:1]} | {at(week): weeks.members[1:2] for week in (1, 2)}
        found = await weeks.preview(3, calendar_id=str(new_id()), specialist_id="", service_id="")
        assert [(each.free, each.reason) for each in found.occurrences] == [
            (False, "SLOT_TAKEN"), (True, ""), (True, ""),
        ]  # fmt: skip

    async def test_what_is_past_is_refused(self, weeks: Weeks) -> None:
        with pytest.raises(Refused) as past:
            await weeks.preview(starts_at=stamp(datetime.now(UTC) - timedelta(days=1)))
        assert past.value.reason == "IN_THE_PAST"


class TestBookSeries:
    async def test_all_are_appointments_of_it_at_the_same_local_time(self, weeks: Weeks) -> None:
        made = await weeks.book(30, notes="Knee")
        assert starts(made.appointments) == [at(week) for week in range(30)], "a clock change is among them"
        assert {(each.series_id, each.notes, each.start[11:16]) for each in made.appointments} == {
            (made.id, "Knee", "10:00"),
        }  # fmt: skip
        assert await weeks.desk.running.events() == ["AppointmentBooked"] * 30
        assert await weeks.read(made) == made
        entries = await weeks.desk.ask(
            "ListTimeline", visits_pb2.ListTimelineRequest(appointment_id=made.appointments[5].id)
        )
        assert [each.action for each in entries.entries] == ["booked"]

    async def test_all_or_nothing_is_nothing_and_all_in_the_way_are_named(self, weeks: Weeks) -> None:
        weeks.why_not = {at(1): "NOT_FREE", at(3): "LOCAL_TIME_SKIPPED"}
        with pytest.raises(Conflict) as refused:
            await weeks.book()
        assert refused.value.reason == "SLOT_TAKEN"
        assert refused.value.detail == f"2 of 4 are not free: {at(1).isoformat()}, {at(3).isoformat()}"
        assert [each.field for each in refused.value.fields] == ["occurrences[1]", "occurrences[3]"]
        assert await weeks.desk.running.events() == []

    async def test_who_was_faster_by_a_moment_stops_all_of_it(self, weeks: Weeks, environment: dict[str, str]) -> None:
        """Scheduling has not heard of it yet."""
        taken = [await weeks.desk.book(at(week).astimezone(UTC)) for week in (1, 2)]
        with pytest.raises(Conflict) as refused:
            await weeks.book()
        assert [each.field for each in refused.value.fields] == ["occurrences[1]", "occurrences[2]"]
        assert len(await weeks.desk.running.events()) == 2
        listed = await weeks.desk.ask("ListSeries", pb.ListSeriesRequest())
        assert list(listed.series) == []
        assert await claims_of(environment, taken[0])

    async def test_of_ten_the_last_is_looked_at_as_the_first(self, weeks: Weeks) -> None:
        weeks.why_not = {at(9): "NOT_FREE"}
        with pytest.raises(Conflict):
            await weeks.book(10)
        weeks.why_not = {}
        await weeks.desk.book(at(9).astimezone(UTC))
        with pytest.raises(Conflict) as lost:
            await weeks.book(10)
        assert [each.field for each in lost.value.fields] == ["occurrences[9]"]
        assert await weeks.desk.running.events() == ["AppointmentBooked"]

    async def test_skip_leaves_out_what_is_taken_however_it_is_known(
        self, weeks: Weeks, environment: dict[str, str]
    ) -> None:
        weeks.why_not = {at(0): "NOT_OFFERED"}
        await weeks.desk.book(at(2).astimezone(UTC))
        made = await weeks.book(on_conflict=SKIP)
        assert starts(made.appointments) == [at(1), at(3)]
        assert [(each.start, each.reason) for each in made.skipped] == [
            (at(0).isoformat(), "NOT_OFFERED"), (at(2).isoformat(), "SLOT_TAKEN"),
        ]  # fmt: skip
        assert made.skipped[1].detail == "Somebody else has the specialist then"
        assert made.start == at(0).isoformat()
        assert (await weeks.read(made)).skipped == made.skipped

    async def test_one_that_finds_no_room_gives_its_specialist_back(self, weeks: Weeks) -> None:
        desk = weeks.desk
        for _ in desk.rooms:
            await desk.book(at(1).astimezone(UTC), specialist_id=str(new_id()))
        made = await weeks.book(on_conflict=SKIP)
        assert made.skipped[0].detail == "Every fitting room is taken then"
        with pytest.raises(Conflict) as roomless:
            await desk.book(at(1).astimezone(UTC))
        assert roomless.value.detail == "Every fitting room is taken then", "and not: the specialist is"

    async def test_if_nothing_is_left_nothing_is_booked(self, weeks: Weeks) -> None:
        weeks.why_not = dict.fromkeys((at(0), at(1)), "NOT_FREE")
        with pytest.raises(Conflict):
            await weeks.book(2, on_conflict=SKIP)

    async def test_an_id_of_ones_own_books_once_for_ever(self, weeks: Weeks) -> None:
        again: dict[str, Any] = {"series_id": str(new_id()), "patient_id": str(new_id())}
        made = await weeks.book(**again)
        assert made.id == again["series_id"]
        await weeks.change(made, 0, "ALL", starts_at=at(0, 11))
        assert starts((await weeks.book(**again)).appointments) == [at(week, 11) for week in range(4)]
        assert (await weeks.desk.running.events()).count("AppointmentBooked") == 4
        for other in ({"patient_id": str(new_id())}, {"rrule": "FREQ=WEEKLY;COUNT=5"}):
            with pytest.raises(Conflict) as another:
                await weeks.book(**(again | other))
            assert another.value.reason == "ANOTHER_SERIES"

    @pytest.mark.parametrize("on_conflict", [pb.ON_CONFLICT_ALL_OR_NOTHING, SKIP])
    async def test_an_id_of_ones_own_at_once_is_one_series_for_all(self, weeks: Weeks, on_conflict: Any) -> None:
        again = {"series_id": str(new_id()), "patient_id": str(new_id()), "on_conflict": on_conflict}
        answers = await asyncio.gather(*(weeks.book(**again) for _ in range(8)))
        assert {each.id for each in answers} == {again["series_id"]}
        assert len({each.appointments[0].id for each in answers}) == 1
        assert await weeks.desk.running.events() == ["AppointmentBooked"] * 4

    async def test_ten_at_once_are_one(self, weeks: Weeks) -> None:
        answers = await asyncio.gather(*(weeks.book(10) for _ in range(10)), return_exceptions=True)
        assert sum(isinstance(each, pb.Series) for each in answers) == 1
        assert {each.reason for each in answers if isinstance(each, DomainError)} == {"SLOT_TAKEN"}
        assert await weeks.desk.running.events() == ["AppointmentBooked"] * 10

    async def test_those_that_overlap_in_part_at_once_share_what_there_is(self, weeks: Weeks) -> None:
        asked = [weeks.book(6, starts_at=stamp(at(week).astimezone(UTC)), on_conflict=SKIP) for week in (0, 3, 1, 4, 2)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        made = [each for each in answers if isinstance(each, pb.Series)]
        assert {each.reason for each in answers if isinstance(each, DomainError)} <= {"SLOT_TAKEN"}
        booked = [start for each in made for start in starts(each.appointments)]
        assert sorted(booked) == [at(week) for week in range(10)], "each week once, and none lost"

    async def test_of_a_calendar_one_specialist_is_chosen_for_all(self, weeks: Weeks) -> None:
        calendar: dict[str, Any] = {"calendar_id": str(new_id()), "specialist_id": "", "service_id": ""}
        weeks.free = {at(1): weeks.members[1:], at(2): weeks.members[1:]}
        made = await weeks.book(**calendar)
        assert {each.specialist_id for each in made.appointments} == {weeks.members[1]} == {made.specialist_id}
        assert {each.assignment for each in made.appointments} == {"priority 9, of 2 who were free"}
        weeks.free = {at(week): weeks.members[2:] if week < 3 else weeks.members[:1] for week in range(4)}
        with pytest.raises(Conflict):
            await weeks.book(**calendar)
        some = await weeks.book(on_conflict=SKIP, **calendar)
        assert starts(some.appointments) == [at(0), at(1), at(2)]

    async def test_a_patient_has_their_own_series_and_no_others(self, weeks: Weeks) -> None:
        await weeks.desk.policy(needs_acceptance=True)
        patient, other = weeks.desk.patient(), weeks.desk.patient()
        made = await weeks.book(2, who=patient)
        requested = appointments_pb2.APPOINTMENT_STATUS_REQUESTED
        assert {each.status for each in made.appointments} == {requested}
        assert await weeks.read(made, patient) == made
        for attempt in (weeks.read(made, other), weeks.change(made, 0, "ALL", status=CANCELED, who=other)):
            with pytest.raises(NotFound):
                await attempt
        await weeks.book(2, starts_at=stamp(at(0, 12).astimezone(UTC)))
        for who, count in ((patient, 1), (other, 0), (None, 2)):
            listed = await weeks.desk.ask("ListSeries", pb.ListSeriesRequest(), claims=who)
            assert len(listed.series) == count
        newest = await weeks.desk.ask("ListSeries", pb.ListSeriesRequest(limit=1))
        oldest = await weeks.desk.ask("ListSeries", pb.ListSeriesRequest(limit=1, cursor=newest.next_cursor))
        assert (newest.series[0].start, oldest.series[0].id, oldest.next_cursor) == (at(0, 12).isoformat(), made.id, "")
        assert not oldest.series[0].appointments


class TestCancelSeries:
    @pytest.mark.parametrize(("scope", "left"), [("THIS", [0, 1, 3]), ("FOLLOWING", [0, 1]), ("ALL", [])])
    async def test_as_many_are_canceled_as_are_meant(self, weeks: Weeks, scope: str, left: list[int]) -> None:
        made = await weeks.book()
        gone = await weeks.change(made, 2, scope, status=CANCELED, reason="better")
        assert len(gone.changed) == 4 - len(left)
        assert {(each.status, each.reason, each.version) for each in gone.changed} == {(CANCELED, "better", 2)}
        read = await weeks.read(made)
        assert [n for n, each in enumerate(read.appointments) if each.status != CANCELED] == left
        assert (await weeks.desk.running.events()).count("AppointmentCanceled") == 4 - len(left)
        for week in set(range(4)) - set(left):
            await weeks.desk.book(at(week).astimezone(UTC))

    async def test_what_they_owe_is_said_of_each_by_its_terms(self, weeks: Weeks) -> None:
        await weeks.desk.policy(notice_minutes=7 * 24 * 60, late_fee=TEN_EURO)
        patient = weeks.desk.patient()
        made = await weeks.book(who=patient)
        gone = await weeks.change(made, 0, "ALL", status=CANCELED, who=patient)
        assert [each.fee == TEN_EURO for each in gone.changed] == [True, False, False, False]
        made = await weeks.book()
        gone = await weeks.change(made, 0, "THIS", status=CANCELED)
        assert not gone.changed[0].HasField("fee"), "the clinic's own doing costs nobody anything"

    async def test_what_was_seen_must_be_so(self, weeks: Weeks) -> None:
        made = await weeks.book()
        await weeks.desk.change(made.appointments[1], starts_at=stamp(at(1, 12).astimezone(UTC)))
        with pytest.raises(Stale) as changed:
            await weeks.change(made, 1, "FOLLOWING", status=CANCELED, expected_version=1)
        assert changed.value.reason == "APPOINTMENT_CHANGED"
        await weeks.change(made, 1, "FOLLOWING", status=CANCELED, expected_version=2)
        with pytest.raises(Conflict) as over:
            await weeks.change(made, 1, "THIS", status=CANCELED)
        assert over.value.reason == "APPOINTMENT_OVER"
        with pytest.raises(Conflict) as none_left:
            await weeks.change(made, 1, "FOLLOWING", status=CANCELED)
        assert none_left.value.reason == "APPOINTMENT_OVER"
        stranger = await weeks.book(1, starts_at=stamp(at(0, 15).astimezone(UTC)))
        made.appointments[0].id = stranger.appointments[0].id
        with pytest.raises(NotFound):
            await weeks.change(made, 0, "ALL", status=CANCELED)


class TestMoveSeries:
    @pytest.mark.parametrize(("scope", "moved"), [("THIS", [1]), ("FOLLOWING", [1, 2, 3]), ("ALL", [0, 1, 2, 3])])
    async def test_as_many_move_by_as_much(self, weeks: Weeks, scope: str, moved: list[int]) -> None:
        made = await weeks.book()
        found = await weeks.change(made, 1, scope, starts_at=at(1, 11, 30, day=1), reason="work")
        assert starts(found.changed) == [at(week, 11, 30, day=1) for week in moved]
        assert {each.reason for each in found.changed} == {"work"}
        expected = [at(week, 11, 30, day=1) if week in moved else at(week) for week in range(4)]
        assert await weeks.starts(made) == expected
        assert (await weeks.desk.running.events()).count("AppointmentMoved") == len(moved)
        read = await weeks.read(made)
        assert {each.series_id for each in read.appointments} == {made.id}, "it makes no more and no fewer"
        for week in moved:
            await weeks.desk.book(at(week).astimezone(UTC))

    @pytest.mark.parametrize("weeks_later", [1, -1])
    async def test_each_can_have_the_time_that_the_next_leaves(self, weeks: Weeks, weeks_later: int) -> None:
        made = await weeks.book(5, starts_at=stamp(at(2).astimezone(UTC)))
        found = await weeks.change(made, 0, "ALL", starts_at=at(2 + weeks_later))
        assert starts(found.changed) == [at(week + weeks_later) for week in range(2, 7)]
        assert {each.holder_id for each in weeks.asked[-1].starts} == {each.id for each in made.appointments}

    @pytest.mark.parametrize("step", [15, -15])
    async def test_a_little_later_or_earlier_overlaps_with_itself(self, weeks: Weeks, step: int) -> None:
        made = await weeks.book()
        to = at(0) + timedelta(minutes=step)
        assert starts((await weeks.change(made, 0, "ALL", starts_at=to)).changed)[0] == to

    async def test_all_or_nothing_moves_none_if_one_cannot(self, weeks: Weeks, environment: dict[str, str]) -> None:
        made = await weeks.book()
        before = [await claims_of(environment, each) for each in made.appointments]
        weeks.why_not = {at(2, 11): "NOT_OFFERED"}
        with pytest.raises(Conflict) as known:
            await weeks.change(made, 0, "ALL", starts_at=at(0, 11))
        assert (known.value.reason, known.value.fields[0].field) == ("SLOT_TAKEN", "occurrences[2]")
        weeks.why_not = {}
        await weeks.desk.book(at(1, 11).astimezone(UTC))
        with pytest.raises(Conflict) as lost:
            await weeks.change(made, 0, "ALL", starts_at=at(0, 11))
        assert lost.value.fields[0].field == "occurrences[1]"
        assert await weeks.starts(made) == [at(week) for week in range(4)]
        assert [await claims_of(environment, each) for each in made.appointments] == before

    async def test_skip_leaves_those_that_cannot_where_they_are(
        self, weeks: Weeks, environment: dict[str, str]
    ) -> None:
        made = await weeks.book()
        before = [await claims_of(environment, each) for each in made.appointments]
        weeks.why_not = {at(2, 11): "NOT_FREE"}
        await weeks.desk.book(at(1, 11).astimezone(UTC))
        found = await weeks.change(made, 0, "ALL", starts_at=at(0, 11), on_conflict=SKIP)
        assert starts(found.changed) == [at(0, 11), at(3, 11)]
        assert [(each.start, each.reason, each.appointment_id) for each in found.skipped] == [
            (at(week, 11).isoformat(), "SLOT_TAKEN", made.appointments[week].id) for week in (1, 2)
        ]
        after = [await claims_of(environment, each) for each in made.appointments]
        assert after[1:3] == before[1:3]
        assert after[0] != before[0]
        versions = [each.version for each in (await weeks.read(made)).appointments]
        assert sorted(versions) == [1, 1, 2, 2]

    @pytest.mark.parametrize("weeks_later", [1, -1])
    async def test_who_stays_keeps_a_time_that_another_wanted(self, weeks: Weeks, weeks_later: int) -> None:
        """The one in front finds its time taken: it stays, and so must all behind it."""
        made = await weeks.book(3, starts_at=stamp(at(2).astimezone(UTC)))
        await weeks.desk.book(at(5 if weeks_later > 0 else 1).astimezone(UTC))
        with pytest.raises(Conflict):
            await weeks.change(made, 0, "ALL", starts_at=at(2 + weeks_later), on_conflict=SKIP)
        assert await weeks.starts(made) == [at(2), at(3), at(4)]

    async def test_exceptions_move_along_and_canceled_ones_stay(self, weeks: Weeks) -> None:
        made = await weeks.book()
        await weeks.desk.change(made.appointments[1], starts_at=stamp(at(1, 14).astimezone(UTC)))
        await weeks.desk.change(made.appointments[2], status=CANCELED)
        found = await weeks.change(made, 0, "ALL", starts_at=at(0, 9, day=1))
        assert starts(found.changed) == [at(0, 9, day=1), at(1, 13, day=1), at(3, 9, day=1)]

    async def test_another_specialist_takes_over_from_one_on(self, weeks: Weeks) -> None:
        made = await weeks.book()
        other = str(new_id())
        found = await weeks.change(made, 2, "FOLLOWING", starts_at=at(2), specialist_id=other)
        assert [each.specialist_id for each in found.changed] == [other, other]
        assert starts(found.changed) == [at(2), at(3)]
        await weeks.desk.book(at(3).astimezone(UTC))
        with pytest.raises(Conflict) as already:
            await weeks.change(made, 2, "FOLLOWING", starts_at=at(2), specialist_id=other)
        assert already.value.reason == "NOTHING_TO_CHANGE"

    async def test_a_local_time_that_is_skipped_is_never_asked_for(self, weeks: Weeks) -> None:
        spring = _spring()
        first = (spring - timedelta(weeks=1)).replace(hour=10)
        made = await weeks.book(3, starts_at=stamp(first.astimezone(UTC)))
        with pytest.raises(Conflict) as refused:
            await weeks.change(made, 0, "ALL", starts_at=first.replace(hour=3, minute=30))
        assert refused.value.fields[0].description.startswith(f"{spring.date()}T03:30:00: LOCAL_TIME_SKIPPED")
        found = await weeks.change(made, 0, "ALL", starts_at=first.replace(hour=3, minute=30), on_conflict=SKIP)
        assert [each.start[11:16] for each in found.changed] == ["03:30", "03:30"]
        assert (found.skipped[0].reason, found.skipped[0].HasField("starts_at")) == ("LOCAL_TIME_SKIPPED", False)

    async def test_what_was_seen_must_be_so_and_still_to_come(self, weeks: Weeks) -> None:
        made = await weeks.book()
        with pytest.raises(Stale):
            await weeks.change(made, 0, "ALL", starts_at=at(0, 11), expected_version=7)
        with pytest.raises(Refused):
            await weeks.change(made, 0, "ALL", starts_at=datetime.now(UTC) - timedelta(hours=1))
        await weeks.desk.change(made.appointments[0], status=CANCELED)
        with pytest.raises(Conflict) as over:
            await weeks.change(made, 0, "FOLLOWING", starts_at=at(0, 11))
        assert over.value.reason == "APPOINTMENT_OVER"

    async def test_where_patients_ask_they_ask_again_for_each(self, weeks: Weeks) -> None:
        await weeks.desk.policy(needs_acceptance=True)
        patient = weeks.desk.patient()
        made = await weeks.book(3, who=patient)
        for each in made.appointments:
            await weeks.desk.do("AcceptAppointment", each)
        found = await weeks.change(made, 1, "FOLLOWING", starts_at=at(1, 11), who=patient)
        assert {each.status for each in found.changed} == {appointments_pb2.APPOINTMENT_STATUS_REQUESTED}
        found = await weeks.change(made, 0, "ALL", starts_at=at(0, 12))
        assert found.changed[0].status == appointments_pb2.APPOINTMENT_STATUS_SCHEDULED

    async def test_one_that_changes_while_scheduling_is_asked_stops_all(self, weeks: Weeks) -> None:
        made = await weeks.book()
        gone = asyncio.create_task(weeks.change(made, 0, "ALL", starts_at=at(0, 11)))
        one = asyncio.create_task(weeks.change(made, 3, "THIS", status=CANCELED))
        answers = await asyncio.gather(gone, one, return_exceptions=True)
        assert all(isinstance(each, (pb.SeriesChange, Stale)) for each in answers)
        read = await weeks.read(made)
        hours = {each.start[11:16] for each in read.appointments[:3]}
        assert len(hours) == 1, "all of them or none"

    async def test_many_changes_at_once_leave_each_appointment_one_time(
        self, weeks: Weeks, environment: dict[str, str]
    ) -> None:
        one, two = await weeks.book(), await weeks.book(starts_at=stamp(at(0, 12).astimezone(UTC)))
        tries = [
            weeks.change(it, n, "ALL", starts_at=at(n, hour), on_conflict=SKIP)
            for it, hour in ((one, 12), (two, 10), (one, 13), (two, 13), (one, 11), (two, 11))
            for n in (0, 3)
        ]
        answers = await asyncio.gather(*tries, return_exceptions=True)
        failed = {each.reason for each in answers if isinstance(each, DomainError)}
        assert failed <= {"SLOT_TAKEN", "APPOINTMENT_CHANGED", "NOTHING_TO_CHANGE"}, "no deadlock reaches anybody"
        assert any(isinstance(each, pb.SeriesChange) for each in answers)
        for it in (one, two):
            for each in (await weeks.read(it)).appointments:
                taken = await claims_of(environment, each)
                assert len(taken) == 2, "specialist and room"
                assert {claim[2].lower for claim in taken} == {each.starts_at.ToDatetime(UTC)}


def _spring() -> datetime:
    """The day in March when clocks change next."""
    year = FIRST.year + (1 if FIRST.month > 2 else 0)
    last = datetime(year, 3, 31, tzinfo=BUCHAREST)
    return last - timedelta(days=(last.weekday() + 1) % 7)
