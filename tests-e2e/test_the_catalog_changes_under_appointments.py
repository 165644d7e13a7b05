"""The catalog changes while people have appointments: who is displaced is seen beforehand, and goes elsewhere."""

import pytest
from journeys import Clinic, eventually, utc


@pytest.mark.covers("S14")
def test_a_room_is_retired_and_who_is_in_it_moves(clinic: Clinic) -> None:
    slot = clinic.slots(providerIds=clinic.specialist_ids[0])[0]
    id_ = clinic.book(slot).json()["appointment"]["id"]
    before = clinic.admin.get(f"/appointments/{id_}")["appointment"]
    room = clinic.admin.get(f"/rooms/{before['roomId']}")
    change = {"room": room | {"inactive": True}}

    seen = clinic.admin.post("/changes/preview", 200, change=change)
    (displaced,) = seen["displaced"]
    assert displaced["appointmentId"] == id_
    assert [each["kind"] for each in displaced["constraints"]] == ["room"]
    assert displaced["constraints"][0]["words"] == f"{room['name']} is no longer in use"
    proposed = displaced["proposals"][0]
    assert all(option["id"] != room["id"] for each in displaced["proposals"] for option in each["roomOptions"])
    assert clinic.admin.get(f"/rooms/{room['id']}") == room, "a preview changes nothing"

    forgetful = clinic.admin.ask("POST", "/changes", json={"change": change})
    assert (forgetful.status_code, forgetful.json()["code"]) == (422, "DISPLACES_MORE")
    assert clinic.admin.get(f"/rooms/{room['id']}") == room

    decided = [{"appointmentId": id_, "start": proposed["start"]}]
    done = clinic.admin.post("/changes", 200, change=change, displacements=decided)
    assert done == {"moved": 1, "canceled": 0, "kept": 0}
    retired = clinic.admin.get(f"/rooms/{room['id']}")
    assert (retired["inactive"], retired["version"]) == (True, room["version"] + 1)
    assert all(option["id"] != room["id"] for each in clinic.slots() for option in each["roomOptions"])

    def moved() -> bool:
        now = clinic.admin.get(f"/appointments/{id_}")["appointment"]
        return utc(now["start"]) == utc(proposed["start"]) and now["roomId"] != room["id"]

    eventually(moved, what="the move")

    again = clinic.admin.ask("POST", "/changes", json={"change": change})
    assert (again.status_code, again.json()["code"]) == (412, "CHANGED_MEANWHILE"), "the room that was read is older"


@pytest.mark.covers("S14")
def test_a_service_loses_a_specialist_and_another_takes_over(clinic: Clinic) -> None:
    ana, bogdan = clinic.specialist_ids
    slot = clinic.slots(providerIds=ana)[0]
    id_ = clinic.book(slot).json()["appointment"]["id"]
    service = clinic.admin.get(f"/services/{clinic.service_id}")
    change = {"service": service | {"providerIds": [bogdan]}}

    (displaced,) = clinic.admin.post("/changes/preview", 200, change=change, proposals=1)["displaced"]
    assert displaced["constraints"][0]["words"] == "Dr. Ana no longer gives Follow-up"
    (proposed,) = displaced["proposals"]
    assert (utc(proposed["start"]), proposed["provider"]["id"]) == (utc(slot["start"]), bogdan)

    decided = [{"appointmentId": id_, "start": proposed["start"], "providerId": bogdan}]
    assert clinic.admin.post("/changes", 200, change=change, displacements=decided)["moved"] == 1
    assert clinic.admin.get(f"/services/{clinic.service_id}")["providerIds"] == [bogdan]

    def taken_over() -> bool:
        now = clinic.admin.get(f"/appointments/{id_}")["appointment"]
        return bool(now["providerId"] == bogdan and utc(now["start"]) == utc(slot["start"]))

    eventually(taken_over, what="the other specialist")


@pytest.mark.covers("S14")
def test_a_change_that_is_not_sound_names_its_fields(clinic: Clinic) -> None:
    service = clinic.admin.get(f"/services/{clinic.service_id}")
    wrong = clinic.admin.ask("POST", "/changes/preview", json={"change": {"service": service | {"durationMinutes": 0}}})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/change/service/durationMinutes")
    unknown = {"room": {"id": clinic.location_id, "locationId": clinic.location_id, "name": "Room 9"}}
    missing = clinic.admin.ask("POST", "/changes/preview", json={"change": unknown})
    assert (missing.json()["code"], missing.json()["errors"][0]["pointer"]) == ("UNKNOWN_ROOM", "/change/room/id")
    taken = clinic.admin.get(f"/rooms/{clinic.room_ids[0]}") | {"name": "Room 2"}
    refused = clinic.admin.ask("POST", "/changes", json={"change": {"room": taken}})
    assert (refused.status_code, refused.json()["code"]) == (409, "NAME_TAKEN")
    assert refused.json()["errors"][0]["pointer"] == "/change/room/name"
