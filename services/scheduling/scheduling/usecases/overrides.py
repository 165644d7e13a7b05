"""ambulo.scheduling.v1.OverrideService: time off and extra openings."""

from datetime import UTC, datetime
from uuid import UUID

from ambulo.scheduling.v1 import events_pb2 as events
from ambulo.scheduling.v1 import overrides_pb2 as pb
from chassis import Call, new_id
from chassis.errors import FieldViolation, Invalid
from chassis.store import Page
from chassis.wire import stamp
from google.protobuf.empty_pb2 import Empty

from scheduling.domain.stretch import require_stretch
from scheduling.store import hours, known
from scheduling.wire import when


class OverrideService:
    async def AddOverride(self, request: pb.AddOverrideRequest, call: Call) -> pb.Override:
        starts_at, ends_at = request.starts_at.ToDatetime(UTC), request.ends_at.ToDatetime(UTC)
        require_stretch(starts_at, ends_at)
        specialist_id = UUID(request.specialist_id)
        location_id = UUID(request.location_id) if request.location_id else None
        if request.kind == pb.OVERRIDE_KIND_AVAILABLE and location_id is None:
            raise Invalid(fields=[FieldViolation("location_id", "an extra opening needs a location")])
        await known.require_specialist(call.tx, specialist_id)
        if location_id is not None:
            await known.require_location(call.tx, location_id)
        row = {
            "id": UUID(request.override_id) if request.override_id else new_id(),
            "specialist_id": specialist_id,
            "kind": when.KINDS[request.kind],
            "starts_at": starts_at,
            "ends_at": ends_at,
            "location_id": location_id,
            "reason": request.reason,
        }
        changed = await hours.put_override(call.tx, row)
        override = when.override(row)
        if changed:
            call.emit(_changed(override), key=override.specialist_id)
        return override

    async def ListOverrides(self, request: pb.ListOverridesRequest, call: Call) -> pb.ListOverridesResponse:
        page = Page.of(request, datetime, UUID)
        rows, cursor = await hours.list_overrides(call.tx, UUID(request.specialist_id), page)
        return pb.ListOverridesResponse(overrides=map(when.override, rows), next_cursor=cursor)

    async def RemoveOverride(self, request: pb.RemoveOverrideRequest, call: Call) -> Empty:
        override_id, specialist_id = UUID(request.override_id), UUID(request.specialist_id)
        starts_at, ends_at = await hours.remove_override(call.tx, specialist_id=specialist_id, override_id=override_id)
        call.emit(
            events.OverrideChanged(
                override_id=request.override_id,
                specialist_id=request.specialist_id,
                starts_at=stamp(starts_at),
                ends_at=stamp(ends_at),
            ),
            key=request.specialist_id,
        )
        return Empty()


def _changed(override: pb.Override) -> events.OverrideChanged:
    return events.OverrideChanged(
        override_id=override.id,
        specialist_id=override.specialist_id,
        starts_at=override.starts_at,
        ends_at=override.ends_at,
    )
