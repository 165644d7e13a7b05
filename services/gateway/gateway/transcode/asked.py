"""Questions that were asked before. What a path and a query ask depends on nothing else, so it is found out once: who
asks, and what the answer is, is found out every time."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from chassis.errors import DomainError
from fastapi import Request, Response
from google.protobuf.message import Message
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import problems

_KEPT: Final = 2_000
_LONGEST: Final = 2_000

Again = Callable[[Request, Any], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Question:
    """What a route made of a path and a query."""

    again: Again
    path_params: dict[str, Any]
    _message: Message

    @classmethod
    def of(cls, again: Again, scope: Scope, message: Message) -> "Question":
        return cls(again, scope["path_params"], _copy(message))

    @property
    def message(self) -> Message:
        """One's own: whoever gets it may do with it as they like."""
        return _copy(self._message)


class Asked:
    """The valid questions to all routes that are asked often; the least recently asked is forgotten first."""

    def __init__(self) -> None:
        self._questions: OrderedDict[tuple[str, bytes], Question] = OrderedDict()

    def __len__(self) -> int:
        return len(self._questions)

    def find(self, scope: Scope) -> Question | None:
        key = (scope["path"], scope["query_string"])
        found = self._questions.get(key)
        if found is not None:
            self._questions.move_to_end(key)
        return found

    def remember(self, scope: Scope, again: Again, message: Message) -> None:
        path, query = scope["path"], scope["query_string"]
        if len(path) + len(query) > _LONGEST:
            return
        self._questions[path, query] = Question.of(again, scope, message)
        if len(self._questions) > _KEPT:
            self._questions.popitem(last=False)


class AskedBefore:
    """Takes questions that are known to whoever answers them, past the router and FastAPI's validation."""

    def __init__(self, app: ASGIApp, asked: Asked) -> None:
        self._app = app
        self._asked = asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        question = self._asked.find(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if question is None:
            await self._app(scope, receive, send)
            return
        scope["path_params"] = question.path_params
        request = Request(scope, receive)
        try:
            response = await question.again(request, question.message)
        except DomainError as failure:
            response = problems.render(request, failure)
        await response(scope, receive, send)


def _copy(message: Message) -> Message:
    own = type(message)()
    own.CopyFrom(message)
    return own
