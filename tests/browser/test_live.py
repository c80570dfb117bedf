"""A real training on a real server, watched in a real browser."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from yoloscope.cli.demo import data

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

PATIENCE_MS = 60_000
TALL = 2400  # a chart is drawn, and fetches, only while it is on the screen
LOSS = "chart-loss/box_loss"


class Up:
    """A `yoloscope up` as a process."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "yoloscope", "up", "--json", "--port", "0", "--data", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        said = json.loads(self.process.stdout.readline())
        self.url, self.link = said["url"], said["link"]

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    server = Up(tmp_path / "data")
    yield server
    server.close()


def _train(up: Up, tmp_path: Path, *, epochs: int) -> subprocess.Popen[bytes]:
    description = data.make(tmp_path / "digits", train=64, val=16)
    environment = {
        **os.environ,
        "YOLOSCOPE_SERVER": up.url,
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLO_CONFIG_DIR": str(tmp_path / "config"),
        "OMP_NUM_THREADS": "1",
    }
    script = [sys.executable, "-m", "yoloscope.cli.demo.train", str(description)]
    options = ["--epochs", str(epochs), "--output", str(tmp_path / "runs")]
    run = [sys.executable, "-m", "yoloscope", "run", "--", *script, *options]
    return subprocess.Popen(run, env=environment, stdout=subprocess.DEVNULL)


SCRIPT = """
import sys, yoloscope
run = yoloscope.init(project="p", name="steady", server=sys.argv[1])
print(run.id, flush=True)
step = 0
for line in sys.stdin:
    for _ in range(int(line)):
        run.log({"train/box_loss": 2 / (1 + step / 50), "lr/weight": 0.01, "metrics/mAP50": step / 1000}, step=step, epoch=step / 50)
        step += 1
    print(step, flush=True)
run.finish()
"""


class Steady:
    """A training that logs as many rows as it is told, when it is told."""

    def __init__(self, up: Up, folder: Path) -> None:
        environment = {**os.environ, "YOLOSCOPE_DIR": str(folder / "spool")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, up.url],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.run = self.process.stdout.readline().strip()

    def log(self, rows: int) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{rows}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def close(self) -> None:
        self.process.communicate(timeout=60)


@pytest.fixture
def steady(up: Up, tmp_path: Path) -> Iterator[Steady]:
    training = Steady(up, tmp_path)
    yield training
    training.close()


@pytest.mark.torch
def test_a_curve_of_a_real_training_grows_while_one_watches(up: Up, visit, tmp_path: Path) -> None:
    seen = visit(up.url, up.link, height=TALL)
    expect(seen.page.get_by_text("yoloscope run -- yolo detect train").first).to_be_visible()
    with _train(up, tmp_path, epochs=8) as training:
        row = seen.page.get_by_test_id("run-row").first.get_by_role("link").first
        row.click(timeout=3 * PATIENCE_MS)  # torch is imported before the training begins
        seen.page.get_by_role("tab", name="Charts").click()
        chart = seen.page.get_by_test_id(LOSS)
        chart.wait_for()
        watched: set[float] = set()
        while training.poll() is None:
            watched.add(seen.number(LOSS, "data-total"))
            seen.page.evaluate("() => new Promise(requestAnimationFrame)")
    assert training.returncode == 0
    expect(chart).to_have_attribute(
        "data-total", re.compile("^(3[2-9]|4[0-9])$")
    )  # 32 batches, and 8 epochs of val and mean
    assert len(watched) >= 3
    assert max(watched) > min(watched)
    expect(seen.page.get_by_test_id("chart-metrics/mAP")).to_be_visible()
    assert seen.errors == []


def _await_tries(seen, tries: int) -> None:
    """Wait until so many more connections were refused: some seconds, waits between the tries double."""
    refused = seen.wire.refused
    while seen.wire.refused < refused + tries:
        seen.page.evaluate("() => new Promise(requestAnimationFrame)")


def _fetched_when_quiet(seen) -> int:
    """Return how often points were fetched once all is that the server had told of before the cut; a busy page rests up to 3 s in between."""
    fetched = -1
    while fetched != seen.series_requests():
        fetched = seen.series_requests()
        _await_tries(seen, 3)
    return fetched


def test_with_the_websocket_cut_nothing_grows_and_then_it_catches_up(up: Up, steady: Steady, visit) -> None:
    steady.log(100)
    seen = visit(up.url, up.link)
    seen.page.goto(f"{up.url}/runs/{steady.run}?tab=charts")
    chart = seen.page.get_by_test_id(LOSS)
    expect(chart).to_have_attribute("data-total", "100")
    steady.log(50)
    expect(chart).to_have_attribute("data-total", "150")
    badge = seen.page.get_by_test_id("connection")
    expect(badge).to_have_attribute("data-state", "connected")

    seen.wire.cut()
    expect(badge).to_have_attribute("data-state", "disconnected")
    fetched = _fetched_when_quiet(seen)
    steady.log(70)
    _await_tries(seen, 2)
    assert seen.number(LOSS, "data-total") == 150
    assert seen.series_requests() == fetched

    seen.wire.mend()
    expect(badge).to_have_attribute("data-state", "connected")
    expect(chart).to_have_attribute("data-total", "220")


def test_language_and_theme_are_switched_and_remembered(up: Up, steady: Steady, visit) -> None:
    steady.log(10)
    seen = visit(up.url, up.link)
    html = seen.page.locator("html")
    seen.page.get_by_test_id("run-row").first.wait_for()
    expect(html).to_have_attribute("lang", "en")
    before = html.get_attribute("data-mantine-color-scheme")
    seen.page.get_by_test_id("lang-toggle").click()
    expect(html).to_have_attribute("lang", "zh-CN")
    seen.page.get_by_test_id("theme-toggle").click()
    expect(html).not_to_have_attribute("data-mantine-color-scheme", str(before))
    after = html.get_attribute("data-mantine-color-scheme")
    seen.page.reload()
    seen.page.get_by_test_id("run-row").first.wait_for()
    expect(html).to_have_attribute("lang", "zh-CN")
    expect(html).to_have_attribute("data-mantine-color-scheme", str(after))


def test_zooming_one_chart_moves_all_and_fetches_finer_points(up: Up, steady: Steady, visit) -> None:
    steady.log(5000)
    seen = visit(up.url, up.link, height=TALL)
    seen.page.goto(f"{up.url}/runs/{steady.run}?tab=charts")
    charts = [LOSS, "chart-metrics/mAP", "chart-lr"]
    for name in charts:
        expect(seen.page.get_by_test_id(name)).to_have_attribute("data-total", "5000")
    fetched = seen.series_requests()
    box = seen.page.get_by_test_id(LOSS).bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    seen.page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    seen.page.mouse.down()
    seen.page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=8)
    seen.page.mouse.up()
    expect(seen.page.get_by_test_id("reset-zoom")).to_be_visible()
    expect(seen.page.get_by_test_id(LOSS)).not_to_have_attribute("data-total", "5000")
    windows = {(seen.number(name, "data-x-min"), seen.number(name, "data-x-max")) for name in charts}
    assert len(windows) == 1
    ((low, high),) = windows
    assert 1000 < low < high < 4000
    assert seen.number(LOSS, "data-total") == pytest.approx(high - low, abs=2)
    assert seen.series_requests() > fetched
    seen.page.get_by_test_id("reset-zoom").click()
    expect(seen.page.get_by_test_id(LOSS)).to_have_attribute("data-total", "5000")


def test_a_phone_shows_runs_and_charts_without_scrolling_sideways(up: Up, steady: Steady, visit) -> None:
    steady.log(200)
    seen = visit(up.url, up.link, width=390, height=844)
    seen.page.get_by_test_id("run-row").first.get_by_role("link").first.click()
    seen.page.get_by_role("tab", name="Charts").click()
    seen.page.get_by_test_id(LOSS).wait_for()
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 390


def test_ten_tabs_are_all_live(up: Up, visit, steady: Steady) -> None:
    steady.log(50)
    seen = visit(up.url, up.link)
    tabs = [seen.page, *(seen.page.context.new_page() for _ in range(9))]
    for tab in tabs:
        tab.goto(f"{up.url}/runs/{steady.run}?tab=charts")
        tab.bring_to_front()
        expect(tab.get_by_test_id(LOSS)).to_have_attribute("data-total", "50", timeout=60_000)
    steady.log(25)
    for tab in tabs:
        tab.bring_to_front()  # one that nobody sees rests, and catches up when it is seen
        expect(tab.get_by_test_id(LOSS)).to_have_attribute("data-total", "75", timeout=60_000)
    assert seen.errors == []
