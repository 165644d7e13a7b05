"""ambulo.scheduling.v1.DutyService: who works where, and when."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from ambulo.scheduling.v1 import duty_pb2 as pb
from chassis import Call
from chassis.clock import local_day
from chassis.errors import FieldViolation, Invalid
from chassis.wire import stamp
from google.protobuf.timestamp_pb2 import Timestamp

from scheduling.domain import mask
from scheduling.domain.errors import UnknownLocation
from scheduling.domain.hours import instant_of, minute_of
from scheduling.domain.offer import Catalog, Location, Service
from scheduling.store import masks
from scheduling.store.facts import Facts
from scheduling.store.masks import Asked

_AT_LEAST: Final = 4 * 60
_LONGEST: Final = timedelta(days=45)


class DutyService:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    async def ListOnDuty(self, request: pb.ListOnDutyRequest, call: Call) -> pb.ListOnDutyResponse:
        catalog = await self.facts.catalog(call)
        location = _location(request.location_id, catalog)
        since = request.since.ToDatetime(UTC)
        asked = Asked(minute_of(since), _until(since, location.time_zone), location, list(catalog.specialists))
        given = [each for each in catalog.services.values() if _is_given_at(each, location)]
        return pb.ListOnDutyResponse(
            specialists=[
                pb.OnDuty(
                    specialist_id=str(id_),
                    works=[pb.WorkingTime(begins_at=begin, ends_at=end) for begin, end in works],
                    service_ids=[str(each.id) for each in given if each.is_given_by(id_)],
                )
                for id_, works in await _working(asked, call)
            ]
        )

    async def ListWorkingTimes(self, request: pb.ListWorkingTimesRequest, call: Call) -> pb.ListWorkingTimesResponse:
        begin, end = request.starts_from.ToDatetime(UTC), request.starts_until.ToDatetime(UTC)
        if not timedelta(0) < end - begin <= _LONGEST:
            wrong = FieldViolation("starts_until", f"must be after from, by {_LONGEST.days} days at most")
            raise Invalid(fields=[wrong])
        catalog = await self.facts.catalog(call)
        location = _location(request.location_id, catalog)
        wanted = set(map(UUID, request.specialist_ids)) or catalog.specialists.keys()
        of = [each for each in catalog.specialists if each in wanted]
        found = await _working(Asked(minute_of(begin), minute_of(end), location, of), call)
        return pb.ListWorkingTimesResponse(
            specialists=[
                pb.SpecialistTimes(
                    specialist_id=str(id_), works=[pb.Worked(starts_at=begin, ends_at=end) for begin, end in works]
                )
                for id_, works in found
            ]
        )


async def _working(asked: Asked, call: Call) -> list[tuple[UUID, list[tuple[Timestamp, Timestamp]]]]:
    """Who does, and from when to when."""
    found = await masks.open_minutes_of(call.tx, asked)

    def at(minute: int) -> Timestamp:
        return stamp(instant_of(asked.first + minute))

    return [
        (id_, [(at(begin), at(end)) for begin, end in mask.stretches(found[id_])])
        for id_ in asked.specialist_ids
        if found[id_]
    ]


def _location(id_: str, catalog: Catalog) -> Location:
    location = catalog.locations.get(UUID(id_))
    if location is None:
        raise UnknownLocation(f"There is no location {id_}", fields=[FieldViolation("location_id", "is unknown")])
    return location


def _until(since: datetime, zone: str) -> int:
    _, midnight = local_day(since.astimezone(ZoneInfo(zone)).date(), zone)
    return max(minute_of(midnight), minute_of(since) + _AT_LEAST)


def _is_given_at(service: Service, location: Location) -> bool:
    return not service.location_ids or location.id in service.location_ids
