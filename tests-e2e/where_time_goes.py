"""`make profile`: where the time of one booking, or of one question for free times, goes.

The whole suite in this one process, asked over HTTP by 8 connections of another, with pyinstrument looking on.
"""

import asyncio
import multiprocessing
import os
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop
from bench import a_big_clinic, availability_request, booking_requests
from chassis.peers import Peers
from chassis.process import Process
from chassis.settings import Settings
from conftest import running
from gateway import Server, build
from gateway import Settings as GatewaySettings
from journeys import new_clinic
from load import closed_loop
from pyinstrument import Profiler
from suite.services import NAMES, SERVICES

SECONDS = 8


def load(url: str, requests: list[bytes]) -> None:
    following = iter(requests * (1 if len(requests) > 1 else 100_000))
    answers = asyncio.run(closed_loop(url, 8, SECONDS, partial(next, following)))
    print(
        f"{answers.rate:.0f}/s, statuses {dict(answers.statuses)}, p50 {answers.percentile(50):.1f} ms", file=sys.stderr
    )


async def profile(requests: list[bytes]) -> Profiler:
    settings, local = Settings(), {}
    process = Process(list(SERVICES.values()), settings, "all", local)
    await process.start()
    server = Server(build(Peers("gateway", settings, local), GatewaySettings()), "127.0.0.1", 0)
    await server.start()
    asker = multiprocessing.get_context("spawn").Process(
        target=load, args=(f"http://127.0.0.1:{server.port}", requests)
    )
    asker.start()
    await asyncio.sleep(2)
    with Profiler(async_mode="disabled", interval=0.0005) as profiler:
        await asyncio.sleep(SECONDS - 3)
    await asyncio.to_thread(asker.join)
    await server.stop()
    await process.stop()
    return profiler


def main(what: str) -> None:
    with TemporaryDirectory() as folder, running(Path(folder) / "suite", [list(NAMES)]) as machine:
        if what == "availability":
            requests = [availability_request(new_clinic(machine))]
        else:
            requests = booking_requests(a_big_clinic(machine))
        os.environ.update(machine.environment | {"GRPC_LISTEN": "127.0.0.1:0", "DEBUG_PORT": "-1"})
        found = uvloop.run(profile(requests))
    print(found.output_text(unicode=True, color=False, show_all=False))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "booking")
