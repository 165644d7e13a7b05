"""What a change would do to appointments that are there, on a real database that has heard of a small clinic."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.catalog.v1 import equipment_pb2
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.scheduling.v1 import (
    availability_pb2,
    calendars_pb2,
    downtime_pb2,
    holidays_pb2,
    hours_pb2,
    overrides_pb2,
    time_off_pb2,
)
from ambulo.scheduling.v1 import events_pb2 as scheduling
from ambulo.scheduling.v1 import impact_pb2 as pb
from chassis.errors import Conflict, Denied, DomainError, Invalid, Refused, Unavailable
from chassis.ids import new_id
from chassis.wire import stamp
from google.type import date_pb2, timeofday_pb2

ZONE = ZoneInfo("Europe/Bucharest")
MONDAY = (datetime.now(ZONE) + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
MONDAY += timedelta(days=-MONDAY.weekday() % 7)


def at(hour: int, minute: int = 0) -> datetime:
    return MONDAY.replace(hour=hour, minute=minute)


def mornings(clinic: Any, *hours: tuple[int, int]) -> pb.Change:
    intervals = [
        hours_pb2.OpenInterval(
            weekday=1, starts=timeofday_pb2.TimeOfDay(hours=a), ends=timeofday_pb2.TimeOfDay(hours=b)
        )
        for a, b in hours
    ]
    change = pb.WeeklyHoursChange(specialist_id=clinic.specialist, location_id=clinic.location, intervals=intervals)
    return pb.Change(weekly_hours=change)


def off(clinic: Any, begin: datetime, end: datetime) -> pb.Change:
    kind = overrides_pb2.OVERRIDE_KIND_UNAVAILABLE
    change = pb.OverrideChange(
        specialist_id=clinic.specialist, kind=kind, starts_at=stamp(begin), ends_at=stamp(end), reason="Training"
    )
    return pb.Change(override=change)


def closing(clinic: Any, day: datetime) -> pb.Change:
    closed = holidays_pb2.Holiday(day=date_pb2.Date(year=day.year, month=day.month, day=day.day), name="Move")
    return pb.Change(holidays=pb.HolidaysChange(location_id=clinic.location, closed_on=[closed]))


async def booked(clinic: Any, begin: datetime, **more: Any) -> str:
    occupied = clinic.occupied(begin)
    facts = booking.Occupied(
        service_id=clinic.service, location_id=clinic.location, starts_at=stamp(begin),
        ends_at=stamp(begin + timedelta(minutes=30)), **more,
    )  # fmt: skip
    occupied.MergeFrom(facts)
    await clinic.running.hear(booking.AppointmentBooked(occupied=occupied))
    return str(occupied.appointment_id)


async def preview(clinic: Any, change: pb.Change, **more: Any) -> pb.ChangePreview:
    return await clinic.running.ask("PreviewChange", pb.PreviewChangeRequest(change=change, **more))


async def apply(clinic: Any, change: pb.Change, *displacements: pb.Displacement) -> pb.AppliedChange:
    return await clinic.running.ask("ApplyChange", pb.ApplyChangeRequest(change=change, displacements=displacements))


async def read_time_off(clinic: Any, id_: str) -> time_off_pb2.TimeOff:
    return await clinic.running.ask("GetTimeOff", time_off_pb2.GetTimeOffRequest(time_off_id=id_))


async def said(clinic: Any, name: str) -> list[bytes]:
    rows = await clinic.running.chassis.pool.fetch(
        "SELECT payload FROM outbox WHERE clinic_id = $1 AND subject LIKE $2 ORDER BY seq",
        clinic.running.clinic_id, f"%.{name}",
    )  # fmt: skip
    return [row["payload"] for row in rows]


class TestPreviewChange:
    async def test_who_loses_their_time_is_named_with_times_near_by(self, clinic: Any) -> None:
        early, late = await booked(clinic, at(9)), await booked(clinic, at(11))
        found = await preview(clinic, mornings(clinic, (10, 13)))
        (displaced,) = found.displaced
        assert (displaced.appointment_id, displaced.specialist_id) == (early, clinic.specialist)
        assert displaced.starts_at.ToDatetime(UTC) == at(9)
        (obstacle,) = displaced.constraints
        assert obstacle.kind == availability_pb2.CONSTRAINT_KIND_HOURS
        assert obstacle.words == "Dr. Ana does not work at Centre then"
        assert [slot.start[11:16] for slot in displaced.proposals] == ["10:00", "10:15", "11:45"]
        assert late not in {each.appointment_id for each in found.displaced}

    async def test_nothing_changes_and_nothing_is_remembered(self, clinic: Any) -> None:
        await booked(clinic, at(9))
        before = await clinic.starts()
        await preview(clinic, mornings(clinic, (13, 14)))
        assert await clinic.starts() == before
        assert await said(clinic, "WeeklyHoursChanged") == await said(clinic, "WeeklyHoursChanged")
        assert len(await said(clinic, "WeeklyHoursChanged")) == 1
        # Another change takes the stamps that the trial had: what the trial saw must not be found under them.
        await clinic.works((9, 10))
        assert await clinic.starts() == ["09:45"] or await clinic.starts() == []

    async def test_those_who_must_go_do_not_get_in_each_others_way(self, clinic: Any) -> None:
        for begin in (at(9), at(9, 45), at(10, 30)):
            await booked(clinic, begin)
        found = await preview(clinic, off(clinic, at(9), at(11)), proposals=1)
        starts = [slot.starts_at.ToDatetime(UTC) for each in found.displaced for slot in each.proposals]
        assert len(found.displaced) == len(starts) == 3
        assert all(abs(a - b) >= timedelta(minutes=45) for n, a in enumerate(starts) for b in starts[:n])

    async def test_what_was_without_before_is_not_the_changes_doing(self, clinic: Any) -> None:
        await booked(clinic, at(15))
        assert not (await preview(clinic, off(clinic, at(14), at(16)))).displaced

    async def test_what_was_booked_from_a_calendar_stays_in_its_hours(self, clinic: Any) -> None:
        times = [timeofday_pb2.TimeOfDay(hours=hour) for hour in (14, 18)]
        request = calendars_pb2.DefineCalendarRequest(
            name="Evenings", service_id=clinic.service, location_id=clinic.location,
            members=[calendars_pb2.CalendarMember(specialist_id=clinic.specialist)],
            hours=[hours_pb2.OpenInterval(weekday=1, starts=times[0], ends=times[1])],
        )  # fmt: skip
        calendar = await clinic.running.ask("DefineCalendar", request)
        evening = await booked(clinic, at(15), calendar_id=calendar.id)
        assert not (await preview(clinic, off(clinic, at(9), at(12)))).displaced
        (displaced,) = (await preview(clinic, off(clinic, at(15), at(16)))).displaced
        assert displaced.appointment_id == evening
        assert [slot.start[11:16] for slot in displaced.proposals] == ["14:30", "14:15", "14:00"]

    async def test_a_room_out_of_use_displaces_who_is_in_it(self, clinic: Any) -> None:
        inside, _ = await booked(clinic, at(9)), await booked(clinic, at(11))
        down = pb.DowntimeChange(room_id=clinic.room, starts_at=stamp(at(8)), ends_at=stamp(at(9, 30)))
        (displaced,) = (await preview(clinic, pb.Change(downtime=down))).displaced
        assert displaced.appointment_id == inside
        assert [c.words for c in displaced.constraints] == ["R1 is out of use then"]

    async def test_units_out_of_use_displace_who_has_them(self, clinic: Any) -> None:
        lasers = equipment_pb2.Equipment(
            id=str(new_id()), location_id=clinic.location, name="Lasers", equipment_type="laser", quantity=3, version=1
        )
        await clinic.running.hear(catalog.EquipmentDefined(equipment=lasers))
        ids = [
            await booked(clinic, at(9 + unit), equipment=[booking.EquipmentUnit(equipment_id=lasers.id, unit=unit)])
            for unit in range(3)
        ]
        down = pb.DowntimeChange(equipment_id=lasers.id, units=2, starts_at=stamp(at(8)), ends_at=stamp(at(13)))
        found = await preview(clinic, pb.Change(downtime=down))
        assert [each.appointment_id for each in found.displaced] == ids[1:]

    async def test_a_day_that_will_be_closed_displaces_who_comes_then(self, clinic: Any) -> None:
        then = await booked(clinic, at(9))
        await booked(clinic, at(9) + timedelta(days=1))
        change = closing(clinic, MONDAY)
        found = await preview(clinic, change)
        assert [each.appointment_id for each in found.displaced] == [then]
        assert not found.displaced[0].proposals[0].start.startswith(f"{MONDAY:%Y-%m-%d}")
        holidays = await clinic.running.ask("GetHolidays", holidays_pb2.GetHolidaysRequest(location_id=clinic.location))
        assert holidays.version == 0

    async def test_closed_days_of_no_country_are_refused_as_themselves(self, clinic: Any) -> None:
        wrong = pb.Change(holidays=pb.HolidaysChange(location_id=clinic.location, country="ZZ"))
        with pytest.raises(DomainError) as refused:
            await preview(clinic, wrong)
        assert [each.field for each in refused.value.fields] == ["change.holidays.country"]

    async def test_an_extra_opening_that_is_removed_displaces_who_was_booked_into_it(self, clinic: Any) -> None:
        opening = overrides_pb2.AddOverrideRequest(
            specialist_id=clinic.specialist, kind=overrides_pb2.OVERRIDE_KIND_AVAILABLE, location_id=clinic.location,
            starts_at=stamp(at(20)), ends_at=stamp(at(22)),
        )  # fmt: skip
        override = await clinic.running.ask("AddOverride", opening)
        late = await booked(clinic, at(20, 30))
        removed = pb.OverrideRemoval(specialist_id=clinic.specialist, override_id=override.id)
        found = await preview(clinic, pb.Change(removed_override=removed))
        assert [each.appointment_id for each in found.displaced] == [late]

    async def test_a_change_that_cannot_be_is_refused_as_itself(self, clinic: Any) -> None:
        with pytest.raises(Invalid) as refused:
            await preview(clinic, off(clinic, at(9), at(8)))
        assert refused.value.reason == "ENDS_BEFORE_START"
        with pytest.raises(Invalid, match="not valid"):
            await preview(clinic, pb.Change())

    async def test_a_patient_may_not_look(self, clinic: Any) -> None:
        request = pb.PreviewChangeRequest(change=off(clinic, at(9), at(10)))
        with pytest.raises(Denied):
            await clinic.running.ask("PreviewChange", request, role="patient")


class TestApplyChange:
    async def test_the_change_is_made_and_each_is_told_where_to_go(self, clinic: Any) -> None:
        move, cancel, keep = [await booked(clinic, begin) for begin in (at(9), at(10), at(11))]
        change = off(clinic, at(9), at(12))
        applied = await apply(
            clinic,
            change,
            pb.Displacement(appointment_id=move, starts_at=stamp(at(9) + timedelta(days=7))),
            pb.Displacement(appointment_id=cancel, cancel=True),
            pb.Displacement(appointment_id=keep),
        )
        assert (applied.moved, applied.canceled, applied.kept) == (1, 1, 1)
        told = [scheduling.AppointmentDisplaced.FromString(each) for each in await said(clinic, "AppointmentDisplaced")]
        assert [(each.appointment_id, each.HasField("starts_at")) for each in told] == [(move, True), (cancel, False)]
        assert told[0].reason == "Dr. Ana does not work at Centre then"
        assert len(await said(clinic, "OverrideChanged")) == 1
        assert await clinic.starts() == []

    @pytest.mark.parametrize(
        ("day", "hour", "who", "reason", "field"),
        [
            (7, 3, "", "NOT_FREE", "starts_at"),
            (0, 11, "", "NOT_FREE", "starts_at"),
            (7, 9, "nobody", "UNKNOWN_SPECIALIST", "specialist_id"),
        ],
    )
    async def test_nobody_is_sent_where_they_cannot_be(
        self, clinic: Any, day: int, hour: int, who: str, reason: str, field: str
    ) -> None:
        going, before = await booked(clinic, at(9)), await clinic.starts()
        to = pb.Displacement(
            appointment_id=going, starts_at=stamp(at(hour) + timedelta(days=day)), specialist_id=who and str(new_id())
        )
        with pytest.raises(DomainError) as wrong:
            await apply(clinic, off(clinic, at(9), at(12)), to)
        assert wrong.value.reason == reason
        assert [each.field for each in wrong.value.fields] == [f"displacements[0].{field}"]
        assert await clinic.starts() == before

    async def test_two_are_not_sent_to_one_time(self, clinic: Any) -> None:
        going = [await booked(clinic, begin) for begin in (at(9), at(10))]
        week_after = stamp(at(9) + timedelta(days=7))
        with pytest.raises(Conflict) as wrong:
            await apply(
                clinic,
                off(clinic, at(9), at(12)),
                *(pb.Displacement(appointment_id=each, starts_at=week_after) for each in going),
            )
        assert [each.field for each in wrong.value.fields] == ["displacements[1].starts_at"]

    async def test_who_goes_may_go_to_what_the_change_opens(self, clinic: Any) -> None:
        first = await booked(clinic, at(9))
        applied = await apply(
            clinic,
            mornings(clinic, (10, 13)),
            pb.Displacement(appointment_id=first, starts_at=stamp(at(12))),
        )
        assert applied.moved == 1

    async def test_while_nothing_is_heard_nothing_is_decided(
        self, clinic: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        going = await booked(clinic, at(9))
        monkeypatch.setattr("chassis.streams.Streams.is_connected", False)
        for asked in (
            preview(clinic, off(clinic, at(9), at(12))),
            apply(clinic, off(clinic, at(9), at(12)), pb.Displacement(appointment_id=going, cancel=True)),
        ):
            with pytest.raises(Unavailable):
                await asked

    async def test_a_field_is_named_as_the_change_calls_it(self, clinic: Any) -> None:
        with pytest.raises(Invalid) as wrong:
            await preview(clinic, off(clinic, at(10), at(9)))
        assert [each.field for each in wrong.value.fields] == ["change.override.ends_at"]

    async def test_who_was_forgotten_stops_it(self, clinic: Any) -> None:
        forgotten, whole = await booked(clinic, at(9)), await clinic.starts()
        with pytest.raises(Refused) as refused:
            await apply(clinic, off(clinic, at(9), at(12)))
        assert refused.value.reason == "DISPLACES_MORE"
        assert forgotten in refused.value.detail
        assert await clinic.starts() == whole
        assert await said(clinic, "OverrideChanged") == []

    async def test_others_stay_if_that_is_said(self, clinic: Any) -> None:
        going, _ = await booked(clinic, at(9)), await booked(clinic, at(11))
        cancel = pb.Displacement(appointment_id=going, cancel=True)
        request = pb.ApplyChangeRequest(change=off(clinic, at(9), at(12)), displacements=[cancel], keep_others=True)
        done = await clinic.running.ask("ApplyChange", request)
        assert (done.canceled, done.kept) == (1, 1)
        assert len(await said(clinic, "AppointmentDisplaced")) == 1

    async def test_time_off_that_was_asked_for_is_approved_with_what_it_displaces(self, clinic: Any) -> None:
        going, whole = await booked(clinic, at(9)), await clinic.starts()
        asked = time_off_pb2.RequestTimeOffRequest(
            specialist_id=clinic.specialist, starts_at=stamp(at(8)), ends_at=stamp(at(12)), reason="Holiday"
        )
        it = await clinic.running.ask("RequestTimeOff", asked)
        approve = pb.Change(time_off=pb.TimeOffChange(time_off_id=it.id, answer="Enjoy", expected_version=1))
        found = await preview(clinic, approve)
        assert [each.appointment_id for each in found.displaced] == [going]
        assert (await read_time_off(clinic, it.id)).status == time_off_pb2.TIME_OFF_STATUS_REQUESTED
        assert await clinic.starts() == whole
        done = await apply(clinic, approve, pb.Displacement(appointment_id=going, cancel=True))
        assert done.canceled == 1
        approved = await read_time_off(clinic, it.id)
        assert (approved.status, approved.answer) == (time_off_pb2.TIME_OFF_STATUS_APPROVED, "Enjoy")
        assert len(await clinic.starts()) < len(whole)
        with pytest.raises(DomainError) as again:
            await preview(clinic, approve)
        assert again.value.reason == "CHANGED_MEANWHILE"

    async def test_a_downtime_is_made_as_its_own_call_makes_it(self, clinic: Any) -> None:
        down = pb.DowntimeChange(room_id=clinic.room, starts_at=stamp(at(8)), ends_at=stamp(at(13)), reason="Paint")
        await apply(clinic, pb.Change(downtime=down))
        listed = await clinic.running.ask("ListDowntime", downtime_pb2.ListDowntimeRequest(room_id=clinic.room))
        assert [each.reason for each in listed.downtime] == ["Paint"]
