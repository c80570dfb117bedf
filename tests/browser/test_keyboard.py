"""Without a pointer: every stop of the Tab key is seen, and what a pointer does, keys do."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.xdist_group("browser-people")]

SOON_MS = 20_000
STOPS = 30
PAGES = {
    "runs": "/",
    "diagnosis": "/runs/{items}?tab=diagnosis",
    "charts": "/runs/{items}?tab=charts",
    "classes": "/runs/{items}?tab=classes",
    "images": "/runs/{items}?tab=images",
    "compare": "/compare?run=%5B%22{signs}%22%2C%22{items}%22%5D",
    "boards": "/boards",
}
_UNSEEN = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "nowhere";
  const isRinged = (one) => one && getComputedStyle(one).outlineStyle !== "none" && parseFloat(getComputedStyle(one).outlineWidth) > 0;
  const marked = at.getAttribute("aria-activedescendant");
  const seen = [at, at.nextElementSibling, at.parentElement, at.parentElement?.parentElement];
  const box = (at.matches("input[type=radio]") ? at.nextElementSibling : at).getBoundingClientRect();
  const isIn = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return (seen.some(isRinged) || (marked && document.getElementById(marked))) && isIn ? "" : at.outerHTML.slice(0, 200);
}"""


def _open(look, seeded, name: str) -> Page:
    path = PAGES[name].format(items=seeded.with_items, signs=seeded.run("resume-kill"))
    page = look(path).page
    page.locator("main :is(h1, h2, table, [role=grid])").first.wait_for()
    page.wait_for_load_state("networkidle")
    return page


@pytest.mark.parametrize("name", PAGES)
def test_every_stop_of_the_tab_key_is_seen(look, seeded, name: str) -> None:
    page = _open(look, seeded, name)
    unseen = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        told = page.evaluate(_UNSEEN)
        if told == "nowhere":
            break
        unseen.append(told)
    assert len(unseen) > 5
    assert [one for one in unseen if one] == []


def test_a_filter_the_table_the_tabs_and_the_menu_of_a_chart_go_by_keys(look) -> None:
    seen = look("/")
    page = seen.page
    expect(page.get_by_test_id("run-row").first).to_be_visible(timeout=SOON_MS)
    page.keyboard.press("/")
    page.keyboard.type('name contains "custom-adamw"')
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("run-row")).to_have_count(1, timeout=SOON_MS)
    page.get_by_role("grid").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/runs/"))
    page.get_by_role("tab", name="Classes").focus()  # before Charts a tab may come as soon as the run is judged
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Charts")).to_have_attribute("aria-selected", "true")
    menu = page.get_by_role("button", name="Menu of the chart Box loss")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Save as PNG")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Save as PNG")).to_have_count(0)
    expect(menu).to_be_focused()
    assert seen.errors == []


def test_compared_runs_are_hidden_and_held_against_one_by_keys(look, seeded) -> None:
    page = _open(look, seeded, "compare")
    first = page.get_by_test_id("compared-run").first
    eye = first.get_by_role("button", name=re.compile("^Show "))
    eye.focus()
    page.keyboard.press("Space")
    expect(eye).to_have_attribute("aria-pressed", "false")
    expect(eye).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(first.get_by_role("button", name=re.compile("^Hold the others"))).to_have_attribute("aria-pressed", "true")
    page.get_by_role("tab", name="Curves").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Table")).to_have_attribute("aria-selected", "true")
