"""One client, whatever carries it: what it listens to, what waits to be sent, and why it ends."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.realtime.channels import Channel, Hears, Kind, Viewer
from gateway.realtime.cursor import Cursor
from gateway.realtime.frames import EventFrame, Frame


@dataclass(frozen=True, slots=True)
class End:
    """Why a connection ends: WebSocket close code, and what to do about it."""

    code: int
    name: str
    detail: str


NOT_AUTHENTICATED: Final = End(4401, "NOT_AUTHENTICATED", "send authenticate first, within ten seconds")
TOKEN_REFUSED: Final = End(4401, "TOKEN_REFUSED", "this token is not valid; sign in again")
TOKEN_EXPIRED: Final = End(4401, "TOKEN_EXPIRED", "the token has ended; connect again with a fresh one")
TOO_SLOW: Final = End(4008, "TOO_SLOW", "messages came faster than they were read; connect again and resume")
TOO_FAST: Final = End(4429, "TOO_FAST", "too many messages a second; connect again and send fewer")
TOO_MANY: Final = End(4430, "TOO_MANY_CONNECTIONS", "too many connections; close others, or try again later")
TOO_LARGE: Final = End(1009, "TOO_LARGE", "the message is too large; subscribe in several messages")
NOT_TEXT: Final = End(1003, "NOT_TEXT", "send JSON as text")
BROKEN_FRAME: Final = End(1002, "BROKEN_FRAME", "what was sent is not as RFC 6455 has it")
NOT_UTF8: Final = End(1007, "NOT_UTF8", "send JSON as text in UTF-8")
RESTARTS: Final = End(1012, "RESTARTS", "the server restarts; connect again and resume")


@dataclass(frozen=True, slots=True)
class Listening:
    """To one channel: how much, and from where on."""

    hears: Hears
    since: Cursor


class Connection:
    """Sends in order. What does not fit into its queue ends it: nobody is waited for, and nothing is left out."""

    __slots__ = (
        "_room", "_room_at", "ahead", "channels", "ended", "expires_at", "next_beat", "principal", "queue",
        "queue_most", "replaying", "secret", "sending_since", "viewer", "wake",
    )  # fmt: skip

    def __init__(self, principal: str, queue_most: int, *, expires_at: float, next_beat: float) -> None:
        self.viewer: Viewer | None = None
        self.principal = principal
        """Whose it is when connections are counted."""
        self.channels: dict[Channel, Listening] = {}
        self.queue: deque[Frame] = deque()
        self.queue_most = queue_most
        self.ended: End | None = None
        self.expires_at = expires_at
        """By the clock of tokens; until signed in, when that must have happened."""
        self.next_beat = next_beat
        self.sending_since: float | None = None
        """Since when the client has not taken what is being sent."""
        self.replaying = False
        """What is said meanwhile is not sent: the replay comes to it."""
        self.ahead: Cursor | None = None
        """Where it was in the order of another process, until this one is past that."""
        self.secret = ""
        """Of an API key, which may be revoked."""
        self.wake: Callable[[], object] = _nothing
        """Tells what carries it that something waits to be written, or that it has ended."""
        self._room: asyncio.Event | None = None
        self._room_at = queue_most // 2

    @property
    def is_staff(self) -> bool:
        return self.viewer is not None and self.viewer.kind is Kind.STAFF

    def hears(self, frame: EventFrame) -> bool:
        """Whether it is to be told, judging by the channels it listens to."""
        return any(
            self.takes(listening, frame) and frame.audience.includes(channel)
            for channel, listening in self.channels.items()
        )

    @staticmethod
    def takes(listening: Listening, frame: EventFrame) -> bool:
        return (frame.public or listening.hears is Hears.ALL) and frame.mark > listening.since.at(frame.stream)

    def offer(self, frame: EventFrame) -> None:
        """An event, with the place in the order where this client is then."""
        assert frame.cursor is not None
        sent: Frame = frame
        if self.ahead is not None:
            here = frame.cursor.merged(self.ahead)
            if here == frame.cursor:
                self.ahead = None
            else:
                sent = frame.seen_from(here)
        self.push(sent)

    def push(self, frame: Frame) -> None:
        if self.ended is not None:
            return
        if len(self.queue) >= self.queue_most:
            self.end(TOO_SLOW)
            return
        self.queue.append(frame)
        self.wake()

    def take(self) -> Frame:
        """The next to be written."""
        frame = self.queue.popleft()
        if self._room is not None and len(self.queue) <= self._room_at:
            self._room.set()
        return frame

    async def room(self) -> None:
        """For who can wait, such as a replay."""
        while len(self.queue) > self._room_at and self.ended is None:
            self._room = asyncio.Event()
            await self._room.wait()

    def end(self, why: End) -> None:
        if self.ended is None:
            self.ended = why
            if why is TOO_SLOW:
                self.queue.clear()
            if self._room is not None:
                self._room.set()
            self.wake()


def _nothing() -> None:
    pass
