"""What a service's rules remove, as masks of starts. Pure.

Days are local to the location; a visit belongs to the day on which it begins.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import assert_never
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from chassis.clock import local_day

from scheduling.domain import mask
from scheduling.domain.hours import instant_of, minute_of
from scheduling.domain.kernel import Bar, Reason, Taken, Window
from scheduling.domain.offer import BlackoutDates, LeadTime, MaxDaily, MaxFuture, MinGap, Service, Timed


@dataclass(frozen=True, slots=True)
class Visit:
    """A booked visit of the service: minutes of UTC, without buffers."""

    specialist_id: UUID
    location_id: UUID
    starts: int
    ends: int
    is_first: bool = True
    """Of several specialists who are there together, each has a visit; one of them is the first."""
    session_id: UUID | None = None
    """Of a group: several patients are there together, and each has visits of their own."""
    room_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """For which starts, where and when it is asked."""

    window: Window
    location_id: UUID
    zone: str
    now: datetime
    visits: Sequence[Visit]
    """Of the service, wherever and by whomever, around the window."""


def bars(service: Service, it: Asking) -> list[Bar]:
    """What holds for every specialist alike, by priority."""
    return [bar for rule in service.rules.timed if (bar := _bar(service, rule, it)) is not None]


def bars_of(service: Service, it: Asking, specialist_id: UUID) -> tuple[Bar, ...]:
    """What holds for one specialist only."""
    found = []
    for rule in service.rules.timed:
        if isinstance(rule, MinGap):
            found.append(_too_close(service, rule, it, specialist_id))
        elif isinstance(rule, MaxDaily) and rule.per_specialist:
            mine = [visit for visit in it.visits if visit.specialist_id == specialist_id]
            found.append(_full_days(rule, it, mine))
    return tuple(found)


def looks_at_visits(service: Service) -> bool:
    return any(isinstance(rule, MinGap | MaxDaily) for rule in service.rules.timed)


def gap(service: Service, specialist_id: UUID) -> tuple[UUID, int] | None:
    """What a visit claims besides (D3): of a resource that stands for the service's gaps of this specialist, so many
    minutes after it. Two such claims do not overlap exactly if the visits are far enough apart."""
    minutes = [rule.minutes for rule in service.rules.timed if isinstance(rule, MinGap)]
    return (uuid5(NAMESPACE_OID, f"gap/{service.id}/{specialist_id}"), max(minutes)) if minutes else None


def gap_bars(service: Service, it: Asking, specialist_id: UUID, taken: Iterable[Taken]) -> Iterator[Bar]:
    """What claims of gaps are in the way, of visits that may not have been heard."""
    claims = gap(service, specialist_id)
    for each in taken:
        if claims is not None and each.resource_id == claims[0]:
            begin = each.begins - service.terms.duration - claims[1] + 1 - it.window.first
            close = mask.stretch(begin, min(each.ends - it.window.first, it.window.size))
            yield Bar(Reason.MIN_GAP, close, _apart(service, claims[1]), (specialist_id,))


def daily_limits(service: Service) -> list[MaxDaily]:
    return [rule for rule in service.rules.timed if isinstance(rule, MaxDaily)]


def local_day_of(minute: int, zone: str) -> tuple[datetime, datetime]:
    """First instant of the local day a minute of UTC belongs to, and of the next."""
    return local_day(instant_of(minute).astimezone(ZoneInfo(zone)).date(), zone)


def _bar(service: Service, rule: Timed, it: Asking) -> Bar | None:
    first, now = it.window.first, minute_of(it.now)
    match rule:
        case LeadTime(minutes):
            # A minute that has begun is gone: what is exactly so far ahead counts from its next whole minute.
            soonest = minute_of(it.now + timedelta(minutes=minutes, seconds=59, microseconds=999_999))
            words = f"{service.name} must be booked {_long(minutes)} ahead"
            return Bar(Reason.LEAD_TIME, mask.stretch(0, soonest - first), words)
        case MaxFuture(days):
            words = f"{service.name} cannot be booked more than {days} days ahead"
            return Bar(Reason.MAX_FUTURE, mask.stretch(now + days * 1440 + 1 - first, it.window.size), words)
        case BlackoutDates(begin, end):
            begins_at, ends_at = local_day(begin, it.zone)[0], local_day(end, it.zone)[1]
            stretch = mask.stretch(minute_of(begins_at) - first, min(minute_of(ends_at) - first, it.window.size))
            return Bar(Reason.BLACKOUT_DATES, stretch, f"{service.name} is not given from {begin} to {end}")
        case MaxDaily(per_specialist=False):
            return _full_days(rule, it, [v for v in it.visits if v.location_id == it.location_id and v.is_first])
        case MaxDaily() | MinGap():
            return None
        case _:
            assert_never(rule)


def _full_days(rule: MaxDaily, it: Asking, visits: Sequence[Visit]) -> Bar:
    zone = ZoneInfo(it.zone)
    here = [visit for visit in visits if visit.location_id == it.location_id]
    count: Counter[date] = Counter(instant_of(visit.starts).astimezone(zone).date() for visit in here)
    full = 0
    for day, booked in count.items():
        if booked >= rule.most:
            begins_at, ends_at = local_day(day, it.zone)
            begin = minute_of(begins_at) - it.window.first
            full |= mask.stretch(begin, min(minute_of(ends_at) - it.window.first, it.window.size))
    return Bar(Reason.MAX_DAILY, full, f"All {rule.most} places of that day are taken")


def _too_close(service: Service, rule: MinGap, it: Asking, specialist_id: UUID) -> Bar:
    """A visit [s, s + d) is too close to [a, b) if a < s + d + gap and s < b + gap."""
    close = 0
    for visit in it.visits:
        if visit.specialist_id == specialist_id:
            begin = visit.starts - service.terms.duration - rule.minutes + 1 - it.window.first
            close |= mask.stretch(begin, min(visit.ends + rule.minutes - it.window.first, it.window.size))
    return Bar(Reason.MIN_GAP, close, _apart(service, rule.minutes), (specialist_id,))


def _apart(service: Service, minutes: int) -> str:
    return f"Visits of {service.name} are at least {_long(minutes)} apart"


def _long(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest else ""]
    return " ".join(part for part in parts if part)
