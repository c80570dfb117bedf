"""What one `log` call of 10 metrics costs in a hot loop, beside a CSV writer that flushes each row.

Each variant runs in a process of its own; the variants take turns, so that a drift of the machine's speed meets all. A hot loop is
the best case: in a training, where caches are cold between calls, every variant costs ten times more.
"""

import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CALLS = 20_000
ROUNDS = 5
Log = Callable[[dict[str, float], int], None]


def _ours(folder: Path) -> Log:
    import yoloscope  # noqa: PLC0415  # measured in a process of its own

    run = yoloscope.init(mode="offline", directory=folder)
    return lambda values, step: run.log(values, step=step)


def _csv_flushed(folder: Path) -> Log:
    file = (folder / "log.csv").open("w", newline="")
    writer = csv.writer(file)

    def log(values: dict[str, float], step: int) -> None:
        writer.writerow([step, *values.values()])
        file.flush()

    return log


def _nothing(folder: Path) -> Log:
    del folder
    return lambda values, step: None  # noqa: ARG005  # the floor: the loop and the clock


VARIANTS: dict[str, Callable[[Path], Log]] = {"yoloscope": _ours, "csv flushed": _csv_flushed, "empty call": _nothing}


def measure(variant: str) -> None:
    """Print the percentiles of one variant, in microseconds, as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        log = VARIANTS[variant](Path(folder))
        times_ns: list[int] = []
        for step in range(CALLS):
            values = {f"train/m{index}": step * 0.1 for index in range(10)}
            begun = time.perf_counter_ns()
            log(values, step)
            times_ns.append(time.perf_counter_ns() - begun)
    times_ns.sort()
    print(json.dumps({"p50": times_ns[CALLS // 2] / 1e3, "p99": times_ns[CALLS * 99 // 100] / 1e3}))


def main() -> None:
    """Print a table of medians over the rounds."""
    found: dict[str, list[dict[str, float]]] = {variant: [] for variant in VARIANTS}
    for _ in range(ROUNDS):
        for variant in VARIANTS:
            command = [sys.executable, "-m", "benchmarks.log_call", variant]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[variant].append(json.loads(done.stdout))
    print(f"| log(), 10 metrics, {CALLS} calls, median of {ROUNDS} processes | p50 µs | p99 µs |\n|---|---|---|")
    for variant, rounds in found.items():
        middle = {key: statistics.median(item[key] for item in rounds) for key in ("p50", "p99")}
        print(f"| {variant} | {middle['p50']:.2f} | {middle['p99']:.2f} |")


if __name__ == "__main__":
    measure(sys.argv[1]) if len(sys.argv) > 1 else main()
