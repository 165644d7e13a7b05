"""All of it together: who connects, signs in and listens, and what happens by the clock."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

import jwt
from chassis import clock
from chassis.errors import DomainError, Unauthenticated
from chassis.streams import Streams, cancelled, forever
from tracing import logger

from gateway.realtime import connection as ends
from gateway.realtime.channels import Channel, Hears, Viewer, stranger
from gateway.realtime.connection import Connection, Listening
from gateway.realtime.cursor import Cursor
from gateway.realtime.frames import Frame, heartbeat, note, placed
from gateway.realtime.hub import Hub
from gateway.realtime.presence import Presence
from gateway.realtime.replay import replay
from gateway.realtime.ring import Ring
from gateway.realtime.source import Source
from gateway.session import Sessions
from gateway.settings import Settings

log = logger(__name__)

_SIGNS_IN_WITHIN_S: Final = 10.0
_SENT_WITHIN_S: Final = 30.0
_API_KEY: Final = "amb_"
_KEY_HOLDS_S: Final = 60.0
_STOPS_WITHIN_S: Final = 3.0
_FORMS: Final = "channels are clinic:ID, provider:ID, location:ID:YYYY-MM-DD and patient:ID"


class Realtime:
    """Of one gateway process. Without streams clients can connect, and hear nothing."""

    def __init__(
        self, sessions: Sessions, settings: Settings, streams: Streams | None, now: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self.hub = Hub(Ring(settings.realtime_kept, timedelta(seconds=settings.realtime_kept_s)), clock.now)
        self.presence = Presence(self.hub, streams)
        self.source = (
            Source(streams, self.hub, fill=settings.realtime_kept, older_most=settings.realtime_older)
            if streams is not None
            else None
        )
        self._sessions = sessions
        self._streams = streams
        self._now = now
        self._tasks: list[asyncio.Task[None]] = []
        self._emptied = asyncio.Event()
        self._asking: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        if self._streams is not None and self.source is not None:
            self._streams.start()
            self._tasks += self.source.start()
            self._tasks.append(asyncio.create_task(self.presence.listen()))
        self._tasks.append(asyncio.create_task(forever(self._ticks, "realtime ticks")))

    async def stop(self) -> None:
        """Clients are told to come back, and get a moment to hear it."""
        for connection in list(self.hub.connections):
            connection.end(ends.RESTARTS)
        if self.hub.connections:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), _STOPS_WITHIN_S)
        await cancelled(self._tasks)
        if self._streams is not None:
            await self._streams.close()

    # One connection

    def connect(self, address: str) -> Connection | None:
        """None: there are too many."""
        most, principal = self.settings.realtime_connections, stranger(address)
        if len(self.hub.connections) >= most or not self._count(principal):
            return None
        connection = Connection(
            principal,
            self.settings.realtime_queue,
            expires_at=self._now() + _SIGNS_IN_WITHIN_S,
            next_beat=time.monotonic() + self.settings.realtime_heartbeat_s,
        )
        self.hub.connections.add(connection)
        self._emptied.clear()
        return connection

    def leave(self, connection: Connection) -> None:
        self.hub.leave(connection)
        self._discount(connection.principal)
        if not self.hub.connections:
            self._emptied.set()

    async def viewer(self, token: str) -> tuple[Viewer, float]:
        """Who it is, and until when that holds; Unauthenticated if it does not."""
        claims = await self._sessions.claims(f"Bearer {token}")
        if claims.clinic_id is None:
            raise Unauthenticated("This token is for no clinic")
        return Viewer.of(claims), self._until(token)

    def _until(self, token: str) -> float:
        if token.startswith(_API_KEY):
            return self._now() + _KEY_HOLDS_S
        # It has just been verified.
        return float(jwt.decode(token, options={"verify_signature": False})["exp"])

    def admit(self, connection: Connection, viewer: Viewer, until: float, token: str = "") -> None:
        """As somebody for the first time, or as the same person with another token: then with the rights of that."""
        if connection.principal != viewer.principal:
            if not self._count(viewer.principal):
                connection.end(ends.TOO_MANY)
                return
            self._discount(connection.principal)
            connection.principal = viewer.principal
        connection.viewer = viewer
        connection.expires_at = until
        connection.secret = token if token.startswith(_API_KEY) else ""
        for channel, listening in list(connection.channels.items()):
            hears = viewer.hears(channel)
            if hears is None:
                self.hub.ignore(connection, channel)
                connection.push(
                    refused("CHANNEL_FORBIDDEN", "your token does not allow it any more", channel=str(channel))
                )
            elif hears is not listening.hears:
                self.hub.listen(connection, channel, Listening(hears, listening.since))

    def _count(self, principal: str) -> bool:
        settings = self.settings
        most = settings.realtime_per_address if principal.startswith("address:") else settings.realtime_per_principal
        if self.hub.principals[principal] >= most:
            return False
        self.hub.principals[principal] += 1
        return True

    def _discount(self, principal: str) -> None:
        self.hub.principals[principal] -= 1
        if not self.hub.principals[principal]:
            del self.hub.principals[principal]

    # Its channels

    async def subscribe(self, connection: Connection, names: Sequence[str], cursor: Cursor | None) -> None:
        """From now on, or from where it was. Those it may not listen to are named; the others count."""
        here = self.hub.ring.position
        chosen = self._chosen(connection, names)
        if cursor is not None:
            for channel, listening in list(connection.channels.items()):
                self.hub.listen(connection, channel, Listening(listening.hears, here))
        for channel, hears in chosen.items():
            if cursor is not None or channel not in connection.channels:
                self.hub.listen(connection, channel, Listening(hears, cursor or here))
        # Who resumes is still where they were, until what they missed comes.
        connection.push(self._subscribed(connection, chosen, cursor or self._place(connection)))
        if cursor is not None and chosen and self.source is not None:
            await replay(connection, cursor, self.hub, self.source)

    async def look_back(self, connection: Connection, names: Sequence[str], seconds_ago: int) -> None:
        """From now on, after what was heard since then; what is not known any more is fetched anew."""
        if self.source is None or not self.source.ready.is_set():
            # All fetch anew as soon as the streams are known.
            await self.subscribe(connection, names, None)
            return
        then = self.hub.ring.at(self.hub.now() - timedelta(seconds=seconds_ago))
        await self.subscribe(connection, names, then)
        if then is None:
            self.hub.reset_one(connection)

    def _chosen(self, connection: Connection, names: Sequence[str]) -> dict[Channel, Hears]:
        assert connection.viewer is not None
        chosen: dict[Channel, Hears] = {}
        for name in names:
            channel = Channel.parse(name)
            hears = connection.viewer.hears(channel) if channel is not None else None
            if channel is None:
                connection.push(refused("CHANNEL_UNKNOWN", _FORMS, channel=name))
            elif hears is None:
                connection.push(refused("CHANNEL_FORBIDDEN", "you may not listen here", channel=name))
            elif len({*connection.channels, *chosen, channel}) > self.settings.realtime_channels:
                most = f"a connection may have {self.settings.realtime_channels}; unsubscribe from others"
                connection.push(refused("TOO_MANY_CHANNELS", most, channel=name))
            else:
                chosen[channel] = hears
        return chosen

    def _place(self, connection: Connection) -> Cursor | None:
        """From where it can resume, if it knows all up to there."""
        if self.source is None or not self.source.ready.is_set() or connection.replaying:
            return None
        here = self.hub.ring.position
        return here if connection.ahead is None else here.merged(connection.ahead)

    def _subscribed(self, connection: Connection, chosen: dict[Channel, Hears], at: Cursor | None) -> Frame:
        assert connection.viewer is not None
        clinic_id = connection.viewer.clinic_id
        counts = {str(each): self.presence.count(clinic_id, each) for each in chosen} if connection.is_staff else {}
        return placed("subscribed", at, channels=list(map(str, chosen)), presence=counts)

    def unsubscribe(self, connection: Connection, names: Sequence[str]) -> None:
        gone = [name for name in names if (c := Channel.parse(name)) is not None and self.hub.ignore(connection, c)]
        connection.push(note("unsubscribed", channels=gone))

    # By the clock

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.tick()
            await self.presence.tick()

    def tick(self) -> None:
        now, moment = self._now(), time.monotonic()
        for connection in list(self.hub.connections):
            if connection.expires_at <= now:
                self._expire(connection)
            elif connection.sending_since is not None and moment - connection.sending_since > _SENT_WITHIN_S:
                connection.end(ends.TOO_SLOW)
            elif connection.next_beat <= moment:
                connection.next_beat = moment + self.settings.realtime_heartbeat_s
                connection.push(heartbeat(self._place(connection)))

    def _expire(self, connection: Connection) -> None:
        if connection.viewer is None:
            connection.end(ends.NOT_AUTHENTICATED)
        elif connection.secret:
            # A key has no end of its own, but may be revoked: it is asked for again now and then.
            connection.expires_at = self._now() + _KEY_HOLDS_S
            task = asyncio.create_task(self._ask_again(connection, connection.secret))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        else:
            connection.end(ends.TOKEN_EXPIRED)

    async def _ask_again(self, connection: Connection, key: str) -> None:
        try:
            viewer, until = await self.viewer(key)
        except Unauthenticated:
            connection.end(ends.TOKEN_REFUSED)
        except DomainError as failure:
            # Who cannot be asked does not say no; the key is looked up again in a minute.
            log.warning("an API key could not be verified again", reason=failure.reason)
        else:
            self.admit(connection, viewer, until, key)


def refused(code: str, detail: str, **more: str) -> Frame:
    """What is wrong with what a client said, and what to do about it."""
    return note("error", code=code, detail=detail, **more)
