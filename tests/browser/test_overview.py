"""What a run's page opens with: its header, its overview, and the machine it trained on."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("browser-seeded"),
]

SOON_MS = 60_000


def test_one_screen_tells_whether_a_run_is_alive_good_and_what_to_do(seeded, look) -> None:
    seen = look(f"/runs/{seeded.with_items}")
    page = seen.page
    expect(page.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true", timeout=SOON_MS)
    expect(page.get_by_test_id("overview-life")).to_contain_text("100%", timeout=SOON_MS)
    expect(page.get_by_test_id("chart-metrics/mAP")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_test_id("chart-overview/losses")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_test_id("overview-answer")).to_contain_text("the best mAP50-95 is 0.643", timeout=SOON_MS)
    expect(page.get_by_test_id("overview-attention")).to_contain_text("Steps take longer", timeout=SOON_MS)
    expect(page.get_by_test_id("overview-standing")).to_contain_text("by mAP50-95", timeout=SOON_MS)
    expect(page.get_by_test_id("overview-classes").get_by_role("row")).to_have_count(3, timeout=SOON_MS)
    expect(page.get_by_test_id("overview-confusion")).to_contain_text("taken for", timeout=SOON_MS)
    expect(page.get_by_test_id("overview-pictures").get_by_role("img")).to_have_count(4, timeout=SOON_MS)
    bottom = page.get_by_test_id("overview-pictures").bounding_box()
    assert bottom is not None
    assert bottom["y"] + bottom["height"] <= 900
    page.get_by_test_id("overview-classes").get_by_role("link").click()
    expect(page.get_by_role("tab", name="Classes")).to_have_attribute("aria-selected", "true", timeout=SOON_MS)
    assert seen.errors == []


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_phone_shows_what_to_look_at_before_the_charts(seeded, look, locale) -> None:
    failed = next(one for one in seeded.get("/api/v1/runs?project=sweeps&state=failed")["items"])
    seen = look(f"/runs/{failed['id']}", width=390, height=844, locale=locale)
    page = seen.page
    concerns = page.get_by_test_id("overview-attention").locator("[data-concern]")
    expect(concerns.first).to_have_attribute("data-concern", "crashed", timeout=SOON_MS)
    expect(page.get_by_test_id("chart-metrics/mAP")).to_be_attached(timeout=SOON_MS)
    looked = page.get_by_test_id("overview-attention").bounding_box()
    chart = page.get_by_test_id("chart-metrics/mAP").bounding_box()
    assert looked is not None
    assert chart is not None
    assert looked["y"] < chart["y"]
    settings = page.locator("[data-setting=optimizer]")
    expect(settings).to_be_hidden()
    page.get_by_test_id("more-facts").click()
    expect(settings).to_be_visible()
    assert page.evaluate("document.querySelector('#content').scrollWidth") == 390
    assert seen.errors == []


def test_a_deleted_run_comes_back_by_the_toast(seeded, look) -> None:
    run = seeded.run("labels-shuffled")
    seen = look(f"/runs/{run}?tab=config")
    page = seen.page
    page.get_by_test_id("run-menu").click(timeout=SOON_MS)
    page.get_by_test_id("delete-run").click()
    expect(page.get_by_test_id("toast")).to_contain_text("labels-shuffled moved to the trash", timeout=SOON_MS)
    assert run not in [one["id"] for one in seeded.get("/api/v1/runs?limit=500")["items"]]
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="labels-shuffled")).to_be_visible(timeout=SOON_MS)
    assert run in [one["id"] for one in seeded.get("/api/v1/runs?limit=500")["items"]]
    assert seen.errors == []


def test_the_machine_has_a_part_of_its_own(seeded, look) -> None:
    seen = look(f"/runs/{seeded.with_items}?tab=system")
    page = seen.page
    expect(page.get_by_test_id("system-machine")).to_contain_text("Memory of the training", timeout=SOON_MS)
    expect(page.get_by_test_id("waiting")).to_contain_text("%", timeout=SOON_MS)
    expect(page.get_by_test_id("chart-system/cpu_percent")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("tab", name="Charts").click()
    expect(page.get_by_role("button", name=re.compile("^Losses"))).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("heading", name="CPU use")).to_have_count(0)
    assert seen.errors == []
