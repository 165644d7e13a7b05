"""Closed days of a location."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.scheduling.v1 import holidays_pb2 as pb
from chassis.errors import DomainError, Stale
from chassis.ids import new_id
from google.type import date_pb2

THIS_YEAR = datetime.now(ZoneInfo("Europe/Bucharest")).year


def day(it: date) -> date_pb2.Date:
    return date_pb2.Date(year=it.year, month=it.month, day=it.day)


def plain(holidays: Any) -> dict[str, str]:
    return {f"{h.day.year:04}-{h.day.month:02}-{h.day.day:02}": h.name for h in holidays}


async def set_holidays(clinic: Any, **facts: Any) -> pb.Holidays:
    return await clinic.running.ask("SetHolidays", pb.SetHolidaysRequest(**{"location_id": clinic.location} | facts))


async def get_holidays(clinic: Any, location: str = "") -> pb.Holidays:
    return await clinic.running.ask("GetHolidays", pb.GetHolidaysRequest(location_id=location or clinic.location))


def closed(on: date, name: str = "") -> pb.Holiday:
    return pb.Holiday(day=day(on), name=name)


class TestSetHolidays:
    async def test_a_countrys_holidays_have_their_own_names_this_year_and_the_two_after_it(self, clinic: Any) -> None:
        answered = await set_holidays(clinic, country="RO")
        days = plain(answered.days)
        assert list(days) == sorted(days)
        assert {name[:4] for name in days} == {str(THIS_YEAR + n) for n in range(3)}
        assert days[f"{THIS_YEAR}-12-01"] == "Ziua Națională a României"
        assert await get_holidays(clinic) == answered

    async def test_a_part_of_the_country_has_more(self, clinic: Any) -> None:
        assert f"{THIS_YEAR}-11-01" not in plain((await set_holidays(clinic, country="DE")).days)
        bavarian = plain((await set_holidays(clinic, country="DE", subdivision="BY")).days)
        assert bavarian[f"{THIS_YEAR}-11-01"] == "Allerheiligen"

    async def test_days_that_are_worked_go_and_days_of_the_clinics_own_come(self, clinic: Any) -> None:
        summer, christmas = date(THIS_YEAR, 8, 3), date(THIS_YEAR, 12, 25)
        long_ago = date(THIS_YEAR - 1, 8, 3)
        answered = await set_holidays(
            clinic, country="RO", open_on=[day(christmas)], closed_on=[closed(summer, "Painting"), closed(long_ago)]
        )
        days = plain(answered.days)
        assert str(christmas) not in days
        assert str(long_ago) not in days
        assert days[str(summer)] == "Painting"
        assert plain(answered.closed_on) == {str(long_ago): "", str(summer): "Painting"}

    async def test_nobody_is_offered_on_a_closed_day_but_by_an_extra_opening(self, clinic: Any) -> None:
        monday = datetime.fromisoformat((await clinic.list()).slots[0].start)
        await set_holidays(clinic, closed_on=[closed(monday.date(), "Painting")])
        assert await clinic.starts() == []
        await clinic.override(
            "AVAILABLE", monday.replace(hour=15), monday.replace(hour=16), location_id=clinic.location
        )
        assert await clinic.starts() == ["15:00", "15:15", "15:30"]
        await set_holidays(clinic)
        assert (await clinic.starts())[0] == "09:00"

    async def test_the_same_again_in_any_order_says_nothing_new(self, clinic: Any) -> None:
        days = [closed(date(THIS_YEAR, 8, n), f"Day {n}") for n in (5, 3, 4)]
        first = await set_holidays(clinic, country="US", subdivision="NY", closed_on=days)
        again = await set_holidays(clinic, country="US", subdivision="NY", closed_on=days[::-1])
        assert again == first
        assert (await clinic.running.events()).count("HolidaysChanged") == 1

    async def test_days_that_changed_meanwhile_are_not_overwritten(self, clinic: Any) -> None:
        seen = (await set_holidays(clinic, country="RO")).version
        await set_holidays(clinic, country="DE", expected_version=seen)
        with pytest.raises(Stale) as stale:
            await set_holidays(clinic, country="US", expected_version=seen)
        assert stale.value.reason == "CHANGED_MEANWHILE"

    @pytest.mark.parametrize(
        ("facts", "reason", "field"),
        [
            ({"location_id": str(new_id())}, "UNKNOWN_LOCATION", "location_id"),
            ({"country": "ZZ"}, "UNKNOWN_COUNTRY", "country"),
            ({"country": "RO", "subdivision": "XX"}, "UNKNOWN_COUNTRY", "subdivision"),
            ({"subdivision": "BY"}, "UNKNOWN_COUNTRY", "country"),
            ({"country": "Romania"}, "INVALID", "country"),
            ({"open_on": [date_pb2.Date(year=2026, month=2, day=29)]}, "NO_SUCH_DAY", "open_on[0]"),
            (
                {"closed_on": [closed(date(2026, 1, 1)), pb.Holiday(day=date_pb2.Date(year=2026, month=6, day=31))]},
                "NO_SUCH_DAY",
                "closed_on[1].day",
            ),
        ],
    )
    async def test_what_is_wrong_is_named(self, clinic: Any, facts: dict[str, Any], reason: str, field: str) -> None:
        with pytest.raises(DomainError) as wrong:
            await set_holidays(clinic, **facts)
        assert (wrong.value.reason, [f.field for f in wrong.value.fields]) == (reason, [field])


class TestGetHolidays:
    async def test_a_location_of_which_nothing_was_set_has_none(self, clinic: Any) -> None:
        assert await get_holidays(clinic) == pb.Holidays(location_id=clinic.location)

    async def test_a_location_that_is_not_there_is_unknown(self, clinic: Any) -> None:
        with pytest.raises(DomainError) as wrong:
            await get_holidays(clinic, str(new_id()))
        assert (wrong.value.reason, [f.field for f in wrong.value.fields]) == ("UNKNOWN_LOCATION", ["location_id"])
