"""What judging the runs costs a server: rows it takes a second with and without, and the CPU and memory of the process beside it.

python -m benchmarks.diagnosing_server

Once as fast as two clients can send (bodies of 200 rows of 13 values of ten runs), once as a hundred trainings send (each a body a second: two batches,
telemetry, now and then an epoch). Both servers store alike; that without judges nothing. The process is read until it has caught up.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path

import msgspec
import numpy as np
import psutil
import urllib3

from benchmarks import diagnosing, machine, serving
from yoloscope.records import ids, row
from yoloscope.wire import codec, protocol

WITHOUT = "from yoloscope.server.diagnosing import running; running.Diagnosing.start = lambda *_: None; "
WITH = ""
UP = "import runpy, sys; sys.argv = ['yoloscope', *sys.argv[1:]]; runpy.run_module('yoloscope', run_name='__main__')"
SECOND_NS = 10**9
PER_EPOCH = 100


class Writer:
    """One training: bodies of consecutive rows."""

    def __init__(self, number: int) -> None:
        self._noise = np.random.default_rng(number)
        self._ref = row.RunRef(ids.RunId(f"{number:016x}"), ids.ProjectName("bench"), f"run {number}", created_ns=1)
        self._writer = ids.WriterId(f"{number:032x}")
        self._step = self._sequence = 0
        self.rows = 0

    def body(self, rows: int, *, reads_machine: bool) -> bytes:
        """Return the next rows."""
        entries: list[row.Entry] = []
        if not self._sequence:
            entries.append(row.Updated("config", {"epochs": 1_000, "batch": 16, "lr0": 0.01}))
        steps = range(self._step, self._step + rows)
        entries.append(self._matrix([diagnosing.batch_values(step / PER_EPOCH, self._noise) for step in steps], steps))
        if reads_machine:
            entries.append(self._matrix([diagnosing.machine_values(self._noise)], [row.NO_STEP]))
        if steps[0] // PER_EPOCH != (steps[-1] + 1) // PER_EPOCH:
            values = diagnosing.epoch_values((steps[-1] + 1) // PER_EPOCH, self._noise)
            entries.append(self._matrix([values], [steps[-1]]))
        batch = row.Batch(
            self._ref, row.AttemptRef(0, 1, 1), self._writer, 0, self._sequence, tuple(entries), alive=True
        )
        self._step += rows
        self._sequence += batch.sequences
        self.rows += sum(entry.rows for entry in entries if isinstance(entry, row.Matrix))
        return codec.body_from_batches([batch])

    def _matrix(self, values: list[dict[str, float]], steps: "range | list[int]") -> row.Matrix:
        at = np.array([self._step if step == row.NO_STEP else step for step in steps], "<i8")
        epoch = np.full(len(at), np.nan) if steps[0] == row.NO_STEP else (at + 1) / PER_EPOCH
        wall_ns = (at + 1) * SECOND_NS
        table = np.array([list(one.values()) for one in values], "<f8")
        return row.Matrix(
            tuple(values[0]),
            np.array(steps, "<i8").tobytes(),
            epoch.astype("<f8").tobytes(),
            wall_ns.tobytes(),
            wall_ns.tobytes(),
            table.tobytes(),
        )


@contextlib.contextmanager
def _server(data: Path, *, before: str) -> Generator[serving.Server]:
    command = [sys.executable, "-c", before + UP, "up", "--json", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        try:
            yield serving.Server(said["url"], (data / "token").read_text(encoding="ascii").strip(), process.pid)
        finally:
            process.terminate()


def _send(server: serving.Server, bodies: list[bytes], *, pace_s: float = 0.0, clients: int = 2) -> float:
    """Send bodies in order and return the seconds that took."""
    http = urllib3.PoolManager(maxsize=clients)
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": protocol.CONTENT_TYPE}
    began = time.perf_counter()

    def post(mine: list[bytes]) -> None:
        for number, body in enumerate(mine):
            answer = http.request("POST", server.url + protocol.INGEST_PATH, body=body, headers=headers, timeout=60)
            assert answer.status == 200, answer.data
            time.sleep(max(0.0, began + (number + 1) * pace_s - time.perf_counter()))

    threads = [threading.Thread(target=post, args=(bodies[at::clients],)) for at in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


class Judge(msgspec.Struct, frozen=True):
    """What the process beside the server took."""

    cpu_s: float
    resident_mb: float


def _judge(server: serving.Server) -> Judge:
    for child in psutil.Process(server.pid).children():
        with contextlib.suppress(psutil.Error):
            if "yoloscope.server.diagnosing.main" in child.cmdline():
                times = child.cpu_times()
                return Judge(times.user + times.system, child.memory_info().rss / 1e6)
    return Judge(0.0, 0.0)


def _idle(server: serving.Server) -> tuple[Judge, float]:
    """Return what the process took once it does nothing any more, and after how many seconds that was."""
    began = time.perf_counter()
    before = _judge(server)
    while True:
        time.sleep(4.0)
        now = _judge(server)
        if now.cpu_s - before.cpu_s < 0.05:  # ticks
            return now, time.perf_counter() - began
        before = now


def _measure(*, before: str, runs: int, rounds: int, rows: int, pace_s: float, warm_s: float) -> dict[str, float]:
    writers = [Writer(number) for number in range(runs)]
    bodies = [writer.body(rows, reads_machine=at % 2 == 0) for at in range(rounds) for writer in writers]
    sent = sum(writer.rows for writer in writers)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data, _server(Path(data), before=before) as server:
        time.sleep(warm_s)
        first_s = _cpu_s(server)
        took_s = _send(server, bodies, pace_s=pace_s)
        cpu_s = _cpu_s(server) - first_s
        judge, behind_s = (Judge(0, 0), 0.0) if before else _idle(server)
    told = {"rows_per_s": sent / took_s, "server_cpu_us_per_row": 1e6 * cpu_s / sent}
    if before:
        return told
    return told | {
        "judge_cpu_ms_per_1000_rows": 1e6 * judge.cpu_s / sent,
        "judge_resident_mb": judge.resident_mb,
        "behind_s": behind_s,
    }


def _cpu_s(server: serving.Server) -> float:
    times = psutil.Process(server.pid).cpu_times()
    return times.user + times.system


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="of the paced half")
    asked = parser.parse_args()
    before = machine.load()
    for name, of in (
        ("as fast as it goes", {"runs": 10, "rounds": 60, "rows": 200, "pace_s": 0.0, "warm_s": 4.0}),
        ("a hundred trainings", {"runs": 100, "rounds": asked.seconds, "rows": 2, "pace_s": 0.02, "warm_s": 4.0}),
    ):
        print(f"{name}\n")
        for judged, words in (("without", WITHOUT), ("with", WITH)):
            told = _measure(before=words, **of)  # type: ignore[arg-type]
            print(f"  {judged:8}", "  ".join(f"{key} {value:,.1f}" for key, value in told.items()), flush=True)
    print(before)


if __name__ == "__main__":
    main()
