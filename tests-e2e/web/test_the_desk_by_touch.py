"""By finger: what stays under it for a moment is taken along, everything else scrolls."""

import pytest
from at_the_desk import Finger, PageAt, at_the_desk, book, middle, shows_time, visit
from journeys import Clinic
from playwright.sync_api import expect


@pytest.mark.covers("W04")
def test_a_visit_is_held_and_taken_to_another_time(clinic: Clinic, page_at: PageAt) -> None:
    book(clinic, 9.5)
    screen = at_the_desk(clinic, page_at, "phone", zone="Asia/Kathmandu")
    page = screen.page
    finger, held = Finger(page), visit(page).first
    column = page.locator("[data-column]").first
    hour = column.evaluate("it => it.getBoundingClientRect().height / 8")
    x, y = middle(held)
    finger.down(x, y)
    page.locator("[data-dragging=visit]").wait_for()
    finger.move((x, y + hour / 2), (x, y + hour), (x, y + 1.5 * hour))
    finger.up()
    screen.says_in_passing("Moved to")
    screen.look("notice-desk", sizes=["phone"])
    expect(page.locator("main time", has_text="11:00").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.covers("W04")
def test_a_finger_that_does_not_wait_scrolls(clinic: Clinic, page_at: PageAt) -> None:
    book(clinic, 9.5)
    page = at_the_desk(clinic, page_at, "phone").page
    finger = Finger(page)
    x, y = middle(visit(page).first)
    before = page.evaluate("scrollY")
    finger.down(x, y)
    finger.move(*((x, y - 20 * step) for step in range(1, 8)))
    finger.up()
    page.wait_for_function("before => scrollY > before", arg=before)
    expect(page.locator("[data-dragging]")).to_have_count(0)
    expect(page.get_by_text("Moved to")).to_have_count(0)


@pytest.mark.covers("W05")
def test_a_stretch_of_the_week_is_held_and_made_longer(clinic: Clinic, page_at: PageAt) -> None:
    screen = at_the_desk(clinic, page_at, "phone", zone="America/Los_Angeles")
    page = screen.page
    page.goto("/hours")
    page.get_by_text("As a week").click()
    monday = page.locator("[data-day=monday]")
    hour = monday.evaluate("it => it.getBoundingClientRect().height / 24")
    finger, end = Finger(page), monday.get_by_test_id("stretch-end")
    x, y = middle(end)
    finger.down(x, y)
    page.locator("[data-dragging]").wait_for()
    finger.move((x, y + hour), (x, y + 2 * hour))
    finger.up()
    shows_time(page.get_by_label("Open on Monday, until"), "19:00")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    screen.look("hours-week-touched")
