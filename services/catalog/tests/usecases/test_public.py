"""The page that a clinic shows to everybody, on a real database."""

from typing import Any

import pytest
from ambulo.catalog.v1 import locations_pb2, services_pb2, specialists_pb2
from ambulo.catalog.v1 import public_pb2 as pb
from ambulo.types.v1 import types_pb2
from chassis.errors import Invalid
from chassis.testing import Running, as_owner
from claims import ANONYMOUS, Claims


async def a_location(catalog: Running, name: str, **more: Any) -> locations_pb2.Location:
    request = locations_pb2.DefineLocationRequest(name=name, time_zone="Europe/Bucharest", **more)
    location: locations_pb2.Location = await catalog.ask("DefineLocation", request)
    return location


async def a_specialist(catalog: Running, name: str, **more: Any) -> specialists_pb2.Specialist:
    request = specialists_pb2.DefineSpecialistRequest(name=name, **more)
    specialist: specialists_pb2.Specialist = await catalog.ask("DefineSpecialist", request)
    return specialist


async def a_service(catalog: Running, name: str, **more: Any) -> services_pb2.Service:
    request = services_pb2.DefineServiceRequest(name=name, duration_minutes=30, **more)
    service: services_pb2.Service = await catalog.ask("DefineService", request)
    return service


async def page(catalog: Running, claims: Claims = ANONYMOUS) -> pb.ClinicPage:
    answer: pb.ClinicPage = await catalog.ask("GetClinicPage", pb.GetClinicPageRequest(), claims=claims)
    return answer


class TestGetClinicPage:
    async def test_nobody_sees_all_that_is_offered_by_name(self, catalog: Running) -> None:
        locations = [await a_location(catalog, name, address=types_pb2.Address(city="Cluj")) for name in "ba"]
        license_ = specialists_pb2.Credential(kind="Physiotherapist", number="RO-1234")
        specialists = [await a_specialist(catalog, name, credentials=[license_]) for name in "dc"]
        services = [
            await a_service(catalog, name, price=types_pb2.Money(amount_minor=5000, currency="RON")) for name in "fe"
        ]
        assert await page(catalog) == pb.ClinicPage(
            services=services[::-1], specialists=specialists[::-1], locations=locations[::-1]
        )

    async def test_what_is_not_bookable_is_left_out(self, catalog: Running) -> None:
        await a_location(catalog, "closed", inactive=True)
        await a_specialist(catalog, "left", inactive=True)
        await a_specialist(catalog, "on leave", not_bookable=True)
        await a_service(catalog, "no longer", inactive=True)
        assert await page(catalog) == pb.ClinicPage()
        back = await a_specialist(catalog, "back")
        assert await page(catalog) == pb.ClinicPage(specialists=[back])

    async def test_another_clinics_things_are_not_on_it(self, catalog: Running) -> None:
        other = Running(catalog.process)
        ours, theirs = [
            pb.ClinicPage(
                services=[await a_service(clinic, "Massage")],
                specialists=[await a_specialist(clinic, "Dr. Ana Pop")],
                locations=[await a_location(clinic, "Centru")],
            )
            for clinic in (catalog, other)
        ]
        assert await page(catalog) == ours
        assert await page(other) == theirs

    async def test_whoever_asks_it_is_the_page_of_the_clinic_named(self, catalog: Running) -> None:
        location = await a_location(catalog, "Centru")
        stranger = Running(catalog.process)
        await a_location(stranger, "Nord")
        for claims in (catalog.claims("patient"), stranger.claims("admin"), stranger.claims("system")):
            assert await page(catalog, claims) == pb.ClinicPage(locations=[location])

    async def test_a_clinic_that_is_not_here_has_an_empty_page(self, catalog: Running) -> None:
        await a_service(catalog, "Massage")
        assert await page(Running(catalog.process)) == pb.ClinicPage()

    async def test_nobody_leaves_a_trace_and_changes_nothing(self, catalog: Running) -> None:
        await page(catalog)
        assert (await catalog.events(), await catalog.audited()) == ([], [])

    async def test_it_shows_the_first_five_hundred(self, catalog: Running, environment: dict[str, str]) -> None:
        owner = await as_owner(environment, "catalog")
        try:
            await owner.execute(
                """
                INSERT INTO specialist (clinic_id, id, name, specialty, location_ids, inactive)
                SELECT $1, gen_random_uuid(), to_char(n, 'FM0000'), '', '{}', false FROM generate_series(1, 501) n
                """,
                catalog.clinic_id,
            )
        finally:
            await owner.close()
        shown = [specialist.name for specialist in (await page(catalog)).specialists]
        assert shown == [f"{n:04}" for n in range(1, 501)]

    async def test_a_clinic_that_cannot_be_is_named(self, catalog: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await catalog.ask("GetClinicPage", pb.GetClinicPageRequest(clinic_id="7"), claims=ANONYMOUS)
        assert [f.field for f in wrong.value.fields] == ["clinic_id"]
