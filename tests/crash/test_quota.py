"""A spool with a tiny quota and no server: the training goes on, the oldest rows are thinned, and the ledger adds up."""

import math
import random
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from yoloscope.spool import layout, packed, reader

pytestmark = pytest.mark.slow
ROWS = 120_000

NOISY = f"""
import math, sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
print(run.id, run.directory, flush=True)
for step in range({ROWS}):
    a = math.nan if 20_000 <= step < 20_100 else math.sin(step / 50) * (step % 977)
    run.log({{"a": a, "b": math.cos(step)}}, step=step)
    if step % 10_000 == 0:
        run.update("progress", {{"epochs": step}})
print("logged", flush=True)
sys.stdin.readline()
run.finish()
print("finished", flush=True)
"""

KEEP = """
import sys
from pathlib import Path
from yoloscope.sidecar import keeping, shipment
directory = Path(sys.argv[1])
parcel = shipment.Shipment(directory)
keeper = keeping.Keeper(directory)
print("began", flush=True)
while True:
    keeper.tend({directory: parcel}, now_s=0.0)
"""


def _a(step: int) -> float:
    return math.nan if 20_000 <= step < 20_100 else math.sin(step / 50) * (step % 977)


def _levels(directory: Path) -> list[int]:
    paths = [layout.segment_path(directory, lane=0, number=number) for number in reader.lanes(directory)[0]]
    return [packed.head(path).level if packed.is_packed(path) else 0 for path in paths]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _size(directory: Path) -> int:
    return sum(reader.used_bytes(path) for path in directory.glob("*.sp"))


def _accounted(server, run: str) -> int:
    """Return how many rows are there, are counted as lost or are to follow."""
    shown = server.get(f"/api/v1/runs/{run}")
    return len(server.rows(run, "b")) + shown["lost"].get("quota", 0) + shown["deferred"]


def test_beyond_the_quota_extremes_stay_and_every_row_left_out_is_counted(
    server, trainings, wait_until: Callable[[Callable[[], bool]], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """120,000 rows take 6.7 MB: two full segments behind the first, of which the server may know, and one that still grows."""
    (tmp_path / "yoloscope.toml").write_text("[spool]\nquota_mb = 3\n")
    monkeypatch.chdir(tmp_path)
    port = _free_port()
    training = trainings(NOISY, f"http://127.0.0.1:{port}", stdin=-1)
    run, said = training.stdout.readline().split()
    directory = Path(said)
    assert training.stdout.readline() == "logged\n"
    wait_until(lambda: _size(directory) <= 3_000_000)
    assert max(_levels(directory)) > 1
    training.stdin.write("\n")
    training.stdin.close()
    assert training.stdout.readline() == "finished\n"
    assert training.wait(60) == 0
    server.start(port)
    wait_until(lambda: any(item["id"] == run for item in server.get("/api/v1/runs")["items"]))
    wait_until(lambda: server.get(f"/api/v1/runs/{run}")["state"] == "finished")
    # The end does not wait for what a slow link holds back: that is told of, and follows. It is told with the last rows, and applied
    # before they are committed, so that a reader in between sees an end that is a moment ahead of its rows and its losses.
    wait_until(lambda: _accounted(server, run) >= ROWS)
    wait_until(lambda: server.get(f"/api/v1/runs/{run}")["deferred"] == 0)
    shown = server.get(f"/api/v1/runs/{run}")
    rows = server.rows(run, "b")
    assert len(rows) + shown["lost"]["quota"] == ROWS
    assert 0 < shown["lost"]["quota"] < ROWS
    assert shown["rows"] == len(rows)
    assert rows == {step: math.cos(step) for step in rows}
    assert (min(rows.values()), max(rows.values())) == (
        min(map(math.cos, range(ROWS))),
        max(map(math.cos, range(ROWS))),
    )
    kept = {step: value for step, value in server.rows(run, "a").items() if not isinstance(value, str | None)}
    numbers = [_a(step) for step in range(ROWS) if not math.isnan(_a(step))]
    assert (min(kept.values()), max(kept.values())) == (min(numbers), max(numbers))
    assert {19_999, 20_000, 20_099, 20_100} <= set(rows)
    assert shown["epochs"] == 110_000
    log = (directory / "sidecar.log").read_text()
    assert not re.search(r"Traceback|fault", log), log


def test_sidecars_that_are_killed_while_they_thin_count_nothing_twice(
    server, trainings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each `keep` below is a process as a sidecar is, killed at another moment; then everything is sent."""
    (tmp_path / "yoloscope.toml").write_text("[spool]\nquota_mb = 0.1\n")
    monkeypatch.chdir(tmp_path)
    server.start()
    training = trainings(NOISY.replace("project=", 'mode="offline", project='), server.url, stdin=-1)
    run, said = training.stdout.readline().split()
    directory = Path(said)
    assert training.stdout.readline() == "logged\n"
    for process in psutil.Process(training.pid).children(recursive=True):
        process.kill()
    for moment in random.Random(1).sample(range(1, 400), 12):
        keeping = subprocess.Popen([sys.executable, "-c", KEEP, str(directory)], stdout=subprocess.PIPE, text=True)
        with keeping:
            assert keeping.stdout is not None
            assert keeping.stdout.readline() == "began\n"
            threading.Event().wait(moment / 1000)
            keeping.kill()
    assert max(_levels(directory)) > 1
    training.stdin.write("\n")
    training.stdin.close()
    assert training.wait(60) == 0
    command = [sys.executable, "-m", "yoloscope", "sync", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown = server.get(f"/api/v1/runs/{run}")
    rows = server.rows(run, "b")
    assert rows == {step: math.cos(step) for step in rows}
    assert len(rows) + shown["lost"]["quota"] == ROWS
    assert not list(directory.glob("*.packed*"))
