"""Charts as people work with them: found, arranged, zoomed, read, set by hand, taken away; by pointer, finger and keyboard."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

SOON_MS = 60_000
LOSSES = "[data-section=loss]"


@pytest.fixture
def charts(look, seeded) -> Callable[..., Page]:
    """Open the charts of a recorded training and wait until the first is drawn."""

    def opened(query: str = "", *, run: str = "healthy-s0", chart: str = "loss/box_loss", **more: object) -> Page:
        page = look(f"/runs/{seeded.run(run)}?tab=charts{query}", **more).page
        expect(_chart(page, chart)).to_have_attribute("data-points", re.compile("[1-9]"), timeout=SOON_MS)
        return page

    return opened


def _chart(page: Page, key: str) -> Locator:
    return page.get_by_test_id(f"chart-{key}")


def _number(chart: Locator, name: str) -> float:
    return float(chart.get_attribute(f"data-{name}") or "nan")


def _order(page: Page) -> list[str | None]:
    return [tile.get_attribute("data-tile") for tile in page.locator(LOSSES).all()]


def _drag(page: Page, chart: Locator, by: tuple[int, int], start: tuple[int, int] = (150, 60)) -> None:
    """Draw from a place of a chart to another."""
    box = chart.bounding_box()
    assert box is not None
    x, y = box["x"] + start[0], box["y"] + start[1]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0] / 2, y + by[1] / 2)
    page.mouse.move(x + by[0], y + by[1])
    page.mouse.up()


def test_charts_are_found_by_words_and_by_pattern(charts) -> None:
    page = charts()
    search = page.get_by_test_id("chart-search")
    search.fill("^val/.*dfl")
    expect(page.locator("[data-tile]")).to_have_count(1)
    expect(_chart(page, "loss/dfl_loss")).to_be_visible()
    assert "find=" in page.url
    search.fill("val/[")
    expect(page.get_by_text("This pattern is not complete.")).to_be_visible()
    search.press("Escape")
    expect(_chart(page, "loss/box_loss")).to_be_visible()
    assert "find=" not in page.url


def test_a_chart_is_arranged_by_its_menu_and_stays_so(charts) -> None:
    page = charts()
    page.get_by_test_id("menu-loss/cls_loss").click()
    page.get_by_test_id("wider").press("Enter")
    page.get_by_test_id("earlier").press("Enter")
    page.get_by_test_id("pin").press("Enter")
    page.get_by_test_id("menu-loss/dfl_loss").click()
    page.get_by_test_id("hide").click()
    tile = page.locator("[data-section=pinned]")
    expect(tile).to_have_attribute("data-tile", "loss/cls_loss")
    assert "span 2" in (tile.get_attribute("style") or "")
    page.reload()
    expect(tile).to_have_attribute("data-tile", "loss/cls_loss", timeout=SOON_MS)
    expect(_chart(page, "loss/dfl_loss")).to_have_count(0)
    page.get_by_test_id("hidden-loss").click()
    expect(_chart(page, "loss/dfl_loss")).to_be_visible()


@pytest.mark.parametrize(("locale", "width"), [("en-GB", 1440), ("zh-CN", 390)])
def test_a_link_shows_the_arrangement_in_another_browser(charts, look, seeded, locale, width) -> None:
    page = charts(locale=locale, width=width)
    plain = page.url
    page.get_by_test_id("menu-loss/cls_loss").click()
    page.get_by_test_id("taller").press("Enter")
    page.get_by_test_id("pin").press("Enter")
    page.get_by_test_id("menu-loss/dfl_loss").click()
    page.get_by_test_id("later").press("Enter")
    page.get_by_test_id("menu-loss/box_loss").click()
    page.get_by_test_id("hide").click()
    expect(_chart(page, "loss/box_loss")).to_have_count(0)
    expect(page).to_have_url(re.compile("layout=.*hidden"))
    order = _order(page)
    other = look(page.url.removeprefix(seeded.url), locale=locale, width=width).page
    tile = other.locator("[data-section=pinned]")
    expect(tile).to_have_attribute("data-tile", "loss/cls_loss", timeout=SOON_MS)
    assert "330px" in (tile.get_attribute("style") or "")
    expect(_chart(other, "loss/box_loss")).to_have_count(0)
    assert _order(other) == order
    other.goto(plain)  # to look at it is not to take it over
    expect(_chart(other, "loss/box_loss")).to_be_visible(timeout=SOON_MS)
    assert "layout=" not in other.url
    page.goto(plain)  # but what one arranged oneself comes back, and into the address
    expect(page).to_have_url(re.compile("layout=.*hidden"), timeout=SOON_MS)
    expect(page.locator("[data-section=pinned]")).to_have_attribute("data-tile", "loss/cls_loss")


def test_a_link_shows_where_a_chart_with_an_axis_of_its_own_is_zoomed(charts, look, seeded) -> None:
    page = charts()
    page.get_by_test_id("menu-loss/box_loss").click()
    page.locator("select").select_option("epoch")
    page.keyboard.press("Escape")
    chart = _chart(page, "loss/box_loss")
    expect(chart).to_have_attribute("data-x-max", "24", timeout=SOON_MS)
    _drag(page, chart, (140, 4))
    expect(page).to_have_url(re.compile("own=.*w[0-9]"))
    assert "from=" not in page.url
    ends = [_number(chart, end) for end in ("x-min", "x-max")]
    assert ends[1] < 24
    other = look(page.url.removeprefix(seeded.url)).page
    expect(_chart(other, "loss/box_loss")).to_have_attribute("data-x-max", re.compile(f"^{ends[1]:g}"), timeout=SOON_MS)


def test_a_chart_is_moved_by_its_head_and_resized_by_its_corner(charts) -> None:
    page = charts()
    before = _order(page)
    head = page.get_by_test_id(f"tile-{before[0]}").bounding_box()
    target = page.get_by_test_id(f"tile-{before[1]}").bounding_box()
    assert head is not None
    assert target is not None
    page.mouse.move(head["x"] + 60, head["y"] + 20)
    page.mouse.down()
    page.mouse.move(head["x"] + 120, head["y"] + 40, steps=3)
    page.mouse.move(target["x"] + target["width"] - 40, target["y"] + 60, steps=4)
    page.mouse.up()
    assert _order(page)[:2] == [before[1], before[0]]
    tile = page.get_by_test_id(f"tile-{before[1]}")
    tile.hover()
    grip = page.get_by_test_id(f"grip-{before[1]}").bounding_box()
    assert grip is not None
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(grip["x"] + head["width"], grip["y"] + 130, steps=6)
    page.mouse.up()
    assert "span 2" in (tile.get_attribute("style") or "")
    assert "330px" in (tile.get_attribute("style") or "")


def test_a_box_zooms_one_axis_or_both_and_a_double_click_takes_it_back(charts) -> None:
    page = charts()
    chart = _chart(page, "loss/box_loss")
    whole = _number(chart, "x-max") - _number(chart, "x-min")
    _drag(page, chart, (120, 4))
    expect(page).to_have_url(re.compile("from="))
    expect(_chart(page, "loss/cls_loss")).to_have_attribute("data-x-min", chart.get_attribute("data-x-min") or "")
    assert _number(chart, "x-max") - _number(chart, "x-min") < whole
    _drag(page, chart, (4, 80))
    expect(page).to_have_url(re.compile("own="))
    page.reload()
    expect(chart).to_have_attribute("data-points", re.compile("[1-9]"), timeout=SOON_MS)
    assert "from=" in page.url
    chart.dblclick(position={"x": 150, "y": 60})
    expect(page).not_to_have_url(re.compile("from=|own="))


def test_a_chart_has_its_own_axes(charts) -> None:
    page = charts()
    page.get_by_test_id("menu-loss/dfl_loss").click()
    page.locator("select").select_option("~metrics/mAP50")
    page.get_by_label("Lower end of the y axis").fill("0")
    page.get_by_label("Upper end of the y axis").fill("3")
    page.get_by_label("Upper end of the y axis").press("Enter")
    page.keyboard.press("Escape")
    chart = _chart(page, "loss/dfl_loss")
    expect(chart).to_have_attribute("data-y-max", "3")
    assert _number(chart, "x-max") < 2
    assert _number(_chart(page, "loss/box_loss"), "x-max") > 2
    page.get_by_test_id("menu-loss/dfl_loss").click()
    page.get_by_test_id("as-page").click()
    expect(page).not_to_have_url(re.compile("own="))


def test_values_far_away_are_clipped_and_counted(charts) -> None:
    page = charts(run="lr-high")
    chart = _chart(page, "loss/cls_loss")
    highest = _number(chart, "y-max")
    page.get_by_test_id("display").click()
    page.get_by_test_id("clip").click()
    expect(page).to_have_url(re.compile("clip=true"))
    expect(page.get_by_test_id("tile-loss/cls_loss").get_by_text(re.compile(r"points? outside"))).to_be_visible()
    assert _number(chart, "y-max") < highest / 10


def test_the_keyboard_reads_a_chart_and_goes_through_them_on_the_whole_page(charts) -> None:
    page = charts("&chart=loss%2Fbox_loss", chart="focus/loss/box_loss")
    dialog = page.get_by_test_id("focus")
    page.keyboard.press("ArrowRight")
    second = dialog.locator("[data-draws]")
    expect(second).not_to_have_attribute("data-testid", "chart-focus/loss/box_loss")
    assert "loss%2Fbox_loss" not in page.url
    page.keyboard.press("ArrowLeft")
    chart = _chart(page, "focus/loss/box_loss")
    expect(chart).to_have_attribute("data-points", re.compile("[1-9]"))
    chart.focus()
    page.keyboard.press("Home")
    expect(dialog.get_by_text(re.compile(r"^Step \d"))).to_be_visible()
    page.keyboard.press("Shift+ArrowRight")
    expect(dialog.get_by_text(re.compile(r"^Step \d"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_chart_is_saved_as_picture_vectors_and_table(charts, tmp_path: Path) -> None:
    page = charts()
    page.get_by_test_id("menu-loss/box_loss").click()
    saved: dict[str, bytes] = {}
    for kind in ("png", "svg", "csv"):
        with page.expect_download() as download:
            page.get_by_test_id(f"save-{kind}").click()
        download.value.save_as(tmp_path / kind)
        saved[kind] = (tmp_path / kind).read_bytes()
    assert saved["png"].startswith(b"\x89PNG")
    assert b"<path" in saved["svg"]
    assert saved["csv"].decode("utf-8-sig").startswith("run,series,x_axis,x,x_end,min,mean,max,count,nan\r\n")
    link = page.get_by_test_id("all-points").get_attribute("href") or ""
    assert page.context.request.get(page.url.split("/runs")[0] + link).ok


def test_on_a_phone_in_chinese_two_fingers_zoom_and_one_reads(charts) -> None:
    page = charts(width=390, height=844, locale="zh-CN")
    chart = _chart(page, "loss/box_loss")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    x, y = box["x"] + 180, box["y"] + 90
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *apart: float) -> None:
        points = [{"x": x + at, "y": y, "id": index} for index, at in enumerate(apart)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", -30)
    expect(chart.get_by_text(re.compile(r"^Step \d"))).to_be_visible()
    fingers("touchStart", -30, 30)
    fingers("touchMove", -60, 60)
    fingers("touchMove", -90, 90)
    fingers("touchEnd")
    expect(page).to_have_url(re.compile("from="))
    page.get_by_test_id("menu-loss/box_loss").click()
    expect(page.get_by_test_id("full-screen")).to_have_text("全屏")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
