"""ambulo.booking.v1.PolicyService: on what terms a service is booked and canceled."""

from datetime import timedelta
from uuid import UUID

from ambulo.booking.v1 import policies_pb2 as pb
from ambulo.types.v1 import types_pb2
from chassis import Call

from booking import wire
from booking.domain.policy import USUAL_HOLD, Fee
from booking.store import appointments, policies
from booking.usecases.named import Named

_USUAL_HOLD_MINUTES = USUAL_HOLD // timedelta(minutes=1)


class PolicyService:
    def __init__(self, named: Named) -> None:
        self.named = named

    async def SetBookingPolicy(self, request: pb.SetBookingPolicyRequest, call: Call) -> pb.BookingPolicy:
        if request.service_id:
            await self.named.service(request.service_id, call)
        row = await policies.put(
            call.tx,
            _service(request.service_id),
            request.expected_version,
            {
                "notice_minutes": request.notice_minutes,
                "late_fee": _fee(request.late_fee) if request.HasField("late_fee") else None,
                "no_show_fee": _fee(request.no_show_fee) if request.HasField("no_show_fee") else None,
                "terms": request.terms,
                "needs_acceptance": request.needs_acceptance,
                "overbook_most": request.overbook_most,
                "hold_minutes": request.hold_minutes or _USUAL_HOLD_MINUTES,
            },
        )
        return wire.policy(row)

    async def GetBookingPolicy(self, request: pb.GetBookingPolicyRequest, call: Call) -> pb.BookingPolicy:
        if request.service_id:
            await self.named.service(request.service_id, call)
        found = await _policy_of(request.service_id, call)
        if request.service_id and not found.service_id:
            # Inherited: of its own it has none, so whoever sets the first has seen none.
            found.version = 0
        return found

    async def GetPublicBookingPolicy(self, request: pb.GetPublicBookingPolicyRequest, call: Call) -> pb.BookingPolicy:
        return await _policy_of(request.service_id, call)

    async def GetAgreedTerms(self, request: pb.GetAgreedTermsRequest, call: Call) -> pb.AgreedTerms:
        appointment = await appointments.get(call.tx, UUID(request.appointment_id))
        text = await policies.text_of(call.tx, appointment.terms)
        return pb.AgreedTerms(terms=wire.terms(appointment.terms, appointment.slot.starts_at), text=text)


async def _policy_of(service_id: str, call: Call) -> pb.BookingPolicy:
    row = await policies.find(call.tx, _service(service_id))
    return pb.BookingPolicy(hold_minutes=_USUAL_HOLD_MINUTES) if row is None else wire.policy(row)


def _service(id_: str) -> UUID:
    return UUID(id_) if id_ else policies.ALL


def _fee(it: types_pb2.Money) -> str | None:
    return policies.of_fee(Fee(it.amount_minor, it.currency))
