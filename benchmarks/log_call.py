"""What one `log` call of 10 metrics costs in a hot loop, and what is left of the rows after SIGKILL, beside other loggers.

Each variant runs in a process of its own; the variants take turns, so that a drift of the machine's speed meets all. A hot loop is
the best case: in a training, where caches are cold between calls, every variant costs many times more (`train_loop`).
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

from benchmarks import machine, recovery, variants

CALLS = 20_000
MEASURED_S = 4.0
"""Where so many calls take longer than this, fewer count."""
ROUNDS = 5
KILLS = 5
NO_ROWS = "empty call"


def measure(variant: str, folder: Path, answer: int) -> None:
    """Write the percentiles of one variant in microseconds, and the number of its calls, as JSON."""
    log = variants.VARIANTS[variant](folder)
    times_ns: list[int] = []
    end_s = time.perf_counter() + MEASURED_S
    while len(times_ns) < CALLS and time.perf_counter() < end_s:
        step = len(times_ns)
        values = {f"train/m{index}": step * 0.1 for index in range(10)}
        begun = time.perf_counter_ns()
        log(values, step)
        times_ns.append(time.perf_counter_ns() - begun)
    times_ns.sort()
    calls = len(times_ns)
    found = {"p50": times_ns[calls // 2] / 1e3, "p99": times_ns[calls * 99 // 100] / 1e3, "calls": calls}
    os.write(answer, json.dumps(found).encode())
    os._exit(0)  # peers' exit handlers are not what is measured


def _costs(names: list[str]) -> dict[str, list[dict[str, float]]]:
    found: dict[str, list[dict[str, float]]] = {variant: [] for variant in names}
    for _ in range(ROUNDS):
        for variant in names:
            measured = variants.measured("benchmarks.log_call", variant)
            found[variant] += [measured] if measured else []
    return found


def _recovered(names: list[str]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {variant: [] for variant in names}
    for kill in range(KILLS):
        for variant in names:
            share = recovery.share(variant, seed=kill)
            found[variant] += [share] if share else []
    return found


def _said(kills: list[tuple[int, int]]) -> str:
    if not kills:
        return "not measured"
    recovered, returned = (sum(column) for column in zip(*kills, strict=True))
    worst = min(kill[0] / kill[1] for kill in kills)
    return f"{recovered / returned:.1%} ({recovered} of {returned}, worst {worst:.1%})"


def main() -> None:
    """Print a table of medians over the rounds."""
    names = variants.available()
    before = machine.load()
    costs = _costs(names)
    kills = _recovered([name for name in names if name != NO_ROWS])
    print(f"{before} before, {machine.load()} after\n")
    print("| log(), 10 metrics | hot p50 µs | hot p99 µs | calls ", end="")
    print(f"| rows recovered, 100 Hz, {KILLS} SIGKILLs |\n|---|---|---|---|---|")
    for variant, rounds in costs.items():
        left = "" if variant == NO_ROWS else _said(kills[variant])
        if not rounds:
            print(f"| {variant} | did not run | | | {left} |")
            continue
        middle = {key: statistics.median(item[key] for item in rounds) for key in ("p50", "p99", "calls")}
        print(f"| {variant} | {middle['p50']:,.2f} | {middle['p99']:,.2f} | {middle['calls']:,.0f} | {left} |")
    print(f"\nEach figure is the median of {ROUNDS} processes.")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], Path(sys.argv[2]), variants.quiet())
    machine.describe()
    main()
