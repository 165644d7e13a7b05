"""What clients are told of each event, and who."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.scheduling.v1 import events_pb2 as scheduling
from chassis.wire import stamp
from claims import Actor, Claims, permissions_of
from gateway.realtime import mapping
from gateway.realtime.channels import Channel, Hears, Viewer
from gateway.realtime.mapping import Told
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as some

CLINIC, ANA, DAN, PLACE, OTHER, ROOM, SERVICE, PATIENT, VISIT = (str(uuid4()) for _ in range(9))
EVENING = datetime(2026, 11, 24, 21, 45, tzinfo=UTC)
"""A quarter to midnight in Bucharest."""
PRIVATE = {VISIT, ROOM, PATIENT, SERVICE, CLINIC}


def occupied(starts_at: datetime = EVENING, **more: Any) -> booking.Occupied:
    facts: dict[str, Any] = {
        "appointment_id": VISIT,
        "specialist_id": ANA,
        "room_id": ROOM,
        "location_id": PLACE,
        "service_id": SERVICE,
        "time_zone": "Europe/Bucharest",
        "occupied_from": stamp(starts_at),
        "occupied_until": stamp(starts_at + timedelta(minutes=45)),
        "starts_at": stamp(starts_at),
        "ends_at": stamp(starts_at + timedelta(minutes=30)),
    }
    return booking.Occupied(**(facts | more))


def moved(**more: Any) -> booking.AppointmentMoved:
    facts: dict[str, Any] = {
        "previous_specialist_id": ANA,
        "previous_location_id": PLACE,
        "previous_starts_at": stamp(EVENING - timedelta(days=3)),
        "previous_ends_at": stamp(EVENING - timedelta(days=3, minutes=-30)),
    }
    return booking.AppointmentMoved(occupied=occupied(specialist_id=DAN), patient_id=PATIENT, **(facts | more))


EVENTS: list[Message] = [
    booking.AppointmentBooked(occupied=occupied(), patient_id=PATIENT),
    moved(),
    booking.AppointmentStatusChanged(occupied=occupied(), patient_id=PATIENT, status="checked_in"),
    booking.AppointmentCanceled(
        appointment_id=VISIT, patient_id=PATIENT, specialist_id=ANA, starts_at=stamp(EVENING),
        ends_at=stamp(EVENING), service_id=SERVICE, location_id=PLACE, room_id=ROOM, time_zone="Europe/Bucharest",
    ),
    booking.HoldPlaced(occupied=occupied()),
    booking.HoldEnded(hold_id=VISIT, specialist_id=ANA, room_id=ROOM, location_id=PLACE, how="expired"),
    booking.BlockPut(occupied=occupied()),
    booking.BlockRemoved(block_id=VISIT, room_id=ROOM),
    scheduling.WeeklyHoursChanged(specialist_id=ANA, location_id=PLACE),
    scheduling.OverrideChanged(specialist_id=ANA, starts_at=stamp(EVENING), ends_at=stamp(EVENING)),
    scheduling.TimeOffChanged(specialist_id=ANA, starts_at=stamp(EVENING), ends_at=stamp(EVENING), status="approved"),
    scheduling.HolidaysChanged(location_id=PLACE),
    scheduling.DowntimeChanged(room_id=ROOM, starts_at=stamp(EVENING), ends_at=stamp(EVENING)),
    booking.WaitlistOffered(entry_id=VISIT, patient_id=PATIENT, specialist_id=ANA, location_id=PLACE),
    booking.WaitlistJoined(entry_id=VISIT, patient_id=PATIENT, service_id=SERVICE, joined_at=stamp(EVENING)),
    booking.WaitlistLeft(entry_id=VISIT, patient_id=PATIENT, service_id=SERVICE, how="left", left_at=stamp(EVENING)),
    booking.WalkInJoined(walk_in_id=VISIT, patient_id=PATIENT, location_id=PLACE, joined_at=stamp(EVENING)),
    booking.WalkInChanged(walk_in_id=VISIT, patient_id=PATIENT, location_id=PLACE, changed_at=stamp(EVENING)),
]  # fmt: skip


def told(event: Message) -> list[Told]:
    return mapping.told(event.DESCRIPTOR.full_name, event.SerializeToString(), CLINIC, EVENING)


def heard(it: Told, *channels: str) -> list[bool]:
    found = [Channel.parse(each) for each in channels]
    return [it.audience.includes(channel) for channel in found if channel is not None]


class TestBooked:
    def test_the_appointment_has_the_names_of_the_contract_and_its_own_clock(self) -> None:
        created, taken = told(EVENTS[0])
        assert created.type == "appointment.created"
        assert created.payload == {
            "appointmentId": VISIT, "clinicId": CLINIC, "providerId": ANA, "roomId": ROOM, "serviceId": SERVICE,
            "start": "2026-11-24T23:45:00+02:00", "end": "2026-11-25T00:15:00+02:00",
            "locationId": PLACE, "patientId": PATIENT, "status": "scheduled",
        }  # fmt: skip
        assert taken.type == "availability.invalidated"
        assert taken.payload["timeRange"] == {"start": "2026-11-24T23:45:00+02:00", "end": "2026-11-25T00:30:00+02:00"}

    def test_it_is_heard_on_both_local_days_that_it_touches(self) -> None:
        created, _ = told(EVENTS[0])
        days = (f"location:{PLACE}:2026-11-{day}" for day in (23, 24, 25, 26))
        assert heard(created, *days) == [False, True, True, False]

    def test_who_is_there_besides_hears_it_too(self) -> None:
        created, _ = told(booking.AppointmentBooked(occupied=occupied(also_specialist_ids=[DAN]), patient_id=PATIENT))
        assert heard(created, f"provider:{ANA}", f"provider:{DAN}", f"provider:{ROOM}") == [True, True, False]

    def test_its_patient_hears_of_it_and_no_other(self) -> None:
        created, taken = told(EVENTS[0])
        assert heard(created, f"patient:{PATIENT}", f"patient:{DAN}") == [True, False]
        assert heard(taken, f"patient:{PATIENT}") == [False]

    def test_an_unknown_zone_is_utc_and_any_day_it_may_be(self) -> None:
        created, _ = told(booking.AppointmentBooked(occupied=occupied(time_zone=""), patient_id=PATIENT))
        assert created.payload["start"] == "2026-11-24T21:45:00+00:00"
        assert heard(created, f"location:{PLACE}:2026-11-24", f"location:{PLACE}:2026-11-25") == [True, True]


class TestMoved:
    def test_old_and_new_specialist_and_day_are_told(self) -> None:
        updated, freed, taken = told(EVENTS[1])
        both = (f"provider:{ANA}", f"provider:{DAN}", f"location:{PLACE}:2026-11-21", f"location:{PLACE}:2026-11-24")
        assert heard(updated, *both) == [True] * 4
        assert heard(freed, *both) == [True, False, True, False]
        assert heard(taken, *both) == [False, True, False, True]
        assert updated.payload["providerId"] == DAN
        assert freed.payload["timeRange"] == {"start": "2026-11-21T23:45:00+02:00", "end": "2026-11-22T00:15:00+02:00"}

    def test_from_another_location_whose_zone_is_said(self) -> None:
        _, freed, _ = told(moved(previous_location_id=OTHER, previous_time_zone="America/New_York"))
        assert freed.payload["timeRange"]["start"] == "2026-11-21T16:45:00-05:00"

    def test_from_another_location_whose_zone_is_not_said(self) -> None:
        _, freed, _ = told(moved(previous_location_id=OTHER))
        assert heard(freed, f"location:{OTHER}:2026-11-21", f"location:{PLACE}:2026-11-21") == [True, False]
        assert freed.payload["timeRange"]["start"] == "2026-11-21T21:45:00+00:00"


class TestHours:
    def test_weekly_hours_are_of_any_day_from_now_on(self) -> None:
        (it,) = told(EVENTS[8])
        assert heard(it, f"location:{PLACE}:2030-01-01", f"location:{OTHER}:2030-01-01") == [True, False]
        assert it.payload["timeRange"] == {"start": "2026-11-24T21:45:00+00:00", "end": None}

    def test_time_off_that_is_only_asked_for_changes_nothing(self) -> None:
        for status, count in (("requested", 0), ("declined", 0), ("approved", 1), ("withdrawn", 1)):
            event = scheduling.TimeOffChanged(
                specialist_id=ANA, starts_at=stamp(EVENING), ends_at=stamp(EVENING), status=status
            )
            assert len(told(event)) == count

    def test_closed_days_concern_every_specialist_there(self) -> None:
        (it,) = told(EVENTS[11])
        assert heard(it, f"provider:{ANA}", f"location:{PLACE}:2026-12-25", f"location:{OTHER}:2026-12-25") == [
            True,
            True,
            False,
        ]

    def test_a_long_absence_is_of_any_day(self) -> None:
        until = EVENING + timedelta(days=400)
        (it,) = told(scheduling.OverrideChanged(specialist_id=ANA, starts_at=stamp(EVENING), ends_at=stamp(until)))
        assert heard(it, f"location:{PLACE}:2027-06-01", f"provider:{DAN}") == [True, False]


class TestWalkIns:
    def joined(self, **more: Any) -> Told:
        facts = {"walk_in_id": VISIT, "patient_id": PATIENT, "location_id": PLACE, "service_id": SERVICE,
                 "time_zone": "Europe/Bucharest", "joined_at": stamp(EVENING)}  # fmt: skip
        (it,) = told(booking.WalkInJoined(**(facts | more)))
        return it

    def test_the_board_of_that_local_day_hears_of_it_and_so_does_the_patient_and_who_is_asked_for(self) -> None:
        days = [f"location:{PLACE}:2026-11-{day}" for day in (23, 24, 25)]
        assert heard(self.joined(), *days, f"patient:{PATIENT}", f"patient:{DAN}", f"provider:{ANA}") == [
            False, True, False, True, False, False,
        ]  # fmt: skip
        assert heard(self.joined(specialist_id=ANA), f"provider:{ANA}", f"provider:{DAN}") == [True, False]
        assert self.joined().payload["joinedAt"] == "2026-11-24T23:45:00+02:00"

    def test_what_becomes_of_them_is_told_with_their_room(self) -> None:
        (it,) = told(
            booking.WalkInChanged(
                walk_in_id=VISIT, location_id=PLACE, time_zone="Europe/Bucharest", joined_at=stamp(EVENING),
                changed_at=stamp(EVENING + timedelta(minutes=20)), status="called", room_id=ROOM,
            )
        )  # fmt: skip
        assert (it.type, it.payload["status"], it.payload["roomId"]) == ("walkIn.updated", "called", ROOM)
        assert heard(it, f"location:{PLACE}:2026-11-24", f"location:{PLACE}:2026-11-25") == [False, True]


@pytest.mark.parametrize("name", ["WaitlistJoined", "WaitlistLeft"])
def test_who_waits_and_who_no_longer_does_is_for_the_desk_and_for_themselves(name: str) -> None:
    (it,) = told(next(event for event in EVENTS if type(event).__name__ == name))
    assert it.type == f"waitlist.{name.removeprefix('Waitlist').lower()}"
    channels = (f"clinic:{CLINIC}", f"patient:{PATIENT}", f"patient:{DAN}", f"provider:{ANA}")
    assert heard(it, *channels, f"location:{PLACE}:2026-11-24") == [True, True, False, False, False]
    assert it.payload["at"] == "2026-11-24T21:45:00+00:00"


def test_what_a_visit_that_is_over_early_gives_back_is_told() -> None:
    over = occupied(occupied_until=stamp(EVENING + timedelta(minutes=10)))
    freed_until = stamp(EVENING + timedelta(minutes=45))
    updated, freed = told(
        booking.AppointmentStatusChanged(occupied=over, patient_id=PATIENT, status="completed", freed_until=freed_until)
    )
    assert (updated.type, freed.type) == ("appointment.updated", "availability.invalidated")
    assert freed.payload["timeRange"] == {"start": "2026-11-24T23:55:00+02:00", "end": "2026-11-25T00:30:00+02:00"}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_what_anybody_hears_names_no_appointment_patient_or_room(event: Message) -> None:
    found = told(event)
    assert found
    for it in found:
        assert it.public == (it.type == "availability.invalidated")
        if it.public:
            assert set(it.payload) == {"timeRange", "providerId", "locationId"}
            assert not PRIVATE & {str(value) for value in it.payload.values()}
            assert not it.audience.patient_id


def test_an_event_that_nobody_is_told_of() -> None:
    assert told(scheduling.AppointmentDisplaced(appointment_id=VISIT)) == []
    assert told(booking.HoldEnded(hold_id=VISIT, how="booked")) == []


def claims(role: str, **more: Any) -> Claims:
    return Claims(
        subject="me", actor=Actor.HUMAN, clinic_id=uuid4(), role=role, permissions=permissions_of(role), **more
    )


class TestWhoMayListen:
    def test_staff_hear_everything_of_their_clinic(self) -> None:
        viewer = Viewer.of(claims("front_desk"))
        for name in (f"clinic:{viewer.clinic_id}", f"provider:{ANA}", f"location:{PLACE}:2026-01-01", f"patient:{DAN}"):
            assert viewer.hears(Channel.parse(name)) is Hears.ALL  # type: ignore[arg-type]
        assert viewer.hears(Channel("clinic", CLINIC)) is None

    def test_a_patient_hears_their_own_and_free_times(self) -> None:
        me = uuid4()
        viewer = Viewer.of(claims("patient", patient_id=me))
        assert viewer.hears(Channel("patient", str(me))) is Hears.ALL
        assert viewer.hears(Channel("patient", PATIENT)) is None
        assert viewer.hears(Channel("clinic", viewer.clinic_id)) is None
        assert viewer.hears(Channel("provider", ANA)) is Hears.AVAILABILITY

    def test_a_patient_without_a_record_has_no_channel_of_their_own(self) -> None:
        assert Viewer.of(claims("patient")).hears(Channel("patient", PATIENT)) is None

    def test_anybody_hears_free_times_and_so_do_programs_without_the_permission(self) -> None:
        for viewer in (Viewer.anybody(uuid4(), "here"), Viewer.of(claims("nothing"))):
            assert viewer.hears(Channel("provider", ANA)) is Hears.AVAILABILITY
            assert viewer.hears(Channel("location", PLACE, "2026-01-01")) is Hears.AVAILABILITY
            assert viewer.hears(Channel("clinic", viewer.clinic_id)) is None
            assert viewer.hears(Channel("patient", PATIENT)) is None


class TestNames:
    @pytest.mark.parametrize(
        "name",
        ["", "clinic", "clinic:", "clinic:x", f"clinic:{CLINIC}:2026-01-01", f"location:{PLACE}", f"room:{ROOM}",
         f"location:{PLACE}:2026-02-30", f"location:{PLACE}:20260228", f"provider:{ANA} ", f"location:{PLACE}:2026-W01-1"],
    )  # fmt: skip
    def test_that_mean_nothing(self, name: str) -> None:
        assert Channel.parse(name) is None

    def test_capital_letters_are_the_same_id(self) -> None:
        assert str(Channel.parse(f"provider:{ANA.upper()}")) == f"provider:{ANA}"

    @given(some.text())
    def test_any_text_is_a_channel_or_none(self, text: str) -> None:
        found = Channel.parse(text)
        assert found is None or Channel.parse(str(found)) == found
