"""Somebody who listens at the gateway of a whole suite."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from journeys import Clinic, Person
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

WAIT_S = 30.0


class Listener:
    """A socket that has signed in and listens."""

    def __init__(self, raw: ClientConnection) -> None:
        self.raw = raw
        self.seen: list[dict[str, Any]] = []
        self.last = ""

    def say(self, type_: str, **more: Any) -> None:
        self.raw.send(json.dumps({"type": type_} | more))

    def next(self, *types: str) -> dict[str, Any]:
        """The next of these types; without any, the next event."""
        deadline = time.monotonic() + WAIT_S
        while True:
            message: dict[str, Any] = json.loads(self.raw.recv(timeout=max(0.0, deadline - time.monotonic())))
            self.seen.append(message)
            self.last = message.get("metadata", {}).get("eventId") or message.get("lastEventId") or self.last
            if message["type"] in types or (not types and "metadata" in message):
                return message

    def closed(self) -> int:
        """Its code, when it comes; what is said until then is passed over."""
        try:
            while True:
                self.next()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else 0

    def appointment(self, type_: str, id_: str) -> dict[str, Any]:
        """What is said of one appointment; others are passed over."""
        while True:
            message = self.next(f"appointment.{type_}")
            if message["payload"]["appointmentId"] == id_:
                payload: dict[str, Any] = message["payload"]
                return payload


@contextmanager
def listening(
    clinic: Clinic, *channels: str, who: Person | None = None, token: str = "", last: str = "", at: str = ""
) -> Iterator[Listener]:
    """With a token, or as anybody (`token="-"`); at the main port, or where `at` says."""
    token = token or (who or clinic.admin).session["accessToken"]
    address = (at or clinic.machine.url).replace("http", "ws", 1) + "/v1/realtime/ws"
    with connect(address, compression=None, max_queue=None, close_timeout=2) as raw:
        listener = Listener(raw)
        listener.say("authenticate", **({"clinicId": clinic.id} if token == "-" else {"token": token}))
        listener.next("authenticated")
        listener.say("subscribe", channels=channels, **({"lastEventId": last} if last else {}))
        listener.next("subscribed")
        yield listener
