"""Telling clients what changes, as it changes: WebSocket and server-sent events (README.md here)."""

from gateway.realtime.lean import LeanSockets
from gateway.realtime.realtime import Realtime
from gateway.realtime.routes import add_to

__all__ = ["LeanSockets", "Realtime", "add_to"]
