"""Remakes the pictures of the README from a demo's data directory: ``python tools/screenshots.py DIR``.

Make one first with ``yoloscope demo --epochs 60 --exit --port 0 --data DIR``.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SHOTS = (
    ("run", "en-GB", "light", 1280, 1240),
    ("run-zh", "zh-CN", "dark", 1280, 1240),
    ("phone", "zh-CN", "light", 390, 844),
)


def _shoot(browser: Browser, *, url: str, token: str, run: str) -> None:
    for name, locale, scheme, width, height in SHOTS:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=locale, color_scheme=scheme)
        context.request.post(f"{url}/api/v1/session", data={"token": token}, headers={"Origin": url})
        page = context.new_page()
        page.goto(f"{url}/runs/{run}")
        page.locator("[data-total]").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / f"{name}.png")
        context.close()


def main() -> None:
    """Serve the directory, take the pictures, stop."""
    data = Path(sys.argv[1])
    IMAGES.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "yoloscope", "up", "--json", "--port", "0", "--data", str(data)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["url"]
        listed = subprocess.run(
            [sys.executable, "-m", "yoloscope", "runs", "ls", "--json", "--server", url],
            capture_output=True,
            text=True,
            check=True,
        )
        run = json.loads(listed.stdout)["items"][0]["id"]
        with sync_playwright() as playwright:
            found = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            _shoot(browser, url=url, token=(data / "token").read_text().strip(), run=run)
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
