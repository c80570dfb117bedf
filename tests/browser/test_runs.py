"""The list of runs in a real browser: columns, order, groups, choosing, and what can be done to the chosen ones."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

SOON_MS = 60_000
MAP = "metrics/mAP50-95"
LONG = "yolo11x-划痕-轻微-(A)-" + "with-all-of-its-settings-" * 4


def _log(server, run: str, value: float, *, step: int = 0) -> None:
    rows = [{"step": step, "epoch": step, MAP: value, "train/box_loss": 1 - value}]
    answer = server.call("POST", f"/log?project=signs&run={run}", json=rows)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def filled(live_server) -> object:
    """A server with five runs whose mAP rises with their number."""
    for number in range(5):
        _log(live_server, f"r{number}", 0.1 + number / 10)
    return live_server


def _open(server, visit, query: str = "", **more: object) -> object:
    seen = visit(server.url, f"{server.url}/open/{server.services.links.new()}", **more)
    seen.page.goto(f"{server.url}/?project=signs{query}")
    expect(seen.page.get_by_test_id("run-row").first).to_be_visible(timeout=SOON_MS)
    return seen


def _expect_order(page: Page, *names: str) -> None:
    expect(page.get_by_test_id("run-row").locator("a")).to_have_text(list(names), timeout=SOON_MS)


def test_the_order_holds_while_runs_change_and_come(filled, visit) -> None:
    seen = _open(filled, visit, f"&sort=-{MAP}")
    _expect_order(seen.page, "r4", "r3", "r2", "r1", "r0")
    seen.page.get_by_test_id("run-row").nth(3).get_by_role("checkbox").click()
    _log(filled, "r1", 0.9, step=1)
    _expect_order(seen.page, "r1", "r4", "r3", "r2", "r0")
    _log(filled, "r9", 0.35)
    _expect_order(seen.page, "r1", "r4", "r3", "r9", "r2", "r0")
    expect(seen.page.locator("[role=row][aria-selected=true] a")).to_have_text("r1")
    assert seen.errors == []


def test_any_metric_becomes_a_column_that_a_link_carries_and_the_browser_remembers(filled, visit) -> None:
    seen = _open(filled, visit)
    page = seen.page
    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_placeholder("Search metrics and settings").fill("box_loss")
    page.get_by_role("button", name="Best train/box_loss").click()
    page.get_by_role("button", name="Hide Duration").click()
    page.keyboard.press("Escape")
    head = page.get_by_role("columnheader", name="Best train/box_loss")
    expect(head).to_be_visible()
    expect(page.get_by_role("columnheader", name="Duration")).to_have_count(0)
    head.get_by_role("button", name=re.compile("^Best")).click()
    _expect_order(page, "r4", "r3", "r2", "r1", "r0")
    expect(head).to_have_attribute("aria-sort", "ascending")
    linked = page.url
    page.goto(f"{filled.url}/?project=signs")
    expect(head).to_be_visible(timeout=SOON_MS)
    assert "best%28train%2Fbox_loss%29" in linked
    assert seen.errors == []


def test_a_column_is_moved_widened_and_pinned_by_keyboard(filled, visit) -> None:
    seen = _open(filled, visit)
    page = seen.page
    button = page.get_by_role("button", name="Column State")
    wide = page.locator('[role=columnheader][data-column="state"]')
    before = wide.bounding_box()
    assert before is not None
    for item in ("Move right", "Wider"):
        button.press("Enter")
        page.get_by_role("menuitem", name=item).press("Enter")
        page.keyboard.press("Escape")
        expect(button).to_be_focused()
    heads = page.get_by_role("columnheader")
    expect(heads.nth(2)).to_have_attribute("data-column", "health")
    expect(heads.nth(3)).to_have_attribute("data-column", "state")
    after = wide.bounding_box()
    assert after is not None
    assert after["width"] == before["width"] + 24
    button.press("Enter")
    page.get_by_role("menuitem", name="Pin to the left").press("Enter")
    expect(heads.nth(2)).to_have_attribute("data-column", "state")


def test_runs_are_chosen_by_keyboard_and_what_is_done_to_them_is_taken_back(filled, visit) -> None:
    seen = _open(filled, visit, f"&sort=-{MAP}")
    page = seen.page
    page.get_by_role("grid").focus()
    for key in ("ArrowDown", "Space", "Shift+ArrowDown"):
        page.keyboard.press(key)
    bar = page.get_by_test_id("bulk-bar")
    expect(bar).to_contain_text("2 chosen")
    expect(bar.get_by_role("link", name="Compare")).to_have_attribute("href", re.compile(r"^/compare\?run="))
    bar.get_by_role("button", name="Archive").click()
    _expect_order(page, "r4", "r1", "r0")
    page.get_by_role("button", name="Undo").press("Enter")
    _expect_order(page, "r4", "r3", "r2", "r1", "r0")
    page.get_by_test_id("run-row").first.get_by_role("checkbox").click()
    page.get_by_test_id("bulk-bar").get_by_role("button", name="Delete").click()
    _expect_order(page, "r3", "r2", "r1", "r0")
    page.get_by_test_id("toast").filter(has_text="trash").get_by_role("button", name="Undo").press("Enter")
    _expect_order(page, "r4", "r3", "r2", "r1", "r0")
    page.get_by_role("grid").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/runs/"))
    assert seen.errors == []


def test_groups_fold_and_tell_what_they_reached(filled, visit) -> None:
    seen = _open(filled, visit, "&by=state")
    head = seen.page.get_by_test_id("group-row")
    expect(head).to_contain_text("Running")
    expect(head).to_contain_text("best 0.5000")
    expect(head).to_contain_text("mean 0.3000")
    head.get_by_text("Running").click()
    expect(seen.page.get_by_test_id("run-row")).to_have_count(0)
    expect(head).to_have_attribute("aria-expanded", "false")
    assert "folded" in seen.page.url


def test_a_filter_that_nothing_passes_offers_to_go(filled, visit) -> None:
    seen = _open(filled, visit)
    seen.page.goto(f"{filled.url}/?project=signs&where=epoch > 900")
    expect(seen.page.get_by_text("No run passes this filter")).to_be_visible(timeout=SOON_MS)
    seen.page.locator("button").filter(has_text="Clear the filter").click()
    expect(seen.page.get_by_test_id("run-row")).to_have_count(5, timeout=SOON_MS)
    assert seen.errors == []


def test_on_a_phone_runs_are_chosen_by_tapping_in_chinese_too(filled, visit) -> None:
    _log(filled, LONG, 0.8)
    seen = _open(filled, visit, width=390, height=844)
    page = seen.page
    page.get_by_role("button", name="中文").click()
    page.get_by_role("button", name="选择", exact=True).click()
    page.get_by_test_id("run-row").nth(0).tap()
    page.get_by_test_id("run-row").nth(1).tap()
    expect(page.get_by_test_id("bulk-bar")).to_contain_text("已选 2 个")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_test_id("bulk-bar")).to_have_count(0)
    page.get_by_test_id("run-row").nth(2).tap()
    expect(page).to_have_url(re.compile("/runs/"))
    assert seen.errors == []
