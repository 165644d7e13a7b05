"""What only the gateway needs to know."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.limits.policy import RateLimits


class Settings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    http_host: str = "0.0.0.0"  # noqa: S104  # a server in a container is meant to be reached
    http_port: int = 8000
    body_limit_bytes: int = 256 * 1024
    request_timeout_s: float = 10.0
    cors_origins: list[str] = []
    """JSON list of origins whose pages may call the API; none by default."""
    trusted_proxies: list[IPv4Network | IPv6Network] = []
    """JSON list of networks whose X-Forwarded-For says who asks; none by default."""
    rate_limits: RateLimits = RateLimits()
    """JSON; what it does not name is as in limits/policy.py: {"clinic_per_minute": 0, "times": {"front_desk": 3}}"""

    web_folder: Path | None = None
    """Of the built web app (services/web/dist); without it there is none, and `/` leads to the documentation."""

    realtime_port: int = 0
    """Of a listener for `/v1/realtime/ws` alone, whose sockets cost a tenth of those of `http_port`, which serves them,
    too; 0: none."""
    realtime_connections: int = 10_000
    """At most, in this process."""
    realtime_per_principal: int = 50
    realtime_per_address: int = 1_000
    """Of those who are not signed in."""
    realtime_channels: int = 100
    """Of one connection."""
    realtime_queue: int = 256
    """Messages that may wait for one connection; then it is closed."""
    realtime_message_bytes: int = 16 * 1024
    realtime_messages_per_s: int = 20
    """That a client may send."""
    realtime_heartbeat_s: float = 25.0
    realtime_kept: int = 20_000
    """Events in memory, for clients that come back; older ones are read from the stream."""
    realtime_kept_s: int = 3600
    realtime_older: int = 200_000
    """Events that are read from the stream for one client; who needs more fetches anew."""
