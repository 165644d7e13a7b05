"""ambulo.catalog.v1.ServiceService: what can be booked."""

from uuid import UUID

from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import services_pb2 as pb
from chassis import Call, new_id
from chassis.store import Page

from catalog import wire
from catalog.domain.service import require_blackout, require_one_text_per_language, require_price
from catalog.store import tables, things


class ServiceService:
    async def DefineService(self, request: pb.DefineServiceRequest, call: Call) -> pb.Service:
        specialist_ids = sorted(UUID(id_) for id_ in request.specialist_ids)
        location_ids = sorted(UUID(id_) for id_ in request.location_ids)
        rules = [wire.canonical_rule(rule) for rule in request.rules]
        require_price(request.price.amount_minor)
        require_one_text_per_language([text.language for text in request.translations])
        _require_blackouts(rules)
        await things.require(
            call.tx, tables.specialist, {"specialist_ids": specialist_ids, **_allowed_specialists(rules)}
        )
        await things.require(call.tx, tables.location, {"location_ids": location_ids})
        row, changed = await things.define(
            call.tx,
            tables.service,
            request.expected_version,
            {
                "id": UUID(request.service_id) if request.service_id else new_id(),
                "name": request.name,
                "description": request.description,
                "duration_minutes": request.duration_minutes,
                "buffer_before_minutes": request.buffer_before_minutes,
                "buffer_after_minutes": request.buffer_after_minutes,
                "requires_room": request.requires_room,
                "room_type": request.room_type,
                "specialist_ids": specialist_ids,
                "location_ids": location_ids,
                "inactive": request.inactive,
                "modalities": [wire.MODALITIES[modality] for modality in sorted(request.modalities)],
                "price_minor": request.price.amount_minor if request.HasField("price") else None,
                "price_currency": request.price.currency if request.HasField("price") else None,
                "capacity": request.capacity,
                "room_features": sorted(request.room_features),
                "start_every_minutes": request.start_every_minutes,
                "rules": wire.to_json(rules),
                "translations": wire.to_json(request.translations),
            },
        )
        service = wire.service(row)
        if changed:
            call.emit(events.ServiceDefined(service=service), key=service.id)
        return service

    async def GetService(self, request: pb.GetServiceRequest, call: Call) -> pb.Service:
        return wire.service(await things.get(call.tx, tables.service, UUID(request.service_id)))

    async def ListServices(self, request: pb.ListServicesRequest, call: Call) -> pb.ListServicesResponse:
        rows, cursor = await things.list_(call.tx, tables.service, Page.of(request, str, UUID))
        return pb.ListServicesResponse(services=map(wire.service, rows), next_cursor=cursor)


def _require_blackouts(rules: list[pb.ServiceRule]) -> None:
    for n, rule in enumerate(rules):
        if rule.HasField("blackout_dates"):
            dates, field = rule.blackout_dates, f"rules[{n}].blackout_dates"
            first = wire.day(dates.first, f"{field}.first")
            if dates.HasField("last"):
                require_blackout(first, wire.day(dates.last, f"{field}.last"), f"{field}.last")


def _allowed_specialists(rules: list[pb.ServiceRule]) -> dict[str, list[UUID]]:
    return {
        f"rules[{n}].allowed_provider.specialist_ids": [UUID(id_) for id_ in rule.allowed_provider.specialist_ids]
        for n, rule in enumerate(rules)
    }
