"""The web app in a real browser, on a suite of its own: one demo clinic, and whoever a test invites."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from browsing import Pages, Screen, chromium
from conftest import running
from inviting import NAPOCA, Suite, apart
from journeys import Clinic, new_clinic, sign_in
from playwright.sync_api import Browser, expect, sync_playwright
from suite.machine import Machine
from suite.services import NAMES

from suite import demo, web

# Machines that do everything at once are slow; what must be fast is measured where it is tested.
expect.set_options(timeout=15_000)

SCREENS = Path(__file__).parents[2] / ".ambulo" / "screens"


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """As all journeys have one, with the web app, built if its sources changed."""
    folder = web.built(print)
    with running(tmp_path_factory.mktemp("web"), [list(NAMES)], WEB_FOLDER=str(folder)) as machine:
        yield machine


@pytest.fixture(scope="session")
def suite(machine: Machine) -> Suite:
    """Clinica Napoca of the demo: 20 specialists, 2000 patients, four weeks of appointments, in Europe/Bucharest."""
    apart(lambda: asyncio.run(demo.load(machine.environment, machine.state, print, only=[NAPOCA])))
    with httpx.Client(base_url=machine.url) as http:
        clinic_id = sign_in(machine, http, f"admin@{NAPOCA.slug}.example").clinic_id
    return Suite(machine, clinic_id, machine.url)


@pytest.fixture
def clinic(machine: Machine) -> Clinic:
    """A small one that nobody else changes: for tests that count."""
    return apart(lambda: new_clinic(machine))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()


@pytest.fixture
def pages(browser: Browser, machine: Machine) -> Iterator[Pages]:
    """Opens pages; fails the test afterwards for what any of them complained about."""
    opened = Pages(browser, machine.url, SCREENS)
    yield opened
    opened.close()


@pytest.fixture
def page_at(pages: Pages) -> Callable[..., Screen]:
    """`page_at("phone", zone=..., locale=..., scheme=...)`."""
    return pages.at
