"""What one `log` call of 10 metrics costs in a hot loop, beside other loggers.

Each variant runs in a process of its own; the variants take turns, so that a drift of the machine's speed meets all. A hot loop is
the best case: in a training, where caches are cold between calls, every variant costs many times more (`train_loop`).
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import variants

CALLS = 20_000
SLOW_CALLS = 300
"""For loggers that take milliseconds."""
ROUNDS = 5


def measure(variant: str, out: int) -> None:
    """Write the percentiles of one variant, in microseconds, as JSON."""
    calls = SLOW_CALLS if variant in variants.MODULES else CALLS
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = variants.VARIANTS[variant](Path(folder))
        times_ns: list[int] = []
        for step in range(calls):
            values = {f"train/m{index}": step * 0.1 for index in range(10)}
            begun = time.perf_counter_ns()
            log(values, step)
            times_ns.append(time.perf_counter_ns() - begun)
        times_ns.sort()
        found = {"p50": times_ns[calls // 2] / 1e3, "p99": times_ns[calls * 99 // 100] / 1e3}
        os.write(out, json.dumps(found).encode())
        os._exit(0)  # peers' exit handlers are not what is measured


def main() -> None:
    """Print a table of medians over the rounds."""
    names = variants.available()
    found: dict[str, list[dict[str, float]]] = {variant: [] for variant in names}
    for _ in range(ROUNDS):
        for variant in names:
            measured = variants.measured("benchmarks.log_call", variant)
            found[variant] += [measured] if measured else []
    print(f"| log(), 10 metrics, hot loop, median of {ROUNDS} processes | p50 µs | p99 µs |\n|---|---|---|")
    for variant, rounds in found.items():
        if not rounds:
            print(f"| {variant} | did not run | |")
            continue
        middle = {key: statistics.median(item[key] for item in rounds) for key in ("p50", "p99")}
        print(f"| {variant} | {middle['p50']:.2f} | {middle['p99']:.2f} |")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        answer = os.dup(1)
        variants.quiet()
        measure(sys.argv[1], answer)
    main()
