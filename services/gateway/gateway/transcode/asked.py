"""Questions that were asked before. What a path and a query ask depends on nothing else, so it is found out once: who
asks, and what the answer is, is found out every time."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from google.protobuf.message import Message
from starlette.types import Receive, Scope, Send

_KEPT: Final = 2_000
_LONGEST: Final = 2_000

Again = Callable[[Request, Any], Awaitable[Response]]


class Asked:
    """The valid questions to one route, as messages; the least recently asked is forgotten first."""

    def __init__(self) -> None:
        self._questions: OrderedDict[tuple[str, bytes], Message] = OrderedDict()

    def __len__(self) -> int:
        return len(self._questions)

    def find(self, scope: Scope) -> Message | None:
        """A message of one's own: whoever gets it may do with it as they like."""
        key = (scope["path"], scope["query_string"])
        found = self._questions.get(key)
        if found is None:
            return None
        self._questions.move_to_end(key)
        own = type(found)()
        own.CopyFrom(found)
        return own

    def remember(self, scope: Scope, message: Message) -> None:
        path, query = scope["path"], scope["query_string"]
        if len(path) + len(query) > _LONGEST:
            return
        own = type(message)()
        own.CopyFrom(message)
        self._questions[path, query] = own
        if len(self._questions) > _KEPT:
            self._questions.popitem(last=False)


def often_asked(asked: Asked, again: Again) -> type[APIRoute]:
    """A route that passes questions it knows to `again`, past FastAPI's validation, and documents like any other."""

    class OftenAsked(APIRoute):
        async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
            message = asked.find(scope) if scope["method"] == "GET" else None
            if message is None:
                await super().handle(scope, receive, send)
            else:
                response = await again(Request(scope, receive, send), message)
                await response(scope, receive, send)

    return OftenAsked
