"""Defining, reading and listing services on a real database."""

import asyncio
from typing import Any

import pytest
from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import services_pb2 as pb
from ambulo.catalog.v1 import specialists_pb2
from ambulo.types.v1 import types_pb2
from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused
from chassis.ids import new_id
from chassis.testing import Running
from google.type import date_pb2

FREE = types_pb2.Money(currency="EUR")
GERMAN = pb.ServiceText(language="de-AT", name="Massage", description="Des Rückens")
ROMANIAN = pb.ServiceText(language="ro", name="Masaj")


@pytest.fixture
async def specialist_id(catalog: Running) -> str:
    request = specialists_pb2.DefineSpecialistRequest(name="Dr. Ana Pop")
    return str((await catalog.ask("DefineSpecialist", request)).id)


def a_service(**more: Any) -> pb.DefineServiceRequest:
    return pb.DefineServiceRequest(**({"name": "Massage", "duration_minutes": 30} | more))


def a_day(year: int, month: int, day: int) -> date_pb2.Date:
    return date_pb2.Date(year=year, month=month, day=day)


def closed(first: date_pb2.Date, last: date_pb2.Date | None = None) -> pb.ServiceRule:
    return pb.ServiceRule(blackout_dates=pb.BlackoutDates(first=first, last=last))


def only_by(*specialist_ids: str) -> pb.ServiceRule:
    return pb.ServiceRule(allowed_provider=pb.AllowedProvider(specialist_ids=specialist_ids))


def one_of_each_rule(specialist_id: str) -> list[pb.ServiceRule]:
    return [
        only_by(specialist_id),
        pb.ServiceRule(
            required_equipment_type=pb.RequiredEquipmentType(equipment_type="ultrasound", min_units=2), priority=1000
        ),
        pb.ServiceRule(min_gap=pb.MinGap(minutes=15)),
        pb.ServiceRule(room_type=pb.RoomType(type="gym"), inactive=True),
        pb.ServiceRule(max_daily=pb.MaxDaily(max_per_day=6, per_specialist=True)),
        pb.ServiceRule(max_daily=pb.MaxDaily(max_per_day=20)),
        pb.ServiceRule(lead_time=pb.LeadTime(minutes=120)),
        pb.ServiceRule(max_future=pb.MaxFuture(days=90)),
        closed(a_day(2026, 12, 24), a_day(2027, 1, 1)),
        closed(a_day(2028, 2, 29)),
    ]


class TestDefineService:
    async def test_all_that_is_given_is_kept_and_said(
        self, catalog: Running, location_id: str, specialist_id: str
    ) -> None:
        facts: dict[str, Any] = {
            "name": "Massage",
            "description": "Of the back",
            "duration_minutes": 50,
            "buffer_before_minutes": 5,
            "buffer_after_minutes": 10,
            "requires_room": True,
            "room_type": "gym",
            "specialist_ids": [specialist_id],
            "location_ids": [location_id],
            "inactive": True,
            "modalities": [pb.MODALITY_IN_PERSON, pb.MODALITY_VIDEO, pb.MODALITY_PHONE, pb.MODALITY_HOME],
            "price": types_pb2.Money(amount_minor=2**53 + 1, currency="RON"),
            "capacity": 8,
            "room_features": ["pool", "wheelchair"],
            "start_every_minutes": 20,
            "rules": one_of_each_rule(specialist_id),
            "translations": [ROMANIAN, GERMAN],
        }
        defined = await catalog.ask("DefineService", pb.DefineServiceRequest(**facts))
        assert defined == pb.Service(id=defined.id, version=1, **facts)
        assert await catalog.ask("GetService", pb.GetServiceRequest(service_id=defined.id)) == defined
        assert sorted(await catalog.events()) == ["LocationDefined", "ServiceDefined", "SpecialistDefined"]
        assert sorted(await catalog.audited()) == ["DefineLocation", "DefineService", "DefineSpecialist"]
        said = await catalog.chassis.pool.fetchval("SELECT payload FROM outbox WHERE key = $1", defined.id)
        assert events.ServiceDefined.FromString(said).service == defined

    async def test_the_same_facts_change_nothing(self, catalog: Running, specialist_id: str) -> None:
        facts: dict[str, Any] = {
            "service_id": str(new_id()),
            "specialist_ids": [specialist_id],
            "price": FREE,
            "rules": one_of_each_rule(specialist_id),
            "translations": [GERMAN, ROMANIAN],
        }
        first, again = [await catalog.ask("DefineService", a_service(**facts)) for _ in range(2)]
        assert first == again
        assert await catalog.events() == ["SpecialistDefined", "ServiceDefined"]

    async def test_the_same_sets_in_another_order_and_ids_in_another_spelling_change_nothing(
        self, catalog: Running, specialist_id: str
    ) -> None:
        other = str((await catalog.ask("DefineSpecialist", specialists_pb2.DefineSpecialistRequest(name="B"))).id)
        ids, features = [specialist_id, other], ["pool", "wheelchair"]
        modalities = [pb.MODALITY_IN_PERSON, pb.MODALITY_VIDEO]
        first = await catalog.ask(
            "DefineService", a_service(modalities=modalities, room_features=features, rules=[only_by(*ids)])
        )
        again = a_service(
            service_id=first.id,
            modalities=modalities[::-1],
            room_features=features[::-1],
            rules=[only_by(*(id_.upper() for id_ in ids[::-1]))],
        )
        assert await catalog.ask("DefineService", again) == first

    @pytest.mark.parametrize(
        "change",
        [
            {"duration_minutes": 31},
            {"buffer_after_minutes": 5},
            {"requires_room": True},
            {"description": "x"},
            {"modalities": [pb.MODALITY_VIDEO]},
            {"price": FREE},
            {"capacity": 1},
            {"room_features": ["pool"]},
            {"start_every_minutes": 15},
            {"rules": [pb.ServiceRule(min_gap=pb.MinGap(minutes=15))]},
            {"translations": [ROMANIAN]},
        ],
    )
    async def test_any_other_fact_is_a_new_version(self, catalog: Running, change: dict[str, Any]) -> None:
        before = await catalog.ask("DefineService", a_service())
        after = await catalog.ask("DefineService", a_service(service_id=before.id, **change))
        assert (after.id, after.version) == (before.id, 2)
        assert await catalog.events() == ["ServiceDefined"] * 2
        back = await catalog.ask("DefineService", a_service(service_id=before.id))
        before.version = 3
        assert back == before, "what is left out is gone, also from the database"

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ([pb.ServiceRule(min_gap=pb.MinGap(minutes=15))], [pb.ServiceRule(lead_time=pb.LeadTime(minutes=15))]),
            ([closed(a_day(2026, 12, 24))], [closed(a_day(2026, 12, 24), a_day(2026, 12, 24))]),
            (
                [pb.ServiceRule(max_future=pb.MaxFuture(days=90))],
                [pb.ServiceRule(max_future=pb.MaxFuture(days=90), inactive=True)],
            ),
        ],
    )
    async def test_rules_are_compared_to_the_last_word(
        self, catalog: Running, before: list[pb.ServiceRule], after: list[pb.ServiceRule]
    ) -> None:
        id_ = (await catalog.ask("DefineService", a_service(rules=before))).id
        changed = await catalog.ask("DefineService", a_service(service_id=id_, rules=after))
        assert (changed.version, list(changed.rules)) == (2, after)

    async def test_free_is_a_price_and_none_is_not_said(self, catalog: Running) -> None:
        free = await catalog.ask("DefineService", a_service(price=FREE))
        assert free.price == FREE
        silent = await catalog.ask("DefineService", a_service(service_id=free.id))
        assert not silent.HasField("price")

    async def test_two_cannot_have_one_name(self, catalog: Running) -> None:
        await catalog.ask("DefineService", a_service())
        with pytest.raises(Conflict) as taken:
            await catalog.ask("DefineService", a_service(duration_minutes=60))
        assert taken.value.reason == "NAME_TAKEN"
        assert [f.field for f in taken.value.fields] == ["name"]
        assert await catalog.events() == ["ServiceDefined"]

    async def test_of_five_who_want_one_name_one_gets_it(self, catalog: Running) -> None:
        asked = [catalog.ask("DefineService", a_service()) for _ in range(5)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(a, pb.Service) for a in answers) == 1
        assert {a.reason for a in answers if isinstance(a, Exception)} == {"NAME_TAKEN"}

    @pytest.mark.parametrize(
        ("field", "reason"), [("specialist_ids", "UNKNOWN_SPECIALIST"), ("location_ids", "UNKNOWN_LOCATION")]
    )
    async def test_who_or_what_is_not_here_is_named(
        self, catalog: Running, location_id: str, specialist_id: str, field: str, reason: str
    ) -> None:
        theirs = {"specialist_ids": specialist_id, "location_ids": location_id}[field]
        for unknown, asker in ((str(new_id()), catalog), (theirs, Running(catalog.process))):
            with pytest.raises(Refused) as wrong:
                await asker.ask("DefineService", a_service(**{field: [unknown]}))
            assert wrong.value.reason == reason
            assert [f.field for f in wrong.value.fields] == [field]
            assert await asker.events() == (["LocationDefined", "SpecialistDefined"] if asker is catalog else [])

    async def test_specialists_of_rules_are_the_clinics_own(self, catalog: Running, specialist_id: str) -> None:
        stranger = Running(catalog.process)
        theirs = await stranger.ask("DefineSpecialist", specialists_pb2.DefineSpecialistRequest(name="Dr. X"))
        rules = [
            only_by(specialist_id),
            pb.ServiceRule(min_gap=pb.MinGap(minutes=5)),
            only_by(specialist_id, theirs.id),
        ]
        with pytest.raises(Refused) as wrong:
            await catalog.ask("DefineService", a_service(rules=rules))
        assert wrong.value.reason == "UNKNOWN_SPECIALIST"
        assert [f.field for f in wrong.value.fields] == ["rules[2].allowed_provider.specialist_ids"]
        assert theirs.id in wrong.value.detail
        assert await catalog.events() == ["SpecialistDefined"]

    async def test_every_field_with_an_unknown_specialist_is_named(self, catalog: Running, specialist_id: str) -> None:
        unknown = str(new_id())
        request = a_service(specialist_ids=[unknown], rules=[only_by(specialist_id), only_by(unknown)])
        with pytest.raises(Refused) as wrong:
            await catalog.ask("DefineService", request)
        fields = ["specialist_ids", "rules[1].allowed_provider.specialist_ids"]
        assert [f.field for f in wrong.value.fields] == fields

    @pytest.mark.parametrize(
        ("rule", "field"),
        [
            (closed(a_day(2027, 2, 29)), "first"),
            (closed(a_day(2027, 0, 1), a_day(2027, 1, 1)), "first"),
            (closed(date_pb2.Date()), "first"),
            (closed(a_day(2027, 2, 28), a_day(2027, 2, 29)), "last"),
            (closed(a_day(2027, 2, 28), date_pb2.Date()), "last"),
        ],
    )
    async def test_a_day_that_does_not_exist_is_named(self, catalog: Running, rule: pb.ServiceRule, field: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineService", a_service(rules=[closed(a_day(2027, 2, 28)), rule]))
        assert wrong.value.reason == "NO_SUCH_DAY"
        assert [f.field for f in wrong.value.fields] == [f"rules[1].blackout_dates.{field}"]
        assert await catalog.events() == []

    async def test_the_same_key_is_one_service(self, catalog: Running) -> None:
        claims = catalog.claims("admin")
        asked = [catalog.ask("DefineService", a_service(), claims=claims, key="k") for _ in range(5)]
        assert len({a.id for a in await asyncio.gather(*asked)}) == 1
        assert await catalog.events() == ["ServiceDefined"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("description", "x" * 2001),
            ("duration_minutes", 0),
            ("duration_minutes", 1441),
            ("buffer_before_minutes", 241),
            ("buffer_after_minutes", 241),
            ("room_type", "x" * 51),
            ("service_id", "7"),
            ("capacity", 501),
            ("start_every_minutes", 7),
            ("modalities", [pb.MODALITY_VIDEO, pb.MODALITY_VIDEO]),
            ("room_features", ["pool", "pool"]),
            ("rules", [pb.ServiceRule(min_gap=pb.MinGap(minutes=5))] * 51),
        ],
    )
    async def test_a_wrong_field_is_named(self, catalog: Running, field: str, value: Any) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineService", a_service(**{field: value}))
        assert [f.field for f in wrong.value.fields] == [field]

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"modalities": [pb.MODALITY_VIDEO, 0]}, "modalities[1]"),
            ({"modalities": [9]}, "modalities[0]"),
            ({"price": types_pb2.Money(amount_minor=500)}, "price.currency"),
            ({"price": types_pb2.Money(amount_minor=-1, currency="EUR")}, "price.amount_minor"),
            ({"rules": [pb.ServiceRule()]}, "rules[0]"),
            ({"rules": [pb.ServiceRule(min_gap=pb.MinGap(minutes=5), max_future=pb.MaxFuture(days=5))]}, "rules[0]"),
            ({"rules": [pb.ServiceRule(min_gap=pb.MinGap())]}, "rules[0].min_gap.minutes"),
            ({"rules": [only_by()]}, "rules[0].allowed_provider.specialist_ids"),
            ({"rules": [closed(a_day(2027, 1, 2), a_day(2027, 1, 1))]}, "rules[0].blackout_dates.last"),
            ({"translations": [ROMANIAN, GERMAN, ROMANIAN]}, "translations[2].language"),
            ({"translations": [pb.ServiceText(language="Romanian!", name="Masaj")]}, "translations[0].language"),
            ({"translations": [ROMANIAN, pb.ServiceText(language="de")]}, "translations[1].name"),
        ],
    )
    async def test_a_wrong_part_of_a_field_is_named(self, catalog: Running, more: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineService", a_service(**more))
        assert wrong.value.reason == "INVALID"
        assert [f.field for f in wrong.value.fields] == [field]
        assert await catalog.events() == []

    async def test_what_the_database_cannot_store_is_invalid(self, catalog: Running) -> None:
        for more in (
            {"translations": [pb.ServiceText(language="ro", name="a\0b")]},
            {"rules": [pb.ServiceRule(room_type=pb.RoomType(type="a\0b"))]},
            {"room_features": ["a\0b"]},
        ):
            with pytest.raises(Invalid):
                await catalog.ask("DefineService", a_service(**more))

    async def test_every_wrong_field_is_named_at_once(self, catalog: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("DefineService", a_service(name="", duration_minutes=0, specialist_ids=["7"]))
        assert {f.field for f in wrong.value.fields} == {"name", "duration_minutes", "specialist_ids[0]"}

    async def test_the_front_desk_may_not(self, catalog: Running) -> None:
        with pytest.raises(Denied):
            await catalog.ask("DefineService", a_service(), role="front_desk")


class TestGetService:
    async def test_what_is_not_here_is_not_found(self, catalog: Running) -> None:
        defined = await catalog.ask("DefineService", a_service())
        with pytest.raises(NotFound):
            await Running(catalog.process).ask("GetService", pb.GetServiceRequest(service_id=defined.id))
        with pytest.raises(NotFound):
            await catalog.ask("GetService", pb.GetServiceRequest(service_id=str(new_id())))

    async def test_a_patient_may_see_what_can_be_booked(self, catalog: Running) -> None:
        defined = await catalog.ask("DefineService", a_service())
        request = pb.GetServiceRequest(service_id=defined.id)
        assert await catalog.ask("GetService", request, role="patient") == defined
        with pytest.raises(Denied):
            await catalog.ask("GetService", request, role="nobody")


class TestListServices:
    async def test_pages_go_on_where_the_last_ended(self, catalog: Running) -> None:
        for name in "EACBD":
            await catalog.ask("DefineService", a_service(name=name))
        seen, cursor = [], ""
        for _ in range(9):
            page = await catalog.ask("ListServices", pb.ListServicesRequest(limit=2, cursor=cursor))
            seen += [each.name for each in page.services]
            cursor = page.next_cursor
            if not cursor:
                break
        assert seen == list("ABCDE")

    async def test_a_cursor_that_is_not_ours_is_named(self, catalog: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("ListServices", pb.ListServicesRequest(cursor="bm90LW91cnM"))
        assert [f.field for f in wrong.value.fields] == ["cursor"]

    async def test_another_clinic_has_its_own(self, catalog: Running) -> None:
        await catalog.ask("DefineService", a_service())
        assert not (await Running(catalog.process).ask("ListServices", pb.ListServicesRequest())).services
