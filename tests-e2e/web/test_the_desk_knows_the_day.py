"""The agenda knows who works when, by every rule there is, and whose visits there are, in one question each."""

import re
from datetime import timedelta

import pytest
from at_the_desk import PageAt, as_specialist, at_the_desk, book, day_of, panel, see_day, set_time, visit
from journeys import Clinic
from playwright.sync_api import Page, Request, expect


def open_hours(page: Page, who: str) -> list[tuple[int, int]]:
    """Where a column is not shaded: minutes from its top, and how long."""
    column = page.get_by_role("region", name=who).locator("[data-column]")
    found = column.evaluate(
        "it => [...it.querySelectorAll('[data-open]')].map(each => ['--at', '--length']"
        ".map(name => Number(each.style.getPropertyValue(name))))"
    )
    return [(at, length) for at, length in found]


@pytest.mark.covers("W04")
def test_hours_are_shaded_by_rules_closed_days_and_time_off(clinic: Clinic, page_at: PageAt) -> None:
    ana = clinic.specialist_ids[0]
    day = clinic.day()
    known = clinic.admin.get(f"/providers/{ana}/weekly-hours")["weeklyHours"][0]
    # Only by a rule, on that day of the week; and off in the middle of it.
    rule = {"rrule": f"FREQ=WEEKLY;BYDAY={day.strftime('%A')[:2].upper()}", "firstDay": day_of(clinic),
            "starts": "08:00", "durationMinutes": 480}  # fmt: skip
    answered = clinic.admin.ask(
        "PUT", f"/providers/{ana}/weekly-hours/{clinic.location_id}", json={"intervals": [], "recurring": [rule]},
        headers={"If-Match": f'"{known["version"]}"'},
    )  # fmt: skip
    answered.raise_for_status()
    start, end = (day.replace(hour=hour).isoformat() for hour in (10, 12))
    clinic.admin.post(f"/providers/{ana}/overrides", kind="unavailable", start=start, end=end, reason="Training")
    closed = day + timedelta(days=7)
    clinic.admin.put(
        f"/locations/{clinic.location_id}/holidays", country="", closedOn=[{"date": f"{closed:%Y-%m-%d}", "name": "Us"}]
    )
    page = at_the_desk(clinic, page_at, zone="America/Los_Angeles").page
    expect(page.locator("[data-open]")).to_have_count(3)
    assert open_hours(page, "Dr. Ana") == [(0, 120), (240, 240)]
    assert open_hours(page, "Dr. Bogdan") == [(60, 480)]
    see_day(page, clinic, date=f"{closed:%Y-%m-%d}")
    expect(page.get_by_role("region", name="Dr. Ana").get_by_text("Closed", exact=True)).to_be_visible()
    expect(page.locator("[data-open]")).to_have_count(0)

    # What changes elsewhere shows by itself; a visit is no reason to ask again.
    see_day(page, clinic)
    expect(page.locator("[data-open]")).to_have_count(3)
    start, end = (day.replace(hour=hour).isoformat() for hour in (13, 14))
    clinic.admin.post(f"/providers/{ana}/overrides", kind="unavailable", start=start, end=end, reason="Dentist")
    expect(page.locator("[data-open]")).to_have_count(4)
    place = f"/providers/{clinic.specialist_ids[1]}/weekly-hours/{clinic.location_id}"
    clinic.admin.put(place, intervals=[])
    expect(page.locator("[data-open]")).to_have_count(3)
    asked: list[str] = []
    page.on("request", lambda it: asked.append(it.url) if "/working-times" in it.url else None)
    book(clinic, 9)
    expect(visit(page)).to_have_count(1)
    assert not asked
    clinic.admin.put(f"/locations/{clinic.location_id}/holidays", closedOn=[{"date": day_of(clinic), "name": "Us"}])
    expect(page.locator("[data-open]")).to_have_count(0)


@pytest.mark.covers("W04")
def test_who_is_there_comes_before_who_is_not(clinic: Clinic, page_at: PageAt) -> None:
    ana, day = clinic.specialist_ids[0], clinic.day()
    start, end = day.isoformat(), (day + timedelta(days=1)).isoformat()
    clinic.admin.post(f"/providers/{ana}/overrides", kind="unavailable", start=start, end=end, reason="Training")
    page = at_the_desk(clinic, page_at).page
    columns = page.get_by_role("region", name="Dr. ")
    expect(columns.nth(0)).to_have_accessible_name(re.compile("Dr. Bogdan"))
    expect(columns.nth(1).get_by_text("Not here on this day")).to_be_visible()
    expect(page.get_by_text("Closed", exact=True)).to_have_count(0)


@pytest.mark.covers("W04")
def test_people_of_one_name_are_told_apart_by_their_birth(clinic: Clinic, page_at: PageAt) -> None:
    clinic.admin.post("/patients", givenName="Zoe", familyName="Zamfir", birthDate="1990-03-05")
    page = at_the_desk(clinic, page_at).page
    page.get_by_role("button", name="New appointment").click()
    panel(page).get_by_role("textbox", name="Patient").fill("zoe")
    expect(page.get_by_role("option").filter(has_text="5 Mar 1990")).to_be_visible()


@pytest.mark.covers("W04")
def test_names_are_asked_for_in_one_question(clinic: Clinic, page_at: PageAt) -> None:
    for at, (given, family) in enumerate([("Ana", "Dinu"), ("Ștefan", "Țepeș"), ("Mihai", "Radu")]):
        who = clinic.admin.post("/patients", givenName=given, familyName=family)["id"]
        book(clinic, 9 + at, patientId=who)
        clinic.admin.post("/walk-ins", locationId=clinic.location_id, patientId=who, serviceId=clinic.service_id)
        clinic.admin.post("/waitlist", patientId=who, serviceId=clinic.service_id, firstDay=day_of(clinic))
    page = at_the_desk(clinic, page_at, "desk").page
    asked: list[str] = []

    def heard(request: Request) -> None:
        if "/patients?" in request.url:
            asked.append(request.url)

    for path in (f"/desk?date={day_of(clinic)}", "/desk/queue", "/desk/waitlist"):
        asked.clear()
        page.on("request", heard)
        page.goto(path)
        for name in ("Ana Dinu", "Ștefan Țepeș", "Mihai Radu"):
            expect(page.locator("main").get_by_text(name).first).to_be_visible()
        page.remove_listener("request", heard)
        assert len(asked) == 1, asked


@pytest.mark.covers("W04")
def test_what_is_in_the_way_is_said_in_romanian(clinic: Clinic, page_at: PageAt) -> None:
    book(clinic, 9.5)
    start, end = (clinic.day().replace(hour=hour).isoformat() for hour in (13, 14))
    clinic.admin.post("/blocks", providerId=clinic.specialist_ids[0], start=start, end=end, reason="Meeting")
    screen = at_the_desk(clinic, page_at, locale="ro-RO", zone="Asia/Kathmandu")
    page = screen.page
    page.get_by_role("region", name="Dr. Ana").get_by_role("button", name="Nou la Dr. Ana").click()
    time = panel(page).get_by_role("spinbutton", name="Ora", exact=True)
    set_time(time, "09:30")
    expect(panel(page).get_by_text("Dr. Ana are altceva atunci")).to_be_visible()
    expect(panel(page).get_by_text(re.compile("O programare, 9:30.10:15"))).to_be_visible()
    set_time(time, "13:15")
    expect(panel(page).get_by_text(re.compile("Blocat, 13:00.14:00"))).to_be_visible()
    screen.look("desk-why-not")
    set_time(time, "20:00")
    expect(panel(page).get_by_text("Dr. Ana nu lucrează la Centre în tot acest interval")).to_be_visible()
    expect(panel(page).get_by_text(re.compile("Lucrează atunci: 9:00.17:00"))).to_be_visible()
    english = panel(page).get_by_text("does not work").or_(panel(page).get_by_text("has something else"))
    expect(english).to_have_count(0)

    closed = f"{clinic.day() + timedelta(days=7):%Y-%m-%d}"
    place = f"/locations/{clinic.location_id}/holidays"
    clinic.admin.put(place, country="", closedOn=[{"date": closed, "name": "Ziua casei"}])
    see_day(page, clinic, date=closed)
    page.get_by_role("region", name="Dr. Ana").get_by_role("button", name="Nou la Dr. Ana").click()
    set_time(time, "10:00")
    expect(panel(page).get_by_text(re.compile("Închis, .*: Ziua casei$"))).to_be_visible()
    screen.look("desk-why-not-closed")


@pytest.mark.covers("W04", "W05")
@pytest.mark.parametrize("size", ["phone", "desk"])
def test_a_specialist_sees_themselves(clinic: Clinic, page_at: PageAt, size: str) -> None:
    book(clinic, 9.5)
    book(clinic, 11, whose=1)
    screen = as_specialist(clinic, page_at, size, zone="Asia/Kathmandu")
    page = screen.page
    expect(visit(page)).to_have_count(1)
    expect(page.get_by_role("region", name="Dr. Ana")).to_be_visible()
    expect(page.get_by_role("region", name="Dr. Bogdan")).to_have_count(0)
    screen.look("desk-specialist")
    visit(page).click()
    panel(page).get_by_role("button", name="Confirm").click()
    expect(panel(page).locator("[data-status=confirmed]")).to_be_visible()
    page.goto("/hours")
    page.get_by_text("40 hours a week").wait_for()
    expect(page.get_by_role("combobox", name="Specialist")).to_have_count(0)
    screen.look("hours-specialist")
    page.get_by_role("tab", name="Time off").click()
    page.get_by_role("button", name="Send the request").click()
    page.get_by_text("Requested", exact=True).wait_for()
    # Nobody decides on their own.
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.get_by_role("button", name="Withdraw: Dr. Ana")).to_be_visible()
