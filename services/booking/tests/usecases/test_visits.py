"""Statuses, timelines, terms and overbooking on a real database."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.booking.v1 import blocks_pb2, policies_pb2, visits_pb2
from ambulo.types.v1 import types_pb2
from chassis.errors import Conflict, Denied, NotFound, Refused, Stale
from chassis.ids import new_id
from chassis.testing import as_owner
from chassis.wire import stamp

IN_THREE_DAYS = (datetime.now(UTC) + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
TEN_EURO = types_pb2.Money(amount_minor=1000, currency="EUR")
S = pb.AppointmentStatus.Value


def status(name: str) -> int:
    return S(f"APPOINTMENT_STATUS_{name}")


async def timeline(desk: Any, it: pb.Appointment, **more: Any) -> list[visits_pb2.TimelineEntry]:
    return list((await desk.ask("ListTimeline", visits_pb2.ListTimelineRequest(appointment_id=it.id), **more)).entries)


async def test_what_a_patient_books_waits_until_it_is_accepted_where_that_is_wanted(desk: Any) -> None:
    await desk.policy(needs_acceptance=True)
    patient = desk.patient()
    asked = await desk.book(who=patient)
    assert asked.status == status("REQUESTED")
    with pytest.raises(Conflict):
        await desk.book()
    with pytest.raises(Denied):
        await desk.do("AcceptAppointment", asked, who=patient)
    other = desk.running.claims("specialist", specialist_id=new_id())
    with pytest.raises(Denied) as not_yours:
        await desk.do("AcceptAppointment", asked, who=other)
    assert not_yours.value.reason == "NOT_YOUR_APPOINTMENT"
    accepted = await desk.do("AcceptAppointment", asked)
    assert (accepted.status, accepted.version) == (status("SCHEDULED"), 2)
    confirmed = await desk.do("ConfirmAppointment", accepted, who=patient)
    assert confirmed.status == status("CONFIRMED")
    with pytest.raises(Conflict) as twice:
        await desk.do("AcceptAppointment", confirmed)
    assert twice.value.reason == "ILLEGAL_STATUS"
    assert (await desk.book(IN_THREE_DAYS + timedelta(hours=1))).status == status("SCHEDULED"), (
        "the desk decides itself"
    )
    said = [event for event in await desk.running.events() if event != "BookingPolicySet"]
    assert said == ["AppointmentBooked", "AppointmentStatusChanged", "AppointmentStatusChanged", "AppointmentBooked"]


async def test_what_is_declined_gives_its_time_back(desk: Any) -> None:
    await desk.policy(needs_acceptance=True)
    asked = await desk.book(who=desk.patient())
    declined = await desk.do("DeclineAppointment", asked, reason="on holiday")
    assert (declined.status, declined.reason) == (status("CANCELED"), "on holiday")
    await desk.book()
    assert (await desk.running.events())[1] == "AppointmentCanceled"


async def test_who_leaves_before_being_seen_gives_their_time_back_and_a_mistaken_check_in_is_taken_back(
    desk: Any,
) -> None:
    soon, patient = datetime.now(UTC) + timedelta(seconds=90), desk.patient()
    there = await desk.do("CheckInAppointment", await desk.book(soon, who=patient))
    with pytest.raises(Conflict):
        await desk.change(there, who=patient, status=pb.APPOINTMENT_STATUS_CANCELED)
    mistaken = await desk.do("UndoCheckIn", there, reason="it was their sister")
    assert (mistaken.status, mistaken.version) == (status("CONFIRMED"), 3)
    there = await desk.do("CheckInAppointment", mistaken)
    gone = await desk.change(there, status=pb.APPOINTMENT_STATUS_CANCELED)
    assert gone.status == status("CANCELED")
    assert (await desk.book(soon)).status == status("SCHEDULED")
    assert [each.action for each in await timeline(desk, gone)] == [
        "booked", "checked_in", "check_in_undone", "checked_in", "canceled",
    ]  # fmt: skip


async def test_the_timeline_tells_who_did_what_and_why(desk: Any) -> None:
    made = await desk.book()
    moved = await desk.change(made, starts_at=stamp(IN_THREE_DAYS + timedelta(hours=2)), reason="train is late")
    await desk.change(moved, status=pb.APPOINTMENT_STATUS_CANCELED, reason="flu")
    found = await timeline(desk, made)
    assert [(e.version, e.action, e.reason) for e in found] == [
        (1, "booked", ""), (2, "moved", "train is late"), (3, "canceled", "flu"),
    ]  # fmt: skip
    assert found[1].starts_at.ToDatetime(UTC) == IN_THREE_DAYS + timedelta(hours=2)
    assert {e.actor for e in found} == {"human"}


async def test_a_patient_reads_their_own_timeline_only(desk: Any) -> None:
    made = await desk.book(who=(patient := desk.patient()))
    assert len(await timeline(desk, made, claims=patient)) == 1
    with pytest.raises(NotFound):
        await timeline(desk, made, claims=desk.patient())


async def test_a_visit_that_is_not_today_is_not_checked_in_and_a_stale_version_is_refused(desk: Any) -> None:
    made = await desk.book()
    with pytest.raises(Refused) as another_day:
        await desk.do("CheckInAppointment", made)
    assert another_day.value.reason == "NOT_TODAY"
    with pytest.raises(Refused) as early:
        await desk.do("MarkNoShow", made)
    assert early.value.reason == "NOT_YET"
    await desk.do("ConfirmAppointment", made, expected_version=1)
    with pytest.raises(Stale):
        await desk.do("ConfirmAppointment", made, expected_version=1)


class TestTerms:
    async def test_an_appointment_keeps_the_terms_it_was_booked_on(self, desk: Any) -> None:
        await desk.policy(notice_minutes=7 * 24 * 60, late_fee=TEN_EURO)
        strict = await desk.book()
        assert strict.cancellation.terms_version == 1
        assert strict.cancellation.free_until.ToDatetime(UTC) == IN_THREE_DAYS - timedelta(days=7)
        await desk.policy(notice_minutes=0)
        lenient = await desk.book(IN_THREE_DAYS + timedelta(hours=1))
        for it, fee in ((strict, TEN_EURO), (lenient, types_pb2.Money())):
            canceled = await desk.change(it, status=pb.APPOINTMENT_STATUS_CANCELED, by_patient=True)
            assert canceled.fee == fee
            read = await desk.ask("GetAppointment", pb.GetAppointmentRequest(appointment_id=it.id))
            assert read.appointment == canceled

    async def test_what_was_agreed_to_can_be_read_in_its_words(self, desk: Any) -> None:
        async def agreed(it: pb.Appointment, who: Any) -> policies_pb2.AgreedTerms:
            request = policies_pb2.GetAgreedTermsRequest(appointment_id=it.id)
            found: policies_pb2.AgreedTerms = await desk.ask("GetAgreedTerms", request, claims=who)
            return found

        patient = desk.patient()
        own = {"notice_minutes": 60, "late_fee": TEN_EURO, "terms": "Come, or pay ten euro."}
        await desk.policy(service_id="", terms="Come on time.")
        general = await desk.book(who=patient)
        await desk.policy(**own)
        special = await desk.book(IN_THREE_DAYS + timedelta(hours=1), who=patient)
        await desk.policy(terms="Never mind.")
        await desk.policy(service_id="", terms="Come, or not.")
        assert (await agreed(general, patient)).text == "Come on time."
        found = await agreed(special, patient)
        assert (found.text, found.terms.late_fee) == ("Come, or pay ten euro.", TEN_EURO)
        with pytest.raises(NotFound):
            await agreed(special, desk.patient())

    async def test_what_the_clinic_does_costs_nobody_anything(self, desk: Any) -> None:
        await desk.policy(notice_minutes=7 * 24 * 60, late_fee=TEN_EURO)
        gone = {"status": pb.APPOINTMENT_STATUS_CANCELED}
        assert not (await desk.change(await desk.book(), **gone)).HasField("fee")
        made = await desk.book(who=(patient := desk.patient()))
        assert (await desk.change(made, who=patient, **gone)).fee == TEN_EURO

    async def test_a_request_that_nobody_has_accepted_costs_nothing(self, desk: Any) -> None:
        await desk.policy(notice_minutes=7 * 24 * 60, late_fee=TEN_EURO, needs_acceptance=True)
        patient, gone = desk.patient(), {"status": pb.APPOINTMENT_STATUS_CANCELED}
        assert not (await desk.change(await desk.book(who=patient), who=patient, **gone)).HasField("fee")
        accepted = await desk.do("AcceptAppointment", await desk.book(who=patient))
        assert (await desk.change(accepted, who=patient, **gone)).fee == TEN_EURO

    async def test_a_patient_who_moves_asks_again_where_the_clinic_accepts(self, desk: Any) -> None:
        await desk.policy(needs_acceptance=True)
        made = await desk.book(who=(patient := desk.patient()))
        accepted = await desk.do("AcceptAppointment", made)
        later = {"starts_at": stamp(IN_THREE_DAYS + timedelta(hours=1))}
        assert (await desk.change(accepted, who=patient, **later)).status == status("REQUESTED")

    async def test_a_service_without_a_policy_has_the_clinics(self, desk: Any) -> None:
        await desk.policy(service_id="", hold_minutes=5, terms="Be on time")
        request = policies_pb2.GetBookingPolicyRequest(service_id=desk.service)
        found = await desk.ask("GetBookingPolicy", request)
        assert (found.service_id, found.hold_minutes, found.terms) == ("", 5, "Be on time")
        await desk.policy(hold_minutes=7)
        found = await desk.ask("GetBookingPolicy", request)
        public = policies_pb2.GetPublicBookingPolicyRequest(service_id=desk.service)
        assert await desk.ask("GetPublicBookingPolicy", public) == found
        assert (found.service_id, found.hold_minutes) == (desk.service, 7)
        with pytest.raises(Stale):
            await desk.policy(hold_minutes=8, expected_version=9)


class TestOverbooking:
    async def test_it_needs_the_right_a_reason_and_a_policy_and_has_an_end(self, desk: Any) -> None:
        await desk.book()
        reason = {"overbook_reason": "acute pain"}
        with pytest.raises(Refused) as forbidden:
            await desk.book(**reason)
        assert forbidden.value.reason == "NOT_OVERBOOKABLE"
        await desk.policy(overbook_most=1)
        with pytest.raises(Denied):
            await desk.book(who=desk.patient(), **reason)
        with pytest.raises(Conflict):
            await desk.book()
        beside = await desk.book(**reason)
        assert beside.overbooked
        with pytest.raises(Conflict):
            await desk.book(**reason)
        moved = await desk.change(beside, starts_at=stamp(IN_THREE_DAYS + timedelta(hours=1)))
        assert not moved.overbooked

    async def test_many_at_once_fill_as_many_lanes_as_there_are(self, desk: Any) -> None:
        await desk.policy(overbook_most=1)
        answers = await asyncio.gather(
            *(desk.book(overbook_reason="flu season") for _ in range(8)), return_exceptions=True
        )
        made = [each for each in answers if isinstance(each, pb.Appointment)]
        assert sorted(each.overbooked for each in made) == [False, True]
        assert {each.reason for each in answers if isinstance(each, Exception)} == {"SLOT_TAKEN"}

    async def test_nobody_is_booked_beside_a_block_and_no_block_put_over_who_was(self, desk: Any) -> None:
        await desk.policy(overbook_most=1)
        block = blocks_pb2.PutBlockRequest(
            specialist_id=desk.specialist, starts_at=stamp(IN_THREE_DAYS),
            ends_at=stamp(IN_THREE_DAYS + timedelta(hours=1)),
        )  # fmt: skip
        put = await desk.ask("PutBlock", block)
        with pytest.raises(Conflict):
            await desk.book(overbook_reason="acute pain")
        await desk.ask("RemoveBlock", blocks_pb2.RemoveBlockRequest(block_id=put.id))
        first = await desk.book()
        await desk.book(overbook_reason="acute pain")
        await desk.change(first, status=pb.APPOINTMENT_STATUS_CANCELED)
        with pytest.raises(Conflict):
            await desk.ask("PutBlock", block)


class TestByTheClock:
    async def tick(self, desk: Any, name: str) -> None:
        timer = next(each for each in desk.running.chassis.timers if each.name == name)
        pool = desk.running.chassis.pool
        await pool.execute("DELETE FROM timer WHERE name = $1", name)
        assert await timer.once("booking", pool, lambda: None)

    @pytest.mark.parametrize("seats", [0, 3])
    async def test_who_asked_and_was_not_answered_until_it_begins_is_declined(
        self, desk: Any, environment: dict[str, str], seats: int
    ) -> None:
        desk.seats = seats
        await desk.policy(needs_acceptance=True)
        patient, other = desk.patient(), desk.patient()
        late = await desk.book(who=patient)
        early = await desk.book(IN_THREE_DAYS + timedelta(hours=2), who=other)
        owner = await as_owner(environment, "booking")
        try:
            begun = datetime.now(UTC) - timedelta(minutes=1)
            await owner.execute(
                "UPDATE appointment SET starts_at = $2, occupied_from = $2 WHERE id = $1::uuid", late.id, begun
            )
            await self.tick(desk, "decline_unanswered")
            claims = "SELECT count(*) FROM claim WHERE resource_id = $1::uuid"
            assert await owner.fetchval(claims, desk.specialist) == 1
        finally:
            await owner.close()
        assert await desk.running.events() == ["AppointmentBooked", "AppointmentBooked", "AppointmentCanceled"]
        found = await desk.ask("GetAppointment", pb.GetAppointmentRequest(appointment_id=late.id), claims=patient)
        assert (found.appointment.status, found.appointment.version) == (pb.APPOINTMENT_STATUS_CANCELED, 2)
        assert found.appointment.reason == "Nobody answered in time"
        entries = await timeline(desk, late)
        assert [(e.action, e.actor) for e in entries] == [("booked", "human"), ("declined", "system")]
        found = await desk.ask("GetAppointment", pb.GetAppointmentRequest(appointment_id=early.id))
        assert found.appointment.status == pb.APPOINTMENT_STATUS_REQUESTED

    async def test_the_timeline_has_a_partition_for_each_month_to_come(
        self, desk: Any, environment: dict[str, str]
    ) -> None:
        owner = await as_owner(environment, "booking")
        query = "SELECT relname FROM pg_class WHERE relname ~ '^appointment_entry_[0-9_]{7}$' AND relkind = 'r'"
        try:
            last = max(row["relname"] for row in await owner.fetch(query))
            await owner.execute(f"DROP TABLE {last}")
            await self.tick(desk, "ensure_partitions")
            assert max(row["relname"] for row in await owner.fetch(query)) == last
        finally:
            await owner.close()
