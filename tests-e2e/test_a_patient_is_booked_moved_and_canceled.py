"""The main journey: sign in, find a time, book it, move it, cancel it."""

import httpx
import pytest
from journeys import Clinic, Person, eventually, sign_in, utc


@pytest.mark.covers("I06", "B01", "B05", "B13", "S05", "S07", "G04")
def test_a_receptionist_books_moves_and_cancels(clinic: Clinic) -> None:
    slots = clinic.slots()
    first = slots[0]
    assert first["start"].startswith(clinic.day().strftime("%Y-%m-%dT09:00:00"))
    assert utc(first["start"]) == utc(first["startUTC"])

    booked = clinic.book(first)
    assert booked.status_code == 201, booked.text
    appointment = booked.json()["appointment"]
    assert booked.headers["etag"] == '"1"'
    assert appointment["status"] == "scheduled"
    assert appointment["start"] == first["start"]
    assert appointment["roomId"] in clinic.room_ids

    # The buffer after keeps the specialist for a quarter of an hour more.
    mine = {"providerIds": first["provider"]["id"]}
    gone = {utc(s["start"]) for s in slots if s["provider"] == first["provider"]}
    assert first not in clinic.slots(**mine)
    gone -= {utc(s["start"]) for s in clinic.slots(**mine)}
    assert {t.strftime("%H:%M") for t in gone} == {utc(first["start"]).strftime("%H:%M"), *_next_two(slots, first)}

    listed = clinic.admin.get("/appointments", date=clinic.day().strftime("%Y-%m-%d"))["appointments"]
    assert [a["id"] for a in listed] == [appointment["id"]]

    later = clinic.slots(**mine)[4]
    path = f"/appointments/{appointment['id']}"
    unseen = clinic.admin.ask("PATCH", path, json={"start": later["start"]})
    assert unseen.status_code == 428
    stale = clinic.admin.ask("PATCH", path, json={"start": later["start"]}, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    assert stale.json()["code"] == "APPOINTMENT_CHANGED"
    moved = clinic.admin.ask(
        "PATCH", path, json={"start": later["start"], "reason": "asked"}, headers={"If-Match": '"1"'}
    )
    assert moved.status_code == 200, moved.text
    assert moved.headers["etag"] == '"2"'
    assert moved.json()["appointment"]["start"] == later["start"]
    assert first in clinic.slots(**mine)

    canceled = clinic.admin.ask(
        "PATCH", path, json={"status": "canceled", "reason": "ill"}, headers={"If-Match": '"2"'}
    )
    assert canceled.status_code == 200, canceled.text
    assert canceled.json()["appointment"]["status"] == "canceled"
    assert later in clinic.slots(**mine)
    again = clinic.admin.ask("PATCH", path, json={"status": "canceled"}, headers={"If-Match": '"3"'})
    assert again.status_code == 409


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
