"""Who asks through a proxy, and who only says so."""

from typing import Any

import pytest
from gateway.proxies import Proxied
from gateway.settings import Settings

TRUSTED = '["10.0.0.0/8", "2001:db8:ffff::/48"]'


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Proxied:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["seen"] = scope["client"]

    monkeypatch.setenv("TRUSTED_PROXIES", TRUSTED)
    return Proxied(app, Settings().trusted_proxies)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["192.0.2.1"], "203.0.113.5"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.9, 192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.9", "192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.1:5000"], "192.0.2.1"),
        ("10.0.0.1", ["[2001:db8::1]:5000"], "2001:db8::1"),
        ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("2001:db8:ffff::1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_the_last_who_is_no_proxy_of_ours(
    proxied: Proxied, kind: str, peer: str, forwarded: list[str], client: str
) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope: dict[str, Any] = {"type": kind, "client": (peer, 4711), "headers": headers}
    await proxied(scope, None, None)  # type: ignore[arg-type]
    assert scope["seen"][0] == client


def test_no_proxy_is_trusted_unless_somebody_says_so() -> None:
    assert Settings().trusted_proxies == []
