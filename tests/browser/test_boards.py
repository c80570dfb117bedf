"""Boards, the wall screen and reports in a real browser on a real server."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

SOON_MS = 60_000
EVIL = "<img src=x onerror=window.hit=1>"


@pytest.fixture(autouse=True)
def no_boards(seeded) -> Iterator[None]:
    """Leave no board behind, and find none."""

    def clear() -> None:
        for view in seeded.get("/api/v1/views?kind=board")["items"]:
            seeded.session.delete(f"{seeded.url}/api/v1/views/{view['id']}", timeout=30)

    clear()
    yield
    clear()


def _board(seeded, **state: object) -> str:
    plain = {"version": 1, "where": "", "limit": 5, "charts": ["metrics/mAP50", "val/*_loss"], "x": "epoch"}
    body = {"kind": "board", "name": "Night", "project": "signs", "state": plain | state}
    answer = seeded.session.post(f"{seeded.url}/api/v1/views", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()["id"]


def _saved(seeded, board: str) -> dict:
    return seeded.get(f"/api/v1/views/{board}")


def _fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def _drawn(page: Page, chart: str) -> None:
    expect(page.get_by_test_id(f"chart-{chart}")).to_have_attribute("data-draws", re.compile(r"[1-9]"), timeout=SOON_MS)


def test_the_first_board_takes_one_click_and_can_be_deleted_and_brought_back(look) -> None:
    page = look("/boards").page
    page.get_by_test_id("template-progress").click()
    _drawn(page, "metrics/mAP50")
    expect(page.get_by_test_id("board-run").first).to_be_visible(timeout=SOON_MS)
    page.get_by_test_id("board-menu").click()
    page.get_by_test_id("delete-board").click()
    expect(page).to_have_url(re.compile(r"/boards$"))
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    _drawn(page, "metrics/mAP50")


def test_charts_are_added_moved_and_taken_out_by_keyboard_and_kept(look, seeded) -> None:
    board = _board(seeded, charts=["metrics/mAP50", "metrics/recall"])
    page = look(f"/boards/{board}").page
    page.get_by_test_id("edit-board").click()
    find = page.get_by_test_id("find-chart")
    expect(page.get_by_role("button", name="Add metrics/precision")).to_be_visible(timeout=SOON_MS)
    find.fill("class/*/AP50")
    find.press("Enter")
    expect(page.get_by_test_id("board-chart")).to_have_count(3)
    up = page.get_by_role("button", name="Move class/*/AP50 up")
    up.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_test_id("board-chart").first).to_contain_text("class/*/AP50")
    page.get_by_role("button", name="Take metrics/recall out").press("Enter")
    expect(page.get_by_test_id("board-chart")).to_have_count(2)
    page.wait_for_timeout(500)
    page.reload()
    expect(page.get_by_test_id("board-chart")).to_have_count(2, timeout=SOON_MS)
    assert _saved(seeded, board)["state"]["charts"] == ["class/*/AP50", "metrics/mAP50"]


def test_a_board_that_somebody_else_changed_is_put_before_the_reader(look, seeded) -> None:
    board = _board(seeded)
    page = look(f"/boards/{board}").page
    _drawn(page, "metrics/mAP50")
    theirs = {"version": 1, "name": "Theirs"}
    seeded.session.put(f"{seeded.url}/api/v1/views/{board}", json=theirs, timeout=30).raise_for_status()
    page.get_by_test_id("rename-board").click()
    page.get_by_label("Name of the board").fill("Mine")
    page.keyboard.press("Enter")
    page.get_by_test_id("board-conflict").get_by_role("button", name="Overwrite with mine").click(timeout=SOON_MS)
    expect(page.get_by_test_id("board-conflict")).to_be_hidden()
    page.wait_for_timeout(500)
    assert _saved(seeded, board)["name"] == "Mine"


def test_the_wall_screen_tells_when_it_is_cut_off_and_escape_leaves_it(look, seeded) -> None:
    board = _board(seeded)
    seen = look(f"/boards/{board}?wall=600", locale="zh-CN", width=1920, height=1080)
    page = seen.page
    expect(page.get_by_test_id("wall-clock")).to_have_text(re.compile(r"^\d\d:\d\d$"), timeout=SOON_MS)
    expect(page.get_by_test_id("wall").locator("[data-draws]").first).to_be_visible(timeout=SOON_MS)
    seen.wire.cut()
    expect(page.get_by_test_id("wall-connection")).to_have_text("连接已断开：当前内容不是最新的", timeout=SOON_MS)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("wall")).to_be_hidden()
    expect(page).to_have_url(re.compile(rf"/boards/{board}$"))


def test_a_board_fits_a_phone(look, seeded) -> None:
    board = _board(seeded, columns=4)
    page = look(f"/boards/{board}?edit=true", width=390, height=844, locale="zh-CN").page
    expect(page.get_by_test_id("board-chart").first).to_be_visible(timeout=SOON_MS)
    assert _fits(page)
    page.goto(f"{seeded.url}/boards/{board}?wall=600")
    expect(page.get_by_test_id("wall-clock")).to_be_visible(timeout=SOON_MS)
    assert _fits(page)


def _opened(page: Page, download: Download, folder: Path) -> Page:
    """Open a saved report in a browser without a network; whatever it asks for fails the test."""
    path = folder / "report.html"
    download.save_as(path)
    browser = page.context.browser
    assert browser is not None
    reader = browser.new_context(offline=True).new_page()
    reader.on("request", lambda request: pytest.fail(request.url) if request.url.startswith("http") else None)
    reader.goto(path.as_uri())
    return reader


def test_a_report_of_a_run_needs_no_network_and_runs_nothing(look, seeded, tmp_path: Path) -> None:
    run = seeded.with_items
    edited = seeded.session.patch(f"{seeded.url}/api/v1/runs/{run}", json={"note": EVIL}, timeout=30)
    edited.raise_for_status()
    page = look(f"/runs/{run}").page
    page.get_by_test_id("run-menu").click(timeout=SOON_MS)
    with page.expect_download(timeout=SOON_MS) as download:
        page.get_by_test_id("run-report").click()
    reader = _opened(page, download.value, tmp_path)
    expect(reader.get_by_text(EVIL)).to_be_visible()
    assert reader.evaluate("[window.hit ?? 0, document.scripts.length]") == [0, 0]
    assert reader.locator("svg").count() > 5
    expect(reader.get_by_role("heading", name="Confusion matrix")).to_be_visible()
    seeded.session.patch(f"{seeded.url}/api/v1/runs/{run}", json={"note": ""}, timeout=30).raise_for_status()
    reader.context.close()


def test_a_report_of_a_comparison_speaks_the_language_of_whom_makes_it(look, seeded, tmp_path: Path) -> None:
    runs = [one["id"] for one in seeded.get("/api/v1/runs?project=sweeps&limit=3")["items"]]
    listed = "%2C".join(f"%22{run}%22" for run in runs)
    page = look(f"/compare?run=%5B{listed}%5D", locale="zh-CN").page
    expect(page.get_by_test_id("compared-run")).to_have_count(3, timeout=SOON_MS)
    page.get_by_test_id("compare-menu").click()
    with page.expect_download(timeout=SOON_MS) as download:
        page.get_by_test_id("compare-report").click()
    reader = _opened(page, download.value, tmp_path)
    expect(reader.get_by_role("heading", name="3 次训练的对比")).to_be_visible()
    assert reader.evaluate("document.documentElement.lang") == "zh-CN"
    reader.context.close()
