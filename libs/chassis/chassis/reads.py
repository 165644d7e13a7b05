"""Reads between two processes, on one stream that stays open: a gRPC call for each costs five times as much.

Whatever is to be sent while a frame is being written goes into the next one, both ways; none waits for the answer to
another. Writes are calls of their own: a stream may break at any moment, and only a read can be asked again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import count
from struct import Struct
from typing import Any, Final

import grpc
import orjson
from google.rpc import status_pb2
from tracing import logger

from chassis.errors import DeadlineExceeded, DomainError, Internal, Invalid, Unavailable
from chassis.status import from_grpc, from_status, to_status

log = logger(__name__)

MESSAGE_LIMIT_BYTES: Final = 32 * 2**20
"""A thousand free times with sixty rooms each are some megabytes."""

_SERVICE: Final = "ambulo.chassis.Reads"
_METHOD: Final = "Read"
_FRAME_BYTES: Final = 2**20
_LARGEST: Final = MESSAGE_LIMIT_BYTES - 2 * _FRAME_BYTES
_BEGIN: Final = Struct("!QI")
_WELL, _FAILED = b"+", b"-"

Metadata = list[tuple[str, str]]
Answer = Callable[[bytes, Mapping[str, str], float], Awaitable[bytes]]
"""Of one RPC: from the request, its metadata and the seconds left to the answer, or a DomainError."""


class _Outgoing:
    """Parts that wait to be written, each with the number of its question."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._parts: list[bytes] = []
        self._writing: asyncio.Task[None] | None = None

    def send(self, number: int, part: bytes) -> None:
        self._parts.append(_BEGIN.pack(number, len(part)) + part)
        if self._writing is None:
            # A task of its own: whoever gives up must not break off what is being written for all.
            self._writing = asyncio.create_task(self._write())

    async def sent(self) -> None:
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        try:
            while self._parts:
                await self._stream.write(self._frame())
        except (grpc.RpcError, asyncio.InvalidStateError):
            # It is over; what that means to those who wait, the reading side knows.
            self._parts.clear()
        finally:
            self._writing = None

    def _frame(self) -> bytes:
        size = taken = 0
        while taken < len(self._parts) and size < _FRAME_BYTES:
            size += len(self._parts[taken])
            taken += 1
        frame = b"".join(self._parts[:taken])
        del self._parts[:taken]
        return frame


class ReadsIn:
    """The reads that others ask of this process."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers
        self._listening: set[asyncio.Task[Any]] = set()
        self._closing = False

    def handler(self) -> grpc.GenericRpcHandler:
        read: Any = grpc.stream_stream_rpc_method_handler(self._serve)
        return grpc.method_handlers_generic_handler(_SERVICE, {_METHOD: read})

    def close(self) -> None:
        """What was asked is answered; then every stream ends."""
        self._closing = True
        for task in self._listening:
            task.cancel()

    async def _serve(self, _: object, context: Any) -> None:
        outgoing, answering = _Outgoing(context), set[asyncio.Task[None]]()
        try:
            while (frame := await self._next(context)) is not None:
                for number, part in _parts(frame):
                    task = asyncio.create_task(self._answer(outgoing, number, part))
                    answering.add(task)
                    task.add_done_callback(answering.discard)
            if self._closing:
                await asyncio.gather(*answering)
                await outgoing.sent()
        finally:
            # Nobody is there any more to hear it.
            for task in answering:
                task.cancel()

    async def _next(self, context: Any) -> bytes | None:
        """None when no more is to be read."""
        task = asyncio.current_task()
        assert task is not None
        self._listening.add(task)
        try:
            frame = None if self._closing else await context.read()
        except asyncio.CancelledError:
            if self._closing:
                return None
            raise
        finally:
            self._listening.discard(task)
        return None if frame is grpc.aio.EOF else frame

    async def _answer(self, outgoing: _Outgoing, number: int, question: bytes) -> None:
        try:
            path, seconds_left, metadata, message = _opened(question)
            answer = self._answers.get(path)
            if answer is None:
                raise Internal
            part = _WELL + await answer(message, metadata, seconds_left)
            if len(part) > _LARGEST:
                raise Invalid("The answer would be too large; ask for less, with `limit`")
        except DomainError as failure:
            part = _FAILED + to_status(failure).SerializeToString()
        except Exception:
            log.exception("bug in what was read of a stream")
            part = _FAILED + to_status(Internal()).SerializeToString()
        outgoing.send(number, part)


class ReadsOut:
    """The reads that this process asks of one peer."""

    def __init__(self, channel: grpc.aio.Channel, peer: str) -> None:
        self._open: Any = channel.stream_stream(f"/{_SERVICE}/{_METHOD}")
        self._peer = peer
        self._numbers = count()
        self._stream: _Stream | None = None

    async def ask(self, path: str, message: bytes, metadata: Metadata, seconds_left: float) -> bytes:
        """The answer, or a DomainError."""
        if self._stream is None or self._stream.is_over:
            self._stream = _Stream(self._open(), self._peer)
        question = _closed(path, seconds_left, metadata, message)
        if len(question) > _LARGEST:
            raise Invalid("The request is too large")
        part = await self._stream.ask(next(self._numbers), question, seconds_left)
        if part[:1] == _FAILED:
            raise from_status(status_pb2.Status.FromString(part[1:]))
        return part[1:]

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()


class _Stream:
    """One stream, from its opening to its end, with the questions that were asked on it."""

    def __init__(self, call: Any, peer: str) -> None:
        self._call = call
        self._peer = peer
        self._outgoing = _Outgoing(call)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._reading = asyncio.create_task(self._read())

    @property
    def is_over(self) -> bool:
        return self._reading.done()

    async def ask(self, number: int, question: bytes, seconds_left: float) -> bytes:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        self._waiting[number] = answer
        too_late = loop.call_later(seconds_left, self._give_up, answer)
        self._outgoing.send(number, question)
        try:
            return await answer
        finally:
            too_late.cancel()
            del self._waiting[number]

    def _give_up(self, answer: asyncio.Future[bytes]) -> None:
        if not answer.done():
            answer.set_exception(_transport(DeadlineExceeded(f"{self._peer} did not answer in time")))

    def close(self) -> None:
        self._call.cancel()

    async def _read(self) -> None:
        failure = _transport(Unavailable(f"{self._peer} cannot be reached right now; try again", retry_after=1))
        try:
            while (frame := await self._call.read()) is not grpc.aio.EOF:
                for number, part in _parts(frame):
                    answer = self._waiting.get(number)
                    if answer is not None and not answer.done():
                        answer.set_result(part)
        except asyncio.CancelledError:
            if not self._call.cancelled():
                raise
        except grpc.aio.AioRpcError as error:
            failure = from_grpc(error, self._peer)
        finally:
            self._call.cancel()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(failure)


def _transport(failure: DomainError) -> DomainError:
    failure.is_transport = True
    return failure


def _parts(frame: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(frame):
        number, size = _BEGIN.unpack_from(frame, at)
        at += _BEGIN.size
        yield number, frame[at : at + size]
        at += size


def _closed(path: str, seconds_left: float, metadata: Metadata, message: bytes) -> bytes:
    """A line that says what is asked, how long there is and the metadata; then the message."""
    return orjson.dumps((path, seconds_left, dict(metadata))) + b"\n" + message


def _opened(question: bytes) -> tuple[str, float, dict[str, str], bytes]:
    head, _, message = question.partition(b"\n")
    path, seconds_left, metadata = orjson.loads(head)
    return path, seconds_left, metadata, message
