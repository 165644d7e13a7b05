"""A clinic in a few words: `planned({"Location/a": {"name": "A"}})` says what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid5

import pytest
from suite.fhir import Plan, Resource, plan, read

MONDAY_NOON = datetime(2030, 6, 3, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Planned:
    plan: Plan

    def verdict(self, origin: str) -> str:
        return self._outcome(origin).verdict

    def why(self, origin: str) -> str:
        return self._outcome(origin).why

    def _outcome(self, origin: str) -> Any:
        [outcome] = [o for o in self.plan.outcomes if o.origin == origin]
        return outcome

    def all(self, kind: str) -> list[Any]:
        return [s.request for s in self.plan.steps if s.request.DESCRIPTOR.name == f"{kind}Request"]

    def only(self, kind: str) -> Any:
        [request] = self.all(kind)
        return request

    def id_of(self, origin: str) -> str:
        return str(uuid5(self.plan.clinic_id, origin))


@pytest.fixture(scope="session")
def planned() -> Callable[..., Planned]:
    def make(
        bodies: dict[str, dict[str, Any]], *, now: datetime = MONDAY_NOON, hint: str = "", zone: str = ""
    ) -> Planned:
        resources = []
        for origin, body in bodies.items():
            type_, id_ = origin.split("/")
            resources.append(Resource(type_, id_, {"resourceType": type_, "id": id_} | body, frozenset()))
        return Planned(plan(resources, clinic_hint=hint, default_zone=zone, now=now))

    return make


@pytest.fixture(scope="session")
def examples() -> Path:
    """A few of HL7's own (CC0), without their narrative."""
    return Path(__file__).parent / "examples"


@pytest.fixture(scope="session")
def example(examples: Path) -> Callable[[datetime], Planned]:
    """HL7's examples, planned at some time."""
    resources, _ = read(examples)
    return lambda now: Planned(plan(resources, now=now))
