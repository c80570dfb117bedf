"""Ten trainings on one machine for half an hour: do the sidecars and the server stay flat, and does every row arrive?

python -m benchmarks.ten_trainers --minutes 30

Each training logs 10 metrics ten times a second; every second one prints a progress bar. Their sidecars watch the machine, the console and
the process as ever, with the recorded cards of the tests below the real nvidia-ml-py. CPU and memory of each sidecar and of the
server are read each 10 s. Afterwards every run is compared with what its training counted. Exit 1 if a row is missing or twice.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil

from benchmarks import machine, serving, variants

TRAINERS = 10
SAMPLE_S = 10.0
WARM_S = 20.0
"""What opens files, caches and connections comes before the first sample."""
TESTS = Path(__file__).parents[1] / "tests"
TRAINING = """
import sys, threading, time
import yoloscope
run = yoloscope.init(project="bench", name=sys.argv[1])
print(run.id, file=sys.stderr, flush=True)
over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
prints, step, due_s = sys.argv[2] == "prints", 0, time.perf_counter()
while not over.is_set():
    run.log({f"train/m{index}": step * 0.1 + index for index in range(10)}, step=step, epoch=step / 600)
    step += 1
    if prints:
        filled = step % 60 // 2
        print(f"\\r{step // 60}/100 [{'=' * filled}{' ' * (30 - filled)}] {step % 60}/60", end="" if step % 60 else "\\n", flush=True)
    due_s += 0.1
    over.wait(max(0.0, due_s - time.perf_counter()))
run.finish()
print(step, file=sys.stderr, flush=True)
"""


class Sample(msgspec.Struct, frozen=True):
    """One reading of one process: CPU seconds so far, and memory, of which the spool's mapped pages are no part of ``private_bytes``."""

    at_s: float
    cpu_s: float
    resident_bytes: int
    private_bytes: int


class Watched:
    """One process over time."""

    def __init__(self, name: str, pid: int) -> None:
        self.name = name
        self._process = psutil.Process(pid)
        self.samples: list[Sample] = []

    def read(self, at_s: float) -> None:
        """Take a sample; one that ended has no further ones."""
        with contextlib.suppress(psutil.Error), self._process.oneshot():
            times = self._process.cpu_times()
            memory = self._process.memory_info()
            private = memory.rss - getattr(memory, "shared", 0)
            self.samples.append(Sample(at_s, times.user + times.system, memory.rss, private))

    def share(self, first: int, last: int) -> float:
        """Return the share of a core between two samples."""
        begin, end = self.samples[first], self.samples[last]
        return (end.cpu_s - begin.cpu_s) / (end.at_s - begin.at_s)

    def shares(self) -> tuple[float, float, float]:
        """Return the shares of a core in the first, middle and last third."""
        third = max(1, (len(self.samples) - 1) // 3)
        middle = (len(self.samples) - third) // 2
        return self.share(0, third), self.share(middle, middle + third), self.share(-1 - third, -1)

    def residents(self) -> tuple[float, float, float]:
        """Return the memory in MB at the start, in the middle and at the end."""
        found = [sample.resident_bytes / 1e6 for sample in self.samples]
        return found[0], found[len(found) // 2], found[-1]

    def privates(self) -> tuple[float, float, float]:
        """Return the memory in MB that is no file's, at the start, in the middle and at the end."""
        found = [sample.private_bytes / 1e6 for sample in self.samples]
        return found[0], found[len(found) // 2], found[-1]

    def growth_mb_per_h(self) -> float:
        """Return the slope of the memory that is no file's, by least squares."""
        return 3600 * _slope([(sample.at_s, sample.private_bytes / 1e6) for sample in self.samples])


def _slope(points: Sequence[tuple[float, float]]) -> float:
    mean_x, mean_y = (statistics.fmean(column) for column in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def measure(minutes: float) -> bool:
    """Run it and print the tables; True if every row arrived once."""
    before = machine.load()
    with contextlib.ExitStack() as open_:
        folder = open_.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        data = open_.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        server = open_.enter_context(serving.server(Path(data)))
        open_.callback(variants.end_left, folder)
        trainings = [_start(number, server, folder=folder) for number in range(TRAINERS)]
        for training in trainings:
            open_.callback(training.wait)
            open_.callback(training.kill)
        runs = [_said(training) for training in trainings]
        watched = _watch(trainings, server, minutes=minutes)
        steps = [_end(training) for training in trainings]
        _print(watched, minutes=minutes, before=before)
        whole = [_is_whole(server, run, steps=int(count)) for run, count in zip(runs, steps, strict=True)]
        return all(whole)


def _start(number: int, server: serving.Server, *, folder: str) -> subprocess.Popen[str]:
    (Path(folder) / "tmp").mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "TMPDIR": str(Path(folder) / "tmp"),
        "PYTHONPATH": os.pathsep.join([str(TESTS / "standin"), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep),
        "NVML_RECORDING": str(TESTS / "data" / "nvml" / "two_cards.json"),
        "CUDA_VISIBLE_DEVICES": str(number % 2),
        "YOLOSCOPE_SERVER": server.url,
        "YOLOSCOPE_TOKEN": server.token,
        "YOLOSCOPE_DIR": str(Path(folder) / "spool"),
    }
    command = [sys.executable, "-c", TRAINING, f"t{number}", "prints" if number % 2 else "quiet"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe, text=True)


def _said(training: subprocess.Popen[str]) -> str:
    """Return the next line that a training says to the benchmark."""
    assert training.stderr is not None
    return training.stderr.readline().strip()


def _end(training: subprocess.Popen[str]) -> str:
    """Have a training finish, and return how many rows it logged."""
    _, said = training.communicate("", timeout=120)
    return said.strip().splitlines()[-1]


def _watch(trainings: Sequence[subprocess.Popen[str]], server: serving.Server, *, minutes: float) -> list[Watched]:
    time.sleep(WARM_S)
    watched = [Watched(f"sidecar {number}", _sidecar_of(one.pid)) for number, one in enumerate(trainings)]
    watched.append(Watched("server", server.pid))
    begin_s = time.monotonic()
    while (at_s := time.monotonic() - begin_s) < minutes * 60:
        for one in watched:
            one.read(at_s)
        time.sleep(max(0.0, SAMPLE_S - (time.monotonic() - begin_s - at_s)))
    for one in watched:
        one.read(time.monotonic() - begin_s)
    return watched


def _sidecar_of(pid: int) -> int:
    (found,) = [one.pid for one in psutil.Process(pid).children() if "yoloscope.sidecar" in " ".join(one.cmdline())]
    return found


def _print(watched: Sequence[Watched], *, minutes: float, before: str) -> None:
    print(f"{TRAINERS} trainings for {minutes:g} minutes; {before} before, {machine.load()} after\n")
    print("Start, middle and end; the growth is that of the memory that is no file's.\n")
    print("| process | share of a core | memory MB | of it no file's | growth MB/h |\n|---|---|---|---|---|")
    for one in watched:
        columns = (_three(one.shares(), ".2%"), _three(one.residents(), ".1f"), _three(one.privates(), ".1f"))
        print(f"| {one.name} | {' | '.join(columns)} | {one.growth_mb_per_h():+.1f} |")
    sidecars = [one for one in watched if one.name != "server"]
    shares = _medians([one.shares() for one in sidecars])
    memory = _medians([one.residents() for one in sidecars]), _medians([one.privates() for one in sidecars])
    columns = (_three(shares, ".2%"), _three(memory[0], ".1f"), _three(memory[1], ".1f"))
    growth = statistics.median(one.growth_mb_per_h() for one in sidecars)
    print(f"| **median of the sidecars** | {' | '.join(columns)} | {growth:+.1f} |\n")


def _medians(rows: Sequence[Sequence[float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def _three(values: Sequence[float], form: str) -> str:
    return ", ".join(format(value, form) for value in values)


def _is_whole(server: serving.Server, run: str, *, steps: int) -> bool:
    """Tell whether a run has each of its training's rows once, and say what is missing."""
    end_s = time.monotonic() + 120
    while True:
        found = server.get(f"/api/v1/series?run={run}&name=train/m0&name=train/m9&x=step&buckets=0")["series"]
        assert isinstance(found, list)
        columns = [[int(step) for step in one["x"]] for one in found]
        if columns == [list(range(steps))] * 2:
            return True
        if time.monotonic() > end_s:
            print(f"run {run}: {[len(column) for column in columns]} rows of {steps}")
            return False
        time.sleep(1)


def main() -> None:
    """Measure for as long as was asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    minutes = parser.parse_args().minutes
    machine.describe()
    if not measure(minutes):
        sys.exit("rows are missing, or twice")
    print("every row of every training arrived once")


if __name__ == "__main__":
    main()
