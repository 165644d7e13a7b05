"""The edge: verifies, limits, maps JSON to protobuf and renders problems (ARCHITECTURE D7)."""

from gateway.app import build
from gateway.backend import Backend
from gateway.realtime import Realtime
from gateway.server import Server
from gateway.settings import Settings

__all__ = ["Backend", "Realtime", "Server", "Settings", "build"]
