"""Every page for everybody: in both languages, with a keyboard's and a screen reader's needs, on a phone, in light and dark."""

import time

import pytest
import scanning

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.xdist_group("browser-people")]

PAGES = {
    "runs": "/",
    "runs-grouped": "/?by=project",
    "overview": "/runs/{items}",
    "diagnosis": "/runs/{items}?tab=diagnosis",
    "charts": "/runs/{items}?tab=charts",
    "classes": "/runs/{items}?tab=classes",
    "images": "/runs/{items}?tab=images",
    "model": "/runs/{items}?tab=model",
    "files": "/runs/{items}?tab=files",
    "system": "/runs/{signs}?tab=system",
    "config": "/runs/{items}?tab=config",
    "history": "/runs/{signs}?tab=history",
    "compare": "/compare?run=%5B%22{signs}%22%2C%22{items}%22%5D",
    "compare-empty": "/compare",
    "learnt": "/learnt?project=sweeps",
    "machines": "/machines",
    "autopilot": "/autopilot?project=signs",
    "boards": "/boards",
}


def _open(look, seeded, name: str, **more: object) -> tuple:
    path = PAGES[name].format(items=seeded.with_items, signs=seeded.run("resume-kill"))
    seen = look("/", **more)
    vocabulary = scanning.Vocabulary(seen.page)
    seen.page.goto(seeded.url + path)
    seen.page.locator("main :is(h1, h2, table, [role=table])").first.wait_for()
    seen.page.wait_for_load_state("networkidle")
    return seen, vocabulary


@pytest.mark.parametrize("name", PAGES)
def test_a_chinese_page_in_the_dark_on_a_phone(look, seeded, name: str) -> None:
    seen, vocabulary = _open(look, seeded, name, locale="zh-CN", scheme="dark", width=390, height=844)
    assert scanning.stray_english(seen.page, vocabulary) == []
    assert scanning.too_wide(seen.page) <= 0
    assert scanning.faults(seen.page) == []
    assert seen.errors == []


@pytest.mark.parametrize("name", PAGES)
def test_an_english_page_on_a_desk(look, seeded, name: str) -> None:
    seen, _ = _open(look, seeded, name)
    assert scanning.stray_chinese(seen.page) == []
    assert scanning.faults(seen.page) == []
    seen.page.set_viewport_size({"width": 720, "height": 450})  # as at 200 % zoom
    assert scanning.too_wide(seen.page) <= 0
    seen.page.set_viewport_size({"width": 360, "height": 640})
    deadline = time.monotonic() + 5
    while scanning.too_wide(seen.page) > 0 and time.monotonic() < deadline:
        seen.page.wait_for_timeout(100)
    assert scanning.too_wide(seen.page) <= 0
    assert seen.errors == []
