"""Internal tokens: how claims travel between services. Each service signs with its own Ed25519 key (RFC 8037)."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from claims.claim import Actor, Claims

AUDIENCE = "ambulo-internal"
LIFETIME_S = 300
_REUSE_S = 120
_KEPT = 10_000


class TokenInvalid(Exception):
    """The token is forged, expired, meant for somebody else, or no token at all."""


class Signer:
    """Signs claims in the name of one service. A token is reused for two minutes: signing costs more than the call."""

    def __init__(self, issuer: str, key: Ed25519PrivateKey) -> None:
        self.issuer = issuer
        self._key = key
        self._signed: OrderedDict[Claims, tuple[float, str]] = OrderedDict()

    def sign(self, claims: Claims) -> str:
        now = time.time()
        known = self._signed.get(claims)
        if known is not None and known[0] > now:
            return known[1]
        token = jwt.encode(
            {
                "iss": self.issuer,
                "aud": AUDIENCE,
                "exp": int(now + LIFETIME_S),
                "sub": claims.subject,
                "actor": claims.actor.value,
                "clinic": str(claims.clinic_id) if claims.clinic_id else None,
                "role": claims.role,
                "permissions": sorted(claims.permissions),
                "sid": claims.session_id,
                "patient": str(claims.patient_id) if claims.patient_id else None,
                "specialist": str(claims.specialist_id) if claims.specialist_id else None,
            },
            self._key,
            algorithm="EdDSA",
            headers={"kid": self.issuer},
        )
        self._signed[claims] = (now + _REUSE_S, token)
        while len(self._signed) > _KEPT:
            self._signed.popitem(last=False)
        return token


class Verifier:
    """Verifies tokens of the services it knows. A verified token is remembered until it expires."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = dict(keys)
        self._verified: OrderedDict[str, tuple[float, Claims]] = OrderedDict()

    def verify(self, token: str) -> Claims:
        """The claims of a token; TokenInvalid says why not."""
        known = self._verified.get(token)
        if known is not None:
            if known[0] > time.time():
                return known[1]
            del self._verified[token]
        try:
            issuer = str(jwt.get_unverified_header(token).get("kid", ""))
            key = self._keys.get(issuer)
            if key is None:
                raise TokenInvalid(f"no key of an issuer {issuer!r}")
            body = jwt.decode(
                token, key, algorithms=["EdDSA"], audience=AUDIENCE, issuer=issuer, options={"require": ["exp", "sub"]}
            )
            claims = Claims(
                subject=str(body["sub"]),
                actor=Actor(body["actor"]),
                clinic_id=UUID(body["clinic"]) if body["clinic"] else None,
                role=str(body["role"]),
                permissions=frozenset(body["permissions"]),
                session_id=str(body["sid"]),
                patient_id=UUID(body["patient"]) if body["patient"] else None,
                specialist_id=UUID(body["specialist"]) if body["specialist"] else None,
                issuer=issuer,
            )
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise TokenInvalid(str(error)) from error
        self._verified[token] = (float(body["exp"]), claims)
        while len(self._verified) > _KEPT:
            self._verified.popitem(last=False)
        return claims
