"""The schedule builder: a week is changed by form or by hand, looked at by the server, and only then saved."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from at_the_desk import set_time, shows_time
from browsing import Screen
from inviting import Suite
from journeys import Clinic, eventually, utc
from playwright.sync_api import Locator, Route, expect

PageAt = Callable[..., Screen]
BOTH = pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desk", "light")])


def opened(clinic: Clinic, page_at: PageAt, size: str, **more: str) -> Screen:
    screen = page_at(size, **more)
    screen.sign_in(clinic.machine, Suite(clinic.machine, clinic.id, "").invite("front_desk"))
    screen.page.goto("/hours")
    screen.page.get_by_text("40 hours a week").wait_for()
    return screen


def hours(clinic: Clinic) -> dict[str, Any]:
    found: dict[str, Any] = clinic.admin.get(f"/providers/{clinic.specialist_ids[0]}/weekly-hours")["weeklyHours"][0]
    return found


def times(clinic: Clinic, kind: str = "intervals", day: str = "monday") -> list[tuple[str, str]]:
    return [(each["starts"], each["ends"]) for each in hours(clinic)[kind] if each["weekday"] == day]


def day_card(screen: Screen, day: str) -> Locator:
    as_list = screen.page.get_by_text("As a list")
    if as_list.is_visible():
        as_list.click()
    return screen.page.get_by_role("region", name=day, exact=True)


def save(screen: Screen) -> None:
    screen.page.get_by_role("button", name="Check and save").click()


@BOTH
@pytest.mark.covers("W05")
def test_a_week_is_built_by_its_form(clinic: Clinic, page_at: PageAt, size: str, scheme: str) -> None:
    screen = opened(clinic, page_at, size, scheme=scheme, zone="Asia/Kathmandu")
    screen.look("hours-week")
    monday = day_card(screen, "Monday")
    set_time(monday.get_by_label("Open on Monday, until"), "18:30")
    monday.get_by_role("button", name="Add a break on Monday").click()
    shows_time(monday.get_by_label("Break on Monday, from"), "12:00")
    monday.get_by_role("button", name="Copy Monday to other days").click()
    screen.page.get_by_role("checkbox", name="Saturday").check()
    screen.page.get_by_role("button", name="Copy", exact=True).last.click()
    saturday = day_card(screen, "Saturday")
    saturday.get_by_role("button", name="Open on Saturday: choose the weeks").click()
    saturday.get_by_label("How often").select_option("2")
    saturday.get_by_label("In the week of").fill("2027-01-04")
    # Where the bar to save lies over nothing.
    screen.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    screen.look("hours-week-changed")
    save(screen)
    screen.says_in_passing("Saved")
    assert times(clinic) == [("09:00", "18:30")]
    assert times(clinic, "breaks") == times(clinic, "breaks", "saturday") == [("12:00", "13:00")]
    assert [each["everyWeeks"] for each in hours(clinic)["intervals"] if each["weekday"] == "saturday"] == [2]


@pytest.mark.covers("W05")
def test_a_week_is_changed_by_dragging(clinic: Clinic, page_at: PageAt) -> None:
    screen = opened(clinic, page_at, "desk", zone="America/Los_Angeles")
    page = screen.page
    blocks = page.get_by_test_id("stretch")
    hour = page.locator("[data-day=monday]").evaluate("it => it.getBoundingClientRect().height / 24")

    def drag(what: Locator, hours: float, days: int = 0) -> None:
        box = what.bounding_box()
        width = page.locator("[data-day=monday]").evaluate("it => it.getBoundingClientRect().width")
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + days * width / 2, y + hours * hour / 2, steps=3)
        page.mouse.move(x + days * width, y + hours * hour, steps=3)
        page.mouse.up()

    drag(blocks.first.get_by_test_id("stretch-end"), 2)
    shows_time(page.get_by_label("Open on Monday, until"), "19:00")
    drag(page.locator("[data-day=friday]").get_by_test_id("stretch"), -1, days=1)
    shows_time(page.get_by_label("Open on Saturday, from"), "08:00")
    expect(page.locator("[data-day=friday]").get_by_test_id("stretch")).to_have_count(0)
    screen.look("hours-week-dragged")
    save(screen)
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert (times(clinic), times(clinic, day="saturday")) == ([("09:00", "19:00")], [("08:00", "16:00")])


@pytest.mark.covers("W05")
def test_what_is_wrong_is_said_where_it_is_and_nothing_typed_is_lost(clinic: Clinic, page_at: PageAt) -> None:
    screen = opened(clinic, page_at, "phone")
    screen.forgive("400|422")
    tuesday = day_card(screen, "Tuesday")
    tuesday.get_by_role("button", name="Add hours on Tuesday").click()
    set_time(tuesday.get_by_label("Open on Tuesday, from").nth(1), "16:00")
    save(screen)
    expect(tuesday.get_by_role("alert")).to_contain_text("Overlaps other hours")
    expect(screen.page.get_by_text("One thing needs your attention")).to_be_visible()
    screen.look("hours-week-wrong")
    assert times(clinic, day="tuesday") == [("09:00", "17:00")]
    set_time(tuesday.get_by_label("Open on Tuesday, from").nth(1), "17:00")
    tuesday.get_by_role("button", name="Add a break on Tuesday").click()
    set_time(tuesday.get_by_label("Break on Tuesday, from"), "07:00")
    set_time(tuesday.get_by_label("Break on Tuesday, until"), "08:00")
    save(screen)
    expect(tuesday.get_by_role("alert")).to_contain_text("outside of the open hours")
    tuesday.get_by_role("button", name="Remove: Break on Tuesday").click()
    save(screen)
    expect(screen.page.get_by_text("Saved", exact=True)).to_be_visible()
    assert times(clinic, day="tuesday") == [("09:00", "17:00"), ("17:00", "21:00")]


@BOTH
@pytest.mark.covers("W05")
def test_who_is_displaced_is_seen_before_it_is_saved(clinic: Clinic, page_at: PageAt, size: str, scheme: str) -> None:
    mine = {"providerIds": clinic.specialist_ids[0]}
    first, *_, last = clinic.slots(**mine)
    ids = [clinic.book(slot).json()["appointment"]["id"] for slot in (first, last)]
    name = clinic.day().strftime("%A")
    screen = opened(clinic, page_at, size, scheme=scheme, zone="America/Los_Angeles")
    card = day_card(screen, name)
    card.get_by_role("button", name=f"Remove: Open on {name}").click()
    asked: list[str] = []
    screen.page.on("request", lambda it: asked.append(it.url) if re.search(r"/appointments\b", it.url) else None)
    save(screen)
    dialog = screen.page.get_by_role("dialog")
    expect(dialog.get_by_text("2 appointments have no place any more")).to_be_visible()
    expect(dialog.get_by_text("Ioana Pop")).to_have_count(2)
    assert len(asked) == 1, asked
    dialog.get_by_role("combobox").nth(1).select_option("keep")
    expect(dialog.get_by_text("1 moves · 1 stays")).to_be_visible()
    screen.look("hours-impact")
    assert times(clinic, day=name.lower()) == [("09:00", "17:00")], "nothing is saved before"
    dialog.get_by_role("button", name="Save all this").click()
    expect(screen.page.get_by_text("Saved", exact=True)).to_be_visible()
    assert times(clinic, day=name.lower()) == []

    def went() -> bool:
        moved, kept = (clinic.admin.get(f"/appointments/{each}")["appointment"] for each in ids)
        return bool(utc(moved["start"]) != utc(first["start"]) and utc(kept["start"]) == utc(last["start"]))

    eventually(went, what="the move")


@pytest.mark.covers("W05")
def test_who_cannot_be_shown_stays_where_they_are(clinic: Clinic, page_at: PageAt) -> None:
    first, *_, last = clinic.slots(providerIds=clinic.specialist_ids[0])
    ids = [clinic.book(slot).json()["appointment"]["id"] for slot in (first, last)]
    name = clinic.day().strftime("%A")
    screen = opened(clinic, page_at, "phone")

    def only_the_first(route: Route) -> None:
        """As if there were more of them than one answer holds: 500."""
        found = route.fetch().json()
        assert [each["appointmentId"] for each in found["displaced"]] == ids
        route.fulfill(json=found | {"displaced": found["displaced"][:1], "more": True})

    screen.page.route("**/changes/preview", only_the_first)
    day_card(screen, name).get_by_role("button", name=f"Remove: Open on {name}").click()
    save(screen)
    dialog = screen.page.get_by_role("dialog")
    expect(dialog.get_by_text("There are more than can be shown here. They stay where they are")).to_be_visible()
    screen.look("hours-impact-more")
    dialog.get_by_role("combobox").select_option("cancel")
    with screen.page.expect_request(lambda it: it.method == "POST" and it.url.endswith("/changes")) as sent:
        dialog.get_by_role("button", name="Save all this").click()
    assert sent.value.post_data_json["keepOthers"] is True
    expect(screen.page.get_by_text("Saved", exact=True)).to_be_visible()
    assert times(clinic, day=name.lower()) == []

    def went() -> bool:
        gone, kept = (clinic.admin.get(f"/appointments/{each}")["appointment"] for each in ids)
        return bool(
            gone["status"] == "canceled" and (kept["status"], kept["startUTC"]) == ("scheduled", last["startUTC"])
        )

    eventually(went, what="the cancellation")


@pytest.mark.covers("W05")
def test_who_was_slower_chooses_whose_hours_stay(clinic: Clinic, page_at: PageAt) -> None:
    screen = opened(clinic, page_at, "phone")
    screen.forgive("412")
    set_time(day_card(screen, "Monday").get_by_label("Open on Monday, until"), "18:00")
    place = f"/providers/{clinic.specialist_ids[0]}/weekly-hours/{clinic.location_id}"
    clinic.admin.put(place, intervals=[{"weekday": "monday", "starts": "10:00", "ends": "12:00"}])
    save(screen)
    screen.page.get_by_text("Somebody has changed these hours meanwhile").wait_for()
    screen.look("hours-stale")
    screen.page.get_by_role("button", name="Keep mine").click()
    save(screen)
    expect(screen.page.get_by_text("Saved", exact=True)).to_be_visible()
    assert times(clinic) == [("09:00", "18:00")]


@pytest.mark.covers("W05")
def test_leaving_asks_before_changes_are_lost(clinic: Clinic, page_at: PageAt) -> None:
    screen = opened(clinic, page_at, "desk")
    page = screen.page
    set_time(day_card(screen, "Monday").get_by_label("Open on Monday, until"), "18:00")
    page.get_by_role("combobox", name="Specialist").select_option(label="Dr. Bogdan")
    expect(page.get_by_text("Not saved yet")).to_be_hidden()
    page.get_by_role("combobox", name="Specialist").select_option(label="Dr. Ana")
    shows_time(page.get_by_label("Open on Monday, until"), "18:00")
    page.get_by_role("link", name="Agenda").click()
    page.get_by_role("button", name="Stay here").click()
    shows_time(page.get_by_label("Open on Monday, until"), "18:00")
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("link", name="Agenda").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Agenda")


@pytest.mark.covers("W05")
def test_rules_are_shown_in_words(clinic: Clinic, page_at: PageAt) -> None:
    screen = opened(clinic, page_at, "desk", scheme="dark")
    page = screen.page
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_label("Which one").select_option("-1")
    page.get_by_role("group", name="Days").get_by_text("Friday").click()
    expect(page.get_by_text("Every month on the last Friday and Saturday")).to_be_visible()
    screen.look("hours-rules")
    save(screen)
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert hours(clinic)["recurring"][0]["rrule"] == "FREQ=MONTHLY;BYDAY=-1FR,-1SA"
