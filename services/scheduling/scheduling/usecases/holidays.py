"""ambulo.scheduling.v1.HolidayService: days on which a location is closed."""

from uuid import UUID
from zoneinfo import ZoneInfo

from ambulo.scheduling.v1 import events_pb2 as events
from ambulo.scheduling.v1 import holidays_pb2 as pb
from chassis import Call
from chassis.store import require_version

from scheduling.domain.errors import ChangedMeanwhile
from scheduling.domain.holidays import HolidayCalendar
from scheduling.store import holidays, known, tables
from scheduling.wire import when


class HolidayService:
    async def SetHolidays(self, request: pb.SetHolidaysRequest, call: Call) -> pb.Holidays:
        location_id, calendar = UUID(request.location_id), when.holiday_calendar(request)
        calendar.require_known()
        zone = await known.zone_of(call.tx, location_id)
        place = {"location_id": location_id}
        await require_version(call.tx, tables.holiday_calendar, place, request.expected_version, ChangedMeanwhile)
        version, changed = await holidays.put(call.tx, location_id, calendar)
        if changed:
            call.emit(events.HolidaysChanged(location_id=request.location_id), key=request.location_id)
        return _shown(location_id, calendar, version, zone, call)

    async def GetHolidays(self, request: pb.GetHolidaysRequest, call: Call) -> pb.Holidays:
        location_id = UUID(request.location_id)
        zone = await known.zone_of(call.tx, location_id)
        calendar, version = await holidays.find(call.tx, location_id)
        return _shown(location_id, calendar, version, zone, call)


def _shown(location_id: UUID, calendar: HolidayCalendar, version: int, zone: str, call: Call) -> pb.Holidays:
    """With all that follows from it, this year and the two after it, as the location's own clock has it."""
    year = call.now.astimezone(ZoneInfo(zone)).year
    return when.holidays(location_id, calendar, calendar.closed(range(year, year + 3)), version)
