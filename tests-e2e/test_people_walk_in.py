"""People come without an appointment and are told how long they wait; others say with a code that they are there."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from journeys import Clinic, Person, eventually, sign_in, utc
from listening_in import listening
from pictures import read_qr
from suite.verification import verify

MINUTE = timedelta(minutes=1)


@dataclass
class House:
    """A location where it is about noon, open day and night; Dr. Ana is there and gives a service of 20 minutes."""

    clinic: Clinic
    location_id: str
    ana: str
    room_id: str
    service_id: str

    @property
    def desk(self) -> Person:
        return self.clinic.admin

    def patient(self, name: str) -> dict[str, Any]:
        email = f"{name.lower()}-{uuid4().hex[:8]}@example.com"
        found: dict[str, Any] = self.desk.post("/patients", givenName=name, familyName="Walk", email=email)
        return found

    def signed_in(self, patient: dict[str, Any]) -> Person:
        self.desk.post(f"/patients/{patient['id']}/invite", status=204)
        members = self.desk.get
        eventually(lambda: any(m["email"] == patient["email"] for m in members("/members")["members"]), what="them")
        return sign_in(self.clinic.machine, self.clinic.http, patient["email"])

    def joins(self, patient: dict[str, Any], **more: Any) -> dict[str, Any]:
        facts = {"locationId": self.location_id, "serviceId": self.service_id, "patientId": patient["id"]}
        made: dict[str, Any] = self.desk.post("/walk-ins", **(facts | more))
        return made

    def queue(self, who: Person | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (who or self.desk).get("/walk-ins", locationId=self.location_id)["walkIns"]
        return found

    def does(self, it: dict[str, Any], verb: str, who: Person | None = None, **body: Any) -> httpx.Response:
        return (who or self.desk).ask("POST", f"/walk-ins/{it['id']}/{verb}", json=body)

    def offered(self, within: timedelta = 60 * MINUTE) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        found: list[dict[str, Any]] = self.desk.get(
            "/availability",
            serviceId=self.service_id,
            locationId=self.location_id,
            start=now.isoformat(),
            end=(now + within).isoformat(),
            limit=1000,
        )["slots"]
        return found


@pytest.fixture
def house(clinic: Clinic) -> House:
    admin, east = clinic.admin, 12 - datetime.now(UTC).hour
    zone = f"Etc/GMT{-east:+d}" if east else "Etc/UTC"
    location = admin.post("/locations", name="Walk-in", timeZone=zone)["id"]
    room = admin.post("/rooms", locationId=location, name="Blue", type="exam")["id"]
    service = admin.post("/services", name="Quick look", durationMinutes=20, startEveryMinutes=5)["id"]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    always = [{"weekday": day, "starts": "00:00", "ends": "00:00"} for day in days]
    admin.put(f"/providers/{clinic.specialist_ids[0]}/weekly-hours/{location}", intervals=always)
    return House(clinic, location, clinic.specialist_ids[0], room, service)


@pytest.mark.covers("B15")
def test_three_wait_are_called_and_seen_in_turn(house: House) -> None:
    day = f"location:{house.location_id}:{datetime.now(UTC) + timedelta(hours=12 - datetime.now(UTC).hour):%F}"
    patients = [house.patient(name) for name in ("Anca", "Bela", "Cora")]
    with listening(house.clinic, day) as board:
        first, second, third = [house.joins(each) for each in patients]
        assert [board.next("walkIn.joined")["payload"]["walkInId"] for _ in range(3)] == [
            first["id"], second["id"], third["id"],
        ]  # fmt: skip
        assert [each["position"] for each in (first, second, third)] == [1, 2, 3]
        assert [each["expectedWait"]["minutes"] for each in (first, second, third)] == [0, 20, 40]
        again = house.desk.ask(
            "POST",
            "/walk-ins",
            json={"locationId": house.location_id, "serviceId": house.service_id, "patientId": patients[0]["id"]},
        )
        assert (again.status_code, again.json()["code"]) == (409, "ALREADY_QUEUED")

        path = f"/walk-ins/{third['id']}"
        assert house.desk.ask("PATCH", path, json={"urgent": True}).status_code == 400, "only with a reason"
        moved = house.desk.ask("PATCH", path, json={"urgent": True, "reason": "fever"}, headers={"If-Match": '"1"'})
        assert (moved.status_code, moved.json()["position"], moved.headers["ETag"]) == (200, 1, '"2"')
        assert [each["id"] for each in house.queue()] == [third["id"], first["id"], second["id"]]
        assert [each["expectedWait"]["minutes"] for each in house.queue()] == [0, 20, 40]

        called = house.does(third, "call", providerId=house.ana, roomId=house.room_id)
        assert (called.status_code, called.json()["status"], called.json()["roomId"]) == (200, "called", house.room_id)
        heard = [board.next("walkIn.updated")["payload"] for _ in range(2)]
        assert [(each["status"], each["urgent"], each["roomId"]) for each in heard] == [
            ("waiting", True, None), ("called", True, house.room_id),
        ]  # fmt: skip

    served = house.does(third, "serve").json()
    assert served["status"] == "serving"
    visit = house.desk.get(f"/appointments/{served['appointmentId']}")["appointment"]
    assert (visit["status"], visit["providerId"], visit["roomId"]) == ("in_progress", house.ana, house.room_id)
    assert utc(visit["end"]) - utc(visit["start"]) == 20 * MINUTE
    assert all(utc(slot["start"]) >= utc(visit["end"]) for slot in house.offered())
    clash = house.does(first, "serve", providerId=house.ana)
    assert (clash.status_code, clash.json()["code"]) == (409, "SLOT_TAKEN")
    assert utc(clash.json()["facts"]["providerTakenUntil"]) == utc(visit["end"])
    assert house.queue()[0]["expectedWait"]["minutes"] in (15, 20)

    over = house.desk.post(f"/appointments/{visit['id']}/complete", status=200)["appointment"]
    assert utc(over["end"]) < utc(visit["end"]), "it was over early"
    assert house.desk.get(path)["status"] == "done"
    assert any(utc(slot["start"]) < utc(visit["end"]) for slot in house.offered())

    gone = house.does(first, "leave", reason="has to catch a train")
    assert (gone.status_code, gone.json()["status"]) == (200, "left")
    assert [(each["id"], each["position"]) for each in house.queue()] == [(second["id"], 1)]
    assert house.queue()[0]["expectedWait"]["minutes"] <= 5
    assert house.does(second, "serve", providerId=house.ana).json()["status"] == "serving"
    actions = house.desk.get(f"/appointments/{visit['id']}/timeline")["entries"]
    assert [(each["version"], each["action"], each["status"]) for each in actions] == [
        (1, "booked", "in_progress"), (2, "completed", "completed"),
    ]  # fmt: skip
    report = asyncio.run(verify(["booking"], house.clinic.machine.environment))
    assert report.is_clean, list(report.lines())


@pytest.mark.covers("B15")
def test_who_waits_sees_themselves_and_nobody_else(house: House) -> None:
    anca, bela = house.patient("Anca"), house.patient("Bela")
    first, mine = house.joins(anca), house.joins(bela)
    me = house.signed_in(bela)
    (seen,) = house.queue(me)
    assert (seen["id"], seen["position"], seen["expectedWait"]["minutes"]) == (mine["id"], 2, 20)
    assert anca["id"] not in me.ask("GET", "/walk-ins", params={"locationId": house.location_id}).text
    assert me.ask("GET", f"/walk-ins/{first['id']}").status_code == 404
    assert house.does(first, "leave", me).status_code == 404
    assert house.does(mine, "serve", me).status_code == 403
    assert house.does(mine, "leave", me, reason="feeling better").json()["status"] == "left"
    assert house.queue(me) == []


def checks_in(house: House, code: str) -> httpx.Response:
    """At a kiosk: nobody is signed in."""
    return httpx.post(f"{house.clinic.machine.url}/v1/public/check-ins", json={"code": code})


@pytest.mark.covers("B15")
def test_a_patient_checks_in_with_the_qr_code(house: House) -> None:
    dana = house.patient("Dana")
    facts = {"serviceId": house.service_id, "providerId": house.ana, "patientId": dana["id"]}
    start = house.offered(within=150 * MINUTE)[6]["start"]
    made = house.desk.post("/appointments", **facts, locationId=house.location_id, start=start)["appointment"]
    later = (utc(start) + timedelta(days=7)).isoformat()
    next_week = house.desk.post("/appointments", **facts, locationId=house.location_id, start=later)["appointment"]

    me = house.signed_in(dana)
    code = me.get(f"/appointments/{made['id']}/check-in-code")
    read = read_qr(code["svg"])
    assert read == code["url"]
    assert read.startswith(f"{house.clinic.machine.url}/check-in?code=")
    assert utc(code["validUntil"]) == utc(made["end"])

    there = checks_in(house, read)
    assert (there.status_code, there.json()["status"], there.json()["start"]) == (200, "checked_in", made["start"])
    wait = utc(made["start"]) - datetime.now(UTC)
    assert abs(there.json()["expectedWait"]["minutes"] * MINUTE - wait) <= 6 * MINUTE
    assert not any(id_ in there.text for id_ in (dana["id"], made["id"], house.ana))
    assert checks_in(house, code["code"]).json()["status"] == "checked_in", "twice is as once"
    assert house.desk.get(f"/appointments/{made['id']}")["appointment"]["version"] == 2

    page = httpx.get(read)
    assert page.status_code == 200
    assert code["code"] in page.text
    done = httpx.post(read.partition("?")[0], data={"code": code["code"]})
    assert (done.status_code, "You are checked in" in done.text) == (200, True)
    assert f"begins at {made['start'][11:16]}" in done.text
    assert httpx.post(read.partition("?")[0], data={"code": "<b>"}).status_code == 404

    early = checks_in(house, me.get(f"/appointments/{next_week['id']}/check-in-code")["code"])
    assert (early.status_code, early.json()["code"]) == (422, "NOT_TODAY")
    for wrong in ("A" * 64, code["code"][:-3] + "AAA", "no code"):
        unknown = checks_in(house, wrong)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "UNKNOWN_CODE")
    other = house.signed_in(house.patient("Emil"))
    assert other.ask("GET", f"/appointments/{made['id']}/check-in-code").status_code == 404
