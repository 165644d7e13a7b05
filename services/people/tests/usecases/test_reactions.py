"""Whoever signed in as a patient is that patient from now on."""

from typing import Any

import pytest
from ambulo.identity.v1.events_pb2 import MembershipAccepted
from ambulo.identity.v1.memberships_pb2 import ROLE_FRONT_DESK, ROLE_PATIENT
from ambulo.people.v1 import patients_pb2 as pb
from chassis.ids import new_id
from chassis.testing import Running
from people.service import service


@pytest.fixture
async def people(start: Any) -> Running:
    return await start(service)


@pytest.fixture
async def patient(people: Running) -> pb.Patient:
    return await people.ask("RegisterPatient", pb.RegisterPatientRequest(family_name="Pop", email="ana@example.com"))


async def read(people: Running, patient: pb.Patient) -> pb.Patient:
    answer: pb.Patient = await people.ask("GetPatient", pb.GetPatientRequest(patient_id=patient.id))
    return answer


def accepted(patient: pb.Patient, human_id: str) -> MembershipAccepted:
    return MembershipAccepted(membership_id=str(new_id()), human_id=human_id, role=ROLE_PATIENT, patient_id=patient.id)


class TestOnMembershipAccepted:
    async def test_the_patient_knows_their_human(self, people: Running, patient: pb.Patient) -> None:
        human_id = str(new_id())
        await people.hear(accepted(patient, human_id))
        linked = await read(people, patient)
        assert (linked.human_id, linked.version) == (human_id, 2)
        assert await people.events() == ["PatientRegistered", "PatientChanged"]

    async def test_heard_twice_it_happens_once(self, people: Running, patient: pb.Patient) -> None:
        event, event_id = accepted(patient, str(new_id())), new_id()
        for id_ in (event_id, event_id, new_id()):
            await people.hear(event, event_id=id_)
        assert (await read(people, patient)).version == 2
        assert await people.events() == ["PatientRegistered", "PatientChanged"]

    async def test_a_change_of_the_record_keeps_the_human(self, people: Running, patient: pb.Patient) -> None:
        human_id = str(new_id())
        await people.hear(accepted(patient, human_id))
        changed = pb.RegisterPatientRequest(patient_id=patient.id, family_name="Ionescu")
        assert (await people.ask("RegisterPatient", changed)).human_id == human_id

    async def test_staff_are_nobodys_record(self, people: Running, patient: pb.Patient) -> None:
        await people.hear(MembershipAccepted(human_id=str(new_id()), role=ROLE_FRONT_DESK))
        assert await read(people, patient) == patient

    async def test_an_event_of_another_clinic_touches_nobody_here(self, people: Running, patient: pb.Patient) -> None:
        await Running(people.process).hear(accepted(patient, str(new_id())))
        assert await read(people, patient) == patient
        assert await people.events() == ["PatientRegistered"]
