"""What clients are told of each event: one function an event, and the table of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

from ambulo.booking.v1 import events_pb2 as booking
from ambulo.scheduling.v1 import events_pb2 as scheduling
from chassis.clock import local, zone_exists
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.realtime.channels import Channel

_DAYS_AT_MOST: Final = 100
_EARLIEST, _LATEST = timezone(timedelta(hours=-12)), timezone(timedelta(hours=14))


@dataclass(frozen=True, slots=True)
class Place:
    """A location's days; None: any."""

    location_id: str | None = None
    days: frozenset[str] | None = None

    def includes(self, location_id: str, day: str) -> bool:
        return self.location_id in (None, location_id) and (self.days is None or day in self.days)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom it is about; the channel of the clinic always hears it."""

    specialist_ids: frozenset[str] | None
    """None: any."""
    places: tuple[Place, ...]
    patient_id: str = ""

    def includes(self, channel: Channel) -> bool:
        match channel.kind:
            case "clinic":
                return True
            case "provider":
                return self.specialist_ids is None or channel.id in self.specialist_ids
            case "location":
                return any(place.includes(channel.id, channel.day) for place in self.places)
            case _:
                return channel.id == self.patient_id


@dataclass(frozen=True, slots=True)
class Told:
    """One message to be. Only what is `public` goes to those who may not see appointments."""

    type: str
    payload: dict[str, Any] = field(repr=False)
    audience: Audience
    public: bool = False


def told(subject: str, event: bytes, clinic_id: str, occurred_at: datetime) -> list[Told]:
    """Nothing, for events that clients are not told of."""
    known = _TABLE.get(subject)
    if known is None:
        return []
    message_class, tell = known
    return tell(message_class.FromString(event), clinic_id, occurred_at)


def _booked(it: booking.AppointmentBooked, clinic_id: str, _: datetime) -> list[Told]:
    return [
        _appointment("appointment.created", it.occupied, it.patient_id, clinic_id, it.status or "scheduled"),
        _taken(it.occupied),
    ]


def _moved(it: booking.AppointmentMoved, clinic_id: str, _: datetime) -> list[Told]:
    now = it.occupied
    before_at = it.previous_location_id or now.location_id
    zone = it.previous_time_zone or (now.time_zone if before_at == now.location_id else "")
    before = _stretch(it.previous_starts_at, it.previous_ends_at)
    specialists = {it.previous_specialist_id or now.specialist_id, *now.also_specialist_ids}
    old = Audience(frozenset(specialists), (Place(before_at, _days(*before, zone)),))
    updated = _appointment("appointment.updated", now, it.patient_id, clinic_id, it.status or "scheduled")
    both = Audience(
        (updated.audience.specialist_ids or frozenset()) | specialists,
        (*updated.audience.places, *old.places),
        it.patient_id,
    )
    freed = _invalidated(old, *before, zone, it.previous_specialist_id or now.specialist_id, before_at)
    return [Told(updated.type, updated.payload, both), freed, _taken(now)]


def _status_changed(it: booking.AppointmentStatusChanged, clinic_id: str, _: datetime) -> list[Told]:
    updated = _appointment("appointment.updated", it.occupied, it.patient_id, clinic_id, it.status)
    if not it.HasField("freed_until"):
        return [updated]
    now, stretch = it.occupied, _stretch(it.occupied.occupied_until, it.freed_until)
    return [updated, _invalidated(_who(now, *stretch), *stretch, now.time_zone, now.specialist_id, now.location_id)]


def _canceled(it: booking.AppointmentCanceled, clinic_id: str, _: datetime) -> list[Told]:
    stretch = _stretch(it.starts_at, it.ends_at)
    specialists = frozenset((it.specialist_id, *it.also_specialist_ids))
    where = (Place(it.location_id or None, _days(*stretch, it.time_zone)),)
    payload = {
        "appointmentId": it.appointment_id,
        "clinicId": clinic_id,
        "providerId": it.specialist_id,
        "roomId": it.room_id or None,
        "start": _local(stretch[0], it.time_zone),
        "end": _local(stretch[1], it.time_zone),
        "serviceId": it.service_id,
        "locationId": it.location_id or None,
        "patientId": it.patient_id,
        "status": "canceled",
    }
    freed = _invalidated(Audience(specialists, where), *stretch, it.time_zone, it.specialist_id, it.location_id)
    return [Told("appointment.canceled", payload, Audience(specialists, where, it.patient_id)), freed]


def _put(it: Any, _: str, __: datetime) -> list[Told]:
    return [_taken(it.occupied)]


def _block_put(it: booking.BlockPut, _: str, __: datetime) -> list[Told]:
    taken = _taken(it.occupied)
    if not it.HasField("previous"):
        return [taken]
    return [taken, _free(it.previous.starts_at, it.previous.ends_at, it.previous.specialist_id)]


def _hold_ended(it: booking.HoldEnded, _: str, __: datetime) -> list[Told]:
    # Booked: the appointment's own event says so.
    if it.how == "booked":
        return []
    stretch = _stretch(it.starts_at, it.ends_at)
    where = Place(it.location_id or None, _days(*stretch, it.time_zone))
    audience = Audience(frozenset((it.specialist_id,)), (where,))
    return [_invalidated(audience, *stretch, it.time_zone, it.specialist_id, it.location_id)]


def _offered(it: booking.WaitlistOffered, clinic_id: str, _: datetime) -> list[Told]:
    payload = {
        "entryId": it.entry_id,
        "clinicId": clinic_id,
        "patientId": it.patient_id,
        "providerId": it.specialist_id,
        "locationId": it.location_id,
        "start": _local(it.starts_at.ToDatetime(UTC), it.time_zone),
        "expiresAt": _local(it.expires_at.ToDatetime(UTC), it.time_zone),
    }
    return [Told("waitlist.offered", payload, Audience(frozenset(), (), it.patient_id))]


def _waits(it: booking.WaitlistJoined, clinic_id: str, _: datetime) -> list[Told]:
    return [_entry("waitlist.joined", it, clinic_id, it.joined_at)]


def _waits_no_more(it: booking.WaitlistLeft, clinic_id: str, _: datetime) -> list[Told]:
    return [_entry("waitlist.left", it, clinic_id, it.left_at, how=it.how)]


def _entry(
    type_: str, it: booking.WaitlistJoined | booking.WaitlistLeft, clinic_id: str, at: Timestamp, **more: str
) -> Told:
    """Of no specialist and no day yet."""
    payload = {
        "entryId": it.entry_id,
        "clinicId": clinic_id,
        "patientId": it.patient_id,
        "serviceId": it.service_id,
        "locationId": it.location_id or None,
        "at": _local(at.ToDatetime(UTC), "UTC"),
    }
    return Told(type_, payload | more, Audience(frozenset(), (), it.patient_id))


def _walked_in(it: booking.WalkInJoined, clinic_id: str, _: datetime) -> list[Told]:
    return [_walk_in("walkIn.joined", it, clinic_id, it.joined_at, "waiting")]


def _walk_in_changed(it: booking.WalkInChanged, clinic_id: str, _: datetime) -> list[Told]:
    it_is = {"roomId": it.room_id or None, "appointmentId": it.appointment_id or None}
    return [_walk_in("walkIn.updated", it, clinic_id, it.changed_at, it.status, **it_is)]


def _walk_in(
    type_: str,
    it: booking.WalkInJoined | booking.WalkInChanged,
    clinic_id: str,
    at: Timestamp,
    status: str,
    **more: str | None,
) -> Told:
    """On the local day on which it happens: on that day's board they wait."""
    payload = {
        "walkInId": it.walk_in_id,
        "clinicId": clinic_id,
        "patientId": it.patient_id,
        "locationId": it.location_id,
        "serviceId": it.service_id,
        "providerId": it.specialist_id or None,
        "urgent": it.urgent,
        "status": status,
        "joinedAt": _local(it.joined_at.ToDatetime(UTC), it.time_zone),
    }
    stretch = _stretch(at, at)
    specialists = frozenset((it.specialist_id,)) if it.specialist_id else frozenset[str]()
    where = (Place(it.location_id, _days(*stretch, it.time_zone)),)
    return Told(type_, payload | more, Audience(specialists, where, it.patient_id))


def _block_removed(it: booking.BlockRemoved, _: str, __: datetime) -> list[Told]:
    return [_free(it.starts_at, it.ends_at, it.specialist_id)]


def _hours_changed(it: scheduling.WeeklyHoursChanged, _: str, occurred_at: datetime) -> list[Told]:
    audience = Audience(frozenset((it.specialist_id,)), (Place(it.location_id or None),))
    return [_invalidated(audience, occurred_at, None, "", it.specialist_id, it.location_id)]


def _override_changed(it: scheduling.OverrideChanged, _: str, __: datetime) -> list[Told]:
    return [_free(it.starts_at, it.ends_at, it.specialist_id)]


def _time_off_changed(it: scheduling.TimeOffChanged, _: str, __: datetime) -> list[Told]:
    # What is asked for, or was not granted, changes nothing.
    changes = it.status in ("approved", "withdrawn")
    return [_free(it.starts_at, it.ends_at, it.specialist_id)] if changes else []


def _holidays_changed(it: scheduling.HolidaysChanged, _: str, occurred_at: datetime) -> list[Told]:
    return [_invalidated(Audience(None, (Place(it.location_id or None),)), occurred_at, None, "", "", it.location_id)]


def _downtime_changed(it: scheduling.DowntimeChanged, _: str, __: datetime) -> list[Told]:
    return [_free(it.starts_at, it.ends_at)]


def _appointment(type_: str, it: booking.Occupied, patient_id: str, clinic_id: str, status: str) -> Told:
    starts_at, ends_at = _stretch(it.starts_at, it.ends_at)
    payload = {
        "appointmentId": it.appointment_id,
        "clinicId": clinic_id,
        "providerId": it.specialist_id,
        "roomId": it.room_id or None,
        "start": _local(starts_at, it.time_zone),
        "end": _local(ends_at, it.time_zone),
        "serviceId": it.service_id,
        "locationId": it.location_id or None,
        "patientId": patient_id,
        "status": status,
    }
    return Told(type_, payload, _who(it, starts_at, ends_at, patient_id))


def _taken(it: booking.Occupied) -> Told:
    stretch = _stretch(it.occupied_from, it.occupied_until)
    return _invalidated(_who(it, *stretch), *stretch, it.time_zone, it.specialist_id, it.location_id)


def _who(it: booking.Occupied, starts_at: datetime, ends_at: datetime, patient_id: str = "") -> Audience:
    specialists = frozenset((it.specialist_id, *it.also_specialist_ids)) if it.specialist_id else None
    return Audience(specialists, (Place(it.location_id or None, _days(starts_at, ends_at, it.time_zone)),), patient_id)


def _free(starts: Timestamp, ends: Timestamp, specialist_id: str = "", location_id: str = "") -> Told:
    """A stretch that has changed, of whoever and wherever is not said, in a zone that is not said."""
    stretch = _stretch(starts, ends)
    specialists = frozenset((specialist_id,)) if specialist_id else None
    audience = Audience(specialists, (Place(location_id or None, _days(*stretch, "")),))
    return _invalidated(audience, *stretch, "", specialist_id, location_id)


def _invalidated(
    audience: Audience, starts_at: datetime, ends_at: datetime | None, zone: str, specialist_id: str, location_id: str
) -> Told:
    """Without an end: from then on."""
    payload = {
        "timeRange": {"start": _local(starts_at, zone), "end": _local(ends_at, zone) if ends_at else None},
        "providerId": specialist_id or None,
        "locationId": location_id or None,
    }
    return Told("availability.invalidated", payload, audience, public=True)


def _stretch(starts: Timestamp, ends: Timestamp) -> tuple[datetime, datetime]:
    return starts.ToDatetime(UTC), ends.ToDatetime(UTC)


def _local(instant: datetime, zone: str) -> str:
    return local(instant, zone if zone_exists(zone) else "UTC")


def _days(starts_at: datetime, ends_at: datetime, zone: str) -> frozenset[str] | None:
    """Local days it touches. Of an unknown zone all that it may touch; None: too many to name."""
    last = max(starts_at, ends_at - timedelta(microseconds=1))
    if zone_exists(zone):
        first_day, last_day = starts_at.astimezone(ZoneInfo(zone)).date(), last.astimezone(ZoneInfo(zone)).date()
    else:
        first_day, last_day = starts_at.astimezone(_EARLIEST).date(), last.astimezone(_LATEST).date()
    count = (last_day - first_day).days + 1
    if count > _DAYS_AT_MOST:
        return None
    return frozenset(str(first_day + timedelta(days=n)) for n in range(count))


Tell = Callable[[Any, str, datetime], list[Told]]


def _table(rows: Iterable[tuple[type[Message], Tell]]) -> dict[str, tuple[type[Message], Tell]]:
    return {message.DESCRIPTOR.full_name: (message, tell) for message, tell in rows}


_TABLE: Final = _table(
    [
        (booking.AppointmentBooked, _booked),
        (booking.AppointmentMoved, _moved),
        (booking.AppointmentStatusChanged, _status_changed),
        (booking.AppointmentCanceled, _canceled),
        (booking.HoldPlaced, _put),
        (booking.HoldEnded, _hold_ended),
        (booking.WaitlistOffered, _offered),
        (booking.WaitlistJoined, _waits),
        (booking.WaitlistLeft, _waits_no_more),
        (booking.WalkInJoined, _walked_in),
        (booking.WalkInChanged, _walk_in_changed),
        (booking.BlockPut, _block_put),
        (booking.BlockRemoved, _block_removed),
        (scheduling.WeeklyHoursChanged, _hours_changed),
        (scheduling.OverrideChanged, _override_changed),
        (scheduling.TimeOffChanged, _time_off_changed),
        (scheduling.HolidaysChanged, _holidays_changed),
        (scheduling.DowntimeChanged, _downtime_changed),
    ]
)
