"""What booking writes to people, when it hears of itself."""

from datetime import UTC
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from ambulo.booking.v1 import events_pb2 as booking
from ambulo.identity.v1 import clinics_pb2
from ambulo.people.v1 import patients_pb2
from chassis import Call
from chassis.errors import NotFound
from chassis.mail import Mailer

from booking.domain import letters
from booking.store import guests, holds


class Patients(Protocol):
    """What is written to patients needs of people, and no more."""

    async def GetPatient(self, request: patients_pb2.GetPatientRequest, call: Call) -> patients_pb2.Patient: ...


class Clinics(Protocol):
    """What is written to people needs of identity, and no more."""

    async def GetPublicClinic(
        self, request: clinics_pb2.GetPublicClinicRequest, call: Call
    ) -> clinics_pb2.PublicClinic: ...


class Mails:
    def __init__(self, people: Patients, clinics: Clinics, mailer: Mailer, web_url: str) -> None:
        self.people = people
        self.clinics = clinics
        self.mailer = mailer
        self.web_url = web_url

    async def on_guest_booking_requested(self, event: booking.GuestBookingRequested, call: Call) -> None:
        """Sent twice, it is the same code."""
        try:
            found = await guests.get_for_update(call.tx, UUID(event.guest_booking_id))
            hold = await holds.get_kept(call.tx, found.hold_id)
        except NotFound:
            return
        await call.pause()
        # Behind the #, which no server is told: whoever reads a log must not be able to confirm.
        link = f"{self.web_url}/c/{call.clinic_id}/confirm#booking={found.id}&code={found.code}"
        starts_at = hold.slot.starts_at.astimezone(ZoneInfo(hold.slot.time_zone))
        sender = await self._sender(call)
        letter = letters.guest_code(sender, event.language, code=found.code, link=link, starts_at=starts_at)
        await self.mailer.send(found.email, letter)

    async def on_waitlist_offered(self, event: booking.WaitlistOffered, call: Call) -> None:
        """Who has no address hears of it where they are signed in, or by telephone."""
        expires_at = event.expires_at.ToDatetime(UTC)
        if expires_at <= call.now:
            return
        asked = patients_pb2.GetPatientRequest(clinic_id=str(call.clinic_id), patient_id=event.patient_id)
        patient = await self.people.GetPatient(asked, call)
        if not patient.email:
            return
        zone = ZoneInfo(event.time_zone)
        letter = letters.offer(
            await self._sender(call),
            name=patient.given_name,
            link=f"{self.web_url}/me",
            starts_at=event.starts_at.ToDatetime(UTC).astimezone(zone),
            expires_at=expires_at.astimezone(zone),
        )
        await self.mailer.send(patient.email, letter)

    async def _sender(self, call: Call) -> letters.Sender:
        asked = clinics_pb2.GetPublicClinicRequest(clinic_id=str(call.clinic_id))
        clinic = await self.clinics.GetPublicClinic(asked, call)
        return letters.Sender(clinic.name, tuple(clinic.languages))
