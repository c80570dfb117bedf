"""What logging adds to a paced training loop: steps of 10 ms, then one row of 10 metrics.

A step does a fixed amount of numpy work (about 4 ms) and waits for the rest, as a training waits for its GPU; caches are cold when
`log` is called. Blocks with and without the call take turns within one process. Two figures a variant, medians over the pairs: the
wall time spent in `log`, and by how much the main thread's CPU time grows, which also sees what the call slows down afterwards.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks import machine, variants

PAIRS = 20
STEPS = 50
STEP_S = 0.010
WORK_S = 0.004


class Work:
    """Some matrix products, as many as take `WORK_S` on this machine."""

    def __init__(self) -> None:
        self._matrix = np.random.default_rng(0).standard_normal((128, 128))
        self._times = 1
        begun_s = time.thread_time()
        for _ in range(200):
            self()
        self._times = max(1, round(200 * WORK_S / (time.thread_time() - begun_s)))

    def __call__(self) -> None:
        """Do one step's work."""
        for _ in range(self._times):
            self._matrix = np.tanh(self._matrix @ self._matrix / 128)


def _block(log: variants.Log, work: Work, *, first_step: int) -> tuple[float, float]:
    """Return the seconds spent in `log` and the main thread's CPU seconds, a step."""
    spent_s = 0.0
    cpu_s = time.thread_time()
    due_s = time.perf_counter()
    for step in range(first_step, first_step + STEPS):
        work()
        values = {f"train/m{index}": step * 0.1 for index in range(10)}
        begun_s = time.perf_counter()
        log(values, step)
        now_s = time.perf_counter()
        spent_s += now_s - begun_s
        due_s = max(due_s + STEP_S, now_s)
        time.sleep(due_s - now_s)
    return spent_s / STEPS, (time.thread_time() - cpu_s) / STEPS


def measure(variant: str, folder: Path, answer: int) -> None:
    """Write wall and CPU microseconds a step of one variant as JSON: medians, and quartiles of the CPU."""
    log = variants.VARIANTS[variant](folder)
    floor = variants.nothing(folder)
    work = Work()
    wall: list[float] = []
    cpu: list[float] = []
    for pair in range(PAIRS):
        if pair % 2:
            with_log, without = _block(log, work, first_step=pair * STEPS), _block(floor, work, first_step=0)
        else:
            without, with_log = _block(floor, work, first_step=0), _block(log, work, first_step=pair * STEPS)
        wall.append((with_log[0] - without[0]) * 1e6)
        cpu.append((with_log[1] - without[1]) * 1e6)
    low, middle, high = statistics.quantiles(cpu, n=4)
    found = {"wall": statistics.median(wall), "cpu": middle, "cpu_low": low, "cpu_high": high}
    os.write(answer, json.dumps(found).encode())
    os._exit(0)  # peers' exit handlers are not what is measured


def main() -> None:
    """Print a table."""
    before = machine.load()
    rows = {variant: variants.measured("benchmarks.train_loop", variant) for variant in variants.available()}
    print(f"{before} before, {machine.load()} after\n")
    print(f"| paced loop, 10 ms steps, 10 metrics, median of {PAIRS} pairs of {STEPS} steps ", end="")
    print("| wall in log(), µs a step | main thread's extra CPU, µs a step (quartiles) |\n|---|---|---|")
    for variant, found in rows.items():
        if found is None:
            print(f"| {variant} | did not run | |")
            continue
        print(f"| {variant} | {found['wall']:,.0f} ", end="")
        print(f"| {found['cpu']:,.0f} ({found['cpu_low']:,.0f} to {found['cpu_high']:,.0f}) |")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], Path(sys.argv[2]), variants.quiet())
    machine.describe()
    main()
