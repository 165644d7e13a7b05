"""Which ports a suite takes."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

from suite.machine import Machine, _is_free
from suite.services import NAMES


def sockets_of(state: Path, port: int) -> int:
    machine = Machine(state, [NAMES], port=port)
    machine._prepare()
    found = urlsplit(machine.realtime_url).port
    assert found is not None
    return found


def test_sockets_are_beside_the_main_port_if_nobody_else_is(tmp_path: Path) -> None:
    port = next(port for port in range(20_000, 30_000) if _is_free(port) and _is_free(port + 1))
    assert sockets_of(tmp_path, port) == port + 1
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", port + 1))
        somebody.listen()
        assert sockets_of(tmp_path, port) not in (port, port + 1)
    assert 0 < sockets_of(tmp_path, 65_535) < 65_535
