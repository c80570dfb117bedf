"""What a detector does per class, as people see it: bad classes and why, curves, confusions, errors, labels, losses."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

SOON_MS = 60_000
PHONE = {"width": 390, "height": 844}


def _at(run: str, view: str = "{}") -> str:
    return f"/runs/{run}?tab=classes&classes={quote(view)}"


def _fits(page: Page) -> bool:
    """Tell whether nothing of the tab reaches beyond the screen."""
    return page.get_by_role("tabpanel").last.evaluate("it => it.scrollWidth <= it.clientWidth + 1")


def test_a_bad_class_is_named_with_why_and_looked_at_closely(seeded, look) -> None:
    seen = look(_at(seeded.with_items))
    page = seen.page
    expect(page.get_by_test_id("worst-class").first).to_contain_text("missed", timeout=SOON_MS)
    rows = page.get_by_test_id("class-row")
    expect(rows.first).to_be_visible(timeout=SOON_MS)
    assert rows.count() > 1

    page.get_by_test_id("class-order").select_option("name")
    names = [text.splitlines()[0] for text in rows.all_inner_texts()]
    assert names == sorted(names)
    page.get_by_test_id("measure-AP50").click()
    rows.first.get_by_role("button").click()
    panel = page.get_by_test_id("class-panel")
    expect(panel).to_be_visible(timeout=SOON_MS)
    expect(panel.get_by_test_id("figure-class-pr")).to_have_attribute("data-drawn", "true", timeout=SOON_MS)

    address = page.url
    page.goto(address)
    expect(panel).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_test_id("class-order")).to_have_value("name")
    assert seen.errors == []


def test_curves_are_compared_with_another_epoch(seeded, look) -> None:
    seen = look(_at(seeded.with_items, '{"part": "curves", "curve": "F1"}'))
    page = seen.page
    expect(page.get_by_test_id("best-f1")).to_contain_text("confidence", timeout=SOON_MS)
    expect(page.get_by_test_id("figure-curves")).to_have_attribute("data-drawn", "true", timeout=SOON_MS)
    page.get_by_test_id("strong-class").first.click()
    expect(page.get_by_test_id("strong-class").first).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("compare-with").select_option(index=1)
    expect(page).to_have_url(re.compile("against"), timeout=SOON_MS)
    page.get_by_role("button", name="Earlier epoch").click()
    expect(page).to_have_url(re.compile("%22epoch%22"), timeout=SOON_MS)
    assert seen.errors == []


def test_a_cell_of_the_matrix_is_reached_by_keyboard_and_says_what_was_taken_for_what(seeded, look) -> None:
    seen = look(_at(seeded.with_items, '{"part": "confusion"}'))
    page = seen.page
    grid = page.get_by_test_id("heat-confusion")
    expect(grid).to_have_attribute("data-drawn", "true", timeout=SOON_MS)
    grid.get_by_role("application").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(grid.get_by_role("status")).to_contain_text("taken for")
    page.keyboard.press("Enter")
    panel = page.get_by_test_id("cell-panel")
    expect(panel).to_contain_text("taken for", timeout=SOON_MS)
    expect(panel.get_by_test_id("figure-cell-trend")).to_have_attribute("data-drawn", "true", timeout=SOON_MS)

    page.get_by_test_id("top-mix").first.click()
    said = page.get_by_test_id("top-mix").first.inner_text()
    expect(panel.get_by_role("heading").first).to_have_text(said)
    assert seen.errors == []


def test_all_parts_are_read_in_chinese_on_a_phone(seeded, look) -> None:
    seen = look(_at(seeded.with_items), **PHONE, locale="zh-CN")
    page = seen.page
    said = {
        "ap": "平均为",
        "curves": "置信度",
        "confusion": "最常见的错误",
        "errors": "漏检",
        "labels": "各类别的目标数",
        "losses": "除去权重的损失",
    }
    for part, words in said.items():
        page.get_by_test_id(f"part-{part}").click(timeout=SOON_MS)
        expect(page.get_by_role("tabpanel").last).to_contain_text(words, timeout=SOON_MS)
        assert _fits(page), part
    assert seen.errors == []


def test_a_part_without_data_names_the_line_that_brings_it(seeded, look) -> None:
    run = next(one["id"] for one in seeded.get("/api/v1/runs?project=sweeps")["items"])
    seen = look(_at(run, '{"part": "confusion"}'))
    expect(seen.page.get_by_text("No confusion matrix yet")).to_be_visible(timeout=SOON_MS)
    expect(seen.page.locator("code")).to_contain_text("run.log_matrix")
    assert seen.errors == []
