"""Telling clients what changes, as it changes: WebSocket and server-sent events (README.md here)."""

from gateway.realtime.realtime import Realtime
from gateway.realtime.routes import add_to

__all__ = ["Realtime", "add_to"]
