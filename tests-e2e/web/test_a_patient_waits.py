"""Nothing is free, or nothing that suits: a patient puts themselves on the waitlist, a stranger reads how."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from browsing import Screen
from inviting import apart
from journeys import ZONE, Clinic
from playwright.sync_api import expect
from visiting import DESK_IN_CALIFORNIA, signed_in

PageAt = Callable[..., Screen]


def at_times(clinic: Clinic) -> str:
    return f"/c/{clinic.id}/book?step=time&service={clinic.service_id}&location={clinic.location_id}"


def entries(clinic: Clinic) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = apart(lambda: clinic.admin.get("/waitlist")["entries"])
    return found


@pytest.mark.covers("W02", "W03")
def test_where_nothing_is_free_a_patient_joins_the_waitlist(clinic: Clinic, page_at: PageAt) -> None:
    def fill_up() -> None:
        service = clinic.admin.get(f"/services/{clinic.service_id}")
        kept = {k: service[k] for k in ("name", "durationMinutes", "requiresRoom", "roomType")}
        far = [{"leadTime": {"minutes": 80 * 24 * 60}}]
        clinic.admin.put(f"/services/{clinic.service_id}", **kept, rules=far)

    apart(fill_up)
    wizard = signed_in(clinic, page_at("phone", locale="de-DE", zone="Asia/Kathmandu"))
    page, screen = wizard.page, wizard.screen
    page.goto(f"{at_times(clinic)}&provider={clinic.specialist_ids[0]}")
    page.get_by_role("button", name="Auf die Warteliste setzen").click()
    until = page.get_by_label("Bis")
    until.fill("31.31.2026")
    until.press("Tab")
    expect(page.get_by_text("Bitte schreiben Sie das Datum so: TT.MM.JJJJ.")).to_be_visible()
    screen.look("book-waitlist-wrong-date")
    last = datetime.now(ZoneInfo(ZONE)) + timedelta(days=40)
    until.fill(f"{last:%d.%m.%Y}")
    page.get_by_role("radio", name="Vormittags").check()
    screen.look("book-waitlist")

    # The keyboard opens the calendar, moves in it, and is back where it was.
    opener = page.get_by_role("button", name="Kalender öffnen").last
    opener.press("Enter")
    expect(page.get_by_role("dialog").locator(":focus")).to_have_text(str(last.day))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Datum wählen")).to_have_count(0)
    expect(opener).to_be_focused()
    last += timedelta(days=1)
    expect(until).to_have_value(f"{last:%d.%m.%Y}")
    opener.click()
    expect(page.get_by_role("dialog", name="Datum wählen")).to_be_visible()
    screen.look("date-calendar")
    page.keyboard.press("Escape")

    with screen.refused_once("**/waitlist") as keys:
        join = page.get_by_role("button", name="Setzen Sie mich auf die Liste")
        join.click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert not entries(clinic)
        join.click()
        expect(page.get_by_text("Sie stehen auf der Liste")).to_be_visible()
    assert len(set(keys)) == 1, "a retry is the same question"
    screen.look("book-waitlist-done")
    [entry] = entries(clinic)
    assert (entry["serviceId"], entry["locationId"]) == (clinic.service_id, clinic.location_id)
    assert entry["providerIds"] == clinic.specialist_ids[:1]
    assert (entry["firstDay"], entry["lastDay"]) == (f"{datetime.now(ZoneInfo(ZONE)):%Y-%m-%d}", f"{last:%Y-%m-%d}")
    assert (entry["notBefore"], entry["notAfter"]) == (None, "11:59")
    page.get_by_role("link", name="Meine Termine").last.click()
    expect(page.get_by_role("region", name="Worauf Sie warten")).to_contain_text("Dr. Ana · Centre")
    expect(page.get_by_text("· Vormittags")).to_be_visible()
    screen.look("me-waiting")


@pytest.mark.covers("W03")
def test_who_does_not_want_to_wait_any_more_leaves_the_list(clinic: Clinic, page_at: PageAt) -> None:
    apart(lambda: clinic.admin.post("/waitlist", patientId=clinic.patient_id, serviceId=clinic.service_id))
    wizard = signed_in(clinic, page_at("phone"))
    leave = wizard.page.get_by_role("button", name="Wait no longer")
    with wizard.screen.refused_once("**/waitlist/*") as keys:
        leave.click()
        expect(wizard.page.get_by_role("alert")).to_be_visible()
        leave.click()
        expect(leave).to_have_count(0)
    assert len(keys) == 2
    assert len(set(keys)) == 1, "a retry is the same wish"
    assert not entries(clinic)


@pytest.mark.covers("W02")
def test_a_stranger_reads_how_to_get_on_the_waitlist(clinic: Clinic, page_at: PageAt) -> None:
    screen = page_at(**DESK_IN_CALIFORNIA)
    page = screen.page
    page.goto(at_times(clinic))
    page.get_by_role("button", name="No time suits you? Join the waitlist").click()
    expect(page.get_by_text("The waitlist is for patients who are signed in.")).to_be_visible()
    screen.look("book-waitlist-stranger")
    page.get_by_role("region", name="Waitlist").get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
