"""ambulo.catalog.v1.SpecialistService: who gives care."""

from uuid import UUID

from ambulo.catalog.v1 import events_pb2 as events
from ambulo.catalog.v1 import specialists_pb2 as pb
from chassis import Call, new_id
from chassis.errors import Invalid
from chassis.store import Page, require_version

from catalog import wire
from catalog.domain.errors import ChangedMeanwhile
from catalog.domain.preference import require_one_per_service, require_window
from catalog.store import preferences, tables, things


class SpecialistService:
    async def DefineSpecialist(self, request: pb.DefineSpecialistRequest, call: Call) -> pb.Specialist:
        location_ids = sorted(UUID(id_) for id_ in request.location_ids)
        for n, credential in enumerate(request.credentials):
            if credential.HasField("expires_on"):
                wire.day(credential.expires_on, f"credentials[{n}].expires_on", Invalid)
        await things.require(call.tx, tables.location, {"location_ids": location_ids})
        row, changed = await things.define(
            call.tx,
            tables.specialist,
            request.expected_version,
            {
                "id": UUID(request.specialist_id) if request.specialist_id else new_id(),
                "name": request.name,
                "specialty": request.specialty,
                "location_ids": location_ids,
                "inactive": request.inactive,
                "specialties": list(request.specialties),
                "credentials": wire.to_json(request.credentials),
                "not_bookable": request.not_bookable,
            },
        )
        specialist = wire.specialist(row)
        if changed:
            call.emit(events.SpecialistDefined(specialist=specialist), key=specialist.id)
        return specialist

    async def SetPreferences(self, request: pb.SetPreferencesRequest, call: Call) -> pb.Preferences:
        specialist_id = UUID(request.specialist_id)
        wanted = [wire.canonical_preference(preference) for preference in request.preferences]
        require_one_per_service([preference.service_id for preference in wanted])
        _require_windows(wanted)
        await things.require(call.tx, tables.specialist, {"specialist_id": [specialist_id]})
        await things.require(call.tx, tables.service, _services(wanted))
        await things.require(call.tx, tables.room, _rooms(wanted))
        key = {"specialist_id": specialist_id}
        await require_version(call.tx, tables.preference, key, request.expected_version, ChangedMeanwhile)
        row, changed = await preferences.replace(call.tx, specialist_id, wire.to_json(wanted))
        answer = wire.preferences(specialist_id, row)
        if changed:
            call.emit(events.PreferencesSet(preferences=answer), key=answer.specialist_id)
        return answer

    async def GetSpecialist(self, request: pb.GetSpecialistRequest, call: Call) -> pb.Specialist:
        return wire.specialist(await things.get(call.tx, tables.specialist, UUID(request.specialist_id)))

    async def GetPreferences(self, request: pb.GetPreferencesRequest, call: Call) -> pb.Preferences:
        specialist_id = UUID(request.specialist_id)
        await things.require(call.tx, tables.specialist, {"specialist_id": [specialist_id]})
        return wire.preferences(specialist_id, await preferences.find(call.tx, specialist_id))

    async def ListSpecialists(self, request: pb.ListSpecialistsRequest, call: Call) -> pb.ListSpecialistsResponse:
        location_id = UUID(request.location_id) if request.location_id else None
        rows, cursor = await things.list_(call.tx, tables.specialist, Page.of(request, str, UUID), location_id)
        return pb.ListSpecialistsResponse(specialists=map(wire.specialist, rows), next_cursor=cursor)


def _require_windows(wanted: list[pb.Preference]) -> None:
    for n, preference in enumerate(wanted):
        for m, window in enumerate(preference.time_windows):
            field = f"preferences[{n}].time_windows[{m}]"
            starts, ends = wire.minute(window.starts, f"{field}.starts"), wire.minute(window.ends, f"{field}.ends")
            require_window(starts, ends, f"{field}.ends")


def _services(wanted: list[pb.Preference]) -> dict[str, list[UUID]]:
    return {f"preferences[{n}].service_id": [UUID(p.service_id)] for n, p in enumerate(wanted) if p.service_id}


def _rooms(wanted: list[pb.Preference]) -> dict[str, list[UUID]]:
    return {f"preferences[{n}].room_ids": [UUID(id_) for id_ in p.room_ids] for n, p in enumerate(wanted)}
