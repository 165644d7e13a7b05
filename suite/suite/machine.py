"""The whole suite on one machine: embedded servers (or given ones), databases, and processes that are kept alive."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

import psutil
from chassis import migrate
from embedded import Addresses, ServerFailed, Servers, ports
from embedded.child import Child, end_leftover

from suite.secrets import Secrets
from suite.services import GATEWAY, SERVICES

Progress = Callable[[str], None]

_READY_WITHIN_S = 60
_PROCESSES = "processes.json"


class Machine:
    """Started once, stopped once. `groups` says which services share a process."""

    def __init__(
        self,
        state: Path,
        groups: Sequence[Sequence[str]],
        *,
        port: int = 0,
        environment: dict[str, str] | None = None,
        only: Sequence[str] | None = None,
    ) -> None:
        self.state = state.resolve()
        self.groups = [list(group) for group in groups]
        self.servers = Servers(self.state / "servers", only) if only is not None else Servers(self.state / "servers")
        self.secrets: Secrets
        self.addresses: Addresses
        self.children: dict[str, Child] = {}
        self._wanted_port = port
        self._extra = environment or {}
        self.environment: dict[str, str] = {}
        self.url = ""
        self.realtime_url = ""
        """Where WebSockets are cheap."""

    def start(self, progress: Progress = lambda _: None) -> None:
        if self._wanted_port and not _is_free(self._wanted_port):
            raise ServerFailed(f"Port {self._wanted_port} is taken; stop what uses it, or choose another with --port")
        self.state.mkdir(parents=True, exist_ok=True)
        self.secrets = Secrets(self.state / "secrets")
        self.addresses = self.servers.start(lambda name: progress(f"{name} is up"))
        try:
            self._end_leftovers()
            self._prepare()
            self.environment = self._environment()
            self._migrate(progress)
            self._start_processes(progress)
            self._remember()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Processes first, then the servers they need."""
        for child in self.children.values():
            child.signal(child.stop_signal)
        for child in self.children.values():
            child.stop()
        self.children.clear()
        self.servers.stop()
        for name in ("run.json", _PROCESSES):
            (self.state / name).unlink(missing_ok=True)

    def revive(self) -> list[str]:
        """Start again whoever has died; their names, and how they ended."""
        dead = {
            name: child.process.returncode
            for name, child in self.children.items()
            if child.process is not None and child.process.poll() is not None
        }
        for name in dead:
            self.children[name].start()
        if dead:
            self._remember_children()
        return [f"{name} ({_how(code)})" for name, code in dead.items()]

    def _remember_children(self) -> None:
        known = [child.identity() for child in self.children.values()]
        (self.state / _PROCESSES).write_text(json.dumps([identity for identity in known if identity]))

    def _end_leftovers(self) -> None:
        """Processes of a runner that was killed: most end with it, none may stay."""
        try:
            left = json.loads((self.state / _PROCESSES).read_text())
        except (FileNotFoundError, ValueError):
            return
        for identity in left:
            end_leftover(identity, signal.SIGTERM, 5)

    def _prepare(self) -> None:
        free = ports.free(2 * len(self.groups) + 2)
        chosen = iter(free)
        self._http_port = self._wanted_port or next(chosen)
        beside = self._http_port + 1
        self._realtime_port = beside if beside < 2**16 and beside not in free and _is_free(beside) else next(chosen)
        self._grpc_ports = {tuple(group): next(chosen) for group in self.groups}
        self._debug_ports = {tuple(group): next(chosen) for group in self.groups}
        self.url = f"http://127.0.0.1:{self._http_port}"
        self.realtime_url = f"http://127.0.0.1:{self._realtime_port}"

    def _environment(self) -> dict[str, str]:
        database = urlsplit(self.addresses.postgres_url)
        host = f"{database.hostname}:{database.port}"
        app, owner = self.secrets.password("app"), self.secrets.password("owner")
        peers = {s: f"127.0.0.1:{p}" for group, p in self._grpc_ports.items() for s in group if s != GATEWAY}
        return {
            "DATABASE_URL": f"postgresql://{{service}}_app:{app}@{host}/{{service}}",
            "DATABASE_OWNER_URL": f"postgresql://{{service}}_owner:{owner}@{host}/{{service}}",
            "NATS_URL": self.addresses.nats_url,
            "VALKEY_URL": self.addresses.valkey_url,
            "S3_URL": self.addresses.s3_url,
            "SMTP_URL": self.addresses.smtp_url,
            "INTERNAL_KEY_FILE": self.secrets.key_file,
            "INTERNAL_KEYS_FILE": str(self.secrets.keys_file),
            "ACCESS_KEY_FILE": str(self.secrets.access_key_file),
            "PEER_ADDRESSES": json.dumps(peers),
            "WEB_URL": self.url,
            "HTTP_HOST": "127.0.0.1",
            "DEBUG_HOST": "127.0.0.1",
            "HTTP_PORT": str(self._http_port),
            "REALTIME_PORT": str(self._realtime_port),
            "LOG_FORMAT": "console",
            # Zones come from the pinned tzdata package, whatever the machine has.
            "PYTHONTZPATH": "",
        } | self._extra

    def _migrate(self, progress: Progress) -> None:
        app, owner = self.secrets.password("app"), self.secrets.password("owner")

        async def provision() -> None:
            for name in SERVICES:
                await migrate.provision(self.addresses.postgres_url, name, owner_password=owner, app_password=app)

        asyncio.run(provision())
        for name, service in SERVICES.items():
            migrate.upgrade(service, self.environment["DATABASE_OWNER_URL"].format(service=name))
        progress("databases are migrated")

    def _start_processes(self, progress: Progress) -> None:
        for group in self.groups:
            name = "+".join(group)
            self.children[name] = child = self._child(group)
            child.start()
        self._remember_children()
        for name, child in self.children.items():
            child.wait_until_ready(_READY_WITHIN_S)
            progress(f"{name} is up")

    def _child(self, group: Sequence[str]) -> Child:
        debug = self._debug_ports[tuple(group)]
        probe = f"{self.url}/readyz" if list(group) == [GATEWAY] else f"http://127.0.0.1:{debug}/readyz"
        serving = [sys.executable, "-m", "suite.cli", "serve", *group]
        return Child(
            name="+".join(group),
            command=lambda: serving,
            ready=lambda: _answers(probe) and (GATEWAY not in group or _answers(f"{self.url}/livez")),
            log=self.state / "suite.log",
            patience_s=20,
            environment=self.environment
            | {"GRPC_LISTEN": f"127.0.0.1:{self._grpc_ports[tuple(group)]}", "DEBUG_PORT": str(debug)},
        )

    def _remember(self) -> None:
        """How other commands find this suite."""
        file = self.state / "run.json"
        file.touch(mode=0o600)
        file.write_text(
            json.dumps(
                {
                    "url": self.url,
                    "realtime_url": self.realtime_url,
                    "mail_url": self.addresses.mail_url,
                    "pid": os.getpid(),
                    "environment": self.environment,
                }
            )
        )


def running(state: Path) -> dict[str, str]:
    """The environment of the suite that runs on this state, or of this process if that says where things are."""
    file = state.resolve() / "run.json"
    if file.exists():
        known = json.loads(file.read_text())
        if psutil.pid_exists(known["pid"]):
            found: dict[str, str] = known["environment"]
            return found
    if "DATABASE_URL" in os.environ:
        return dict(os.environ)
    raise FileNotFoundError(f"Nothing runs on {state}: start it with `make up`, or set DATABASE_URL and its kin")


def _how(code: int) -> str:
    return f"exit {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own
            return bool(answer.status < 300)
    except (URLError, OSError):
        time.sleep(0.03)
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
