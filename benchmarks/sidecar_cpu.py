"""What the sidecar of one training takes of a core and of the memory, watched and unwatched, its server on this machine.

A training logs 10 metrics at a steady rate; the CPU time of its sidecar is read before and after the measured time. Telemetry, once
it exists, counts apart. "Watched" means that a browser has the run open, so that the server asks for new rows each 100 ms.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
from websockets.sync.client import connect

from benchmarks import machine, serving, variants

WARM_S = 5.0
MEASURED_S = 30.0
RATES_HZ = (0, 10, 100)
TRAINING = """
import sys, time
import yoloscope
run = yoloscope.init(project="bench", server=sys.argv[1], directory=sys.argv[2])
print(run.id, flush=True)
rate_hz, step, due_s = int(sys.argv[3]), 0, time.perf_counter()
while True:
    if rate_hz:
        run.log({f"train/m{index}": step * 0.1 for index in range(10)}, step=step)
    step += 1
    due_s += 1 / max(rate_hz, 1)
    time.sleep(max(0.0, due_s - time.perf_counter()))
"""


class Taken(msgspec.Struct, frozen=True):
    """What one sidecar took: its share of a core, and its memory at the end."""

    share: float
    resident_bytes: int


def measure(server: serving.Server, *, rate_hz: int, watched: bool) -> Taken:
    """Return what the sidecar of a training of this rate takes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-c", TRAINING, server.url, folder, str(rate_hz)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as training, contextlib.ExitStack() as open_:
            open_.callback(variants.end_left, folder)
            open_.callback(training.kill)
            assert training.stdout is not None
            run = training.stdout.readline().strip()
            if watched:
                open_.enter_context(_watching(server, run))
            time.sleep(WARM_S)
            return _taken(_sidecar_of(training.pid))


def _sidecar_of(pid: int) -> psutil.Process:
    (found,) = psutil.Process(pid).children()
    return found


def _taken(sidecar: psutil.Process) -> Taken:
    before, begun_s = sidecar.cpu_times(), time.perf_counter()
    time.sleep(MEASURED_S)
    after, spent_s = sidecar.cpu_times(), time.perf_counter() - begun_s
    cpu_s = after.user + after.system - before.user - before.system
    return Taken(cpu_s / spent_s, sidecar.memory_info().rss)


@contextlib.contextmanager
def _watching(server: serving.Server, run: str) -> Iterator[None]:
    url = server.url.replace("http", "ws", 1) + "/api/v1/live"
    headers = {"Authorization": f"Bearer {server.token}"}
    with connect(url, additional_headers=headers, proxy=None, max_queue=None) as socket:
        socket.send(msgspec.json.encode({"type": "watch", "runs": [run]}).decode())
        yield


def main(rounds: int = 1) -> None:
    """Print a table."""
    before = machine.load()
    with tempfile.TemporaryDirectory() as data, serving.server(Path(data)) as server:
        os.environ["YOLOSCOPE_TOKEN"] = server.token
        cases = [(rate_hz, watched) for watched in (False, True) for rate_hz in RATES_HZ]
        rows = {case: [measure(server, rate_hz=case[0], watched=case[1]) for _ in range(rounds)] for case in cases}
    print(f"{before} before, {machine.load()} after\n")
    print(f"| sidecar, {MEASURED_S:.0f} s, 10 metrics a row | share of a core | memory MB |\n|---|---|---|")
    for (rate_hz, watched), found in rows.items():
        share = statistics.median(one.share for one in found)
        resident = statistics.median(one.resident_bytes for one in found)
        state = "watched" if watched else "unwatched"
        print(f"| {rate_hz} rows/s, {state} | {share:.2%} | {resident / 1e6:.0f} |")


if __name__ == "__main__":
    machine.describe()
    main()
