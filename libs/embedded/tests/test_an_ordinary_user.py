"""Everything comes up for a user without any privilege; as root, the tests become one."""

import os
import pwd
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution, requires
from pathlib import Path

import embedded
import pytest

RUNNER = """
import getpass, os, sys
from pathlib import Path
import psutil
from embedded import ALL, Servers

servers = Servers(Path(sys.argv[1]))
came_up = []
servers.start(came_up.append)
processes = psutil.Process().children(recursive=True)
owners = {each.info["uids"].effective for each in psutil.process_iter(["uids"]) if each in processes}
servers.kill_one("s3")
servers.stop()
assert sorted(came_up) == sorted(ALL), came_up
assert owners == {os.geteuid()}, owners
assert psutil.wait_procs(processes, 5)[1] == []
print("up as", os.geteuid())
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """Not under pytest's folder, which nobody else may enter when root runs it."""
    folder = Path(tempfile.mkdtemp(prefix="ambulo-home-"))
    yield folder
    shutil.rmtree(folder)


def test_all_servers_come_up_for_an_ordinary_user(home: Path) -> None:
    python, account = sys.executable, pwd.getpwuid(os.geteuid())
    if os.geteuid() == 0:
        python, account = installation_of_ones_own(home), pwd.getpwnam("nobody")
        os.chown(home, account.pw_uid, account.pw_gid)
    done = subprocess.run(
        [python, "-c", RUNNER, str(home / "state")],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        timeout=120,
        env={"HOME": str(home), "PATH": os.defpath, "LD_LIBRARY_PATH": str(home / "python" / "lib")},
        **({"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}),
    )
    assert done.stdout == f"up as {account.pw_uid}\n", done.stderr


def installation_of_ones_own(home: Path) -> str:
    """Python and what `embedded` needs: root's may lie where nobody else may go."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    python = home / "python" / "bin" / version
    python.parent.mkdir(parents=True)
    link(sys.executable, python)
    unneeded = shutil.ignore_patterns("site-packages", "dist-packages", "test", "tests", "idlelib", "config-*")
    shutil.copytree(
        sysconfig.get_path("stdlib"), home / "python" / "lib" / version, ignore=unneeded, copy_function=link
    )
    for library in Path(sys.base_prefix, "lib").glob("libpython*.so*"):
        link(library, home / "python" / "lib" / library.name)

    packages = home / "venv" / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    (home / "venv" / "bin").mkdir()
    (home / "venv" / "bin" / "python").symlink_to(python)
    (home / "venv" / "pyvenv.cfg").write_text(f"home = {python.parent}\n")
    shutil.copytree(Path(embedded.__file__).parent, packages / "embedded")
    for name in needed_by("embedded"):
        for file in distribution(name).files or []:
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            link(file.locate(), target)
    return str(home / "venv" / "bin" / "python")


def link(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Half a gigabyte need not be copied, unless it lies on another disk."""
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        shutil.copy2(source, target)


def needed_by(name: str) -> set[str]:
    direct = {re.match(r"[\w.-]+", line)[0] for line in requires(name) or [] if ";" not in line}
    return direct.union(*(needed_by(each) for each in direct))
