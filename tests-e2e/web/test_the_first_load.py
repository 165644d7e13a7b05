"""The first page a patient sees: light, soon usable on a slow phone, and it does not jump."""

from collections.abc import Callable

import pytest
from browsing import Screen
from journeys import Clinic

MOST_SCRIPT = 200_000
"""Bytes as they come over the network."""
MOST_SHIFT = 0.05
SLOWER = 4

WATCH = """() => { window.shifts = 0; new MutationObserver((_, observer) => {
  if (!document.querySelector('main a, main button')) return
  window.usable = performance.now(); observer.disconnect()
}).observe(document, { childList: true, subtree: true }); new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifts += each.value
}).observe({ type: 'layout-shift', buffered: true }) }"""
SCRIPTS = """() => performance.getEntriesByType('resource')
  .filter((each) => each.name.endsWith('.js') && each.startTime < window.usable)
  .reduce((sum, each) => sum + each.encodedBodySize, 0)"""


@pytest.mark.covers("W02", "W12")
def test_the_wizard_is_there_soon_and_stays_where_it_is(
    clinic: Clinic, page_at: Callable[..., Screen], record_property: Callable[[str, object], None]
) -> None:
    page = page_at("phone").page
    page.add_init_script(f"({WATCH})()")
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(f"/c/{clinic.id}/book")
    first = page.locator("main").get_by_role("link").or_(page.locator("main").get_by_role("button")).first
    first.wait_for()
    usable_ms = page.evaluate("window.usable")
    page.wait_for_load_state("networkidle")
    script, shift = page.evaluate(SCRIPTS), page.evaluate("window.shifts")
    record_property("usable_ms", usable_ms)
    print(f"first load: {script / 1000:.0f} kB of script, usable after {usable_ms:.0f} ms, layout shift {shift:.3f}")
    assert 0 < script <= MOST_SCRIPT
    assert shift <= MOST_SHIFT
