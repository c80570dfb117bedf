"""From a finding to an act and back: what diverges is slowed down by one press on its card, and the card says what came of it."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import scanning
from playwright.sync_api import Locator, Page, ViewportSize, expect

from yoloscope import errors
from yoloscope.api import client

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

PHONE: ViewportSize = {"width": 360, "height": 740}
WITHIN_S = 120.0
RULE = "N13"
TRAINING = """
import sys, time, yoloscope

run = yoloscope.init(project="p", name="too hot", config={"lr0": 0.1}, server=sys.argv[1])
lr, level, step, batches = 0.1, 2.0, 0, 20

def slow(factor):
    global lr
    before, lr = lr, lr * factor
    return 1.0

run.on_set(lr_factor=slow)
print(run.id, flush=True)
while not run.should_stop():
    for _ in range(batches):
        step += 1
        noise = ((step * 7919) % 100 - 50) / 2500
        run.log({"train/box_loss": level * (1 + noise), "lr/weight": lr}, step=step, epoch=step / batches)
        run.safe_point()
        time.sleep(0.02)
    run.log({"val/box_loss": level * 1.1, "metrics/mAP50-95": max(0.01, 0.3 - level / 10)}, step=step, epoch=step / batches)
    diverges = lr > 0.05 and step / batches >= 8
    falls = 0.8 if lr > 0.05 else 0.2
    level = min(8.0, max(0.2, level * (1.2 if diverges else falls)))
run.finish()
"""


class _Held(msgspec.Struct):
    rule: str
    status: str
    actions: list[dict[str, object]]


class _Findings(msgspec.Struct):
    items: list[_Held]


class Training:
    """A server, and a plain loop that diverges until its rate is lowered."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "yoloscope", "up", "--json", "--port", "0", "--data", str(folder / "data")]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._server.stdout is not None
        said = json.loads(self._server.stdout.readline())
        self.url, self.link = said["url"], said["link"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", TRAINING, self.url],
            env={**os.environ, "YOLOSCOPE_DIR": str(folder / "spool")},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.run = self.process.stdout.readline().strip()
        self.until(lambda: any(one.rule == RULE and one.actions for one in self.findings()))

    def findings(self) -> list[_Held]:
        """Return what the diagnosis says by now."""
        with contextlib.suppress(errors.ServerRefused):
            return client.Client(self.url).get(f"/api/v1/runs/{self.run}/findings", answer=_Findings).items
        return []

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so, while the training lives."""
        last = time.monotonic() + WITHIN_S
        while not is_so():
            assert self.process.poll() is None, "the training ended"
            assert time.monotonic() < last, [(one.rule, one.status, one.actions) for one in self.findings()]
            time.sleep(0.2)

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


def _card(page: Page) -> Locator:
    return page.locator(f"[data-testid=finding][data-rule={RULE}]")


def _small(page: Page) -> list[str]:
    """Return the buttons of an answer that are harder to hit with a thumb than they should be."""
    return page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=finding-action], dialog[open] button')]
            .filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 120))"""
    )


def test_a_finding_is_answered_on_a_phone_and_the_card_tells_what_came_of_it(visit, training: Training) -> None:
    seen = visit(training.url, training.link, **PHONE)
    page = seen.page
    page.goto(f"{training.url}/runs/{training.run}?tab=diagnosis")
    card = _card(page)
    slower = card.locator('[data-testid=finding-action][data-act="set lr_factor=0.333"]')
    expect(slower).to_contain_text("lr 0.1 → 0.0333 from the next batch")
    assert scanning.too_wide(page) <= 0
    slower.click()
    sheet = page.get_by_test_id("action-sheet")
    expect(sheet).to_contain_text("No effect of it was measured in this project yet.")
    assert _small(page) == []
    assert scanning.faults(page) == []
    sheet.get_by_test_id("action-sure").click()
    answer = card.locator("[data-testid=answer-act][data-state=applied]")
    expect(answer).to_contain_text("lr ×0.333")
    effect = answer.get_by_test_id("act-effect")
    expect(effect).to_have_attribute("data-verdict", "helped")
    expect(effect).to_contain_text("It helped.")
    assert scanning.too_wide(page) <= 0
    assert scanning.faults(page) == []

    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{training.url}/runs/{training.run}?tab=history")
    act = page.get_by_test_id("act")
    expect(act).to_have_count(1)
    expect(act.get_by_test_id("act-effect")).to_contain_text("It helped.")
    act.get_by_test_id("act-cause").click()
    expect(_card(page)).to_be_focused()

    page.goto(f"{training.url}/learnt?project=p")
    learnt = page.get_by_test_id("learnt-act")
    expect(learnt).to_have_attribute("data-rule", RULE)
    expect(learnt).to_contain_text("1 helped")
    assert scanning.faults(page) == []

    training.process.terminate()
    training.process.wait(60)
    page.goto(f"{training.url}/runs/{training.run}?tab=diagnosis")
    expect(_card(page).get_by_test_id("act-effect")).to_contain_text("It helped.")
    expect(page.get_by_test_id("finding-action")).to_have_count(0)
    assert seen.errors == []
