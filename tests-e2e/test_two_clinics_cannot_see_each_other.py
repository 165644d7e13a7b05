"""Every route of the OpenAPI document, tried with the other clinic's ids: generated from the document, none by hand."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from journeys import Clinic, Person, new_clinic
from suite.machine import Machine


@pytest.fixture
def other(machine: Machine) -> Clinic:
    return new_clinic(machine)


def routes(http: httpx.Client) -> list[tuple[str, str, dict[str, Any]]]:
    """Those of a clinic; but for what it shows to everybody."""
    paths = http.get("/openapi.json").json()["paths"]
    all_ = [(verb.upper(), path, op) for path, ops in paths.items() for verb, op in ops.items()]
    return [(verb, path, op) for verb, path, op in all_ if "{clinicId}" in path and op["security"]]


def ids_of(clinic: Clinic) -> dict[str, str]:
    """A real thing of the clinic for every path parameter there is."""
    appointment = clinic.book(clinic.slots()[0]).json()["appointment"]
    account = clinic.admin.post("/service-accounts", name="Partner", permissions=["clinic.read"])
    key = clinic.admin.post(f"/service-accounts/{account['id']}/keys")
    provider = clinic.specialist_ids[0]
    day = clinic.day(20)
    start, end = day.isoformat(), (day + timedelta(days=1)).isoformat()
    override = clinic.admin.post(f"/providers/{provider}/overrides", kind="unavailable", start=start, end=end)
    equipment = clinic.admin.post("/equipment", locationId=clinic.location_id, name="Lasers", type="laser", quantity=2)
    time_off = clinic.admin.post("/time-off", providerId=provider, start=start, end=end)
    feed = clinic.admin.post("/feeds", providerId=provider)
    downtime = clinic.admin.post("/downtime", roomId=clinic.room_ids[1], start=start, end=end)
    return {
        "clinicId": clinic.id,
        "equipmentId": equipment["id"],
        "timeOffId": time_off["id"],
        "downtimeId": downtime["id"],
        "feedId": feed["id"],
        "appointmentId": appointment["id"],
        "locationId": clinic.location_id,
        "roomId": clinic.room_ids[0],
        "serviceId": clinic.service_id,
        "providerId": provider,
        "patientId": clinic.patient_id,
        "serviceAccountId": account["id"],
        "keyId": key["id"],
        "overrideId": override["id"],
    }


def example(http: httpx.Client, operation: dict[str, Any], ids: dict[str, str]) -> dict[str, Any] | None:
    """A body that is right in itself: ids of the clinic, and plausible values of each required field."""
    body = operation.get("requestBody")
    if body is None:
        return None
    schemas = http.get("/openapi.json").json()["components"]["schemas"]
    schema = schemas[body["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]]

    def value(name: str, spec: dict[str, Any]) -> Any:
        if name in ids:
            return ids[name]
        plain = {
            "email": f"{uuid4().hex[:8]}@example.com",
            "timeZone": "Europe/Bucharest",
            "slug": f"s-{uuid4().hex[:8]}",
        }
        if name in plain:
            return plain[name]
        if "$ref" in spec:
            return {n: value(n, s) for n, s in schemas[spec["$ref"].rsplit("/", 1)[1]].get("properties", {}).items()}
        match spec.get("type"):
            case "integer":
                return spec.get("minimum", 0) or 1
            case "array":
                return [ids["providerId"]] if "uuid" in str(spec) else ["clinic.read"]
            case _ if "enum" in spec:
                return spec["enum"][0]
            case _ if spec.get("format") == "date-time":
                return "2027-03-01T09:00:00Z" if name != "end" else "2027-03-01T10:00:00Z"
            case _:
                return f"x{uuid4().hex[:8]}"

    body = {name: value(name, schema["properties"][name]) for name in schema.get("required", [])}
    # What a rule across fields wants: PATCH of an appointment is a move or a cancellation.
    return body or ({"status": "canceled"} if "status" in schema["properties"] else {})


def a_time(parameter: dict[str, Any]) -> str:
    """Of a stretch of a day."""
    day = "2027-03-02" if parameter["name"] in ("end", "until") else "2027-03-01"
    return f"{day}T09:00:00Z" if parameter["schema"].get("format") == "date-time" else day


def ask(person: Person, verb: str, path: str, ids: dict[str, str], body: Any, query: dict[str, str]) -> httpx.Response:
    for name, id_ in ids.items():
        path = path.replace("{" + name + "}", id_)
    headers = person.headers | {"If-Match": '"1"'}
    return person.http.request(verb, path, headers=headers, json=body, params=query)


@pytest.mark.covers("G08", "G10")
def test_no_route_answers_for_another_clinic(clinic: Clinic, other: Clinic) -> None:
    theirs, mine = ids_of(other), ids_of(clinic)
    tried = 0
    for verb, path, operation in routes(clinic.http):
        body = example(clinic.http, operation, theirs)
        query = {
            p["name"]: theirs.get(p["name"]) or a_time(p)
            for p in operation["parameters"]
            if p["in"] == "query" and p.get("required")
        }
        whole = ask(clinic.admin, verb, path, theirs, body, query)
        assert whole.status_code == 404, (
            f"{verb} {path} with the other clinic's address: {whole.status_code} {whole.text}"
        )
        foreign_parts = [name for name in theirs if name != "clinicId" and "{" + name + "}" in path]
        if foreign_parts and verb != "PUT":
            # My clinic in the address, their things behind it. (PUT makes a thing of mine with that id.)
            answer = ask(clinic.admin, verb, path, theirs | {"clinicId": mine["clinicId"]}, body, query)
            empty_list = verb == "GET" and answer.status_code == 200 and not any(v for v in answer.json().values())
            assert answer.status_code in (404, 422) or empty_list, f"{verb} {path}: {answer.status_code} {answer.text}"
        assert "Ioana" not in whole.text
        tried += 1
    assert tried > 25
    untouched = other.admin.get(f"/appointments/{theirs['appointmentId']}")["appointment"]
    assert untouched["version"] == 1


@pytest.mark.covers("G08")
def test_lists_hold_only_what_is_mine(clinic: Clinic, other: Clinic) -> None:
    ids_of(other)
    for path in (
        "/patients",
        "/providers",
        "/rooms",
        "/locations",
        "/services",
        "/members",
        "/appointments",
        "/service-accounts",
    ):
        seen = clinic.admin.get(path)
        foreign = {other.patient_id, *other.specialist_ids, *other.room_ids, other.location_id, other.service_id}
        assert not any(id_ in str(seen) for id_ in foreign), path


@pytest.mark.covers("G10", "I05")
def test_anonymous_callers_get_nowhere(clinic: Clinic) -> None:
    for verb, path, _ in routes(clinic.http):
        for name in ("clinicId",):
            path = path.replace("{" + name + "}", clinic.id)
        path = path.replace("{", "").replace("}", "")
        assert clinic.http.request(verb, path, json={}).status_code == 401, f"{verb} {path}"
