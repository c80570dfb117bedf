"""The page of suspects in a real browser: it shows, filters and steps, in both languages, on a phone, and asks nobody else."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "cli"))

import suspected
import suspicions

from yoloscope.sdk import launch_sidecar

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PATIENCE_MS = 30_000


@pytest.fixture
def link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The one-time link of the command's page; one of the pictures is gone."""
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    suspected.leave(tmp_path, kept=suspicions.record())
    (tmp_path / "images" / "027.png").unlink()
    command = [sys.executable, "-m", "yoloscope", "suspects", "first", "--serve", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


def opened(chromium: Browser, link: str, **context: object) -> tuple[Page, list[str], list[str]]:
    """Return the page with what it asked for and what went wrong."""
    page = chromium.new_context(**context).new_page()
    page.set_default_timeout(PATIENCE_MS)
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(link)
    expect(page.locator("#list button")).to_have_count(4, timeout=PATIENCE_MS)
    return page, asked, faults


def test_a_link_that_is_clicked_on_another_page_opens_it(chromium: Browser, link: str) -> None:
    page = chromium.new_context().new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.route(
        "http://notebook.test/", lambda route: route.fulfill(content_type="text/html", body=f'<a href="{link}">x')
    )
    page.goto("http://notebook.test/")
    page.click("a")
    expect(page.locator("#list button")).to_have_count(4, timeout=PATIENCE_MS)


def test_it_shows_filters_and_steps_and_asks_nobody_else(chromium: Browser, link: str) -> None:
    page, asked, faults = opened(chromium, link, locale="en-GB")
    origin = link.partition("/?")[0]
    expect(page.locator("#of")).to_have_text(
        "first · 4 suspected of 120 labels on 60 images · 4.0 looks each on average"
    )
    page.select_option("#kind", "wrong_class")
    expect(page.locator("#sentence")).to_have_text("Labelled “one”, the model sees “two”")
    expect(page.locator("#count")).to_have_text("1 / 1")
    expect(page.locator("#stage image")).to_have_attribute("href", "/picture/7")
    assert page.locator("#stage rect:not(.under)").evaluate_all(
        "all => all.map(one => one.className.baseVal).sort()"
    ) == [
        "is-model",
        "is-other",
        "is-suspect",
    ]
    suspect = page.locator("#stage rect.is-suspect:not(.under)")
    assert [float(suspect.get_attribute(name) or 0) for name in ("x", "y", "width", "height")] == pytest.approx(
        [6, 4, 18, 12], abs=0.01
    )
    page.select_option("#kind", "")
    expect(page.locator("#count")).to_have_text("1 / 4")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#count")).to_have_text("2 / 4")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#count")).to_have_text("4 / 4")
    page.select_option("#kind", "missing_label")
    expect(page.locator("#stage image")).to_have_attribute("href", "/picture/37")
    before = page.locator("#stage svg").get_attribute("viewBox")
    page.click("#whole")
    expect(page.locator("#stage svg")).not_to_have_attribute("viewBox", before or "")
    assert page.locator("#curve circle").count() == 4
    assert [fault for fault in faults if "410" not in fault] == []  # the picture that is gone
    page.select_option("#kind", "nothing_there")
    expect(page.locator("#stage p")).to_contain_text("not there any more")
    assert {url for url in asked if not url.startswith((origin, "data:"))} == set()


def test_a_phone_in_chinese_and_dark(chromium: Browser, link: str) -> None:
    page, _, _ = opened(
        chromium, link, locale="zh-CN", color_scheme="dark", viewport={"width": 360, "height": 740}, has_touch=True
    )
    expect(page.locator("h1")).to_have_text("可疑标注")
    page.select_option("#kind", "wrong_class")
    expect(page.locator("#sentence")).to_have_text("标注为“one”，模型认为是“two”")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="light")
    assert dark != page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#language")
    expect(page.locator("h1")).to_have_text("Label suspects")
    page.reload()
    expect(page.locator("h1")).to_have_text("Label suspects")
    expect(page.locator("#list button")).to_have_count(4)
