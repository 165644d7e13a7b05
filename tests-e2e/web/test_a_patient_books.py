"""Somebody books in the browser, as a guest: on a phone and at a desk, far from the clinic, by keyboard only."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import icalendar
import pytest
from browsing import Pages, Screen
from inviting import apart
from journeys import Clinic, new_clinic
from playwright.sync_api import expect
from visiting import DESK_IN_CALIFORNIA, PHONE_IN_NEPAL, Wizard, code_for, link_for

PageAt = Callable[..., Screen]


@pytest.mark.covers("W02")
@pytest.mark.parametrize("where", [PHONE_IN_NEPAL, DESK_IN_CALIFORNIA], ids=["phone", "desk"])
def test_a_guest_books(clinic: Clinic, page_at: PageAt, where: dict[str, Any], tmp_path: Path) -> None:
    wizard = Wizard(clinic, page_at(**where))
    page = wizard.page
    page.goto(f"/c/{clinic.id}")
    wizard.screen.look("clinic-small")
    page.get_by_role("link", name="Book a visit").click()
    wizard.heading("What do you come for?")
    wizard.screen.look("book-service")
    wizard.to_times()
    wizard.open_day()
    expect(page.get_by_text("All times are those of the clinic")).to_be_visible()
    wizard.screen.look("book-time")
    wizard.time("10:00").click()
    wizard.heading("Your details")
    email = wizard.fill()
    wizard.screen.look("book-details")
    wizard.send()
    wizard.heading("Look into your mail")
    wizard.screen.look("book-confirm")
    wizard.confirm(email)
    wizard.screen.look("book-done")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Add to my calendar").click()
    saved.value.save_as(tmp_path / "visit.ics")
    [event] = icalendar.Calendar.from_ical((tmp_path / "visit.ics").read_bytes()).walk("VEVENT")
    [made] = apart(lambda: clinic.admin.get("/appointments")["appointments"])
    assert (made["start"][11:16], made["notes"]) == ("10:00", "My left knee")
    assert event.decoded("DTSTART").isoformat() == made["startUTC"].replace("Z", "+00:00")
    page.go_back()
    wizard.heading("It is booked")


@pytest.mark.covers("W02")
def test_by_keyboard_only(clinic: Clinic, page_at: PageAt) -> None:
    wizard = Wizard(clinic, page_at("desk"))
    page, keys = wizard.page, wizard.page.keyboard
    page.goto(f"/c/{clinic.id}/book")
    wizard.heading("What do you come for?")
    wizard.tab_to("Follow-up")
    keys.press("Enter")
    wizard.heading("With whom, and where?")
    wizard.is_at_heading()
    wizard.tab_to("Whoever is free first")
    keys.press("ArrowDown")
    expect(page.get_by_role("radio", name=re.compile("Dr. Ana"))).to_be_checked()
    wizard.tab_to("Next")
    keys.press("Enter")
    wizard.heading("When suits you?")
    wizard.is_at_heading()
    page.locator("[data-free]").first.wait_for()
    wizard.tab_to("free times")
    keys.press("Enter")
    keys.press("ArrowRight")
    keys.press("ArrowLeft")
    wizard.tab_to("10:15")
    keys.press("Enter")
    wizard.heading("Your details")
    wizard.is_at_heading()
    email = "keys@example.com"
    for label, text in (("Given name", "Ana"), ("Family name", "Popa"), ("E-mail", email)):
        wizard.tab_to(label)
        keys.type(text)
    keys.press("Enter")
    wizard.heading("Look into your mail")
    wizard.is_at_heading()
    wizard.tab_to("Code")
    keys.type(apart(lambda: code_for(clinic, email)))
    keys.press("Enter")
    wizard.heading("It is booked")
    wizard.is_at_heading()


@pytest.mark.covers("W02")
def test_the_back_button_and_reloading_keep_what_was_chosen_and_typed(clinic: Clinic, page_at: PageAt) -> None:
    wizard = Wizard(clinic, page_at("phone"))
    wizard.to_details("9:30")
    wizard.fill("kept@example.com")
    wizard.page.reload()
    wizard.heading("Your details")
    expect(wizard.page.get_by_text("The time is kept for you for").first).to_be_visible()
    expect(wizard.page.get_by_label("E-mail")).to_have_value("kept@example.com")
    wizard.page.go_back()
    wizard.heading("When suits you?")
    # It was given back.
    expect(wizard.time("9:30")).to_be_visible()
    wizard.time("9:45").click()
    wizard.heading("Your details")
    expect(wizard.page.get_by_label("E-mail")).to_have_value("kept@example.com")


@pytest.mark.covers("W02")
def test_a_page_that_comes_back_as_it_was_left_keeps_the_time_again(clinic: Clinic, page_at: PageAt) -> None:
    wizard = Wizard(clinic, page_at("phone"))
    wizard.to_details("9:30")
    kept = wizard.page.get_by_text("The time is kept for you for").first
    wizard.page.reload()
    expect(kept).to_be_visible()
    # As browsers do that keep pages; this one does not keep any for tests.
    wizard.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    expect(kept).to_have_count(0)
    wizard.screen.quiet()
    expect(kept, "who has left asks for nothing").to_have_count(0)
    wizard.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(kept).to_be_visible()


@pytest.mark.covers("W01", "W02")
def test_a_patient_of_two_clinics_books_as_themselves_in_both(clinic: Clinic, page_at: PageAt) -> None:
    other = apart(lambda: new_clinic(clinic.machine))

    def invite() -> str:
        email = str(clinic.admin.get(f"/patients/{clinic.patient_id}")["email"])
        there = other.admin.post("/patients", givenName="Ioana", familyName="Pop", email=email)["id"]
        for where, who in ((clinic, clinic.patient_id), (other, there)):
            where.admin.post(f"/patients/{who}/invite", status=204)
        return email

    screen = page_at("phone")
    screen.sign_in(clinic.machine, apart(invite))
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url))
    for where, step in ((clinic, "details"), (other, "details"), (clinic, "time")):
        wizard = Wizard(where, screen)
        slot = wizard.slot()
        what = f"service={where.service_id}&location={where.location_id}&by={slot['provider']['id']}"
        screen.page.goto(f"/c/{where.id}/book?step={step}&{what}&at={slot['startUTC']}")
        if step == "time":
            wizard.open_day()
            wizard.time("11:00").click()
        expect(screen.page.get_by_text("You book for yourself")).to_be_visible()
        expect(screen.page.get_by_text("The time is kept for you for").first).to_be_visible()
    assert not [url for url in asked if url.endswith("/v1/public/holds")]


@pytest.mark.covers("W02")
def test_what_is_wrong_is_said_at_its_field(clinic: Clinic, page_at: PageAt) -> None:
    wizard = Wizard(clinic, page_at("phone"))
    wizard.to_details()
    wizard.send()
    expect(wizard.page.get_by_text("Please tell us your name.")).to_be_visible()
    expect(wizard.page.get_by_label("Family name")).to_be_focused()
    wizard.fill("nobody")
    wizard.send()
    expect(wizard.page.get_by_label("E-mail")).to_be_focused()
    wizard.screen.look("book-details-wrong")
    wizard.page.get_by_label("Phone").fill("0721 000 000")
    email = wizard.fill()
    wizard.send()
    expect(wizard.page.get_by_label("Phone")).to_be_focused()
    wizard.page.get_by_label("Phone").fill("+40 721 000 000")
    wizard.send()
    wizard.heading("Look into your mail")
    wizard.screen.forgive("40[09]|422")
    wizard.page.get_by_label("Code").fill("WRONGONE")
    wizard.page.get_by_role("button", name="Confirm the booking").click()
    expect(wizard.page.get_by_text("This is not the code of the mail.")).to_be_visible()
    wizard.page.get_by_role("link", name="Correct the e-mail address").click()
    wizard.heading("Your details")
    expect(wizard.page.get_by_label("E-mail")).to_have_value(email)
    other = wizard.fill()
    wizard.send()
    wizard.confirm(other)


@pytest.mark.covers("W02")
def test_the_link_of_the_mail_confirms_on_any_device_when_it_is_pressed(
    clinic: Clinic, page_at: PageAt, pages: Pages
) -> None:
    wizard = Wizard(clinic, page_at("desk"))
    wizard.to_details()
    email = wizard.fill()
    wizard.send()
    wizard.heading("Look into your mail")
    link = apart(lambda: link_for(clinic, email))

    phone = Wizard(clinic, page_at(**PHONE_IN_NEPAL))
    phone.screen.forgive("40[04]|422")
    phone.page.goto(link[:-8] + "WRONGONE")
    phone.heading("Almost done")
    confirm = phone.page.get_by_role("button", name="Confirm my appointment")
    confirm.click()
    expect(phone.page.get_by_role("alert")).to_contain_text("This link is not right")
    phone.screen.look("confirm-link-wrong")
    phone.page.goto(link)
    expect(phone.page.get_by_role("alert")).to_have_count(0)
    expect(phone.page).to_have_url(re.compile("/confirm$"))
    phone.page.reload()
    phone.heading("Almost done")
    phone.screen.look("confirm-link")
    assert not apart(lambda: clinic.admin.get("/appointments")["appointments"]), "nobody has pressed anything"
    confirm.click()
    phone.heading("It is booked")
    expect(phone.page.get_by_text("Follow-up · Dr.")).to_be_visible()
    expect(phone.page.get_by_text(re.compile("EES?T|GMT"))).to_be_visible()
    expect(phone.page.get_by_role("button", name="Add to my calendar")).to_be_visible()
    phone.screen.look("confirm-link-done")

    # Where it was booked, another tab: what is confirmed stays so, and the tab that waits for the code hears of it.
    again = Wizard(clinic, pages.beside(wizard.screen))
    again.page.goto(link)
    again.page.get_by_role("button", name="Confirm my appointment").click()
    again.heading("It is booked")
    wizard.heading("It is booked")
    assert len(apart(lambda: clinic.admin.get("/appointments")["appointments"])) == 1


@pytest.mark.covers("W02")
def test_a_link_that_is_torn_or_too_old_says_so(clinic: Clinic, page_at: PageAt) -> None:
    screen = page_at("phone", locale="ro-RO")
    page = screen.page
    screen.forgive("404")
    page.goto(f"/c/{clinic.id}/confirm")
    expect(page.get_by_role("heading", name="Din acest link lipsește ceva")).to_be_visible()
    screen.look("confirm-link-none")
    page.goto(f"/c/{clinic.id}/confirm#booking={clinic.id}&code=ABCD2345")
    page.get_by_role("button", name="Confirm programarea").click()
    expect(page.get_by_role("heading", name="Acest link nu mai este valabil")).to_be_visible()
    screen.look("confirm-link-over")
    page.get_by_role("link", name="Alegeți din nou o oră").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pentru ce veniți?")
