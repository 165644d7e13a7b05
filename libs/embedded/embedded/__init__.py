"""Postgres, NATS, Valkey, S3 and a mail sink from wheels, for one machine and for tests."""

from embedded.child import ServerFailed
from embedded.servers import ALL, Addresses, Servers, StateInUse

__all__ = ["ALL", "Addresses", "ServerFailed", "Servers", "StateInUse"]
