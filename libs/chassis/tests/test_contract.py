"""The contract and the code say the same: failures, types, access."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from ambulo.catalog.v1 import locations_pb2 as pb
from catalog.usecases.locations import LocationService
from chassis import Call, Service
from chassis.contract import CONTEXTS, rpcs
from chassis.errors import KINDS, DomainError

SENT_BY_ALL = {kind.name for kind in KINDS} | {"KEY_REUSED"}


def failures_of(context: str) -> set[str]:
    """Reasons of every failure class that a service defines."""
    for part in ("domain", "usecases", "store"):
        package = import_module(f"{context}.{part}")
        for module in iter_modules(package.__path__, f"{context}.{part}."):
            import_module(module.name)
    return {c.name for c in _descendants(DomainError) if c.__module__.startswith(f"{context}.")}


def _descendants(cls: type[DomainError]) -> set[type[DomainError]]:
    return {c for sub in cls.__subclasses__() for c in (sub, *_descendants(sub))}


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_failure_is_in_the_contract_and_the_contract_names_no_other(context: str) -> None:
    promised = {reason for rpc in rpcs() if rpc.context == context for reason in rpc.fails_with}
    assert failures_of(context) - promised == set(), "defined, but no RPC fails with it"
    elsewhere = set().union(*(failures_of(other) for other in CONTEXTS if other != context))
    assert promised - failures_of(context) - SENT_BY_ALL - elsewhere == set(), "promised, but nobody defines it"


def test_every_rpc_says_who_may_call_it() -> None:
    assert [rpc.path for rpc in rpcs() if rpc.access is None] == []


def test_reads_are_get_and_writes_are_not() -> None:
    wrong = [r.path for r in rpcs() for b in r.bindings if (b.verb == "GET") != r.reads_only]
    assert wrong == []


class TestAStartIsRefused:
    async def test_when_a_use_case_is_missing(self, start: Any) -> None:
        class Incomplete:
            GetLocation = LocationService.GetLocation

        with pytest.raises(RuntimeError, match="Incomplete has no DefineLocation"):
            await start(_serving(Incomplete()))

    async def test_when_types_are_not_the_contracts(self, start: Any) -> None:
        class Mistyped(LocationService):
            async def GetLocation(self, request: pb.ListLocationsRequest, call: Call) -> pb.Location:
                return pb.Location()

        with pytest.raises(RuntimeError, match=r"Mistyped\.GetLocation has types"):
            await start(_serving(Mistyped()))

    async def test_when_a_service_serves_what_is_another_ones(self, start: Any) -> None:
        def build(chassis: Any) -> None:
            chassis.serves("ambulo.booking.v1.AppointmentService", object())

        with pytest.raises(RuntimeError, match="does not belong to catalog"):
            await start(Service("catalog", build))


def _serving(usecases: object) -> Service:
    return Service("catalog", lambda chassis: chassis.serves("ambulo.catalog.v1.LocationService", usecases))
