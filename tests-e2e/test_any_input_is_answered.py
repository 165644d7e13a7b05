"""Whatever comes in: a problem document that names what is wrong; never a server error, never half a write."""

import contextlib
import json
import re
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import jwt
import pytest
from conftest import running
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from journeys import Clinic, new_clinic
from suite.machine import Machine
from suite.services import NAMES

MEGABYTE = "x" * 1_000_000


def problem(answer: httpx.Response, status: int, code: str, pointer: str | None = None) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    said: dict[str, Any] = answer.json()
    assert (said["code"], said["status"], said["instance"]) == (code, status, answer.request.url.path)
    assert said["requestId"] == answer.headers["x-request-id"]
    if pointer is not None:
        assert pointer in [e["pointer"] for e in said["errors"]], said["errors"]
    return said


class TestBodies:
    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"start": 7}, "/start"),
            ({"start": "tomorrow"}, "/start"),
            ({"start": "2030-01-01T10:00:00"}, "/start"),
            ({"start": None}, "/start"),
            ({"patientId": "x"}, "/patientId"),
            ({"patientId": ["x"]}, "/patientId"),
            ({"patientId": {}}, "/patientId"),
            ({"notes": 3.5}, "/notes"),
            ({"notes": "x" * 100_000}, "/notes"),
            ({"roomSelectionMode": "loud"}, "/roomSelectionMode"),
            ({"unheardOf": 1}, "/unheardOf"),
        ],
    )
    def test_a_wrong_value_is_named(self, clinic: Clinic, change: dict[str, Any], pointer: str) -> None:
        answer = clinic.book(clinic.slots()[0], **change)
        problem(answer, 400, "INVALID", pointer)
        assert MEGABYTE[:1000] not in answer.text, "what was sent may be about a person and is not sent back"

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"start": "\xff"}', b'{"a":' * 2000, b"NaN"]
    )
    def test_what_is_not_a_json_object_is_refused(self, clinic: Clinic, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        problem(clinic.admin.ask("POST", "/appointments", content=body, headers=headers), 400, "INVALID")

    def test_another_media_type_is_refused(self, clinic: Clinic) -> None:
        answer = clinic.admin.ask("POST", "/locations", content="name=x", headers={"Content-Type": "text/plain"})
        problem(answer, 415, "UNSUPPORTED_MEDIA_TYPE")

    def test_a_megabyte_is_too_large_declared_or_not(self, clinic: Clinic) -> None:
        answer = clinic.admin.ask("POST", "/patients", json={"givenName": MEGABYTE, "familyName": "x"})
        problem(answer, 413, "BODY_TOO_LARGE")
        headers = {"Content-Type": "application/json"}
        for _ in range(40):  # of which one in ten got no answer when the rest was not heard out
            pieces = iter([b'{"givenName": "', MEGABYTE.encode(), b'"}'])
            in_pieces = clinic.admin.ask("POST", "/patients", content=pieces, headers=headers)
            problem(in_pieces, 413, "BODY_TOO_LARGE")

    @pytest.mark.parametrize("text", ["nul\0", "lone \ud800 surrogate"])
    def test_text_that_cannot_be_stored_is_refused(self, clinic: Clinic, text: str) -> None:
        body = json.dumps({"givenName": "Ana", "familyName": text})
        headers = {"Content-Type": "application/json"}
        problem(clinic.admin.ask("POST", "/patients", content=body, headers=headers), 400, "INVALID")


class TestConnections:
    """What nobody wants to read of a request takes nothing from the next one on the same connection."""

    @staticmethod
    def half(machine: Machine, verb: str, path: str, length: int, **headers: str) -> HTTPConnection:
        """A request whose body is still to come."""
        address = urlsplit(machine.url)
        connection = HTTPConnection(str(address.hostname), address.port, timeout=15)
        connection.auto_open = 0  # else one that was closed would be opened again unseen
        connection.connect()
        connection.putrequest(verb, path)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(length))
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection

    def test_a_body_may_come_late_wherever_it_is_sent(self, machine: Machine) -> None:
        paths = httpx.get(f"{machine.url}/openapi.json").json()["paths"]
        asked = [(verb.upper(), re.sub("{.*?}", str(uuid4()), path)) for path, ops in paths.items() for verb in ops]
        asked += [("POST", "/nowhere"), ("GET", "/nowhere"), ("PUT", "/v1/me"), ("POST", "/openapi.json")]
        assert len(asked) > 100
        late = [(self.half(machine, verb, path, 2), verb, path) for verb, path in asked]
        # By now whoever does not read could have answered: the last was sent after all the others had come.
        assert httpx.get(f"{machine.url}/v1/ping").status_code == 204
        for connection, *_ in late:
            connection.send(b"{}")
        for connection, verb, path in late:
            with contextlib.closing(connection):
                answer = connection.getresponse()
                answer.read()
                assert 200 <= answer.status < 500, (verb, path, answer.status)
                connection.request("GET", "/v1/me")
                assert connection.getresponse().status == 401, (verb, path)

    def test_who_never_sends_the_rest_is_answered_and_told_that_this_was_the_last(self, machine: Machine) -> None:
        with contextlib.closing(self.half(machine, "GET", "/v1/me", 10)) as connection:
            answer = connection.getresponse()
            assert (answer.status, answer.headers["connection"]) == (401, "close")
            assert (answer.read()[:1], answer.fp.read() if answer.fp else b"") == (b"{", b"")

    def test_who_sends_without_end_is_not_heard_out(self, machine: Machine) -> None:
        piece = MEGABYTE.encode()
        with contextlib.closing(self.half(machine, "GET", "/v1/me", 24 * len(piece))) as connection:
            with contextlib.suppress(ConnectionError):  # it is closed while we send
                for _ in range(24):
                    connection.send(piece)
            answer = connection.getresponse()
            assert (answer.status, answer.headers["connection"]) == (401, "close")

    def test_who_asks_first_is_told_before_they_send(self, machine: Machine) -> None:
        with contextlib.closing(self.half(machine, "POST", "/v1/clinics", 10, expect="100-continue")) as connection:
            answer = connection.getresponse()
            assert (answer.status, answer.headers["connection"]) == (401, "close")


class TestFacts:
    def test_unknown_things_are_named(self, clinic: Clinic) -> None:
        slot, nobody = clinic.slots()[0], str(uuid4())
        problem(clinic.book(slot, patientId=nobody), 422, "UNKNOWN_PATIENT", "/patientId")
        problem(clinic.book(slot, serviceId=nobody), 422, "UNKNOWN_SERVICE", "/serviceId")
        problem(clinic.book(slot, providerId=nobody), 422, "UNKNOWN_SPECIALIST", "/providerId")
        problem(clinic.book(slot, roomId=nobody), 422, "UNKNOWN_ROOM", "/roomId")
        problem(
            clinic.admin.ask("POST", "/rooms", json={"locationId": nobody, "name": "x", "type": "exam"}),
            422, "UNKNOWN_LOCATION", "/locationId",
        )  # fmt: skip
        problem(
            clinic.admin.ask("PUT", f"/providers/{nobody}/weekly-hours/{clinic.location_id}", json={"intervals": []}),
            422, "UNKNOWN_SPECIALIST", "providerId",
        )  # fmt: skip
        assert clinic.admin.get("/appointments")["appointments"] == []

    def test_times_that_cannot_be_are_refused(self, clinic: Clinic) -> None:
        slot = clinic.slots()[0]
        problem(clinic.book(slot, start="2001-01-01T10:00:00Z"), 422, "IN_THE_PAST")
        problem(clinic.book(slot, end=slot["start"]), 400, "WRONG_END", "/end")
        day = {"weekday": "monday", "starts": "09:00", "ends": "12:00"}
        week = {"intervals": [day, day | {"starts": "11:00", "ends": "17:00"}]}
        hours = f"/providers/{clinic.specialist_ids[0]}/weekly-hours/{clinic.location_id}"
        before = clinic.admin.get(f"/providers/{clinic.specialist_ids[0]}/weekly-hours")
        problem(clinic.admin.ask("PUT", hours, json=week), 400, "HOURS_OVERLAP", "/intervals/1")
        assert clinic.admin.get(f"/providers/{clinic.specialist_ids[0]}/weekly-hours") == before

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ({"start": "2030-01-02", "end": "2030-01-01"}, "end"),
            ({"start": "2030-01-01", "end": "2031-01-01"}, "end"),
            ({"start": "yesterday", "end": "2030-01-01"}, "start"),
            ({"end": "2030-01-01"}, "start"),
            ({"start": "2030-01-01", "end": "2030-01-02", "limit": "many"}, "limit"),
            ({"start": "2030-01-01", "end": "2030-01-02", "limit": -1}, "limit"),
            ({"start": "2030-01-01", "end": "2030-01-02", "serviceId": "7"}, "serviceId"),
        ],
    )
    def test_a_wrong_question_is_named(self, clinic: Clinic, query: dict[str, Any], pointer: str) -> None:
        asked = {"serviceId": clinic.service_id, "locationId": clinic.location_id} | query
        said = problem(clinic.admin.ask("GET", "/availability", params=asked), 400, "INVALID", pointer)
        assert {e["in"] for e in said["errors"]} == {"query"}

    def test_a_cursor_that_is_not_ours_is_named(self, clinic: Clinic) -> None:
        for cursor in ("x", "W10", "bnVsbA"):
            problem(clinic.admin.ask("GET", "/patients", params={"cursor": cursor}), 400, "INVALID", "cursor")


class TestConditions:
    def test_if_match_is_asked_for_and_checked(self, clinic: Clinic) -> None:
        appointment = clinic.book(clinic.slots()[0]).json()["appointment"]
        path, body = f"/appointments/{appointment['id']}", {"status": "canceled"}
        problem(clinic.admin.ask("PATCH", path, json=body), 428, "PRECONDITION_REQUIRED")
        wrong = problem(clinic.admin.ask("PATCH", path, json=body, headers={"If-Match": "x"}), 400, "INVALID")
        assert [(e["in"], e["pointer"]) for e in wrong["errors"]] == [("header", "If-Match")]
        problem(clinic.admin.ask("PATCH", path, json=body, headers={"If-Match": '"9"'}), 412, "APPOINTMENT_CHANGED")
        foreign = clinic.admin.ask("PATCH", path, json=body, headers={"If-Match": '"etag-value"'})
        problem(foreign, 412, "STALE")
        assert clinic.admin.get(path)["appointment"]["status"] == appointment["status"]
        assert clinic.admin.ask("PATCH", path, json=body, headers={"If-Match": "*"}).status_code == 200

    def test_a_key_comes_back_with_its_answer_and_not_with_another_request(self, clinic: Clinic) -> None:
        first, second = clinic.slots()[0], clinic.slots()[4]
        answer = clinic.book(first, key="mine")
        assert answer.status_code == 201
        assert clinic.book(first, key="mine").json() == answer.json()
        problem(clinic.book(second, key="mine"), 422, "KEY_REUSED")
        assert len(clinic.admin.get("/appointments")["appointments"]) == 1

    def test_other_methods_and_addresses_have_problems_too(self, clinic: Clinic) -> None:
        answer = clinic.admin.ask("DELETE", "/appointments")
        problem(answer, 405, "METHOD_NOT_ALLOWED")
        assert answer.headers["allow"] == "GET, POST"
        problem(clinic.admin.ask("GET", "/nothing"), 404, "NOT_FOUND")


class TestTokens:
    @pytest.fixture(params=["none", "noise", "forged", "unsigned", "key", "cut"])
    def wrong(self, request: pytest.FixtureRequest, clinic: Clinic) -> str:
        token = clinic.admin.session["accessToken"]
        facts = jwt.decode(token, options={"verify_signature": False})
        kid = jwt.get_unverified_header(token)["kid"]
        return {
            "none": "",
            "noise": "Bearer \u00ff.x.y",
            "forged": "Bearer " + jwt.encode(facts, Ed25519PrivateKey.generate(), "EdDSA", {"kid": kid}),
            "unsigned": "Bearer " + jwt.encode(facts, None, "none", {"kid": kid}),
            "key": "Bearer amb_" + "a" * 43,
            "cut": f"Bearer {token[:-6]}",
        }[request.param]

    def test_is_answered_with_401_before_anything_else(self, clinic: Clinic, wrong: str) -> None:
        headers = {"Authorization": wrong.encode("latin-1")} if wrong else {}
        for method, path in (("GET", "/appointments"), ("POST", "/appointments"), ("GET", "/availability")):
            answer = httpx.request(method, f"{clinic.machine.url}/v1/clinics/{clinic.id}{path}", headers=headers)
            problem(answer, 401, "UNAUTHENTICATED")
            assert answer.headers["www-authenticate"] == "Bearer"

    def test_one_that_has_expired_is_refused(self, clinic: Clinic) -> None:
        token = clinic.admin.session["accessToken"]
        key_file = clinic.machine.environment["ACCESS_KEY_FILE"]
        facts = jwt.decode(token, options={"verify_signature": False}) | {"exp": 1_700_000_000}
        kid = jwt.get_unverified_header(token)["kid"]
        old = jwt.encode(facts, Path(key_file).read_bytes(), "EdDSA", {"kid": kid})
        answer = httpx.get(
            f"{clinic.machine.url}/v1/clinics/{clinic.id}/appointments", headers={"Authorization": f"Bearer {old}"}
        )
        problem(answer, 401, "UNAUTHENTICATED")


_SCHEMATHESIS = """
[parameters]
"path.clinicId" = "{clinic}"

[[operations]]
include-operation-id = "ListenToEvents"
enabled = false  # answers for as long as the connection holds

[checks]
positive_data_acceptance.enabled = false  # a body of the right form may still speak of things that are not there
negative_data_rejection.expected-statuses = ["4XX", "5XX"]
missing_required_header.expected-statuses = ["4XX"]  # If-Match is missed with 428 (RFC 6585)
"""


@pytest.mark.covers("G01")
def test_schemathesis_finds_no_fault_with_the_openapi_document(tmp_path: Path) -> None:
    """Its coverage, fuzzing and stateful phases over every operation. A failure says how to repeat the request."""
    with running(tmp_path / "suite", [list(NAMES)]) as machine:
        clinic = new_clinic(machine)
        config = tmp_path / "schemathesis.toml"
        config.write_text(_SCHEMATHESIS.format(clinic=clinic.id))
        tool = Path(sys.executable).with_name("schemathesis")
        given = ["--config-file", config, "run", f"{machine.url}/openapi.json", "--max-examples", "10", "--seed", "1"]
        token = ["--header", f"Authorization: {clinic.admin.headers['Authorization']}"]
        run = subprocess.run(
            [tool, *given, *token], capture_output=True, text=True, timeout=480, check=False, cwd=tmp_path
        )
        assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
