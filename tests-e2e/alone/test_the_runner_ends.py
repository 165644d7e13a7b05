"""`ambulo up` as a person runs it: however it ends, nothing stays behind and the next start finds everything."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from embedded import Servers
from journeys import eventually


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state"
    Servers.erase(tmp_path / "state" / "servers")


def up(state: Path, port: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "suite.cli", "up", "--no-demo", "--processes", "1"]
    command += ["--state", str(state), "--port", str(port)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def until_up(runner: subprocess.Popen[str]) -> list[psutil.Process]:
    """Waits for it; its processes, in whichever generation."""
    assert runner.stderr is not None
    lines = []
    for line in runner.stderr:
        lines.append(line)
        if "is up after" in line:
            return [psutil.Process(runner.pid), *psutil.Process(runner.pid).children(recursive=True)]
    raise AssertionError("".join(lines))


def alive(processes: list[psutil.Process]) -> list[str]:
    return [found for process in processes if (found := name_of(process))]


def name_of(process: psutil.Process) -> str:
    """Empty if it has ended, be it a moment ago."""
    try:
        ended = not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        return "" if ended else " ".join(process.cmdline())[:100] or "?"
    except psutil.NoSuchProcess:
        return ""


@pytest.mark.covers("O07")
@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGKILL])
def test_nothing_stays_behind_and_the_next_start_works(state: Path, how: signal.Signals) -> None:
    runner = up(state)
    family = until_up(runner)
    url = json.loads((state / "run.json").read_text())["url"]
    assert httpx.get(f"{url}/readyz").status_code == 200
    runner.send_signal(how)
    runner.wait(40)
    eventually(lambda: not alive(family), seconds=40, what=f"the end of {alive(family)}")
    again = up(state)
    try:
        until_up(again)
    finally:
        again.send_signal(signal.SIGINT)
        again.wait(40)


def test_a_process_that_outlived_its_runner_is_ended_by_the_next(state: Path) -> None:
    state.mkdir()
    with subprocess.Popen(["sh", "-c", "trap '' TERM; while true; do sleep 1; done"]) as left:
        (state / "processes.json").write_text(json.dumps([[left.pid, psutil.Process(left.pid).create_time()]]))
        runner = up(state)
        until_up(runner)
        assert left.wait(5) == -signal.SIGKILL
        runner.send_signal(signal.SIGINT)
        runner.wait(40)


def test_a_port_that_is_taken_is_said_at_once(state: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        began = time.monotonic()
        runner = up(state, held.getsockname()[1])
        _, said = runner.communicate(timeout=60)
    assert runner.returncode == 1
    assert "is taken; stop what uses it, or choose another with --port" in said.replace("\n", " ")
    assert "Traceback" not in said
    assert time.monotonic() - began < 30
