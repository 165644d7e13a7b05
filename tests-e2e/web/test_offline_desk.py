"""What happens at the desk while there is no network is written down, and told when there is one."""

import pytest
from at_the_desk import PageAt, at_the_desk, book, panel, visit
from journeys import Clinic, eventually
from playwright.sync_api import expect


@pytest.mark.covers("W11")
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_visit_is_confirmed_without_a_network(clinic: Clinic, page_at: PageAt, size: str) -> None:
    booked = book(clinic, 10)
    screen = at_the_desk(clinic, page_at, size)
    screen.forgive("ERR_INTERNET_DISCONNECTED|Failed to fetch")
    page = screen.page
    visit(page).first.click()
    confirm = panel(page).get_by_role("button", name="Confirm")
    confirm.wait_for()
    page.context.set_offline(True)
    confirm.click()
    expect(page.get_by_text("1 change waits for the connection")).to_be_visible()
    expect(page.get_by_text("Ioana Pop", exact=False).first).to_be_visible()
    expect(panel(page).get_by_role("button", name="Confirm")).to_be_disabled()
    screen.look("offline-waiting")

    def now() -> str:
        status: str = clinic.admin.get(f"/appointments/{booked['id']}")["appointment"]["status"]
        return status

    assert now() == "scheduled"
    page.context.set_offline(False)
    expect(page.get_by_text("1 change waits for the connection")).to_be_hidden()
    eventually(lambda: now() == "confirmed", what="the change that waited")


@pytest.mark.covers("W11")
def test_what_waited_and_holds_no_longer_is_shown_with_what_to_do(clinic: Clinic, page_at: PageAt) -> None:
    booked = book(clinic, 10)
    screen = at_the_desk(clinic, page_at)
    screen.forgive("ERR_INTERNET_DISCONNECTED|Failed to fetch|412")
    page = screen.page
    visit(page).first.click()
    confirm = panel(page).get_by_role("button", name="Confirm")
    confirm.wait_for()
    page.context.set_offline(True)
    confirm.click()
    expect(page.get_by_text("1 change waits for the connection")).to_be_visible()
    # Somebody else moves the visit meanwhile.
    later = clinic.day().replace(hour=14).isoformat()
    moved = clinic.admin.ask(
        "PATCH", f"/appointments/{booked['id']}", json={"start": later}, headers={"If-Match": f'"{booked["version"]}"'}
    )
    assert moved.status_code == 200
    page.context.set_offline(False)
    again = page.get_by_role("button", name="Do it anyway")
    expect(again).to_be_visible()
    page.keyboard.press("Escape")
    again.click()
    expect(again).to_be_hidden()

    def status() -> str:
        found: str = clinic.admin.get(f"/appointments/{booked['id']}")["appointment"]["status"]
        return found

    eventually(lambda: status() == "confirmed", what="what was insisted on")
