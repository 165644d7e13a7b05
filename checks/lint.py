"""`make lint`: ruff, mypy, import-linter, our own checks, the contract against the last commit, openapi.json, web."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
SERVICES = ("identity", "people", "catalog", "scheduling", "booking")
PACKAGES = [
    *(f"libs/{name}/{name}" for name in ("chassis", "claims", "audit", "tracing", "embedded")),
    "libs/client/ambulo_client",
    *(f"services/{name}/{name}" for name in (*SERVICES, "gateway")),
    "suite/suite",
]

WEB = "web"

CHECKS: dict[str, list[str]] = {
    "ruff": [str(BIN / "ruff"), "check", "--quiet", "."],
    "format": [str(BIN / "ruff"), "format", "--quiet", "--check", "."],
    "mypy": [str(BIN / "mypy"), "--no-error-summary", *PACKAGES],
    "borders": [str(BIN / "lint-imports")],
    "own checks": [sys.executable, "checks/own.py"],
    "contract": [sys.executable, "checks/breaking.py"],
    "openapi": [sys.executable, "-m", "gateway.openapi", "--check"],
    WEB: [sys.executable, "-m", "suite.web"],
    **{f"{name} check": [sys.executable, "-m", name, "check"] for name in SERVICES},
}


def main() -> int:
    failed = []
    for name, command in CHECKS.items():
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        if done.returncode:
            failed.append(name)
            print(f"--- {name}\n{done.stdout}{done.stderr}")
        elif name == WEB:
            print(done.stdout, end="")
    print(f"lint: {len(CHECKS) - len(failed)} passed, {len(failed)} failed {' '.join(failed)}".rstrip())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
