"""ambulo.identity.v1.SessionService: signing in and staying signed in."""

from dataclasses import replace
from uuid import UUID

from ambulo.identity.v1 import events_pb2 as events
from ambulo.identity.v1 import sessions_pb2 as pb
from chassis import Call
from chassis.wire import stamp
from claims import Actor, Claims
from google.protobuf.empty_pb2 import Empty

from identity import wire
from identity.access import AccessTokens
from identity.domain.errors import NotAMember
from identity.store import memberships
from identity.store.sessions import Held, Sessions


class SessionService:
    def __init__(self, sessions: Sessions, tokens: AccessTokens) -> None:
        self.sessions = sessions
        self.tokens = tokens

    async def RequestSignIn(self, request: pb.RequestSignInRequest, call: Call) -> Empty:
        """Known or not, the same answer; the mail is sent by the reaction to the event."""
        email = request.email.lower()
        await self.sessions.throttle(email)
        human_id = await memberships.find_human(call.tx, email)
        if human_id is not None:
            asked = events.SignInRequested(human_id=str(human_id), email=email, language=request.language)
            call.emit(asked, key=str(human_id))
        return Empty()

    async def SignIn(self, request: pb.SignInRequest, call: Call) -> pb.Session:
        me, mine = await _membership(await self.sessions.whose_link(request.token), request.clinic_id, call)
        return await self._session(await self.sessions.redeem(request.token, mine.clinic_id), me, mine, call)

    async def RefreshSession(self, request: pb.RefreshSessionRequest, call: Call) -> pb.Session:
        held = await self.sessions.held(request.refresh_token)
        me, mine = await _membership(held.human_id, request.clinic_id or held.clinic_id, call)
        return await self._session(await self.sessions.rotate(request.refresh_token, mine.clinic_id), me, mine, call)

    async def SignOut(self, request: pb.SignOutRequest, call: Call) -> Empty:
        held = await self.sessions.end(request.refresh_token)
        if held is not None:
            call.act_as(_person(held.human_id, held.session_id, call))
            call.act_in(UUID(held.clinic_id))
        return Empty()

    async def GetMe(self, request: pb.GetMeRequest, call: Call) -> pb.Me:
        if call.claims.actor is not Actor.HUMAN:
            return pb.Me(id=call.claims.subject)
        call.act_as(call.claims)
        return await _me(UUID(call.claims.subject), call)

    async def GetSigningKeys(self, request: pb.GetSigningKeysRequest, call: Call) -> pb.JwkSet:
        return self.tokens.key_set()

    async def _session(self, held: Held, me: pb.Me, mine: pb.MyMembership, call: Call) -> pb.Session:
        call.act_as(_person(held.human_id, held.session_id, call))
        call.act_in(UUID(mine.clinic_id))
        await _accept(UUID(held.human_id), mine, call)
        token, expires_at = self.tokens.issue(human_id=me.id, session_id=held.session_id, membership=mine, now=call.now)
        return pb.Session(
            access_token=token,
            expires_at=stamp(expires_at),
            refresh_token=held.refresh_token,
            clinic_id=mine.clinic_id,
            me=me,
        )


async def _membership(human_id: str, clinic_id: str, call: Call) -> tuple[pb.Me, pb.MyMembership]:
    """Who they are, and as what they act: in the clinic asked for, or their first. Before a link or token is spent."""
    call.act_as(_person(human_id, "", call))
    me = await _me(UUID(human_id), call)
    await call.pause()
    mine = next((m for m in me.memberships if m.clinic_id == clinic_id or not clinic_id), None)
    if mine is None:
        raise NotAMember("Ask the clinic to invite you")
    return me, mine


def _person(human_id: str, session_id: str, call: Call) -> Claims:
    return replace(call.claims, subject=human_id, actor=Actor.HUMAN, session_id=session_id)


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
