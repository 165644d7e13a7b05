"""Every screen of the clinic while its answer is on its way, and when it is not for one's role."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from at_the_desk import PageAt, at_the_desk, day_of
from browsing import Screen
from journeys import Clinic
from playwright.sync_api import Error, Page, Route, expect

# Where one goes, what is asked for then, and what is there afterwards.
SCREENS: dict[str, tuple[str, str, Any, str]] = {
    "agenda": ("/desk?date={day}", "**/agenda?*", "region", "Dr. Ana"),
    "queue": ("/desk/queue", "**/walk-ins?*", "heading", "Nobody is waiting"),
    "board": ("/desk/queue", "**/agenda?*", "region", "Expected"),
    "waitlist": ("/desk/waitlist", "**/waitlist?*", "heading", "Nobody waits for a time"),
    "week": ("/hours", "**/weekly-hours", "region", "Monday"),
    "dates": ("/hours?tab=dates", "**/overrides?*", "heading", "Every week is as usual"),
    "time off": ("/hours?tab=off", "**/time-off?*", "heading", "Nobody has asked for time off"),
    "closed days": ("/hours?tab=closed", "**/holidays", "heading", "No closed days ahead"),
    "rooms": ("/hours?tab=rooms", "**/downtime?*", "heading", "Everything can be used"),
}


def forgetful(clinic: Clinic, page_at: PageAt, size: str = "phone") -> Screen:
    """In a browser that keeps nothing: what was seen before does not stand in."""
    screen = at_the_desk(clinic, page_at, size)
    screen.forgive("403")
    screen.page.add_init_script("Object.defineProperty(globalThis, 'indexedDB', { value: undefined })")
    return screen


@contextmanager
def held_back(page: Page, what: str) -> Iterator[None]:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(what, hold)
    yield
    page.unroute(what)
    for each in held:
        # Who has asked again meanwhile has given the first one up.
        with suppress(Error):
            each.continue_()


@pytest.mark.covers("W12")
def test_what_is_on_its_way_has_its_place(clinic: Clinic, page_at: PageAt) -> None:
    page = forgetful(clinic, page_at).page
    for name, (path, asked, role, shown) in SCREENS.items():
        with held_back(page, asked):
            page.goto(path.format(day=day_of(clinic)))
            expect(page.get_by_role("status").filter(has_text="Loading").first, name).to_be_visible()
            # As tall as what comes.
            page.wait_for_function("() => document.querySelector('[role=status][aria-busy]')?.offsetHeight > 100")
        expect(page.get_by_role(role, name=shown).first, name).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="Loading"), name).to_have_count(0)


@pytest.mark.covers("W12")
def test_what_ones_role_may_not_see_is_said(clinic: Clinic, page_at: PageAt) -> None:
    page = forgetful(clinic, page_at).page
    for name, (path, asked, *_) in SCREENS.items():
        page.route(asked, lambda route: route.fulfill(status=403, content_type="application/problem+json", body="{}"))
        page.goto(path.format(day=day_of(clinic)))
        expect(page.get_by_role("heading", name="This is not for your role"), name).to_be_visible()
        page.unroute(asked)


@pytest.mark.covers("W12")
def test_a_panel_that_is_on_its_way_says_so(clinic: Clinic, page_at: PageAt) -> None:
    slot = clinic.slots()[0]
    visit_id = clinic.book(slot).json()["appointment"]["id"]
    page, asked = forgetful(clinic, page_at, "desk").page, f"**/appointments/{visit_id}"
    address = f"/desk?date={day_of(clinic)}&visit={visit_id}"
    with held_back(page, asked):
        page.goto(address)
        expect(page.get_by_role("dialog").get_by_role("status").filter(has_text="Loading")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("heading", name="Ioana Pop")).to_be_visible()
    page.route(asked, lambda route: route.fulfill(status=403, content_type="application/problem+json", body="{}"))
    page.goto(address)
    expect(page.get_by_role("dialog").get_by_role("heading", name="This is not for your role")).to_be_visible()
