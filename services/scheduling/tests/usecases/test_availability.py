"""What is free, on a real database that has heard of a small clinic."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.catalog.v1 import locations_pb2, rooms_pb2, services_pb2, specialists_pb2
from ambulo.scheduling.v1 import availability_pb2 as pb
from ambulo.scheduling.v1 import hours_pb2, overrides_pb2
from chassis.errors import Conflict, Denied, DomainError, Invalid, Refused, Stale
from chassis.ids import new_id
from chassis.testing import Running
from chassis.wire import stamp
from google.type import timeofday_pb2
from scheduling.service import service

ZONE = ZoneInfo("Europe/Bucharest")
MONDAY = (datetime.now(ZONE) + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
MONDAY += timedelta(days=-MONDAY.weekday() % 7)


def at(hour: int, minute: int = 0) -> datetime:
    return MONDAY.replace(hour=hour, minute=minute)


@dataclass
class Clinic:
    """One location, specialist, room and service of 30 + 15 minutes; Mondays from 9 to 12."""

    running: Running
    location: str
    specialist: str
    room: str
    service: str

    async def hear_service(self, version: int = 1, **more: Any) -> None:
        facts = {"duration_minutes": 30, "buffer_after_minutes": 15, "requires_room": True, "room_type": "exam"} | more
        await self.running.hear(
            catalog.ServiceDefined(service=services_pb2.Service(id=self.service, version=version, **facts))
        )

    async def works(self, *hours: tuple[int, int], weekday: int = 1, **more: Any) -> None:
        intervals = [
            hours_pb2.OpenInterval(
                weekday=weekday, starts=timeofday_pb2.TimeOfDay(hours=a), ends=timeofday_pb2.TimeOfDay(hours=b)
            )
            for a, b in hours
        ]
        request = hours_pb2.SetWeeklyHoursRequest(
            specialist_id=self.specialist, location_id=self.location, intervals=intervals, **more
        )
        await self.running.ask("SetWeeklyHours", request)

    async def override(self, kind: str, begin: datetime, end: datetime, **more: Any) -> overrides_pb2.Override:
        request = overrides_pb2.AddOverrideRequest(
            specialist_id=self.specialist, kind=overrides_pb2.OverrideKind.Value(f"OVERRIDE_KIND_{kind}"),
            starts_at=stamp(begin), ends_at=stamp(end), **more,
        )  # fmt: skip
        return await self.running.ask("AddOverride", request)

    def occupied(self, begin: datetime, version: int = 1, appointment: str = "") -> booking.Occupied:
        return booking.Occupied(
            appointment_id=appointment or str(new_id()), version=version, specialist_id=self.specialist,
            room_id=self.room, occupied_from=stamp(begin), occupied_until=stamp(begin + timedelta(minutes=45)),
        )  # fmt: skip

    async def starts(self, **more: Any) -> list[str]:
        return [s.start[11:16] for s in (await self.list(**more)).slots]

    async def list(self, **more: Any) -> pb.ListAvailabilityResponse:
        facts = {"start": MONDAY.strftime("%Y-%m-%d"), "end": (MONDAY + timedelta(days=1)).strftime("%Y-%m-%d")} | more
        return await self.running.ask(
            "ListAvailability",
            pb.ListAvailabilityRequest(**({"service_id": self.service, "location_id": self.location} | facts)),
        )

    async def resolve(self, start: datetime, **more: Any) -> pb.ResolvedSlot:
        facts = {"service_id": self.service, "specialist_id": self.specialist} | more
        claims = self.running.claims("admin")
        return await self.running.ask(
            "ResolveSlot", pb.ResolveSlotRequest(starts_at=stamp(start), **facts), claims=claims
        )


@pytest.fixture
async def clinic(start: Callable[..., Awaitable[Running]]) -> Clinic:
    running = await start(service)
    it = Clinic(running, *(str(new_id()) for _ in range(4)))
    for event in (
        catalog.LocationDefined(
            location=locations_pb2.Location(id=it.location, time_zone=str(ZONE), name="Centre", version=1)
        ),
        catalog.RoomDefined(
            room=rooms_pb2.Room(id=it.room, location_id=it.location, name="R1", room_type="exam", version=1)
        ),
        catalog.SpecialistDefined(
            specialist=specialists_pb2.Specialist(id=it.specialist, name="Dr. Ana", specialty="Physio", version=1)
        ),
    ):
        await running.hear(event)
    await it.hear_service()
    await it.works((9, 12))
    return it


MORNING = ["09:00", "09:15", "09:30", "09:45", "10:00", "10:15", "10:30", "10:45", "11:00", "11:15", "11:30"]


class TestListAvailability:
    async def test_starts_every_quarter_as_long_as_the_visit_fits(self, clinic: Clinic) -> None:
        found = await clinic.list()
        assert await clinic.starts() == MORNING
        first = found.slots[0]
        assert first.start == at(9).isoformat()
        assert first.starts_at.ToDatetime(UTC) == at(9)
        assert (first.specialist.name, [r.name for r in first.room_options]) == ("Dr. Ana", ["R1"])
        assert found.metadata.time_zone == "Europe/Bucharest"

    async def test_an_appointment_takes_its_time_with_buffers_of_both_sides(self, clinic: Clinic) -> None:
        await clinic.running.hear(booking.AppointmentBooked(occupied=clinic.occupied(at(10))))
        assert await clinic.starts() == ["09:00", "09:15", "10:45", "11:00", "11:15", "11:30"]

    async def test_moving_and_canceling_give_it_back(self, clinic: Clinic) -> None:
        taken = clinic.occupied(at(10))
        await clinic.running.hear(booking.AppointmentBooked(occupied=taken))
        moved = clinic.occupied(at(11), version=2, appointment=taken.appointment_id)
        await clinic.running.hear(booking.AppointmentMoved(occupied=moved))
        assert "10:00" in await clinic.starts()
        gone = booking.AppointmentCanceled(
            appointment_id=taken.appointment_id, version=3, specialist_id=clinic.specialist
        )
        await clinic.running.hear(gone)
        assert await clinic.starts() == MORNING

    async def test_events_that_come_late_change_nothing(self, clinic: Clinic) -> None:
        taken = clinic.occupied(at(10))
        gone = booking.AppointmentCanceled(
            appointment_id=taken.appointment_id, version=2, specialist_id=clinic.specialist
        )
        await clinic.running.hear(gone)
        await clinic.running.hear(booking.AppointmentBooked(occupied=taken))
        assert await clinic.starts() == MORNING

    async def test_time_off_closes_and_an_extra_opening_opens(self, clinic: Clinic) -> None:
        off = await clinic.override("UNAVAILABLE", at(9), at(11))
        await clinic.override("AVAILABLE", at(15), at(16), location_id=clinic.location)
        assert await clinic.starts() == ["11:00", "11:15", "11:30", "15:00", "15:15", "15:30"]
        removal = overrides_pb2.RemoveOverrideRequest(specialist_id=clinic.specialist, override_id=off.id)
        await clinic.running.ask("RemoveOverride", removal)
        assert (await clinic.starts())[0] == "09:00"

    async def test_without_a_fitting_room_nothing_is_free(self, clinic: Clinic) -> None:
        await clinic.hear_service(version=2, room_type="gym")
        assert await clinic.starts() == []
        await clinic.hear_service(version=3, requires_room=False)
        assert await clinic.starts() == MORNING

    async def test_of_a_busy_room_the_other_is_offered(self, clinic: Clinic) -> None:
        other = rooms_pb2.Room(id=str(new_id()), location_id=clinic.location, name="R2", room_type="exam", version=1)
        await clinic.running.hear(catalog.RoomDefined(room=other))
        taken = clinic.occupied(at(10))
        taken.specialist_id = str(new_id())
        await clinic.running.hear(booking.AppointmentBooked(occupied=taken))
        rooms = {s.start[11:16]: [r.name for r in s.room_options] for s in (await clinic.list()).slots}
        assert (rooms["09:00"], rooms["10:00"]) == (["R1", "R2"], ["R2"])

    async def test_only_who_gives_the_service_is_offered(self, clinic: Clinic) -> None:
        await clinic.hear_service(version=2, specialist_ids=[str(new_id())])
        assert await clinic.starts() == []

    async def test_the_limit_and_the_time_of_day_narrow_it(self, clinic: Clinic) -> None:
        await clinic.works((9, 18))
        assert await clinic.starts(limit=2) == ["09:00", "09:15"]
        assert (await clinic.starts(preferred_time_of_day=pb.TIME_OF_DAY_AFTERNOON))[0] == "12:00"

    async def test_the_past_is_not_offered(self, clinic: Clinic) -> None:
        await clinic.works(*[(0, 0)], weekday=datetime.now(ZONE).isoweekday())
        today = datetime.now(ZONE)
        found = await clinic.list(start=today.strftime("%Y-%m-%d"), end=(today + timedelta(days=1)).isoformat()[:10])
        assert all(s.starts_at.ToDatetime(UTC) > datetime.now(UTC) for s in found.slots)

    async def test_a_shift_across_midnight_is_one(self, clinic: Clinic) -> None:
        await clinic.works((22, 2))
        assert await clinic.starts(start=at(23, 15).isoformat(), end=(at(23, 15) + timedelta(hours=3)).isoformat()) == [
            "23:15", "23:30", "23:45", "00:00", "00:15", "00:30", "00:45", "01:00", "01:15", "01:30",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("more", "reason", "field"),
        [
            ({"service_id": str(new_id())}, "UNKNOWN_SERVICE", "service_id"),
            ({"location_id": str(new_id())}, "UNKNOWN_LOCATION", "location_id"),
            ({"start": "2030-13-01"}, "INVALID", "start"),
            ({"start": "2026-03-29T03:30"}, "LOCAL_TIME_SKIPPED", "start"),
            ({"end": "2020-01-01"}, "INVALID", "end"),
            ({"end": "2090-01-01"}, "INVALID", "end"),
        ],
    )
    async def test_what_is_wrong_is_named(self, clinic: Clinic, more: dict[str, str], reason: str, field: str) -> None:
        with pytest.raises(DomainError) as wrong:
            await clinic.list(**more)
        assert (wrong.value.reason, [f.field for f in wrong.value.fields]) == (reason, [field])


class TestResolveSlot:
    async def test_what_is_listed_can_be_resolved_with_its_buffers_and_rooms(self, clinic: Clinic) -> None:
        for slot in (await clinic.list()).slots:
            found = await clinic.resolve(slot.starts_at.ToDatetime(UTC))
            assert (found.location_id, list(found.room_ids)) == (clinic.location, [clinic.room])
            assert found.occupied_until.ToDatetime(UTC) - found.starts_at.ToDatetime(UTC) == timedelta(minutes=45)

    async def test_a_taken_time_is_not_free_but_for_who_holds_it(self, clinic: Clinic) -> None:
        taken = clinic.occupied(at(10))
        await clinic.running.hear(booking.AppointmentBooked(occupied=taken))
        with pytest.raises(Conflict) as not_free:
            await clinic.resolve(at(10, 15))
        assert not_free.value.reason == "NOT_FREE"
        assert (await clinic.resolve(at(10, 15), holder_id=taken.appointment_id)).room_ids == [clinic.room]

    @pytest.mark.parametrize(
        ("when", "more", "reason"),
        [
            (at(9, 7), {}, "NOT_OFFERED"),
            (at(13), {}, "NOT_OFFERED"),
            (at(11, 45), {}, "NOT_OFFERED"),
            (at(9), {"specialist_id": str(new_id())}, "UNKNOWN_SPECIALIST"),
            (at(9), {"room_id": str(new_id())}, "UNKNOWN_ROOM"),
            (at(9), {"service_id": str(new_id())}, "UNKNOWN_SERVICE"),
            (at(9), {"location_id": str(new_id())}, "UNKNOWN_LOCATION"),
        ],
    )
    async def test_what_is_not_offered_says_why(
        self, clinic: Clinic, when: datetime, more: dict[str, str], reason: str
    ) -> None:
        with pytest.raises(Refused) as refused:
            await clinic.resolve(when, **more)
        assert refused.value.reason == reason

    async def test_only_services_may_ask(self, clinic: Clinic) -> None:
        from dataclasses import replace

        person = replace(clinic.running.claims("admin"), issuer="gateway")
        request = pb.ResolveSlotRequest(
            service_id=clinic.service, specialist_id=clinic.specialist, starts_at=stamp(at(9))
        )
        with pytest.raises(Denied):
            await clinic.running.ask("ResolveSlot", request, claims=person)


class TestHours:
    async def test_the_same_hours_again_say_nothing_new(self, clinic: Clinic) -> None:
        await clinic.works((9, 12))
        assert await clinic.running.events() == ["WeeklyHoursChanged"]

    async def test_hours_are_listed_as_they_were_given(self, clinic: Clinic) -> None:
        await clinic.works((9, 12), (13, 17))
        listed = await clinic.running.ask(
            "ListWeeklyHours", hours_pb2.ListWeeklyHoursRequest(specialist_id=clinic.specialist)
        )
        assert [(i.starts.hours, i.ends.hours) for i in listed.weekly_hours[0].intervals] == [(9, 12), (13, 17)]

    async def test_hours_that_changed_since_they_were_read_are_not_overwritten(self, clinic: Clinic) -> None:
        listed = await clinic.running.ask(
            "ListWeeklyHours", hours_pb2.ListWeeklyHoursRequest(specialist_id=clinic.specialist)
        )
        seen = listed.weekly_hours[0].version
        await clinic.works((9, 13), expected_version=seen)
        with pytest.raises(Stale) as stale:
            await clinic.works((9, 14), expected_version=seen)
        assert stale.value.reason == "CHANGED_MEANWHILE"

    async def test_an_override_put_twice_is_one(self, clinic: Clinic) -> None:
        id_ = str(new_id())
        for _ in range(2):
            await clinic.override("UNAVAILABLE", at(9), at(10), override_id=id_)
        assert (await clinic.running.events()).count("OverrideChanged") == 1
        listed = await clinic.running.ask(
            "ListOverrides", overrides_pb2.ListOverridesRequest(specialist_id=clinic.specialist)
        )
        assert [o.id for o in listed.overrides] == [id_]

    async def test_overrides_come_in_pages_without_gap_or_repeat(self, clinic: Clinic) -> None:
        ids = {(await clinic.override("UNAVAILABLE", at(9, n), at(10))).id for n in range(7)}
        seen, cursor = [], ""
        while True:
            page = await clinic.running.ask(
                "ListOverrides",
                overrides_pb2.ListOverridesRequest(specialist_id=clinic.specialist, limit=3, cursor=cursor),
            )
            seen += [o.id for o in page.overrides]
            cursor = page.next_cursor
            if not cursor:
                break
        assert (len(seen), set(seen)) == (7, ids)

    @pytest.mark.parametrize(
        ("end", "more", "field"),
        [
            (at(9), {}, "ends_at"),
            (at(9) + timedelta(days=401), {}, "ends_at"),
            (at(10), {"kind": "AVAILABLE"}, "location_id"),
        ],
    )
    async def test_an_override_that_cannot_be_is_refused_by_field(
        self, clinic: Clinic, end: datetime, more: dict[str, str], field: str
    ) -> None:
        with pytest.raises(Invalid) as wrong:
            await clinic.override(more.get("kind", "UNAVAILABLE"), at(9), end)
        assert [f.field for f in wrong.value.fields] == [field]
