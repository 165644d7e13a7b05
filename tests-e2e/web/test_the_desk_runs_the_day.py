"""The front desk: the agenda as a receptionist uses it, alone and with a colleague."""

import re
import time

import pytest
from at_the_desk import (
    PageAt,
    at_the_desk,
    book,
    choose_patient,
    day_of,
    drag,
    panel,
    see_day,
    set_time,
    shows_time,
    visit,
)
from journeys import Clinic, eventually, sign_in
from playwright.sync_api import Route, expect

BOTH = pytest.mark.parametrize(("size", "zone"), [("phone", "Asia/Kathmandu"), ("desk", "America/Los_Angeles")])


@BOTH
@pytest.mark.covers("W04")
def test_an_appointment_from_its_booking_to_its_end(clinic: Clinic, page_at: PageAt, size: str, zone: str) -> None:
    page = at_the_desk(clinic, page_at, size, zone=zone).page
    expect(page.get_by_text("Times are those of Centre")).to_be_visible()
    page.get_by_role("button", name="New appointment").click()
    choose_patient(page)
    panel(page).locator("label").filter(has_text="9:30").click()
    expect(panel(page).get_by_text("This time is free")).to_be_visible()
    panel(page).get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    visit(page).click()
    panel(page).get_by_role("button", name="Confirm").click()
    expect(panel(page).locator("[data-status=confirmed]")).to_be_visible()

    panel(page).get_by_role("button", name="Move to").click()
    panel(page).locator("label").filter(has_text="14:00").click()
    panel(page).get_by_role("button", name="Move", exact=True).click()
    expect(panel(page).locator("ol li")).to_have_count(3)
    expect(panel(page).locator("ol")).to_contain_text("Moved")
    panel(page).get_by_role("button", name="Cancel").click()
    panel(page).get_by_label("The clinic").check()
    panel(page).get_by_label("Reason").fill("Dr. Ana is ill")
    panel(page).get_by_role("button", name="Cancel the appointment").click()
    expect(panel(page).locator("[data-status=canceled]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(visit(page)).to_have_count(0)


@pytest.mark.covers("W04")
def test_a_new_patient_is_taken_up_while_booking(clinic: Clinic, page_at: PageAt) -> None:
    page = at_the_desk(clinic, page_at).page
    page.get_by_role("region", name="Dr. Bogdan").get_by_role("button", name="New with Dr. Bogdan").click()
    panel(page).get_by_role("textbox", name="Patient").fill("Ștefan Țepeș")
    page.get_by_role("option", name="New patient").click()
    panel(page).get_by_role("button", name="Register").click()
    panel(page).locator("label").filter(has_text="10:00").click()
    panel(page).get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("region", name="Dr. Bogdan").get_by_text("Ștefan Țepeș")).to_be_visible()


@pytest.mark.covers("W04")
def test_dragging_moves_and_what_is_refused_is_taken_back(clinic: Clinic, page_at: PageAt) -> None:
    made = book(clinic, 9.5)
    version = {"If-Match": f'"{made["version"]}"'}
    clinic.admin.ask("POST", f"/appointments/{made['id']}/confirm", headers=version).raise_for_status()
    book(clinic, 14, whose=1)
    screen = at_the_desk(clinic, page_at)
    page, ana = screen.page, screen.page.get_by_role("region", name="Dr. Ana")
    drag(page, ana.get_by_role("button").filter(has_text="Ioana Pop"), "Dr. Ana", 11)
    expect(page.get_by_text("Moved to")).to_be_visible()
    expect(ana.locator("time", has_text="11:00")).to_be_visible()
    expect(ana.locator("button[data-status=scheduled]")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(ana.locator("time", has_text="9:30")).to_be_visible()
    # They had said that they come.
    expect(ana.locator("button[data-status=confirmed]")).to_be_visible()

    screen.forgive("409")
    drag(page, ana.get_by_role("button").filter(has_text="Ioana Pop"), "Dr. Bogdan", 14)
    expect(page.get_by_role("alert")).to_contain_text(re.compile("taken|offered|faster"))
    expect(ana.locator("time", has_text="9:30")).to_be_visible()


@pytest.mark.covers("W04")
def test_what_is_let_go_outside_the_agenda_stays_where_it_was(clinic: Clinic, page_at: PageAt) -> None:
    made = book(clinic, 9.5)
    page = at_the_desk(clinic, page_at).page
    held = visit(page).bounding_box()
    assert held is not None
    page.mouse.move(held["x"] + 20, held["y"] + 4)
    page.mouse.down()
    page.mouse.move(held["x"] + 20, held["y"] + 90, steps=4)
    ghost = page.locator("[class*=ghost]")
    expect(ghost).to_be_visible()
    page.mouse.move(20, 400, steps=4)
    page.mouse.up()
    page.mouse.move(held["x"] + 20, held["y"] + 90, steps=4)
    expect(ghost).to_have_count(0)
    expect(page.locator("[data-dragging]")).to_have_count(0)
    assert clinic.admin.get(f"/appointments/{made['id']}")["appointment"]["version"] == made["version"]
    visit(page).focus()
    page.keyboard.press("Enter")
    expect(panel(page)).to_be_visible()


@pytest.mark.covers("W04")
def test_time_is_blocked_by_dragging_over_it_and_freed(clinic: Clinic, page_at: PageAt) -> None:
    page = at_the_desk(clinic, page_at).page
    ana = page.get_by_role("region", name="Dr. Ana")
    box = ana.locator("[data-column]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 50, box["y"] + box["height"] / 8 + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 50, box["y"] + box["height"] / 4 - 4, steps=6)
    page.mouse.up()
    shows_time(panel(page).get_by_label("From"), "10:00")
    shows_time(panel(page).get_by_label("Until"), "11:00")
    panel(page).get_by_label("Reason").fill("Team meeting")
    panel(page).get_by_role("button", name="Block this time").click()
    ana.get_by_role("button", name="Team meeting").click()
    panel(page).get_by_role("button", name="Remove the block").click()
    expect(ana.get_by_role("button", name="Team meeting")).to_have_count(0)


@pytest.mark.covers("W04")
def test_two_receptionists_see_each_other_within_a_second(clinic: Clinic, page_at: PageAt) -> None:
    one, other = at_the_desk(clinic, page_at).page, at_the_desk(clinic, page_at).page
    one.get_by_role("button", name="New appointment").click()
    choose_patient(one)
    panel(one).locator("label").filter(has_text="9:30").click()
    expect(panel(one).get_by_text("This time is free")).to_be_visible()
    panel(one).get_by_role("button", name="Book", exact=True).click()
    began = time.monotonic()
    visit(other).wait_for()
    print(f"a booking was seen by a colleague after {time.monotonic() - began:.2f} s")
    assert time.monotonic() - began < 1

    visit(other).click()
    panel(other).get_by_role("button", name="Confirm").click()
    began = time.monotonic()
    one.locator("main button[data-status=confirmed]").wait_for()
    assert time.monotonic() - began < 1


@pytest.mark.covers("W04", "G03")
def test_what_happened_before_news_could_be_heard_shows_too(clinic: Clinic, page_at: PageAt) -> None:
    page, colleague = at_the_desk(clinic, page_at).page, at_the_desk(clinic, page_at).page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/realtime/**", hold)
    with page.expect_response("**/agenda*"), page.expect_request("**/v1/realtime/**"):
        page.reload()
    book(clinic, 9.5)
    # By then it is told; whoever begins to listen now would hear nothing of it.
    visit(colleague).wait_for()
    expect(visit(page)).to_have_count(0)
    for route in held:
        route.continue_()
    visit(page).wait_for()


@pytest.mark.covers("W04")
def test_what_a_colleague_changed_meanwhile_is_not_overwritten(clinic: Clinic, page_at: PageAt) -> None:
    made = book(clinic, 9.5)
    screen = at_the_desk(clinic, page_at)
    screen.forgive("412|409")
    page = screen.page
    # News does not arrive at this desk: it sees what was there before.
    page.route("**/v1/realtime/**", lambda route: route.abort())
    see = f"**/appointments/{made['id']}"
    visit(page).click()
    panel(page).get_by_role("button", name="Move to").click()
    page.route(see, lambda route: route.continue_(headers=route.request.headers | {"if-match": '"99"'}))
    panel(page).get_by_role("button", name="Move", exact=True).click()
    expect(panel(page).get_by_role("alert")).to_contain_text("changed")


@pytest.mark.covers("W04")
def test_a_request_is_accepted_or_declined(clinic: Clinic, page_at: PageAt) -> None:
    admin = clinic.admin
    admin.put("/booking-policy", needsAcceptance=True)
    admin.post(f"/patients/{clinic.patient_id}/invite", status=204)
    email = admin.get(f"/patients/{clinic.patient_id}")["email"]
    eventually(lambda: any(each["email"] == email for each in admin.get("/members")["members"]))
    patient = sign_in(clinic.machine, clinic.http, email)
    for whose, slot in enumerate(clinic.slots()[:1] + clinic.slots()[-1:]):
        assert clinic.book(slot, patient).status_code == 201, whose
    page = at_the_desk(clinic, page_at).page
    visit(page).first.click()
    panel(page).get_by_role("button", name="Accept").click()
    expect(panel(page).locator("[data-status=scheduled]")).to_be_visible()
    page.keyboard.press("Escape")
    requested = page.locator("main button[data-status=requested]")
    expect(requested).to_have_count(1)
    requested.click()
    panel(page).get_by_role("button", name="Decline").click()
    panel(page).get_by_label("Reason").fill("Please come in the morning")
    panel(page).get_by_role("button", name="Decline the request").click()
    expect(panel(page).locator("[data-status=canceled]")).to_be_visible()


@pytest.mark.covers("W04")
def test_a_time_is_sought_booked_and_another_explained(clinic: Clinic, page_at: PageAt) -> None:
    page = at_the_desk(clinic, page_at).page
    page.get_by_role("button", name="Find a time").click()
    panel(page).get_by_role("button", name="Next week").click()
    panel(page).get_by_text("Morning", exact=True).click()
    panel(page).get_by_role("button", name="Search").click()
    found = panel(page).get_by_role("list", name="Free times").get_by_role("listitem")
    expect(found).to_have_count(3)
    found.first.get_by_role("button", name="Choose").click()
    choose_patient(page)
    set_time(panel(page).get_by_role("spinbutton", name="Time", exact=True), "20:00")
    expect(panel(page).get_by_text("does not work at Centre for the whole of that time")).to_be_visible()
    panel(page).locator("label").filter(has_text="9:15").click()
    expect(panel(page).get_by_text("This time is free")).to_be_visible()
    panel(page).get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.covers("W04")
def test_the_address_says_what_is_shown(clinic: Clinic, page_at: PageAt) -> None:
    book(clinic, 9.5)
    page = at_the_desk(clinic, page_at).page
    page.get_by_text("Month", exact=True).click()
    expect(page).to_have_url(re.compile("view=month"))
    page.get_by_role("button", name=", 1 appointment").click()
    expect(page).to_have_url(re.compile(f"date={day_of(clinic)}"))
    page.get_by_text("Week", exact=True).click()
    expect(page.get_by_role("region", name=re.compile("^Mon"))).to_be_visible()
    page.reload()
    expect(visit(page)).to_be_visible()
    see_day(page, clinic, by="rooms")
    expect(
        page.get_by_role("region", name="Room 1").or_(page.get_by_role("region", name="Room 2")).first
    ).to_be_visible()


@pytest.mark.covers("W04")
def test_a_day_on_paper_is_a_table(clinic: Clinic, page_at: PageAt) -> None:
    book(clinic, 9.5)
    screen = at_the_desk(clinic, page_at)
    screen.page.emulate_media(media="print")
    table = screen.page.locator("table")
    expect(table).to_be_visible()
    expect(table).to_contain_text("Ioana Pop")
    assert screen.page.evaluate("getComputedStyle(document.querySelector('header')).visibility") == "hidden"
    assert len(screen.page.pdf()) > 1000
