"""Coming in: by the link of a mail, in a language, in a clinic; and going out."""

import re
from collections.abc import Callable

import pytest
from browsing import Pages, Screen
from inviting import Suite
from journeys import Clinic
from playwright.sync_api import expect

PageAt = Callable[..., Screen]
BOTH = pytest.mark.parametrize("size", ["phone", "desk"])


@BOTH
@pytest.mark.covers("W01")
def test_a_link_signs_in_once_and_the_session_outlives_the_page(suite: Suite, page_at: PageAt, size: str) -> None:
    screen = page_at(size)
    screen.come_in(suite.machine, suite.invite("front_desk"))
    page = screen.page
    expect(page).to_have_url(re.compile(r"/desk$"))
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Agenda")
    assert page.evaluate("document.cookie") == ""
    assert "eyJ" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")

    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto("/desk")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.covers("W01")
def test_a_spent_link_says_so(suite: Suite, page_at: PageAt) -> None:
    screen = page_at("phone")
    screen.forgive("401")
    screen.page.goto("/sign-in?token=this-is-not-a-token-of-any-mail")
    expect(screen.page.get_by_role("heading")).to_have_text("This link does not work any more")
    screen.page.get_by_role("button", name="Send me another link").click()
    expect(screen.page.get_by_label("Your e-mail address")).to_be_visible()


@pytest.mark.covers("W01")
def test_the_clinic_is_switched_in_one_tab_only(suite: Suite, clinic: Clinic, pages: Pages, page_at: PageAt) -> None:
    screen = page_at("desk")
    screen.sign_in(suite.machine, suite.invite("front_desk", suite.clinic_id, clinic.id))
    other = pages.beside(screen)
    other.page.goto("/")
    expect(other.page.get_by_role("heading", level=1)).to_have_text("Agenda")
    chosen = screen.page.get_by_role("combobox", name="Clinic", exact=True)
    wanted = clinic.id if chosen.input_value() == suite.clinic_id else suite.clinic_id
    before = chosen.input_value()
    with screen.page.expect_response(lambda answer: f"/v1/clinics/{wanted}/agenda" in answer.url) as answered:
        chosen.select_option(wanted)
    assert answered.value.status == 200
    expect(other.page.get_by_role("combobox", name="Clinic", exact=True)).to_have_value(before)
    for each in (screen, other):
        each.page.reload()
    expect(chosen).to_have_value(wanted)
    expect(other.page.get_by_role("combobox", name="Clinic", exact=True)).to_have_value(before)


@pytest.mark.covers("W01")
@pytest.mark.parametrize(
    ("locale", "title", "language"),
    [("en-US", "Sign in", "en"), ("ro-RO", "Conectare", "ro"), ("de-AT", "Anmelden", "de"), ("fr-FR", "Sign in", "en")],
)
def test_it_speaks_the_language_of_the_browser(
    suite: Suite, page_at: PageAt, locale: str, title: str, language: str
) -> None:
    page = page_at("phone", locale=locale).page
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.covers("W01")
def test_another_language_is_remembered(suite: Suite, page_at: PageAt) -> None:
    page = page_at("phone").page
    page.goto(f"/c/{suite.clinic_id}")
    page.get_by_role("combobox", name="Language").select_option("ro")
    expect(page.get_by_role("heading", name="Ce oferim")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Ce oferim")).to_be_visible()


@pytest.mark.covers("W01")
def test_two_tabs_never_spend_one_token_twice(suite: Suite, pages: Pages, page_at: PageAt) -> None:
    screen = page_at("desk")
    screen.sign_in(suite.machine, suite.invite("front_desk"))
    tabs = [pages.beside(screen) for _ in range(4)]
    for each in tabs:
        each.page.goto("/desk", wait_until="commit")
    for each in tabs:
        each.page.reload(wait_until="commit")
    for each in (screen, *tabs):
        each.page.reload()
        expect(each.page.get_by_role("heading", level=1)).to_have_text("Agenda")
