"""The web app: built once for what its sources are, by the Node that the lock brings."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

WEB: Final = Path(__file__).parents[2] / "services" / "web"
_CONTRACT: Final = WEB.parent / "gateway" / "openapi.json"
_BUILT: Final = WEB / "dist"
_MADE: Final = {"node_modules", "dist"}
_CHECKED: Final = WEB / "node_modules" / ".checked"

Progress = Callable[[str], None]


class BuildFailed(Exception):
    """With what Node said."""


def built(progress: Progress = lambda _: None) -> Path:
    """The folder of the app as its sources are now; nothing is done if it is there already."""
    with _alone():
        wanted, stamp = _stamp(), _BUILT / ".stamp"
        if not stamp.exists() or stamp.read_text() != wanted:
            _install(progress)
            progress("building the web app")
            run("run", "--silent", "build")
            stamp.write_text(wanted)
    return _BUILT


@contextmanager
def installed(progress: Progress = lambda _: None) -> Iterator[None]:
    """For whoever needs the packages only."""
    with _alone():
        _install(progress)
    yield


def check() -> int:
    """Types, lint, tests, build and size, unless just these sources have passed; prints what Node says."""
    with _alone():
        wanted = _stamp()
        if _CHECKED.exists() and _CHECKED.read_text().startswith(wanted):
            print(_CHECKED.read_text().removeprefix(wanted), end="")
            return 0
        _install(lambda what: print(what, file=sys.stderr))
        done = subprocess.run(
            [*_npm(), "run", "--silent", "check"], cwd=WEB, env=_environment(), check=False, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        print(done.stdout, end="")
        if not done.returncode:
            (_BUILT / ".stamp").write_text(wanted)
            _CHECKED.write_text(wanted + done.stdout)
    return done.returncode


def run(*arguments: str) -> None:
    done = subprocess.run(
        [*_npm(), *arguments], cwd=WEB, env=_environment(), check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise BuildFailed(f"npm {' '.join(arguments)} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def _install(progress: Progress) -> None:
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    stamp = WEB / "node_modules" / ".stamp"
    if not stamp.exists() or stamp.read_text() != lock:
        progress("installing what the web app is built with, a minute")
        run("ci")
        stamp.write_text(lock)


def _stamp() -> str:
    """Of everything that goes into the build."""
    found = hashlib.sha256(_CONTRACT.read_bytes())
    for folder, folders, files in os.walk(WEB):
        folders[:] = sorted(set(folders) - _MADE)
        for name in sorted(files):
            path = Path(folder, name)
            if not name.startswith(".") and name != "schema.d.ts":
                found.update(f"{path.relative_to(WEB)}\0".encode() + path.read_bytes())
    return found.hexdigest()


def _npm() -> list[str]:
    """Of the lock, or the machine's own."""
    beside = Path(sys.executable).parent / "npm"
    found = str(beside) if beside.exists() else shutil.which("npm")
    if found is None:
        raise BuildFailed("There is no npm: `make .venv/ready` brings one, or install Node 20.19 or newer")
    return [found]


def _environment() -> dict[str, str]:
    """What npm runs must find the same Node."""
    return os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


@contextmanager
def _alone() -> Iterator[None]:
    """Two that build into one folder would mix."""
    with (WEB / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(check())
