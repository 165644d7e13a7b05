"""What is asked of another service again and again: an answer is written, sent and parsed once, and has a tag.

Who asks again says which answer they know (`known`, in the metadata; empty: none), and gets its tag alone if that is
still the answer. As ETag and If-None-Match do over HTTP. Whether it still is, is found out each time, for whoever asks.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from google.protobuf.message import Message

from chassis.contract import Rpc
from chassis.ids import new_id

KNOWN: Final = "known"

U = TypeVar("U", bound=Callable[..., Any])

_MARK: Final = b"\0"
"""With which no message begins: who does not say `known`, or does not know the word, says and gets messages alone."""
_TAGGED: Final = 33
_KEPT: Final = 500
_KEPT_BYTES: Final = 32 * 1024


def remembers(method: U) -> U:
    """Of a use case that may answer with the very message it gave before: only there it pays to keep it."""
    method.remembers = True  # type: ignore[attr-defined]
    return method


class Written:
    """The answers of one RPC that remembers, by question. It is the same answer while it is the same message."""

    def __init__(self) -> None:
        self._of: dict[bytes, tuple[Message, bytes]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def part(self, question: bytes, answer: Message, known: str) -> bytes:
        before = self._of.get(question)
        if before is not None and before[0] is answer:
            tagged = before[1]
            return tagged[:_TAGGED] if known and tagged[1:_TAGGED] == known.encode() else tagged
        tagged = _MARK + new_id().hex.encode() + answer.SerializeToString()
        if len(tagged) <= _KEPT_BYTES:
            self._of[question] = (answer, tagged)
            if len(self._of) > _KEPT:
                del self._of[next(iter(self._of))]
        return tagged


class Known:
    """What others have answered, by RPC and question: the same answer is the same message, which nobody may change."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, bytes], tuple[str, Message]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def find(self, rpc: Rpc, question: bytes) -> tuple[str, Message] | None:
        """The tag and the answer."""
        return self._of.get((rpc.path, question))

    def answer(self, rpc: Rpc, question: bytes, known: tuple[str, Message] | None, said: bytes) -> Message:
        """`known` is what was known when it was asked: meanwhile it may be another."""
        if said[:1] != _MARK:
            return rpc.response_class.FromString(said)
        tag = said[1:_TAGGED].decode()
        if known is not None and known[0] == tag:
            return known[1]
        answer = rpc.response_class.FromString(said[_TAGGED:])
        if len(said) <= _KEPT_BYTES:
            self._of[rpc.path, question] = (tag, answer)
            if len(self._of) > _KEPT:
                del self._of[next(iter(self._of))]
        return answer
