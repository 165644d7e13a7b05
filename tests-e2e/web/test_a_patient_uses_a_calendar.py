"""Pages of the clinic's own: a stranger books from one, with the hours and the people that it has."""

from collections.abc import Callable
from typing import Any

import pytest
from at_the_desk import at_the_desk, panel, visit
from browsing import Screen
from inviting import apart
from journeys import Clinic
from playwright.sync_api import expect
from visiting import PHONE_IN_NEPAL, Wizard, signed_in

PageAt = Callable[..., Screen]

SILENT = """() => {
  const { fetch } = window
  window.fetch = (...it) => (it[0].url?.endsWith('/release') ? new Promise(() => {}) : fetch(...it))
}"""
"""As a browser that is closed: nobody hears what is let go."""


def define(clinic: Clinic, name: str, members: list[str], **more: Any) -> str:
    facts = {"name": name, "serviceId": clinic.service_id, "locationId": clinic.location_id, "public": True} | more
    made = apart(lambda: clinic.admin.post("/calendars", **facts, members=[{"providerId": m} for m in members]))
    return str(made["id"])


def made_in(clinic: Clinic) -> dict[str, Any]:
    [appointment] = apart(lambda: clinic.admin.get("/appointments")["appointments"])
    found: dict[str, Any] = appointment
    return found


@pytest.mark.covers("W02", "S04")
def test_a_guest_books_from_a_calendar_with_hours_of_its_own(clinic: Clinic, page_at: PageAt) -> None:
    bogdan = clinic.specialist_ids[1]
    evening = [{"weekday": clinic.day().strftime("%A").lower(), "starts": "18:00", "ends": "19:00"}]
    define(clinic, "Evenings", [bogdan], hours=evening)
    wizard = Wizard(clinic, page_at(**PHONE_IN_NEPAL))
    page = wizard.page
    page.goto(f"/c/{clinic.id}")
    page.get_by_role("region", name="Other ways to book").wait_for()
    wizard.screen.look("clinic-calendars")
    page.get_by_role("link", name="Evenings").click()
    wizard.heading("When suits you?")
    expect(page.get_by_text("Follow-up · Evenings · Centre")).to_be_visible()
    wizard.open_day()
    expect(wizard.time("18:00")).to_be_visible()
    expect(wizard.time("10:00")).to_have_count(0)
    wizard.screen.look("book-calendar")
    wizard.time("18:15").click()
    wizard.heading("Your details")
    email = wizard.fill()
    wizard.send()
    wizard.confirm(email)
    made = made_in(clinic)
    assert (made["start"][11:16], made["providerId"]) == ("18:15", bogdan)

    # Who comes the usual way still has the usual hours, with whoever is free.
    wizard.to_times()
    wizard.open_day()
    expect(wizard.time("10:00")).to_be_visible()
    expect(wizard.time("18:30")).to_have_count(0)


@pytest.mark.covers("W02", "S04")
def test_its_address_is_enough_and_two_together_are_booked_as_one(clinic: Clinic, page_at: PageAt) -> None:
    calendar = define(clinic, "Both", clinic.specialist_ids, strategy="collective")
    wizard = Wizard(clinic, page_at("desk"))
    wizard.page.goto(f"/c/{clinic.id}/book?calendar={calendar}")
    wizard.heading("When suits you?")
    wizard.open_day()
    wizard.time("10:00").click()
    wizard.heading("Your details")
    email = wizard.fill()
    wizard.page.reload()
    expect(wizard.page.get_by_text("The time is kept for you for").first).to_be_visible()
    wizard.send()
    wizard.confirm(email)
    made = made_in(clinic)
    assert {made["providerId"], *made["alsoProviderIds"]} == set(clinic.specialist_ids)


@pytest.mark.covers("W02", "S04")
def test_a_page_that_is_loaded_again_keeps_its_time_whatever_got_lost(clinic: Clinic, page_at: PageAt) -> None:
    calendar = define(clinic, "Both", clinic.specialist_ids, strategy="collective")
    wizard = Wizard(clinic, page_at("phone"))
    page = wizard.page
    # What was let go a moment ago is asked for again until it is known to be free.
    wizard.screen.forgive("409.*/v1/public/holds")
    kept = page.get_by_text("The time is kept for you for").first
    page.goto(f"/c/{clinic.id}/book?calendar={calendar}")
    wizard.open_day()
    wizard.time("10:00").click()
    expect(kept).to_be_visible()

    # The page could not say any more that it lets go of the time.
    page.evaluate(SILENT)
    page.reload()
    expect(kept).to_be_visible()

    # It was gone before it heard that it has the time.
    with page.expect_request("**/public/holds"):
        page.reload(wait_until="commit")
    page.reload(wait_until="commit")
    expect(kept).to_be_visible()
    email = wizard.fill()
    wizard.send()
    wizard.confirm(email)


@pytest.mark.covers("W03", "W04", "S04")
@pytest.mark.parametrize("public", [True, False], ids=["public", "private"])
def test_who_came_by_its_hours_is_moved_within_them(clinic: Clinic, page_at: PageAt, public: bool) -> None:
    evening = [{"weekday": clinic.day().strftime("%A").lower(), "starts": "20:00", "ends": "23:00"}]
    calendar = define(clinic, "Evenings", clinic.specialist_ids[:1], hours=evening, public=public)
    at = clinic.day().replace(hour=20, minute=30).isoformat()
    body = {"patientId": clinic.patient_id, "calendarId": calendar, "start": at}
    apart(lambda: clinic.admin.post("/appointments", **body))
    wizard = signed_in(clinic, page_at(**PHONE_IN_NEPAL))
    page = wizard.page
    page.get_by_role("link", name="Look, move or cancel").click()
    page.get_by_role("link", name="Move to another time").click()
    wizard.open_day()
    expect(wizard.time("21:30")).to_be_visible()
    expect(wizard.time("10:00")).to_have_count(0)
    wizard.time("21:30").click()
    page.get_by_role("button", name="Move it").click()
    wizard.heading("Your visit")
    assert made_in(clinic)["start"][11:16] == "21:30"

    desk = at_the_desk(clinic, page_at).page
    visit(desk).click()
    panel(desk).get_by_role("button", name="Move to").click()
    expect(panel(desk).locator("label").filter(has_text="10:00")).to_have_count(0)
    panel(desk).locator("label").filter(has_text="22:15").click()
    panel(desk).get_by_role("button", name="Move", exact=True).click()
    expect(panel(desk).locator("ol")).to_contain_text("22:15")
    moved = made_in(clinic)
    assert (moved["start"][11:16], moved["calendarId"]) == ("22:15", calendar)
