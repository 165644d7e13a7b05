"""From a mail to a session: on real Postgres, Valkey and SMTP."""

import asyncio
import hashlib
from typing import Any

import jwt
import pytest
from ambulo.identity.v1 import sessions_pb2 as pb
from chassis.errors import Exhausted, Invalid, NotFound, Unauthenticated
from chassis.ids import new_id
from chassis.testing import Running
from claims import permissions_of
from embedded import Servers
from redis.asyncio import Redis


class TestRequestSignIn:
    async def test_who_is_known_gets_a_mail(self, ana: str, mails: Any, link: Any) -> None:
        token = await link(ana)
        [text] = await mails(ana)
        assert f"http://localhost:8000/sign-in?token={token}" in text.splitlines()

    async def test_who_is_not_known_gets_the_same_answer_and_no_mail(self, ask: Any, ana: str, said: Any) -> None:
        stranger = f"{new_id().hex}@example.com"
        first, second = [await ask("RequestSignIn", pb.RequestSignInRequest(email=email)) for email in (ana, stranger)]
        assert first == second
        assert [len(await said(email)) for email in (ana, stranger)] == [1, 0]

    async def test_case_does_not_matter(self, ask: Any, ana: str, said: Any) -> None:
        await ask("RequestSignIn", pb.RequestSignInRequest(email=ana.upper()))
        assert len(await said(ana)) == 1

    async def test_ten_links_an_hour_are_enough_known_or_not(self, ask: Any, ana: str, said: Any) -> None:
        for email in (ana, f"{new_id().hex}@example.com"):
            for _ in range(10):
                await ask("RequestSignIn", pb.RequestSignInRequest(email=email))
            with pytest.raises(Exhausted) as enough:
                await ask("RequestSignIn", pb.RequestSignInRequest(email=email.upper()))
            assert enough.value.reason == "TOO_MANY_LINKS"
            assert 3500 < enough.value.retry_after <= 3600
        assert len(await said(ana)) == 10

    @pytest.mark.parametrize("email", ["", "ana", "ana@", "a@b\r\nBcc: c@d", "x" * 250 + "@d.ro"])
    async def test_what_is_no_address_is_named(self, ask: Any, email: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await ask("RequestSignIn", pb.RequestSignInRequest(email=email))
        assert {f.field for f in wrong.value.fields} == {"email"}


class TestSignIn:
    async def test_a_link_becomes_a_session(self, identity: Running, ask: Any, ana: str, link: Any) -> None:
        session = await ask("SignIn", pb.SignInRequest(token=await link(ana)))
        mine = pb.MyMembership(clinic_id=str(identity.clinic_id), clinic_name="Clinic", role="front_desk")
        assert session.clinic_id == str(identity.clinic_id)
        assert (session.me.email, list(session.me.memberships)) == (ana, [mine])
        assert await identity.events() == ["MembershipAccepted"]
        assert await identity.audited() == ["DefineClinic", "InviteMember", "SignIn"]

    async def test_the_access_token_says_who_and_what_for_ten_minutes(
        self, identity: Running, ask: Any, session: pb.Session
    ) -> None:
        [key] = (await ask("GetSigningKeys", pb.GetSigningKeysRequest())).keys
        assert jwt.get_unverified_header(session.access_token) == {"alg": "EdDSA", "typ": "JWT", "kid": key.kid}
        public = jwt.PyJWK({"kty": key.kty, "crv": key.crv, "x": key.x}, "EdDSA")
        body = jwt.decode(session.access_token, public, ["EdDSA"], audience="ambulo", issuer="ambulo")
        assert (body["sub"], body["clinic_id"]) == (session.me.id, str(identity.clinic_id))
        assert (body["role"], body["actor_type"]) == ("front_desk", "human")
        assert set(body["scopes"]) == permissions_of("front_desk")
        assert body["exp"] == session.expires_at.seconds
        assert 590 <= body["exp"] - body["iat"] <= 600

    async def test_a_link_works_once(self, ask: Any, ana: str, link: Any) -> None:
        request = pb.SignInRequest(token=await link(ana))
        answers = await asyncio.gather(*(ask("SignIn", request) for _ in range(5)), return_exceptions=True)
        assert sum(isinstance(a, pb.Session) for a in answers) == 1
        assert [a.reason for a in answers if isinstance(a, Unauthenticated)] == ["LINK_SPENT"] * 4

    async def test_a_link_lives_ten_minutes(self, ask: Any, ana: str, link: Any, servers: Servers) -> None:
        token = await link(ana)
        key = f"link:{hashlib.sha256(token.encode()).hexdigest()}"
        async with Redis.from_url(servers.addresses.valkey_url) as valkey:
            assert 590 <= await valkey.ttl(key) <= 600
            await valkey.expire(key, 0)
        with pytest.raises(Unauthenticated) as expired:
            await ask("SignIn", pb.SignInRequest(token=token))
        assert expired.value.reason == "LINK_SPENT"

    async def test_valkey_keeps_no_token_that_could_be_used(
        self, ask: Any, ana: str, link: Any, servers: Servers
    ) -> None:
        token = await link(ana)
        refresh = (await ask("SignIn", pb.SignInRequest(token=await link(ana)))).refresh_token
        async with Redis.from_url(
            servers.addresses.valkey_url, decode_responses=True, encoding_errors="replace"
        ) as valkey:
            kept = [key + (await valkey.get(key) or "") for key in await valkey.keys("*")]
        assert kept
        assert not [each for each in kept if token in each or refresh.partition(".")[2] in each]

    async def test_a_link_that_was_never_sent_is_spent(self, ask: Any) -> None:
        with pytest.raises(Unauthenticated) as made_up:
            await ask("SignIn", pb.SignInRequest(token="x" * 43))
        assert made_up.value.reason == "LINK_SPENT"

    async def test_a_mail_that_was_sent_twice_has_two_good_links(
        self, identity: Running, ask: Any, ana: str, said: Any, mails: Any
    ) -> None:
        await ask("RequestSignIn", pb.RequestSignInRequest(email=ana))
        [event] = await said(ana)
        for _ in range(2):
            await identity.hear(event)
        tokens = [text.split("?token=")[1].split()[0] for text in await mails(ana)]
        assert len(set(tokens)) == 2
        for token in tokens:
            assert (await ask("SignIn", pb.SignInRequest(token=token))).me.email == ana

    async def test_only_the_first_sign_in_accepts(self, identity: Running, ask: Any, ana: str, link: Any) -> None:
        for _ in range(2):
            await ask("SignIn", pb.SignInRequest(token=await link(ana)))
        assert await identity.events() == ["MembershipAccepted"]

    async def test_the_clinic_can_be_chosen_and_the_oldest_is_the_first(
        self, identity: Running, ask: Any, join: Any, ana: str, link: Any
    ) -> None:
        other = Running(identity.process)
        await join(other, ana, "ROLE_ADMIN")
        first = await ask("SignIn", pb.SignInRequest(token=await link(ana)))
        assert first.clinic_id == str(identity.clinic_id)
        assert [m.role for m in first.me.memberships] == ["front_desk", "admin"]
        chosen = pb.SignInRequest(token=await link(ana), clinic_id=str(other.clinic_id))
        assert (await ask("SignIn", chosen)).clinic_id == str(other.clinic_id)
        assert await other.events() == ["MembershipAccepted"]

    async def test_in_a_foreign_clinic_nobody_signs_in(
        self, identity: Running, ask: Any, join: Any, ana: str, link: Any
    ) -> None:
        other = Running(identity.process)
        await join(other, f"{new_id().hex}@example.com")
        for clinic_id in (str(other.clinic_id), str(new_id())):
            with pytest.raises(NotFound) as foreign:
                await ask("SignIn", pb.SignInRequest(token=await link(ana), clinic_id=clinic_id))
            assert foreign.value.reason == "NOT_A_MEMBER"
        assert await other.events() == []

    @pytest.mark.parametrize(
        ("more", "field"), [({"token": "short"}, "token"), ({"token": "x" * 43, "clinic_id": "7"}, "clinic_id")]
    )
    async def test_a_wrong_field_is_named(self, ask: Any, more: dict[str, str], field: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await ask("SignIn", pb.SignInRequest(**more))
        assert [f.field for f in wrong.value.fields] == [field]
