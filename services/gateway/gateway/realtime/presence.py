"""How many listen to a channel, in all gateway processes together: each says its own, and forgets who is silent."""

import time
from collections.abc import Callable, Iterable
from typing import Final
from uuid import uuid4

import orjson
from chassis.streams import Streams

from gateway.realtime.channels import Channel
from gateway.realtime.frames import note
from gateway.realtime.hub import Hub

_SUBJECT: Final = "realtime.presence"
_ALL_EVERY_S: Final = 10.0
_FORGOTTEN_AFTER_S: Final = 30.0
_AT_ONCE: Final = 2_000

Place = tuple[str, Channel]


class Presence:
    """Told to staff: who else looks at a specialist's day is nothing for patients."""

    def __init__(self, hub: Hub, streams: Streams | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._hub = hub
        self._streams = streams
        self._clock = clock
        self._me = uuid4().hex
        self._others: dict[Place, dict[str, tuple[int, float]]] = {}
        self._heard_of: set[Place] = set()
        self._told: dict[Place, int] = {}
        self._all_at = 0.0

    async def listen(self) -> None:
        if self._streams is not None:
            await self._streams.listen(_SUBJECT, self.hear)

    def count(self, clinic_id: str, channel: Channel) -> int:
        place = (clinic_id, channel)
        since = self._clock() - _FORGOTTEN_AFTER_S
        others = sum(count for count, at in self._others.get(place, {}).values() if at > since)
        return self._hub.count(clinic_id, channel) + others

    def hear(self, payload: bytes) -> None:
        said = orjson.loads(payload)
        if said["from"] == self._me:
            return
        now = self._clock()
        for clinic_id, name, count in said["counts"]:
            channel = Channel.parse(name)
            if channel is not None:
                self._others.setdefault((clinic_id, channel), {})[said["from"]] = (count, now)
                self._heard_of.add((clinic_id, channel))

    async def tick(self) -> None:
        """Once a second: tell the others what has changed here, and those who listen what has changed anywhere."""
        changed = self._hub.changed
        self._hub.changed = set()
        now = self._clock()
        if now - self._all_at >= _ALL_EVERY_S:
            self._all_at = now
            self._forget(now - _FORGOTTEN_AFTER_S)
            # Those that have just become none are said once.
            said = {(clinic_id, channel): count for clinic_id, channel, count in self._hub.counts()}
            said |= {place: self._hub.count(*place) for place in changed}
        else:
            said = {place: self._hub.count(*place) for place in changed}
        await self._say(said)
        heard, self._heard_of = self._heard_of, set()
        self._tell(changed | heard)

    async def _say(self, counts: dict[Place, int]) -> None:
        if self._streams is None or not counts:
            return
        rows = [(clinic_id, str(channel), count) for (clinic_id, channel), count in counts.items()]
        for start in range(0, len(rows), _AT_ONCE):
            part = {"from": self._me, "counts": rows[start : start + _AT_ONCE]}
            await self._streams.tell(_SUBJECT, orjson.dumps(part))

    def _tell(self, places: Iterable[Place]) -> None:
        for place in places:
            clinic_id, channel = place
            listeners = self._hub.at(clinic_id, channel)
            count = self.count(clinic_id, channel)
            if not listeners:
                self._told.pop(place, None)
            elif self._told.get(place) != count:
                self._told[place] = count
                frame = note("presence", channel=str(channel), count=count)
                for connection in listeners:
                    if connection.is_staff:
                        connection.push(frame)

    def _forget(self, since: float) -> None:
        for place, counts in list(self._others.items()):
            left = {who: told for who, told in counts.items() if told[1] > since and told[0]}
            if left != counts:
                self._heard_of.add(place)
            if left:
                self._others[place] = left
            else:
                del self._others[place]
