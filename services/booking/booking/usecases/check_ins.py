"""ambulo.booking.v1.CheckInService: patients say that they are there, by a code."""

from datetime import datetime
from uuid import UUID

from ambulo.booking.v1 import check_ins_pb2 as pb
from ambulo.booking.v1 import events_pb2 as events
from chassis import Call
from chassis.errors import NotFound

from booking import check_in_wire, wire
from booking.domain.appointment import Appointment
from booking.domain.check_in import CAN_COME, Code, arrive
from booking.domain.errors import AppointmentOver, UnknownCode
from booking.domain.queue import typical
from booking.domain.status import Action
from booking.settings import Settings
from booking.store import appointments, timeline, walk_ins


class CheckInService:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def GetCheckInCode(self, request: pb.GetCheckInCodeRequest, call: Call) -> pb.CheckInCode:
        it = await appointments.get(call.tx, UUID(request.appointment_id))
        if it.status not in CAN_COME:
            raise AppointmentOver(f"It is {it.status}")
        assert call.clinic_id is not None
        text = Code(call.clinic_id, it.id).text(self.settings.check_in_key)
        return check_in_wire.code(it, text, f"{self.settings.web_url}/check-in")

    async def CheckInByCode(self, request: pb.CheckInByCodeRequest, call: Call) -> pb.CheckedIn:
        code = Code.parse(request.code, self.settings.check_in_key)
        call.act_in(code.clinic_id)
        try:
            it = await appointments.get_for_update(call.tx, code.appointment_id)
        except NotFound:
            raise UnknownCode from None
        before = it.status
        if arrive(it, call.now):
            await appointments.save(call.tx, it, timeline.entry(it, Action.CHECKED_IN, call))
            changed = events.AppointmentStatusChanged(
                occupied=wire.occupied(it),
                patient_id=str(it.patient_id),
                status=it.status.value,
                previous_status=before.value,
                fee=wire.money(it.fee),
            )
            call.emit(changed, key=str(it.id))
        # Also of who is there already: the request names nobody.
        call.audit(appointment_id=str(it.id))
        return check_in_wire.checked_in(it, await _expected_start(it, call), call.now)


async def _expected_start(it: Appointment, call: Call) -> datetime:
    """As planned, or when their specialist has done with whom they see now."""
    under_way = [each for each in await walk_ins.under_way(call.tx, it.specialist_ids, call.now) if each.id != it.id]
    services = list({each.service_id for each in under_way})
    known = await walk_ins.durations(call.tx, services, it.slot.location_id, call.now) if services else {}
    ends = [
        each.expected_end(typical(known[each.service_id], each.ends_at - each.starts_at), call.now)
        for each in under_way
    ]
    return max([it.slot.starts_at, *ends])
