"""ambulo.scheduling.v1.HoursService: when specialists work, week by week."""

from uuid import UUID

from ambulo.scheduling.v1 import events_pb2 as events
from ambulo.scheduling.v1 import hours_pb2 as pb
from chassis import Call
from chassis.store import Page, require_version

from scheduling.domain.errors import ChangedMeanwhile
from scheduling.store import hours, known, tables
from scheduling.wire import when


class HoursService:
    async def SetWeeklyHours(self, request: pb.SetWeeklyHoursRequest, call: Call) -> pb.WeeklyHours:
        specialist_id, location_id = UUID(request.specialist_id), UUID(request.location_id)
        pattern = when.pattern(request)
        pattern.require_sound()
        pattern = pattern.in_order()
        await known.require_specialist(call.tx, specialist_id)
        await known.require_location(call.tx, location_id)
        place = {"specialist_id": specialist_id, "location_id": location_id}
        await require_version(call.tx, tables.weekly_hours, place, request.expected_version, ChangedMeanwhile)
        version, changed = await hours.set_weekly(
            call.tx, specialist_id=specialist_id, location_id=location_id, pattern=pattern
        )
        if changed:
            call.emit(
                events.WeeklyHoursChanged(specialist_id=str(specialist_id), location_id=str(location_id)),
                key=str(specialist_id),
            )
        return when.weekly_hours(specialist_id, location_id, pattern, version)

    async def ListWeeklyHours(self, request: pb.ListWeeklyHoursRequest, call: Call) -> pb.ListWeeklyHoursResponse:
        rows, cursor = await hours.list_weekly(call.tx, UUID(request.specialist_id), Page.of(request, UUID))
        shown = (
            when.weekly_hours(
                row["specialist_id"],
                row["location_id"],
                hours.pattern_of(row["intervals"], row["breaks"], row["recurring"]),
                row["version"],
            )
            for row in rows
        )
        return pb.ListWeeklyHoursResponse(weekly_hours=shown, next_cursor=cursor)
