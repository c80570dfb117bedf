"""Pictures with boxes that are data, the inside of the model, and files, as people see them in a real browser."""

import json
import re
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

SOON_MS = 60_000
PHONE = {"width": 390, "height": 844}


def _at(run: str, tab: str, **view: object) -> str:
    return f"/runs/{run}?tab={tab}&items={quote(json.dumps(view))}"


def _boxes(page: Page) -> int:
    """Return how many boxes are drawn over the pictures of the gallery."""
    drawn = page.get_by_test_id("gallery").get_by_test_id("boxes")
    return sum(drawn.evaluate_all("all => all.map(one => Number(one.dataset.boxes))"))


def _when_boxes(page: Page, hold: Callable[[int], bool]) -> int:
    """Wait until the number of boxes that are drawn holds, and return it."""
    until_s = time.monotonic() + SOON_MS / 1000
    while not hold(drawn := _boxes(page)):
        assert time.monotonic() < until_s, f"{drawn} boxes are drawn"
        page.wait_for_timeout(50)
    return drawn


def _fits(page: Page) -> bool:
    return page.evaluate("document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth")


def test_boxes_follow_confidence_classes_and_sides(seeded, look: Callable[..., object]) -> None:
    seen = look(_at(seeded.with_items, "images"))
    page = seen.page
    gallery = page.get_by_test_id("gallery")
    expect(gallery).to_have_attribute("data-pictures", "8", timeout=SOON_MS)
    expect(page.get_by_test_id("outcomes")).to_contain_text("found", timeout=SOON_MS)
    expect(gallery.get_by_test_id("boxes")).to_have_count(8, timeout=SOON_MS)
    both = _when_boxes(page, lambda drawn: drawn > 0)

    page.get_by_test_id("confidence").get_by_role("slider").focus()
    page.keyboard.press("End")
    expect(page).to_have_url(re.compile("confidence"), timeout=SOON_MS)
    _when_boxes(page, lambda drawn: 0 < drawn < both)

    page.get_by_text("Predictions", exact=True).last.click()
    expect(page).to_have_url(re.compile("sides"), timeout=SOON_MS)
    _when_boxes(page, lambda drawn: drawn == 0)

    page.goto(seeded.url + _at(seeded.with_items, "images"))
    chips = page.get_by_test_id("classes").get_by_role("button")
    expect(chips.first).to_be_visible(timeout=SOON_MS)
    chips.first.click()
    expect(chips.first).to_have_attribute("aria-pressed", "false", timeout=SOON_MS)
    _when_boxes(page, lambda drawn: 0 < drawn < both)
    assert seen.errors == []


def test_a_picture_is_looked_at_large_by_keyboard_beside_another_epoch(seeded, look: Callable[..., object]) -> None:
    seen = look(_at(seeded.with_items, "images"))
    page = seen.page
    page.get_by_test_id("picture-predictions/0").focus(timeout=SOON_MS)
    page.keyboard.press("Enter")
    large = page.get_by_test_id("large")
    expect(large.get_by_role("heading", name="predictions/0")).to_be_visible(timeout=SOON_MS)
    page.keyboard.press("ArrowRight")
    expect(large.get_by_role("heading", name="predictions/1")).to_be_visible(timeout=SOON_MS)
    page.keyboard.press("+")
    expect(large.get_by_test_id("stage")).to_have_attribute("data-scale", "1.40")
    large.get_by_test_id("beside").click()
    expect(large.get_by_test_id("stage")).to_have_count(2)
    page.reload()
    expect(large.get_by_test_id("stage")).to_have_count(2, timeout=SOON_MS)
    page.keyboard.press("Escape")
    expect(large).to_have_count(0)
    assert seen.errors == []


def test_heat_maps_lie_over_their_pictures_at_the_chosen_epoch(seeded, look: Callable[..., object]) -> None:
    seen = look(_at(seeded.with_items, "images", group="heat_maps"))
    page = seen.page
    expect(page.get_by_test_id("heat")).to_have_count(8, timeout=SOON_MS)
    now = page.get_by_test_id("epoch-slider").get_by_role("slider").get_attribute("aria-valuetext")
    page.get_by_role("button", name="Earlier epoch").click()
    expect(page.get_by_test_id("epoch-slider").get_by_role("slider")).not_to_have_attribute("aria-valuetext", now or "")
    assert seen.errors == []


def test_the_inside_of_the_model_is_histograms_layers_and_points(seeded, look: Callable[..., object]) -> None:
    seen = look(_at(seeded.with_items, "model"))
    page = seen.page
    expect(page.get_by_test_id("figure-weights/neck")).to_have_attribute("data-drawn", "true", timeout=SOON_MS)
    assert page.get_by_test_id("trouble-dead").count() == 0

    page.goto(seeded.url + _at(seeded.with_items, "model", inside="graph"))
    tree = page.get_by_test_id("graph")
    expect(tree.get_by_role("row").first).to_be_visible(timeout=SOON_MS)
    rows = int(tree.get_attribute("aria-rowcount") or 0)
    tree.focus()
    page.keyboard.press("ArrowLeft")
    assert int(tree.get_attribute("aria-rowcount") or 0) < rows

    page.goto(seeded.url + _at(seeded.with_items, "model", inside="embedding"))
    plane = page.get_by_test_id("plane")
    expect(page.get_by_test_id("figure-embedding")).to_have_attribute("data-drawn", "true", timeout=SOON_MS)
    page.get_by_text("Box", exact=True).click()
    box = plane.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 60, box["y"] + box["height"] - 4, steps=4)
    page.mouse.up()
    expect(page.get_by_test_id("point-counts").get_by_role("status")).to_contain_text("selected", timeout=SOON_MS)
    assert seen.errors == []


def test_a_table_is_sorted_and_taken_along(seeded, look: Callable[..., object]) -> None:
    seen = look(_at(seeded.with_items, "files", file="table:classes"))
    page = seen.page
    table = page.get_by_test_id("table")
    expect(table.get_by_role("row").nth(1)).to_be_visible(timeout=SOON_MS)
    table.get_by_role("columnheader", name="AP50", exact=True).get_by_role("button").click()
    expect(table.get_by_role("columnheader", name="AP50", exact=True)).to_have_attribute("aria-sort", "descending")
    with page.expect_download(timeout=SOON_MS) as saved:
        page.get_by_test_id("csv").click()
    assert saved.value.suggested_filename == "classes.csv"
    assert saved.value.path().read_text(encoding="utf-8-sig").splitlines()[0].startswith("class,")
    assert seen.errors == []


def test_on_a_phone_and_in_chinese_nothing_reaches_beyond_the_screen(seeded, look: Callable[..., object]) -> None:
    seen = look(_at(seeded.with_items, "images"), **PHONE, locale="zh-CN")
    page = seen.page
    for tab, shown in (("图片", "gallery"), ("模型", "model"), ("表格与文本", "table")):
        page.get_by_role("tab", name=tab, exact=True).click(timeout=SOON_MS)
        expect(page.get_by_test_id(shown)).to_be_visible(timeout=SOON_MS)
        assert _fits(page)
    assert seen.errors == []
