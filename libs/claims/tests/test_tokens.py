"""Internal tokens: what was signed is what is read, and nothing else is believed."""

import base64
import hmac
import json
import time
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from claims import Actor, Claims, Signer, TokenInvalid, Verifier, system
from claims.tokens import AUDIENCE, LIFETIME_S
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

BOOKING, PEOPLE = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEYS = {"booking": BOOKING.public_key(), "people": PEOPLE.public_key()}
PUBLIC_KEY = [
    KEYS["booking"].public_bytes_raw(),
    *(KEYS["booking"].public_bytes(e, PublicFormat.SubjectPublicKeyInfo) for e in (Encoding.DER, Encoding.PEM)),
]

someone = st.builds(
    Claims,
    subject=st.text(min_size=1),
    actor=st.sampled_from(Actor),
    clinic_id=st.none() | st.uuids(),
    role=st.text(),
    permissions=st.frozensets(st.text()),
    session_id=st.text(),
    patient_id=st.none() | st.uuids(),
    specialist_id=st.none() | st.uuids(),
)


def a_token(key: Any = BOOKING, algorithm: str = "EdDSA", kid: str = "booking", **changed: Any) -> str:
    """A good one, unless something is changed; None leaves a claim out."""
    body = jwt.decode(Signer("booking", BOOKING).sign(system("booking")), options={"verify_signature": False})
    body = {name: value for name, value in (body | changed).items() if value is not None or name not in changed}
    return jwt.encode(body, key, algorithm=algorithm, headers={"kid": kid})


def raw(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def refusal(token: str) -> str:
    with pytest.raises(TokenInvalid) as refused:
        Verifier(KEYS).verify(token)
    return str(refused.value)


@given(claims=someone)
def test_what_was_signed_is_what_is_read(claims: Claims) -> None:
    token = Signer("booking", BOOKING).sign(claims)
    assert Verifier(KEYS).verify(token) == claims.issued_by("booking")


@given(claims=someone)
def test_nobody_can_name_another_service_as_the_issuer(claims: Claims) -> None:
    token = Signer("booking", BOOKING).sign(replace(claims, issuer="identity"))
    assert Verifier(KEYS).verify(token).issuer == "booking"


@given(data=st.data(), claims=someone)
def test_a_flipped_bit_anywhere_is_refused(data: st.DataObject, claims: Claims) -> None:
    parts = Signer("booking", BOOKING).sign(claims).split(".")
    which = data.draw(st.integers(0, 2))
    part = bytearray(base64.urlsafe_b64decode(parts[which] + "=="))
    part[data.draw(st.integers(0, len(part) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    parts[which] = base64.urlsafe_b64encode(part).decode().rstrip("=")
    refusal(".".join(parts))


@given(data=st.data())
def test_another_character_anywhere_is_refused(data: st.DataObject) -> None:
    token = a_token()
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != token[at]))
    refusal(f"{token[:at]}{other}{token[at + 1 :]}")


@given(token=st.text() | st.text(alphabet="eyJ.-_="))
def test_what_is_no_token_is_refused(token: str) -> None:
    refusal(token)


class TestAGoodTokenIsBelievedBut:
    def test_it_is_believed(self) -> None:
        assert Verifier(KEYS).verify(a_token()) == system("booking")

    def test_not_in_the_name_of_a_service_that_is_unknown(self) -> None:
        assert refusal(a_token(kid="billing")) == "no key of an issuer 'billing'"

    def test_not_signed_with_another_services_key(self) -> None:
        assert "Signature verification failed" in refusal(a_token(PEOPLE))

    def test_not_when_one_service_signs_as_another(self) -> None:
        assert "issuer" in refusal(a_token(PEOPLE, kid="people")).lower()

    def test_not_once_expired(self) -> None:
        assert "expired" in refusal(a_token(exp=int(time.time())))

    def test_not_before_its_time(self) -> None:
        assert "not yet valid" in refusal(a_token(nbf=int(time.time()) + 60))

    def test_not_when_meant_for_somebody_else(self) -> None:
        assert "udience" in refusal(a_token(aud="ambulo-public"))

    @pytest.mark.parametrize("claim", ["sub", "aud", "iss", "actor", "clinic", "permissions"])
    def test_not_with_a_claim_missing(self, claim: str) -> None:
        assert claim in refusal(a_token(**{claim: None}))

    def test_not_as_an_actor_that_does_not_exist(self) -> None:
        assert "owner" in refusal(a_token(actor="owner"))

    def test_not_for_something_that_is_no_clinic(self) -> None:
        refusal(a_token(clinic="all"))


class TestForgeries:
    def test_without_a_signature_are_refused(self) -> None:
        _, body, _ = a_token().split(".")
        assert "alg" in refusal(f"{raw({'alg': 'none', 'typ': 'JWT', 'kid': 'booking'})}.{body}.")
        assert "alg" in refusal(jwt.encode({"aud": AUDIENCE}, None, algorithm="none", headers={"kid": "booking"}))

    @pytest.mark.parametrize("secret", PUBLIC_KEY, ids=["raw", "DER", "PEM"])
    def test_with_the_public_key_as_a_shared_secret_are_refused(self, secret: bytes) -> None:
        signed = f"{raw({'alg': 'HS256', 'typ': 'JWT', 'kid': 'booking'})}.{a_token().split('.')[1]}"
        signature = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256")).decode().rstrip("=")
        assert "alg" in refusal(f"{signed}.{signature}")

    def test_that_bring_their_own_key_are_refused(self) -> None:
        mine = Ed25519PrivateKey.generate()
        x = base64.urlsafe_b64encode(mine.public_key().public_bytes_raw()).decode().rstrip("=")
        key = {"kty": "OKP", "crv": "Ed25519", "x": x}
        refusal(jwt.encode({"aud": AUDIENCE}, mine, algorithm="EdDSA", headers={"kid": "booking", "jwk": key}))


class TestATokenIsReused:
    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
        """The library's only; PyJWT has the real one."""
        clock = SimpleNamespace(now=time.time())
        monkeypatch.setattr("claims.tokens.time", SimpleNamespace(time=lambda: clock.now))
        return clock

    def test_for_two_minutes_and_renewed_long_before_it_expires(self, clock: SimpleNamespace) -> None:
        signer = Signer("booking", BOOKING)
        first = signer.sign(system("booking"))
        clock.now += 119
        assert signer.sign(system("booking")) == first
        clock.now += 2
        assert signer.sign(system("booking")) != first
        left = jwt.decode(first, options={"verify_signature": False})["exp"] - clock.now
        assert LIFETIME_S / 2 < left < LIFETIME_S

    @given(one=someone, other=someone)
    def test_only_for_the_same_claims(self, one: Claims, other: Claims) -> None:
        signer = Signer("booking", BOOKING)
        assert (signer.sign(one) == signer.sign(other)) == (one == other)

    def test_and_never_more_are_kept_than_planned(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("claims.tokens._KEPT", 3)
        signer, verifier = Signer("booking", BOOKING), Verifier(KEYS)
        for number in range(10):
            verifier.verify(signer.sign(Claims(subject=str(number), actor=Actor.HUMAN)))
        assert len(signer._signed) == len(verifier._verified) == 3

    def test_but_a_verified_one_is_forgotten_when_it_expires(self) -> None:
        verifier = Verifier(KEYS)
        token = a_token(exp=int(time.time()) + 2)
        assert verifier.verify(token) == system("booking")
        deadline = time.monotonic() + 5
        while token in verifier._verified and time.monotonic() < deadline:
            with suppress(TokenInvalid):
                verifier.verify(token)
            time.sleep(0.05)
        with pytest.raises(TokenInvalid, match="expired"):
            verifier.verify(token)


@pytest.mark.parametrize("missing", ["exp", "sub", "actor", "permissions", "clinic"])
def test_a_signed_token_that_lacks_something_is_refused(missing: str) -> None:
    key = Ed25519PrivateKey.generate()
    token = Signer("booking", key).sign(Claims(subject="s", actor=Actor.SYSTEM))
    body = jwt.decode(token, options={"verify_signature": False})
    for wrong in ({k: v for k, v in body.items() if k != missing}, body | {missing: [["nested"]]}):
        again = jwt.encode(wrong, key, "EdDSA", {"kid": "booking"})
        with pytest.raises(TokenInvalid):
            Verifier({"booking": key.public_key()}).verify(again)
