"""Who walks in waits, is called and seen, on a real database; who works is faked."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ambulo.booking.v1 import appointments_pb2, visits_pb2
from ambulo.booking.v1 import walk_ins_pb2 as pb
from ambulo.scheduling.v1 import duty_pb2
from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused, Stale, Unavailable
from chassis.ids import new_id
from chassis.testing import as_owner
from chassis.wire import stamp

S = pb.WalkInStatus.Value
WAITING, CALLED, SERVING, DONE, LEFT = (
    S(f"WALK_IN_STATUS_{name}") for name in ("WAITING", "CALLED", "SERVING", "DONE", "LEFT")
)


def now() -> datetime:
    return datetime.now(UTC)


def works(desk: Any, specialist: str = "", *, hours: float = 8, services: list[str] | None = None) -> duty_pb2.OnDuty:
    begin = now().replace(second=0, microsecond=0)
    return duty_pb2.OnDuty(
        specialist_id=specialist or desk.specialist,
        works=[duty_pb2.WorkingTime(begins_at=stamp(begin), ends_at=stamp(begin + timedelta(hours=hours)))],
        service_ids=[desk.service] if services is None else services,
    )


async def join(desk: Any, patient: str = "", **more: Any) -> pb.WalkIn:
    facts = {"location_id": desk.location, "patient_id": patient or str(new_id()), "service_id": desk.service}
    found: pb.WalkIn = await desk.ask("JoinQueue", pb.JoinQueueRequest(**(facts | more)))
    return found


async def listed(desk: Any, who: Any = None, **more: Any) -> list[pb.WalkIn]:
    request = pb.ListWalkInsRequest(**({"location_id": desk.location} | more))
    return list((await desk.ask("ListWalkIns", request, claims=who)).walk_ins)


async def call(desk: Any, it: pb.WalkIn, who: Any = None, **more: Any) -> pb.WalkIn:
    found: pb.WalkIn = await desk.ask("CallWalkIn", pb.CallWalkInRequest(walk_in_id=it.id, **more), claims=who)
    return found


async def serve(desk: Any, it: pb.WalkIn, who: Any = None, **more: Any) -> pb.WalkIn:
    found: pb.WalkIn = await desk.ask("ServeWalkIn", pb.ServeWalkInRequest(walk_in_id=it.id, **more), claims=who)
    return found


async def leave(desk: Any, it: pb.WalkIn, who: Any = None, **more: Any) -> pb.WalkIn:
    found: pb.WalkIn = await desk.ask("LeaveQueue", pb.LeaveQueueRequest(walk_in_id=it.id, **more), claims=who)
    return found


async def get(desk: Any, it: pb.WalkIn, who: Any = None) -> pb.WalkIn:
    found: pb.WalkIn = await desk.ask("GetWalkIn", pb.GetWalkInRequest(walk_in_id=it.id), claims=who)
    return found


async def complete(desk: Any, it: pb.WalkIn) -> appointments_pb2.Appointment:
    request = visits_pb2.ChangeStatusRequest(appointment_id=it.appointment_id)
    found: appointments_pb2.Appointment = (await desk.ask("CompleteAppointment", request)).appointment
    return found


def specialist(desk: Any, id_: str = "") -> Any:
    return desk.running.claims("specialist", specialist_id=UUID(id_ or desk.specialist))


async def claims_of(environment: dict[str, str], appointment_id: str) -> list[Any]:
    owner = await as_owner(environment, "booking")
    try:
        query = "SELECT resource_id, lower(during) AS begins, upper(during) AS ends FROM claim WHERE holder = $1"
        return list(await owner.fetch(query, UUID(appointment_id)))
    finally:
        await owner.close()


class TestJoining:
    async def test_turns_go_by_arrival_and_each_is_told_how_long(self, desk: Any) -> None:
        desk.on_duty = [works(desk)]
        first, second, third = [await join(desk) for _ in range(3)]
        assert [each.position for each in (first, second, third)] == [1, 2, 3]
        assert [each.expected_wait.minutes for each in (first, second, third)] == [0, 30, 60]
        assert (first.status, first.version) == (WAITING, 1)
        assert [each.id for each in await listed(desk)] == [first.id, second.id, third.id]
        assert await desk.running.events() == ["WalkInJoined"] * 3

    async def test_a_patient_is_in_a_queue_once_however_often_they_are_put_there(self, desk: Any) -> None:
        patient = str(new_id())
        answers = await asyncio.gather(*(join(desk, patient) for _ in range(6)), return_exceptions=True)
        made = [each for each in answers if isinstance(each, pb.WalkIn)]
        assert len(made) == 1
        assert {each.reason for each in answers if isinstance(each, Conflict)} == {"ALREADY_QUEUED"}
        await leave(desk, made[0])
        await join(desk, patient)
        await join(desk, patient, location_id=str(new_id()))

    async def test_who_is_urgent_needs_a_reason_and_goes_first(self, desk: Any) -> None:
        with pytest.raises(Invalid):
            await join(desk, urgent=True)
        first = await join(desk)
        urgent = await join(desk, urgent=True, reason="chest pain")
        assert urgent.position == 1
        assert (await get(desk, first)).position == 2

    async def test_while_nobody_can_say_who_works_people_still_join(self, desk: Any) -> None:
        desk.on_duty = Unavailable("away")
        it = await join(desk)
        assert (it.position, it.HasField("expected_wait")) == (1, False)
        assert it.expected_wait_unknown

    async def test_only_those_who_manage_appointments_put_people_there(self, desk: Any) -> None:
        with pytest.raises(Denied):
            await desk.ask("JoinQueue", pb.JoinQueueRequest(), claims=desk.patient())


class TestOrder:
    async def test_somebody_is_moved_ahead_and_back_with_a_reason(self, desk: Any) -> None:
        first, second = await join(desk), await join(desk)
        move = pb.ChangeWalkInRequest(walk_in_id=second.id, urgent=True, expected_version=1)
        with pytest.raises(Invalid):
            await desk.ask("ChangeWalkIn", move)
        move.reason = "fever"
        ahead = await desk.ask("ChangeWalkIn", move)
        assert (ahead.position, ahead.version, ahead.reason) == (1, 2, "fever")
        with pytest.raises(Stale):
            await desk.ask("ChangeWalkIn", move)
        back = await desk.ask(
            "ChangeWalkIn", pb.ChangeWalkInRequest(walk_in_id=second.id, reason="it was the wrong one")
        )
        assert (back.position, (await get(desk, first)).position) == (2, 1)
        assert (await desk.running.events())[2:] == ["WalkInChanged"] * 2
        assert (await desk.running.audited()).count("ChangeWalkIn") == 2

    async def test_pages_go_on_where_the_last_one_ended(self, desk: Any) -> None:
        made = [await join(desk, **({"urgent": True, "reason": "r"} if n in (2, 4) else {})) for n in range(5)]
        found: list[str] = []
        cursor = ""
        while True:
            request = pb.ListWalkInsRequest(location_id=desk.location, limit=2, cursor=cursor)
            page = await desk.ask("ListWalkIns", request)
            found += [each.id for each in page.walk_ins]
            cursor = page.next_cursor
            if not cursor:
                break
        assert found == [made[n].id for n in (2, 4, 0, 1, 3)]

    @pytest.mark.parametrize("first", [True, 5, 2**62, -1])
    async def test_a_cursor_that_somebody_made_up_breaks_nothing(self, desk: Any, first: int) -> None:
        it = await join(desk)
        made_up = json.dumps([first, "2026-01-01T00:00:00+00:00", str(new_id())]).encode()
        cursor = base64.urlsafe_b64encode(made_up).decode().rstrip("=")
        assert [each.id for each in await listed(desk, cursor=cursor)] in ([], [it.id])


class TestCalling:
    async def test_a_specialist_calls_in_their_own_name(self, desk: Any) -> None:
        it, other = await join(desk), str(new_id())
        with pytest.raises(Denied):
            await call(desk, it, specialist(desk), specialist_id=other)
        called = await call(desk, it, specialist(desk), room_id=desk.rooms[0])
        assert (called.status, called.called_specialist_id, called.room_id) == (CALLED, desk.specialist, desk.rooms[0])
        assert called.position == 0
        with pytest.raises(Conflict) as theirs:
            await call(desk, it, specialist(desk, other))
        assert theirs.value.reason == "NOT_WAITING"

    async def test_two_who_call_at_once_do_not_get_the_same_patient(self, desk: Any) -> None:
        it = await join(desk)
        doctors = [specialist(desk, str(new_id())) for _ in range(5)]
        answers = await asyncio.gather(*(call(desk, it, who) for who in doctors), return_exceptions=True)
        assert sum(isinstance(each, pb.WalkIn) for each in answers) == 1

    async def test_a_room_elsewhere_is_unknown(self, desk: Any) -> None:
        it = await join(desk, location_id=str(new_id()))
        with pytest.raises(Refused) as elsewhere:
            await call(desk, it, room_id=desk.rooms[0])
        assert elsewhere.value.reason == "UNKNOWN_ROOM"

    async def test_the_trail_says_how_many_were_ahead(self, desk: Any, environment: dict[str, str]) -> None:
        _, _, third = [await join(desk) for _ in range(3)]
        await call(desk, third)
        owner = await as_owner(environment, "booking")
        try:
            facts = await owner.fetchval(
                "SELECT facts FROM audit_record WHERE clinic_id = $1 AND action LIKE '%CallWalkIn'",
                desk.running.clinic_id,
            )
        finally:
            await owner.close()
        assert '"passed_over": 2' in facts


class TestServing:
    async def test_it_makes_an_appointment_that_is_in_progress(self, desk: Any, environment: dict[str, str]) -> None:
        it = await join(desk, notes="limps")
        await call(desk, it, specialist(desk), room_id=desk.rooms[1])
        served = await serve(desk, it, specialist(desk))
        assert (served.status, served.version) == (SERVING, 3)
        read = appointments_pb2.GetAppointmentRequest(appointment_id=served.appointment_id)
        made = (await desk.ask("GetAppointment", read)).appointment
        assert (made.status, made.version) == (appointments_pb2.APPOINTMENT_STATUS_IN_PROGRESS, 1)
        assert (made.patient_id, made.specialist_id, made.room_id) == (it.patient_id, desk.specialist, desk.rooms[1])
        assert made.notes == "limps"
        begins, ends = made.starts_at.ToDatetime(UTC), made.ends_at.ToDatetime(UTC)
        assert (begins.second, ends - begins) == (0, timedelta(minutes=30))
        assert abs(begins - now()) < timedelta(minutes=2)
        taken = await claims_of(environment, served.appointment_id)
        assert {(str(row["resource_id"]), row["begins"], row["ends"]) for row in taken} == {
            (desk.specialist, begins, ends), (desk.rooms[1], begins, ends),
        }  # fmt: skip
        timeline = await desk.ask("ListTimeline", visits_pb2.ListTimelineRequest(appointment_id=made.id))
        assert [(e.version, e.action, e.status) for e in timeline.entries] == [(1, "booked", made.status)]
        assert await desk.running.events() == ["WalkInJoined", "WalkInChanged", "AppointmentBooked", "WalkInChanged"]

    async def test_nobody_is_seen_by_nobody(self, desk: Any) -> None:
        it = await join(desk)
        with pytest.raises(Invalid):
            await serve(desk, it)
        assert (await serve(desk, it, specialist_id=desk.specialist)).status == SERVING

    async def test_who_is_taken_is_taken_and_it_is_said_until_when(self, desk: Any) -> None:
        soon = (now() + timedelta(minutes=20)).replace(second=0, microsecond=0)
        await desk.book(soon)
        it = await join(desk, specialist_id=desk.specialist)
        with pytest.raises(Conflict) as clash:
            await serve(desk, it)
        assert clash.value.reason == "SLOT_TAKEN"
        assert datetime.fromisoformat(clash.value.facts["providerFreeUntil"]) == soon
        assert "free until" in clash.value.detail
        assert (await get(desk, it)).status == WAITING
        other, busy = str(new_id()), await join(desk)
        seen = await serve(desk, busy, specialist_id=other, room_id=desk.rooms[1])
        with pytest.raises(Conflict) as both:
            await serve(desk, it, specialist_id=other, room_id=desk.rooms[1])
        assert set(both.value.facts) == {"providerTakenUntil", "roomTakenUntil"}
        assert (await desk.running.events()).count("AppointmentBooked") == 2
        assert seen.appointment_id

    async def test_many_who_serve_the_same_patient_make_one_appointment(self, desk: Any) -> None:
        it = await join(desk)
        answers = await asyncio.gather(
            *(serve(desk, it, specialist_id=str(new_id())) for _ in range(6)), return_exceptions=True
        )
        assert sum(isinstance(each, pb.WalkIn) for each in answers) == 1
        assert {type(each).__name__ for each in answers if isinstance(each, Exception)} <= {
            "ChangedMeanwhile", "NotWaiting",
        }  # fmt: skip
        assert (await desk.running.events()).count("AppointmentBooked") == 1

    async def test_one_specialist_sees_one_of_many_at_once(self, desk: Any) -> None:
        queue = [await join(desk, specialist_id=desk.specialist) for _ in range(5)]
        answers = await asyncio.gather(*(serve(desk, each) for each in queue), return_exceptions=True)
        assert sum(isinstance(each, pb.WalkIn) for each in answers) == 1
        assert {each.reason for each in answers if isinstance(each, Conflict)} == {"SLOT_TAKEN"}

    async def test_when_the_visit_is_over_so_is_the_walk_in_and_the_rest_of_the_time_is_given_back(
        self, desk: Any, environment: dict[str, str]
    ) -> None:
        first, second = [await join(desk, specialist_id=desk.specialist) for _ in range(2)]
        served = await serve(desk, first, room_id=desk.rooms[0])
        over = await complete(desk, served)
        assert (await get(desk, first)).status == DONE
        begins, ends = over.starts_at.ToDatetime(UTC), over.ends_at.ToDatetime(UTC)
        assert ends - begins <= timedelta(minutes=2)
        assert {(row["begins"], row["ends"]) for row in await claims_of(environment, over.id)} == {(begins, ends)}
        assert (await serve(desk, second)).status == SERVING, "within the same minute"
        assert (await desk.running.events())[-4:] == [
            "AppointmentStatusChanged", "WalkInChanged", "AppointmentBooked", "WalkInChanged",
        ]  # fmt: skip


class TestExpectedWait:
    async def test_what_is_booked_held_and_blocked_is_in_the_way(self, desk: Any) -> None:
        desk.on_duty = [works(desk)]
        soon = (now() + timedelta(minutes=20)).replace(second=0, microsecond=0)
        await desk.book(soon)
        it = await join(desk)
        assert it.expected_wait.expected_at.ToDatetime(UTC) == soon + timedelta(minutes=30)
        assert it.expected_wait.minutes == 50

    async def test_it_is_as_long_as_it_really_takes_once_that_is_known(
        self, desk: Any, environment: dict[str, str]
    ) -> None:
        desk.on_duty = [works(desk)]
        owner = await as_owner(environment, "booking")
        try:
            for n in range(5):
                served = await serve(desk, await join(desk), specialist_id=str(new_id()))
                await complete(desk, served)
                await owner.execute(
                    "UPDATE appointment_entry SET changed_at = changed_at - make_interval(mins => $2)"
                    " WHERE appointment_id = $1 AND version = 1",
                    UUID(served.appointment_id), (8, 9, 12, 40, 50)[n],
                )  # fmt: skip
                waits = [(await join(desk)).expected_wait.minutes for _ in range(2)]
                for each in await listed(desk):
                    await leave(desk, each)
                assert waits == ([0, 15] if n == 4 else [0, 30])
        finally:
            await owner.close()

    async def test_who_overruns_is_expected_to_be_free_soon(self, desk: Any, environment: dict[str, str]) -> None:
        desk.on_duty = [works(desk)]
        served = await serve(desk, await join(desk), specialist_id=desk.specialist)
        assert (await join(desk)).expected_wait.minutes in (25, 30)
        owner = await as_owner(environment, "booking")
        try:
            id_ = UUID(served.appointment_id)
            for table, column in (("appointment", "starts_at"), ("appointment_entry", "changed_at")):
                key = "id" if table == "appointment" else "appointment_id"
                also = ", ends_at = ends_at - interval '2 hours', occupied_from = occupied_from - interval '2 hours'"
                await owner.execute(
                    f"UPDATE {table} SET {column} = {column} - interval '2 hours'{also if key == 'id' else ''}"
                    f" WHERE {key} = $1",
                    id_,
                )
            await owner.execute("DELETE FROM claim WHERE holder = $1", id_)
        finally:
            await owner.close()
        assert [each.expected_wait.minutes for each in await listed(desk)] == [5]

    async def test_it_takes_a_constant_number_of_statements_and_one_question(
        self, desk: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from chassis.call import Transaction

        asked: list[str] = []
        run = Transaction._run

        async def counted(self: Any, how: str, statement: Any, args: Any) -> Any:
            asked.append(str(statement))
            return await run(self, how, statement, args)

        monkeypatch.setattr(Transaction, "_run", counted)
        counts = []
        for people in (2, 6):
            for _ in range(people):
                await join(desk, service_id=str(new_id()))
            desk.on_duty = [works(desk, str(new_id()), services=[]) for _ in range(people)]
            asked.clear()
            await listed(desk)
            counts.append(len(asked))
        assert counts[0] == counts[1] <= 7


class TestPatients:
    async def test_they_see_themselves_with_their_place_and_may_leave_and_no_more(self, desk: Any) -> None:
        desk.on_duty = [works(desk)]
        patient, other = desk.patient(), desk.patient()
        first = await join(desk)
        mine = await join(desk, str(patient.patient_id))
        (seen,) = await listed(desk, patient)
        assert (seen.id, seen.position, seen.expected_wait.minutes) == (mine.id, 2, 30)
        read = await get(desk, mine, patient)
        assert (read.id, read.position, read.expected_wait.minutes) == (mine.id, 2, 30)
        assert await listed(desk, other) == []
        for someone in (patient, other):
            with pytest.raises(NotFound):
                await get(desk, first, someone)
            with pytest.raises(NotFound):
                await leave(desk, first, someone)
        with pytest.raises(Denied):
            await call(desk, mine, patient)
        gone = await leave(desk, mine, patient, reason="feeling better")
        assert (gone.status, gone.reason) == (LEFT, "feeling better")
        with pytest.raises(Conflict) as twice:
            await leave(desk, mine, patient)
        assert twice.value.reason == "NOT_WAITING"

    async def test_another_clinic_sees_nothing(self, desk: Any) -> None:
        mine = await join(desk)
        desk.running.clinic_id = new_id()
        assert await listed(desk) == []
        with pytest.raises(NotFound):
            await get(desk, mine)
        assert (await join(desk, mine.patient_id)).position == 1


async def test_who_went_without_a_word_has_left_by_the_next_day(desk: Any, environment: dict[str, str]) -> None:
    old, new = await join(desk), await join(desk)
    owner = await as_owner(environment, "booking")
    try:
        await owner.execute(
            "UPDATE walk_in SET joined_at = joined_at - interval '17 hours' WHERE id = $1", UUID(old.id)
        )
    finally:
        await owner.close()
    timer = next(each for each in desk.running.chassis.timers if each.name == "give_up_walk_ins")
    pool = desk.running.chassis.pool
    await pool.execute("DELETE FROM timer WHERE name = $1", timer.name)
    assert await timer.once("booking", pool, lambda: None)
    gone = await get(desk, old)
    assert (gone.status, gone.reason, gone.version) == (LEFT, "Was never seen", 2)
    assert (await get(desk, new)).status == WAITING
    assert (await desk.running.events())[2:] == ["WalkInChanged"]
