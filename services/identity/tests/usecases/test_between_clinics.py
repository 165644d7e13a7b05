"""One person in two clinics: what they see, what they carry along, and rights that nobody can give themselves."""

from dataclasses import replace
from typing import Any

import jwt
import pytest
from ambulo.identity.v1 import memberships_pb2, sessions_pb2
from ambulo.identity.v1 import service_accounts_pb2 as accounts
from ambulo.people.v1.events_pb2 import PatientInvited
from chassis.envelope import Envelope
from chassis.errors import Conflict, Denied, NotFound
from chassis.ids import new_id
from chassis.testing import Running
from claims import ANONYMOUS, Actor, Claims, permissions_of, system
from google.protobuf.message import Message


@pytest.fixture
def ask(identity: Running) -> Any:
    async def as_somebody(name: str, request: Message, claims: Claims = ANONYMOUS) -> Any:
        endpoint = identity.process.local[f"/ambulo.identity.v1.SessionService/{name}"]
        return await endpoint(request, Envelope(claims=claims, request_id=str(new_id())))

    return as_somebody


@pytest.fixture
def sign_in(identity: Running, ask: Any) -> Any:
    async def with_link(email: str, claims: Claims = ANONYMOUS, **more: Any) -> sessions_pb2.Session:
        usecase = identity.process.local["/ambulo.identity.v1.SessionService/SignIn"]._method.__self__
        human = await identity.chassis.pool.fetchval("SELECT id FROM human WHERE email = $1", email)
        token = await usecase.sessions.new_link(str(human))
        return await ask("SignIn", sessions_pb2.SignInRequest(token=token, **more), claims)

    return with_link


@pytest.fixture
async def both(identity: Running, ana: str, join: Any) -> Running:
    """Ana's other clinic."""
    other = Running(identity.process)
    await join(other, ana)
    return other


def carrying(session: sessions_pb2.Session, clinic: Running, role: str = "admin") -> Claims:
    permissions = permissions_of(role)
    return Claims(
        subject=session.me.id, actor=Actor.HUMAN, clinic_id=clinic.clinic_id, role=role, permissions=permissions
    )


async def test_members_of_a_clinic_are_only_its_own(identity: Running, ana: str, both: Running, sign_in: Any) -> None:
    session = await sign_in(ana)
    listed = await identity.ask("ListMembers", memberships_pb2.ListMembersRequest(), claims=carrying(session, identity))
    assert len(listed.members) == 1


async def test_who_is_signed_in_sees_all_their_clinics(
    identity: Running, ana: str, both: Running, sign_in: Any
) -> None:
    session = await sign_in(ana)
    me = await identity.ask("GetMe", sessions_pb2.GetMeRequest(), claims=carrying(session, identity))
    assert [m.clinic_id for m in me.memberships] == [str(identity.clinic_id), str(both.clinic_id)]


async def test_an_old_token_that_comes_along_changes_nothing(
    identity: Running, ana: str, both: Running, sign_in: Any, ask: Any
) -> None:
    session = await sign_in(ana)
    assert (await sign_in(ana, carrying(session, both))).clinic_id == str(identity.clinic_id)
    change = sessions_pb2.RefreshSessionRequest(refresh_token=session.refresh_token, clinic_id=str(both.clinic_id))
    assert (await ask("RefreshSession", change, carrying(session, identity))).clinic_id == str(both.clinic_id)


async def test_a_session_outlives_the_wish_for_a_clinic_that_is_not_ones_own(ana: str, sign_in: Any, ask: Any) -> None:
    session = await sign_in(ana)
    wish = sessions_pb2.RefreshSessionRequest(refresh_token=session.refresh_token, clinic_id=str(new_id()))
    with pytest.raises(NotFound):
        await ask("RefreshSession", wish)
    await ask("RefreshSession", sessions_pb2.RefreshSessionRequest(refresh_token=session.refresh_token))


async def test_the_sessions_id_is_not_enough_to_end_it(ana: str, sign_in: Any, ask: Any) -> None:
    session = await sign_in(ana)
    sid = jwt.decode(session.access_token, options={"verify_signature": False})["sid"]
    forged = f"{sid}.{'x' * 43}"
    await ask("SignOut", sessions_pb2.SignOutRequest(refresh_token=forged))
    with pytest.raises(Exception, match="ended"):
        await ask("RefreshSession", sessions_pb2.RefreshSessionRequest(refresh_token=forged))
    await ask("RefreshSession", sessions_pb2.RefreshSessionRequest(refresh_token=session.refresh_token))


async def test_signing_out_is_on_the_trail_of_the_clinic(identity: Running, ana: str, sign_in: Any, ask: Any) -> None:
    session = await sign_in(ana)
    await ask("SignOut", sessions_pb2.SignOutRequest(refresh_token=session.refresh_token))
    assert (await identity.audited())[-1] == "SignOut"


async def test_nobody_gives_a_role_that_may_more_than_they(identity: Running) -> None:
    program = Claims(
        subject=str(new_id()), actor=Actor.SERVICE_ACCOUNT, clinic_id=identity.clinic_id, role="service_account",
        permissions=frozenset({"members.manage"}),
    )  # fmt: skip
    request = memberships_pb2.InviteMemberRequest(email="own@example.com", role=memberships_pb2.ROLE_ADMIN)
    with pytest.raises(Denied) as refused:
        await identity.ask("InviteMember", request, claims=program)
    assert (refused.value.reason, refused.value.fields[0].field) == ("ROLE_NOT_YOURS", "role")


async def test_who_signs_in_as_a_patient_stays_that_patient(identity: Running, join: Any, sign_in: Any) -> None:
    email, first, second = f"{new_id().hex}@example.com", str(new_id()), str(new_id())
    await join(identity, f"{new_id().hex}@example.com")
    for patient_id in (str(new_id()), first):
        await identity.hear(PatientInvited(patient_id=patient_id, email=email))
    await sign_in(email)
    await identity.hear(PatientInvited(patient_id=second, email=email))
    await sign_in(email)
    assert await identity.events() == ["MembershipAccepted"]
    members = (await identity.ask("ListMembers", memberships_pb2.ListMembersRequest())).members
    assert [m.patient_id for m in members if m.email == email] == [first]


async def test_an_address_is_free_until_somebody_else_signs_in_with_it(
    identity: Running, join: Any, sign_in: Any
) -> None:
    email, patient, other = f"{new_id().hex}@example.com", str(new_id()), str(new_id())
    staff = f"{new_id().hex}@example.com"
    await join(identity, staff)

    async def check(address: str, patient_id: str) -> None:
        asked = memberships_pb2.CheckInvitationRequest(email=address, patient_id=patient_id)
        await identity.ask("CheckInvitation", asked, claims=system("people", identity.clinic_id))

    await check(email, patient)
    await identity.hear(PatientInvited(patient_id=patient, email=email))
    await check(email, other)
    await sign_in(email)
    await check(email, patient)
    for address in (email, staff):
        with pytest.raises(Conflict) as refused:
            await check(address, other)
        assert refused.value.reason == "EMAIL_IN_USE"


async def test_nobody_takes_rights_from_who_has_more(identity: Running) -> None:
    chief = memberships_pb2.InviteMemberRequest(email=f"{new_id().hex}@example.com", role=memberships_pb2.ROLE_ADMIN)
    await identity.ask("InviteMember", chief)
    lesser = replace(identity.claims("front_desk"), permissions=permissions_of("front_desk") | {"members.manage"})
    demotion = memberships_pb2.InviteMemberRequest(email=chief.email, role=memberships_pb2.ROLE_FRONT_DESK)
    with pytest.raises(Denied) as refused:
        await identity.ask("InviteMember", demotion, claims=lesser)
    assert (refused.value.reason, refused.value.fields[0].field) == ("ROLE_NOT_YOURS", "email")


async def test_a_key_says_itself_whose_it_is_whoever_asks(identity: Running) -> None:
    request = accounts.CreateServiceAccountRequest(name="x", permissions=["catalog.read"])
    account = await identity.ask("CreateServiceAccount", request)
    key = await identity.ask("IssueApiKey", accounts.IssueApiKeyRequest(service_account_id=account.id))
    found = await identity.ask(
        "VerifyApiKey", accounts.VerifyApiKeyRequest(secret=key.secret), claims=system("booking", new_id())
    )
    assert found.clinic_id == str(identity.clinic_id)
