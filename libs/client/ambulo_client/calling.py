"""How a call is made: under one key, tried again while that is safe, its failure raised."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, Self, TypeVar

import httpx
import tenacity
from httpx_sse import ServerSentEvent, aconnect_sse, connect_sse
from pydantic_core import to_jsonable_python

from ambulo_client.problem import Problem

Http = TypeVar("Http", httpx.Client, httpx.AsyncClient)

_NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_LOST = (httpx.NetworkError, httpx.TimeoutException, httpx.RemoteProtocolError)
_untold = tenacity.wait_random_exponential(multiplier=0.1, max=5)


class Versioned(Protocol):
    """What was read and knows its version."""

    version: int


@dataclass(frozen=True, slots=True)
class Request:
    """One call. What is None is left out: the contract treats absent and null alike."""

    method: str
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    if_match: Versioned | int | str | None = None
    key: str | None = None

    def arguments(self) -> dict[str, Any]:
        seen = self.if_match if isinstance(self.if_match, int | str | None) else self.if_match.version
        headers = {"Idempotency-Key": self.key, "If-Match": f'"{seen}"' if isinstance(seen, int) else seen}
        given: dict[str, Any] = {"method": self.method, "url": self.path, "params": _jsonable(self.query)}
        given["headers"] = {name: value for name, value in headers.items() if value is not None}
        return given if self.body is None else given | {"json": _jsonable(self.body)}


def _jsonable(given: Mapping[str, object]) -> dict[str, Any]:
    said = {name: value for name, value in given.items() if value is not None}
    return dict(to_jsonable_python(said, by_alias=True, exclude_none=True))


def _content(response: httpx.Response) -> bytes:
    if not response.is_success:
        raise Problem.of(response)
    return response.content


def _again(state: tenacity.RetryCallState) -> bool:
    failure = state.outcome.exception() if state.outcome else None
    # Whether twice does no more than once, even if the first time did something and only its answer was lost.
    safe = state.args[0].method == "GET" or state.args[0].key is not None
    if isinstance(failure, Problem):
        return failure.status == 429 or (failure.status == 503 and safe)  # 429: nothing has happened
    return isinstance(failure, _NEVER_ARRIVED) or (isinstance(failure, _LOST) and safe)


def _wait(state: tenacity.RetryCallState) -> float:
    told: float | None = getattr(state.outcome and state.outcome.exception(), "retry_after", None)
    return _untold(state) if told is None else told


class _Connection(Generic[Http]):
    """Where the API is, who calls, and how often a call is tried.

    `base_url` is the gateway's, without /v1. `api_key` is a program's, `access_token` a person's (a session's, for ten
    minutes); with neither only public operations work. `timeout` (seconds) is for each try, `attempts` and `patience`
    (seconds, waiting included) bound all tries of a call: a server that says "in a minute" is not waited for longer.

    Calls raise `Problem` if the server refuses, `httpx.TransportError` if it cannot be reached, and
    `pydantic.ValidationError` if it answers what the contract does not know.
    """

    _http: type[Http]

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        access_token: str | None = None,
        timeout: float = 15,
        attempts: int = 5,
        patience: float = 30,
    ) -> None:
        if api_key and access_token:
            raise ValueError("Who calls? Give an api_key or an access_token, not both")
        headers = {"Authorization": f"Bearer {api_key or access_token}"} if api_key or access_token else {}
        self.http: Http = self._http(base_url=base_url, timeout=timeout, headers=headers)
        stop = tenacity.stop_after_attempt(attempts) | tenacity.stop_before_delay(patience)
        self._policy: dict[str, Any] = {"retry": _again, "wait": _wait, "stop": stop, "reraise": True}


class Caller(_Connection[httpx.Client]):
    __doc__ = _Connection.__doc__
    _http = httpx.Client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def _ask(self, request: Request) -> bytes:
        return tenacity.Retrying(**self._policy)(self._once, request)

    def _once(self, request: Request) -> bytes:
        return _content(self.http.request(**request.arguments()))

    def _listen(self, request: Request) -> Iterator[ServerSentEvent]:
        with connect_sse(self.http, **request.arguments()) as source:
            if not source.response.is_success:
                source.response.read()
                raise Problem.of(source.response)
            yield from source.iter_sse()


class AsyncCaller(_Connection[httpx.AsyncClient]):
    __doc__ = _Connection.__doc__
    _http = httpx.AsyncClient

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def _ask(self, request: Request) -> bytes:
        return await tenacity.AsyncRetrying(**self._policy)(self._once, request)

    async def _once(self, request: Request) -> bytes:
        return _content(await self.http.request(**request.arguments()))

    async def _listen(self, request: Request) -> AsyncIterator[ServerSentEvent]:
        async with aconnect_sse(self.http, **request.arguments()) as source:
            if not source.response.is_success:
                await source.response.aread()
                raise Problem.of(source.response)
            async for event in source.aiter_sse():
                yield event
