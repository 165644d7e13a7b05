"""Who works at a location for the rest of a day, on a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.catalog.v1 import specialists_pb2
from ambulo.scheduling.v1 import duty_pb2 as pb
from ambulo.scheduling.v1 import hours_pb2
from chassis.errors import Denied, Invalid, Refused
from chassis.ids import new_id
from chassis.wire import stamp
from google.type import timeofday_pb2

ZONE = ZoneInfo("Europe/Bucharest")
MONDAY = (datetime.now(ZONE) + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
MONDAY += timedelta(days=-MONDAY.weekday() % 7)


async def on_duty(clinic: Any, since: datetime, **more: Any) -> list[pb.OnDuty]:
    request = pb.ListOnDutyRequest(location_id=clinic.location, since=stamp(since))
    return list((await clinic.running.ask("ListOnDuty", request, **more)).specialists)


def hours(it: pb.OnDuty) -> list[tuple[datetime, datetime]]:
    return [(each.begins_at.ToDatetime(UTC), each.ends_at.ToDatetime(UTC)) for each in it.works]


def at(hour: int, minute: int = 0) -> datetime:
    return MONDAY.replace(hour=hour, minute=minute)


async def test_who_works_is_there_from_now_to_the_end_without_breaks_and_time_off(clinic: Any) -> None:
    await clinic.works((9, 17), breaks=[_break(12, 13)])
    await clinic.override("UNAVAILABLE", at(15), at(16))
    (ana,) = await on_duty(clinic, at(10, 20))
    assert (ana.specialist_id, list(ana.service_ids)) == (clinic.specialist, [clinic.service])
    assert hours(ana) == [(at(10, 20), at(12)), (at(13), at(15)), (at(16), at(17))]
    assert await on_duty(clinic, at(17)) == []
    assert await on_duty(clinic, at(10) + timedelta(days=1)) == []


async def test_a_night_shift_does_not_end_at_midnight(clinic: Any) -> None:
    await clinic.works((22, 6))
    (ana,) = await on_duty(clinic, at(23))
    assert hours(ana) == [(at(23), at(3) + timedelta(days=1))]


async def test_it_says_which_services_each_gives_there_also_of_who_takes_no_bookings(clinic: Any) -> None:
    other = str(new_id())
    it = specialists_pb2.Specialist(id=clinic.specialist, name="Dr. Ana", version=2, not_bookable=True)
    await clinic.running.hear(catalog.SpecialistDefined(specialist=it))
    (ana,) = await on_duty(clinic, at(10))
    assert list(ana.service_ids) == [clinic.service]
    await clinic.hear_service(version=2, specialist_ids=[other])
    (ana,) = await on_duty(clinic, at(10))
    assert list(ana.service_ids) == []


async def test_an_unknown_location_is_refused_and_only_services_may_ask(clinic: Any) -> None:
    with pytest.raises(Refused) as unknown:
        await clinic.running.ask("ListOnDuty", pb.ListOnDutyRequest(location_id=str(new_id()), since=stamp(at(10))))
    assert unknown.value.reason == "UNKNOWN_LOCATION"
    with pytest.raises(Denied):
        await on_duty(clinic, at(10), claims=clinic.running.claims("admin").issued_by("gateway"))


async def test_an_agenda_shows_who_works_day_by_day(clinic: Any) -> None:
    await clinic.works((9, 17), breaks=[_break(12, 13)])
    await clinic.override("UNAVAILABLE", at(15), at(16))
    await clinic.override(
        "AVAILABLE", at(10) + timedelta(days=1), at(11) + timedelta(days=1), location_id=clinic.location
    )
    shown = await working_times(clinic, at(0), at(0) + timedelta(days=8))
    assert [it.specialist_id for it in shown] == [clinic.specialist]
    next_week = timedelta(days=7)
    assert [(each.starts_at.ToDatetime(UTC), each.ends_at.ToDatetime(UTC)) for each in shown[0].works] == [
        (at(9), at(12)), (at(13), at(15)), (at(16), at(17)),
        (at(10) + timedelta(days=1), at(11) + timedelta(days=1)),
        (at(9) + next_week, at(12) + next_week), (at(13) + next_week, at(17) + next_week),
    ]  # fmt: skip
    assert await working_times(clinic, at(0), at(23), specialist_ids=[str(new_id())]) == []


@pytest.mark.parametrize("days", [-1, 0, 46])
async def test_an_agenda_asks_for_some_time_but_not_for_ever(clinic: Any, days: int) -> None:
    with pytest.raises(Invalid) as wrong:
        await working_times(clinic, at(0), at(0) + timedelta(days=days))
    assert [each.field for each in wrong.value.fields] == ["starts_until"]
    with pytest.raises(Refused) as unknown:
        await working_times(clinic, at(0), at(9), location_id=str(new_id()))
    assert unknown.value.reason == "UNKNOWN_LOCATION"


async def working_times(clinic: Any, begin: datetime, end: datetime, **more: Any) -> list[pb.SpecialistTimes]:
    asked = {"location_id": clinic.location, "starts_from": stamp(begin), "starts_until": stamp(end)} | more
    return list((await clinic.running.ask("ListWorkingTimes", pb.ListWorkingTimesRequest(**asked))).specialists)


def _break(begins: int, ends: int) -> hours_pb2.OpenInterval:
    return hours_pb2.OpenInterval(
        weekday=1, starts=timeofday_pb2.TimeOfDay(hours=begins), ends=timeofday_pb2.TimeOfDay(hours=ends)
    )  # type: ignore[arg-type]
