"""A patient who is signed in: books at once, sees what is ahead, moves, cancels, and takes what is offered."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from browsing import Screen
from inviting import apart
from journeys import ZONE, Clinic, eventually
from playwright.sync_api import expect
from visiting import DESK_IN_CALIFORNIA, PHONE_IN_NEPAL, signed_in

PageAt = Callable[..., Screen]
TEN_EURO = {"amountMinor": 1000, "currency": "EUR"}


def told(clinic: Clinic) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = apart(lambda: clinic.admin.get("/appointments")["appointments"])
    return found


@pytest.mark.covers("W02", "W03")
@pytest.mark.parametrize("where", [PHONE_IN_NEPAL, DESK_IN_CALIFORNIA], ids=["phone", "desk"])
def test_a_patient_books_moves_and_cancels_with_the_fee_shown(
    clinic: Clinic, page_at: PageAt, where: dict[str, Any]
) -> None:
    terms = {"noticeMinutes": 30 * 24 * 60, "lateFee": TEN_EURO, "terms": "Please be on time."}
    apart(lambda: clinic.admin.put("/booking-policy", **terms))
    wizard = signed_in(clinic, page_at(**where))
    page = wizard.page
    expect(page.get_by_role("heading", name="No appointments ahead")).to_be_visible()
    wizard.screen.look("me-empty")
    page.get_by_role("link", name="Book a visit").click()
    wizard.to_details("10:00", "Dr. Ana")
    expect(page.get_by_text("You book for yourself")).to_be_visible()
    expect(page.get_by_text("costs €10.00 from now on")).to_be_visible()
    page.get_by_role("button", name="I need more time").click()
    expect(page.get_by_role("button", name="I need more time")).to_have_count(0)
    page.get_by_label("Anything we should know?").fill("My left knee")
    wizard.screen.look("book-details-patient")
    page.get_by_role("button", name="Book this time").click()
    wizard.heading("It is booked")
    page.locator("main").get_by_role("link", name="My appointments").click()
    wizard.heading("My appointments")
    expect(page.get_by_text("Your next visit")).to_be_visible()
    wizard.screen.look("me")

    page.get_by_role("link", name="Look, move or cancel").click()
    wizard.heading("Your visit")
    expect(page.get_by_text("Booked for")).to_be_visible()
    wizard.screen.look("me-visit")
    page.get_by_role("link", name="Move to another time").click()
    wizard.open_day()
    wizard.time("11:00").click()
    expect(page.get_by_text("moving now costs €10.00")).to_be_visible()
    wizard.screen.look("me-move")
    page.get_by_role("button", name="Move it").click()
    wizard.screen.says_in_passing("moved")
    wizard.heading("Your visit")
    expect(page.get_by_text("Moved to")).to_be_visible()
    [moved] = told(clinic)
    assert (moved["start"][11:16], moved["notes"]) == ("11:00", "My left knee")

    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("canceling now costs €10.00")).to_be_visible()
    wizard.screen.look("me-cancel")
    page.get_by_role("button", name="Cancel for €10.00").click()
    expect(page.get_by_text("You owe")).to_be_visible()
    expect(page.get_by_text("Canceled", exact=True).first).to_be_visible()
    [canceled] = told(clinic)
    assert (canceled["status"], canceled["fee"]["amountMinor"]) == ("canceled", 1000)


@pytest.mark.covers("W03")
def test_a_change_of_the_clinic_shows_by_itself_and_is_not_overwritten(clinic: Clinic, page_at: PageAt) -> None:
    slots = apart(clinic.slots)
    made = apart(lambda: clinic.book(slots[0])).json()["appointment"]
    wizard = signed_in(clinic, page_at("phone"))
    page = wizard.page
    page.get_by_role("link", name="Look, move or cancel").click()
    wizard.heading("Your visit")

    def move() -> None:
        path = f"/appointments/{made['id']}"
        answer = clinic.admin.ask("PATCH", path, json={"start": slots[8]["start"]}, headers={"If-Match": '"1"'})
        assert answer.status_code == 200, answer.text

    apart(move)
    expect(page.get_by_text("Moved to")).to_be_visible(timeout=2000)
    expect(page.get_by_text("by the clinic").first).to_be_visible()


@pytest.mark.covers("W03")
def test_what_was_canceled_does_not_hide_what_is_ahead(clinic: Clinic, page_at: PageAt) -> None:
    slots = apart(clinic.slots)

    def cancel_many() -> None:
        """More than a page of them."""
        for _ in range(21):
            made = clinic.book(slots[0]).json()["appointment"]
            said = {"json": {"status": "canceled"}, "headers": {"If-Match": '"1"'}}
            assert clinic.admin.ask("PATCH", f"/appointments/{made['id']}", **said).status_code == 200
        assert clinic.book(slots[-1]).status_code == 201

    apart(cancel_many)
    page = signed_in(clinic, page_at("phone")).page
    expect(page.get_by_text("Your next visit")).to_be_visible()
    expect(page.get_by_role("heading", name="No appointments ahead")).to_have_count(0)
    off = page.get_by_role("region", name="Canceled")
    expect(off.get_by_role("link")).to_have_count(20)
    off.get_by_role("button", name="More").click()
    expect(off.get_by_role("link")).to_have_count(21)


@pytest.mark.covers("W03")
def test_on_the_day_the_code_for_checking_in_is_shown(clinic: Clinic, page_at: PageAt) -> None:
    open_always = [{"weekday": d, "starts": "00:00", "ends": "24:00"} for d in (
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")]  # fmt: skip

    # Where there is still something left of the day, whatever the time is here.
    zone = next(each for each in (ZONE, "America/Los_Angeles") if datetime.now(ZoneInfo(each)).hour < 20)

    def book_soon() -> None:
        clinic.admin.put(f"/locations/{clinic.location_id}", name="Centre", timeZone=zone)
        for specialist in clinic.specialist_ids:
            clinic.admin.put(f"/providers/{specialist}/weekly-hours/{clinic.location_id}", intervals=open_always)
        today = datetime.now(ZoneInfo(zone)).replace(hour=0, minute=0)
        eventually(lambda: clinic.slots(day=today), what="times of today")
        assert clinic.book(clinic.slots(day=today)[0]).status_code == 201

    apart(book_soon)
    wizard = signed_in(clinic, page_at("phone", locale="de-DE", zone="Europe/Berlin"))
    expect(wizard.page.get_by_role("img", name="Ihr Code zum Anmelden")).to_be_visible()
    wizard.screen.look("me-today")


@pytest.mark.covers("W03")
def test_what_is_offered_to_who_waits_can_be_taken(clinic: Clinic, page_at: PageAt) -> None:
    day = clinic.day()

    def wait() -> None:
        slot = clinic.slots()[0]
        other = clinic.admin.post("/patients", givenName="Dan", familyName="Ilie")["id"]
        booked = clinic.book(slot, patientId=other).json()["appointment"]
        clinic.admin.post("/waitlist", patientId=clinic.patient_id, serviceId=clinic.service_id,
                          firstDay=f"{day:%Y-%m-%d}", lastDay=f"{day + timedelta(days=1):%Y-%m-%d}")  # fmt: skip
        gone = clinic.admin.ask(
            "PATCH", f"/appointments/{booked['id']}", json={"status": "canceled"}, headers={"If-Match": '"1"'}
        )
        assert gone.status_code == 200, gone.text

    apart(wait)
    wizard = signed_in(clinic, page_at("phone", locale="ro-RO", zone="America/New_York"))
    page = wizard.page
    expect(page.get_by_text("S-a eliberat o oră pentru dumneavoastră")).to_be_visible(timeout=10_000)
    wizard.screen.look("me-offer")
    with wizard.screen.refused_once("**/accept") as keys:
        page.get_by_role("button", name="O iau").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_role("button", name="O iau").click()
        expect(page.get_by_text("S-a eliberat o oră pentru dumneavoastră")).to_have_count(0)
    assert len(keys) == 2
    assert len(set(keys)) == 1, "a retry is the same answer"
    expect(page.get_by_text("Următoarea vizită")).to_be_visible()
    wizard.screen.look("me-ro")
