"""From a finding to an act and its effect: a real training whose rate is too high is asked for what its finding offers, and what came of it is measured."""

import csv
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import harness
import pytest

from yoloscope.boot import hook
from yoloscope.cli.demo import data

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("ultralytics"),
]
SCRIPT = """
import sys, warnings
warnings.simplefilter("ignore")
from ultralytics import YOLO

data, output, model = sys.argv[1:]
YOLO(model).train(
    data=data, project=output, name="hot", epochs=200, imgsz=64, batch=16, nbs=16, device="cpu", workers=0, optimizer="SGD", lr0=0.15, lrf=1.0,
    warmup_epochs=2, mosaic=0.0, close_mosaic=0, amp=False, patience=200, plots=False, verbose=False, seed=3,
)
"""
WITHIN_S = 240
RULE = "N13"
_T = TypeVar("_T")


def until(look: Callable[[], _T | None], *, alive: "subprocess.Popen[bytes]") -> _T:
    """Return what a look finds, asked again and again while the training lives."""
    last = time.monotonic() + WITHIN_S
    while (found := look()) is None:
        assert alive.poll() is None, "the training ended"
        assert time.monotonic() < last, "it never came"
        time.sleep(0.25)
    return found


@pytest.fixture
def training(live_server, tmp_path: Path) -> "Iterator[subprocess.Popen[bytes]]":
    made = data.make(tmp_path / "digits", train=96, val=16)
    environment = {
        **{name: os.environ[name] for name in harness.KEPT if name in os.environ},
        "PYTHONPATH": hook.PATH_DIR,
        "OMP_NUM_THREADS": "1",
        "HOME": str(tmp_path),
        "YOLO_CONFIG_DIR": str(tmp_path),
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLOSCOPE_MODE": "online",
        "YOLOSCOPE_SERVER": live_server.url,
        "YOLOSCOPE_TOKEN": live_server.token,
    }
    words = [sys.executable, "-c", SCRIPT, str(made), str(tmp_path / "out"), str(harness.MODEL)]
    with (tmp_path / "printed").open("wb") as printed:
        process = subprocess.Popen(words, env=environment, stdout=printed, stderr=printed)
        yield process
        process.kill()
        process.wait(30)
    harness.stop_sidecars(tmp_path)


def by_epoch(results: Path, *, split: str) -> dict[int, float]:
    """Return the loss of each epoch as the framework itself wrote it down."""
    with results.open(newline="") as file:
        lines = [{key.strip(): value for key, value in line.items()} for line in csv.DictReader(file)]
    return {
        int(line["epoch"]): sum(float(line[key]) for key in line if key.startswith(f"{split}/") and "loss" in key)
        for line in lines
    }


def test_what_a_finding_offers_is_applied_and_its_effect_measured_and_learnt(
    live_server, training, tmp_path: Path
) -> None:
    def get(path: str) -> dict:
        answer = live_server.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    run = until(lambda: next((one["id"] for one in get("/api/v1/runs")["items"]), None), alive=training)
    here = f"/api/v1/runs/{run}"

    def offered() -> dict | None:
        for found in get(f"{here}/findings")["items"]:
            for action in found["actions"] if found["rule"] == RULE else ():
                if "lr_factor" in action["args"] and action["verb"] == "set":
                    return action
        return None

    action = until(offered, alive=training)
    assert action["act"] == "set lr_factor=0.333"
    assert (action["done"], action["worked"]) == (None, {"helped": 0, "harmed": 0, "none": 0})
    assert action["preview"]["en"].startswith("lr ")
    wish = {"verb": action["verb"], "args": action["args"], "cause": RULE}
    sent = live_server.call("POST", f"{here}/commands", json=wish)
    assert sent.status_code == 201, sent.text
    mine = sent.json()["id"]

    def command() -> dict:
        return next(one for one in get(f"{here}/commands")["items"] if one["id"] == mine)

    def settled() -> dict | None:
        return told if (told := command())["effect"] and told["effect"]["verdict"] != "measuring" else None

    told = until(settled, alive=training)
    assert (told["state"], told["cause"]) == ("applied", RULE)
    assert told["result"]["lr"]["to"] == pytest.approx(told["result"]["lr"]["from"] * 0.333)
    effect = told["effect"]
    assert (effect["epochs"], effect["of"]) == (3, 3)
    assert effect["sentence"]["en"].startswith(effect["series"])
    at = told["applied_at"]["epoch"]
    losses = by_epoch(tmp_path / "out" / "hot" / "results.csv", split=effect["series"].split("/")[0])
    behind = range(math.ceil(at - 1e-9) + 1, math.ceil(at - 1e-9) + 4)
    assert effect["after"] == pytest.approx(statistics.median(losses[epoch] for epoch in behind), rel=1e-4)
    assert effect["before"] in [pytest.approx(value, rel=1e-4) for value in losses.values()]
    assert effect["change"] == pytest.approx(effect["after"] / effect["before"] - 1)
    [learnt] = get(f"/api/v1/learnt/acts?project={get(here)['project']}")["items"]
    assert (learnt["rule"], learnt["act"], learnt["n"]) == (RULE, "set lr_factor=0.333", 1)
    assert learnt[effect["verdict"]] == 1
    assert learnt["change"] == effect["change"]
