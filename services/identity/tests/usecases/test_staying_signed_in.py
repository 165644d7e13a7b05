"""Refreshing, signing out, and who I am: on real Postgres and Valkey."""

import asyncio
import hashlib
import json
from typing import Any

import jwt
import pytest
from ambulo.identity.v1 import sessions_pb2 as pb
from chassis.envelope import Envelope
from chassis.errors import Invalid, NotFound, Unauthenticated, Unavailable
from chassis.ids import new_id
from chassis.testing import Running
from claims import ANONYMOUS, Actor, Claims
from embedded import Servers
from identity.service import service
from redis.asyncio import Redis


def a_refresh(session: pb.Session, **more: Any) -> pb.RefreshSessionRequest:
    return pb.RefreshSessionRequest(refresh_token=session.refresh_token, **more)


async def is_over(ask: Any, session: pb.Session) -> bool:
    try:
        await ask("RefreshSession", a_refresh(session))
    except Unauthenticated as over:
        return over.reason == "SESSION_ENDED"
    return False


class TestRefreshSession:
    async def test_each_refresh_token_gets_the_next(self, ask: Any, session: pb.Session) -> None:
        seen = {session.refresh_token}
        fresh = session
        for _ in range(3):
            fresh = await ask("RefreshSession", a_refresh(fresh))
            assert (fresh.clinic_id, fresh.me) == (session.clinic_id, session.me)
            assert fresh.expires_at.seconds >= session.expires_at.seconds
            seen.add(fresh.refresh_token)
        assert len(seen) == 4

    async def test_the_session_stays_the_same(self, ask: Any, session: pb.Session) -> None:
        fresh = await ask("RefreshSession", a_refresh(session))
        sids = {jwt.decode(s.access_token, options={"verify_signature": False})["sid"] for s in (session, fresh)}
        assert len(sids) == 1

    async def test_a_token_that_comes_twice_ends_the_session_for_both(self, ask: Any, session: pb.Session) -> None:
        fresh = await ask("RefreshSession", a_refresh(session))
        assert await is_over(ask, session)
        assert await is_over(ask, fresh)

    async def test_of_two_at_once_at_most_one_goes_on(self, ask: Any, session: pb.Session) -> None:
        asked = [ask("RefreshSession", a_refresh(session)) for _ in range(2)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(a, pb.Session) for a in answers) <= 1
        assert {a.reason for a in answers if isinstance(a, Unauthenticated)} == {"SESSION_ENDED"}

    async def test_another_session_goes_on(self, ask: Any, session: pb.Session, ana: str, link: Any) -> None:
        other = await ask("SignIn", pb.SignInRequest(token=await link(ana)))
        await ask("RefreshSession", a_refresh(session))
        assert await is_over(ask, session)
        assert not await is_over(ask, other)

    @pytest.mark.parametrize("token", ["x" * 43, "x" * 22 + "." + "y" * 43, "." * 20])
    async def test_a_token_that_was_made_up_gets_nothing(self, ask: Any, token: str) -> None:
        with pytest.raises(Unauthenticated) as unknown:
            await ask("RefreshSession", pb.RefreshSessionRequest(refresh_token=token))
        assert unknown.value.reason == "SESSION_ENDED"

    async def test_the_clinic_changes_and_stays_changed(
        self, identity: Running, ask: Any, join: Any, ana: str, session: pb.Session
    ) -> None:
        other = Running(identity.process)
        await join(other, ana, "ROLE_ADMIN")
        moved = await ask("RefreshSession", a_refresh(session, clinic_id=str(other.clinic_id)))
        body = jwt.decode(moved.access_token, options={"verify_signature": False})
        assert (body["clinic_id"], body["role"]) == (str(other.clinic_id), "admin")
        assert await other.events() == ["MembershipAccepted"]
        assert (await ask("RefreshSession", a_refresh(moved))).clinic_id == str(other.clinic_id)

    async def test_a_foreign_clinic_is_not_entered(self, ask: Any, session: pb.Session) -> None:
        with pytest.raises(NotFound) as foreign:
            await ask("RefreshSession", a_refresh(session, clinic_id=str(new_id())))
        assert foreign.value.reason == "NOT_A_MEMBER"

    async def test_a_new_role_counts_from_the_next_token_on(
        self, identity: Running, ask: Any, join: Any, ana: str, session: pb.Session
    ) -> None:
        await join(identity, ana, "ROLE_ADMIN")
        fresh = await ask("RefreshSession", a_refresh(session))
        assert "members.manage" in jwt.decode(fresh.access_token, options={"verify_signature": False})["scopes"]

    async def test_a_session_lives_thirty_days_from_its_last_refresh(
        self, ask: Any, session: pb.Session, servers: Servers
    ) -> None:
        key = f"session:{session.refresh_token.partition('.')[0]}"
        async with Redis.from_url(servers.addresses.valkey_url) as valkey:
            assert 30 * 86400 - 10 <= await valkey.ttl(key) <= 30 * 86400
            await valkey.expire(key, 100)
            fresh = await ask("RefreshSession", a_refresh(session))
            assert await valkey.ttl(key) > 29 * 86400
            kept = json.loads(await valkey.get(key))
            await valkey.expire(key, 0)
        assert kept["refresh"] == hashlib.sha256(fresh.refresh_token.partition(".")[2].encode()).hexdigest()
        assert await is_over(ask, fresh)

    async def test_a_token_that_is_too_short_is_named(self, ask: Any) -> None:
        with pytest.raises(Invalid) as wrong:
            await ask("RefreshSession", pb.RefreshSessionRequest(refresh_token="short"))
        assert [f.field for f in wrong.value.fields] == ["refresh_token"]


class TestSignOut:
    async def test_the_session_is_over(self, ask: Any, session: pb.Session) -> None:
        await ask("SignOut", pb.SignOutRequest(refresh_token=session.refresh_token))
        assert await is_over(ask, session)

    async def test_signing_out_again_or_of_nothing_changes_nothing(self, ask: Any, session: pb.Session) -> None:
        for token in (session.refresh_token, session.refresh_token, "x" * 43):
            await ask("SignOut", pb.SignOutRequest(refresh_token=token))

    async def test_another_session_goes_on(self, ask: Any, session: pb.Session, ana: str, link: Any) -> None:
        other = await ask("SignIn", pb.SignInRequest(token=await link(ana)))
        await ask("SignOut", pb.SignOutRequest(refresh_token=session.refresh_token))
        assert not await is_over(ask, other)


class TestGetMe:
    async def test_it_shows_all_clinics_of_the_person_and_of_nobody_else(
        self, identity: Running, join: Any, ana: str, session: pb.Session
    ) -> None:
        await join(identity, f"{new_id().hex}@example.com")
        other = Running(identity.process)
        await join(other, ana)
        claims = Claims(subject=session.me.id, actor=Actor.HUMAN, clinic_id=identity.clinic_id)
        me = await identity.ask("GetMe", pb.GetMeRequest(), claims=claims)
        assert (me.id, me.email) == (session.me.id, ana)
        assert [m.clinic_id for m in me.memberships] == [str(identity.clinic_id), str(other.clinic_id)]

    async def test_a_program_is_only_its_id(self, identity: Running) -> None:
        claims = Claims(subject=str(new_id()), actor=Actor.SERVICE_ACCOUNT, clinic_id=identity.clinic_id)
        assert await identity.ask("GetMe", pb.GetMeRequest(), claims=claims) == pb.Me(id=claims.subject)

    async def test_who_is_not_signed_in_is_nobody(self, identity: Running) -> None:
        with pytest.raises(Unauthenticated):
            await identity.ask("GetMe", pb.GetMeRequest(), claims=ANONYMOUS)


class TestGetSigningKeys:
    async def test_the_key_is_public_and_named_by_its_thumbprint(self, ask: Any) -> None:
        [key] = (await ask("GetSigningKeys", pb.GetSigningKeysRequest())).keys
        assert (key.kty, key.crv, key.alg, key.use) == ("OKP", "Ed25519", "EdDSA", "sig")
        required = json.dumps({"crv": key.crv, "kty": key.kty, "x": key.x}, separators=(",", ":"))  # RFC 7638
        assert jwt.utils.base64url_decode(key.kid) == hashlib.sha256(required.encode()).digest()
        assert len(jwt.utils.base64url_decode(key.x)) == 32


class TestWithoutValkey:
    @pytest.mark.parametrize(
        ("name", "request_"),
        [
            ("RequestSignIn", pb.RequestSignInRequest(email="ana@example.com")),
            ("SignIn", pb.SignInRequest(token="x" * 43)),
            ("RefreshSession", pb.RefreshSessionRequest(refresh_token="x" * 43)),
            ("SignOut", pb.SignOutRequest(refresh_token="x" * 43)),
        ],
    )
    async def test_it_is_said_that_it_cannot_be_now(
        self, start: Any, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str, request_: Any
    ) -> None:
        monkeypatch.setitem(environment, "VALKEY_URL", "redis://127.0.0.1:1/0")
        identity = await start(service)
        endpoint = identity.process.local[f"/ambulo.identity.v1.SessionService/{name}"]
        with pytest.raises(Unavailable) as away:
            await endpoint(request_, Envelope(claims=ANONYMOUS))
        assert away.value.retry_after == 5
