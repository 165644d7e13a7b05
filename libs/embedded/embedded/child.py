"""A server as a child process: started, waited for, stopped, and found again after a crash of whoever started it."""

import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_LAUNCH = Path(__file__).with_name("launch.py")
_POLL_S = 0.02


class ServerFailed(RuntimeError):
    """A server did not come up; the message names it and ends with its log."""

    def __init__(self, message: str, *, port_taken: bool = False) -> None:
        super().__init__(message)
        self.port_taken = port_taken


@dataclass
class Child:
    """One server. `ready` asks it something in its own protocol."""

    name: str
    command: Callable[[], list[str]]
    ready: Callable[[], bool]
    log: Path
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    environment: dict[str, str] = field(default_factory=dict)
    patience_s: float = 10.0
    """How long it may take to stop before it is killed."""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ending_with_runner(self.command(), self.stop_signal, self.user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=os.environ | self.environment,
                # A session of its own: Ctrl-C reaches only the runner, which then stops its servers in order.
                start_new_session=True,
            )

    def wait_until_ready(self, seconds: float) -> None:
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise self._failure(f"ended with {self.process.returncode}")
            if self.ready():
                return
            time.sleep(_POLL_S)
        raise self._failure(f"was not ready within {seconds:.0f} s")

    def stop(self) -> None:
        self.signal(self.stop_signal)
        if self.process is not None:
            try:
                self.process.wait(self.patience_s)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """SIGKILL to it and all it started."""
        if self.process is not None and self.process.poll() is None:
            for each in [*psutil.Process(self.process.pid).children(recursive=True)]:
                _quietly(each.kill)
            self.process.kill()
            self.process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """There, and saying nothing (SIGSTOP to it and all it started)."""
        assert self.process is not None
        it = psutil.Process(self.process.pid)
        those = [it, *it.children(recursive=True)]
        for each in those:
            _quietly(each.suspend)
        try:
            yield
        finally:
            for each in those:
                _quietly(each.resume)

    def signal(self, signum: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signum)

    def identity(self) -> list[float] | None:
        """Pid and creation time: together they name a process for good, a pid alone does not."""
        if self.process is None or self.process.poll() is not None:
            return None
        return [self.process.pid, psutil.Process(self.process.pid).create_time()]

    def _failure(self, what: str) -> ServerFailed:
        log = self.log.read_text(errors="replace")
        end = "\n".join(log.splitlines()[-15:])
        return ServerFailed(f"{self.name} {what}\n--- {self.log}\n{end}", port_taken="in use" in log)


def end_leftover(identity: list[float], stop_signal: signal.Signals, patience_s: float) -> None:
    """End a process that a crashed runner left behind, if it is still that process."""
    try:
        left = psutil.Process(int(identity[0]))
        if abs(left.create_time() - identity[1]) > 0.1:
            return
        family = [left, *left.children(recursive=True)]
        left.send_signal(stop_signal)
        _, alive = psutil.wait_procs([left], timeout=patience_s)
        for each in family if alive else []:
            _quietly(each.kill)
        psutil.wait_procs(family, timeout=5)
    except psutil.NoSuchProcess:
        return


def answers(port: int, question: bytes, expected: bytes) -> bool:
    """Whether a local server answers a question as it should."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.settimeout(1)
            if question:
                connection.sendall(question)
            got = b""
            while expected not in got:
                more = connection.recv(65536)
                if not more:
                    return False
                got += more
            return True
    except OSError:
        return False


def ending_with_runner(command: Sequence[str], stop_signal: signal.Signals, user: str | None = None) -> list[str]:
    """The command, as a user, stopped by the kernel when the thread that starts it ends, however it ends."""
    account = pwd.getpwnam(user) if user else None
    who = (account.pw_uid, account.pw_gid) if account else (-1, -1)
    facts = (os.getpid(), int(stop_signal), *who)
    return [sys.executable, "-I", "-S", str(_LAUNCH), *map(str, facts), *command]


def _quietly(what: Callable[[], object]) -> None:
    try:
        what()
    except psutil.NoSuchProcess:
        return
