"""ambulo.people.v1.PatientService: who is cared for."""

from dataclasses import replace
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from ambulo.identity.v1 import memberships_pb2
from ambulo.people.v1 import events_pb2 as events
from ambulo.people.v1 import patients_pb2 as pb
from chassis import Call, new_id
from chassis.store import Page, require_version
from google.protobuf.empty_pb2 import Empty

from people import wire
from people.domain.errors import NoEmail, PatientChanged
from people.domain.patient import birth_date, e164, folded
from people.store import patients, tables

_DATE_LINE = timedelta(hours=14)
"""Somewhere it is already tomorrow."""


class Memberships(Protocol):
    """What people needs of identity, and no more."""

    async def CheckInvitation(self, request: memberships_pb2.CheckInvitationRequest, call: Call) -> Empty: ...


class PatientService:
    def __init__(self, memberships: Memberships) -> None:
        self.memberships = memberships

    async def RegisterPatient(self, request: pb.RegisterPatientRequest, call: Call) -> pb.Patient:
        phone = e164(request.phone, request.address.country)
        born = None
        if request.HasField("birth_date"):
            given = request.birth_date
            born = birth_date(given.year, given.month, given.day, (call.now + _DATE_LINE).date())
        id_ = UUID(request.patient_id) if request.patient_id else new_id()
        await require_version(call.tx, tables.patient, {"id": id_}, request.expected_version, PatientChanged)
        version = await patients.save(
            call.tx,
            {
                "id": id_,
                "mrn": request.mrn or await patients.mrn_of(call.tx, id_),
                "given_name": request.given_name,
                "family_name": request.family_name,
                "folded_name": f" {folded(f'{request.given_name} {request.family_name}')}",
                "birth_date": born,
                "email": request.email.lower(),
                "phone": phone,
                "address": wire.address_json(request.address),
            },
        )
        if version == 1:
            call.emit(events.PatientRegistered(patient_id=str(id_)), key=str(id_))
        elif version is not None:
            call.emit(events.PatientChanged(patient_id=str(id_), version=version), key=str(id_))
        call.audit(patient_id=str(id_))
        return wire.patient(await patients.get(call.tx, id_))

    async def GetPatient(self, request: pb.GetPatientRequest, call: Call) -> pb.Patient:
        return wire.patient(await patients.get(call.tx, UUID(request.patient_id)))

    async def SearchPatients(self, request: pb.SearchPatientsRequest, call: Call) -> pb.SearchPatientsResponse:
        only = list(map(UUID, request.patient_ids))
        page = Page.of(request, str, str, UUID)
        if only and not request.limit:
            page = replace(page, limit=len(only))
        rows, cursor = await patients.search(call.tx, page, request.query, only)
        return pb.SearchPatientsResponse(patients=map(wire.patient, rows), next_cursor=cursor)

    async def InvitePatient(self, request: pb.InvitePatientRequest, call: Call) -> Empty:
        patient = await patients.get(call.tx, UUID(request.patient_id))
        if not patient["email"]:
            raise NoEmail("Add an e-mail address first; the invitation goes there")
        await call.pause()
        asked = memberships_pb2.CheckInvitationRequest(email=patient["email"], patient_id=request.patient_id)
        await self.memberships.CheckInvitation(asked, call)
        call.emit(events.PatientInvited(patient_id=request.patient_id, email=patient["email"]), key=request.patient_id)
        return Empty()

    async def AdmitGuest(self, request: pb.AdmitGuestRequest, call: Call) -> pb.CheckedPatient:
        name = folded(f"{request.given_name} {request.family_name}")
        known = await patients.find_by_contact(call.tx, request.email.lower(), name)
        if known is not None:
            return pb.CheckedPatient(patient_id=str(known))
        await self.RegisterPatient(
            pb.RegisterPatientRequest(
                patient_id=request.patient_id,
                given_name=request.given_name,
                family_name=request.family_name,
                email=request.email,
                phone=request.phone,
            ),
            call,
        )
        call.emit(events.PatientInvited(patient_id=request.patient_id, email=request.email), key=request.patient_id)
        return pb.CheckedPatient(patient_id=request.patient_id)

    async def CheckPatient(self, request: pb.CheckPatientRequest, call: Call) -> pb.CheckedPatient:
        await patients.require(call.tx, UUID(request.patient_id))
        return pb.CheckedPatient(patient_id=str(UUID(request.patient_id)))
