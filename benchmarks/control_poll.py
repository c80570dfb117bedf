"""What a safe point costs at which nothing is asked, beside a bare `os.stat` of the same file and a call of `run.log`.

The file lies where trainings write, below the folder that is given, by default a temporary one. Each case runs by itself; the best of some rounds
counts, since whatever else the machine does only adds.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yoloscope
from yoloscope.sdk import launch_sidecar
from yoloscope.spool import inbox

CALLS = 20_000
ROUNDS = 7


def _per_call_ns(call: Callable[[], object]) -> tuple[float, float]:
    """Return the median and the 99th percentile of a call, of the round with the smallest median."""
    best: tuple[float, float] | None = None
    for _ in range(ROUNDS):
        times_ns: list[int] = []
        for _ in range(CALLS):
            begun = time.perf_counter_ns()
            call()
            times_ns.append(time.perf_counter_ns() - begun)
        times_ns.sort()
        found = statistics.median(times_ns), float(times_ns[CALLS * 99 // 100])
        best = found if best is None else min(best, found)
    assert best is not None
    return best


def main(folder: str | None = None) -> None:
    """Print the table."""
    launch_sidecar.start = lambda _: None
    with tempfile.TemporaryDirectory(dir=folder) as root:
        os.environ["YOLOSCOPE_DIR"] = root
        run = yoloscope.init(project="bench", server="http://127.0.0.1:9")
        assert run.directory is not None
        path = str(inbox.path(Path(run.directory)))
        numbers = {f"train/m{index}": 0.1 for index in range(10)}
        cases: dict[str, Callable[[], object]] = {
            "nothing (the clock itself)": lambda: None,
            "`os.stat`": lambda: os.stat(path),  # noqa: PTH116  # what is compared
            "`run.safe_point()`": run.safe_point,
            "`run.log` of 10 numbers": lambda: run.log(numbers, step=1),
        }
        lines = ["| call | p50 µs | p99 µs |", "|---|---|---|"]
        for name, call in cases.items():
            median_ns, high_ns = _per_call_ns(call)
            lines.append(f"| {name} | {median_ns / 1e3:.2f} | {high_ns / 1e3:.2f} |")
        run.finish()
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
