"""ambulo.identity.v1.SessionService: signing in and staying signed in."""

from dataclasses import replace
from uuid import UUID

from ambulo.identity.v1 import events_pb2 as events
from ambulo.identity.v1 import sessions_pb2 as pb
from chassis import Call
from chassis.wire import stamp
from claims import Actor
from google.protobuf.empty_pb2 import Empty

from identity import wire
from identity.access import AccessTokens
from identity.domain.errors import NotAMember
from identity.store import memberships
from identity.store.sessions import Sessions, Started


class SessionService:
    def __init__(self, sessions: Sessions, tokens: AccessTokens) -> None:
        self.sessions = sessions
        self.tokens = tokens

    async def RequestSignIn(self, request: pb.RequestSignInRequest, call: Call) -> Empty:
        """Known or not, the same work and the same answer; the mail is sent by the reaction to the event."""
        email = request.email.lower()
        await self.sessions.throttle(email)
        human_id = await memberships.find_human(call.tx, email)
        if human_id is not None:
            call.emit(events.SignInRequested(human_id=str(human_id), email=email), key=str(human_id))
        return Empty()

    async def SignIn(self, request: pb.SignInRequest, call: Call) -> pb.Session:
        return await self._session(await self.sessions.redeem(request.token), request.clinic_id, call)

    async def RefreshSession(self, request: pb.RefreshSessionRequest, call: Call) -> pb.Session:
        started = await self.sessions.rotate(request.refresh_token)
        return await self._session(started, request.clinic_id or started.clinic_id, call)

    async def SignOut(self, request: pb.SignOutRequest, call: Call) -> Empty:
        await self.sessions.end(request.refresh_token)
        return Empty()

    async def GetMe(self, request: pb.GetMeRequest, call: Call) -> pb.Me:
        if call.claims.actor is not Actor.HUMAN:
            return pb.Me(id=call.claims.subject)
        return await _me(UUID(call.claims.subject), call)

    async def GetSigningKeys(self, request: pb.GetSigningKeysRequest, call: Call) -> pb.JwkSet:
        return self.tokens.key_set()

    async def _session(self, started: Started, clinic_id: str, call: Call) -> pb.Session:
        """From here on the call is the person's own: they see their memberships, and accept the one they act in."""
        human_id = UUID(started.human_id)
        call.claims = replace(call.claims, subject=str(human_id), actor=Actor.HUMAN, session_id=started.session_id)
        me = await _me(human_id, call)
        mine = next((m for m in me.memberships if m.clinic_id == clinic_id or not clinic_id), None)
        await call.pause()
        if mine is None:
            raise NotAMember("Ask the clinic to invite you")
        await self.sessions.settle(started.session_id, mine.clinic_id)

        call.act_in(UUID(mine.clinic_id))
        await _accept(human_id, mine, call)
        token, expires_at = self.tokens.issue(
            human_id=me.id, session_id=started.session_id, membership=mine, now=call.now
        )
        return pb.Session(
            access_token=token,
            expires_at=stamp(expires_at),
            refresh_token=started.refresh_token,
            clinic_id=mine.clinic_id,
            me=me,
        )


async def _me(human_id: UUID, call: Call) -> pb.Me:
    rows = await memberships.of_human(call.tx, human_id)
    return pb.Me(
        id=str(human_id),
        email=await memberships.email_of(call.tx, human_id),
        memberships=[wire.my_membership(row) for row in rows],
    )


async def _accept(human_id: UUID, mine: pb.MyMembership, call: Call) -> None:
    rows = await memberships.of_human(call.tx, human_id)
    row = next((r for r in rows if str(r["clinic_id"]) == mine.clinic_id), None)
    if row is not None and await memberships.accept(call.tx, row["id"], call.now):
        call.emit(
            events.MembershipAccepted(
                membership_id=str(row["id"]),
                human_id=str(human_id),
                role=wire.ROLES_BACK[row["role"]],
                patient_id=mine.patient_id,
                specialist_id=mine.specialist_id,
            ),
            key=str(human_id),
        )
