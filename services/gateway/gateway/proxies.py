"""Who asks, when a proxy does it for them: everything behind this sees the client's own address."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_HEADER: Final = b"x-forwarded-for"

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]


class Proxied:
    """Of every request."""

    def __init__(self, app: ASGIApp, trusted: Networks) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            seen = str((scope.get("client") or ("",))[0])
            forwarded = b",".join(value for key, value in scope["headers"] if key == _HEADER).decode("latin-1")
            scope["client"] = (client_of(seen, forwarded, self._trusted), 0)
        await self._app(scope, receive, send)


def client_of(seen: str, forwarded: str, trusted: Networks) -> str:
    """Each proxy appends whom it saw: read from the end, the first that is no proxy of ours is the client. What stands
    before that is hearsay."""
    named = forwarded.split(",")
    while _is_one_of(seen, trusted) and named:
        further = _parsed(named.pop())
        if further is None:
            break
        seen = str(further)
    return seen


def _is_one_of(address: str, trusted: Networks) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _parsed(text: str) -> Address | None:
    """As 192.0.2.1, 2001:db8::1, or either with a port."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
