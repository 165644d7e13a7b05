"""ambulo.catalog.v1.PublicService: what a clinic shows to everybody."""

from ambulo.catalog.v1 import public_pb2 as pb
from chassis import Call

from catalog import wire
from catalog.store import tables, things

_MOST = 500


class PublicService:
    async def GetClinicPage(self, request: pb.GetClinicPageRequest, call: Call) -> pb.ClinicPage:
        # Nobody asks, but in the clinic that the path names: row-level security shows that clinic's rows.
        return pb.ClinicPage(
            services=map(wire.service, await things.list_bookable(call.tx, tables.service, _MOST)),
            specialists=map(wire.specialist, await things.list_bookable(call.tx, tables.specialist, _MOST)),
            locations=map(wire.location, await things.list_bookable(call.tx, tables.location, _MOST)),
        )
