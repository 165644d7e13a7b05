"""Every screen: a picture, and nothing that axe or the browser would say."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from browsing import Screen
from inviting import NAPOCA, Suite
from journeys import Clinic
from playwright.sync_api import expect

PageAt = Callable[..., Screen]


@pytest.mark.covers("W12")
def test_public_screens(suite: Suite, page_at: PageAt) -> None:
    screen = page_at("phone")
    page = screen.page
    page.goto("/")
    screen.look("sign-in")
    page.goto(f"/c/{suite.clinic_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(NAPOCA.name)
    screen.look("clinic")
    page.get_by_role("link", name="Book a visit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What do you come for?")
    screen.look("book")


@pytest.mark.covers("W02", "W12")
@pytest.mark.parametrize("what", [str(uuid4()), "xyz"], ids=["unknown", "no-id"])
def test_a_clinic_that_does_not_exist_is_said_not_to(page_at: PageAt, what: str) -> None:
    screen = page_at("phone")
    screen.forgive("404|400|422")
    page = screen.page
    for path in ("", "/book"):
        page.goto(f"/c/{what}{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text("There is no such clinic")
        expect(page.get_by_role("link", name="Book a visit")).to_have_count(0)
        expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    screen.look("no-clinic")


@pytest.mark.covers("W02", "W12")
def test_a_long_list_of_people_does_not_push_next_off_the_screen(suite: Suite, page_at: PageAt) -> None:
    screen = page_at("phone")
    page = screen.page
    page.goto(f"/c/{suite.clinic_id}/book")
    page.locator("main li a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("With whom, and where?")
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_in_viewport(ratio=1)
    screen.look("book-who-many")


@pytest.mark.covers("W02", "W03", "W12")
def test_who_is_signed_in_is_on_public_pages_too(clinic: Clinic, page_at: PageAt) -> None:
    clinic.admin.post(f"/patients/{clinic.patient_id}/invite", status=204)
    screen = page_at("phone")
    screen.sign_in(clinic.machine, clinic.admin.get(f"/patients/{clinic.patient_id}")["email"])
    page = screen.page
    for path in ("", "/book"):
        page.goto(f"/c/{clinic.id}{path}")
        expect(page.get_by_role("link", name="My appointments")).to_be_visible()
        expect(page.get_by_role("button", name="Your account")).to_be_visible()
    screen.look("book-signed-in")
    page.get_by_role("link", name="My appointments").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My appointments")


@pytest.mark.covers("W12")
def test_staff_screens(suite: Suite, page_at: PageAt) -> None:
    screen = page_at("phone", locale="ro-RO", zone="America/New_York")
    screen.sign_in(suite.machine, suite.invite("front_desk"))
    page = screen.page
    screen.look("agenda-empty")
    day = datetime.now(ZoneInfo(NAPOCA.zone)) + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    page.goto(f"/desk?date={day:%Y-%m-%d}")
    page.locator("main time").first.wait_for()
    screen.look("agenda")
    for path, name in (("/desk/queue", "queue"), ("/desk/waitlist", "waitlist"), ("/hours", "hours")):
        page.goto(path)
        screen.look(name)
    page.get_by_role("button", name="Meniu").click()
    screen.look("menu", sizes=["phone"])


@pytest.mark.covers("W12")
def test_patient_screens(clinic: Clinic, page_at: PageAt) -> None:
    slot = clinic.slots()[0]
    assert clinic.book(slot).status_code == 201
    clinic.admin.post(f"/patients/{clinic.patient_id}/invite", status=204)
    email = clinic.admin.get(f"/patients/{clinic.patient_id}")["email"]
    screen = page_at("phone", locale="de-DE", zone="Europe/Berlin")
    screen.sign_in(clinic.machine, email)
    screen.page.get_by_text("Follow-up").wait_for()
    screen.look("appointments")


@pytest.mark.covers("W12")
def test_what_ones_role_may_not_is_said(clinic: Clinic, page_at: PageAt) -> None:
    clinic.admin.post(f"/patients/{clinic.patient_id}/invite", status=204)
    screen = page_at("phone")
    screen.sign_in(clinic.machine, clinic.admin.get(f"/patients/{clinic.patient_id}")["email"])
    screen.forgive("403")
    screen.page.goto("/hours")
    screen.page.get_by_role("heading", name="This is not for your role").wait_for()
    screen.look("no-permission")


@pytest.mark.covers("W12")
def test_without_a_network_it_says_so(suite: Suite, page_at: PageAt) -> None:
    screen = page_at("phone")
    screen.page.goto(f"/c/{suite.clinic_id}")
    screen.quiet()
    screen.page.context.set_offline(True)
    screen.page.get_by_text("You are offline").wait_for()
    screen.look("offline")
    screen.page.context.set_offline(False)
    screen.page.get_by_text("You are offline").wait_for(state="detached")


@pytest.mark.covers("W12")
def test_the_app_opens_without_a_network(suite: Suite, page_at: PageAt) -> None:
    screen = page_at("phone", workers=True)
    page = screen.page
    page.goto("/")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.reload()
    page.get_by_role("heading", level=1, name="Sign in").wait_for()
    page.context.set_offline(True)
    page.reload()
    page.get_by_role("heading", level=1, name="Sign in").wait_for()
    kept = page.evaluate("caches.keys().then(names => Promise.all(names.map(n => caches.open(n).then(c => c.keys()))))"
                         ".then(all => all.flat().map(r => new URL(r.url).pathname))")  # fmt: skip
    assert not [path for path in kept if path.startswith(("/v1", "/web", "/sign-in"))]


@pytest.mark.covers("W12")
@pytest.mark.parametrize("how", ["width: 70px", "position: absolute; left: 350px; white-space: nowrap"])
def test_what_is_cut_off_is_found(suite: Suite, page_at: PageAt, how: str) -> None:
    """What all these tests rely on, too."""
    screen = page_at("phone")
    page = screen.page
    page.goto("/")
    screen.quiet()
    page.locator("button[type=submit]").evaluate("(it, how) => { it.style.cssText += how }", how)
    with pytest.raises(AssertionError, match="cuts off"):
        screen.look("cut-off", sizes=[])


@pytest.mark.covers("W12")
def test_a_write_without_a_key_or_with_another_one_is_found(suite: Suite, page_at: PageAt) -> None:
    """What all these tests rely on."""
    screen = page_at("desk")
    screen.page.goto(f"/c/{suite.clinic_id}")
    screen.page.route("**/appointments", lambda route: route.abort())
    for key in ("", "a", "a", "b"):
        headers = {"Idempotency-Key": key} if key else {}
        sent = (
            f"fetch('/v1/clinics/{suite.clinic_id}/appointments', {{method: 'POST', headers: {json.dumps(headers)}}})"
        )
        screen.page.evaluate(f"{sent}.catch(() => undefined)")
    screen.forgive("ERR_FAILED")
    told = [each.partition("/appointments ")[2] for each in screen.unforgiven]
    assert told == ["has no Idempotency-Key", *2 * ["was sent again with another Idempotency-Key"]]
    screen.forgive("Idempotency-Key")
