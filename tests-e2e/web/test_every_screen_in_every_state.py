"""Every screen while its answer is on its way, when there is none, when it is not for one's role and without a network.

What is empty, and the steps of the wizard before they have an answer, are looked at where people come to them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import pytest
from at_the_desk import PageAt, at_the_desk, day_of
from browsing import Screen
from inviting import apart
from journeys import Clinic
from playwright.sync_api import Error, Route, expect
from visiting import signed_in


class Place(NamedTuple):
    """Where one goes, what is asked for then, and what is there afterwards: of a role, or just words."""

    path: str
    asked: str
    role: str
    name: str
    within: str = "main"


DESK = {
    "agenda": Place("/desk?date={day}", "**/agenda?*", "region", "Dr. Ana"),
    "visit": Place("/desk?date={day}&visit={visit}", "**/v1/**/{visit}", "heading", "Ioana Pop", "[role=dialog]"),
    "queue": Place("/desk/queue", "**/walk-ins?*", "heading", "Nobody is waiting"),
    "board": Place("/desk/queue", "**/agenda?*", "region", "Expected"),
    "waitlist": Place("/desk/waitlist", "**/waitlist?*", "heading", "Nobody waits for a time"),
    "week": Place("/hours", "**/weekly-hours", "region", "Monday"),
    "dates": Place("/hours?tab=dates", "**/overrides?*", "heading", "Every week is as usual"),
    "time-off": Place("/hours?tab=off", "**/time-off?*", "heading", "Nobody has asked for time off"),
    "closed-days": Place("/hours?tab=closed", "**/holidays", "heading", "No closed days ahead"),
    "rooms": Place("/hours?tab=rooms", "**/downtime?*", "heading", "Everything can be used"),
}
PORTAL = {
    "me": Place("/me", "**/appointments?*status=requested*", "", "Your next visit"),
    "me-past": Place("/me", "**/appointments?*until=*", "", "Your next visit"),
    "me-waiting": Place("/me", "**/waitlist?*", "", "Your next visit"),
    "me-visit": Place("/me/appointments/{visit}", "**/v1/**/{visit}", "link", "Move to another time"),
    "me-move": Place("/me/appointments/{visit}/move", "**/availability/days?*", "heading", "Morning"),
}
PUBLIC = {
    "clinic": Place("/c/{clinic}", "**/page", "heading", "What we offer"),
    "book": Place("/c/{clinic}/book", "**/page", "link", "Follow-up"),
    "book-who": Place("/c/{clinic}/book?step=who&service={service}", "**/page", "radio", "Whoever is free first"),
    "book-time": Place(
        "/c/{clinic}/book?step=time&service={service}&location={location}",
        "**/availability/days?*",
        "heading",
        "Morning",
    ),
}


class Visitor:
    """Somebody in a browser that keeps nothing: what was seen before does not stand in."""

    def __init__(self, clinic: Clinic, screen: Screen) -> None:
        self.screen = screen
        self.page = screen.page
        self._words = {"clinic": clinic.id, "day": day_of(clinic), "service": clinic.service_id,
                       "location": clinic.location_id}  # fmt: skip
        self._words["visit"] = apart(lambda: clinic.book(clinic.slots()[0]).json()["appointment"]["id"])
        screen.page.add_init_script("Object.defineProperty(globalThis, 'indexedDB', { value: undefined })")

    def go(self, to: Place) -> None:
        self.page.goto(to.path.format_map(self._words))

    def asked(self, to: Place) -> str:
        return to.asked.format_map(self._words)

    def sees(self, to: Place) -> None:
        by_role: Any = self.page.get_by_role
        found = by_role(to.role, name=to.name) if to.role else self.page.get_by_text(to.name)
        expect(found.first, to.path).to_be_visible()

    def is_told(self, words: str, to: Place) -> None:
        expect(self.page.get_by_role("heading", name=words), to.path).to_be_visible(timeout=20_000)

    @contextmanager
    def answered(self, to: Place, status: int) -> Iterator[None]:
        """By somebody else; 0: by nobody."""

        def answer(route: Route) -> None:
            if status:
                route.fulfill(status=status, content_type="application/problem+json", body=f'{{"status": {status}}}')
            else:
                route.abort()

        self.page.route(self.asked(to), answer)
        yield
        self.page.unroute(self.asked(to))


def at_work(clinic: Clinic, page_at: PageAt) -> Visitor:
    return Visitor(clinic, at_the_desk(clinic, page_at, "phone"))


def at_home(clinic: Clinic, page_at: PageAt) -> Visitor:
    return Visitor(clinic, signed_in(clinic, page_at("phone")).screen)


def in_the_street(clinic: Clinic, page_at: PageAt) -> Visitor:
    return Visitor(clinic, page_at("phone"))


Come = Callable[[Clinic, PageAt], Visitor]
Places = dict[str, Place]
SIGNED_IN = [pytest.param(at_work, DESK, id="desk"), pytest.param(at_home, PORTAL, id="portal")]
ANYBODY = [*SIGNED_IN, pytest.param(in_the_street, PUBLIC, id="public")]


@contextmanager
def held_back(visitor: Visitor, to: Place) -> Iterator[None]:
    held: list[Route] = []
    # Playwright asks what it takes.
    visitor.page.route(visitor.asked(to), lambda route: held.append(route))  # noqa: PLW0108
    yield
    visitor.page.unroute(visitor.asked(to))
    for each in held:
        # Who has asked again meanwhile has given the first one up.
        with suppress(Error):
            each.continue_()


@pytest.mark.covers("W12")
def test_what_is_on_its_way_has_its_place(clinic: Clinic, page_at: PageAt) -> None:
    """Of patients' screens `test_a_patient_waits_for_answers` knows more."""
    visitor = at_work(clinic, page_at)
    page = visitor.page
    for name, to in DESK.items():
        waiting = page.locator(to.within).get_by_role("status").filter(has_text="Loading")
        with held_back(visitor, to):
            visitor.go(to)
            expect(waiting.first, name).to_be_visible()
            # As tall as what comes.
            page.wait_for_function(
                "(of) => document.querySelector(`${of} [role=status][aria-busy]`)?.offsetHeight > 100", arg=to.within
            )
        visitor.sees(to)
        expect(waiting, name).to_have_count(0)


@pytest.mark.parametrize(("come", "places"), ANYBODY)
@pytest.mark.covers("W12", "W02", "W03", "W04", "W05")
def test_what_has_failed_is_said_and_tried_again(clinic: Clinic, page_at: PageAt, come: Come, places: Places) -> None:
    visitor = come(clinic, page_at)
    visitor.screen.forgive("500|ERR_FAILED|Failed to fetch")
    for name, to in places.items():
        _fails(visitor, name, to, 500, "Something went wrong")
    first, *_, last = places.items()
    for name, to in (first, last):
        _fails(visitor, name, to, 0, "No connection")


def _fails(visitor: Visitor, name: str, to: Place, status: int, words: str) -> None:
    with visitor.answered(to, status):
        visitor.go(to)
        visitor.is_told(words, to)
        visitor.screen.look(f"{name}-{'failed' if status else 'unreached'}", sizes=[])
    visitor.page.get_by_role("button", name="Try again").click()
    visitor.sees(to)
    expect(visitor.page.get_by_role("heading", name=words), to.path).to_have_count(0)


@pytest.mark.parametrize(("come", "places"), ANYBODY)
@pytest.mark.covers("W11", "W12")
def test_what_was_seen_stays_without_a_network(clinic: Clinic, page_at: PageAt, come: Come, places: Places) -> None:
    visitor = come(clinic, page_at)
    visitor.screen.forgive("ERR_INTERNET_DISCONNECTED|Failed to fetch")
    page = visitor.page
    for to in places.values():
        visitor.go(to)
        visitor.sees(to)
        page.context.set_offline(True)
        expect(page.get_by_text("You are offline").first, to.path).to_be_visible()
        visitor.sees(to)
        page.context.set_offline(False)
        expect(page.get_by_text("You are offline"), to.path).to_have_count(0)


@pytest.mark.parametrize(("come", "places"), SIGNED_IN)
@pytest.mark.covers("W12")
def test_what_ones_role_may_not_see_is_said(clinic: Clinic, page_at: PageAt, come: Come, places: Places) -> None:
    """To whoever is a stranger, nothing is refused that strangers see at all."""
    visitor = come(clinic, page_at)
    visitor.screen.forgive("403")
    for to in places.values():
        with visitor.answered(to, 403):
            visitor.go(to)
            visitor.is_told("This is not for your role", to)
            expect(visitor.page.get_by_role("button", name="Try again"), to.path).to_have_count(0)


@pytest.mark.covers("W03", "W12")
def test_who_is_no_patient_has_no_appointments_of_their_own(clinic: Clinic, page_at: PageAt) -> None:
    screen = at_the_desk(clinic, page_at, "phone")
    screen.page.goto("/me")
    expect(screen.page.get_by_role("heading", name="This is not for your role")).to_be_visible()
