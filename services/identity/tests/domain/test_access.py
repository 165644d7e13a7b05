"""An access token says no more than the role may do, ends in ten minutes, and only our key signs it."""

from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
from ambulo.identity.v1.sessions_pb2 import MyMembership
from claims import ROLES, permissions_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from identity.access import LIFETIME, AccessTokens

NOW = st.datetimes(datetime(2026, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def written(folder: Path, key: object) -> Path:
    file = folder / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> AccessTokens:
    return AccessTokens(written(tmp_path_factory.mktemp("key"), Ed25519PrivateKey.generate()))


def issue(tokens: AccessTokens, membership: MyMembership, now: datetime) -> tuple[dict[str, object], datetime]:
    token, ends = tokens.issue(human_id="h", session_id="s", membership=membership, now=now)
    [key] = tokens.key_set().keys
    public = jwt.PyJWK({"kty": key.kty, "crv": key.crv, "x": key.x}, "EdDSA")
    checked = {"verify_exp": False, "verify_iat": False}
    return jwt.decode(token, public, ["EdDSA"], audience="ambulo", issuer="ambulo", options=checked), ends


class TestAccessTokens:
    @given(st.sampled_from(sorted(ROLES)), NOW, st.uuids(), st.sampled_from(["", "p-1"]), st.sampled_from(["", "s-1"]))
    def test_it_says_who_where_and_with_which_rights(
        self, tokens, role: str, now: datetime, clinic, patient: str, specialist: str
    ) -> None:
        membership = MyMembership(clinic_id=str(clinic), role=role, patient_id=patient, specialist_id=specialist)
        body, _ = issue(tokens, membership, now)
        assert (body["sub"], body["sid"], body["clinic_id"], body["role"]) == ("h", "s", str(clinic), role)
        assert frozenset(body["scopes"]) == permissions_of(role)
        assert (body["patient_id"], body["specialist_id"]) == (patient or None, specialist or None)

    @given(NOW)
    def test_it_never_lives_longer_than_it_says(self, tokens, now: datetime) -> None:
        body, ends = issue(tokens, MyMembership(role="admin"), now)
        assert body["exp"] == ends.timestamp()
        assert now < ends <= now + LIFETIME

    def test_the_token_of_another_key_is_not_ours(self, tokens: AccessTokens, tmp_path: Path) -> None:
        forger = AccessTokens(written(tmp_path, Ed25519PrivateKey.generate()))
        forged, _ = forger.issue(human_id="h", session_id="s", membership=MyMembership(), now=datetime.now(UTC))
        [key] = tokens.key_set().keys
        assert key.kid != forger.kid
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(forged, jwt.PyJWK({"kty": key.kty, "crv": key.crv, "x": key.x}, "EdDSA"), ["EdDSA"])

    def test_a_key_of_another_kind_is_refused(self, tmp_path: Path) -> None:
        rsa = AccessTokens(written(tmp_path, generate_private_key(65537, 2048)))
        with pytest.raises(TypeError, match="not an Ed25519 key"):
            rsa.key_set()
