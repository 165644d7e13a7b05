"""A specialist takes time off: who is displaced is seen beforehand, and goes elsewhere in the same step."""

from datetime import timedelta

import pytest
from journeys import Clinic, eventually, utc


@pytest.mark.covers("S14", "S02")
def test_time_off_is_previewed_and_applied_with_new_times(clinic: Clinic) -> None:
    mine = {"providerIds": clinic.specialist_ids[0]}
    first, *_, last = clinic.slots(**mine)
    moving, canceling = (clinic.book(slot).json()["appointment"]["id"] for slot in (first, last))
    day = clinic.day()
    away = {
        "override": {
            "providerId": clinic.specialist_ids[0],
            "kind": "unavailable",
            "start": day.isoformat(),
            "end": (day + timedelta(days=1)).isoformat(),
            "reason": "Training",
        }
    }
    seen = clinic.admin.post("/changes/preview", 200, change=away, proposals=2)
    assert [each["appointmentId"] for each in seen["displaced"]] == [moving, canceling]
    assert seen["displaced"][0]["constraints"][0]["words"] == "Dr. Ana does not work at Centre then"
    proposed = seen["displaced"][0]["proposals"][0]
    assert utc(proposed["start"]).date() != utc(first["start"]).date()
    assert clinic.slots(**mine), "a preview changes nothing"

    forgetful = clinic.admin.ask("POST", "/changes", json={"change": away})
    assert (forgetful.status_code, forgetful.json()["code"]) == (422, "DISPLACES_MORE")

    decided = [
        {"appointmentId": moving, "start": proposed["start"]},
        {"appointmentId": canceling, "cancel": True},
    ]
    done = clinic.admin.post("/changes", 200, change=away, displacements=decided)
    assert done == {"moved": 1, "canceled": 1, "kept": 0}
    assert clinic.slots(**mine) == []

    def settled() -> bool:
        moved, canceled = (clinic.admin.get(f"/appointments/{id_}")["appointment"] for id_ in (moving, canceling))
        return utc(moved["start"]) == utc(proposed["start"]) and canceled["status"] == "canceled"

    eventually(settled, what="the move and the cancelation")
