"""What the diagnosis of a run says on its page, in the overview, on its curves and in the list of runs."""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect
from scanning import faults, too_wide

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("browser-seeded"),
]

JUDGED_S = 120.0
STRIDE_PX = 8
"""A readout tells of what begins within as much."""
PROBLEMS = 'health == "critical" or health == "warning"'


@pytest.fixture(scope="module")
def judged(seeded) -> None:
    """The server has judged the runs that are looked at here."""
    last = time.monotonic() + JUDGED_S
    names = {"lr-high", "overfit-tiny", "nan-batch", "healthy-s0", "cls-gain0"}
    while names:
        assert time.monotonic() < last, f"not judged: {names}"
        items = seeded.get("/api/v1/runs?project=signs&limit=100")["items"]
        names -= {one["name"] for one in items if one["health"] is not None}
        time.sleep(0.2)


def card(page: Page, rule: str) -> Locator:
    return page.locator(f"[data-testid=finding][data-rule={rule}]")


def is_told_along(page: Page, chart: Locator, text: str) -> bool:
    """Tell whether a chart says something anywhere along its x axis."""
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    for px in range(0, int(box["width"]), STRIDE_PX):
        page.mouse.move(box["x"] + px, box["y"] + box["height"] / 2)
        page.evaluate("new Promise(requestAnimationFrame)")
        if page.get_by_text(text).locator("visible=true").count() > 0:
            return True
    return False


@pytest.mark.usefixtures("judged")
def test_a_finding_says_what_it_saw_and_what_to_change(seeded, look) -> None:
    seen = look(f"/runs/{seeded.run('lr-high')}?tab=diagnosis")
    page = seen.page
    expect(page.get_by_test_id("answer")).to_contain_text("the loss swings wildly at the start")
    root = card(page, "N10")
    expect(root.get_by_role("heading", name="The loss swings wildly at the start")).to_be_visible()
    expect(root.locator("p").first).to_contain_text("warning")
    expect(root).to_contain_text("at a learning rate of 0.5 (usual: 0.001)")
    expect(root.locator("code").first).to_contain_text("lr0=0.001")
    expect(root.get_by_test_id("evidence").locator("canvas").first).to_be_visible()
    expect(root.locator("[data-rule=L02]")).to_contain_text("94% of that comes from train/cls_loss")
    rows = page.get_by_test_id("timeline-row")
    expect(rows.first).to_have_accessible_name("The loss swings wildly at the start, warning: open since epoch 9")
    page.get_by_test_id("timeline").get_by_text("Table").click()
    expect(page.get_by_test_id("timeline").get_by_role("row")).not_to_have_count(1)
    page.get_by_test_id("fold-missing").get_by_role("button").click()
    expect(page.get_by_test_id("fold-missing")).to_contain_text("system/gpu.*/util_percent")
    assert seen.errors == []


@pytest.mark.usefixtures("judged")
def test_what_is_over_is_folded_and_the_timeline_leads_there(seeded, look) -> None:
    seen = look(f"/runs/{seeded.run('nan-batch')}?tab=diagnosis")
    page = seen.page
    expect(page.get_by_test_id("nothing-found")).to_contain_text("Looked at: settings, losses, metrics")
    row = page.get_by_test_id("timeline-row").first
    expect(row).to_have_accessible_name("Training loss is NaN or infinite, critical: open from epoch 6 to 9")
    expect(card(page, "N01")).to_have_count(0)
    row.press("Enter")
    expect(card(page, "N01")).to_be_focused()
    expect(card(page, "N01")).to_contain_text("until epoch 9")
    assert seen.errors == []


@pytest.mark.usefixtures("judged")
def test_a_dismissed_finding_no_longer_counts_until_that_is_taken_back(seeded, look) -> None:
    run = seeded.run("cls-gain0")
    seen = look(f"/runs/{run}?tab=diagnosis")
    page = seen.page
    page.get_by_role("button", name="Dismiss “Box loss falls, class loss does not”").click()
    page.get_by_label("Why does it not matter here? (optional)").fill("cls=0 is what we try")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("nothing-found")).to_be_visible()
    expect(page.get_by_test_id("answer")).to_contain_text("Healthy")
    assert seeded.get(f"/api/v1/runs/{run}")["health"] == "healthy"
    page.get_by_test_id("fold-dismissed").get_by_role("button").click()
    expect(card(page, "L04")).to_contain_text("cls=0 is what we try")
    card(page, "L04").get_by_role("button", name="Take the dismissal").click()
    expect(page.get_by_test_id("fold-dismissed")).to_have_count(0)
    expect(page.get_by_test_id("answer")).to_contain_text("Warning")
    assert seen.errors == []


@pytest.mark.usefixtures("judged")
def test_findings_stand_on_the_curves_that_they_speak_of(seeded, look) -> None:
    seen = look(f"/runs/{seeded.run('lr-high')}?tab=charts&x=epoch")
    page = seen.page
    chart = page.get_by_test_id("chart-loss/box_loss")
    expect(chart).to_be_visible()
    title = "The loss swings wildly at the start (warning)"
    assert is_told_along(page, chart, title)
    assert not is_told_along(page, page.get_by_test_id("chart-metrics/mAP"), title)
    page.get_by_test_id("display").click()
    page.get_by_test_id("flags-none").click()
    expect(page).to_have_url(re.compile("flags=none"))
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("flags-none")).to_have_count(0)
    assert not is_told_along(page, chart, title)
    assert seen.errors == []


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize(
    ("locale", "word", "title"), [("en-GB", "Critical", "mAP is 0"), ("zh-CN", "严重", "mAP 为 0")]
)
def test_a_phone_tells_the_same_in_both_languages(seeded, look, locale, word, title) -> None:
    seen = look(f"/runs/{seeded.run('overfit-tiny')}", width=390, height=844, locale=locale, scheme="dark")
    page = seen.page
    expect(page.get_by_test_id("overview-answer")).to_contain_text(word)
    expect(page.locator("[data-finding=G04]")).to_contain_text(title)
    page.get_by_test_id("overview-attention").get_by_role("link").first.click()
    expect(card(page, "G04")).to_contain_text(title)
    assert too_wide(page) <= 0
    assert page.evaluate("document.querySelector('#content').scrollWidth") == 390
    small = (
        page.get_by_test_id("finding")
        .get_by_role("button")
        .evaluate_all(
            "all => all.filter((one) => one.getBoundingClientRect().height < 32 && !one.closest('[data-panel-head]')"
            " && !one.closest('figure, [class*=legend]')).map((one) => one.textContent)"
        )
    )
    assert small == []
    assert faults(page) == []
    assert seen.errors == []


@pytest.mark.usefixtures("judged")
def test_the_list_shows_sorts_and_filters_by_health(seeded, look) -> None:
    seen = look("/?project=signs&sort=-health")
    page = seen.page
    first = page.get_by_test_id("run-row").first
    expect(first).to_contain_text("overfit-tiny")
    expect(first.locator("[data-column=health]")).to_contain_text("Critical")
    page.keyboard.press("Control+k")
    expect(page.get_by_test_id("palette-input")).to_be_focused()
    page.keyboard.type("runs with problems")
    page.get_by_role("option", name="Runs with problems").click()
    expect(page.get_by_label("Filter runs")).to_have_value(PROBLEMS)
    expect(page.get_by_test_id("run-row").filter(has_text="lr-high")).to_have_count(1)
    expect(page.get_by_test_id("run-row").filter(has_text="healthy-s0")).to_have_count(0)
    assert seen.errors == []
