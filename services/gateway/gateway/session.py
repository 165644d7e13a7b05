"""Who asks: a bearer token in, claims out. Access tokens are verified here, API keys by identity."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

import jwt
from ambulo.identity.v1 import service_accounts_pb2, sessions_pb2
from chassis.contract import rpcs_of
from chassis.envelope import Envelope
from chassis.errors import DeadlineExceeded, Invalid, NotFound, Unauthenticated, Unavailable
from chassis.ids import new_id
from claims import ANONYMOUS, Actor, Claims, system

from gateway.backend import Backend

ISSUER: Final = "gateway"
_ACCESS_ISSUER: Final = "ambulo"
_API_KEY: Final = "amb_"
_KEPT: Final = 20_000
_LONGEST: Final = 4_096
_API_KEY_S: Final = 30.0
_REFUSED_S: Final = 5.0
_REFUSED_KEPT: Final = 1_000
_KEYS_S: Final = 300.0
_KEYS_AGAIN_S: Final = 10.0

T = TypeVar("T")

ANYBODY: Final = ANONYMOUS.issued_by(ISSUER)


@dataclass(slots=True)
class _Remembered:
    until: float
    claims: Claims


class Sessions:
    """Tokens seen before are remembered until they end, or for half a minute if they are API keys."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._known: OrderedDict[str, _Remembered] = OrderedDict()
        # Apart, so that noise does not push out those who are signed in.
        self._refused: OrderedDict[str, float] = OrderedDict()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._keys_asked_at = float("-inf")

    async def claims(self, authorization: str | None) -> Claims:
        """Of the Authorization header; Unauthenticated if there is one that does not hold."""
        if not authorization:
            return ANYBODY
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send Authorization: Bearer and a token")
        if len(token) > _LONGEST:
            raise Unauthenticated("This token is not valid")
        known = self._known.get(token)
        if known is not None and known.until > time.time():
            return known.claims
        if self._refused.get(token, 0.0) > time.time():
            raise Unauthenticated("This token is not valid")
        verify: Callable[[str], Awaitable[_Remembered]] = (
            self._verify_api_key if token.startswith(_API_KEY) else self._verify_access_token
        )
        try:
            remembered = await verify(token)
        except Unauthenticated:
            _keep(self._refused, token, time.time() + _REFUSED_S, most=_REFUSED_KEPT)
            raise
        _keep(self._known, token, remembered, most=_KEPT)
        return remembered.claims

    async def _verify_access_token(self, token: str) -> _Remembered:
        try:
            kid = str(jwt.get_unverified_header(token).get("kid", ""))
            body = jwt.decode(
                token, (await self._key(kid)).key, algorithms=["EdDSA"], audience=_ACCESS_ISSUER, issuer=_ACCESS_ISSUER,
                options={"require": ["exp", "sub"]},
            )  # fmt: skip
            return _Remembered(float(body["exp"]), _claims(body))
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The token has expired; refresh the session") from None
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError):
            raise Unauthenticated("This token is not valid") from None

    async def _key(self, kid: str) -> jwt.PyJWK:
        """Keys are fetched again when they are old, or when one is not known, but not all the time."""
        age = time.monotonic() - self._keys_asked_at
        if age > _KEYS_S or (kid not in self._keys and age > _KEYS_AGAIN_S):
            try:
                answer = await self._ask("SessionService", "GetSigningKeys", sessions_pb2.GetSigningKeysRequest())
            except (Unavailable, DeadlineExceeded):
                # With identity down, the keys that are known go on: they are good until somebody rotates them.
                if kid not in self._keys:
                    raise
            else:
                self._keys = {key.kid: jwt.PyJWK(_jwk(key)) for key in answer.keys}
                self._keys_asked_at = time.monotonic()
        if kid not in self._keys:
            raise Unauthenticated("This token is not valid")
        return self._keys[kid]

    async def _verify_api_key(self, secret: str) -> _Remembered:
        request = service_accounts_pb2.VerifyApiKeyRequest(secret=secret)
        try:
            found = await self._ask("ServiceAccountService", "VerifyApiKey", request)
        except (Unauthenticated, Invalid, NotFound):
            raise Unauthenticated("This API key is not known, revoked or expired") from None
        return _Remembered(
            min(time.time() + _API_KEY_S, found.expires_at.seconds),
            Claims(
                subject=found.service_account_id,
                actor=Actor.SERVICE_ACCOUNT,
                clinic_id=UUID(found.clinic_id),
                role="service_account",
                permissions=frozenset(found.permissions),
                issuer=ISSUER,
            ),
        )

    async def _ask(self, service: str, name: str, request: Any) -> Any:
        # Asked as the suite itself, but by a service that may ask internal RPCs: the gateway's own business.
        rpc = rpcs_of(f"ambulo.identity.v1.{service}")[name]
        return await self._backend.call(rpc, request, Envelope(claims=system(ISSUER), request_id=str(new_id())))


def _keep(kept: OrderedDict[str, T], token: str, value: T, *, most: int) -> None:
    kept[token] = value
    kept.move_to_end(token)
    while len(kept) > most:
        kept.popitem(last=False)


def _jwk(key: sessions_pb2.Jwk) -> dict[str, str]:
    return {"kty": key.kty, "crv": key.crv, "x": key.x, "kid": key.kid, "alg": key.alg, "use": key.use}


def _claims(body: dict[str, Any]) -> Claims:
    return Claims(
        subject=str(UUID(body["sub"])),
        actor=Actor(body["actor_type"]),
        clinic_id=UUID(body["clinic_id"]),
        role=str(body["role"]),
        permissions=frozenset(str(scope) for scope in body["scopes"]),
        session_id=str(body.get("sid", "")),
        patient_id=UUID(body["patient_id"]) if body.get("patient_id") else None,
        specialist_id=UUID(body["specialist_id"]) if body.get("specialist_id") else None,
        issuer=ISSUER,
    )
