"""What only the gateway needs to know."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    http_host: str = "0.0.0.0"  # noqa: S104  # a server in a container is meant to be reached
    http_port: int = 8000
    body_limit_bytes: int = 256 * 1024
    request_timeout_s: float = 10.0
    cors_origins: list[str] = []
    """JSON list of origins whose pages may call the API; none by default."""
