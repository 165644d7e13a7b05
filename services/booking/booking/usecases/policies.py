"""ambulo.booking.v1.PolicyService: on what terms a service is booked and canceled."""

from datetime import timedelta
from typing import Protocol
from uuid import UUID

from ambulo.booking.v1 import policies_pb2 as pb
from ambulo.catalog.v1 import services_pb2
from ambulo.types.v1 import types_pb2
from chassis import Call
from chassis.errors import FieldViolation, NotFound

from booking import wire
from booking.domain.errors import UnknownService
from booking.domain.policy import USUAL_HOLD, Fee
from booking.store import policies

_USUAL_HOLD_MINUTES = USUAL_HOLD // timedelta(minutes=1)


class Catalog(Protocol):
    """What booking needs of the catalog, and no more."""

    async def GetService(self, request: services_pb2.GetServiceRequest, call: Call) -> services_pb2.Service: ...


class PolicyService:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    async def SetBookingPolicy(self, request: pb.SetBookingPolicyRequest, call: Call) -> pb.BookingPolicy:
        if request.service_id:
            await require_service(self.catalog, request.service_id, call)
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
            await require_service(self.catalog, request.service_id, call)
        row = await policies.find(call.tx, _service(request.service_id))
        if row is None:
            return pb.BookingPolicy(hold_minutes=_USUAL_HOLD_MINUTES)
        found = wire.policy(row)
        if request.service_id and not found.service_id:
            # Inherited: of its own it has none, so whoever sets the first has seen none.
            found.version = 0
        return found


async def require_service(catalog: Catalog, id_: str, call: Call) -> None:
    asked = services_pb2.GetServiceRequest(clinic_id=str(call.clinic_id), service_id=id_)
    try:
        await catalog.GetService(asked, call)
    except NotFound as failure:
        raise UnknownService(failure.detail, fields=[FieldViolation("service_id", "is unknown")]) from None


def _service(id_: str) -> UUID:
    return UUID(id_) if id_ else policies.ALL


def _fee(it: types_pb2.Money) -> str | None:
    return policies.of_fee(Fee(it.amount_minor, it.currency))
