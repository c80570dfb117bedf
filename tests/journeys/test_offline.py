"""A training without a server, and `yoloscope sync` later, beside it, again, and after being killed half-way: real processes."""

import json
import math
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MANY = 300_000

TRAINING = """
import math, sys, yoloscope
run = yoloscope.init(project="signs", mode="offline", server=sys.argv[1], config={"lr0": 0.01}, directory=sys.argv[2])
print(run.id, run.directory, flush=True)
step = 0
for line in sys.stdin:
    for step in range(step, step + int(line)):
        run.log({"a": math.sin(step), "b": step / 7}, step=step, epoch=step / 1000)
    step += 1
    print("logged", flush=True)
run.finish()
"""


class Training:
    """An offline training that logs as many rows as it is told, and ends when `end` is called."""

    def __init__(self, server: str, output: Path) -> None:
        output.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", TRAINING, server, str(output)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.run, directory = self.process.stdout.readline().split()
        self.directory = Path(directory)

    def log(self, rows: int) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{rows}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "logged\n"

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(60) == 0


@pytest.fixture
def train(tmp_path: Path) -> Iterator[Callable[..., Training]]:
    started: list[Training] = []

    def start(server: str, output: Path = tmp_path / "runs") -> Training:
        started.append(Training(server, output))
        return started[-1]

    yield start
    for training in started:
        with training.process as process:  # closes its pipes
            process.kill()


def _sync(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "yoloscope", "sync", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _states(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [item["state"] for item in json.loads(done.stdout)["items"]]


def _rows(up: "Up", run: str, name: str) -> dict[int, float]:
    (series,) = up.get("/api/v1/series", run=run, name=name, x="step", buckets=0)["series"]  # type: ignore[misc]
    assert len(series["x"]) == series["total"]
    return {int(step): value for step, value in zip(series["x"], series["y"], strict=True)}


def _known(up: "Up", run: str) -> int:
    """Return how many rows the server has of a run."""
    return next((item["rows"] for item in up.get("/api/v1/runs")["items"] if item["id"] == run), 0)


def test_a_sync_that_is_killed_half_way_goes_on_and_every_value_arrives_once(
    start_up: Callable[[], "Up"], train: Callable[..., Training], tmp_path: Path
) -> None:
    up = start_up()
    training = train(up.url)
    training.log(MANY)
    training.end()
    assert _known(up, training.run) == 0
    command = [sys.executable, "-m", "yoloscope", "sync", str(tmp_path / "runs")]
    for _ in range(3):
        before = _known(up, training.run)
        syncing = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end_s = time.monotonic() + 60
        while _known(up, training.run) == before:
            assert time.monotonic() < end_s
        syncing.send_signal(signal.SIGKILL)
        assert syncing.wait() == -signal.SIGKILL
        assert before < _known(up, training.run) < MANY
    done = _sync(tmp_path / "runs", "--json")
    assert (done.returncode, _states(done)) == (0, ["complete"]), done.stderr
    assert _rows(up, training.run, "a") == {step: math.sin(step) for step in range(MANY)}
    assert _rows(up, training.run, "b") == {step: step / 7 for step in range(MANY)}
    again = _sync(tmp_path / "runs", "--json")
    assert (again.returncode, again.stdout) == (0, done.stdout)
    shown = up.get(f"/api/v1/runs/{training.run}")
    assert (shown["rows"], shown["state"], shown["lost"]) == (MANY, "finished", {})


def test_beside_a_training_that_runs_each_sync_sends_what_is_new(
    start_up: Callable[[], "Up"], train: Callable[..., Training], tmp_path: Path
) -> None:
    up = start_up()
    training = train(up.url)
    for times in range(1, 4):
        training.log(1000)
        done = _sync(tmp_path / "runs", "--json")
        assert (done.returncode, _states(done)) == (0, ["running"])
        assert _rows(up, training.run, "a") == {step: math.sin(step) for step in range(1000 * times)}
        assert up.get(f"/api/v1/runs/{training.run}")["state"] == "running"
    assert "still runs" in _sync(tmp_path / "runs").stdout
    training.end()
    done = _sync(tmp_path / "runs", "--json")
    assert (done.returncode, _states(done)) == (0, ["complete"])
    assert up.get(f"/api/v1/runs/{training.run}")["state"] == "finished"


def test_several_folders_at_once_and_the_exit_code_says_what_is_left(
    start_up: Callable[[], "Up"], train: Callable[..., Training], tmp_path: Path
) -> None:
    up = start_up()
    here, there, nowhere = (
        train(server, tmp_path / name)
        for name, server in (("here", up.url), ("there", up.url), ("nowhere", "http://127.0.0.1:9"))
    )
    for training in (here, there, nowhere):
        training.log(10)
        training.end()
    done = _sync(tmp_path / "here", tmp_path / "there", tmp_path / "here", tmp_path / "nowhere")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert [line[0] for line in lines] == ["✓", "✓", "✗", "3"]
    assert lines[-1] == "3 runs: everything is sent 2 · kept: the server does not take it now 1"
    assert _known(up, here.run) == _known(up, there.run) == 10
    manifest = here.directory / "run.json"
    whole = manifest.read_text()
    manifest.write_text('{"version": 99}')
    done = _sync(tmp_path)
    assert done.returncode == 2
    assert "version 99" in done.stderr
    manifest.write_text(whole)
    elsewhere = _sync(tmp_path, "--server", up.url, "--json")
    assert (elsewhere.returncode, sorted(_states(elsewhere))) == (0, ["complete"] * 3)
    assert _known(up, nowhere.run) == 10


def test_a_terminal_shows_a_bar_and_a_log_file_plain_lines(
    start_up: Callable[[], "Up"], train: Callable[..., Training], tmp_path: Path
) -> None:
    up = start_up()
    training = train(up.url)
    training.log(1000)
    training.end()
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-m", "yoloscope", "sync", str(tmp_path / "runs")]
    syncing = subprocess.Popen(command, stderr=theirs, stdout=subprocess.PIPE, text=True, env=environment)
    os.close(theirs)
    seen = b""
    while select.select([ours], [], [], 30)[0]:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        seen += piece
    said, _ = syncing.communicate()
    os.close(ours)
    assert syncing.returncode == 0
    assert b"\x1b[" in seen
    assert "100%" in seen.decode()
    [item] = json.loads(_sync(tmp_path / "runs", "--json").stdout)["items"]
    assert item["sequences"] > 1_003  # 1,000 rows, the config, the provenance, the end, and what it printed
    assert f"{item['sequences']:,} sent" in seen.decode()
    assert said == f"✓ signs/{_name(up, training.run)} ({training.run}): everything is sent\n"
    plain = _sync(tmp_path / "runs")
    assert "\x1b" not in plain.stdout + plain.stderr
    assert plain.stdout == said


def _name(up: "Up", run: str) -> object:
    return up.get(f"/api/v1/runs/{run}")["name"]
