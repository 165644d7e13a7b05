"""What people does when it hears of others."""

from uuid import UUID

from ambulo.identity.v1 import events_pb2 as identity
from ambulo.people.v1 import events_pb2 as events
from chassis import Call

from people.store import patients


class Reactions:
    async def on_membership_accepted(self, event: identity.MembershipAccepted, call: Call) -> None:
        """Whoever signed in for the first time as a patient is that patient from now on."""
        if not event.patient_id:
            return
        version = await patients.link(call.tx, UUID(event.patient_id), UUID(event.human_id))
        if version is not None:
            call.emit(events.PatientChanged(patient_id=event.patient_id, version=version), key=event.patient_id)
