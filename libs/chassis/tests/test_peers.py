"""Asking another service over real gRPC: deadlines, retries of reads, circuit breaking, failures that travel."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Protocol

import grpc
import pytest
from ambulo.catalog.v1 import locations_pb2 as pb
from chassis import Call, Service
from chassis.contract import rpcs_of
from chassis.errors import DeadlineExceeded, Denied, FieldViolation, Refused, Unavailable
from chassis.status import from_grpc
from chassis.testing import Running
from trial import Trial as TrialService
from trial import a_location

Trial = Callable[..., Awaitable[Running]]
RPCS = rpcs_of("ambulo.catalog.v1.LocationService")


class NoSuchPlace(Refused):
    title = "There is no such place"


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


async def test_an_answer_comes_back_over_the_wire(trial: Trial, asking: Any) -> None:
    ask = asking(await trial(listening=True))
    defined = await ask("DefineLocation", a_location(name="Far"))
    assert (await ask("GetLocation", pb.GetLocationRequest(location_id=defined.id))).name == "Far"


async def test_a_failure_keeps_its_kind_reason_fields_and_words(trial: Trial, asking: Any) -> None:
    async def define(request: pb.DefineLocationRequest, call: Call) -> pb.Location:
        raise NoSuchPlace("not here", fields=[FieldViolation("name", "is wrong")], retry_after=3, facts={"a": "b"})

    ask = asking(await trial(define=define, listening=True))
    with pytest.raises(Refused) as failure:
        await ask("DefineLocation", a_location())
    it = failure.value
    assert (it.reason, it.title, it.detail) == ("NO_SUCH_PLACE", "There is no such place", "not here")
    assert (it.fields, it.retry_after, it.facts) == ((FieldViolation("name", "is wrong"),), 3, {"a": "b"})


async def test_reads_wait_for_a_peer_that_is_starting(trial: Trial, asking: Any) -> None:
    running, port = await trial(), free_port()
    ask = asking(running, port)
    reading = asyncio.create_task(_until_answered(ask))
    await asyncio.sleep(0.3)
    again = running.process.settings.model_copy(update={"grpc_listen": f"127.0.0.1:{port}"})
    running.process.settings = again
    await running.process._listen()
    assert (await reading).locations == []


async def test_writes_are_asked_once(trial: Trial, asking: Any) -> None:
    asked = []

    async def define(request: pb.DefineLocationRequest, call: Call) -> pb.Location:
        asked.append(1)
        raise Unavailable

    ask = asking(await trial(define=define, listening=True))
    with pytest.raises(Unavailable):
        await ask("DefineLocation", a_location())
    assert len(asked) == 1


async def test_a_peer_that_is_known_to_be_down_is_not_asked_until_it_had_time(
    trial: Trial, asking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.peers._OPEN_FOR_S", 0.5)
    running, port = await trial(), free_port()
    ask = asking(running, port)
    for _ in range(12):
        with pytest.raises(Unavailable):
            await ask("DefineLocation", a_location())
    running.process.settings = running.process.settings.model_copy(update={"grpc_listen": f"127.0.0.1:{port}"})
    await running.process._listen()
    with pytest.raises(Unavailable):
        await ask("DefineLocation", a_location())
    deadline = time.monotonic() + 5
    while True:
        try:
            assert (await ask("DefineLocation", a_location())).id
            break
        except Unavailable:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)


async def test_a_peer_that_answers_that_something_is_away_is_asked_again(trial: Trial, asking: Any) -> None:
    asked = []

    async def define(request: pb.DefineLocationRequest, call: Call) -> pb.Location:
        asked.append(1)
        raise Unavailable

    ask = asking(await trial(define=define, listening=True))
    for _ in range(15):
        with pytest.raises(Unavailable):
            await ask("DefineLocation", a_location())
    assert len(asked) == 15
    assert (await ask("ListLocations", pb.ListLocationsRequest())).locations == []


async def test_refusals_do_not_open_the_circuit(trial: Trial, asking: Any) -> None:
    async def define(request: pb.DefineLocationRequest, call: Call) -> pb.Location:
        raise NoSuchPlace

    ask = asking(await trial(define=define, listening=True))
    for _ in range(30):
        with pytest.raises(Refused):
            await ask("DefineLocation", a_location())


async def test_the_deadline_goes_along(trial: Trial, asking: Any) -> None:
    async def define(request: pb.DefineLocationRequest, call: Call) -> pb.Location:
        seen.append(call.envelope.seconds_left())
        await asyncio.sleep(5)
        return pb.Location()

    seen: list[float] = []
    ask, began = asking(await trial(define=define, listening=True)), time.monotonic()
    with pytest.raises(DeadlineExceeded):
        await ask("DefineLocation", a_location(), seconds=0.5)
    assert seen
    assert seen[0] < 0.5
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("code", [grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN])
def test_a_connection_that_broke_is_no_fault_of_the_request(code: grpc.StatusCode) -> None:
    broken = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), "Received RST_STREAM")
    failure = from_grpc(broken, "people")
    assert isinstance(failure, Unavailable)
    assert failure.is_transport


async def test_a_token_nobody_signed_is_refused(trial: Trial) -> None:
    running = await trial(listening=True)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.process.port}") as channel:
        ask = channel.unary_unary(
            RPCS["ListLocations"].path, lambda m: m.SerializeToString(), pb.ListLocationsResponse.FromString
        )
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ask(pb.ListLocationsRequest(), metadata=[("authorization", "a.b.c")])
        assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED


async def test_what_a_person_may_not_ask_is_not_granted_by_asking_through_a_service(trial: Trial, asking: Any) -> None:
    running = await trial(listening=True)
    ask = asking(running)
    nobody = replace(running.claims("admin"), permissions=frozenset())
    with pytest.raises(Denied):
        await ask("DefineLocation", a_location(), claims=nobody)


class Places(Protocol):
    async def GetLocation(self, request: pb.GetLocationRequest, call: Call) -> pb.Location: ...


class Wishes(Protocol):
    async def FlyToTheMoon(self, request: pb.GetLocationRequest, call: Call) -> pb.Location: ...


async def test_a_peer_is_not_asked_inside_a_transaction(trial: Trial) -> None:
    async def define(request: pb.DefineLocationRequest, call: Call) -> pb.Location:
        await call.tx.execute("SELECT 1")
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await running.trial.peers["ambulo.catalog.v1.LocationService"].GetLocation(pb.GetLocationRequest(), call)
        return pb.Location(id="seen")

    running = await trial(define=define, peers={"ambulo.catalog.v1.LocationService": Places})
    assert (await running.ask("DefineLocation", a_location())).id == "seen"


async def test_a_protocol_that_asks_for_what_is_not_there_stops_the_start(start: Any) -> None:
    it = TrialService(peers={"ambulo.catalog.v1.LocationService": Wishes})
    with pytest.raises(RuntimeError, match="FlyToTheMoon, which does not exist"):
        await start(Service("catalog", it.build))


async def _until_answered(ask: Any) -> Any:
    while True:
        try:
            return await ask("ListLocations", pb.ListLocationsRequest())
        except Unavailable:
            await asyncio.sleep(0.05)
