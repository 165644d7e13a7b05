"""The client in TypeScript: the example of its README, as it is written, against the suite."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from journeys import Clinic
from suite.web import WEB, installed


@pytest.mark.covers("G07")
def test_the_example_cancels_an_appointment(clinic: Clinic) -> None:
    appointment = clinic.book(clinic.slots()[0]).json()["appointment"]
    example = re.search(r"```ts\n(.*?)```", (WEB / "client" / "README.md").read_text(), re.DOTALL)
    assert example is not None
    imports, _, rest = example[1].partition("\n\n")
    names = {
        "baseUrl": clinic.machine.url, "accessToken": clinic.admin.session["accessToken"], "clinicId": clinic.id
    }  # fmt: skip
    program = "\n".join([imports, *(f"const {name} = {json.dumps(value)}" for name, value in names.items()), rest])
    done = _run(program)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert clinic.admin.get(f"/appointments/{appointment['id']}")["appointment"]["status"] == "canceled"


def _run(program: str) -> "subprocess.CompletedProcess[str]":
    """Node reads TypeScript by itself; nothing is built."""
    node = Path(sys.executable).parent / "node"
    with installed():
        return subprocess.run(
            [node, "--input-type=module-typescript", "--eval", program], cwd=WEB, check=False, capture_output=True,
            text=True, timeout=60,
        )  # fmt: skip
