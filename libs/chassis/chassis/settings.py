"""Settings every service shares, from the environment. Unknown values of known names stop the start."""

import base64
import json
from functools import cached_property
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One environment serves any set of services in a process: `{service}` in a value stands for the service's name."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, ignored_types=(cached_property,))

    database_url: str
    """Where the service's data is, as its app role: postgresql://{service}_app:secret@host/{service}"""
    database_direct_url: str = ""
    """The same past a transaction pooler, for session locks and LISTEN; empty: database_url."""
    database_owner_url: str = ""
    """As the owner role; only `migrate` and `verify` need it."""
    pool_size: int = 10
    events_pool_size: int = 4
    """Connections to hear events with, beside those that answer requests."""
    nats_url: str = "nats://nats:4222"
    valkey_url: str = "redis://valkey:6379/0"

    internal_key_file: Path
    """PEM of the Ed25519 key this service signs internal tokens and audit seals with."""
    internal_keys_file: Path
    """JSON: service name -> base64 of its Ed25519 public key."""

    peer_address: str = "{service}:50051"
    peer_addresses: dict[str, str] = {}
    """JSON; overrides peer_address for the services named."""
    grpc_listen: str = "0.0.0.0:50051"
    debug_host: str = "0.0.0.0"  # noqa: S104  # probed and scraped from outside of its container
    debug_port: int = 8081
    """/livez, /readyz and /metrics; 0 picks a free port, -1 none."""
    stop_grace_s: float = 10.0

    consumer_backoff_s: list[float] = [1, 5, 30, 120, 600]
    """Waits between the attempts to handle an event; after the last it becomes a dead letter."""
    strict: bool = False
    """Raise where production logs an error: a peer asked inside a transaction."""
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def database(self, service: str) -> str:
        return self.database_url.format(service=service)

    def database_direct(self, service: str) -> str:
        return (self.database_direct_url or self.database_url).format(service=service)

    def database_owner(self, service: str) -> str:
        if not self.database_owner_url:
            raise ValueError("DATABASE_OWNER_URL is not set: only the owner role may do this")
        return self.database_owner_url.format(service=service)

    def peer(self, service: str) -> str:
        return self.peer_addresses.get(service) or self.peer_address.format(service=service)

    def private_key(self, service: str) -> Ed25519PrivateKey:
        path = Path(str(self.internal_key_file).format(service=service))
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{path} is not an Ed25519 key")
        return key

    @cached_property
    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        keys = json.loads(self.internal_keys_file.read_text())
        return {name: Ed25519PublicKey.from_public_bytes(base64.b64decode(key)) for name, key in keys.items()}
