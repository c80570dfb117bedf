"""Real trainings that are killed, or that train an epoch again, are each one run with one curve, and nothing of them is lost."""

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import harness
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.torch, pytest.mark.timeout(240)]
LOSS, MAP50 = "train/box_loss", "metrics/mAP50"
BATCHES = 4


def curve(up, run: str, name: str, **query: object) -> dict[str, list[float]]:
    """Return x and y of every point of a series."""
    answer = up.get("/api/v1/series", run=run, name=name, **{"x": "step", "buckets": 0, **query})
    [found] = answer["series"]
    return {"x": found["x"], "y": [float(value) for value in found["y"]]}


def trained(up, root: Path, kind: str) -> harness.Trained:
    """Run a training that sends to a server, and return once everything is there."""
    done = harness.Trained(root)
    online = {"YOLOSCOPE_MODE": "online", "YOLOSCOPE_SERVER": up.url, "YOLOSCOPE_TOKEN": up.token}
    done.run(kind, environment={**online, "YOLOSCOPE_STRICT": "1"})
    for sidecar in harness.sidecars(root):
        sidecar.wait(60)
    return done


def check_totals(up, run: str) -> None:
    """Compare what the run page says of every series with the points that it draws."""
    for info in up.get(f"/api/v1/runs/{run}")["series"]:
        values = curve(up, run, info["name"], x="time")["y"]
        numbers = [value for value in values if not math.isnan(value)]
        assert (info["count"], info["nan_count"]) == (len(values), len(values) - len(numbers))
        assert [info["min"], info["max"]] == [min(numbers, default=None), max(numbers, default=None)]
        assert repr(float(info["last"])) == repr(values[-1])


def test_a_killed_and_resumed_training_is_one_run_whatever_arrives_first(start_up: Callable, tmp_path: Path) -> None:
    """The killed half could not reach its server; it is synced by hand when the resumed half is done."""
    up = start_up()
    done = trained(up, tmp_path, "killed")
    before, after = done.recorded("dies")
    run = before.manifest.run.id
    assert run == after.manifest.run.id
    [only] = up.get(f"/api/v1/runs/{run}")["attempts"]
    assert (only["number"], only["start_epoch"], only["start_step"]) == (1, 1.0, BATCHES)

    spool = done.output / ".yoloscope" / before.manifest.writer
    command = [sys.executable, "-m", "yoloscope", "sync", str(spool), "--server", up.url]
    subprocess.run(command, env={**os.environ, "YOLOSCOPE_TOKEN": up.token}, check=True, capture_output=True)

    detail = up.get(f"/api/v1/runs/{run}")
    first, second = detail["attempts"]
    assert (detail["state"], detail["attempt"], detail["epoch"], detail["step"]) == ("finished", 2, 3, 3 * BATCHES - 1)
    assert (first["number"], first["state"], first["start_step"]) == (1, "crashed", None)
    assert (second["number"], second["state"], second["start_step"]) == (2, "finished", BATCHES)
    assert first["started"] < second["started"]

    loss = {row.step: row.values[LOSS] for row in after.batches()}
    kept = {row.step: row.values[LOSS] for row in before.batches() if row.step < BATCHES} | loss
    assert curve(up, run, LOSS) == {"x": list(range(3 * BATCHES)), "y": [kept[step] for step in range(3 * BATCHES)]}
    assert curve(up, run, MAP50)["x"] == [3, 7, 11]
    again = {row.step: row.values[LOSS] for row in before.batches() if row.step >= BATCHES}
    assert list(again) == [4, 5]
    assert curve(up, run, LOSS, attempts="superseded") == {"x": list(again), "y": list(again.values())}
    assert curve(up, run, LOSS, attempt=1, attempts="all")["x"] == list(range(6))
    assert curve(up, run, LOSS, attempt=2)["x"] == list(range(4, 12))
    elapsed = curve(up, run, LOSS, x="elapsed")["x"]
    assert elapsed == sorted(elapsed)
    check_totals(up, run)


def test_an_epoch_that_became_nan_is_trained_again_as_an_attempt(start_up: Callable, tmp_path: Path) -> None:
    up = start_up()
    [recorded] = trained(up, tmp_path, "nan").recorded("nan")
    run = recorded.manifest.run.id
    detail = up.get(f"/api/v1/runs/{run}")
    said = [(one["number"], one["state"], one["start_epoch"], one["start_step"]) for one in detail["attempts"]]
    assert said == [(1, "stopped", None, None), (2, "finished", 1.0, BATCHES)]
    assert detail["attempts"][0]["provenance"] == detail["attempts"][1]["provenance"] != {}
    assert (detail["state"], detail["epoch"]) == ("finished", 3)
    assert curve(up, run, LOSS)["x"] == list(range(3 * BATCHES))
    assert curve(up, run, LOSS, attempts="superseded")["x"] == [4, 5, 6, 7]
    assert curve(up, run, MAP50)["x"] == [3, 7, 11]
    check_totals(up, run)


def test_a_first_epoch_that_lacked_memory_is_trained_again_as_an_attempt(start_up: Callable, tmp_path: Path) -> None:
    up = start_up()
    [recorded] = trained(up, tmp_path, "out_of_memory").recorded("out_of_memory")
    run = recorded.manifest.run.id
    detail = up.get(f"/api/v1/runs/{run}")
    said = [(one["number"], one["state"], one["start_epoch"], one["start_step"]) for one in detail["attempts"]]
    assert said == [(1, "stopped", None, None), (2, "finished", 0.0, 0)]
    assert curve(up, run, LOSS)["x"] == list(range(2 * 2 * BATCHES))
    assert curve(up, run, LOSS, attempts="superseded")["x"] == [0, 1]
    check_totals(up, run)
