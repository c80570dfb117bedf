"""Two trainings on one host: one sidecar reads the machine for both, each run gets its own rows, and a killed sidecar is replaced.

NVML is a recorded stand-in below the real nvidia-ml-py (`tests/standin`); processes, host, election, spool and server are real.
"""

import contextlib
import json
import math
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from yoloscope.records import row
from yoloscope.spool import layout, reader

pytestmark = pytest.mark.slow
TESTS = Path(__file__).parents[1]
PATIENCE_S = 90.0
TRAINING = """
import subprocess, sys, threading, time
sys.stdin.readline()  # the test says what is on which card first
import yoloscope
megabytes = int(sys.argv[1])
block = bytearray(b"1") * (megabytes * 1_000_000)
worker = "import sys; block = bytearray(b'1') * 30_000_000; sys.stdin.read()"
workers = [subprocess.Popen([sys.executable, "-c", worker], stdin=subprocess.PIPE) for _ in range(2)]
run = yoloscope.init(project="machines", name=sys.argv[2])
print(run.id, run.directory, flush=True)
over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
step = 0
while not over.wait(0.1):
    run.log({"train/loss": 1 / (step + 1)}, step=step, epoch=step / 10)
    step += 1
run.finish()
for process in workers:
    process.stdin.close()
    process.wait()
"""


class Training:
    """One training process with two workers and a sidecar."""

    def __init__(self, *, megabytes: int, name: str) -> None:
        command = [sys.executable, "-c", TRAINING, str(megabytes), name]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.run, self.directory = "", Path()

    def begin(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        self.run, directory = self.process.stdout.readline().split()
        self.directory = Path(directory)

    def sidecar(self) -> psutil.Process:
        """Return the sidecar, the one child that is no worker."""
        (found,) = [
            one for one in psutil.Process(self.process.pid).children() if "yoloscope" in " ".join(one.cmdline())
        ]
        return found

    def workers(self) -> list[psutil.Process]:
        return [one for one in psutil.Process(self.process.pid).children() if one != self.sidecar()]

    def end(self) -> None:
        self.process.communicate(timeout=60)

    def noted(self, name: str) -> list[float]:
        """Return the values of a series as the sidecars of this run wrote them, in order."""
        found: list[float] = []
        for lane in (lane for lane in reader.lanes(self.directory) if lane >= layout.SIDECAR_LANE):
            with contextlib.closing(reader.LaneReader(self.directory, lane=lane)) as read:
                place = reader.START
                while (chunk := read.read(place, most_bytes=10**6)) is not None:
                    found += [value for entry in chunk.entries for value in _column(entry, name)]
                    place = chunk.after
        return found


def _column(entry: row.Entry, name: str) -> Iterator[float]:
    if isinstance(entry, row.Matrix) and name in entry.names:
        values = struct.unpack(f"<{len(entry.values) // 8}d", entry.values)
        yield from values[entry.names.index(name) :: len(entry.names)]


def until(true: Callable[[], object]) -> None:
    """Wait until something holds, for a minute and a half at most."""
    end_s, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not true():
        assert time.monotonic() < end_s, "it did not come to hold"
        pause.wait(0.2)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host of its own for the sidecars of this test, with two recorded cards; its folder."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("YOLOSCOPE_TELEMETRY", "on")
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    monkeypatch.setenv("PYTHONPATH", str(TESTS / "standin"))
    monkeypatch.setenv("NVML_RECORDING", str(TESTS / "data" / "nvml" / "two_cards.json"))
    monkeypatch.setenv("NVML_OPENED", str(tmp_path / "opened"))
    monkeypatch.setenv("NVML_PIDS", str(tmp_path / "pids.json"))
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "tmp" / f"yoloscope-host-{os.getuid()}"


@pytest.fixture
def two(host: Path, tmp_path: Path) -> Iterator[Callable[[], list[Training]]]:
    """Start two trainings, the first on card 0 and the second, by one of its workers' parents, on card 1."""
    made: list[Training] = []

    def start() -> list[Training]:
        made.extend((Training(megabytes=60, name="one"), Training(megabytes=150, name="two")))
        on_cards = {str(card): [[one.process.pid, 2**30]] for card, one in enumerate(made)}
        (tmp_path / "pids.json").write_text(json.dumps(on_cards))
        for one in made:
            one.begin()
        return made

    yield start
    sidecars = [one.sidecar() for one in made if one.process.poll() is None and _has_sidecar(one)]
    for one in made:
        one.process.kill()
        one.process.communicate()
    for sidecar in sidecars:
        with contextlib.suppress(psutil.NoSuchProcess):
            sidecar.kill()


def _has_sidecar(one: Training) -> bool:
    try:
        return one.sidecar().is_running()
    except (ValueError, psutil.Error):
        return False


def _opened(tmp_path: Path) -> list[int]:
    """Return the processes that opened the driver, in order."""
    try:
        return [int(word) for word in (tmp_path / "opened").read_text().split()]
    except FileNotFoundError:
        return []


def test_one_sidecar_reads_the_machine_for_two_trainings(start_up, two, host, tmp_path, monkeypatch) -> None:
    up = start_up()
    monkeypatch.setenv("YOLOSCOPE_SERVER", up.url)
    monkeypatch.setenv("YOLOSCOPE_TOKEN", up.token)
    first, second = trainings = two()
    points = Points(up)
    until(lambda: {item["id"] for item in up.get("/api/v1/runs")["items"]} == {first.run, second.run})
    until(lambda: all(len(points(one, "system/process/rss_bytes")) >= 3 for one in trainings))

    sidecars = {one.sidecar().pid: one for one in trainings}
    (elected,) = _opened(tmp_path)
    assert elected in sidecars
    assert json.loads((host / "look.json").read_text())["pid"] == elected
    for one, card in ((first, 0), (second, 1)):
        _shows_itself(one, points)
        until(lambda one=one, card=card: points(one, f"system/gpu.{card}/memory_bytes"))
        assert points(one, f"system/gpu.{1 - card}/memory_bytes") == []
        assert points(one, f"system/gpu.{card}/training_memory_bytes")[-1][1] == 2**30
    assert points(first, "system/gpu.0/util_percent")[0][1] in {97.0, 98.0, 0.0}
    assert points(second, "system/gpu.1/util_percent") == []  # refused in MIG mode
    until(lambda: _runs_on_machines(up) == {first.run, second.run})

    left = next(one for pid, one in sidecars.items() if pid != elected)
    _takes_over(left, killed=elected, card=trainings.index(left), points=points, opened=lambda: _opened(tmp_path))
    for one in trainings:
        one.end()
    subprocess.run([sys.executable, "-m", "yoloscope", "sync", str(sidecars[elected].directory)], check=True)
    for one in trainings:
        _has_arrived_once(one, points)


class Points:
    """The points of a run's series, as the server answers with them: pairs of x and value."""

    def __init__(self, up) -> None:
        self._up = up

    def __call__(self, one: Training, name: str, x: str = "step") -> list[tuple[float, float]]:
        found = self._up.get("/api/v1/series", run=one.run, name=name, x=x, buckets=0)["series"]
        return [pair for series in found for pair in zip(series["x"], series["y"], strict=True)]


def _runs_on_machines(up) -> set[str]:
    return {run["run"] for item in up.get("/api/v1/machines")["items"] for run in item["runs"]}


def _takes_over(left: Training, *, killed: int, card: int, points: Points, opened: Callable[[], list[int]]) -> None:
    """Kill the elected sidecar: the other opens the driver, and its run's host and card go on."""
    before = len(points(left, "system/memory_bytes"))
    os.kill(killed, signal.SIGKILL)
    until(lambda: opened()[1:] == [left.sidecar().pid])
    until(lambda: len(points(left, "system/memory_bytes")) >= before + 3)
    with_card = len(points(left, f"system/gpu.{card}/xid"))
    until(lambda: len(points(left, f"system/gpu.{card}/xid")) > with_card)


def _has_arrived_once(one: Training, points: Points) -> None:
    """Compare what the server has with what the sidecars of a run wrote down, value by value."""
    for name in ("system/process/rss_bytes", "system/yoloscope/cpu_percent"):
        until(lambda name=name: len(points(one, name, "time")) >= len(one.noted(name)))
        assert [value for _, value in points(one, name, "time")] == one.noted(name)


def _shows_itself(one: Training, points: Points) -> None:
    """Compare what a run shows of its processes with what psutil tells of them now."""
    resident = psutil.Process(one.process.pid).memory_info().rss
    assert points(one, "system/process/rss_bytes")[-1][1] == pytest.approx(resident, rel=0.2)
    workers = sum(worker.memory_info().rss for worker in one.workers())
    assert points(one, "system/process/children")[-1][1] == 2.0
    assert points(one, "system/process/children_rss_bytes")[-1][1] == pytest.approx(workers, rel=0.2)
    assert 0 < points(one, "system/yoloscope/rss_bytes")[-1][1] < 200e6
    steps = [step for step, _ in points(one, "system/process/rss_bytes")]
    assert steps == sorted(steps)
    assert 0 <= steps[-1] <= points(one, "train/loss")[-1][0] + 20


def test_an_offline_training_is_looked_at_too(two, host, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("YOLOSCOPE_MODE", "offline")
    trainings = two()
    until(lambda: all(len(one.noted("system/process/rss_bytes")) >= 3 for one in trainings))
    assert len(_opened(tmp_path)) == 1
    for one in trainings:
        one.end()
        assert all(math.isfinite(value) and value > 0 for value in one.noted("system/process/rss_bytes"))


def test_without_a_driver_nothing_is_said_of_cards(two, host, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("YOLOSCOPE_MODE", "offline")
    monkeypatch.delenv("PYTHONPATH")
    trainings = two()
    until(lambda: all(len(one.noted("system/memory_bytes")) >= 3 for one in trainings))
    for one in trainings:
        one.end()
        assert (one.directory / "sidecar.log").read_text() == ""
        assert one.noted("system/gpu.0/memory_bytes") == []


def test_a_driver_that_never_answers_costs_no_row_and_keeps_no_sidecar(start_up, two, tmp_path, monkeypatch) -> None:
    recording = json.loads((TESTS / "data" / "nvml" / "two_cards.json").read_text())
    for look in (look for card in recording["cards"] for look in card["looks"]):
        look["memory"] = {"hang_s": 3600}
    (tmp_path / "hangs.json").write_text(json.dumps(recording))
    up = start_up()
    monkeypatch.setenv("NVML_RECORDING", str(tmp_path / "hangs.json"))
    monkeypatch.setenv("YOLOSCOPE_SERVER", up.url)
    monkeypatch.setenv("YOLOSCOPE_TOKEN", up.token)
    trainings, points = two(), Points(up)
    until(lambda: {item["id"] for item in up.get("/api/v1/runs")["items"]} == {one.run for one in trainings})
    for name in ("train/loss", "system/process/rss_bytes", "system/memory_bytes"):
        until(lambda name=name: all(len(points(one, name)) >= 4 for one in trainings))
    assert len(_opened(tmp_path)) == 1
    sidecars = [one.sidecar() for one in trainings]
    for one in trainings:
        one.end()
    until(lambda: not any(sidecar.is_running() for sidecar in sidecars))
    for one in trainings:
        _has_arrived_once(one, points)
