"""What journeys are made of: people who do things with a clinic, over HTTP."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
from ambulo.identity.v1 import clinics_pb2, memberships_pb2
from ambulo_client import Ambulo
from suite.machine import Machine
from suite.operator import Operator

T = TypeVar("T")

ZONE = "Europe/Bucharest"
GENEROUS = {"RATE_LIMITS": '{"scale": 10000}'}
"""For a suite in which one person does what thousands do."""


def eventually(look: Callable[[], T], *, seconds: float = 15, what: str = "it") -> T:
    """The first true value of `look`; fails when the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} s"
        time.sleep(0.05)


@dataclass
class Person:
    """Somebody with an access token and a clinic."""

    http: httpx.Client
    clinic_id: str
    session: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session['accessToken']}"}

    @cached_property
    def api(self) -> Ambulo:
        """What programs use; below it is HTTP as it is, for what they never see."""
        return Ambulo(str(self.http.base_url), access_token=self.session["accessToken"])

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = self.headers | more.pop("headers", {})
        return self.http.request(method, f"/v1/clinics/{self.clinic_id}{path}", headers=headers, **more)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, path: str, **body: Any) -> Any:
        answer = self.ask("PUT", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, status: int = 201, **body: Any) -> Any:
        answer = self.ask("POST", path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


def sign_in(machine: Machine, http: httpx.Client, email: str, clinic_id: str = "") -> Person:
    """By magic link: ask, read the mail, follow the link."""
    before = len(mails(machine, email))
    asked = http.post("/v1/sign-in-links", json={"email": email})
    assert asked.status_code == 204, asked.text
    found = eventually(lambda: m if len(m := mails(machine, email)) > before else None, what=f"mail to {email}")
    token = re.search(r"token=([\w-]+)", found[0]["text"])
    assert token is not None
    body = {"token": token[1]} | ({"clinicId": clinic_id} if clinic_id else {})
    answer = http.post("/v1/sessions", json=body)
    assert answer.status_code == 200, answer.text
    return Person(http, answer.json()["clinicId"], answer.json())


def mails(machine: Machine, email: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{machine.addresses.mail_url}/messages", params={"to": email}).json()
    return found


@dataclass
class Clinic:
    machine: Machine
    id: str
    admin: Person
    location_id: str
    specialist_ids: list[str]
    room_ids: list[str]
    service_id: str
    patient_id: str
    http: httpx.Client = field(repr=False)
    patient_ids: list[str] = field(default_factory=list)
    """More of them, if there are."""

    def day(self, ahead: int = 7) -> datetime:
        """Midnight of a working day to come, local time."""
        day = datetime.now(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=ahead)
        while day.weekday() > 4:
            day += timedelta(days=1)
        return day

    def slots(self, who: Person | None = None, **more: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.availability(who, **more)["slots"]
        return found

    def availability(self, who: Person | None = None, **more: Any) -> dict[str, Any]:
        """Of a day; the whole answer."""
        day = more.pop("day", None) or self.day()
        found: dict[str, Any] = (who or self.admin).get(
            "/availability",
            serviceId=self.service_id,
            locationId=self.location_id,
            start=day.strftime("%Y-%m-%dT%H:%M"),
            end=(day + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
            limit=1000,
            **more,
        )
        return found

    def booking(self, slot: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "patientId": self.patient_id,
            "serviceId": self.service_id,
            "providerId": slot["provider"]["id"],
            "start": slot["start"],
        } | more

    def book(self, slot: dict[str, Any], who: Person | None = None, key: str = "", **more: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return (who or self.admin).ask("POST", "/appointments", json=self.booking(slot, **more), headers=headers)


def new_clinic(machine: Machine) -> Clinic:
    http = httpx.Client(base_url=machine.url, timeout=15)
    clinic_id, email = str(uuid4()), f"admin-{uuid4().hex[:12]}@example.com"
    asyncio.run(_found(machine, clinic_id, email))
    admin = sign_in(machine, http, email)
    assert admin.clinic_id == clinic_id
    location = admin.post("/locations", name="Centre", timeZone=ZONE)["id"]
    rooms = [admin.post("/rooms", locationId=location, name=f"Room {n}", type="exam")["id"] for n in (1, 2)]
    specialists = [
        admin.post("/providers", name=f"Dr. {name}", specialty="Physiotherapy", locationIds=[location])["id"]
        for name in ("Ana", "Bogdan")
    ]
    service = admin.post(
        "/services", name="Follow-up", durationMinutes=30, bufferAfterMinutes=15, requiresRoom=True, roomType="exam"
    )
    patient = admin.post("/patients", givenName="Ioana", familyName="Pop", email=f"p-{uuid4().hex[:10]}@example.com")
    week = [
        {"weekday": d, "starts": "09:00", "ends": "17:00"}
        for d in ("monday", "tuesday", "wednesday", "thursday", "friday")
    ]
    clinic = Clinic(machine, clinic_id, admin, location, specialists, rooms, service["id"], patient["id"], http)
    for specialist in specialists:
        admin.put(f"/providers/{specialist}/weekly-hours/{location}", intervals=week)
    return clinic


async def _found(machine: Machine, clinic_id: str, email: str) -> None:
    async with Operator(machine.environment) as operator:
        clinic = clinics_pb2.DefineClinicRequest(
            clinic_id=clinic_id, name=f"Clinic {clinic_id[:8]}", slug=f"c-{clinic_id[:13]}", time_zone=ZONE
        )
        await operator.call("identity.v1.ClinicService", "DefineClinic", clinic, UUID(clinic_id))
        admin = memberships_pb2.InviteMemberRequest(clinic_id=clinic_id, email=email, role=memberships_pb2.ROLE_ADMIN)
        await operator.call("identity.v1.MembershipService", "InviteMember", admin, UUID(clinic_id))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
