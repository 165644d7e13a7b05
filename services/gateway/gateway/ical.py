"""A feed's appointments as iCalendar (RFC 5545, 7986), for whatever calendar program comes.

No patient's name and nothing that anybody wrote is in it: a feed leaves the clinic, and lies in calendars of others.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from ambulo.booking.v1 import feeds_pb2
from ambulo.catalog.v1 import locations_pb2, public_pb2
from chassis.clock import zone_exists
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.prop import vDuration, vRecur

_REFRESHED: Final = timedelta(minutes=15)
_NAME: Final = "Appointments"
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STEP: Final = timedelta(days=7)
"""No zone changes its clock and changes it back within less."""


def written(content: feeds_pb2.FeedContent, page: public_pb2.ClinicPage) -> bytes:
    """The same for the same appointments and names: nothing in it tells when it was written."""
    names = {each.id: _line(each.name) for each in page.services}
    names |= {each.id: _line(each.name) for each in page.specialists}
    places = {each.id: _place(each) for each in page.locations}
    calendar = Calendar()
    calendar.add("PRODID", "-//Ambulo//Calendar feeds//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    for name in ("NAME", "X-WR-CALNAME"):
        calendar.add(name, _title(content, names))
    calendar.add("REFRESH-INTERVAL", _REFRESHED, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(_REFRESHED))
    # Without any component it would be no calendar (RFC 5545 section 3.6).
    for zone, first, last in _years(content) if content.appointments else [("Etc/UTC", 1970, 1970)]:
        calendar.add_component(_time_zone(zone, first, last))
    for it in content.appointments:
        zone = _zone(content, it)
        calendar.add_component(_event(it, ZoneInfo(zone), _summary(content, it, names), places.get(it.location_id, "")))
    text: bytes = calendar.to_ical()
    return text


def _event(it: feeds_pb2.FeedAppointment, zone: ZoneInfo, summary: str, place: str) -> Event:
    changed = it.updated_at.ToDatetime(UTC)
    event = Event()
    event.add("UID", f"{it.id}@ambulo")
    event.add("SEQUENCE", it.version - 1)
    event.add("DTSTAMP", changed)
    event.add("LAST-MODIFIED", changed)
    for name, instant in zip(("DTSTART", "DTEND"), _when(it, zone), strict=True):
        event.add(name, instant)
    event.add("STATUS", "CANCELLED" if it.canceled else "TENTATIVE" if it.tentative else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT" if it.canceled else "OPAQUE")
    event.add("SUMMARY", summary)
    if place:
        event.add("LOCATION", place)
    return event


def _when(it: feeds_pb2.FeedAppointment, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """In local time; but in UTC across a change of the clock, which programs count wrong, and in the second of an hour
    that comes twice, where local time means the first."""
    start, end = it.starts_at.ToDatetime(UTC), it.ends_at.ToDatetime(UTC)
    local = start.astimezone(zone), end.astimezone(zone)
    is_plain = local[0].utcoffset() == local[1].utcoffset() and not local[0].fold and not local[1].fold
    return local if is_plain else (start, end)


def _summary(content: feeds_pb2.FeedContent, it: feeds_pb2.FeedAppointment, names: Mapping[str, str]) -> str:
    service = names.get(it.service_id) or "Appointment"
    specialist = names.get(it.specialist_id) if content.for_patient else None
    return f"{service} with {specialist}" if specialist else service


def _title(content: feeds_pb2.FeedContent, names: Mapping[str, str]) -> str:
    if content.for_patient or not content.appointments:
        return _NAME
    specialist = names.get(content.appointments[0].specialist_id)
    return f"{_NAME}: {specialist}" if specialist else _NAME


def _place(it: locations_pb2.Location) -> str:
    address = it.address
    town = " ".join(filter(None, (address.postal_code, address.city)))
    parts = (it.name, *address.lines, town, address.state, address.country)
    return ", ".join(filter(None, map(_line, parts)))


def _line(text: str) -> str:
    """Without line breaks, which are the format's own."""
    return " ".join(text.split())


def _zone(content: feeds_pb2.FeedContent, it: feeds_pb2.FeedAppointment) -> str:
    zone = content.time_zones.get(it.location_id, "")
    return zone if zone_exists(zone) else "UTC"


def _years(content: feeds_pb2.FeedContent) -> list[tuple[str, int, int]]:
    """Each zone with the first and the last year that something is in."""
    years: dict[str, list[int]] = {}
    for it in content.appointments:
        years.setdefault(_zone(content, it), []).append(it.starts_at.ToDatetime(UTC).year)
    return [(zone, min(found), max(found)) for zone, found in sorted(years.items()) if zone != "UTC"]


@lru_cache(maxsize=500)
def _time_zone(zone: str, first: int, last: int) -> Timezone:
    """VTIMEZONE. The library's own begins observances in the new time, RFC 5545 section 3.6.5 wants the old."""
    tz = ZoneInfo(zone)
    # A year more on both sides shows more clearly by which rule the clock changes.
    begin, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (first - 1, last + 2))
    alike: dict[object, list[datetime]] = {}
    for change in _changes(tz, begin, end):
        before, after = _around(tz, change)
        alike.setdefault((before.utcoffset(), after.utcoffset(), after.tzname()), []).append(change)
    found = Timezone()
    found.add("TZID", zone)
    for changes in ([begin], *alike.values()):
        found.add_component(_observance(tz, changes, last + 1))
    return found


def _around(tz: ZoneInfo, change: datetime) -> tuple[datetime, datetime]:
    return (change - timedelta(seconds=1)).astimezone(tz), change.astimezone(tz)


def _observance(tz: ZoneInfo, changes: list[datetime], last: int) -> TimezoneStandard | TimezoneDaylight:
    before, after = _around(tz, changes[0])
    # Ireland's and Morocco's winter is less than standard time in tzdata; to programs summer is more.
    is_summer = _dst(after) > min(_dst(before), timedelta())
    found = TimezoneDaylight() if is_summer else TimezoneStandard()
    starts = [change.astimezone(timezone(before.utcoffset() or timedelta())).replace(tzinfo=None) for change in changes]
    found.add("DTSTART", starts[0])
    found.add("TZOFFSETFROM", before.utcoffset())
    found.add("TZOFFSETTO", after.utcoffset())
    found.add("TZNAME", after.tzname())
    rule = _rule(starts, last)
    if rule is not None:
        found.add("RRULE", rule)
    elif len(starts) > 1:
        found.add("RDATE", starts[1:])
    return found


def _dst(local: datetime) -> timedelta:
    return local.dst() or timedelta()


def _rule(starts: list[datetime], last: int) -> vRecur | None:
    """Every year on such a weekday of such a month, if that is what they are: some programs know no list of dates."""
    if len(starts) < 2 or starts[-1].year != last or any(b.year - a.year != 1 for a, b in pairwise(starts)):
        return None
    if len({(each.month, each.weekday(), each.time()) for each in starts}) > 1:
        return None
    last = {(each + timedelta(days=7)).month != each.month for each in starts} == {True}
    places = {-1} if last else {(each.day - 1) // 7 + 1 for each in starts}
    if len(places) > 1:
        return None
    day = _WEEKDAYS[starts[0].weekday()]
    return vRecur({"FREQ": "YEARLY", "BYMONTH": starts[0].month, "BYDAY": f"{places.pop()}{day}"})


def _changes(tz: ZoneInfo, begin: datetime, end: datetime) -> list[datetime]:
    """Instants at which the clock changes, to the second."""
    found = []
    while begin < end:
        after = begin + _STEP
        if begin.astimezone(tz).utcoffset() != after.astimezone(tz).utcoffset():
            found.append(_between(tz, begin, after))
        begin = after
    return found


def _between(tz: ZoneInfo, before: datetime, after: datetime) -> datetime:
    offset = before.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(tz).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
