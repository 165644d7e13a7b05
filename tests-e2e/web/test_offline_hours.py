"""Without a network: what was seen is read, what needs the clinic says so, and a sign-out leaves nothing behind."""

from collections.abc import Callable
from typing import Any

import pytest
from at_the_desk import set_time
from browsing import Screen
from inviting import Suite
from journeys import Clinic, eventually
from playwright.sync_api import Page, expect

PageAt = Callable[..., Screen]

KEPT = """async () => {
  const open = indexedDB.open('ambulo')
  const db = await new Promise((done) => { open.onsuccess = () => done(open.result) })
  const asked = db.transaction('seen').objectStore('seen').getAll()
  return await new Promise((done) => { asked.onsuccess = () => { db.close(); done(asked.result) } })
}"""


def kept(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(KEPT)
    return found


def opened(clinic: Clinic, page_at: PageAt, size: str, **more: Any) -> Screen:
    screen = page_at(size, workers=True, **more)
    screen.forgive("ERR_INTERNET_DISCONNECTED|Failed to fetch|fetching the script")
    screen.sign_in(clinic.machine, Suite(clinic.machine, clinic.id, "").invite("front_desk"))
    screen.page.goto("/hours")
    screen.page.get_by_text("40 hours a week").wait_for()
    return screen


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desk", "dark")])
@pytest.mark.covers("W11")
def test_what_was_seen_is_read_without_a_network(clinic: Clinic, page_at: PageAt, size: str, scheme: str) -> None:
    screen = opened(clinic, page_at, size, scheme=scheme, zone="Asia/Kathmandu")
    page = screen.page
    eventually(lambda: any(each["key"][1] == "weekly-hours" for each in kept(page)), what="what was seen")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.reload()
    page.get_by_text("40 hours a week").wait_for()
    assert "eyJ" not in str(kept(page)), "no token is kept"
    page.context.set_offline(True)
    page.get_by_text("You see what was last loaded").wait_for()
    page.reload()
    page.get_by_text("40 hours a week").wait_for()
    expect(page.get_by_text("You see what was last loaded")).to_be_visible()
    screen.look("offline-hours")

    page.context.set_offline(False)
    page.get_by_text("You are offline").wait_for(state="detached")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    eventually(lambda: kept(page) == [], what="an empty store")
    assert "@example.com" not in page.evaluate("JSON.stringify({...localStorage})")


@pytest.mark.covers("W11")
def test_what_needs_the_clinic_is_refused_and_done_when_it_is_back(clinic: Clinic, page_at: PageAt) -> None:
    screen = opened(clinic, page_at, "phone", zone="America/Los_Angeles")
    page = screen.page
    set_time(page.get_by_label("Open on Monday, until"), "18:00")
    page.context.set_offline(True)
    page.get_by_role("button", name="Check and save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="No connection")).to_be_visible()
    screen.look("offline-refused")
    page.context.set_offline(False)
    dialog.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
