"""ambulo.identity.v1.MembershipService: who acts for a clinic, and as what."""

from datetime import datetime
from uuid import UUID

from ambulo.identity.v1 import memberships_pb2 as pb
from chassis import Call
from chassis.errors import FieldViolation
from chassis.store import Page
from claims import permissions_of
from google.protobuf.empty_pb2 import Empty

from identity import wire
from identity.domain.errors import EmailInUse, RoleNotYours
from identity.domain.invitation import is_free
from identity.store import memberships


class MembershipService:
    async def InviteMember(self, request: pb.InviteMemberRequest, call: Call) -> pb.Membership:
        role, email = wire.ROLES[request.role], request.email.lower()
        if not permissions_of(role) <= call.claims.permissions:
            raise RoleNotYours(fields=[FieldViolation("role", "may do more than you may")])
        human_id = await memberships.human_of(call.tx, email)
        standing = await memberships.find(call.tx, human_id, lock=True)
        if standing is not None and not permissions_of(standing["role"]) <= call.claims.permissions:
            raise RoleNotYours(fields=[FieldViolation("email", "belongs to somebody who may do more than you may")])
        row = await memberships.invite(
            call.tx,
            human_id=human_id,
            role=role,
            patient_id=None,
            specialist_id=UUID(request.specialist_id) if request.specialist_id else None,
            now=call.now,
        )
        call.audit(membership_id=str(row["id"]), role=row["role"])
        return wire.membership(row, email)

    async def CheckInvitation(self, request: pb.CheckInvitationRequest, call: Call) -> Empty:
        human_id = await memberships.find_human(call.tx, request.email.lower())
        standing = await memberships.find(call.tx, human_id) if human_id is not None else None
        if standing is not None and not is_free(standing, UUID(request.patient_id)):
            raise EmailInUse("Whoever signs in with it acts as somebody else here; give the patient one of their own")
        return Empty()

    async def ListMembers(self, request: pb.ListMembersRequest, call: Call) -> pb.ListMembersResponse:
        rows, cursor = await memberships.list_(call.tx, Page.of(request, datetime, UUID))
        return pb.ListMembersResponse(members=[wire.membership(r, r["email"]) for r in rows], next_cursor=cursor)
