"""The main journey: sign in, find a time, book it, move it, cancel it."""

from uuid import uuid4

import httpx
import pytest
from ambulo_client import Problem
from journeys import ZONE, Clinic, Person, eventually, sign_in, utc


@pytest.mark.covers("I06", "B01", "B05", "B13", "S05", "S07", "G04")
def test_a_receptionist_books_moves_and_cancels(clinic: Clinic) -> None:
    slots = clinic.slots()
    first = slots[0]
    assert first["start"].startswith(clinic.day().strftime("%Y-%m-%dT09:00:00"))
    assert utc(first["start"]) == utc(first["startUTC"])

    api = clinic.admin.api
    booked = api.book_appointment(
        clinic.id,
        patient_id=clinic.patient_id,
        service_id=clinic.service_id,
        provider_id=first["provider"]["id"],
        start=first["start"],
    ).appointment
    assert booked
    assert (booked.status, booked.start) == ("scheduled", first["start"])
    assert booked.room_id in clinic.room_ids

    # The buffer after keeps the specialist for a quarter of an hour more.
    mine = {"providerIds": first["provider"]["id"]}
    gone = {utc(s["start"]) for s in slots if s["provider"] == first["provider"]}
    assert first not in clinic.slots(**mine)
    gone -= {utc(s["start"]) for s in clinic.slots(**mine)}
    assert {t.strftime("%H:%M") for t in gone} == {utc(first["start"]).strftime("%H:%M"), *_next_two(slots, first)}

    listed = api.list_appointments(clinic.id, date=clinic.day().date()).appointments
    assert [a.id for a in listed] == [booked.id]

    later = clinic.slots(**mine)[4]
    for seen, status, reason in ((None, 428, "PRECONDITION_REQUIRED"), (7, 412, "APPOINTMENT_CHANGED")):
        with pytest.raises(Problem) as raised:
            api.change_appointment(clinic.id, booked.id, start=later["start"], if_match=seen)
        assert (raised.value.status, raised.value.reason) == (status, reason)
    moved = api.change_appointment(
        clinic.id, booked.id, start=later["start"], reason="asked", if_match=booked
    ).appointment
    assert moved
    assert (moved.start, moved.version) == (later["start"], 2)
    assert clinic.admin.ask("GET", f"/appointments/{booked.id}").headers["etag"] == '"2"'
    assert first in clinic.slots(**mine)

    canceled = api.change_appointment(clinic.id, booked.id, status="canceled", reason="ill", if_match=moved).appointment
    assert canceled
    assert canceled.status == "canceled"
    assert later in clinic.slots(**mine)
    with pytest.raises(Problem, match="409"):
        api.change_appointment(clinic.id, booked.id, status="canceled", if_match=canceled)


@pytest.mark.covers("B02")
def test_a_visit_moves_to_another_room_and_stays_at_its_location(clinic: Clinic) -> None:
    elsewhere = str(uuid4())
    clinic.admin.put(f"/locations/{elsewhere}", name="A second place", timeZone=ZONE)
    room = clinic.admin.post("/rooms", locationId=elsewhere, name="Far room", type="exam")["id"]
    slot = clinic.slots(providerIds=clinic.specialist_ids[0])[0]
    booked = clinic.book(slot).json()["appointment"]
    path = f"/appointments/{booked['id']}"
    other = next(each for each in clinic.room_ids if each != booked["roomId"])

    def change(version: int, **what: str) -> httpx.Response:
        return clinic.admin.ask("PATCH", path, json=what, headers={"If-Match": f'"{version}"'})

    moved = change(1, start=booked["start"], roomId=other)
    assert moved.status_code == 200, moved.text
    assert (moved.json()["appointment"]["roomId"], moved.json()["appointment"]["start"]) == (other, booked["start"])
    assert change(2, start=booked["start"], roomId=other).json()["code"] == "NOTHING_TO_CHANGE"
    unfit = change(2, start=booked["start"], roomId=room)
    assert (unfit.status_code, unfit.json()["code"]) == (422, "UNKNOWN_ROOM")
    alone = change(2, roomId=other)
    assert alone.status_code == 400
    # Hours at both places: nobody is sent to another one unasked.
    week = [{"weekday": clinic.day().strftime("%A").lower(), "starts": "00:00", "ends": "23:59"}]
    clinic.admin.put(f"/providers/{clinic.specialist_ids[0]}/weekly-hours/{elsewhere}", intervals=week)
    later = clinic.slots(providerIds=clinic.specialist_ids[0])[3]
    stays = change(2, start=later["start"]).json()["appointment"]
    assert stays["locationId"] == booked["locationId"]
    assert change(3, start=later["start"], locationId=elsewhere).json()["appointment"]["locationId"] == elsewhere


def _next_two(slots: list[dict], first: dict) -> list[str]:
    mine = [utc(s["start"]) for s in slots if s["provider"] == first["provider"]]
    return [t.strftime("%H:%M") for t in mine[1:3]]


@pytest.mark.covers("B03")
def test_the_same_key_gives_the_same_answer(clinic: Clinic) -> None:
    slot, other = clinic.slots()[0], clinic.slots()[-1]
    first, second = clinic.book(slot, key="k-1"), clinic.book(slot, key="k-1")
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    reused = clinic.book(other, key="k-1")
    assert reused.status_code == 422
    assert reused.json()["code"] == "KEY_REUSED"


@pytest.mark.covers("G04")
def test_an_unchanged_answer_is_not_sent_again(clinic: Clinic) -> None:
    path = f"/services/{clinic.service_id}"
    etag = clinic.admin.ask("GET", path).headers["etag"]
    assert clinic.admin.ask("GET", path, headers={"If-None-Match": etag}).status_code == 304


@pytest.fixture
def patient(clinic: Clinic) -> Person:
    """Invited to the portal, and signed in by the link in the mail."""
    clinic.admin.post(f"/patients/{clinic.patient_id}/invite", status=204)
    email = clinic.admin.get(f"/patients/{clinic.patient_id}")["email"]
    eventually(lambda: any(m["email"] == email for m in clinic.admin.get("/members")["members"]), what="the membership")
    return sign_in(clinic.machine, clinic.http, email)


@pytest.mark.covers("I06", "B01")
def test_a_patient_books_for_themselves_and_sees_only_their_own(clinic: Clinic, patient: Person) -> None:
    eventually(lambda: clinic.admin.get(f"/patients/{clinic.patient_id}")["humanId"] == patient.session["me"]["id"])
    other = clinic.admin.post("/patients", familyName="Altul")["id"]
    slots = clinic.slots(patient)
    theirs = clinic.book(slots[0], patientId=other)
    assert theirs.status_code == 201
    mine = eventually(lambda: r if (r := clinic.book(clinic.slots(patient)[-1], patient)).status_code == 201 else None)
    listed = patient.get("/appointments")["appointments"]
    assert [a["id"] for a in listed] == [mine.json()["appointment"]["id"]]
    assert patient.ask("GET", f"/appointments/{theirs.json()['appointment']['id']}").status_code == 404
    assert clinic.book(slots[5], patient, patientId=other).json()["code"] == "UNKNOWN_PATIENT"
    assert patient.ask("GET", "/patients").status_code == 403


@pytest.mark.covers("I06", "I09")
def test_links_and_refresh_tokens_work_once(clinic: Clinic) -> None:
    session = clinic.admin.session
    refreshed = clinic.http.post("/v1/sessions/refresh", json={"refreshToken": session["refreshToken"]})
    assert refreshed.status_code == 200, refreshed.text
    stolen = clinic.http.post("/v1/sessions/refresh", json={"refreshToken": session["refreshToken"]})
    assert stolen.status_code == 401
    ended = clinic.http.post("/v1/sessions/refresh", json={"refreshToken": refreshed.json()["refreshToken"]})
    assert ended.json()["code"] == "SESSION_ENDED"


@pytest.mark.covers("I06")
def test_a_stranger_gets_the_same_answer(clinic: Clinic) -> None:
    known = clinic.http.post("/v1/sign-in-links", json={"email": clinic.admin.session["me"]["email"]})
    stranger = clinic.http.post("/v1/sign-in-links", json={"email": "nobody@example.com"})
    assert (known.status_code, known.content) == (stranger.status_code, stranger.content) == (204, b"")


@pytest.mark.covers("I10")
def test_a_program_books_with_its_api_key(clinic: Clinic) -> None:
    account = clinic.admin.post(
        "/service-accounts", name="Kiosk", permissions=["availability.read", "appointments.book"]
    )
    key = clinic.admin.post(f"/service-accounts/{account['id']}/keys")
    program = Person(clinic.http, clinic.id, {"accessToken": key["secret"]})
    assert clinic.book(clinic.slots(program)[0], program).status_code == 201
    assert program.ask("GET", "/appointments").status_code == 403
    assert clinic.admin.get(f"/service-accounts/{account['id']}/keys")["keys"][0]["secret"] == ""
    removed = clinic.admin.ask("DELETE", f"/service-accounts/{account['id']}/keys/{key['id']}")
    assert removed.status_code == 204
    almost = key["secret"][:-1] + ("1" if key["secret"].endswith("0") else "0")
    wrong = httpx.get(f"{clinic.machine.url}/v1/me", headers={"Authorization": f"Bearer {almost}"})
    assert wrong.status_code == 401
