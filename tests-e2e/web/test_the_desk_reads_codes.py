"""The code on a patient's phone checks them in: typed by a reader at the desk, or seen by its camera."""

from typing import Any
from urllib.parse import unquote

import pytest
from at_the_desk import PageAt, at_the_desk, noon, panel
from journeys import Clinic
from pictures import read_qr
from playwright.sync_api import Page, expect

# A camera that sees nothing, and a browser that reads a code in it: headless ones have neither.
_CAMERA = """code => {
  const stream = () => {
    const canvas = document.createElement('canvas')
    const pen = canvas.getContext('2d')
    setInterval(() => pen.fillRect(0, 0, 9, 9), 50)
    return canvas.captureStream(10)
  }
  Object.defineProperty(navigator.mediaDevices, 'getUserMedia', { value: async () => stream() })
  globalThis.BarcodeDetector = class { async detect() { return code ? [{ rawValue: code }] : [] } }
}"""


def today(clinic: Clinic, email: str) -> dict[str, Any]:
    """A visit of today, of a patient who may sign in."""
    location, service = noon(clinic)
    who = clinic.admin.post("/patients", givenName="Ana", familyName="Dinu", email=email)["id"]
    clinic.admin.post(f"/patients/{who}/invite", status=204)
    slot = clinic.admin.get("/availability/first", serviceId=service, locationIds=location)["slots"][0]
    made = clinic.admin.post(
        "/appointments", **clinic.booking(slot, serviceId=service, locationId=location, patientId=who)
    )
    found: dict[str, Any] = made["appointment"]
    return found


def waiting_room(clinic: Clinic, page_at: PageAt, **more: Any) -> Page:
    screen = at_the_desk(clinic, page_at, **more)
    screen.forgive("404")
    screen.page.goto("/desk/queue")
    screen.page.get_by_label("Location").select_option(label="Noon")
    screen.page.get_by_role("button", name="Check in by code").wait_for()
    return screen.page


@pytest.mark.covers("W04", "W03")
def test_what_the_patient_shows_is_entered_at_the_desk(clinic: Clinic, page_at: PageAt) -> None:
    email = f"ana-{clinic.id[:8]}@example.com"
    today(clinic, email)
    portal = page_at("phone")
    portal.sign_in(clinic.machine, email)
    picture = portal.page.locator("main img[src^='data:image/svg']").first
    shown = unquote(str(picture.get_attribute("src")).split(",", 1)[1])
    code = read_qr(shown)

    page = waiting_room(clinic, page_at)
    page.get_by_role("button", name="Check in by code").click()
    panel(page).get_by_role("textbox", name="Code").fill("not-a-code")
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("alert")).to_contain_text("This code is not known")
    # Readers type all of it, and Enter.
    panel(page).get_by_role("textbox", name="Code").fill(code)
    page.keyboard.press("Enter")
    expect(panel(page).get_by_text("Checked in", exact=True)).to_be_visible()
    expect(panel(page).get_by_role("textbox", name="Code")).to_have_value("")
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Arrived").get_by_text("Ana Dinu")).to_be_visible()


@pytest.mark.covers("W04")
def test_a_camera_reads_it_where_the_browser_can(clinic: Clinic, page_at: PageAt) -> None:
    visit = today(clinic, f"ana-{clinic.id[:8]}@example.com")
    code = clinic.admin.get(f"/appointments/{visit['id']}/check-in-code")["url"]
    page = waiting_room(clinic, page_at, size="phone")
    page.evaluate("() => { delete globalThis.BarcodeDetector }")
    page.get_by_role("button", name="Check in by code").click()
    expect(panel(page).get_by_role("textbox", name="Code")).to_be_visible()
    expect(panel(page).get_by_role("button", name="Use the camera")).to_have_count(0)
    page.keyboard.press("Escape")
    page.evaluate(_CAMERA, code)
    page.get_by_role("button", name="Check in by code").click()
    panel(page).get_by_role("button", name="Use the camera").click()
    expect(panel(page).get_by_text("Checked in", exact=True)).to_be_visible()
