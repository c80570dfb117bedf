"""Finding and keeping: the filter line, saved views, the command palette, stars, tags and notes."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

NIGHT = 'tags contains "night"'


def _filter(page: Page, text: str) -> None:
    page.get_by_test_id("filter").fill(text)
    page.keyboard.press("Enter")


def _palette(page: Page, typed: str) -> None:
    page.keyboard.press("Control+k")
    page.get_by_test_id("palette-input").fill(typed)


def test_a_filter_is_typed_with_completion_and_applied_by_enter(look) -> None:
    seen = look("/?project=sweeps")
    page = seen.page
    field = page.get_by_test_id("filter")
    expect(field).to_be_visible()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("metrics/mAP50-")
    expect(page.get_by_test_id("completions").get_by_role("option").first).to_contain_text("metrics/mAP50-95")
    page.keyboard.press("Tab")
    expect(field).to_have_value("metrics/mAP50-95 ")
    page.keyboard.type(">= 0")
    expect(page.get_by_test_id("filter-count")).to_contain_text("Enter applies")
    assert "where" not in page.url
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"where=metrics"))
    assert seen.errors == []


@pytest.mark.parametrize("screen", [{}, {"locale": "zh-CN", "width": 390, "height": 844}])
def test_what_is_typed_while_the_runs_are_on_their_way_stays(look, screen: dict[str, object]) -> None:
    page = look("/machines", **screen).page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/runs?*", hold)
    page.get_by_role("link", name="yoloscope").click()
    field = page.get_by_test_id("filter")
    expect(field).to_be_visible()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("epoch > 1 and")
    while not held:
        page.evaluate("() => new Promise(requestAnimationFrame)")
    for route in held:
        route.continue_()
    page.unroute("**/api/v1/runs?*", hold)
    expect(page.get_by_test_id("run-row").first).to_be_visible()
    expect(field).to_be_focused()
    page.keyboard.type(" lr > 0")
    expect(field).to_have_value("epoch > 1 and lr > 0")


def test_a_chip_joins_what_was_typed_and_leaves_it(look) -> None:
    page = look("/?project=sweeps").page
    _filter(page, "epoch > 1 or starred == true")
    expect(page).to_have_url(re.compile(r"where=epoch"))
    chip = page.get_by_role("button", name="night", exact=True)
    chip.click()
    expect(page.get_by_test_id("filter")).to_have_value(f"(epoch > 1 or starred == true) and {NIGHT}")
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.click()
    expect(page.get_by_test_id("filter")).to_have_value("epoch > 1 or starred == true")


def test_a_mistake_is_marked_and_the_name_that_was_meant_is_offered(look) -> None:
    page = look("/?project=sweeps", locale="zh-CN", width=390, height=844).page
    expect(page.get_by_test_id("filter")).to_be_visible()
    _filter(page, "metrics/map50 >= 0")
    fault = page.get_by_test_id("filter-fault")
    expect(fault.locator("mark")).to_have_text("metrics/map50")
    expect(fault).to_contain_text("没有训练使用这个名称")
    assert "where" not in page.url
    fault.get_by_role("button", name="metrics/mAP50", exact=True).click()
    expect(page).to_have_url(re.compile(r"where=metrics"))
    expect(page.get_by_test_id("filter")).to_have_value("metrics/mAP50 >= 0")
    expect(fault).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_link_with_a_mistake_in_its_filter_can_be_mended(look) -> None:
    page = look("/?project=sweeps&where=metrics%2Fmap50+%3E+0").page
    page.get_by_test_id("filter-fault").get_by_role("button", name="metrics/mAP50", exact=True).click()
    expect(page.get_by_test_id("run-row").first).to_be_visible()


def test_a_view_is_saved_changed_overwritten_deleted_and_brought_back(look, seeded) -> None:
    name = "夜班 " + "a-long-name-" * 8
    page = look(f"/?project=sweeps&where={NIGHT}").page
    page.get_by_test_id("open-views").click()
    page.get_by_test_id("view-name").fill(name)
    page.get_by_test_id("save-view").click()
    expect(page).to_have_url(re.compile(r"view="))
    expect(page.get_by_test_id("view-changed")).to_have_count(0)
    expect(page.get_by_test_id("views")).to_have_count(0)
    _filter(page, f"{NIGHT} and epoch > 1")
    expect(page.get_by_test_id("view-changed")).to_be_visible()
    view = next(one for one in seeded.get("/api/v1/views")["items"] if one["name"] == name.strip())
    page.get_by_test_id("open-views").click()
    page.get_by_test_id("overwrite-view").click()
    expect(page.get_by_test_id("view-changed")).to_have_count(0)
    stored = seeded.get(f"/api/v1/views/{view['id']}")
    assert (stored["project"], stored["state"]["where"]) == ("sweeps", f"{NIGHT} and epoch > 1")
    page.get_by_test_id("open-views").click()
    page.get_by_role("button", name=f"Delete {name.strip()}").click()
    expect(page).not_to_have_url(re.compile(r"view="))
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile(r"view="))
    again = [one for one in seeded.get("/api/v1/views")["items"] if one["name"] == name.strip()]
    assert [one["state"] for one in again] == [stored["state"]]


def test_what_somebody_else_saved_is_not_overwritten_unasked(look, seeded) -> None:
    body = {"kind": "runs", "name": "shared", "project": "sweeps", "state": {"where": "epoch > 1"}}
    view = seeded.session.post(f"{seeded.url}/api/v1/views", json=body, timeout=30).json()
    page = look(f"/?project=sweeps&where=epoch+%3E+5&view={view['id']}").page
    expect(page.get_by_test_id("view-changed")).to_be_visible()
    with page.expect_response("**/api/v1/views"):  # the list is fetched anew when it is opened
        page.get_by_test_id("open-views").click()
    expect(page.get_by_test_id("overwrite-view")).to_be_visible()
    theirs = {"version": view["version"], "state": {"where": "epoch > 2"}}
    seeded.session.put(f"{seeded.url}/api/v1/views/{view['id']}", json=theirs, timeout=30).raise_for_status()
    page.get_by_test_id("overwrite-view").click()
    expect(page.get_by_role("alert")).to_contain_text("shared was changed elsewhere")
    page.get_by_role("button", name="Open theirs").click()
    expect(page.get_by_test_id("filter")).to_have_value("epoch > 2")
    expect(page.get_by_test_id("view-changed")).to_have_count(0)


def test_the_palette_finds_runs_pages_and_commands_by_the_keyboard(look, seeded) -> None:
    seen = look("/")
    page = seen.page
    expect(page.get_by_test_id("run-row").first).to_be_visible()
    _palette(page, "adamw custom")
    expect(page.get_by_test_id("palette-option").first).to_contain_text("20261122-custom-adamw-mosaic")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(seeded.with_items))
    _palette(page, "machines")
    expect(page.get_by_test_id("palette-option").first).to_have_text("Machines")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/machines$"))
    page.keyboard.press("Control+k")
    expect(page.get_by_role("group", name="Recent").get_by_role("option")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    _palette(page, "中文")
    expect(page.get_by_test_id("palette-option").first).to_have_text("切换到中文")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    assert seen.errors == []


def test_the_palette_opens_by_touch_and_says_when_nothing_is_found(look) -> None:
    page = look("/", locale="zh-CN", width=390, height=844).page
    page.get_by_test_id("open-palette").click()
    page.get_by_test_id("palette-input").fill("zzz-nothing")
    expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("没有找到“zzz-nothing”")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_keyboard_help_tells_the_keys_of_the_page(look) -> None:
    page = look("/").page
    expect(page.get_by_test_id("run-row").first).to_be_visible()
    page.keyboard.press("?")
    told = page.get_by_test_id("keyboard-help")
    expect(told).to_contain_text("Go to the filter")
    expect(told).to_contain_text("Star the run")


def test_a_star_is_kept_and_taken_back_when_the_server_refuses(look, seeded) -> None:
    run = seeded.run("yolo11n-lr0.001-mosaic0-0002")
    page = look(f"/runs/{run}").page
    star = page.get_by_test_id("star")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(star).to_have_attribute("aria-pressed", "true")
    problem = '{"type": "x", "title": "x", "status": 507, "detail": "the disk is full"}'
    page.route(
        f"**/api/v1/runs/{run}",
        lambda route: (
            route.fulfill(status=507, content_type="application/problem+json", body=problem)
            if route.request.method == "PATCH"
            else route.continue_()
        ),
    )
    star.click()
    expect(page.get_by_test_id("toast")).to_contain_text("the disk is full")
    expect(star).to_have_attribute("aria-pressed", "true")
