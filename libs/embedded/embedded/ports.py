"""Ports that nobody has, below those that the system lends to whoever connects: one of these would be free when it is
chosen, and somebody's end of a connection a moment later, when the server takes it."""

import random
import socket
from typing import Final

_FIRST: Final = 15_000
_LENT_FROM: Final = 32_768
"""On Linux (ip_local_port_range); what is taken meanwhile by others who choose is rare, since chance chooses."""


def take(wanted: int = 0) -> socket.socket:
    """One that is held until the socket is closed: the one that is wanted if nobody has it, or any."""
    for port in (*([wanted] if wanted else []), *random.sample(range(_FIRST, _LENT_FROM), 1000)):
        held = socket.socket()
        if port == wanted:
            # As the servers do it: what is left of closed connections does not make a port taken.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            continue
        return held
    raise OSError(f"no port from {_FIRST} to {_LENT_FROM} is free")


def free(count: int) -> list[int]:
    """So many at once, each another."""
    held = [take() for _ in range(count)]
    try:
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()
