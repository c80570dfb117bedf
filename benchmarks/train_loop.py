"""What logging adds to a paced training loop: a step of about 10 ms of numpy work, then one row of 10 metrics.

Pairs of blocks, with and without the call, take turns within one process; the figure is the median over the pairs of the main
thread's extra wall time a step. Caches are cold between calls, as in a training.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import variants

PAIRS = 20
STEPS = 50
STEP_S = 0.010


def _block(log: variants.Log, *, first_step: int) -> tuple[float, float]:
    """Return the seconds spent in `log` and the main thread's CPU seconds, a step."""
    work = np.random.default_rng(0).standard_normal((256, 256))
    spent_s = 0.0
    cpu_s = time.thread_time()
    for step in range(first_step, first_step + STEPS):
        end_s = time.perf_counter() + STEP_S
        while time.perf_counter() < end_s:
            work = np.tanh(work @ work / 256)
        values = {f"train/m{index}": step * 0.1 for index in range(10)}
        begun_s = time.perf_counter()
        log(values, step)
        spent_s += time.perf_counter() - begun_s
    return spent_s / STEPS, (time.thread_time() - cpu_s) / STEPS


def measure(variant: str, out: int) -> None:
    """Write the median extra microseconds a step of one variant, as JSON."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = variants.VARIANTS[variant](Path(folder))
        floor = variants.nothing(Path(folder))
        wall: list[float] = []
        for pair in range(PAIRS):
            with_log, without = _block(log, first_step=pair * STEPS), _block(floor, first_step=0)
            wall.append(with_log[0] - without[0])
        os.write(out, json.dumps({"wall": statistics.median(wall) * 1e6}).encode())
        os._exit(0)  # peers' exit handlers are not what is measured


def main() -> None:
    """Print a table."""
    print(f"| paced loop, 10 ms steps, 10 metrics, median of {PAIRS} pairs | extra µs a step |\n|---|---|")
    for variant in variants.available():
        found = variants.measured("benchmarks.train_loop", variant)
        print(f"| {variant} | {found['wall']:.1f} |" if found else f"| {variant} | did not run |")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        answer = os.dup(1)
        variants.quiet()
        measure(sys.argv[1], answer)
    main()
