"""Whom strangers are told apart by."""

import ipaddress
from typing import Final

from starlette.types import Scope

_SITE: Final = 64
"""Bits of an IPv6 address that say whose network it is; whoever has that has all the rest."""


def address_of(scope: Scope) -> str:
    """As it connected, or as a trusted proxy says."""
    return str((scope.get("client") or ("",))[0])


def network(address: str) -> str:
    """Whom an address stands for: itself, or the /64 it is in."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found.ipv4_mapped or ipaddress.IPv6Network((found, _SITE), strict=False))
