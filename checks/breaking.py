"""The contract may grow but not break: buf compares the protos with those of the last commit on main."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "protos"))


def main() -> int:
    from hatch_build import image

    bases = ["main", "origin/main", "HEAD"]
    known = [b for b in bases if _git("rev-parse", "--verify", "--quiet", f"{b}^{{commit}}").returncode == 0]
    if not known or _git("cat-file", "-e", f"{known[0]}:protos/ambulo").returncode:
        print("no earlier contract to compare with")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", known[0], "protos"], cwd=ROOT, check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        before, now = Path(folder) / "before.binpb", Path(folder) / "now.binpb"
        before.write_bytes(image(Path(folder) / "protos"))
        now.write_bytes(image(ROOT / "protos"))
        buf = Path(sys.executable).parent / "buf"
        # A field may go if its number and name are reserved, with a word why (STYLE 5).
        rules = ["FILE", "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED", "FIELD_NO_DELETE_UNLESS_NAME_RESERVED"]
        # Telling absent from zero changes nothing on the wire.
        rules.append("FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY")
        unwanted = ["FIELD_NO_DELETE", "FIELD_SAME_CARDINALITY"]
        config = json.dumps({"version": "v2", "breaking": {"use": rules, "except": unwanted}})
        done = subprocess.run(
            [buf, "breaking", now, "--against", before, "--config", config],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
        )
        print(done.stdout + done.stderr)
        return done.returncode


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
