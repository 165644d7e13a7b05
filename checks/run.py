"""`make test`: all tests, or those of one service (S) and one kind (T). Ends with the count of all."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


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
    if not service and not kind:
        lint = subprocess.run([sys.executable, "checks/lint.py"], cwd=ROOT, check=False)
        if lint.returncode:
            return lint.returncode
    return subprocess.run([sys.executable, "-m", "pytest", *chosen(service, kind)], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
