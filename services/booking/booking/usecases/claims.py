"""ambulo.booking.v1.ClaimService: what is taken, for who cannot hear of it."""

from datetime import UTC
from uuid import UUID

from ambulo.booking.v1 import claims_pb2 as pb
from chassis import Call

from booking.store import claims


class ClaimService:
    async def ListClaims(self, request: pb.ListClaimsRequest, call: Call) -> pb.ListClaimsResponse:
        rows = await claims.search(
            call.tx,
            [UUID(id_) for id_ in request.resource_ids],
            request.starts_from.ToDatetime(UTC),
            request.starts_until.ToDatetime(UTC),
            [UUID(id_) for id_ in (request.holder_id, *request.holder_ids) if id_],
        )
        return pb.ListClaimsResponse(
            claims=[
                pb.Claim(
                    resource_id=str(row["resource_id"]),
                    unit=row["unit"],
                    begins_at=row["begins_at"],
                    ends_at=row["ends_at"],
                )
                for row in rows
            ]
        )
