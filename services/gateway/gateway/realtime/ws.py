"""`/v1/realtime/ws` at the port that serves everything: a WebSocket of ASGI."""

from starlette.types import Receive, Scope, Send

from gateway.realtime import connection as ends
from gateway.realtime.carry import carry
from gateway.realtime.connection import End
from gateway.realtime.frames import HEADER, Frame
from gateway.realtime.realtime import Realtime
from gateway.realtime.talk import Talk


class Sockets:
    """An ASGI application for WebSockets."""

    def __init__(self, realtime: Realtime) -> None:
        self._realtime = realtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        address = (scope.get("client") or ("", 0))[0]
        connection = self._realtime.connect(address)

        async def write(frame: Frame) -> None:
            await send({"type": "websocket.send", "text": frame.text[HEADER:].decode()})

        async def close(why: End) -> None:
            await send({"type": "websocket.close", "code": why.code, "reason": f"{why.name}: {why.detail}"})

        if connection is None:
            await close(ends.TOO_MANY)
            return
        talk = Talk(self._realtime, connection, address)

        async def read() -> None:
            while (message := await receive())["type"] != "websocket.disconnect":
                text = message.get("text")
                if talk.accepts(text):
                    await talk.answer(text)

        await carry(self._realtime, connection, read, write, close)
