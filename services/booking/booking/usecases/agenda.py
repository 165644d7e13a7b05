"""ambulo.booking.v1.AgendaService: a day, a week or a month in one answer."""

from collections import Counter
from datetime import UTC, date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from ambulo.booking.v1 import agenda_pb2 as pb
from chassis import Call
from chassis.errors import FieldViolation, Invalid
from google.type import date_pb2

from booking import wire
from booking.domain.status import Status
from booking.store import agenda

_LONGEST = timedelta(days=45)
_AT_MOST = 5000


class AgendaService:
    async def GetAgenda(self, request: pb.GetAgendaRequest, call: Call) -> pb.Agenda:
        begin, end = request.starts_from.ToDatetime(UTC), request.starts_until.ToDatetime(UTC)
        if not timedelta(0) < end - begin <= _LONGEST:
            raise Invalid(
                fields=[FieldViolation("starts_until", f"must be after from, by {_LONGEST.days} days at most")]
            )
        asked = agenda.Asked(
            begin=begin,
            end=end,
            specialist_ids=[UUID(id_) for id_ in request.specialist_ids],
            room_ids=[UUID(id_) for id_ in request.room_ids],
            location_id=UUID(request.location_id) if request.location_id else None,
            with_canceled=request.with_canceled,
            at_most=_AT_MOST + 1,
        )
        found = await agenda.appointments_of(call.tx, asked)
        blocks = await agenda.blocks_of(call.tx, asked)
        holds = await agenda.holds_of(call.tx, asked, call.now)
        days: Counter[date] = Counter()
        for each in found[:_AT_MOST]:
            if each.status is not Status.CANCELED:
                days[each.slot.starts_at.astimezone(ZoneInfo(each.slot.time_zone)).date()] += 1
        return pb.Agenda(
            appointments=[wire.appointment(each, call.clinic_id) for each in found[:_AT_MOST]],
            blocks=map(wire.block, blocks[:_AT_MOST]),
            holds=[wire.agenda_hold(each) for each in holds[:_AT_MOST]],
            days=[
                pb.AgendaDay(date=date_pb2.Date(year=day.year, month=day.month, day=day.day), appointments=count)
                for day, count in sorted(days.items())
            ],
            truncated=max(len(found), len(blocks), len(holds)) > _AT_MOST,
        )
