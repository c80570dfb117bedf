"""Remakes the pictures of the documents: ``python -m tools.screenshots``. It fills a server of its own."""

import json
import shutil
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, sync_playwright
from tools.seeding import server

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
EN, ZH = "en-GB", "zh-CN"
COMPARED = 10
DIVERGED = "lr-high"
JUDGED_S = 300.0
Shot = tuple[str, str, str, str, int, int]


def _shots(of: server.Seeded) -> list[Shot]:
    """Return name, path, language, scheme, width and height of each."""
    run = of.with_items
    newest = [one["id"] for one in of.get(f"/api/v1/runs?project=sweeps&limit={COMPARED}")["items"]]
    return [
        ("run", f"/runs/{run}", EN, "light", 1440, 900),
        ("run-zh", f"/runs/{run}", ZH, "dark", 1440, 900),
        ("diagnosis", f"/runs/{of.run(DIVERGED)}?tab=diagnosis", EN, "light", 1440, 900),
        ("diagnosis-zh", f"/runs/{of.run(DIVERGED)}?tab=diagnosis", ZH, "dark", 1440, 900),
        ("charts", f"/runs/{run}?tab=charts&x=epoch", EN, "dark", 1440, 900),
        (
            "classes",
            f"/runs/{run}?tab=classes&classes={quote(json.dumps({'part': 'confusion'}))}",
            ZH,
            "light",
            1440,
            900,
        ),
        ("images", f"/runs/{run}?tab=images", EN, "light", 1440, 900),
        ("compare", f"/compare?run={quote(json.dumps(newest))}", EN, "light", 1440, 900),
        ("runs-zh", "/?project=sweeps&sort=-best(metrics%2FmAP50-95)", ZH, "dark", 1440, 900),
        ("phone", f"/runs/{run}", ZH, "light", 390, 844),
    ]


def _wait_until_judged(of: server.Seeded) -> None:
    """Return when every run has a verdict, or after a while: they are judged one after the other."""
    until = time.monotonic() + JUDGED_S
    while time.monotonic() < until:
        if all(one["health"] for one in of.get("/api/v1/runs?limit=500")["items"]):
            return
        time.sleep(1)


def _shoot(browser: Browser, of: server.Seeded, shot: Shot) -> None:
    name, path, locale, scheme, width, height = shot
    context = browser.new_context(viewport={"width": width, "height": height}, locale=locale, color_scheme=scheme)
    page = context.new_page()
    page.goto(of.link())
    page.goto(of.url + path)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1_500)  # charts are drawn in turn
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, server.seeded(Path(folder)) as of, sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("google-chrome")
        _wait_until_judged(of)
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        for shot in _shots(of):
            _shoot(browser, of, shot)
        browser.close()


if __name__ == "__main__":
    main()
