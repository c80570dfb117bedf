"""One training of the soak: threads that log at their own pace and note each returned row in a ledger of their own.

The ledger is a plain mapped file, one u64 a thread, so that it survives SIGKILL and shares nothing with the code under test. What a
row holds follows from the training's number, the thread and the row's number, so that `soak_check` knows it without being told.
"""

import json
import math
import mmap
import struct
import sys
import threading
import time
from pathlib import Path

import yoloscope

WORD = struct.Struct("=Q")
ODD_EVERY = 97
"""Each so many rows one value is NaN or infinite: they are values too."""


def series(number: int, thread: int) -> tuple[str, str]:
    """Return the names of the two series that a thread of a training writes."""
    return f"train/p{number}t{thread}a", f"train/p{number}t{thread}b"


def expected(number: int, thread: int, row: int) -> tuple[float, float]:
    """Return the two values of a row."""
    odd = (math.nan, math.inf, -math.inf)[row // ODD_EVERY % 3] if row % ODD_EVERY == ODD_EVERY - 1 else None
    return (row * 0.1 + number if odd is None else odd), float(-row) - thread / 4


def _loop(run: yoloscope.Run, ledger: mmap.mmap, *, number: int, thread: int, rate_hz: float, stop: Path) -> None:
    first, second = series(number, thread)
    due_s = time.perf_counter()
    row = 0
    while row % 16 or not stop.exists():
        one, other = expected(number, thread, row)
        run.log({first: one, second: other}, step=row)
        row += 1
        WORD.pack_into(ledger, WORD.size * thread, row)
        due_s = max(due_s + 1 / rate_hz, time.perf_counter() - 1)
        time.sleep(max(0.0, due_s - time.perf_counter()))


def main(server: str, folder: Path, plan: dict[str, object]) -> None:
    """Log until a file named `stop` appears, then finish."""
    number = int(str(plan["number"]))
    run = yoloscope.init("soak", f"t{number}", server=server, resume=plan["resume"] or None)  # type: ignore[arg-type]
    rates_hz = [float(rate) for rate in plan["rates_hz"]]  # type: ignore[attr-defined]
    with (folder / f"{number}.ledger").open("w+b") as file:
        file.truncate(WORD.size * len(rates_hz))
        ledger = mmap.mmap(file.fileno(), WORD.size * len(rates_hz))
    temporary = folder / f"{number}.tmp"
    temporary.write_text(json.dumps({"run": run.id}))
    temporary.rename(folder / f"{number}.run")
    threads = [
        threading.Thread(
            target=_loop,
            args=(run, ledger),
            kwargs={"number": number, "thread": thread, "rate_hz": rate_hz, "stop": folder / "stop"},
        )
        for thread, rate_hz in enumerate(rates_hz)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.finish()
    (folder / f"{number}.finished").touch()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]))
