"""Single dates, time off, closed days and rooms; and what the screen says when there is nothing, or nobody answers."""

import re
from collections.abc import Callable

import pytest
from browsing import Screen
from inviting import Suite
from journeys import Clinic, eventually
from playwright.sync_api import expect

PageAt = Callable[..., Screen]
BOTH = pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desk", "dark")])


def opened(clinic: Clinic, page_at: PageAt, size: str, tab: str, role: str = "admin", **more: str) -> Screen:
    screen = page_at(size, **more)
    screen.sign_in(clinic.machine, Suite(clinic.machine, clinic.id, "").invite(role))
    screen.page.goto(f"/hours?tab={tab}")
    return screen


@BOTH
@pytest.mark.covers("W05")
def test_dates_and_time_off(clinic: Clinic, page_at: PageAt, size: str, scheme: str) -> None:
    screen = opened(clinic, page_at, size, "dates", scheme=scheme, zone="America/Los_Angeles")
    page = screen.page
    page.get_by_role("heading", name="Every week is as usual").wait_for()
    screen.look("hours-dates-empty")
    page.get_by_label("First day").fill("2027-03-01")
    page.get_by_label("Last day").fill("2027-03-05")
    page.get_by_label("Reason").fill("Training")
    page.get_by_role("button", name="Check and save").click()
    page.get_by_text(re.compile("1 Mar 2027 . 5 Mar 2027")).wait_for()
    added = clinic.admin.get(f"/providers/{clinic.specialist_ids[0]}/overrides")["overrides"]
    assert [(each["start"], each["end"]) for each in added] == [("2027-02-28T22:00:00Z", "2027-03-05T22:00:00Z")]
    screen.look("hours-dates")
    page.get_by_role("button", name="Remove: Training").click()
    page.get_by_role("button", name="Yes, remove").click()
    page.get_by_role("heading", name="Every week is as usual").wait_for()

    page.get_by_role("tab", name="Time off").click()
    page.get_by_label("First day").fill("2027-04-01")
    page.get_by_label("Reason").fill("Holiday")
    page.get_by_role("button", name="Send the request").click()
    page.get_by_text("Requested", exact=True).wait_for()
    screen.look("hours-time-off")
    page.get_by_label("Note: Dr. Ana").fill("Enjoy it")
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Approved", exact=True).wait_for()
    expect(page.get_by_text("Answer: Enjoy it")).to_be_visible()
    page.get_by_role("button", name="Withdraw: Dr. Ana").click()
    page.get_by_role("button", name="Withdraw", exact=True).click()
    page.get_by_text("Withdrawn", exact=True).wait_for()


@pytest.mark.covers("W05")
def test_after_an_extra_opening_the_form_begins_anew(clinic: Clinic, page_at: PageAt) -> None:
    page = opened(clinic, page_at, "desk", "dates").page
    page.get_by_text("Extra opening", exact=True).click()
    expect(page.get_by_role("switch", name="Whole days")).not_to_be_checked()
    page.get_by_label("Starts on").fill("2027-03-06")
    page.get_by_label("Reason").fill("Open Saturday")
    page.get_by_role("button", name="Check and save").click()
    page.get_by_role("button", name="Remove: Open Saturday").wait_for()
    expect(page.get_by_role("radio", name="Extra opening")).not_to_be_checked()
    expect(page.get_by_role("switch", name="Whole days")).to_be_checked()


@BOTH
@pytest.mark.covers("W05")
def test_closed_days_and_rooms(clinic: Clinic, page_at: PageAt, size: str, scheme: str) -> None:
    screen = opened(clinic, page_at, size, "closed", scheme=scheme)
    page = screen.page
    page.get_by_label("Closed on the holidays of").select_option("RO")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("25 Dec").first.wait_for()
    own = page.get_by_role("form", name="A closed day of your own")
    own.get_by_label("Date").fill("2027-01-08")
    own.get_by_label("Name").fill("Inventory")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Inventory").wait_for()
    screen.look("hours-closed")
    found = clinic.admin.get(f"/locations/{clinic.location_id}/holidays")
    assert (found["country"], found["closedOn"]) == ("RO", [{"date": "2027-01-08", "name": "Inventory"}])

    page.get_by_role("tab", name="Rooms and equipment").click()
    page.get_by_role("heading", name="Everything can be used").wait_for()
    page.get_by_label("Reason").fill("Painting")
    page.get_by_role("button", name="Check and save").click()
    page.get_by_text("Painting").wait_for()
    screen.look("hours-rooms")


@pytest.mark.covers("W05")
def test_whom_a_closed_day_displaces_is_seen_before_it_is_closed(clinic: Clinic, page_at: PageAt) -> None:
    slot = clinic.slots()[0]
    made = clinic.book(slot).json()["appointment"]
    page = opened(clinic, page_at, "phone", "closed").page
    own = page.get_by_role("form", name="A closed day of your own")
    own.get_by_label("Date").fill(f"{clinic.day():%Y-%m-%d}")
    page.get_by_role("button", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 appointment has no place any more")).to_be_visible()
    assert clinic.admin.get(f"/locations/{clinic.location_id}/holidays")["closedOn"] == []
    dialog.get_by_role("combobox").select_option("cancel")
    dialog.get_by_role("button", name="Save all this").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    days = clinic.admin.get(f"/locations/{clinic.location_id}/holidays")["closedOn"]
    assert [each["date"] for each in days] == [f"{clinic.day():%Y-%m-%d}"]
    eventually(
        lambda: clinic.admin.get(f"/appointments/{made['id']}")["appointment"]["status"] == "canceled",
        what="cancellation",
    )


@pytest.mark.covers("W05")
def test_whom_an_opening_that_goes_displaces_is_seen_before_it_goes(clinic: Clinic, page_at: PageAt) -> None:
    day, specialist = clinic.day(), clinic.specialist_ids[0]
    evening = {"start": f"{day:%Y-%m-%d}T18:00:00Z", "end": f"{day:%Y-%m-%d}T20:00:00Z"}
    clinic.admin.post(
        f"/providers/{specialist}/overrides", kind="available", locationId=clinic.location_id, reason="Late", **evening
    )
    start = evening["start"]
    eventually(lambda: start in [each["startUTC"] for each in clinic.slots(providerIds=specialist)], what="the evening")
    made = clinic.book({"start": start, "provider": {"id": specialist}}).json()["appointment"]
    page = opened(clinic, page_at, "desk", "dates").page
    page.get_by_role("button", name="Remove: Late").click()
    page.get_by_role("button", name="Yes, remove").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 appointment has no place any more")).to_be_visible()
    dialog.get_by_role("combobox").select_option("keep")
    dialog.get_by_role("button", name="Save all this").click()
    page.get_by_role("heading", name="Every week is as usual").wait_for()
    assert clinic.admin.get(f"/appointments/{made['id']}")["appointment"]["startUTC"] == start


@pytest.mark.covers("W05")
def test_every_state_has_something_to_say(clinic: Clinic, page_at: PageAt) -> None:
    screen = page_at("phone")
    screen.forgive("500")
    screen.sign_in(clinic.machine, Suite(clinic.machine, clinic.id, "").invite("front_desk"))
    page = screen.page
    broken = '{"title": "Broken", "status": 500, "code": "INTERNAL", "requestId": "r-1"}'
    page.route("**/weekly-hours", lambda route: route.fulfill(status=500, body=broken))
    page.goto("/hours")
    page.get_by_text("Something went wrong").wait_for()
    screen.look("hours-failed")
    page.unroute("**/weekly-hours")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("40 hours a week").wait_for()
    place = f"/providers/{clinic.specialist_ids[0]}/weekly-hours/{clinic.location_id}"
    clinic.admin.put(place, intervals=[])
    page.reload()
    page.get_by_text("No working hours yet").wait_for()
    screen.look("hours-empty")


@pytest.mark.covers("W05")
def test_a_specialist_sees_themselves_and_may_not_close_the_place(clinic: Clinic, page_at: PageAt) -> None:
    screen = opened(clinic, page_at, "phone", "closed", role="front_desk")
    page = screen.page
    page.get_by_role("heading", name="No closed days ahead").wait_for()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    page.goto("/hours?tab=rooms")
    page.get_by_role("heading", name="Everything can be used").wait_for()
    expect(page.get_by_role("button", name="Check and save")).to_have_count(0)
