"""`make test`: all tests, or those of one service (S) and one kind (T). Journeys and all else side by side."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parents[1]
WEB = ROOT / "tests-e2e" / "web"
PARTS = ("libs", "services", "suite", "checks", "tests-e2e/alone")
"""Beside the journeys that share a suite; the last have one of their own."""


def chosen(service: str, kind: str) -> list[str]:
    """Folders of tests: services/booking/tests/domain for S=booking T=domain."""
    if not service:
        return [str(p) for p in sorted(ROOT.glob(f"*/*/tests/{kind}"))] if kind else []
    folders = [
        p / "tests" for p in (ROOT / "services" / service, ROOT / "libs" / service, ROOT / service) if p.exists()
    ]
    if not folders:
        sys.exit(f"There is no {service}; S is a folder of services or libs")
    return [str(folder / kind) for folder in folders]


def main(service: str, kind: str) -> int:
    if service == "web":
        checked = subprocess.run([sys.executable, "-m", "suite.web"], cwd=ROOT, check=False).returncode
        return checked or _pytest(str(WEB)).wait()
    if service or kind:
        return _pytest(*chosen(service, kind)).wait()
    lint = subprocess.run([sys.executable, "checks/lint.py"], cwd=ROOT, check=False)
    return lint.returncode or _both()


def _both() -> int:
    """The journeys wait for servers most of the time: all else is tested meanwhile, and told of afterwards. Browsers
    come last, alone: what they show within a second they must not show late because of others."""
    with tempfile.TemporaryFile("w+") as told:
        rest = _pytest(*(str(ROOT / folder) for folder in PARTS), output=told)
        failed = _pytest(str(ROOT / "tests-e2e"), f"--ignore={ROOT / PARTS[-1]}", f"--ignore={WEB}").wait()
        failed |= rest.wait()
        told.seek(0)
        print(told.read())
    failed |= _pytest(str(WEB)).wait()
    print("All tests passed" if not failed else "Some tests failed: see above")
    return failed


def _pytest(*arguments: str, output: TextIO | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, stdout=output, stderr=output)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
