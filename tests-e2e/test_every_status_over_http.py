"""What becomes of an appointment as a client sees it: each command where it may be given and where not, with status
codes, ETags and problem codes."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from chassis.contract import rpcs
from journeys import Clinic, Person, eventually, new_clinic, sign_in, utc
from suite.machine import Machine

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
VERBS = ("accept", "decline", "confirm", "check-in", "undo-check-in", "start", "complete", "no-show")


@dataclass
class Desk:
    """Where it is about noon and open day and night, so that what begins in some minutes begins today."""

    clinic: Clinic
    service_id: str
    location_id: str
    taken: int = 0

    @property
    def admin(self) -> Person:
        return self.clinic.admin

    def facts(self, start: datetime | None = None) -> dict[str, Any]:
        """Of a booking; at the next time that was not asked for yet, from the next hour on."""
        self.taken += start is None
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        return {
            "serviceId": self.service_id,
            "locationId": self.location_id,
            "providerId": self.clinic.specialist_ids[0],
            "patientId": self.clinic.patient_id,
            "start": (start or hour + HOUR + 20 * MINUTE * self.taken).isoformat(),
        }

    def book(self, who: Person | None = None, start: datetime | None = None) -> dict[str, Any]:
        found: dict[str, Any] = (who or self.admin).post("/appointments", **self.facts(start))["appointment"]
        return found

    def patient(self) -> Person:
        patient = self.admin.get(f"/patients/{self.clinic.patient_id}")
        self.admin.post(f"/patients/{patient['id']}/invite", status=204)
        eventually(lambda: any(m["email"] == patient["email"] for m in self.admin.get("/members")["members"]))
        return sign_in(self.clinic.machine, self.clinic.http, patient["email"])


@pytest.fixture
def desk(clinic: Clinic) -> Desk:
    admin, east = clinic.admin, 12 - datetime.now(UTC).hour
    zone = f"Etc/GMT{-east:+d}" if east else "Etc/UTC"
    location = admin.post("/locations", name="Noon", timeZone=zone)["id"]
    service = admin.post("/services", name="Quick look", durationMinutes=20, startEveryMinutes=5)["id"]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    always = [{"weekday": day, "starts": "00:00", "ends": "00:00"} for day in days]
    admin.put(f"/providers/{clinic.specialist_ids[0]}/weekly-hours/{location}", intervals=always)
    admin.put(f"/services/{service}/booking-policy", needsAcceptance=True)
    return Desk(clinic, service, location)


def sent(who: Person, it: dict[str, Any], what: str, seen: int = 0, **body: Any) -> httpx.Response:
    """`what` is a verb, or a change (PATCH) if it is empty; `seen` goes into If-Match."""
    path = f"/appointments/{it['id']}" + (f"/{what}" if what else "")
    headers = {"If-Match": f'"{seen}"'} if seen else {}
    return who.ask("POST" if what else "PATCH", path, json=body, headers=headers)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert "etag" not in answer.headers


def done(who: Person, answer: httpx.Response, version: int, status: str) -> dict[str, Any]:
    """As it is read, so it was answered."""
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["appointment"]
    assert (answer.headers["etag"], found["version"], found["status"]) == (f'"{version}"', version, status)
    read = who.ask("GET", f"/appointments/{found['id']}")
    assert (read.headers["etag"], read.json()["appointment"]) == (f'"{version}"', found)
    return found


@pytest.mark.covers("B06")
def test_from_a_wish_to_its_end(desk: Desk) -> None:
    admin, patient = desk.admin, desk.patient()
    asked = desk.book(patient)
    assert (asked["status"], asked["version"]) == ("requested", 1)
    for too_early in ("confirm", "check-in", "start", "complete", "no-show"):
        refused(sent(admin, asked, too_early, 1), 409, "ILLEGAL_STATUS")
    for theirs_to_say in ("accept", "decline", "check-in", "start", "complete", "no-show"):
        refused(sent(patient, asked, theirs_to_say, 1), 403, "DENIED")

    steps = (("accept", "scheduled"), ("confirm", "confirmed"), ("check-in", "checked_in"),
             ("undo-check-in", "confirmed"), ("check-in", "checked_in"), ("start", "in_progress"),
             ("complete", "completed"))  # fmt: skip
    for version, (what, status) in enumerate(steps, 1):
        refused(sent(admin, asked, what, version + 7), 412, "APPOINTMENT_CHANGED")
        by = patient if what == "confirm" else admin
        done(by, sent(by, asked, what, version), version + 1, status)
        refused(sent(admin, asked, what, version), 412, "APPOINTMENT_CHANGED")
        refused(sent(admin, asked, what, version + 1), 409, "ILLEGAL_STATUS")
    for what in VERBS:
        refused(sent(admin, asked, what), 409, "ILLEGAL_STATUS")
    refused(sent(admin, asked, "", 8, status="canceled"), 409, "APPOINTMENT_OVER")

    entries = admin.get(f"/appointments/{asked['id']}/timeline")["entries"]
    actions = [
        "booked", "accepted", "confirmed", "checked_in", "check_in_undone", "checked_in", "started", "completed",
    ]  # fmt: skip
    assert [(each["version"], each["action"]) for each in entries] == list(enumerate(actions, 1))
    people = {"booked": patient, "confirmed": patient}
    who = [people.get(each, admin).session["me"]["id"] for each in actions]
    assert [each["changedBy"] for each in entries] == who

    other = desk.book(patient)
    declined = done(admin, sent(admin, other, "decline", reason="on holiday"), 2, "canceled")
    assert declined["reason"] == "on holiday"
    refused(sent(admin, other, "decline"), 409, "ILLEGAL_STATUS")


@pytest.mark.covers("B05", "B06")
def test_moved_and_canceled_by_who_says_what_they_saw(desk: Desk) -> None:
    admin, made = desk.admin, desk.book()
    assert (made["status"], made["version"]) == ("scheduled", 1)
    later = {"start": (utc(made["start"]) + 4 * HOUR).isoformat()}
    for change in (later, {"status": "canceled"}):
        refused(sent(admin, made, "", **change), 428, "PRECONDITION_REQUIRED")
        refused(sent(admin, made, "", 2, **change), 412, "APPOINTMENT_CHANGED")
    moved = done(admin, sent(admin, made, "", 1, **later), 2, "scheduled")
    assert utc(moved["start"]) == utc(later["start"])
    refused(sent(admin, made, "", 2, **later), 409, "NOTHING_TO_CHANGE")
    done(admin, sent(admin, made, "", 2, status="canceled"), 3, "canceled")
    for change in (later, {"status": "canceled"}):
        refused(sent(admin, made, "", 3, **change), 409, "APPOINTMENT_OVER")
    desk.book(start=utc(moved["start"]))


@pytest.mark.covers("B06")
def test_neither_on_another_day_nor_before_it_begins(desk: Desk) -> None:
    admin = desk.admin
    tomorrow = desk.book(start=datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + 24 * HOUR)
    for what, code in (("check-in", "NOT_TODAY"), ("start", "NOT_TODAY"), ("no-show", "NOT_YET")):
        refused(sent(admin, tomorrow, what), 422, code)

    calls = desk.book()
    it_began(desk.clinic.machine, calls)
    # In and out again, so that its events tell of the time that it was moved to behind their back.
    done(admin, sent(admin, calls, "check-in", 1), 2, "checked_in")
    done(admin, sent(admin, calls, "undo-check-in", 2), 3, "confirmed")
    done(admin, sent(admin, calls, "", 3, status="canceled"), 4, "canceled")

    missing = desk.book()
    code = admin.get(f"/appointments/{missing['id']}/check-in-code")["code"]
    it_began(desk.clinic.machine, missing)
    refused(sent(admin, missing, "confirm"), 409, "APPOINTMENT_OVER")
    refused(sent(desk.patient(), missing, "", 1, status="canceled"), 409, "APPOINTMENT_OVER")
    done(admin, sent(admin, missing, "no-show", 1), 2, "no_show")
    refused(sent(admin, missing, "no-show"), 409, "ILLEGAL_STATUS")
    came = httpx.post(f"{desk.clinic.machine.url}/v1/public/check-ins", json={"code": code})
    assert (came.status_code, came.json()["status"], "etag" in came.headers) == (200, "checked_in", False)
    assert admin.ask("GET", f"/appointments/{missing['id']}").headers["etag"] == '"3"'


@pytest.mark.covers("B06", "B10")
def test_of_a_series_each_is_changed_as_if_it_were_alone(desk: Desk) -> None:
    admin = desk.admin
    series = admin.post("/series", **desk.facts(), rrule="FREQ=WEEKLY;COUNT=2")
    first, _ = series["appointments"]
    change = {"appointmentId": first["id"], "scope": "this", "status": "canceled"}
    path = f"/series/{series['id']}"
    refused(admin.ask("PATCH", path, json=change, headers={"If-Match": '"2"'}), 412, "APPOINTMENT_CHANGED")
    canceled = admin.ask("PATCH", path, json=change, headers={"If-Match": '"1"'})
    assert (canceled.status_code, [each["version"] for each in canceled.json()["changed"]]) == (200, [2])
    refused(admin.ask("PATCH", path, json=change), 409, "APPOINTMENT_OVER")
    assert [each["status"] for each in admin.get(path)["appointments"]] == ["canceled", "scheduled"]


@pytest.mark.covers("B06", "G08")
def test_for_strangers_there_is_no_such_appointment(desk: Desk, machine: Machine) -> None:
    made, other = desk.book(), new_clinic(machine).admin
    commands = {
        (binding.verb, binding.path)
        for rpc in rpcs()
        for binding in rpc.bindings
        if not rpc.reads_only and "{appointment_id}" in binding.path
    }
    assert len(commands) > len(VERBS)
    for verb, path in commands:
        for clinic_id in (desk.clinic.id, other.clinic_id):
            address = path.replace("{clinic_id}", clinic_id).replace("{appointment_id}", made["id"])
            assert not re.search("[{}]", address), "another id is to be filled in"
            body = {"status": "canceled"} if verb == "PATCH" else {}
            asked = {"json": body, "headers": {"If-Match": '"1"'}}
            refused(httpx.request(verb, f"{machine.url}{address}", **asked), 401, "UNAUTHENTICATED")
            asked["headers"] |= other.headers
            refused(httpx.request(verb, f"{machine.url}{address}", **asked), 404, "NOT_FOUND")
    assert desk.admin.get(f"/appointments/{made['id']}")["appointment"] == made


def it_began(machine: Machine, it: dict[str, Any]) -> None:
    """Five minutes ago, with all that it takes: nothing is booked in the past, and nobody waits for it to pass."""

    async def run() -> None:
        connection = await asyncpg.connect(machine.environment["DATABASE_OWNER_URL"].format(service="booking"))
        moved = ", ".join(f"{n} = {n} + $2" for n in ("starts_at", "ends_at", "occupied_from", "occupied_until"))
        sooner = datetime.now(UTC).replace(second=0, microsecond=0) - 5 * MINUTE - utc(it["start"])
        try:
            await connection.execute(
                f"WITH a AS (UPDATE appointment SET {moved} WHERE id = $1)"
                " UPDATE claim SET during = tstzrange(lower(during) + $2, upper(during) + $2) WHERE holder = $1",
                it["id"], sooner,
            )  # fmt: skip
        finally:
            await connection.close()

    asyncio.run(run())
