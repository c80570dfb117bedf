"""A real training that acts upon what is pressed on a phone: the page, the training itself and the list of acts agree."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import scanning
from playwright.sync_api import Page, ViewportSize, expect

from yoloscope import errors
from yoloscope.api import client

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

PHONE: ViewportSize = {"width": 360, "height": 740}
TRAINING = """
import sys, time, yoloscope

witness = open(sys.argv[2], "w", buffering=1)
run = yoloscope.init(project="p", name="a training with quite a long name on a small telephone", server=sys.argv[1])
lr = 0.01

def set_lr(value):
    global lr
    before, lr = lr, value
    print("lr", value, file=witness)
    return before

run.on_set(lr=set_lr)
print(run.id, flush=True)
step = 0
while not run.should_stop():
    run.log({"train/box_loss": 2 / (1 + step / 50), "lr/weight": lr}, step=step, epoch=step / 50)
    print("step", step, file=witness)
    run.safe_point()
    step += 1
    time.sleep(0.1)
print("end", file=witness)
run.finish()
"""


class _Known(msgspec.Struct):
    settings: dict[str, object] = {}


class Training:
    """A server, and a plain loop that writes down itself what it does."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "yoloscope", "up", "--json", "--port", "0", "--data", str(folder / "data")]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._server.stdout is not None
        said = json.loads(self._server.stdout.readline())
        self.url, self.link = said["url"], said["link"]
        self._witness = folder / "witness"
        self.process = subprocess.Popen(
            [sys.executable, "-c", TRAINING, self.url, str(self._witness)],
            env={**os.environ, "YOLOSCOPE_DIR": str(folder / "spool")},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.run = self.process.stdout.readline().strip()
        self._wait_until_known()

    def _wait_until_known(self) -> None:
        """Wait until the server has the run and what can be done to it: a page asked before says 404."""
        last = time.monotonic() + 60
        known: dict[str, object] = {}
        while "control" not in known:
            assert time.monotonic() < last, "the run never came"
            with contextlib.suppress(errors.ServerRefused):
                known = client.Client(self.url).get(f"/api/v1/runs/{self.run}", answer=_Known).settings
            time.sleep(0.1)

    def lines(self) -> list[str]:
        """Return what it wrote down so far."""
        return self._witness.read_text(encoding="utf-8").splitlines()

    def close(self) -> None:
        """End what is still there."""
        for process in (self.process, self._server):
            if process.poll() is None:
                process.terminate()
            process.wait(30)
            assert process.stdout is not None
            process.stdout.close()


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    made = Training(tmp_path)
    yield made
    made.close()


def _settled(page: Page, verb: str) -> None:
    told = page.locator(f'[data-testid="recent-act"][data-verb="{verb}"][data-state="applied"]').first
    expect(told).to_be_visible()


def _small_targets(page: Page) -> list[str]:
    """Return what is harder to hit with a thumb than it should be, within the bar and the open sheet."""
    return page.evaluate(
        """() => [...document.querySelectorAll(
              '[data-testid="control-bar"] button, dialog[open] button, dialog[open] input[type=text], dialog[open] label:has(input[type=radio])')]
            .filter((one) => one.offsetParent !== null)
            .filter((one) => one.getBoundingClientRect().height < 43.5)
            .map((one) => one.outerHTML.slice(0, 120))"""
    )


def _drawing(page: Page, training: Training) -> str:
    """Return a chart of the run as vectors; on a desk, where names of marks have room."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{training.url}/runs/{training.run}?tab=charts")
    page.get_by_test_id("menu-loss/box_loss").click()
    with page.expect_download() as download:
        page.get_by_test_id("save-svg").click()
    page.set_viewport_size(PHONE)
    return Path(download.value.path()).read_text(encoding="utf-8")


def test_a_training_is_paused_changed_and_stopped_on_a_phone(visit, training: Training) -> None:
    seen = visit(training.url, training.link, **PHONE)
    page = seen.page
    page.goto(f"{training.url}/runs/{training.run}")
    page.get_by_test_id("press-pause").click()
    _settled(page, "pause")
    expect(page.get_by_text("Paused", exact=True).first).to_be_visible()
    held = training.lines()[-1]

    page.get_by_test_id("press-change").click()
    sheet = page.get_by_test_id("change-sheet")
    sheet.get_by_test_id("step-0.3").click()
    expect(sheet.get_by_test_id("becomes-lr")).to_have_text("0.01 → 0.003")
    assert _small_targets(page) == []
    assert scanning.too_wide(page) <= 0
    sheet.get_by_test_id("change-sure").click()
    _settled(page, "set")
    assert training.lines()[-2:] == [held, "lr 0.003"]

    page.get_by_test_id("press-resume").click()
    _settled(page, "resume")
    expect(page.get_by_test_id("press-pause")).to_be_enabled()

    page.get_by_test_id("press-stop").click()
    sheet = page.get_by_test_id("end-sheet")
    expect(sheet.get_by_test_id("end-resumable")).to_be_disabled()
    expect(sheet.get_by_text("this framework cannot do it").first).to_be_visible()
    assert _small_targets(page) == []
    assert scanning.faults(page) == []
    sheet.get_by_test_id("end-sure").click()
    assert training.process.wait(60) == 0
    assert training.lines()[-1] == "end"

    assert "paused, lr 0.01 → 0.003, resumed" in _drawing(page, training)
    page.goto(f"{training.url}/runs/{training.run}?tab=history")
    acts = page.get_by_test_id("act")
    expect(acts).to_have_count(4)
    assert [(act.get_attribute("data-verb"), act.get_attribute("data-state")) for act in acts.all()] == [
        ("stop", "applied"),
        ("resume", "applied"),
        ("set", "applied"),
        ("pause", "applied"),
    ]
    expect(acts.nth(2)).to_contain_text("lr 0.01 → 0.003")
    expect(acts.nth(2)).to_contain_text(re.compile(r"step \d+"))
    assert scanning.too_wide(page) <= 0
    assert scanning.faults(page) == []
    assert seen.errors == []


def test_trainings_are_paused_and_killed_from_the_list(visit, training: Training) -> None:
    seen = visit(training.url, training.link, **PHONE)
    page = seen.page
    row = page.get_by_test_id("run-row")
    row.get_by_test_id("row-act").click()
    page.get_by_test_id("press-pause").click()
    _settled(page, "pause")
    assert scanning.faults(page) == []
    page.keyboard.press("Escape")
    expect(row.get_by_text("Paused")).to_be_visible()

    page.get_by_role("button", name="Choose", exact=True).click()
    row.click()
    bar = page.get_by_test_id("bulk-bar")
    expect(bar).to_be_visible()
    assert scanning.too_wide(page) <= 0
    bar.get_by_role("button", name="Resume").click()
    expect(page.get_by_test_id("many-sheet")).to_contain_text("a training with quite a long name")
    page.get_by_test_id("many-sure").click()
    expect(row.get_by_text("Running")).to_be_visible()

    bar.get_by_role("button", name="Stop").click()
    sheet = page.get_by_test_id("end-sheet")
    sheet.get_by_test_id("end-kill").check()
    expect(sheet).to_contain_text("Cannot be undone")
    sheet.get_by_test_id("end-sure").click()
    assert training.process.wait(60) == -9
    assert "end" not in training.lines()
    expect(row.get_by_text("Stopped")).to_be_visible()
    assert seen.errors == []
