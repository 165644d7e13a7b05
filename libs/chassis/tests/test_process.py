"""A process: what it says of itself, and how it ends."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import grpc
import pytest
from ambulo.catalog.v1 import locations_pb2 as pb
from catalog.usecases.locations import LocationService
from chassis import Call
from chassis.process import Process
from chassis.testing import Running
from grpc_health.v1 import health_pb2, health_pb2_grpc
from trial import a_location

Trial = Callable[..., Awaitable[Running]]


async def test_a_request_that_has_begun_is_answered_before_the_end(trial: Trial) -> None:
    begun = asyncio.Event()

    async def define(request: pb.DefineLocationRequest, call: Call) -> pb.Location:
        begun.set()
        await asyncio.sleep(0.5)
        return await LocationService().DefineLocation(request, call)

    from chassis.envelope import Envelope
    from chassis.peers import Peers

    running = await trial(define=define, listening=True)
    address = {"catalog": f"127.0.0.1:{running.process.port}"}
    peers = Peers("fake", running.process.settings.model_copy(update={"peer_addresses": address}), {})
    rpc = next(e.rpc for path, e in running.process.local.items() if path.endswith("/DefineLocation"))
    request = a_location(clinic_id=str(running.clinic_id))
    asked = asyncio.create_task(peers.call(rpc, request, Envelope(claims=running.claims("admin"))))
    await begun.wait()
    await running.process.stop()
    running.process.chassis.clear()
    assert (await asked).name == "Centre"
    await peers.close()


async def test_grpc_health_says_whether_it_serves(trial: Trial) -> None:
    running = await trial(listening=True)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.process.port}") as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.fixture
async def debug(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Asks the debug port: status and body."""
    monkeypatch.setenv("DEBUG_PORT", "0")
    running = await trial()
    again: Process = running.process
    again.settings = again.settings.model_copy(update={"debug_port": 0})
    from chassis.health import DebugPort

    port = DebugPort("127.0.0.1", 0, again.missing)
    port.start()

    def get(path: str) -> tuple[int, str]:
        try:
            with urlopen(f"http://127.0.0.1:{port.port}{path}") as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    yield running, lambda path: asyncio.to_thread(get, path)
    port.stop()


async def test_it_is_alive_but_not_ready_without_nats_and_says_so(debug: Any) -> None:
    running, get = debug
    assert (await get("/livez"))[0] == 200
    status, body = await get("/readyz")
    assert (status, json.loads(body)["missing"]) == (503, {"nats": "not connected yet"})
    running.process._streams.start()
    for _ in range(200):
        status, _ = await get("/readyz")
        if status == 200:
            break
        await asyncio.sleep(0.02)
    assert status == 200


async def test_metrics_count_calls_by_outcome(debug: Any) -> None:
    running, get = debug
    await running.ask("DefineLocation", a_location())
    _, text = await get("/metrics")
    assert 'rpc="/ambulo.catalog.v1.LocationService/DefineLocation"' in text.replace("'", '"')


async def test_an_unknown_path_is_not_found(debug: Any) -> None:
    _, get = debug
    assert (await get("/nothing"))[0] == 404
