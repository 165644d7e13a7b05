"""Rules of ours that no linter knows (STYLE 8), each a few lines of ast."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = [*ROOT.glob("libs/*/*/**/*.py"), *ROOT.glob("services/*/*/**/*.py"), *ROOT.glob("suite/suite/**/*.py")]
_SQL = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE)\b", re.IGNORECASE)
_FORBIDDEN_WORDS = re.compile(r"(?:^|_)(utils|helpers|common|base|manager|processor|handler|impl)(?:_|$)")


def no_select_star(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for line, text in _texts(tree):
        if _SQL.match(text) and re.search(r"SELECT\s+(\w+\.)?\*", text, re.IGNORECASE):
            yield line, "SELECT * hides which columns are read"


def no_clinic_in_sql(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Row-level security names the tenant; SQL that does so too would hide that it is missing."""
    if "/store/" not in str(path) and "/usecases/" not in str(path):
        return
    for line, text in _texts(tree):
        if _SQL.match(text) and "clinic_id" in re.sub(
            r"ON CONFLICT \([^)]*\)|m\.clinic_id, |c\.id = m\.clinic_id", "", text
        ):
            yield line, "application SQL does not name clinic_id: row-level security does"


def sql_in_store(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """A use case says what happens; how it is kept is the store's."""
    if "/usecases/" not in str(path):
        return
    for line, text in _texts(tree):
        if re.match(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) ", text):
            yield line, "SQL belongs into store/"


def one_clock(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if "libs/" in str(path):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow"):
            if isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date"):
                yield node.lineno, "call.now is the only clock"


def docstring(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if path.read_text().strip() and ast.get_docstring(tree) is None:
        yield 1, "says in one line what lives here"


def plain_names(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if _FORBIDDEN_WORDS.search(path.stem):
        yield 1, f"{path.stem} says nothing; name what lives here"


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


CHECKS = (no_select_star, no_clinic_in_sql, sql_in_store, one_clock, docstring, plain_names)


def no_addresses() -> Iterator[str]:
    """Lock files hold versions and hashes, no addresses (STYLE 1)."""
    for number, line in enumerate((ROOT / "requirements.lock").read_text().splitlines(), 1):
        if "://" in line or line.startswith("--"):
            yield f"requirements.lock:{number}: an address"


def no_npm_addresses() -> Iterator[str]:
    for name, package in json.loads((ROOT / "services/web/package-lock.json").read_text())["packages"].items():
        if "://" in package.get("resolved", ""):
            yield f"services/web/package-lock.json: {name} has an address"


def todos() -> Iterator[str]:
    command = [
        "git",
        "grep",
        "-nE",
        r"\b(TODO|FIXME|XXX)\b",
        "--",
        "*.py",
        "*.proto",
        "*.ts",
        "*.tsx",
        "*.mjs",
        ":!checks/own.py",
    ]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    yield from (f"{line}: unfinished" for line in found.stdout.splitlines() if not re.search(r"#\d+", line))


def main() -> int:
    problems = [*no_addresses(), *no_npm_addresses(), *todos()]
    for path in SOURCES:
        if "/migrations/" in str(path) or "/tests/" in str(path):
            continue
        tree = ast.parse(path.read_text())
        problems += [f"{path.relative_to(ROOT)}:{line}: {why}" for check in CHECKS for line, why in check(path, tree)]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
