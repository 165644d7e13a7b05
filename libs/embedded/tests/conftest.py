"""State folders that leave nothing behind, and one set of all servers."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from embedded import Servers


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """All five, durable. Whoever stops them starts them again."""
    state = tmp_path_factory.mktemp("embedded")
    servers = Servers(state)
    servers.start()
    yield servers
    servers.kill_one("s3")
    servers.stop()
    Servers.erase(state)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state"
    yield folder
    Servers.erase(folder)


@pytest.fixture
def family() -> Callable[[Servers], list[psutil.Process]]:
    """All processes of these servers, with those that they have started."""

    def processes(servers: Servers) -> list[psutil.Process]:
        pids = [child.process.pid for child in servers._children.values() if child.process]
        return [p for pid in pids for p in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))]

    return processes


@pytest.fixture
def gone() -> Callable[[list[psutil.Process]], bool]:
    """Whether all these processes end within a few seconds; a zombie has ended."""

    def within(processes: list[psutil.Process], seconds: float = 3) -> bool:
        deadline = time.monotonic() + seconds
        while any(map(_lives, processes)):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    return within


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
