"""ambulo.identity.v1.MembershipService: who acts for a clinic, and as what."""

from datetime import datetime
from uuid import UUID

from ambulo.identity.v1 import memberships_pb2 as pb
from chassis import Call
from chassis.store import Page

from identity import wire
from identity.store import memberships


class MembershipService:
    async def InviteMember(self, request: pb.InviteMemberRequest, call: Call) -> pb.Membership:
        email = request.email.lower()
        row = await memberships.invite(
            call.tx,
            human_id=await memberships.human_of(call.tx, email),
            role=wire.ROLES[request.role],
            patient_id=None,
            specialist_id=UUID(request.specialist_id) if request.specialist_id else None,
            now=call.now,
        )
        call.audit(membership_id=str(row["id"]), role=row["role"])
        return wire.membership(row, email)

    async def ListMembers(self, request: pb.ListMembersRequest, call: Call) -> pb.ListMembersResponse:
        rows, cursor = await memberships.list_(call.tx, Page.of(request, datetime, UUID))
        return pb.ListMembersResponse(members=[wire.membership(r, r["email"]) for r in rows], next_cursor=cursor)
