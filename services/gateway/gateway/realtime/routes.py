"""Where it can be reached, and how that is documented."""

from importlib.resources import files
from typing import Annotated, Any, Final
from uuid import UUID

from chassis.errors import FieldViolation, Invalid, Unauthenticated
from fastapi import APIRouter, Header, Query, Request, Response
from starlette.routing import WebSocketRoute

from gateway.problems import Problem
from gateway.realtime.realtime import Realtime
from gateway.realtime.sse import open_stream
from gateway.realtime.ws import Sockets

_KNOWN: Final = {
    "clinicId", "channels", "providerId", "locationId", "date", "patientId", "token", "lastEventId", "secondsAgo",
}  # fmt: skip
_A_WEEK_S: Final = 7 * 24 * 3600
_TEXT: Final = """Appointments and free times as they change. `event` is the type, `id` where to resume from, `data` the
payload of the message with its `metadata`. Also as a WebSocket, `/v1/realtime/ws`: see [how](/docs/realtime).

Name channels in `channels`, or by `providerId`, `locationId` with `date`, and `patientId`; `clinicId` alone is all of
the clinic. Staff who may read appointments hear everything. Patients hear of their own appointments, and, like whoever
has no token, that free times of a provider or a location have changed (`availability.invalidated`)."""
_EXAMPLE: Final = """event: availability.invalidated
id: b123.s45
data: {"timeRange": {"start": "2026-02-20T09:00:00-05:00", "end": "2026-02-20T09:45:00-05:00"},
"providerId": "0199f3a0-0000-7000-8000-000000000000", "locationId": null,
"metadata": {"eventId": "b123.s45", "timestamp": "2026-02-15T10:30:00Z"}}
"""
_PROBLEM: Final[dict[str, Any]] = {
    "description": "A problem document.",
    "model": Problem,
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events, for as long as the connection holds.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    },
    **dict.fromkeys((400, 401, 403, 404, 429), _PROBLEM),
}


def add_to(router: APIRouter, realtime: Realtime) -> None:
    router.routes.append(WebSocketRoute("/v1/realtime/ws", Sockets(realtime)))
    found = APIRouter()

    @found.get(
        "/v1/realtime/sse",
        operation_id="ListenToEvents",
        tags=["realtime"],
        summary="Listen to what changes",
        description=_TEXT,
        response_class=Response,
        responses=_RESPONSES,
        openapi_extra={"security": [{"bearer": []}, {}]},
    )
    async def listen(
        request: Request,
        clinic_id: Annotated[UUID, Query(alias="clinicId", description="The clinic; the token's, if there is one.")],
        channels: Annotated[str, Query(description="Channels, with commas between.", max_length=8000)] = "",
        provider_id: Annotated[UUID | None, Query(alias="providerId")] = None,
        location_id: Annotated[UUID | None, Query(alias="locationId", description="Needs a date.")] = None,
        date: Annotated[str, Query(description="A day of the location, YYYY-MM-DD.", max_length=10)] = "",
        patient_id: Annotated[UUID | None, Query(alias="patientId")] = None,
        token: Annotated[str, Query(description="As in Authorization, which browsers cannot send here.")] = "",
        last_event_id: Annotated[str, Query(alias="lastEventId", description="As in Last-Event-ID.")] = "",
        seconds_ago: Annotated[
            int,
            Query(
                alias="secondsAgo",
                ge=0,
                le=_A_WEEK_S,
                description="For who has no event's id yet: how long ago they began to read what they have. They are"
                " told first what was said since; or `reset`, if that is not known any more.",
            ),
        ] = 0,
        last: Annotated[str, Header(alias="Last-Event-ID", description="Of the last event that was heard.")] = "",
    ) -> Response:
        _require_known(request)
        names = [name for name in channels.split(",") if name]
        names += [f"provider:{provider_id}"] if provider_id is not None else []
        names += [f"location:{location_id}:{date}"] if location_id is not None else []
        names += [f"patient:{patient_id}"] if patient_id is not None else []
        return await open_stream(
            realtime,
            request.scope,
            clinic_id=clinic_id,
            token=_bearer(request) or token,
            names=names or [f"clinic:{clinic_id}"],
            last=last or last_event_id,
            seconds_ago=seconds_ago,
        )

    @found.get("/docs/realtime", include_in_schema=False)
    async def documentation() -> Response:
        text = files("gateway.realtime").joinpath("README.md").read_text()
        return Response(text, media_type="text/markdown; charset=utf-8")

    router.routes.extend(found.routes)


def _bearer(request: Request) -> str:
    sent = request.headers.get("authorization", "")
    scheme, _, token = sent.partition(" ")
    if sent and (scheme.lower() != "bearer" or not token):
        raise Unauthenticated("Send Authorization: Bearer and a token")
    return token


def _require_known(request: Request) -> None:
    """A parameter with a slip of the pen would be ignored, and other events be heard."""
    unknown = [name for name in request.query_params if name not in _KNOWN]
    if unknown:
        raise Invalid(fields=[FieldViolation(name, "is not known here") for name in unknown])
