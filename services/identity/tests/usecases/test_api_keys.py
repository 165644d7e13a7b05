"""Issuing, listing, verifying and revoking API keys, on a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ambulo.identity.v1 import service_accounts_pb2 as pb
from chassis import clock
from chassis.errors import Denied, Invalid, NotFound, Unauthenticated
from chassis.ids import new_id
from chassis.testing import Running, as_owner
from chassis.wire import stamp
from claims import system

YEAR = timedelta(days=365)


@pytest.fixture
async def account_id(identity: Running) -> str:
    request = pb.CreateServiceAccountRequest(name="Kiosk", permissions=["appointments.book", "catalog.read"])
    return str((await identity.ask("CreateServiceAccount", request)).id)


async def issued(identity: Running, account_id: str, expires_at: datetime | None = None, **more: Any) -> pb.ApiKey:
    request = pb.IssueApiKeyRequest(service_account_id=account_id)
    if expires_at is not None:
        request.expires_at.CopyFrom(stamp(expires_at))
    key: pb.ApiKey = await identity.ask("IssueApiKey", request, **more)
    return key


async def verify(identity: Running, secret: str) -> pb.VerifiedApiKey:
    """As the gateway does, which does not know the clinic."""
    request = pb.VerifyApiKeyRequest(secret=secret)
    answer: pb.VerifiedApiKey = await identity.ask("VerifyApiKey", request, claims=system("gateway"))
    return answer


async def is_unknown(identity: Running, secret: str) -> bool:
    try:
        await verify(identity, secret)
    except Unauthenticated as unknown:
        return unknown.reason == "KEY_UNKNOWN"
    return False


def octets(row: Any) -> list[bytes]:
    return [value for value in row.values() if isinstance(value, bytes)]


class TestIssueApiKey:
    async def test_it_works_for_a_year(self, identity: Running, account_id: str) -> None:
        key = await issued(identity, account_id)
        assert key.secret.startswith(f"amb_{identity.clinic_id.hex}_{key.prefix}")
        left = key.expires_at.ToDatetime(UTC) - datetime.now(UTC)
        assert YEAR - timedelta(minutes=1) < left <= YEAR
        assert await identity.audited() == ["CreateServiceAccount", "IssueApiKey"]

    async def test_only_its_hash_is_kept(self, identity: Running, account_id: str, environment: dict[str, str]) -> None:
        key = await issued(identity, account_id, claims=identity.claims("admin"), key="k")
        secret = key.secret.rpartition("_")[2]
        owner = await as_owner(environment, "identity")
        try:
            for table in ("api_key", "service_account", "audit_record", "outbox", "idempotency"):
                kept = await owner.fetch(f"SELECT * FROM {table}")
                assert not [row for row in kept if secret in str(row) or secret.encode() in b"".join(octets(row))]
        finally:
            await owner.close()

    async def test_the_same_key_twice_is_one_api_key_and_the_secret_is_not_told_again(
        self, identity: Running, account_id: str
    ) -> None:
        claims = identity.claims("admin")
        first, again = [await issued(identity, account_id, claims=claims, key="k") for _ in range(2)]
        assert (again.id, again.secret) == (first.id, "")
        assert not await is_unknown(identity, first.secret)

    @pytest.mark.parametrize("after", [timedelta(0), timedelta(days=-1), YEAR + timedelta(minutes=1)])
    async def test_an_end_that_is_past_or_too_far_is_named(
        self, identity: Running, account_id: str, after: timedelta
    ) -> None:
        with pytest.raises(Invalid) as wrong:
            await issued(identity, account_id, datetime.now(UTC) + after)
        assert [f.field for f in wrong.value.fields] == ["expires_at"]

    async def test_the_account_must_be_of_this_clinic(self, identity: Running, account_id: str) -> None:
        for clinic, id_ in ((Running(identity.process), account_id), (identity, str(new_id()))):
            with pytest.raises(NotFound):
                await issued(clinic, id_)

    async def test_the_front_desk_may_not(self, identity: Running, account_id: str) -> None:
        with pytest.raises(Denied):
            await issued(identity, account_id, role="front_desk")


class TestVerifyApiKey:
    async def test_it_tells_whose_key_it_is_and_what_for(self, identity: Running, account_id: str) -> None:
        key = await issued(identity, account_id, datetime.now(UTC) + timedelta(days=1))
        assert await verify(identity, key.secret) == pb.VerifiedApiKey(
            service_account_id=account_id,
            clinic_id=str(identity.clinic_id),
            permissions=["appointments.book", "catalog.read"],
            expires_at=key.expires_at,
        )

    async def test_an_expired_key_is_not_known(
        self, identity: Running, account_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
        key = await issued(identity, account_id, ends)
        monkeypatch.setattr(clock, "now", lambda: ends - timedelta(seconds=1))
        assert not await is_unknown(identity, key.secret)
        monkeypatch.setattr(clock, "now", lambda: ends)
        assert await is_unknown(identity, key.secret)

    async def test_a_key_is_known_only_in_its_own_clinic(self, identity: Running, account_id: str) -> None:
        secret = (await issued(identity, account_id)).secret.rpartition("_")[2]
        assert await is_unknown(identity, f"amb_{new_id().hex}_{secret}")

    @pytest.mark.parametrize("secret", ["x" * 40, "amb_" + "x" * 32 + "_" + "y" * 48, "amb_" + "a" * 40, "_" * 40])
    async def test_what_is_no_key_is_not_known(self, identity: Running, secret: str) -> None:
        assert await is_unknown(identity, secret)

    async def test_a_secret_that_is_too_short_is_named(self, identity: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await verify(identity, "amb_")
        assert [f.field for f in wrong.value.fields] == ["secret"]

    async def test_people_do_not_reach_it(self, identity: Running) -> None:
        claims = identity.claims("admin").issued_by("gateway")
        with pytest.raises(Denied):
            await identity.ask("VerifyApiKey", pb.VerifyApiKeyRequest(secret="x" * 40), claims=claims)


class TestRevokeApiKey:
    async def test_it_stops_working_and_the_others_go_on(self, identity: Running, account_id: str) -> None:
        gone, stays = [await issued(identity, account_id) for _ in range(2)]
        request = pb.RevokeApiKeyRequest(service_account_id=account_id, key_id=gone.id)
        await identity.ask("RevokeApiKey", request)
        assert await is_unknown(identity, gone.secret)
        assert not await is_unknown(identity, stays.secret)
        assert (await identity.audited())[-1] == "RevokeApiKey"

    async def test_revoking_again_does_not_change_when(self, identity: Running, account_id: str) -> None:
        key = await issued(identity, account_id)
        seen = []
        for _ in range(2):
            await identity.ask("RevokeApiKey", pb.RevokeApiKeyRequest(service_account_id=account_id, key_id=key.id))
            [listed] = (await identity.ask("ListApiKeys", pb.ListApiKeysRequest(service_account_id=account_id))).keys
            seen.append(listed.revoked_at)
        assert seen[0] == seen[1]
        assert seen[0].seconds

    async def test_only_a_key_of_this_account_and_clinic(self, identity: Running, account_id: str) -> None:
        key = await issued(identity, account_id)
        theirs = pb.RevokeApiKeyRequest(service_account_id=account_id, key_id=key.id)
        with pytest.raises(NotFound):
            await Running(identity.process).ask("RevokeApiKey", theirs)
        for account, id_ in ((str(new_id()), key.id), (account_id, str(new_id()))):
            with pytest.raises(NotFound):
                await identity.ask("RevokeApiKey", pb.RevokeApiKeyRequest(service_account_id=account, key_id=id_))
        assert not await is_unknown(identity, key.secret)

    async def test_the_front_desk_may_not(self, identity: Running, account_id: str) -> None:
        key = await issued(identity, account_id)
        request = pb.RevokeApiKeyRequest(service_account_id=account_id, key_id=key.id)
        with pytest.raises(Denied):
            await identity.ask("RevokeApiKey", request, role="front_desk")


class TestListApiKeys:
    async def test_pages_go_on_where_the_last_ended(self, identity: Running, account_id: str) -> None:
        ends = datetime.now(UTC) + timedelta(days=1)
        made = [await issued(identity, account_id, ends + timedelta(hours=hours)) for hours in (2, 0, 1, 0, 1)]
        seen, cursor = [], ""
        for _ in range(9):
            request = pb.ListApiKeysRequest(service_account_id=account_id, limit=2, cursor=cursor)
            page = await identity.ask("ListApiKeys", request)
            seen += page.keys
            cursor = page.next_cursor
            if not cursor:
                break
        assert sorted(key.id for key in seen) == sorted(key.id for key in made)
        assert [key.expires_at.seconds for key in seen] == sorted(key.expires_at.seconds for key in made)
        assert {key.secret for key in seen} == {""}

    async def test_a_cursor_that_is_not_ours_is_named(self, identity: Running, account_id: str) -> None:
        request = pb.ListApiKeysRequest(service_account_id=account_id, cursor="bm90LW91cnM")
        with pytest.raises(Invalid) as wrong:
            await identity.ask("ListApiKeys", request)
        assert [f.field for f in wrong.value.fields] == ["cursor"]

    async def test_the_account_must_be_of_this_clinic(self, identity: Running, account_id: str) -> None:
        request = pb.ListApiKeysRequest(service_account_id=account_id)
        with pytest.raises(NotFound):
            await Running(identity.process).ask("ListApiKeys", request)
