"""`make features`: which features of FEATURES.md a journey covers, and which none does."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COVERS = re.compile(r"@pytest\.mark\.covers\(([^)]*)\)(?:\s*@[^\n]*)*\s*(?:async )?def (\w+)")


def covered() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(ROOT.glob("tests-e2e/**/test_*.py")):
        for ids, test in COVERS.findall(path.read_text()):
            for feature in re.findall(r"[A-Z]\d\d", ids):
                found.setdefault(feature, []).append(f"{path.stem}::{test}")
    return found


def known() -> dict[str, str]:
    """Ids and texts, if the list of features is beside this repository."""
    file = ROOT.parent / "shared" / "design" / "FEATURES.md"
    text = file.read_text() if file.exists() else ""
    return dict(re.findall(r"^\| ([A-Z]\d\d) \| (.*) \|$", text, re.MULTILINE))


def main() -> int:
    found, names = covered(), known()
    for feature in sorted({*found, *names}):
        tests = ", ".join(found.get(feature, [])) or "-"
        print(f"{feature}  {names.get(feature, '')[:60]:60}  {tests}")
    print(f"{len(found)} covered" + (f" of {len(names)}" if names else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
