"""Who listens to what, and who is told: an event is written once and queued for each."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from gateway.realtime.channels import Channel
from gateway.realtime.connection import Connection, Listening
from gateway.realtime.frames import Entry, EventFrame, placed
from gateway.realtime.mapping import Place
from gateway.realtime.ring import Ring

Listeners = dict[Channel, dict[Connection, Listening]]


class Hub:
    """Of one process. Channels of clinics are apart: what is said in one is looked up there and nowhere else."""

    def __init__(self, ring: Ring, now: Callable[[], datetime]) -> None:
        self.ring = ring
        self.connections: set[Connection] = set()
        self.principals: Counter[str] = Counter()
        self.changed: set[tuple[str, Channel]] = set()
        """Channels whose number of listeners is another than before."""
        self._clinics: dict[str, Listeners] = {}
        self.now = now

    # Those who listen

    def listen(self, connection: Connection, channel: Channel, listening: Listening) -> None:
        assert connection.viewer is not None
        clinic_id = connection.viewer.clinic_id
        self._clinics.setdefault(clinic_id, {}).setdefault(channel, {})[connection] = listening
        if channel not in connection.channels:
            self.changed.add((clinic_id, channel))
        connection.channels[channel] = listening

    def ignore(self, connection: Connection, channel: Channel) -> bool:
        """False if it did not listen there."""
        if connection.channels.pop(channel, None) is None:
            return False
        assert connection.viewer is not None
        clinic_id = connection.viewer.clinic_id
        listeners = self._clinics[clinic_id]
        del listeners[channel][connection]
        if not listeners[channel]:
            del listeners[channel]
        if not listeners:
            del self._clinics[clinic_id]
        self.changed.add((clinic_id, channel))
        return True

    def leave(self, connection: Connection) -> None:
        for channel in list(connection.channels):
            self.ignore(connection, channel)
        self.connections.discard(connection)

    def count(self, clinic_id: str, channel: Channel) -> int:
        return len(self._clinics.get(clinic_id, {}).get(channel, ()))

    def counts(self) -> Iterator[tuple[str, Channel, int]]:
        for clinic_id, listeners in self._clinics.items():
            for channel, connections in listeners.items():
                yield clinic_id, channel, len(connections)

    def at(self, clinic_id: str, channel: Channel) -> dict[Connection, Listening]:
        return self._clinics.get(clinic_id, {}).get(channel, {})

    # What is said

    def remember(self, entry: Entry) -> None:
        """For who resumes; nobody else hears it."""
        self.ring.append(entry, self.now())

    def deliver(self, entry: Entry) -> None:
        self.remember(entry)
        listeners = self._clinics.get(entry.clinic_id)
        if listeners is None:
            return
        for frame in entry.frames:
            for connection in found(listeners, entry.clinic_id, frame):
                if not connection.replaying:
                    connection.offer(frame)

    def reset(self) -> None:
        """What was said before is not known, or not any more: all fetch anew."""
        for connection in self.connections:
            self.reset_one(connection)

    def reset_one(self, connection: Connection) -> None:
        here = self.ring.position
        for channel, listening in list(connection.channels.items()):
            self.listen(connection, channel, Listening(listening.hears, here))
        connection.ahead = None
        if connection.channels:
            detail = "what was missed is not known any more; fetch anew, then go on from here"
            connection.push(placed("reset", here, detail=detail))


def found(listeners: Listeners, clinic_id: str, frame: EventFrame) -> dict[Connection, None]:
    """Who is to be told, each once. Looked up, not searched for, unless it is about any specialist or place."""
    told: dict[Connection, None] = {}

    def look(channel: Channel) -> None:
        for connection, listening in listeners.get(channel, {}).items():
            if Connection.takes(listening, frame):
                told[connection] = None

    audience = frame.audience
    look(Channel("clinic", clinic_id))
    look(Channel("patient", audience.patient_id))
    for specialist_id in audience.specialist_ids or ():
        look(Channel("provider", specialist_id))
    if audience.specialist_ids is None or not all(map(_is_exact, audience.places)):
        for channel in listeners:
            if channel.kind in ("provider", "location") and audience.includes(channel):
                look(channel)
    else:
        for place in audience.places:
            for day in place.days or ():
                look(Channel("location", place.location_id or "", day))
    return told


def _is_exact(place: Place) -> bool:
    return place.location_id is not None and place.days is not None
