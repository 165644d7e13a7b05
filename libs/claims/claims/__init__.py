"""Who asks: claims, the permissions of each role, and the internal tokens that carry them between services."""

from claims.claim import ANONYMOUS, Actor, Claims, system
from claims.roles import PERMISSIONS, ROLES, permissions_of
from claims.tokens import Signer, TokenInvalid, Verifier

__all__ = [
    "ANONYMOUS",
    "PERMISSIONS",
    "ROLES",
    "Actor",
    "Claims",
    "Signer",
    "TokenInvalid",
    "Verifier",
    "permissions_of",
    "system",
]
