"""What `print` of one line costs with and without the copy for the run's page, into nothing, a pipe and a terminal.

Each case runs in a process of its own; with and without take turns, so that a drift of the machine's speed meets both. The reader of
the pipe and of the terminal takes all that comes at once.
"""

import json
import os
import pty
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from yoloscope.sdk import console

CALLS = 50_000
ROUNDS = 5
LINE = "      12/100      1.23G      1.234      0.567      1.012         15        640"
CASES = ("/dev/null", "pipe", "terminal")


def measure(folder: Path, *, copied: bool, answer: int) -> None:
    """Print lines and write the percentiles of a call in microseconds as JSON."""
    if copied:
        console.Console().open(folder)
    times_ns: list[int] = []
    for _ in range(CALLS):
        begun = time.perf_counter_ns()
        print(LINE)
        times_ns.append(time.perf_counter_ns() - begun)
    times_ns.sort()
    found = {"p50": times_ns[CALLS // 2] / 1e3, "p99": times_ns[CALLS * 99 // 100] / 1e3}
    os.write(answer, json.dumps(found).encode())
    os._exit(0)


def _measured(case: str, *, copied: bool) -> dict[str, float]:
    """Return the percentiles of one process whose standard output is nothing, a pipe or a terminal."""
    read, answer = os.pipe()
    source, output = _output(case)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.print_call", folder, str(int(copied)), str(answer)]
        with subprocess.Popen(command, stdout=output, pass_fds=[answer]):
            os.close(answer)
            os.close(output)
            if source is not None:
                threading.Thread(target=_drain, args=(source,), daemon=True).start()
            with os.fdopen(read, "rb") as told:
                return json.loads(told.read())


def _output(case: str) -> tuple[int | None, int]:
    if case == os.devnull:
        return None, os.open(os.devnull, os.O_WRONLY)
    return os.pipe() if case == "pipe" else pty.openpty()


def _drain(source: int) -> None:
    try:
        while os.read(source, 1 << 20):
            pass
    except OSError:  # a terminal whose other side is closed
        pass
    os.close(source)


def main() -> None:
    """Print the table."""
    lines = ["| `print` of a line into | without p50/p99 | with p50/p99 |", "|---|---|---|"]
    for case in CASES:
        found = {copied: [_measured(case, copied=copied) for _ in range(ROUNDS)] for copied in (False, True)}
        best = {copied: min(rounds, key=lambda one: one["p50"]) for copied, rounds in found.items()}
        cells = [f"{best[copied]['p50']:.1f} / {best[copied]['p99']:.1f} µs" for copied in (False, True)]
        lines.append(f"| {case} | {cells[0]} | {cells[1]} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]), copied=sys.argv[2] == "1", answer=int(sys.argv[3]))
    main()
