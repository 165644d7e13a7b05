"""Starts the trial service."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis import Service
from chassis.testing import FakePeer, Running
from trial import Trial


@pytest.fixture
def trial(start: Any) -> Callable[..., Awaitable[Running]]:
    """`await trial(define=...)` starts it; `listening=True` with its relay, consumers and gRPC port."""

    async def begin(*peers: FakePeer, listening: bool = False, **more: Any) -> Running:
        it = Trial(**more)
        running = await start(Service("catalog", it.build), *peers, listening=listening)
        running.trial = it
        return running

    return begin
