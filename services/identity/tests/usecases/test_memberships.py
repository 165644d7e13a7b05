"""Inviting members and patients, and listing who acts for a clinic, on a real database."""

import asyncio
from typing import Any

import pytest
from ambulo.identity.v1 import memberships_pb2 as pb
from ambulo.identity.v1 import sessions_pb2
from ambulo.people.v1.events_pb2 import PatientInvited
from chassis.errors import Denied, Invalid, NotFound, Refused, Unauthenticated
from chassis.ids import new_id
from chassis.testing import Running
from claims import ANONYMOUS


def an_invitation(email: str = "", **more: Any) -> pb.InviteMemberRequest:
    facts = {"email": email or f"{new_id().hex}@example.com", "role": pb.ROLE_FRONT_DESK} | more
    return pb.InviteMemberRequest(**facts)


async def members(identity: Running) -> list[pb.Membership]:
    return list((await identity.ask("ListMembers", pb.ListMembersRequest())).members)


class TestInviteMember:
    async def test_who_is_invited_is_a_member_who_has_not_come_yet(self, identity: Running) -> None:
        request = an_invitation(role=pb.ROLE_SPECIALIST, specialist_id=str(new_id()))
        membership = await identity.ask("InviteMember", request)
        assert (membership.email, membership.role) == (request.email, pb.ROLE_SPECIALIST)
        assert membership.specialist_id == request.specialist_id
        assert membership.HasField("invited_at")
        assert not membership.HasField("accepted_at")
        assert await members(identity) == [membership]
        assert await identity.events() == []
        assert await identity.audited() == ["InviteMember"]

    async def test_the_trail_tells_which_role_and_not_which_address(self, identity: Running) -> None:
        request = an_invitation(role=pb.ROLE_ADMIN)
        membership = await identity.ask("InviteMember", request)
        facts = await identity.chassis.pool.fetchval(
            "SELECT facts::text FROM audit_record WHERE clinic_id = $1", identity.clinic_id
        )
        assert membership.id in facts
        assert '"admin"' in facts
        assert request.email not in facts

    async def test_inviting_again_changes_the_role(self, identity: Running) -> None:
        first = await identity.ask("InviteMember", an_invitation())
        again = an_invitation(first.email.upper(), role=pb.ROLE_SPECIALIST)
        second = await identity.ask("InviteMember", again)
        assert (second.id, second.email) == (first.id, first.email)
        assert [m.role for m in await members(identity)] == [pb.ROLE_SPECIALIST]

    async def test_five_invitations_at_once_are_one_membership(self, identity: Running) -> None:
        request = an_invitation()
        answers = await asyncio.gather(*(identity.ask("InviteMember", request) for _ in range(5)))
        assert len({a.id for a in answers}) == 1
        assert len(await members(identity)) == 1

    async def test_the_same_key_is_one_invitation(self, identity: Running) -> None:
        claims, request = identity.claims("admin"), an_invitation()
        asked = [identity.ask("InviteMember", request, claims=claims, key="k") for _ in range(5)]
        assert len({a.id for a in await asyncio.gather(*asked)}) == 1
        assert await identity.audited() == ["InviteMember"]
        with pytest.raises(Refused) as reused:
            await identity.ask("InviteMember", an_invitation(), claims=claims, key="k")
        assert reused.value.reason == "KEY_REUSED"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("email", "ana"),
            ("role", pb.ROLE_PATIENT),
            ("role", pb.ROLE_UNSPECIFIED),
            ("role", 9),
            ("specialist_id", "7"),
        ],
    )
    async def test_a_wrong_field_is_named(self, identity: Running, field: str, value: Any) -> None:
        request = an_invitation()
        setattr(request, field, value)
        with pytest.raises(Invalid) as wrong:
            await identity.ask("InviteMember", request)
        assert {f.field for f in wrong.value.fields} == {field}

    async def test_only_an_admin_of_this_clinic_invites(self, identity: Running) -> None:
        for role in ("front_desk", "specialist", "patient"):
            with pytest.raises(Denied):
                await identity.ask("InviteMember", an_invitation(), role=role)
        with pytest.raises(Unauthenticated):
            await identity.ask("InviteMember", an_invitation(), claims=ANONYMOUS)
        request = an_invitation(clinic_id=str(identity.clinic_id))
        with pytest.raises(NotFound):
            await Running(identity.process).ask("InviteMember", request)
        assert await members(identity) == []


class TestListMembers:
    async def test_pages_go_on_in_the_order_of_invitation(self, identity: Running) -> None:
        made = [(await identity.ask("InviteMember", an_invitation())).email for _ in range(5)]
        seen, cursor = [], ""
        for _ in range(9):
            page = await identity.ask("ListMembers", pb.ListMembersRequest(limit=2, cursor=cursor))
            seen += [m.email for m in page.members]
            cursor = page.next_cursor
            if not cursor:
                break
        assert seen == made

    @pytest.mark.parametrize("cursor", ["bm90LW91cnM", "WyJ5ZXN0ZXJkYXkiLCJ4Il0", "é", "W10"])
    async def test_a_cursor_that_is_not_ours_is_named(self, identity: Running, cursor: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await identity.ask("ListMembers", pb.ListMembersRequest(cursor=cursor))
        assert [f.field for f in wrong.value.fields] == ["cursor"]

    async def test_another_clinic_has_its_own(self, identity: Running) -> None:
        here, there = identity, Running(identity.process)
        email = (await here.ask("InviteMember", an_invitation())).email
        await there.ask("InviteMember", an_invitation(email, role=pb.ROLE_ADMIN))
        assert [m.role for m in await members(here)] == [pb.ROLE_FRONT_DESK]
        assert [m.role for m in await members(there)] == [pb.ROLE_ADMIN]

    async def test_staff_may_read_it_and_patients_may_not(self, identity: Running) -> None:
        for role in ("front_desk", "specialist"):
            assert not (await identity.ask("ListMembers", pb.ListMembersRequest(), role=role)).members
        with pytest.raises(Denied):
            await identity.ask("ListMembers", pb.ListMembersRequest(), role="patient")

    async def test_who_signed_in_has_accepted(self, identity: Running, ana: str, session: sessions_pb2.Session) -> None:
        [member] = await members(identity)
        assert member.email == ana
        assert member.accepted_at.ToDatetime() >= member.invited_at.ToDatetime()


class TestOnPatientInvited:
    async def test_the_patient_is_a_member_and_signs_in_as_that_patient(
        self, identity: Running, ask: Any, join: Any, link: Any
    ) -> None:
        await join(identity, f"{new_id().hex}@example.com")
        event = PatientInvited(patient_id=str(new_id()), email=f"{new_id().hex}@example.com")
        await identity.hear(event)
        session = await ask("SignIn", sessions_pb2.SignInRequest(token=await link(event.email)))
        [mine] = session.me.memberships
        assert (mine.role, mine.patient_id) == ("patient", event.patient_id)
        assert await identity.events() == ["MembershipAccepted"]

    async def test_heard_twice_it_is_one_membership(self, identity: Running) -> None:
        event = PatientInvited(patient_id=str(new_id()), email=f"{new_id().hex}@example.com")
        for _ in range(2):
            await identity.hear(event)
        [member] = await members(identity)
        assert (member.role, member.patient_id) == (pb.ROLE_PATIENT, event.patient_id)

    async def test_staff_stay_staff(self, identity: Running) -> None:
        member = await identity.ask("InviteMember", an_invitation())
        await identity.hear(PatientInvited(patient_id=str(new_id()), email=member.email))
        assert await members(identity) == [member]

    async def test_staff_of_another_clinic_can_be_patients_here(self, identity: Running) -> None:
        email = (await Running(identity.process).ask("InviteMember", an_invitation())).email
        await identity.hear(PatientInvited(patient_id=str(new_id()), email=email))
        assert [m.role for m in await members(identity)] == [pb.ROLE_PATIENT]

    async def test_a_patient_who_is_hired_becomes_staff(self, identity: Running) -> None:
        event = PatientInvited(patient_id=str(new_id()), email=f"{new_id().hex}@example.com")
        await identity.hear(event)
        await identity.ask("InviteMember", an_invitation(event.email))
        [member] = await members(identity)
        assert (member.role, member.patient_id) == (pb.ROLE_FRONT_DESK, "")
