"""Access tokens: what a signed-in person shows the gateway (ARCHITECTURE section 5), and the keys that verify them."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

import jwt
from ambulo.identity.v1 import sessions_pb2 as pb
from claims import permissions_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

ISSUER: Final = "ambulo"
LIFETIME: Final = timedelta(minutes=10)


@dataclass
class AccessTokens:
    """EdDSA JWTs. The key is read when it is first needed, so that a static check needs none."""

    key_file: Path

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        key = load_pem_private_key(self.key_file.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{self.key_file} is not an Ed25519 key")
        return key

    @cached_property
    def _x(self) -> str:
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @cached_property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the key."""
        canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{self._x}"}}'
        return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).decode().rstrip("=")

    def issue(
        self, *, human_id: str, session_id: str, membership: pb.MyMembership, now: datetime
    ) -> tuple[str, datetime]:
        """A token for one clinic, and when it ends."""
        expires_at = (now + LIFETIME).replace(microsecond=0)
        token = jwt.encode(
            {
                "iss": ISSUER,
                "aud": ISSUER,
                "sub": human_id,
                "clinic_id": membership.clinic_id,
                "role": membership.role,
                "scopes": sorted(permissions_of(membership.role)),
                "actor_type": "human",
                "sid": session_id,
                "patient_id": membership.patient_id or None,
                "specialist_id": membership.specialist_id or None,
                "iat": now,
                "exp": expires_at,
            },
            self._key,
            algorithm="EdDSA",
            headers={"kid": self.kid},
        )
        return token, expires_at

    def key_set(self) -> pb.JwkSet:
        return pb.JwkSet(keys=[pb.Jwk(kty="OKP", crv="Ed25519", x=self._x, kid=self.kid, alg="EdDSA", use="sig")])
