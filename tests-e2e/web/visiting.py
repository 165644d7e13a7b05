"""Patients in the wizard: what they press, and what comes by mail."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from browsing import Screen
from inviting import apart
from journeys import Clinic, eventually, mails
from playwright.sync_api import Page, expect

PHONE_IN_NEPAL = {"size": "phone", "zone": "Asia/Kathmandu"}
DESK_IN_CALIFORNIA = {"size": "desk", "zone": "America/Los_Angeles", "scheme": "dark"}

_FOCUSED = """() => {
  const it = document.activeElement
  const labels = [...(it.labels ?? [])].map((each) => each.textContent)
  return [it.getAttribute('aria-label'), ...labels, it.textContent].join(' ')
}"""


@dataclass
class Wizard:
    """At a clinic with one service, one location and two specialists."""

    clinic: Clinic
    screen: Screen

    @property
    def page(self) -> Page:
        return self.screen.page

    def heading(self, name: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)

    def to_times(self, specialist: str = "") -> None:
        self.page.goto(f"/c/{self.clinic.id}/book")
        self.page.get_by_role("link", name=re.compile("Follow-up")).click()
        self.heading("With whom, and where?")
        if specialist:
            self.page.get_by_role("radio", name=re.compile(specialist)).click()
        self.page.get_by_role("button", name="Next", exact=True).click()
        self.heading("When suits you?")

    def open_day(self) -> None:
        """Far enough ahead to have all its times."""
        day = self.clinic.day()
        self.page.locator("[data-day]").first.wait_for()
        if not self.page.locator(f"[data-day='{day:%Y-%m-%d}']").count():
            self.page.get_by_role("button", name="Next month").click()
        self.page.locator(f"[data-day='{day:%Y-%m-%d}']").click()
        expect(self.page.get_by_role("heading", level=2).first).to_contain_text(f"{day:%-d}")

    def time(self, at: str) -> Any:
        return self.page.get_by_role("button", name=at, exact=True)

    def to_details(self, at: str = "10:00", specialist: str = "") -> None:
        self.to_times(specialist)
        self.open_day()
        self.time(at).click()
        self.heading("Your details")
        expect(self.page.get_by_text("The time is kept for you for", exact=False).first).to_be_visible()
        said = self.page.get_by_role("note").filter(has_text="kept").aria_snapshot()
        assert ("more minutes" in said, "kept for you" in said) == (True, False), said

    def fill(self, email: str = "", family: str = "Rusu") -> str:
        email = email or f"guest-{uuid4().hex[:10]}@example.com"
        self.page.get_by_label("Given name").fill("Ion")
        self.page.get_by_label("Family name").fill(family)
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Anything we should know?").fill("My left knee")
        return email

    def send(self) -> None:
        self.page.get_by_role("button", name="Continue").click()

    def confirm(self, email: str) -> None:
        self.heading("Look into your mail")
        self.page.get_by_label("Code").fill(apart(lambda: code_for(self.clinic, email)))
        self.page.get_by_role("button", name="Confirm the booking").click()
        self.heading("It is booked")

    def tab_to(self, name: str) -> None:
        """With the key that everybody has."""
        for _ in range(80):
            self.page.keyboard.press("Tab")
            if name in self.page.evaluate(_FOCUSED):
                return
        raise AssertionError(f"{name} cannot be reached by keyboard")

    def is_at_heading(self) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_be_focused()

    def slot(self, at: str = "10:00", ahead: int = 7) -> dict[str, Any]:
        day = self.clinic.day(ahead)
        return apart(lambda: next(s for s in self.clinic.slots(day=day) if s["start"][11:16] == at))


def signed_in(clinic: Clinic, screen: Screen) -> Wizard:
    """The clinic's patient."""

    def invite() -> str:
        clinic.admin.post(f"/patients/{clinic.patient_id}/invite", status=204)
        return str(clinic.admin.get(f"/patients/{clinic.patient_id}")["email"])

    screen.sign_in(clinic.machine, apart(invite))
    return Wizard(clinic, screen)


def link_for(clinic: Clinic, email: str) -> str:
    """Of the mail that has the code, too."""
    [mail] = eventually(lambda: mails(clinic.machine, email), what=f"a mail to {email}")
    link = re.search(r"http\S+/confirm#\S+", mail["text"])
    assert link is not None, mail["text"]
    return link[0]


def code_for(clinic: Clinic, email: str, but: str = "") -> str:
    def look() -> str | None:
        mails = httpx.get(f"{clinic.machine.addresses.mail_url}/messages", params={"to": email}).json()
        found = re.findall(r": ([A-Z0-9]{8}) ", " ".join(mail["subject"] for mail in mails))
        return next((code for code in found if code != but), None)

    return eventually(look, what=f"the code for {email}") or ""
