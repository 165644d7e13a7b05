"""The edge: verifies, limits, maps JSON to protobuf and renders problems (ARCHITECTURE D7)."""

from gateway.app import build
from gateway.backend import Backend
from gateway.limits import Gate
from gateway.realtime import LeanSockets, Realtime
from gateway.server import Server
from gateway.settings import Settings

__all__ = ["Backend", "Gate", "LeanSockets", "Realtime", "Server", "Settings", "build"]
