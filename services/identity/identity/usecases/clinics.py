"""ambulo.identity.v1.ClinicService: the tenants."""

from uuid import UUID

from ambulo.identity.v1 import clinics_pb2 as pb
from chassis import Call, new_id
from chassis.clock import zone_exists
from chassis.errors import FieldViolation
from chassis.store import require_version

from identity import wire
from identity.domain.errors import ChangedMeanwhile, UnknownTimeZone
from identity.store import clinics, tables


class ClinicService:
    async def DefineClinic(self, request: pb.DefineClinicRequest, call: Call) -> pb.Clinic:
        if not zone_exists(request.time_zone):
            raise UnknownTimeZone(
                f"{request.time_zone!r} is no IANA time zone; one looks like Europe/Bucharest",
                fields=[FieldViolation("time_zone", "must be an IANA time zone, such as Europe/Bucharest")],
            )
        if call.clinic_id is None:
            call.act_in(new_id())
        assert call.clinic_id is not None
        await require_version(
            call.tx, tables.clinic, {"id": call.clinic_id}, request.expected_version, ChangedMeanwhile
        )
        await clinics.save(
            call.tx,
            {"id": call.clinic_id, "name": request.name, "slug": request.slug, "time_zone": request.time_zone},
        )
        return wire.clinic(await clinics.get(call.tx, call.clinic_id))

    async def GetClinic(self, request: pb.GetClinicRequest, call: Call) -> pb.Clinic:
        return wire.clinic(await clinics.get(call.tx, UUID(request.clinic_id)))

    async def SetLook(self, request: pb.SetLookRequest, call: Call) -> pb.Clinic:
        id_ = UUID(request.clinic_id)
        await require_version(call.tx, tables.clinic, {"id": id_}, request.expected_version, ChangedMeanwhile)
        look = {"color": request.color, "logo": request.logo, "languages": list(request.languages)}
        await clinics.set_look(call.tx, id_, look)
        return wire.clinic(await clinics.get(call.tx, id_))

    async def GetPublicClinic(self, request: pb.GetPublicClinicRequest, call: Call) -> pb.PublicClinic:
        return wire.public_clinic(await clinics.get(call.tx, UUID(request.clinic_id)))
