"""A real Ultralytics training is steered from a phone, and all that tell of it agree: the page, the curve, and what the training wrote down itself."""

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
import scanning
from playwright.sync_api import Locator, Page, ViewportSize, expect

from yoloscope import errors
from yoloscope.api import client
from yoloscope.cli.demo import data
from yoloscope.importers import checkpoint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.torch,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("browser"),
]

T = TypeVar("T")
PHONE: ViewportSize = {"width": 390, "height": 844}
SCRIPT = Path(__file__).with_name("steered.py")
MODEL = Path(data.__file__).with_name("micro.yaml")
COMES_S = 120.0
LEARNT = 0.03
STRIDE_PX = 3
"""Of a finger over a chart: a readout tells of what lies within some more."""


class At(msgspec.Struct):
    """Where an act took effect."""

    step: int
    epoch: float


class Act(msgspec.Struct):
    """One act as the server tells it."""

    verb: str
    state: str
    applied_at: At | None = None
    result: dict[str, object] | None = None

    @property
    def step(self) -> int:
        """The step at which it was applied."""
        assert self.applied_at is not None
        return self.applied_at.step


class _Acts(msgspec.Struct):
    items: list[Act]


class _Listed(msgspec.Struct):
    id: str
    state: str


class _Runs(msgspec.Struct):
    items: list[_Listed]


class _Known(msgspec.Struct):
    state: str
    end_reason: str | None = None
    settings: dict[str, object] = {}


class Steered:
    """A server, and a real training that writes down itself what it does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.output = folder / "out" / "steered"
        self._witness = folder / "witness"
        self._server = self._start("up", "--json", "--port", "0", "--data", str(folder / "data"))
        assert self._server.stdout is not None
        said = json.loads(self._server.stdout.readline())
        self.url, self.link = said["url"], said["link"]
        self._api = client.Client(self.url)
        digits = data.make(folder / "digits", train=64, val=16)
        words = [SCRIPT, MODEL, digits, self.output.parent, self._witness]
        self.process = self._start("run", "--", sys.executable, *map(str, words))
        self.run = self._wait_for_run()

    def _start(self, *words: str) -> "subprocess.Popen[str]":
        settings = self._folder / "settings"
        settings.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "YOLOSCOPE_DIR": str(self._folder / "spool"),
            "YOLOSCOPE_SERVER": getattr(self, "url", ""),
            "YOLO_CONFIG_DIR": str(settings),
            "YOLO_OFFLINE": "true",
            "YOLO_AUTOINSTALL": "false",
            "OMP_NUM_THREADS": "1",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "yoloscope", *words], env=environment, stdout=subprocess.PIPE, text=True
        )

    def _wait_for_run(self) -> str:
        """Wait until the server has the run and what can be done to it: a page asked before says 404."""
        run = self.until(self._listed)
        self.until(lambda: "control" in self.known(run).settings)
        return run

    def _listed(self) -> str | None:
        try:
            items = self._api.get("/api/v1/runs", answer=_Runs).items
        except errors.ServerRefused:
            return None
        return items[0].id if items else None

    def until(self, holds: Callable[[], T | None]) -> T:
        """Return what comes to be."""
        last = time.monotonic() + COMES_S
        while not (found := holds()):
            assert time.monotonic() < last, "it never came"
            assert self.process.poll() is None or self.process.returncode == 0, "the training failed"
            time.sleep(0.1)
        return found

    def known(self, run: str) -> _Known:
        """Return the run as the server has it."""
        return self._api.get(f"/api/v1/runs/{run}", answer=_Known)

    def acts(self) -> list[Act]:
        """Return what was asked of the training, the first first."""
        return self._api.get(f"/api/v1/runs/{self.run}/commands", answer=_Acts).items[::-1]

    def saw(self, event: str) -> list[dict[str, object]]:
        """Return what the training wrote down itself of one kind of event."""
        lines = self._witness.read_text(encoding="utf-8").split("\n")[:-1]
        return [one for one in map(json.loads, lines) if one["event"] == event]

    def batch(self, step: int) -> dict[str, object]:
        """Return what it wrote down behind a batch."""
        return self.saw("batch")[step]

    def results(self) -> list[dict[str, str]]:
        """Return its own ``results.csv``."""
        whole = (self.output / "results.csv").read_text(encoding="utf-8").rpartition("\n")[0]
        return [
            {name.strip(): value.strip() for name, value in line.items()} for line in csv.DictReader(whole.splitlines())
        ]

    def has_learnt(self) -> bool:
        """Tell whether a validation found something: a rollback to less than that begins anew."""
        return any(float(line["metrics/mAP50-95(B)"]) > LEARNT for line in self.results())

    def close(self) -> None:
        """End what is still there."""
        for process in (self.process, self._server):
            if process.poll() is None:
                process.terminate()
            process.wait(60)
            assert process.stdout is not None
            process.stdout.close()


@pytest.fixture
def steered(tmp_path: Path) -> Iterator[Steered]:
    made = Steered(tmp_path)
    yield made
    made.close()


def _settled(page: Page, verb: str) -> Locator:
    """Return what the page tells beside the buttons of an act that was applied."""
    told = page.locator(f'[data-testid="recent-act"][data-verb="{verb}"][data-state="applied"]').first
    expect(told).to_be_visible()
    expect(told).to_contain_text("applied")
    return told


def _more(page: Page, verb: str) -> Locator:
    """Press one of what stands behind the last button."""
    page.get_by_test_id("press-more").tap()
    page.get_by_test_id(f"act-{verb}").tap()
    if verb == "rollback":
        page.get_by_test_id("sure").tap()
    return _settled(page, verb)


def _rate_after(steered: Steered, step: int) -> float:
    """Return the rate that the optimizer had in the batch behind a step, told at the epoch of that step."""
    here, after = steered.batch(step), steered.batch(step + 1)

    def share(seen: dict[str, object]) -> float:
        return max(1 - float(str(seen["epoch"])) / float(str(after["epochs"])), 0) * 0.99 + 0.01

    rates = after["lr"]
    assert isinstance(rates, list)
    return float(rates[0]) * share(here) / share(after)


def _changes(act: Act, name: str) -> tuple[float, float]:
    assert act.result is not None
    change = act.result[name]
    assert isinstance(change, dict)
    return float(change["from"]), float(change["to"])


def _told_along(page: Page, chart: Locator) -> str:
    """Return all that a chart tells where a finger runs over it."""
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    told: dict[str, None] = {}
    for px in range(0, int(box["width"]), STRIDE_PX):
        page.mouse.move(box["x"] + px, box["y"] + box["height"] / 2)
        page.evaluate("new Promise(requestAnimationFrame)")
        told[chart.inner_text()] = None
    return "\n".join(told)


def _hold_and_change(page: Page, steered: Steered) -> None:
    """Pause, change rate and patience while nothing moves, and go on."""
    page.get_by_test_id("press-pause").tap()
    _settled(page, "pause")
    expect(page.get_by_text("Paused", exact=True).first).to_be_visible()
    held, lines = len(steered.saw("batch")), steered.results()

    page.get_by_test_id("press-change").tap()
    sheet = page.get_by_test_id("change-sheet")
    sheet.get_by_test_id("step-0.3").tap()
    sheet.get_by_test_id("set-patience").fill("250")
    expect(sheet.get_by_test_id("becomes-patience")).to_have_text("300 → 250")
    assert scanning.too_wide(page) <= 0
    assert scanning.faults(page) == []
    sheet.get_by_test_id("change-sure").tap()
    expect(_settled(page, "set")).to_contain_text("patience 300 → 250")
    assert (held, lines) == (len(steered.saw("batch")), steered.results())
    pause, change = steered.acts()
    assert (pause.step, change.step) == (held - 1, held - 1)

    page.get_by_test_id("press-resume").tap()
    _settled(page, "resume")
    expect(page.get_by_test_id("press-pause")).to_be_enabled()
    steered.until(lambda: len(steered.saw("batch")) > held)
    before, after = _changes(change, "lr")
    assert [before] == steered.batch(change.step)["lr"][:1]
    assert after == pytest.approx(0.3 * before)
    assert _rate_after(steered, change.step) == pytest.approx(after)
    assert [one["patience"] for one in steered.saw("batch")[held - 1 : held + 1]] == [300, 250]


def _save_validate_and_go_back(page: Page, steered: Steered) -> None:
    _more(page, "save")
    save = steered.acts()[-1]
    file = steered.output / "weights" / f"yoloscope-{save.step}.pt"
    assert save.result is not None
    assert save.result["bytes"] == file.stat().st_size
    assert not checkpoint.read(file).is_over

    _more(page, "validate")
    validate = steered.acts()[-1]
    own = [one for one in steered.saw("val") if one["mAP50"] == (validate.result or {})["metrics/mAP50"]]
    assert validate.step in [one["step"] for one in own]

    steered.until(steered.has_learnt)
    _more(page, "rollback")
    rollback = steered.acts()[-1]
    back = steered.until(lambda: steered.saw("back"))
    steered.until(lambda: len(steered.saw("batch")) > rollback.step + 1)
    assert [(one["step"], one["file"]) for one in back] == [(rollback.step, (rollback.result or {})["file"])]
    rate = steered.batch(rollback.step)["lr"][0]
    assert _rate_after(steered, rollback.step) == pytest.approx(rate / 3)


def _stop(page: Page, steered: Steered) -> None:
    page.get_by_test_id("press-stop").tap()
    sheet = page.get_by_test_id("end-sheet")
    expect(sheet.get_by_test_id("end-evaluate")).to_be_checked()
    assert scanning.too_wide(page) <= 0
    sheet.get_by_test_id("end-sure").tap()
    assert steered.process.wait(120) == 0
    stop = steered.acts()[-1]
    assert stop.step == steered.saw("batch")[-1]["step"]
    assert [one["event"] for one in (*steered.saw("val")[-1:], *steered.saw("end"))] == ["val", "end"]
    assert steered.saw("val")[-1]["in_training"] is False
    assert len(steered.results()) == int(str(steered.batch(stop.step)["epoch"])) + 1
    steered.until(lambda: steered.known(steered.run).state == "stopped")
    assert steered.known(steered.run).end_reason == "asked to stop"


def test_a_real_training_is_steered_from_a_phone(visit, steered: Steered) -> None:
    seen = visit(steered.url, steered.link, **PHONE)
    page = seen.page
    page.goto(f"{steered.url}/runs/{steered.run}")
    steered.until(lambda: len(steered.saw("val")) > 1)
    _hold_and_change(page, steered)
    _save_validate_and_go_back(page, steered)
    _stop(page, steered)

    acts = steered.acts()
    verbs = ["pause", "set", "resume", "save", "validate", "rollback", "stop"]
    assert [(verb, "applied") for verb in verbs] == [(act.verb, act.state) for act in acts]
    page.goto(f"{steered.url}/runs/{steered.run}?tab=history")
    listed = page.get_by_test_id("act")
    expect(listed).to_have_count(len(acts))
    for shown, act in zip(listed.all(), acts[::-1], strict=True):
        assert (shown.get_attribute("data-verb"), shown.get_attribute("data-state")) == (act.verb, "applied")
        expect(shown).to_contain_text(f"step {act.step:,}")
    assert scanning.too_wide(page) <= 0
    assert scanning.faults(page) == []

    page.goto(f"{steered.url}/runs/{steered.run}?tab=charts")
    told = _told_along(page, page.get_by_test_id("chart-loss/box_loss"))
    marks = ("paused", "patience 300 → 250", "resumed", "checkpoint", "validated", "rolled back", "stopped")
    assert [mark for mark in marks if mark not in told] == []
    assert seen.errors == []


def test_a_release_from_a_phone_gives_the_card_back(visit, steered: Steered) -> None:
    seen = visit(steered.url, steered.link, **PHONE)
    page = seen.page
    page.goto(f"{steered.url}/runs/{steered.run}")
    page.get_by_test_id("press-stop").tap()
    sheet = page.get_by_test_id("end-sheet")
    sheet.get_by_test_id("end-release").check()
    sheet.get_by_test_id("end-sure").tap()
    expect(page.get_by_text("yoloscope resume").first).to_be_visible()
    assert steered.process.wait(120) == 0

    [act] = steered.acts()
    file = steered.output / "weights" / "last.pt"
    lines = steered.results()
    assert (act.verb, act.state) == ("pause", "applied")
    assert act.result == {"file": "last.pt", "bytes": file.stat().st_size, "epochs": len(lines)}
    assert not checkpoint.read(file).is_over
    assert act.step == steered.saw("batch")[-1]["step"]
    assert [one["in_training"] for one in steered.saw("val")] == [True] * len(lines)
    assert seen.errors == []
