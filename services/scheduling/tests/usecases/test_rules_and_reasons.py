"""Rules, equipment, preferences and explanations, on a real database that has heard of a small clinic."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.catalog.v1 import equipment_pb2, rooms_pb2, services_pb2, specialists_pb2
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.scheduling.v1 import availability_pb2 as pb
from chassis.errors import Conflict, Denied, Invalid, Refused
from chassis.ids import new_id
from chassis.wire import stamp
from google.type import date_pb2, timeofday_pb2

ZONE = ZoneInfo("Europe/Bucharest")
MONDAY = (datetime.now(ZONE) + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
MONDAY += timedelta(days=-MONDAY.weekday() % 7)


def at(hour: int, minute: int = 0) -> datetime:
    return MONDAY.replace(hour=hour, minute=minute)


def rule(**kind: Any) -> services_pb2.ServiceRule:
    return services_pb2.ServiceRule(**kind)


def day(it: datetime) -> date_pb2.Date:
    return date_pb2.Date(year=it.year, month=it.month, day=it.day)


async def heard_of_lasers(clinic: Any, quantity: int, **more: Any) -> str:
    facts = {"id": str(new_id()), "location_id": clinic.location, "name": "Lasers", "equipment_type": "laser"}
    laser = equipment_pb2.Equipment(**(facts | {"quantity": quantity, "version": 1} | more))
    await clinic.running.hear(catalog.EquipmentDefined(equipment=laser))
    return laser.id


async def booked(clinic: Any, begin: datetime, **more: Any) -> None:
    """Another specialist's, in another room, unless it is said."""
    facts = {
        "specialist_id": str(new_id()),
        "room_id": "",
        "service_id": clinic.service,
        "location_id": clinic.location,
    }
    end = begin + timedelta(minutes=30)
    occupied = booking.Occupied(
        appointment_id=str(new_id()), version=1, starts_at=stamp(begin), ends_at=stamp(end),
        occupied_from=stamp(begin), occupied_until=stamp(end + timedelta(minutes=15)), **(facts | more),
    )  # fmt: skip
    await clinic.running.hear(booking.AppointmentBooked(occupied=occupied))


async def explain(clinic: Any, start: datetime, **more: Any) -> pb.Explanation:
    facts = {"service_id": clinic.service, "location_id": clinic.location, "specialist_id": clinic.specialist}
    return await clinic.running.ask("ExplainStart", pb.ExplainStartRequest(starts_at=stamp(start), **(facts | more)))


def kinds(said: pb.Explanation) -> list[str]:
    return [pb.ConstraintKind.Name(each.kind).removeprefix("CONSTRAINT_KIND_") for each in said.constraints]


class TestRules:
    async def test_who_is_not_allowed_is_not_listed(self, clinic: Any) -> None:
        other = services_pb2.AllowedProvider(specialist_ids=[str(new_id())])
        await clinic.hear_service(2, rules=[rule(allowed_provider=other)])
        assert await clinic.starts() == []
        await clinic.hear_service(3, rules=[rule(allowed_provider=other, inactive=True)])
        assert len(await clinic.starts()) == 11

    async def test_a_room_must_be_of_the_type_large_enough_and_have_what_is_needed(self, clinic: Any) -> None:
        for version, (more, listed) in enumerate(
            [
                ({"rules": [rule(room_type=services_pb2.RoomType(type="gym"))]}, False),
                ({"capacity": 2}, False),
                ({"room_features": ["pool"]}, False),
                ({"rules": [rule(room_type=services_pb2.RoomType(type="exam"))]}, True),
            ],
            start=2,
        ):
            await clinic.hear_service(version, **more)
            assert bool(await clinic.starts()) == listed, more
        room = rooms_pb2.Room(
            id=clinic.room, location_id=clinic.location, name="R1", room_type="exam", version=2, capacity=2,
            features=["pool", "lift"],
        )  # fmt: skip
        await clinic.running.hear(catalog.RoomDefined(room=room))
        await clinic.hear_service(9, capacity=2, room_features=["pool"])
        assert await clinic.starts()

    async def test_a_room_is_taken_until_it_is_ready_again(self, clinic: Any) -> None:
        room = rooms_pb2.Room(
            id=clinic.room, location_id=clinic.location, name="R1", room_type="exam", version=2, turnaround_minutes=30
        )
        await clinic.running.hear(catalog.RoomDefined(room=room))
        await booked(clinic, at(10), room_id=clinic.room, room_until=stamp(at(11, 15)))
        # 30 minutes of visit, 15 of buffer and 30 of turnaround: until 10:00 it is begun by 8:45, after it at 11:15.
        assert await clinic.starts() == ["11:15", "11:30"]

    async def test_equipment_is_free_while_a_unit_is(self, clinic: Any) -> None:
        needed = services_pb2.RequiredEquipmentType(equipment_type="laser")
        await clinic.hear_service(2, rules=[rule(required_equipment_type=needed)])
        assert await clinic.starts() == []
        lasers = await heard_of_lasers(clinic, 2)
        assert len(await clinic.starts()) == 11
        for unit in (0, 1):
            await booked(clinic, at(10), equipment=[booking.EquipmentUnit(equipment_id=lasers, unit=unit)])
            assert ("10:00" in await clinic.starts()) == (unit == 0)
        assert await clinic.starts() == ["09:00", "09:15", "10:45", "11:00", "11:15", "11:30"]

    async def test_two_units_are_two_that_are_each_free_all_the_time(self, clinic: Any) -> None:
        needed = services_pb2.RequiredEquipmentType(equipment_type="laser", min_units=2)
        await clinic.hear_service(2, rules=[rule(required_equipment_type=needed)])
        lasers = await heard_of_lasers(clinic, 3)
        await booked(clinic, at(9), equipment=[booking.EquipmentUnit(equipment_id=lasers, unit=0)])
        await booked(clinic, at(9, 45), equipment=[booking.EquipmentUnit(equipment_id=lasers, unit=1)])
        found = await clinic.resolve(at(9))
        equipment = next(d for d in found.candidates[0].demands if d.kind == pb.DEMAND_KIND_EQUIPMENT)
        assert (equipment.count, [o.unit for o in equipment.options]) == (2, [1, 2])

    async def test_visits_of_the_service_keep_their_distance(self, clinic: Any) -> None:
        await clinic.hear_service(2, rules=[rule(min_gap=services_pb2.MinGap(minutes=60))], buffer_after_minutes=0)
        await booked(clinic, at(10), specialist_id=clinic.specialist)
        assert await clinic.starts() == ["11:30"]
        await booked(clinic, at(9), specialist_id=str(new_id()))
        assert await clinic.starts() == ["11:30"]
        found = await clinic.resolve(at(11, 30))
        gap = next(d for d in found.candidates[0].demands if d.kind == pb.DEMAND_KIND_GAP).options[0]
        assert gap.ends_at.ToDatetime(UTC) - gap.begins_at.ToDatetime(UTC) == timedelta(minutes=90)

    async def test_a_full_day_is_not_listed(self, clinic: Any) -> None:
        for version, (mine_only, left) in enumerate([(False, 0), (True, 11)], start=2):
            limit = services_pb2.MaxDaily(max_per_day=1, per_specialist=mine_only)
            await clinic.hear_service(version, rules=[rule(max_daily=limit)])
            if version == 2:
                assert len(await clinic.starts()) == 11
                await booked(clinic, at(15))
            assert len(await clinic.starts()) == left
        (limit,) = (await clinic.resolve(at(9))).daily_limits
        assert (limit.most, limit.per_specialist, limit.begins_at.ToDatetime(UTC)) == (1, True, MONDAY.astimezone(UTC))

    async def test_neither_too_soon_nor_too_late_nor_on_a_blacked_out_day(self, clinic: Any) -> None:
        ahead = MONDAY - datetime.now(ZONE)
        for version, (kind, listed) in enumerate(
            [
                ({"lead_time": services_pb2.LeadTime(minutes=60 * 24 * (ahead.days + 2))}, False),
                ({"lead_time": services_pb2.LeadTime(minutes=60 * 24 * (ahead.days - 1))}, True),
                ({"max_future": services_pb2.MaxFuture(days=ahead.days - 1)}, False),
                ({"max_future": services_pb2.MaxFuture(days=ahead.days + 2)}, True),
                ({"blackout_dates": services_pb2.BlackoutDates(first=day(MONDAY))}, False),
                ({"blackout_dates": services_pb2.BlackoutDates(first=day(MONDAY - timedelta(days=1)))}, True),
            ],
            start=2,
        ):
            await clinic.hear_service(version, rules=[rule(**kind)])
            assert bool(await clinic.starts()) == listed, kind

    async def test_starts_are_as_far_apart_as_the_service_says(self, clinic: Any) -> None:
        await clinic.hear_service(2, start_every_minutes=60)
        assert await clinic.starts() == ["09:00", "10:00", "11:00"]

    async def test_who_takes_no_bookings_is_not_listed(self, clinic: Any) -> None:
        away = specialists_pb2.Specialist(id=clinic.specialist, name="Dr. Ana", version=2, not_bookable=True)
        await clinic.running.hear(catalog.SpecialistDefined(specialist=away))
        assert await clinic.starts() == []
        with pytest.raises(Refused, match="takes no bookings"):
            await clinic.resolve(at(9))


class TestPreferences:
    async def test_what_fits_better_scores_higher_and_liked_rooms_come_first(self, clinic: Any) -> None:
        liked = rooms_pb2.Room(id=str(new_id()), location_id=clinic.location, name="Z", room_type="exam", version=1)
        await clinic.running.hear(catalog.RoomDefined(room=liked))
        before_ten = specialists_pb2.TimeWindow(
            starts=timeofday_pb2.TimeOfDay(hours=9), ends=timeofday_pb2.TimeOfDay(hours=10)
        )
        preference = specialists_pb2.Preference(room_ids=[liked.id], time_windows=[before_ten], weight=60)
        preferences = specialists_pb2.Preferences(specialist_id=clinic.specialist, preferences=[preference], version=1)
        await clinic.running.hear(catalog.PreferencesSet(preferences=preferences))
        found = {slot.start[11:16]: slot for slot in (await clinic.list()).slots}
        assert (found["09:45"].score, found["10:00"].score) == (100, 70)
        assert [room.name for room in found["09:45"].room_options] == ["Z", "R1"]


class TestExplainStart:
    async def test_a_free_start_has_nothing_in_its_way(self, clinic: Any) -> None:
        said = await explain(clinic, at(9))
        assert (said.free, said.HasField("first"), kinds(said)) == (True, False, [])
        assert said.start == at(9).isoformat()

    async def test_every_obstacle_is_named_the_first_first(self, clinic: Any) -> None:
        await clinic.hear_service(2, rules=[rule(lead_time=services_pb2.LeadTime(minutes=60 * 24 * 60))])
        await booked(clinic, at(12), specialist_id=clinic.specialist, room_id=clinic.room, room_until=stamp(at(12, 45)))
        said = await explain(clinic, at(12, 7))
        assert kinds(said) == ["GRID", "LEAD_TIME", "HOURS", "SPECIALIST_BUSY", "ROOM"]
        assert said.first == said.constraints[0]
        assert "1440 h ahead" in said.constraints[1].words
        assert "Dr. Ana does not work at Centre" in said.constraints[2].words
        assert said.constraints[4].words.endswith("taken then: R1")
        assert list(said.constraints[4].ids) == [clinic.room]

    async def test_it_says_free_exactly_for_what_is_listed(self, clinic: Any) -> None:
        await booked(clinic, at(10), specialist_id=clinic.specialist)
        listed = set(await clinic.starts())
        for quarter in range(8 * 4, 13 * 4):
            start = at(quarter // 4, quarter % 4 * 15)
            assert (await explain(clinic, start)).free == (start.isoformat()[11:16] in listed), start

    async def test_what_is_in_the_way_is_told_with_its_buffers_and_never_beside_the_start(self, clinic: Any) -> None:
        await clinic.hear_service(2, buffer_before_minutes=15)
        here = {"specialist_id": clinic.specialist, "room_id": clinic.room, "room_until": stamp(at(11))}
        await booked(clinic, at(10), **here)

        async def causes(start: datetime) -> list[tuple[str, str, str]]:
            said = await explain(clinic, start)
            of = dict(zip(kinds(said), said.constraints, strict=True))
            found = [(each.words, each.start[11:16], each.end[11:16]) for each in of["SPECIALIST_BUSY"].causes]
            for each in [cause for constraint in said.constraints for cause in constraint.causes]:
                assert each.start < (start + timedelta(minutes=30)).isoformat(), each
                assert each.end > start.isoformat(), each
            return found

        buffered = "An appointment, with what is kept free around the visit"
        assert await causes(at(10, 15)) == [("An appointment", "10:00", "10:45")]
        assert await causes(at(10, 30)) == [("An appointment", "10:00", "10:45")], "in its buffer"
        assert await causes(at(10, 45)) == [(buffered, "10:00", "11:00")], "in the buffer before what is asked for"
        assert await causes(at(9, 30)) == [(buffered, "09:45", "10:45")], "in the buffer after it"

    async def test_who_does_not_give_it_is_told_apart_from_who_is_away(self, clinic: Any) -> None:
        await clinic.hear_service(2, specialist_ids=[str(new_id())])
        assert kinds(await explain(clinic, at(9))) == ["ALLOWED_PROVIDER"]
        with pytest.raises(Refused) as unknown:
            await explain(clinic, at(9), specialist_id=str(new_id()))
        assert unknown.value.reason == "UNKNOWN_SPECIALIST"

    async def test_a_patient_may_not_ask(self, clinic: Any) -> None:
        request = pb.ExplainStartRequest(
            service_id=clinic.service,
            location_id=clinic.location,
            specialist_id=clinic.specialist,
            starts_at=stamp(at(9)),
        )
        with pytest.raises(Denied):
            await clinic.running.ask("ExplainStart", request, role="patient")


class TestExplainQuery:
    async def test_each_step_says_what_it_left(self, clinic: Any) -> None:
        await booked(clinic, at(10), specialist_id=clinic.specialist)
        request = pb.ListAvailabilityRequest(
            service_id=clinic.service, location_id=clinic.location, start=f"{MONDAY:%Y-%m-%d}",
            end=f"{MONDAY + timedelta(days=1):%Y-%m-%d}",
        )  # fmt: skip
        said = await clinic.running.ask("ExplainQuery", request)
        left = {step.name: step.starts_left for step in said.steps}
        assert (left["grid"], left["hours"], left["specialist_busy"], left["room"]) == (96, 11, 6, 6)
        assert said.starts == len(await clinic.starts())
        assert all(step.duration_ms >= 0 for step in said.steps)


class TestFindFirstAvailable:
    async def first(self, clinic: Any, **more: Any) -> list[str]:
        request = pb.FindFirstAvailableRequest(service_id=clinic.service, **more)
        return [slot.start for slot in (await clinic.running.ask("FindFirstAvailable", request)).slots]

    async def test_the_next_time_however_far(self, clinic: Any) -> None:
        (found,) = await self.first(clinic, after=f"{MONDAY:%Y-%m-%d}")
        assert found == at(9).isoformat()
        (much_later,) = await self.first(clinic, after=(at(11, 31) + timedelta(days=140)).isoformat())
        assert datetime.fromisoformat(much_later).date() == (MONDAY + timedelta(days=147)).date()

    async def test_a_few_in_a_part_of_the_day_until_a_time(self, clinic: Any) -> None:
        await clinic.works((9, 14))
        found = await self.first(
            clinic, after=f"{MONDAY:%Y-%m-%d}", limit=3, preferred_time_of_day=pb.TIME_OF_DAY_AFTERNOON
        )
        assert [start[11:16] for start in found] == ["12:00", "12:15", "12:30"]
        until = at(9, 20).isoformat()
        assert len(await self.first(clinic, after=f"{MONDAY:%Y-%m-%d}", until=until, limit=9)) == 2

    async def test_places_that_are_unknown_are_named(self, clinic: Any) -> None:
        with pytest.raises(Refused) as unknown:
            await self.first(clinic, location_ids=[str(new_id())])
        assert unknown.value.reason == "UNKNOWN_LOCATION"


class TestListPublicAvailability:
    async def test_nobody_need_sign_in_and_rooms_are_not_shown(self, clinic: Any) -> None:
        request = pb.ListPublicAvailabilityRequest(
            clinic_id=str(clinic.running.clinic_id), service_id=clinic.service, location_id=clinic.location,
            start=f"{MONDAY:%Y-%m-%d}", end=f"{MONDAY + timedelta(days=1):%Y-%m-%d}",
        )  # fmt: skip
        found = await clinic.running.ask("ListPublicAvailability", request)
        assert [slot.start[11:16] for slot in found.slots] == await clinic.starts()
        assert not any(slot.room_options for slot in found.slots)

    async def test_more_than_a_fortnight_is_refused(self, clinic: Any) -> None:
        request = pb.ListPublicAvailabilityRequest(
            clinic_id=str(clinic.running.clinic_id), service_id=clinic.service, location_id=clinic.location,
            start=f"{MONDAY:%Y-%m-%d}", end=f"{MONDAY + timedelta(days=15):%Y-%m-%d}",
        )  # fmt: skip
        with pytest.raises(Invalid, match="not valid") as refused:
            await clinic.running.ask("ListPublicAvailability", request)
        assert refused.value.fields[0].field == "end"


@pytest.mark.parametrize("rpc", ["ListDays", "ListPublicDays"])
class TestListDays:
    async def days(self, clinic: Any, rpc: str, days: int = 9) -> pb.ListDaysResponse:
        request = getattr(pb, f"{rpc}Request")(
            clinic_id=str(clinic.running.clinic_id), service_id=clinic.service, location_id=clinic.location,
            start=f"{MONDAY:%Y-%m-%d}", end=f"{MONDAY + timedelta(days=days):%Y-%m-%d}",
        )  # fmt: skip
        answer: pb.ListDaysResponse = await clinic.running.ask(rpc, request)
        return answer

    async def test_days_with_nothing_are_left_out_and_each_start_comes_once(self, clinic: Any, rpc: str) -> None:
        found = (await self.days(clinic, rpc)).days
        assert [each.date for each in found] == sorted((each.date for each in found), key=lambda d: (d.month, d.day))
        assert found[0].date == day(MONDAY)
        assert [each.start[11:16] for each in found[0].starts] == sorted(set(await clinic.starts()))
        assert {each.specialist_id for each in found[0].starts} == {clinic.specialist}
        assert all(each.starts for each in found)

    async def test_more_than_two_months_are_refused(self, clinic: Any, rpc: str) -> None:
        with pytest.raises(Invalid) as refused:
            await self.days(clinic, rpc, days=63)
        assert refused.value.fields[0].field == "end"


class TestResolveSlot:
    async def test_what_is_taken_is_told_apart_from_what_is_never_offered(self, clinic: Any) -> None:
        needed = services_pb2.RequiredEquipmentType(equipment_type="laser")
        await clinic.hear_service(2, rules=[rule(required_equipment_type=needed)])
        with pytest.raises(Refused, match="Centre has no laser"):
            await clinic.resolve(at(9))
        lasers = await heard_of_lasers(clinic, 1)
        await booked(clinic, at(9), equipment=[booking.EquipmentUnit(equipment_id=lasers, unit=0)])
        with pytest.raises(Conflict, match="Not enough of laser"):
            await clinic.resolve(at(9))

    async def test_it_counts_for_the_day_it_begins_on(self, clinic: Any) -> None:
        await clinic.hear_service(2, rules=[rule(max_daily=services_pb2.MaxDaily(max_per_day=5))])
        (limit,) = (await clinic.resolve(at(9))).daily_limits
        begins = limit.begins_at.ToDatetime(UTC).astimezone(ZONE)
        assert (begins.date(), begins.hour) == (date(MONDAY.year, MONDAY.month, MONDAY.day), 0)
