"""A real training that was killed is started again by `yoloscope resume` with no word in its script, and is one run with one curve."""

import contextlib
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import harness
import pytest

from yoloscope import errors
from yoloscope.cli.demo import data
from yoloscope.importers import checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.torch, pytest.mark.timeout(480)]
EPOCHS = 3
SCRIPT = f"""
import sys
from ultralytics import YOLO
YOLO({str(harness.MODEL)!r}).train(
    data="digits/data.yaml", epochs={EPOCHS}, project=sys.argv[1], name="t", imgsz=64, batch=8, device="cpu", workers=0, plots=False
)
print("behind the training")
"""


def rows(folder: Path) -> list[dict[str, str]]:
    """Return ``results.csv`` as far as it is written."""
    file = folder / "out" / "t" / "results.csv"
    lines = file.read_text().splitlines() if file.is_file() else []
    return list(csv.DictReader(lines, skipinitialspace=True))


def is_saved(file: Path) -> bool:
    """Tell whether a checkpoint is written to its end; the next one follows an epoch later."""
    with contextlib.suppress(errors.ImportFault):
        return not checkpoint.read(file).is_over
    return False


def wait_for(seen: Callable[[], bool], *, most_s: float) -> None:
    """Return once something is seen."""
    until_s = time.monotonic() + most_s
    while not seen():
        assert time.monotonic() < until_s
        time.sleep(0.1)


def _environment(folder: Path, *, url: str, token: str) -> dict[str, str]:
    """Return what a user's shell has."""
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": "",
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLO_CONFIG_DIR": str(folder / "settings"),
        "YOLOSCOPE_SERVER": url,
        "YOLOSCOPE_TOKEN": token,
    }


@pytest.mark.parametrize("kept", ["last.pt", "best.pt"])
def test_a_killed_training_goes_on_by_one_command(start_up: Callable, tmp_path: Path, kept: str) -> None:
    """From ``last.pt``; where that was torn in the crash, from the other one."""
    up = start_up()
    weights = tmp_path / "out/t/weights"
    data.make(tmp_path / "digits", train=32, val=8)
    (tmp_path / "train.py").write_text(SCRIPT)
    environment = _environment(tmp_path, url=up.url, token=up.token)
    yoloscope = [sys.executable, "-m", "yoloscope"]
    command = [*yoloscope, "run", "--", sys.executable, "train.py", str(tmp_path / "out")]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as first:
        wait_for(lambda: is_saved(weights / "last.pt") and is_saved(weights / "best.pt"), most_s=200)
        [trainer] = subprocess.check_output(["pgrep", "-P", str(first.pid)], text=True).split()
        os.kill(int(trainer), 9)
        assert first.wait(60) == 128 + 9
    done = len(rows(tmp_path))
    os.truncate(weights / "last.pt", (weights / kept).stat().st_size if kept == "last.pt" else 10_000)
    run = json.loads((tmp_path / "out/t/yoloscope.json").read_text())["run"]

    again = subprocess.run(
        [*yoloscope, "resume", run, "--foreground"],
        cwd="/",
        env={key: value for key, value in environment.items() if key not in {"OMP_NUM_THREADS", "YOLO_OFFLINE"}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr[-4000:]
    assert "behind the training" in again.stdout
    assert f"goes on from {weights / kept}" in again.stderr
    assert ("last.pt is missing or damaged: it goes on from best.pt" in again.stderr) == (kept == "best.pt")
    trained = dict.fromkeys(
        row["epoch"] for row in rows(tmp_path)
    )  # an epoch whose row was written and its checkpoint not yet is there twice
    assert list(trained) == [str(epoch + 1) for epoch in range(EPOCHS)]
    assert [path.name for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")] == ["t"]

    wait_for(lambda: up.get(f"/api/v1/runs/{run}")["state"] == "finished", most_s=30)
    told = up.get(f"/api/v1/runs/{run}")
    assert (told["epoch"], told["attempt"]) == (EPOCHS, 2)
    assert [attempt["state"] for attempt in told["attempts"]] == ["crashed", "finished"]
    assert told["attempts"][1]["start_epoch"] in {float(done), float(done - 1)}, "last.pt is written behind the row"

    over = subprocess.run([*yoloscope, "resume", run], env=environment, capture_output=True, text=True, check=False)
    assert (over.returncode, "is finished" in over.stderr) == (1, True)
