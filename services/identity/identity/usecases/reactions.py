"""What identity does when it hears of others, and of itself."""

from uuid import UUID

from ambulo.identity.v1 import events_pb2 as identity
from ambulo.people.v1 import events_pb2 as people
from chassis import Call
from chassis.mail import Mailer

from identity.domain import letters
from identity.domain.invitation import is_free
from identity.store import memberships
from identity.store.sessions import Sessions


class Reactions:
    def __init__(self, sessions: Sessions, mailer: Mailer, web_url: str) -> None:
        self.sessions = sessions
        self.mailer = mailer
        self.web_url = web_url

    async def on_sign_in_requested(self, event: identity.SignInRequested, call: Call) -> None:
        """Before the transaction: should the mail be sent twice, the second link works as well as the first."""
        token = await self.sessions.new_link(event.human_id)
        link = f"{self.web_url}/sign-in?token={token}"
        await self.mailer.send(event.email, letters.sign_in(event.language, link))

    async def on_patient_invited(self, event: people.PatientInvited, call: Call) -> None:
        """A patient who also works for the clinic stays staff, and who signs in as a patient stays that patient: one
        person wears one hat at a time."""
        human_id = await memberships.human_of(call.tx, event.email)
        standing = await memberships.find(call.tx, human_id, lock=True)
        if standing is not None and not is_free(standing, UUID(event.patient_id)):
            return
        await memberships.invite(
            call.tx,
            human_id=human_id,
            role="patient",
            patient_id=UUID(event.patient_id),
            specialist_id=None,
            now=call.now,
        )
