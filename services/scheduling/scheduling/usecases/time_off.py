"""ambulo.scheduling.v1.TimeOffService: time off that is asked for and decided."""

from datetime import UTC, datetime
from uuid import UUID

from ambulo.scheduling.v1 import events_pb2 as events
from ambulo.scheduling.v1 import time_off_pb2 as pb
from chassis import Call, new_id
from chassis.errors import FieldViolation
from chassis.store import Page, require_version
from chassis.wire import stamp

from scheduling.domain.errors import ChangedMeanwhile, UnknownSpecialist
from scheduling.domain.stretch import require_stretch
from scheduling.domain.time_off import Decider, Status, TimeOff
from scheduling.store import known, tables, time_off
from scheduling.wire import when


class TimeOffService:
    async def RequestTimeOff(self, request: pb.RequestTimeOffRequest, call: Call) -> pb.TimeOff:
        starts_at, ends_at = request.starts_at.ToDatetime(UTC), request.ends_at.ToDatetime(UTC)
        require_stretch(starts_at, ends_at)
        specialist_id = UUID(request.specialist_id)
        if not _decider(call).speaks_for(specialist_id):
            wrong = FieldViolation("specialist_id", "is not you")
            raise UnknownSpecialist("Specialists ask for their own time off only", fields=[wrong])
        await known.require_specialist(call.tx, specialist_id)
        asked = TimeOff(new_id(), specialist_id, starts_at, ends_at, request.reason)
        await time_off.add(call.tx, asked)
        _say(asked, call)
        return when.time_off(asked)

    async def DecideTimeOff(self, request: pb.DecideTimeOffRequest, call: Call) -> pb.TimeOff:
        time_off_id, status = UUID(request.time_off_id), when.STATUSES[request.status]
        asked = await time_off.get_for_update(call.tx, time_off_id)
        asked.require_decider(status, _decider(call))
        await require_version(call.tx, tables.time_off, {"id": time_off_id}, request.expected_version, ChangedMeanwhile)
        was_taken = asked.status is Status.APPROVED
        asked.decide(status, request.answer)
        await time_off.save(call.tx, asked)
        if asked.status is Status.APPROVED:
            await time_off.take(call.tx, asked)
        elif was_taken:
            await time_off.give_back(call.tx, asked)
        _say(asked, call)
        return when.time_off(asked)

    async def GetTimeOff(self, request: pb.GetTimeOffRequest, call: Call) -> pb.TimeOff:
        return when.time_off(await time_off.get(call.tx, UUID(request.time_off_id)))

    async def ListTimeOff(self, request: pb.ListTimeOffRequest, call: Call) -> pb.ListTimeOffResponse:
        found, cursor = await time_off.search(
            call.tx,
            Page.of(request, datetime, UUID),
            specialist_id=UUID(request.specialist_id) if request.specialist_id else None,
            statuses=[when.STATUSES[status] for status in request.statuses],
        )
        return pb.ListTimeOffResponse(time_off=map(when.time_off, found), next_cursor=cursor)


def _decider(call: Call) -> Decider:
    claims = call.claims
    return Decider(
        specialist_id=claims.specialist_id,
        decides=claims.may("hours.write"),
        decides_own=claims.may("members.manage"),
    )


def _say(it: TimeOff, call: Call) -> None:
    call.emit(
        events.TimeOffChanged(
            time_off_id=str(it.id),
            specialist_id=str(it.specialist_id),
            starts_at=stamp(it.starts_at),
            ends_at=stamp(it.ends_at),
            status=it.status,
        ),
        key=str(it.specialist_id),
    )
    call.audit(time_off_id=str(it.id))
