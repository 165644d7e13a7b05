"""The whole suite, once per topology, and clinics to try it on. Everything else goes through the gateway."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded import Servers
from journeys import GENEROUS, Clinic, new_clinic
from suite.machine import Machine
from suite.services import NAMES

TOPOLOGIES = {"one-process": [list(NAMES)], "process-per-service": [[name] for name in NAMES]}


@pytest.fixture(scope="session", params=TOPOLOGIES)
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The journeys run in both topologies."""
    with running(tmp_path_factory.mktemp(request.param), TOPOLOGIES[request.param]) as machine:
        yield machine


class running:  # noqa: N801  # reads as a verb
    """A suite for a block; its log is shown if the block fails."""

    def __init__(self, state: Path, groups: list[list[str]], **environment: str) -> None:
        only = ("postgres", "nats", "valkey", "mail")
        self.machine = Machine(state, groups, environment={"LOG_FORMAT": "json"} | GENEROUS | environment, only=only)

    def __enter__(self) -> Machine:
        self.machine.start()
        return self.machine

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            print((self.machine.state / "suite.log").read_text()[-5000:])
        self.machine.stop()
        Servers.erase(self.machine.state / "servers")


@pytest.fixture
def clinic(machine: Machine) -> Clinic:
    """A clinic with one location, two specialists, two rooms, one service and one patient."""
    return new_clinic(machine)
