"""Times go away under the finger, holds end, networks fail: it is said in words, and nothing that was typed is lost."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from browsing import Screen
from inviting import apart
from journeys import Clinic, eventually
from playwright.sync_api import Route, expect
from visiting import Wizard

PageAt = Callable[..., Screen]


@pytest.mark.covers("W02")
@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desk", "light")])
def test_a_time_that_is_taken_meanwhile_is_said_and_others_are_offered(
    clinic: Clinic, page_at: PageAt, size: str, scheme: str
) -> None:
    wizard = Wizard(clinic, page_at(size, scheme=scheme))
    page = wizard.page
    slot = next(s for s in apart(clinic.slots) if s["start"][11:16] == "10:00")
    wizard.to_details("10:00", slot["provider"]["name"])
    wizard.fill("slow@example.com")
    hold = json.loads(page.evaluate(f"sessionStorage.getItem('ambulo.draft.{clinic.id}')"))["hold"]

    def lose() -> None:
        let_go = {"clinicId": clinic.id, "token": hold["token"]}
        assert clinic.http.post(f"/v1/public/holds/{hold['id']}/release", json=let_go).status_code == 204
        # Somebody else hears of it some milliseconds later.
        eventually(lambda: clinic.book(slot).status_code == 201, what="the time")

    apart(lose)
    wizard.screen.forgive("409|404|422")
    wizard.send()
    wizard.heading("When suits you?")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("10:00 has just been taken")
    expect(told.get_by_role("button")).to_have_count(3)
    wizard.screen.look("book-gone")
    told.get_by_role("button").first.click()
    wizard.heading("Your details")
    expect(page.get_by_label("E-mail")).to_have_value("slow@example.com")
    expect(page.get_by_label("Family name")).to_have_value("Rusu")
    wizard.send()
    wizard.confirm("slow@example.com")


@pytest.mark.covers("W02")
def test_a_time_somebody_else_books_disappears_within_a_second(clinic: Clinic, page_at: PageAt) -> None:
    wizard = Wizard(clinic, page_at("desk"))
    with wizard.page.expect_response(lambda answer: "/v1/realtime/sse" in answer.url):
        wizard.to_times("Dr. Ana")
    wizard.open_day()
    expect(wizard.time("11:00")).to_be_visible()
    ana = clinic.specialist_ids[0]
    slot = next(s for s in apart(clinic.slots) if s["start"][11:16] == "11:00" and s["provider"]["id"] == ana)
    assert apart(lambda: clinic.book(slot)).status_code == 201
    began = time.monotonic()
    expect(wizard.time("11:00")).to_have_count(0, timeout=2000)
    took = time.monotonic() - began
    print(f"gone {1000 * took:.0f} ms after the booking")
    assert took < 1


@pytest.mark.covers("W02")
def test_a_hold_runs_out_and_is_taken_again(clinic: Clinic, page_at: PageAt) -> None:
    wizard = Wizard(clinic, page_at("phone"))
    page = wizard.page
    wizard.to_details()
    wizard.fill("slow@example.com")
    page.clock.install(time=datetime.now(UTC) + timedelta(minutes=10, seconds=30))
    expect(page.get_by_role("alert")).to_contain_text("The time is not kept any more")
    wizard.screen.look("book-hold-over")
    page.clock.set_system_time(datetime.now(UTC))
    page.get_by_role("button", name="Keep it again").click()
    expect(page.get_by_text("The time is kept for you for").first).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("slow@example.com")


@pytest.mark.covers("W02")
def test_without_a_network_nothing_is_booked_and_nothing_is_lost(clinic: Clinic, page_at: PageAt) -> None:
    wizard = Wizard(clinic, page_at("phone"))
    wizard.screen.forgive("ERR_INTERNET_DISCONNECTED|net::")
    wizard.to_details()
    email = wizard.fill()
    wizard.page.context.set_offline(True)
    wizard.send()
    expect(wizard.page.get_by_role("alert").filter(has_text="No connection")).to_be_visible()
    wizard.screen.look("book-offline")
    wizard.page.context.set_offline(False)
    wizard.send()
    wizard.confirm(email)


@pytest.mark.covers("W02")
def test_every_state_of_the_wizard(clinic: Clinic, page_at: PageAt) -> None:
    screen = page_at("phone")
    page = screen.page
    screen.forgive("503")
    waiting: list[Route] = []
    page.route("**/page", lambda route: waiting.append(route))  # noqa: PLW0108  # Playwright asks what it takes
    with page.expect_request("**/page"):
        page.goto(f"/c/{clinic.id}/book")
    expect(page.get_by_role("status")).to_contain_text("Loading")
    page.route("**/page", lambda route: _answer(route, 503, {"title": "Busy", "status": 503}))
    _answer(waiting[0], 503, {"title": "Busy", "status": 503})
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible(timeout=10_000)
    screen.look("book-failed")
    page.route("**/page", lambda route: _answer(route, 200, {"services": [], "providers": [], "locations": []}))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Nothing can be booked yet")).to_be_visible()
    screen.look("book-empty")


@pytest.mark.covers("W02")
def test_a_month_without_times_leads_to_the_first_that_has_some(clinic: Clinic, page_at: PageAt) -> None:
    far = [{"leadTime": {"minutes": 80 * 24 * 60}}]
    service = apart(lambda: clinic.admin.get(f"/services/{clinic.service_id}"))
    kept = {k: service[k] for k in ("name", "durationMinutes", "requiresRoom", "roomType")}
    apart(lambda: clinic.admin.put(f"/services/{clinic.service_id}", **kept, rules=far))
    wizard = Wizard(clinic, page_at("phone"))
    wizard.to_times()
    expect(wizard.page.get_by_role("heading", name="Nothing is free in")).to_be_visible()
    wizard.screen.look("book-nothing")
    wizard.page.get_by_role("button", name="Show the first free time").click()
    # Whichever that is: it is so many days from this very minute on.
    expect(wizard.page.get_by_role("button", name=re.compile(r"^\d+:\d\d$")).first).to_be_visible()


@pytest.mark.covers("W02")
def test_groups_show_how_many_places_are_left(clinic: Clinic, page_at: PageAt) -> None:
    def group() -> Any:
        return clinic.admin.post("/services", name="Yoga", durationMinutes=60, capacity=4)

    apart(group)
    wizard = Wizard(clinic, page_at("phone"))
    wizard.page.goto(f"/c/{clinic.id}/book")
    wizard.page.get_by_role("link", name="Yoga").click()
    wizard.page.get_by_role("button", name="Next", exact=True).click()
    wizard.open_day()
    expect(wizard.page.get_by_text("4 places left").first).to_be_visible()
    wizard.screen.look("book-group")


def _answer(route: Route, status: int, body: dict[str, Any]) -> None:
    route.fulfill(status=status, content_type="application/json", body=json.dumps(body))
