"""While an answer is on its way there are skeletons, and when it comes nothing that is there already jumps."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from browsing import Screen
from inviting import apart
from journeys import Clinic
from playwright.sync_api import Route, expect
from visiting import Wizard, signed_in

PageAt = Callable[..., Screen]
SHIFTS = """() => {
  if (window.shifts) return
  window.shifts = []
  const note = (list) => list.getEntries().forEach((each) => each.hadRecentInput || window.shifts.push(each))
  new PerformanceObserver(note).observe({ type: 'layout-shift', buffered: true })
}"""
MOST = 0.05


@contextmanager
def held_back(screen: Screen, pattern: str) -> Iterator[Callable[[], None]]:
    """Answers to such questions come when they are let go; nothing may have jumped in the end."""
    waiting: list[Route] = []
    gone: list[bool] = []
    page = screen.page

    def let_go() -> None:
        # What a look at all sizes moves is no jump of the screen's.
        page.evaluate("window.shifts = []")
        gone.append(True)
        for route in waiting:
            route.continue_()

    page.route(re.compile(pattern), lambda route: route.continue_() if gone else waiting.append(route))
    page.add_init_script(f"({SHIFTS})()")
    yield let_go
    screen.quiet()
    shifts = page.evaluate(
        "shifts.map((each) => [each.value, ...each.sources.map(({ node }) => node?.outerHTML?.slice(0, 120))])"
    )
    assert sum(shift[0] for shift in shifts) <= MOST, shifts


def waits(screen: Screen, name: str, heading: str = "") -> None:
    """It says so, also to who cannot see it."""
    # Before the heading there is only the shell, which still fetches the screen's script.
    expect(screen.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    expect(screen.page.locator("main [aria-busy=true], main [role=status]").first).to_be_visible()
    screen.look(f"loading-{name}", busy=True)


PUBLIC = {
    "clinic": ("", r"/page$", "What we offer"),
    "book": ("/book", r"/page$", "Follow-up"),
    "book-who": ("/book?step=who&service={0.service_id}", r"/page$", "Whoever is free first"),
    "book-time": ("/book?step=time&service={0.service_id}&location={0.location_id}", r"/availability/days", "Morning"),
}
OWN = {
    "me": ("/me", r"/appointments\?", "Your next visit"),
    "me-visit": ("/me/appointments/{id}", r"/v1/.*/appointments/[\w-]+$", "Move to another time"),
    "me-move": ("/me/appointments/{id}/move", r"/availability/days", "Morning"),
}


@pytest.mark.covers("W02", "W12")
@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("name", PUBLIC)
def test_before_the_answer_comes(clinic: Clinic, page_at: PageAt, name: str, size: str) -> None:
    path, pattern, words = PUBLIC[name]
    screen = page_at(size)
    with held_back(screen, pattern) as let_go:
        screen.page.goto(f"/c/{clinic.id}{path.format(clinic)}")
        waits(screen, name)
        let_go()
        screen.page.get_by_text(words).first.wait_for()


@pytest.mark.covers("W02", "W12")
@pytest.mark.parametrize("size", ["phone", "desk"])
def test_before_the_answer_comes_to_who_has_chosen_a_time(clinic: Clinic, page_at: PageAt, size: str) -> None:
    fee = {"amountMinor": 1000, "currency": "EUR"}
    terms = "Please be on time, and bring what other doctors have written about you."
    apart(lambda: clinic.admin.put("/booking-policy", noticeMinutes=1440, lateFee=fee, noShowFee=fee, terms=terms))
    wizard = Wizard(clinic, page_at(size))
    wizard.to_details()
    reloaded(wizard, "book-details", r"/page$", "The time is kept for you for")
    reloaded(wizard, "book-details-hold", r"/public/holds$", "The time is kept for you for", "Your details")
    reloaded(wizard, "book-details-policy", r"/booking-policy", "Please be on time", "Your details")
    email = wizard.fill()
    wizard.send()
    wizard.heading("Look into your mail")
    reloaded(wizard, "book-confirm", r"/page$", "Look into your mail")
    wizard.confirm(email)
    reloaded(wizard, "book-done", r"/page$", "It is booked")


def reloaded(wizard: Wizard, name: str, pattern: str, words: str, heading: str = "") -> None:
    with held_back(wizard.screen, pattern) as let_go:
        wizard.page.reload()
        waits(wizard.screen, name, heading)
        let_go()
        wizard.page.get_by_text(words).first.wait_for()


@pytest.mark.covers("W03", "W12")
@pytest.mark.parametrize("size", ["phone", "desk"])
def test_before_a_patients_own_come(clinic: Clinic, page_at: PageAt, size: str) -> None:
    made = apart(lambda: clinic.book(clinic.slots()[0])).json()["appointment"]
    wizard = signed_in(clinic, page_at(size))
    for name, (path, pattern, words) in OWN.items():
        with held_back(wizard.screen, pattern) as let_go:
            wizard.page.goto(path.format(id=made["id"]))
            waits(wizard.screen, name)
            let_go()
            wizard.page.get_by_text(words).first.wait_for()
