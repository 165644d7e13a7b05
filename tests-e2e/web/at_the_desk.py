"""What tests of the front desk share: a small clinic, somebody who works there, and their hands."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from browsing import Screen
from inviting import Suite
from journeys import Clinic
from playwright.sync_api import Locator, Page, expect

PageAt = Callable[..., Screen]


def at_the_desk(clinic: Clinic, page_at: PageAt, size: str = "desk", **more: Any) -> Screen:
    """A receptionist of the clinic, signed in, at the day on which tests book."""
    screen = page_at(size, **more)
    screen.sign_in(clinic.machine, Suite(clinic.machine, clinic.id, clinic.machine.url).invite("front_desk"))
    see_day(screen.page, clinic)
    return screen


def as_specialist(clinic: Clinic, page_at: PageAt, size: str = "desk", **more: Any) -> Screen:
    """Dr. Ana herself, at the day on which tests book."""
    email = f"ana-{uuid4().hex[:10]}@example.com"
    clinic.admin.post("/members", email=email, role="specialist", providerId=clinic.specialist_ids[0])
    screen = page_at(size, **more)
    screen.sign_in(clinic.machine, email)
    see_day(screen.page, clinic)
    return screen


def see_day(page: Page, clinic: Clinic, **more: str) -> None:
    """The agenda as it is once its data are there and news arrive."""
    page.goto("/desk?" + "&".join(f"{key}={value}" for key, value in ({"date": day_of(clinic)} | more).items()))
    page.locator("[data-live]").wait_for()
    page.locator("main [data-column], main ul, main [class*=month]").first.wait_for()


def day_of(clinic: Clinic) -> str:
    return clinic.day().strftime("%Y-%m-%d")


def visit(page: Page, name: str = "Ioana Pop") -> Locator:
    return page.locator("main").get_by_role("button").filter(has_text=name)


def panel(page: Page) -> Locator:
    found = page.get_by_role("dialog")
    expect(found).to_be_visible()
    return found


def choose_patient(page: Page, text: str = "ioa", name: str = "Ioana Pop") -> None:
    panel(page).get_by_role("textbox", name="Patient").fill(text)
    page.get_by_role("option").filter(has_text=name).click()


def book(clinic: Clinic, hour: float, whose: int = 0, **more: Any) -> dict[str, Any]:
    """At that local hour of the day on which tests book."""
    at = clinic.day().replace(hour=int(hour), minute=int(hour % 1 * 60))
    body = {"serviceId": clinic.service_id, "providerId": clinic.specialist_ids[whose], "patientId": clinic.patient_id}
    found: dict[str, Any] = clinic.admin.post("/appointments", **(body | {"start": at.isoformat()} | more))
    made: dict[str, Any] = found["appointment"]
    return made


def drag(page: Page, what: Locator, column: str, hour: float, open_from: int = 9, open_until: int = 17) -> None:
    """By its upper end to an hour of somebody's column."""
    body = page.get_by_role("region", name=column).locator("[data-column]")
    held, target = what.bounding_box(), body.bounding_box()
    assert held is not None
    assert target is not None
    minute = target["height"] / ((open_until - open_from) * 60)
    page.mouse.move(held["x"] + 20, held["y"] + 4)
    page.mouse.down()
    to = target["y"] + (hour - open_from) * 60 * minute + 4
    page.mouse.move(target["x"] + 40, to - 30, steps=4)
    page.mouse.move(target["x"] + 40, to, steps=4)
    page.mouse.up()


def noon(clinic: Clinic) -> tuple[str, str]:
    """A location where it is noon now and somebody works around the clock, and a service of 20 minutes."""
    admin, east = clinic.admin, 12 - datetime.now(UTC).hour
    zone = f"Etc/GMT{-east:+d}" if east else "Etc/UTC"
    location = admin.post("/locations", name="Noon", timeZone=zone)["id"]
    service = admin.post("/services", name="Quick look", durationMinutes=20, startEveryMinutes=5)["id"]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    always = [{"weekday": day, "starts": "00:00", "ends": "00:00"} for day in days]
    who = admin.post("/providers", name="Dr. Clara", specialty="Physiotherapy", locationIds=[location])["id"]
    admin.put(f"/providers/{who}/weekly-hours/{location}", intervals=always)
    return location, service


def set_time(field: Locator, at: str) -> None:
    """HH:MM into a field of a time, by its hours; once they can be typed."""
    expect(field).to_have_attribute("role", "spinbutton")
    field.click()
    field.page.keyboard.type(at.replace(":", ""))


def shows_time(field: Locator, at: str) -> None:
    hours, minutes = at.split(":")
    expect(field).to_have_value(hours)
    expect(field.locator("xpath=following::input[1]")).to_have_value(minutes)


class Finger:
    """One finger on the screen, as the browser feels it."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def _touch(self, what: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y} for x, y in points]
        self._session.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": at})

    def down(self, x: float, y: float) -> None:
        self._touch("touchStart", (x, y))

    def move(self, *way: tuple[float, float]) -> None:
        for each in way:
            self._touch("touchMove", each)

    def up(self) -> None:
        self._touch("touchEnd")


def middle(what: Locator) -> tuple[float, float]:
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
