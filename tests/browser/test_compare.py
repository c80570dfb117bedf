"""Runs held against each other, and what a project has learnt, on seeded trainings."""

import json
import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("browser-seeded"),
]

SOON_MS = 60_000
MAP = "chart-metrics/mAP50-95"
WORDS = {
    "en-GB": {"differences": "Differences", "runs": "List of runs", "helped": "Helped"},
    "zh-CN": {"differences": "差异", "runs": "训练列表", "helped": "有帮助"},
}


def _link(**view: object) -> str:
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in view.items()}
    return f"/compare?{urlencode(texts)}"


def _sweeps(seeded, count: int) -> list[str]:
    return [one["id"] for one in seeded.get(f"/api/v1/runs?project=sweeps&limit={count}")["items"]]


def test_runs_are_added_hidden_and_removed_and_the_others_keep_their_colours(seeded, look) -> None:
    first, second = seeded.run("healthy-s0"), seeded.run("healthy-s1")
    seen = look(_link(run=[first, second]))
    page = seen.page
    listed = page.get_by_test_id("compared-run")
    expect(listed).to_have_count(2, timeout=SOON_MS)
    colour = listed.nth(1).locator("path").first.get_attribute("stroke")
    page.get_by_role("button", name="Remove healthy-s0 from the comparison").click()
    expect(listed).to_have_count(1)
    assert listed.first.locator("path").first.get_attribute("stroke") == colour
    page.get_by_label("Add a run by name").first.click()
    page.keyboard.type("lr-high")
    page.get_by_role("option", name="lr-high").click()
    expect(listed).to_have_count(2, timeout=SOON_MS)
    page.get_by_role("button", name="Show lr-high").click()
    expect(page.get_by_text("1 of 2")).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 of 2")).to_be_visible(timeout=SOON_MS)
    assert listed.first.locator("path").first.get_attribute("stroke") == colour
    assert seen.errors == []


def test_curves_lie_over_one_another_as_means_and_as_differences_to_a_baseline(seeded, look) -> None:
    runs = _sweeps(seeded, 10)
    seen = look(_link(run=runs, baseline=runs[1], align="epoch"))
    page = seen.page
    expect(page.get_by_test_id(MAP)).to_have_attribute("data-x-max", "50", timeout=SOON_MS)
    every = seen.number(MAP, "data-points")
    assert every >= 9 * 50
    page.get_by_test_id("against").click()
    expect(page.get_by_text("Δ%").first).to_be_visible(timeout=SOON_MS)
    page.get_by_test_id("against").click()
    page.goto(page.url + "&by=config.mosaic")
    expect(page.get_by_role("list", name="Colours: config.mosaic")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_test_id(MAP)).to_have_attribute("data-points", "100", timeout=SOON_MS)
    page.get_by_test_id("mean").click()
    expect(page.get_by_test_id(MAP)).to_have_attribute("data-points", str(int(every)), timeout=SOON_MS)
    assert seen.errors == []


def test_a_range_on_an_axis_holds_in_every_view_and_the_table_sorts_by_a_click(seeded, look) -> None:
    view = {"project": "sweeps", "where": "epochs == 50"}
    seen = look(_link(**view, tab="parallel", ranges={"metrics/mAP50-95": [0.5, 1]}))
    page = seen.page
    expect(page.get_by_test_id("figure-parallel")).to_have_attribute("data-drawn", "true", timeout=SOON_MS)
    expect(page.get_by_role("button", name="Lift the restriction of mAP50-95")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("tab", name="Table").click()
    rows = page.get_by_test_id("compare-table").locator("tbody tr")
    above = view | {"where": f"best(metrics/mAP50-95) >= 0.5 and {view['where']}"}
    expect(rows).to_have_count(seeded.get(f"/api/v1/runs?{urlencode(above)}")["total"], timeout=SOON_MS)
    page.get_by_role("button", name="Sort runs by mAP50-95").click()
    expect(page.get_by_role("columnheader", name="mAP50-95")).to_have_attribute("aria-sort", "descending")
    expect(rows.first.locator("td strong").first).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(rows).to_have_count(seeded.get(f"/api/v1/runs?{urlencode(view)}")["total"], timeout=SOON_MS)
    assert seen.errors == []


def test_differences_are_told_and_what_is_the_same_is_folded(seeded, look) -> None:
    seen = look(_link(run=[seeded.run("healthy-s0"), seeded.run("healthy-s1")], tab="differences"))
    page = seen.page
    table = page.get_by_test_id("differences-table-config")
    expect(table.get_by_role("rowheader", name="seed")).to_be_visible(timeout=SOON_MS)
    expect(table.get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="are the same in all").first.click()
    expect(page.get_by_role("rowheader", name="optimizer").first).to_be_visible()
    page.get_by_label("Find a key or a value").fill("no such key")
    expect(page.get_by_text("No key and no value matches")).to_be_visible()
    assert seen.errors == []


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_phone_has_all_views_without_scrolling_the_page_sideways(seeded, look, locale) -> None:
    words = WORDS[locale]
    seen = look(_link(run=_sweeps(seeded, 8), tab="table"), width=390, height=844, locale=locale)
    page = seen.page
    expect(page.get_by_test_id("compare-table")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("tab", name=words["differences"]).click()
    expect(page.get_by_test_id("differences-table-config")).to_be_visible(timeout=SOON_MS)
    assert page.evaluate("document.querySelector('#content').scrollWidth") == 390
    expect(page.get_by_test_id("compared-run").first).to_be_hidden()
    page.get_by_role("button", name=words["runs"]).click()
    expect(page.get_by_test_id("compared-run").first).to_be_visible()
    page.goto(f"{seeded.url}/learnt?project=sweeps")
    expect(page.get_by_test_id("effect").first).to_contain_text(words["helped"], timeout=SOON_MS)
    assert page.evaluate("document.querySelector('#content').scrollWidth") == 390
    assert seen.errors == []


def test_what_was_learnt_leads_to_the_runs_behind_it(seeded, look) -> None:
    seen = look("/learnt?project=sweeps")
    page = seen.page
    effect = page.get_by_test_id("effect").first
    expect(effect).to_contain_text("Helped", timeout=SOON_MS)
    effect.get_by_role("link", name="See these runs").click()
    expect(page.get_by_test_id("compared-run").first).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_test_id("mean")).to_have_attribute("aria-pressed", "true", timeout=SOON_MS)
    assert seen.errors == []


def test_without_runs_the_newest_are_offered(seeded, look) -> None:
    seen = look("/compare")
    page = seen.page
    choices = page.get_by_role("checkbox")
    expect(choices).to_have_count(10, timeout=SOON_MS)
    choices.nth(0).check()
    choices.nth(1).check()
    page.get_by_role("button", name="Compare 2 runs").click()
    expect(page.get_by_test_id("compared-run")).to_have_count(2, timeout=SOON_MS)
    assert seen.errors == []


VIEWS = {
    "en-GB": {"delete": "Delete", "undo": "Undo", "theirs": "Open theirs", "elsewhere": "was changed elsewhere"},
    "zh-CN": {"delete": "删除", "undo": "撤销", "theirs": "打开对方的版本", "elsewhere": "已在别处修改"},
}
EVERYWHERE = pytest.mark.parametrize(("locale", "width"), [("en-GB", 1440), ("zh-CN", 390)])


def _stored(seeded, name: str) -> list[dict]:
    return [one for one in seeded.get("/api/v1/views")["items"] if one["name"] == name]


def _opened(page) -> None:
    """Open the menu of saved views; their list is fetched anew then."""
    with page.expect_response("**/api/v1/views"):
        page.get_by_test_id("open-views").click()
    expect(page.get_by_test_id("views")).to_be_visible()


@EVERYWHERE
def test_a_comparison_is_saved_opened_changed_deleted_and_brought_back(seeded, look, locale, width) -> None:
    words, name = VIEWS[locale], f"夜班对比 {locale} " + "a-long-name-" * 6
    runs = _sweeps(seeded, 3)
    page = look(_link(run=runs, align="epoch"), locale=locale, width=width).page
    expect(page.get_by_test_id("compared-run")).to_have_count(3, timeout=SOON_MS)
    _opened(page)
    page.get_by_test_id("view-name").fill(name)
    page.get_by_test_id("save-view").click()
    expect(page).to_have_url(re.compile(r"view="))
    page.get_by_test_id("scale-log").click()
    expect(page.get_by_test_id("view-changed")).to_be_visible()
    _opened(page)
    page.get_by_test_id("overwrite-view").click()
    expect(page.get_by_test_id("view-changed")).to_have_count(0)
    [kept] = _stored(seeded, name.strip())
    assert (kept["kind"], kept["project"], kept["state"]) == (
        "compare",
        "sweeps",
        {"run": runs, "align": "epoch", "scale": "log"},
    )
    other = look("/compare", locale=locale, width=width)
    _opened(other.page)
    other.page.get_by_test_id("view").filter(has_text=locale).get_by_role("button").first.click()
    expect(other.page.get_by_test_id("compared-run")).to_have_count(3, timeout=SOON_MS)
    expect(other.page).to_have_url(re.compile(f"view={kept['id']}"))
    expect(other.page.get_by_test_id("view-changed")).to_have_count(0)
    assert other.page.evaluate("document.documentElement.scrollWidth") <= width
    _opened(other.page)
    other.page.get_by_role("button", name=f"{words['delete']} {name.strip()}").click()
    expect(other.page).not_to_have_url(re.compile(r"view="))
    other.page.get_by_test_id("toast").get_by_role("button", name=words["undo"]).click()
    expect(other.page).to_have_url(re.compile(r"view="))
    assert [one["state"] for one in _stored(seeded, name.strip())] == [kept["state"]]
    assert other.errors == []


@EVERYWHERE
def test_a_comparison_that_somebody_else_changed_is_not_overwritten_unasked(seeded, look, locale, width) -> None:
    runs = _sweeps(seeded, 3)
    body = {"kind": "compare", "name": f"shared {locale}", "project": "sweeps", "state": {"run": runs}}
    view = seeded.session.post(f"{seeded.url}/api/v1/views", json=body, timeout=30).json()
    page = look(_link(run=runs, scale="log", view=view["id"]), locale=locale, width=width).page
    expect(page.get_by_test_id("view-changed")).to_be_visible(timeout=SOON_MS)
    _opened(page)
    theirs = {"version": view["version"], "state": {"run": runs[:2]}}
    seeded.session.put(f"{seeded.url}/api/v1/views/{view['id']}", json=theirs, timeout=30).raise_for_status()
    page.get_by_test_id("overwrite-view").click()
    expect(page.get_by_role("alert")).to_contain_text(VIEWS[locale]["elsewhere"])
    page.get_by_role("button", name=VIEWS[locale]["theirs"]).click()
    expect(page.get_by_test_id("compared-run")).to_have_count(2, timeout=SOON_MS)
    expect(page.get_by_test_id("view-changed")).to_have_count(0)


def test_the_palette_opens_a_saved_comparison(seeded, look) -> None:
    body = {"kind": "compare", "name": "night against day", "project": "sweeps", "state": {"run": _sweeps(seeded, 2)}}
    view = seeded.session.post(f"{seeded.url}/api/v1/views", json=body, timeout=30).json()
    page = look("/machines").page
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SOON_MS)
    page.keyboard.press("Control+k")
    expect(page.get_by_test_id("palette-input")).to_be_focused()
    page.keyboard.type("night against")
    expect(page.get_by_test_id("palette-option").first).to_contain_text("night against day")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/compare.*view={view['id']}"))
    expect(page.get_by_test_id("compared-run")).to_have_count(2, timeout=SOON_MS)
    expect(page.get_by_test_id("open-views")).to_contain_text("night against day")


@EVERYWHERE
def test_a_link_carries_how_single_charts_differ_and_which_has_the_whole_page(seeded, look, locale, width) -> None:
    page = look(_link(run=_sweeps(seeded, 3), align="epoch"), locale=locale, width=width).page
    chart = page.get_by_test_id(MAP)
    expect(chart).to_have_attribute("data-x-max", "50", timeout=SOON_MS)
    page.get_by_test_id("menu-metrics/mAP50-95").click()
    page.get_by_role("dialog").get_by_text("对数" if locale == "zh-CN" else "Log", exact=True).click()
    expect(page).to_have_url(re.compile(r"own=.*log"))
    page.get_by_test_id("full-screen").click()
    expect(page).to_have_url(re.compile(r"chart=metrics"))
    other = look(page.url.removeprefix(seeded.url), locale=locale, width=width).page
    expect(other.get_by_test_id("focus")).to_be_visible(timeout=SOON_MS)
    expect(other.get_by_test_id("chart-focus/metrics/mAP50-95")).to_have_attribute("data-x-max", "50", timeout=SOON_MS)
    other.keyboard.press("Escape")
    expect(other.get_by_test_id("focus")).to_have_count(0)
    assert "chart=" not in other.url
    assert "own=" in other.url
