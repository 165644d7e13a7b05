"""ambulo.scheduling.v1.CalendarService: pages from which a service is booked, and how fairly."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ambulo.scheduling.v1 import calendars_pb2 as pb
from chassis import Call, new_id
from chassis.clock import local_day
from chassis.store import Page

from scheduling.domain.calendar import Strategy, counted, targets
from scheduling.store import calendars, known
from scheduling.wire import calendars as wire
from scheduling.wire import when


class CalendarService:
    async def DefineCalendar(self, request: pb.DefineCalendarRequest, call: Call) -> pb.Calendar:
        calendar = wire.calendar(UUID(request.calendar_id) if request.calendar_id else new_id(), request)
        await known.require_service(call.tx, calendar.service_id)
        await known.require_location(call.tx, calendar.location_id)
        await known.require_members(call.tx, [UUID(each.specialist_id) for each in request.members])
        row = await calendars.put(
            call.tx,
            request.expected_version,
            calendar,
            {
                "name": request.name,
                "modality": wire.MODALITIES[request.modality],
                "public": request.public,
                "inactive": request.inactive,
            },
        )
        return _shown(row)

    async def GetCalendar(self, request: pb.GetCalendarRequest, call: Call) -> pb.Calendar:
        return _shown(await calendars.get(call.tx, UUID(request.calendar_id)))

    async def ListCalendars(self, request: pb.ListCalendarsRequest, call: Call) -> pb.ListCalendarsResponse:
        rows, cursor = await calendars.search(call.tx, Page.of(request, str, UUID))
        return pb.ListCalendarsResponse(calendars=map(_shown, rows), next_cursor=cursor)

    async def ListPublicCalendars(self, request: pb.ListPublicCalendarsRequest, call: Call) -> pb.ListCalendarsResponse:
        rows, cursor = await calendars.search(call.tx, Page.of(request, str, UUID), public_only=True)
        return pb.ListCalendarsResponse(
            calendars=[wire.shown_in_public(row, calendars.of(row)) for row in rows], next_cursor=cursor
        )

    async def GetFairness(self, request: pb.GetFairnessRequest, call: Call) -> pb.Fairness:
        calendar = calendars.of(await calendars.get(call.tx, UUID(request.calendar_id)))
        zone = await known.zone_of(call.tx, calendar.location_id)
        day = _day(request, call, zone)
        begin, end = counted(Strategy.ROUND_ROBIN, local_day(day, zone)[0], zone)
        has = await calendars.count(call.tx, calendar.id, begin, end)
        whole = sum(has.get(member.specialist_id, 0) for member in calendar.members)
        fair = pb.Fairness(month=when.date_of(day.replace(day=1)))
        for id_, target in targets(calendar.members, whole).items():
            share = fair.shares.add(specialist_id=str(id_), appointments=has.get(id_, 0))
            if calendar.strategy is Strategy.ROUND_ROBIN:
                share.target, share.difference = round(target, 2), round(has.get(id_, 0) - target, 2)
        return fair


def _day(request: pb.GetFairnessRequest, call: Call, zone: str) -> date:
    if request.HasField("month"):
        return when.day_of(request.month, "month")
    return call.now.astimezone(ZoneInfo(zone)).date()


def _shown(row: Any) -> pb.Calendar:
    return wire.shown(row, calendars.of(row))
