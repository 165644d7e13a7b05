"""Registering and changing patients on a real database."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ambulo.people.v1 import patients_pb2 as pb
from ambulo.types.v1.types_pb2 import Address
from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused, Stale, Unauthenticated
from chassis.ids import new_id
from chassis.testing import Running
from claims import ANONYMOUS
from google.type.date_pb2 import Date
from people.service import service


@pytest.fixture
async def people(start: Any) -> Running:
    return await start(service)


def a_patient(**more: Any) -> pb.RegisterPatientRequest:
    return pb.RegisterPatientRequest(**({"given_name": "Ana", "family_name": "Pop"} | more))


class TestRegisterPatient:
    async def test_each_gets_an_id_and_the_next_number(self, people: Running) -> None:
        first, second = [await people.ask("RegisterPatient", a_patient()) for _ in range(2)]
        assert (first.mrn, second.mrn) == ("P000001", "P000002")
        assert first.id != second.id
        assert first.version == 1
        assert await people.events() == ["PatientRegistered"] * 2
        assert await people.audited() == ["RegisterPatient"] * 2

    async def test_all_that_is_given_is_kept(self, people: Running) -> None:
        address = Address(
            lines=["Str. Lungă 1", "et. 2"], city="Brașov", state="BV", postal_code="500001", country="RO"
        )
        given = a_patient(
            mrn="X-1", email="Ana.Pop@Example.com", address=address, birth_date=Date(year=1990, month=2, day=28)
        )
        patient = await people.ask("RegisterPatient", given)
        assert patient.email == "ana.pop@example.com"
        assert (patient.mrn, patient.given_name, patient.family_name) == ("X-1", "Ana", "Pop")
        assert (patient.address, patient.birth_date) == (address, given.birth_date)
        assert await people.ask("GetPatient", pb.GetPatientRequest(patient_id=patient.id)) == patient

    async def test_a_phone_number_may_be_written_as_it_is_dialled(self, people: Running) -> None:
        dialled = a_patient(phone="0721 000 000", address=Address(country="RO"))
        assert (await people.ask("RegisterPatient", dialled)).phone == "+40721000000"

    @pytest.mark.parametrize("phone", ["0721 000 000", "call me", "+40 7"])
    async def test_what_cannot_be_dialled_is_named(self, people: Running, phone: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await people.ask("RegisterPatient", a_patient(phone=phone))
        assert wrong.value.reason == "PHONE_NOT_VALID"
        assert [f.field for f in wrong.value.fields] == ["phone"]
        assert await people.events() == []

    async def test_nobody_is_born_in_the_future(self, people: Running) -> None:
        later = datetime.now(UTC) + timedelta(days=2)
        with pytest.raises(Invalid) as future:
            await people.ask(
                "RegisterPatient", a_patient(birth_date=Date(year=later.year, month=later.month, day=later.day))
            )
        assert future.value.reason == "BIRTH_DATE_IN_FUTURE"
        assert [f.field for f in future.value.fields] == ["birth_date"]

    @pytest.mark.parametrize(
        "born", [Date(year=2001, month=2, day=29), Date(year=2001), Date(year=1700, month=1, day=1)]
    )
    async def test_a_day_that_cannot_be_is_named(self, people: Running, born: Date) -> None:
        with pytest.raises(Invalid) as wrong:
            await people.ask("RegisterPatient", a_patient(birth_date=born))
        assert [f.field for f in wrong.value.fields] == ["birth_date"]

    async def test_two_cannot_have_one_number(self, people: Running) -> None:
        await people.ask("RegisterPatient", a_patient(mrn="X-1"))
        with pytest.raises(Conflict) as taken:
            await people.ask("RegisterPatient", a_patient(mrn="X-1"))
        assert taken.value.reason == "MRN_TAKEN"
        assert [f.field for f in taken.value.fields] == ["mrn"]
        assert await people.events() == ["PatientRegistered"]

    async def test_another_clinic_has_numbers_of_its_own(self, people: Running) -> None:
        await people.ask("RegisterPatient", a_patient())
        assert (await Running(people.process).ask("RegisterPatient", a_patient())).mrn == "P000001"

    async def test_a_number_that_somebody_chose_is_not_drawn(self, people: Running) -> None:
        await people.ask("RegisterPatient", a_patient(mrn="P000001"))
        assert (await people.ask("RegisterPatient", a_patient())).mrn == "P000002"

    async def test_ten_at_once_get_ten_numbers(self, people: Running) -> None:
        answers = await asyncio.gather(*(people.ask("RegisterPatient", a_patient()) for _ in range(10)))
        assert sorted(a.mrn for a in answers) == [f"P{n:06}" for n in range(1, 11)]

    async def test_the_same_facts_change_nothing(self, people: Running) -> None:
        id_ = str(new_id())
        first, again = [await people.ask("RegisterPatient", a_patient(patient_id=id_)) for _ in range(2)]
        assert first == again
        assert again.version == 1
        assert await people.events() == ["PatientRegistered"]

    async def test_other_facts_change_the_patient_and_leave_the_number(self, people: Running) -> None:
        before = await people.ask("RegisterPatient", a_patient(email="ana@example.com"))
        after = await people.ask("RegisterPatient", a_patient(patient_id=before.id, family_name="Ionescu"))
        assert (after.id, after.version, after.mrn) == (before.id, 2, before.mrn)
        assert (after.family_name, after.email) == ("Ionescu", "")
        assert await people.events() == ["PatientRegistered", "PatientChanged"]

    async def test_who_saw_an_older_version_changes_nothing(self, people: Running) -> None:
        id_ = (await people.ask("RegisterPatient", a_patient())).id
        await people.ask("RegisterPatient", a_patient(patient_id=id_, given_name="Anca", expected_version=1))
        with pytest.raises(Stale) as stale:
            await people.ask("RegisterPatient", a_patient(patient_id=id_, given_name="Ane", expected_version=1))
        assert stale.value.reason == "PATIENT_CHANGED"
        assert (await people.ask("GetPatient", pb.GetPatientRequest(patient_id=id_))).given_name == "Anca"

    async def test_a_version_of_nobody_is_stale(self, people: Running) -> None:
        with pytest.raises(Stale):
            await people.ask("RegisterPatient", a_patient(patient_id=str(new_id()), expected_version=1))

    async def test_of_five_who_saw_the_same_version_one_wins(self, people: Running) -> None:
        id_ = (await people.ask("RegisterPatient", a_patient())).id
        changes = [a_patient(patient_id=id_, given_name=f"Ana {n}", expected_version=1) for n in range(5)]
        asked = [people.ask("RegisterPatient", change) for change in changes]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(a, pb.Patient) for a in answers) == 1
        assert sum(isinstance(a, Stale) for a in answers) == 4

    async def test_the_same_key_ten_times_at_once_is_one_patient(self, people: Running) -> None:
        claims = people.claims("front_desk")
        asked = [people.ask("RegisterPatient", a_patient(), claims=claims, key="k") for _ in range(10)]
        assert len({a.id for a in await asyncio.gather(*asked)}) == 1
        assert await people.events() == ["PatientRegistered"]

    async def test_a_key_with_another_request_is_refused(self, people: Running) -> None:
        claims = people.claims("front_desk")
        await people.ask("RegisterPatient", a_patient(), claims=claims, key="k")
        with pytest.raises(Refused) as reused:
            await people.ask("RegisterPatient", a_patient(given_name="Ion"), claims=claims, key="k")
        assert reused.value.reason == "KEY_REUSED"

    @pytest.mark.parametrize(
        ("field", "value"),
        [("family_name", ""), ("given_name", "x" * 101), ("email", "ana"), ("patient_id", "7"), ("phone", "0" * 41)],
    )
    async def test_a_wrong_field_is_named(self, people: Running, field: str, value: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await people.ask("RegisterPatient", a_patient(**{field: value}))
        assert [f.field for f in wrong.value.fields] == [field]

    async def test_a_line_of_the_address_that_is_too_long_is_named(self, people: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await people.ask("RegisterPatient", a_patient(address=Address(lines=["ok", "x" * 201])))
        assert [f.field for f in wrong.value.fields] == ["address.lines[1]"]

    async def test_patients_do_not_register_patients(self, people: Running) -> None:
        with pytest.raises(Denied):
            await people.ask("RegisterPatient", a_patient(), role="patient")
        with pytest.raises(Unauthenticated):
            await people.ask("RegisterPatient", a_patient(), claims=ANONYMOUS)

    async def test_another_clinic_cannot_write_here(self, people: Running) -> None:
        with pytest.raises(NotFound):
            await Running(people.process).ask("RegisterPatient", a_patient(clinic_id=str(people.clinic_id)))


async def test_the_same_new_patient_ten_times_at_once_is_one(start: Any) -> None:
    people = await start(service)
    request = pb.RegisterPatientRequest(patient_id=str(new_id()), family_name="Pop")
    answers = await asyncio.gather(*(people.ask("RegisterPatient", request) for _ in range(10)))
    assert {a.mrn for a in answers} == {"P000001"}
    assert await people.events() == ["PatientRegistered"]
