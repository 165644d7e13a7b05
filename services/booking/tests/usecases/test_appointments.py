"""Booking, moving and canceling on a real database; people and scheduling are faked."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1 import availability_pb2
from ambulo.scheduling.v1.events_pb2 import AppointmentDisplaced
from booking.service import service
from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused, Stale, Unavailable
from chassis.ids import new_id
from chassis.testing import FakePeer, Running, as_owner
from chassis.wire import stamp

SPECIALIST, ROOMS = str(new_id()), [str(new_id()) for _ in range(3)]
TEN = (datetime.now(UTC) + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)


def resolved(request: Any, rooms: list[str] = ROOMS, minutes: int = 30) -> availability_pb2.ResolvedSlot:
    starts_at = request.starts_at.ToDatetime(UTC)
    return availability_pb2.ResolvedSlot(
        location_id=str(new_id()),
        time_zone="Europe/Bucharest",
        starts_at=request.starts_at,
        ends_at=stamp(starts_at + timedelta(minutes=minutes)),
        occupied_from=request.starts_at,
        occupied_until=stamp(starts_at + timedelta(minutes=minutes + 5)),
        service_id=request.service_id,
        candidates=[a_candidate(request.specialist_id, rooms, starts_at, minutes + 5)],
    )


def a_candidate(
    specialist_id: str, rooms: list[str], starts_at: datetime, minutes: int, **more: Any
) -> availability_pb2.Candidate:
    demands = [a_demand("SPECIALIST", [specialist_id], starts_at, minutes)]
    demands += [a_demand("ROOM", rooms, starts_at, minutes)] if rooms else []
    return availability_pb2.Candidate(specialist_id=specialist_id, demands=demands, **more)


def a_demand(
    kind: str, resources: list[str], starts_at: datetime, minutes: int, units: int = 1, count: int = 1
) -> availability_pb2.Demand:
    begin, end = stamp(starts_at), stamp(starts_at + timedelta(minutes=minutes))
    return availability_pb2.Demand(
        kind=availability_pb2.DemandKind.Value(f"DEMAND_KIND_{kind}"),
        count=count,
        options=[
            availability_pb2.Claimable(resource_id=id_, unit=unit, begins_at=begin, ends_at=end)
            for id_ in resources
            for unit in range(units)
        ],
    )


def people(answer: Any = None) -> FakePeer:
    known = answer or (lambda r: patients_pb2.CheckedPatient(patient_id=r.patient_id))
    return FakePeer("ambulo.people.v1.PatientService", CheckPatient=known)


def scheduling(answer: Any = resolved) -> FakePeer:
    return FakePeer("ambulo.scheduling.v1.AvailabilityService", ResolveSlot=answer)


@pytest.fixture
async def booking(start: Any) -> Running:
    return await start(service, people(), scheduling())


def a_booking(starts_at: datetime = TEN, **more: Any) -> pb.BookAppointmentRequest:
    facts = {"patient_id": str(new_id()), "service_id": str(new_id()), "specialist_id": SPECIALIST} | more
    return pb.BookAppointmentRequest(starts_at=stamp(starts_at), **facts)


def a_change(appointment: pb.Appointment, **more: Any) -> pb.ChangeAppointmentRequest:
    return pb.ChangeAppointmentRequest(
        appointment_id=appointment.id, **({"expected_version": appointment.version} | more)
    )


class TestBookAppointment:
    async def test_takes_the_specialist_and_the_first_free_room(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        assert appointment.room_id == ROOMS[0]
        assert appointment.start == TEN.astimezone(ZoneInfo("Europe/Bucharest")).isoformat()
        assert appointment.version == 1
        assert await booking.events() == ["AppointmentBooked"]
        assert await booking.audited() == ["BookAppointment"]

    async def test_another_room_is_taken_when_the_first_is_gone(self, booking: Running) -> None:
        other = a_booking(specialist_id=str(new_id()))
        assert (await booking.ask("BookAppointment", a_booking())).appointment.room_id == ROOMS[0]
        assert (await booking.ask("BookAppointment", other)).appointment.room_id == ROOMS[1]

    async def test_two_cannot_take_overlapping_times(self, booking: Running) -> None:
        await booking.ask("BookAppointment", a_booking())
        with pytest.raises(Conflict) as taken:
            await booking.ask("BookAppointment", a_booking(TEN + timedelta(minutes=15)))
        assert taken.value.reason == "SLOT_TAKEN"
        assert await booking.events() == ["AppointmentBooked"]

    async def test_the_next_time_is_free_when_the_buffer_has_passed(self, booking: Running) -> None:
        await booking.ask("BookAppointment", a_booking())
        await booking.ask("BookAppointment", a_booking(TEN + timedelta(minutes=35)))

    async def test_fifty_at_once_are_one(self, booking: Running) -> None:
        asked = [booking.ask("BookAppointment", a_booking()) for _ in range(50)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(a, pb.AppointmentResponse) for a in answers) == 1
        assert {a.reason for a in answers if isinstance(a, Exception)} == {"SLOT_TAKEN"}

    async def test_the_last_rooms_go_to_as_many_as_there_are(self, booking: Running) -> None:
        asked = [booking.ask("BookAppointment", a_booking(specialist_id=str(new_id()))) for _ in range(20)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        rooms = [a.appointment.room_id for a in answers if isinstance(a, pb.AppointmentResponse)]
        assert sorted(rooms) == sorted(ROOMS)

    async def test_the_same_key_twenty_times_at_once_is_one_appointment(self, booking: Running) -> None:
        claims, request = booking.claims("front_desk"), a_booking()
        asked = [booking.ask("BookAppointment", request, claims=claims, key="k") for _ in range(20)]
        assert len({a.appointment.id for a in await asyncio.gather(*asked)}) == 1
        assert await booking.events() == ["AppointmentBooked"]

    async def test_the_same_key_again_is_the_first_answer_whatever_has_become_of_it(self, booking: Running) -> None:
        claims, request = booking.claims("front_desk"), a_booking()
        first = await booking.ask("BookAppointment", request, claims=claims, key="k")
        assert await booking.ask("BookAppointment", request, claims=claims, key="k") == first
        # Its time is free again: nothing but the key stands in the way.
        await booking.ask("ChangeAppointment", a_change(first.appointment, status=pb.APPOINTMENT_STATUS_CANCELED))
        assert await booking.ask("BookAppointment", request, claims=claims, key="k") == first
        with pytest.raises(Refused) as reused:
            await booking.ask("BookAppointment", a_booking(), claims=claims, key="k")
        assert reused.value.reason == "KEY_REUSED"
        assert await booking.events() == ["AppointmentBooked", "AppointmentCanceled"]
        shown = await booking.ask("ListAppointments", pb.ListAppointmentsRequest())
        assert [each.id for each in shown.appointments] == [first.appointment.id]

    async def test_who_repeats_a_booking_is_not_offered_other_times(self, start: Any) -> None:
        looked = list[Any]()

        def look(request: Any) -> availability_pb2.ListAvailabilityResponse:
            looked.append(request)
            return availability_pb2.ListAvailabilityResponse()

        peer = FakePeer("ambulo.scheduling.v1.AvailabilityService", ResolveSlot=resolved, FindFirstAvailable=look)
        booking = await start(service, people(), peer)
        claims, request = booking.claims("front_desk"), a_booking()
        first = await booking.ask("BookAppointment", request, claims=claims, key="k")
        assert await booking.ask("BookAppointment", request, claims=claims, key="k") == first
        assert not looked
        with pytest.raises(Conflict):
            await booking.ask("BookAppointment", request, claims=claims, key="another")
        assert len(looked) == 1

    async def test_an_id_of_ones_own_at_two_times_at_once_is_one_appointment(self, booking: Running) -> None:
        facts = {"appointment_id": str(new_id()), "patient_id": str(new_id()), "service_id": str(new_id())}
        asked = [a_booking(TEN + timedelta(hours=n), **facts) for n in range(8)]
        found = await asyncio.gather(*(booking.ask("BookAppointment", each) for each in asked))
        assert len({each.appointment.starts_at.seconds for each in found}) == 1
        assert await booking.events() == ["AppointmentBooked"]

    async def test_a_key_with_another_request_is_refused(self, booking: Running) -> None:
        claims = booking.claims("front_desk")
        await booking.ask("BookAppointment", a_booking(), claims=claims, key="k")
        with pytest.raises(Refused) as reused:
            await booking.ask("BookAppointment", a_booking(notes="other"), claims=claims, key="k")
        assert reused.value.reason == "KEY_REUSED"

    async def test_an_id_of_ones_own_books_once_for_ever(self, booking: Running) -> None:
        again = a_booking(appointment_id=str(new_id()))
        first = (await booking.ask("BookAppointment", again)).appointment
        assert first.id == again.appointment_id
        await booking.ask("ChangeAppointment", a_change(first, starts_at=stamp(TEN + timedelta(hours=1))))
        assert (await booking.ask("BookAppointment", again)).appointment.version == 2
        assert await booking.events() == ["AppointmentBooked", "AppointmentMoved"]

    async def test_an_id_of_ones_own_at_once_is_one_appointment_for_all(self, booking: Running) -> None:
        again = a_booking(appointment_id=str(new_id()))
        claims = booking.claims("front_desk")
        answers = await asyncio.gather(*[booking.ask("BookAppointment", again, claims=claims) for _ in range(10)])
        assert {a.appointment.id for a in answers} == {again.appointment_id}
        assert await booking.events() == ["AppointmentBooked"]

    async def test_an_id_of_another_appointment_is_refused(self, booking: Running) -> None:
        taken = (await booking.ask("BookAppointment", a_booking())).appointment
        other = a_booking(TEN + timedelta(hours=1), appointment_id=taken.id)
        hidden = booking.claims("patient", patient_id=new_id())
        other_of_mine = a_booking(TEN + timedelta(hours=2), appointment_id=taken.id, patient_id=str(hidden.patient_id))
        for request, claims in ((other, None), (other_of_mine, hidden)):
            with pytest.raises(Conflict) as refused:
                await booking.ask("BookAppointment", request, claims=claims)
            assert refused.value.reason == "ANOTHER_APPOINTMENT"
        assert await booking.events() == ["AppointmentBooked"]

    async def test_past_times_are_refused(self, booking: Running) -> None:
        with pytest.raises(Refused) as past:
            await booking.ask("BookAppointment", a_booking(TEN - timedelta(days=9)))
        assert past.value.reason == "IN_THE_PAST"

    async def test_an_end_that_does_not_fit_is_named(self, booking: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await booking.ask("BookAppointment", a_booking(ends_at=stamp(TEN + timedelta(hours=2))))
        assert [f.field for f in wrong.value.fields] == ["ends_at"]

    async def test_an_unknown_patient_is_named(self, start: Any) -> None:
        booking = await start(service, people(lambda _: NotFound()), scheduling())
        with pytest.raises(Refused) as unknown:
            await booking.ask("BookAppointment", a_booking())
        assert unknown.value.reason == "UNKNOWN_PATIENT"
        assert [f.field for f in unknown.value.fields] == ["patient_id"]

    async def test_who_was_booked_before_is_a_patient_also_while_people_is_away(self, start: Any) -> None:
        known = [True]
        peer = people(
            lambda r: patients_pb2.CheckedPatient(patient_id=r.patient_id) if known else Unavailable(retry_after=1)
        )
        booking, patient = await start(service, peer, scheduling()), str(new_id())
        await booking.ask("BookAppointment", a_booking(patient_id=patient))
        known.clear()
        await booking.ask("BookAppointment", a_booking(TEN + timedelta(hours=1), patient_id=patient))
        assert len(peer.asked) == 1
        # Neither in another clinic, nor is anybody else; and what was tried for them is not taken.
        later = TEN + timedelta(hours=2)
        for running, who in ((Running(booking.process), patient), (booking, str(new_id()))):
            with pytest.raises(Unavailable):
                await running.ask("BookAppointment", a_booking(later, patient_id=who))
        await booking.ask("BookAppointment", a_booking(later, patient_id=patient))

    async def test_without_scheduling_nothing_is_half_done(self, start: Any) -> None:
        booking = await start(service, people(), scheduling(lambda _: Unavailable(retry_after=1)))
        with pytest.raises(Unavailable):
            await booking.ask("BookAppointment", a_booking())
        assert await booking.events() == []

    async def test_a_patient_books_only_for_themselves(self, booking: Running) -> None:
        me = new_id()
        claims = booking.claims("patient", patient_id=me)
        with pytest.raises(Refused) as other:
            await booking.ask("BookAppointment", a_booking(), claims=claims)
        assert other.value.reason == "UNKNOWN_PATIENT"
        await booking.ask("BookAppointment", a_booking(patient_id=str(me)), claims=claims)

    async def test_who_has_no_right_is_denied(self, booking: Running) -> None:
        with pytest.raises(Denied):
            await booking.ask("BookAppointment", a_booking(), role="nobody")


class TestWhatAnAppointmentTakes:
    """Beside its specialist and room: units of equipment, distance to its likes, a place of the day."""

    POOL, GAP = str(new_id()), str(new_id())

    def with_lasers(self, units: int, count: int = 1) -> FakePeer:
        def answer(request: Any) -> availability_pb2.ResolvedSlot:
            found = resolved(request, rooms=[])
            begin = request.starts_at.ToDatetime(UTC)
            found.candidates[0].demands.append(a_demand("EQUIPMENT", [self.POOL], begin, 35, units=units, count=count))
            return found

        return scheduling(answer)

    async def test_units_go_to_as_many_as_there_are(self, start: Any) -> None:
        booking = await start(service, people(), self.with_lasers(3))
        asked = [booking.ask("BookAppointment", a_booking(specialist_id=str(new_id()))) for _ in range(10)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        taken = [a.appointment.equipment for a in answers if isinstance(a, pb.AppointmentResponse)]
        assert sorted(e.unit for (e,) in taken) == [0, 1, 2]
        assert {str(a) for a in answers if isinstance(a, Exception)} == {"The equipment it takes is taken then"}

    async def test_two_units_are_taken_or_none(self, start: Any) -> None:
        booking = await start(service, people(), self.with_lasers(3, count=2))
        first = (await booking.ask("BookAppointment", a_booking())).appointment
        assert [e.unit for e in first.equipment] == [0, 1]
        with pytest.raises(Conflict):
            await booking.ask("BookAppointment", a_booking(specialist_id=str(new_id())))
        gone = a_change(first, status=pb.APPOINTMENT_STATUS_CANCELED)
        await booking.ask("ChangeAppointment", gone)
        again = (await booking.ask("BookAppointment", a_booking())).appointment
        assert [e.unit for e in again.equipment] == [0, 1]
        read = await booking.ask("GetAppointment", pb.GetAppointmentRequest(appointment_id=again.id))
        assert read.appointment == again

    async def test_who_books_at_the_same_moment_keeps_the_distance(self, start: Any) -> None:
        def answer(request: Any) -> availability_pb2.ResolvedSlot:
            found = resolved(request, rooms=[])
            found.candidates[0].demands.append(a_demand("GAP", [self.GAP], request.starts_at.ToDatetime(UTC), 90))
            return found

        booking = await start(service, people(), scheduling(answer))
        times = [TEN + timedelta(minutes=minutes) for minutes in (0, 45, 85, 90)]
        asked = [booking.ask("BookAppointment", a_booking(at)) for at in times]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        kept = sorted(datetime.fromisoformat(a.appointment.start) for a in answers if not isinstance(a, Exception))
        assert all(later - earlier >= timedelta(minutes=90) for earlier, later in pairwise(kept))
        assert 1 <= len(kept) <= 2

    @pytest.mark.parametrize(("per_specialist", "booked"), [(False, 3), (True, 6)])
    async def test_a_day_takes_no_more_than_its_limit(self, start: Any, per_specialist: bool, booked: int) -> None:
        location, begins = str(new_id()), TEN.replace(hour=0)

        def answer(request: Any) -> availability_pb2.ResolvedSlot:
            found = resolved(request, rooms=[])
            found.location_id = location
            found.daily_limits.add(
                most=3,
                per_specialist=per_specialist,
                begins_at=stamp(begins),
                ends_at=stamp(begins + timedelta(days=1)),
            )
            return found

        booking = await start(service, people(), scheduling(answer))
        service_id, specialists = str(new_id()), [str(new_id()), str(new_id())]
        wanted = [
            a_booking(TEN + timedelta(minutes=35 * n), service_id=service_id, specialist_id=specialist)
            for n in range(6)
            for specialist in specialists
        ]
        asked = [booking.ask("BookAppointment", each) for each in wanted]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        kept = [a.appointment for a in answers if isinstance(a, pb.AppointmentResponse)]
        assert len(kept) == booked
        assert {a.reason for a in answers if isinstance(a, Exception)} == {"SLOT_TAKEN"}
        # It does not stand in its own way.
        await booking.ask("ChangeAppointment", a_change(kept[0], starts_at=stamp(TEN + timedelta(hours=8))))


class TestChangeAppointment:
    async def test_moving_frees_the_old_time_and_takes_the_new(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        moved = a_change(appointment, starts_at=stamp(TEN + timedelta(hours=1)))
        assert (await booking.ask("ChangeAppointment", moved)).appointment.version == 2
        await booking.ask("BookAppointment", a_booking())
        assert await booking.events() == ["AppointmentBooked", "AppointmentMoved", "AppointmentBooked"]

    async def test_moving_onto_itself_by_a_quarter_of_an_hour_is_possible(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        await booking.ask("ChangeAppointment", a_change(appointment, starts_at=stamp(TEN + timedelta(minutes=15))))

    async def test_a_move_to_a_taken_time_changes_nothing(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        await booking.ask("BookAppointment", a_booking(TEN + timedelta(hours=1)))
        with pytest.raises(Conflict):
            await booking.ask("ChangeAppointment", a_change(appointment, starts_at=stamp(TEN + timedelta(hours=1))))
        read = await booking.ask("GetAppointment", pb.GetAppointmentRequest(appointment_id=appointment.id))
        assert (read.appointment.version, read.appointment.start) == (1, appointment.start)
        with pytest.raises(Conflict):
            await booking.ask("BookAppointment", a_booking())

    async def test_canceling_frees_the_time(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        canceled = a_change(appointment, status=pb.APPOINTMENT_STATUS_CANCELED, reason="ill")
        assert (await booking.ask("ChangeAppointment", canceled)).appointment.reason == "ill"
        await booking.ask("BookAppointment", a_booking())

    async def test_what_was_canceled_cannot_change(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        gone = a_change(appointment, status=pb.APPOINTMENT_STATUS_CANCELED)
        await booking.ask("ChangeAppointment", gone)
        for again in (a_change(appointment, expected_version=2, status=2), a_change(appointment, expected_version=2)):
            again.starts_at.CopyFrom(stamp(TEN + timedelta(days=1))) if not again.status else None
            with pytest.raises(Conflict) as over:
                await booking.ask("ChangeAppointment", again)
            assert over.value.reason == "APPOINTMENT_OVER"

    async def test_of_two_who_saw_the_same_version_one_wins(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        asked = [
            booking.ask("ChangeAppointment", a_change(appointment, starts_at=stamp(TEN + timedelta(hours=h))))
            for h in (1, 2, 3)
        ]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(a, pb.AppointmentResponse) for a in answers) == 1
        assert all(isinstance(a, Stale) for a in answers if isinstance(a, Exception))

    async def test_neither_or_both_is_not_a_change(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        for wrong in (a_change(appointment), a_change(appointment, starts_at=stamp(TEN), status=2)):
            with pytest.raises(Invalid):
                await booking.ask("ChangeAppointment", wrong)


class TestDisplacedAppointments:
    async def test_it_goes_where_a_person_decided(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        later = TEN + timedelta(hours=2)
        event = AppointmentDisplaced(appointment_id=appointment.id, starts_at=stamp(later), reason="Dr. Ana is away")
        await booking.hear(event)
        read = await booking.ask("GetAppointment", pb.GetAppointmentRequest(appointment_id=appointment.id))
        assert (read.appointment.starts_at.ToDatetime(UTC), read.appointment.reason) == (later, "Dr. Ana is away")
        assert await booking.events() == ["AppointmentBooked", "AppointmentMoved"]

    async def test_it_is_canceled_if_that_was_decided(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        event, id_ = AppointmentDisplaced(appointment_id=appointment.id, reason="Painting"), new_id()
        for _ in range(2):
            await booking.hear(event, event_id=id_)
        assert await booking.events() == ["AppointmentBooked", "AppointmentCanceled"]
        await booking.hear(event)
        assert await booking.events() == ["AppointmentBooked", "AppointmentCanceled"]

    async def test_it_stays_if_somebody_was_faster_and_the_trail_says_so(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        later = TEN + timedelta(hours=2)
        await booking.ask("BookAppointment", a_booking(later))
        await booking.hear(AppointmentDisplaced(appointment_id=appointment.id, starts_at=stamp(later)))
        read = await booking.ask("GetAppointment", pb.GetAppointmentRequest(appointment_id=appointment.id))
        assert (read.appointment.version, read.appointment.start) == (1, appointment.start)
        assert await booking.events() == ["AppointmentBooked", "AppointmentBooked"]
        assert "ambulo.scheduling.v1.AppointmentDisplaced" in await booking.audited()

    async def test_one_that_nobody_knows_is_nobodys(self, booking: Running) -> None:
        await booking.hear(AppointmentDisplaced(appointment_id=str(new_id())))
        assert await booking.events() == []


class TestRemovePastClaims:
    async def test_what_is_over_defends_nothing_and_what_is_to_come_everything(
        self, booking: Running, environment: dict[str, str]
    ) -> None:
        other = Running(booking.process)
        over = [(await each.ask("BookAppointment", a_booking())).appointment for each in (booking, other)]
        recent = (await booking.ask("BookAppointment", a_booking(TEN + timedelta(days=2)))).appointment
        ahead = (await booking.ask("BookAppointment", a_booking(TEN + timedelta(days=1)))).appointment
        connection = await as_owner(environment, "booking")
        ends = "during = tstzrange($2::timestamptz - interval '1 hour', $2)"
        move = f"UPDATE claim SET {ends} WHERE holder = $1::uuid"
        for appointment, ended in ((over[0], timedelta(days=30)), (over[1], timedelta(hours=25))):
            await connection.execute(move, appointment.id, datetime.now(UTC) - ended)
        await connection.execute(move, recent.id, datetime.now(UTC) - timedelta(hours=2))
        timer = next(t for t in booking.chassis.timers if t.name.endswith("remove_past_claims"))
        await connection.execute("DELETE FROM timer WHERE name = $1", timer.name)
        assert await timer.once("booking", booking.chassis.pool, lambda: None)
        held = "SELECT DISTINCT holder::text FROM claim WHERE holder = ANY ($1::uuid[])"
        ids = [a.id for a in (*over, recent, ahead)]
        assert {row["holder"] for row in await connection.fetch(held, ids)} == {recent.id, ahead.id}
        await connection.close()


class TestListAppointments:
    async def test_pages_go_on_where_the_last_ended(self, booking: Running) -> None:
        for hour in range(5):
            await booking.ask("BookAppointment", a_booking(TEN + timedelta(hours=hour)))
        found, cursor = [], ""
        while True:
            page = await booking.ask("ListAppointments", pb.ListAppointmentsRequest(limit=2, cursor=cursor))
            found += [a.start for a in page.appointments]
            cursor = page.next_cursor
            if not cursor:
                break
        assert len(found) == 5
        assert found == sorted(found)

    async def test_another_clinic_sees_nothing(self, booking: Running) -> None:
        appointment = (await booking.ask("BookAppointment", a_booking())).appointment
        other = Running(booking.process)
        assert not (await other.ask("ListAppointments", pb.ListAppointmentsRequest())).appointments
        with pytest.raises(NotFound):
            await other.ask("GetAppointment", pb.GetAppointmentRequest(appointment_id=appointment.id))
        request = pb.GetAppointmentRequest(appointment_id=appointment.id, clinic_id=str(booking.clinic_id))
        with pytest.raises(NotFound):
            await other.ask("GetAppointment", request)

    async def test_a_cursor_that_is_not_ours_is_named(self, booking: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await booking.ask("ListAppointments", pb.ListAppointmentsRequest(cursor="bm90LW91cnM"))
        assert [f.field for f in wrong.value.fields] == ["cursor"]

    async def test_filters_narrow_it(self, booking: Running) -> None:
        mine = (await booking.ask("BookAppointment", a_booking())).appointment
        await booking.ask("BookAppointment", a_booking(TEN + timedelta(days=1)))
        for narrow in ({"patient_id": mine.patient_id}, {"location_id": mine.location_id}):
            found = await booking.ask("ListAppointments", pb.ListAppointmentsRequest(**narrow))
            assert [a.id for a in found.appointments] == [mine.id]
        on = pb.ListAppointmentsRequest()
        on.on.year, on.on.month, on.on.day = TEN.year, TEN.month, TEN.day
        assert [a.id for a in (await booking.ask("ListAppointments", on)).appointments] == [mine.id]
        until = pb.ListAppointmentsRequest(starts_until=stamp(TEN + timedelta(hours=1)), statuses=[1])
        assert [a.id for a in (await booking.ask("ListAppointments", until)).appointments] == [mine.id]
