"""How many points a second become durable, and how many bytes each takes, beside SQLite with a row a point.

The batches are those of a training: 40 series, 50 rows, 2,000 points, one durable commit each. `store` is the block store alone,
`http` a real server with one client that waits for each acknowledgement.
"""

import json
import math
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from yoloscope.records import ids, row
from yoloscope.sidecar import client
from yoloscope.store import open as store_opening
from yoloscope.store import ports
from yoloscope.wire import codec

BATCHES = 200
SERIES = 40
ROWS = 50
ROUNDS = 3
POINTS = BATCHES * SERIES * ROWS
PROJECT = ids.ProjectName("bench")
RUN = row.RunRef(ids.RunId("bench"), PROJECT, "bench", created_ns=1)
WRITER = ids.WriterId("0" * 32)


def _matrices() -> Iterator[row.Matrix]:
    """Yield batches of decaying, noisy float32 curves, as losses are."""
    random = np.random.default_rng(0)
    names = tuple(f"train/loss{index}_loss" for index in range(SERIES))
    for batch in range(BATCHES):
        step = np.arange(batch * ROWS, (batch + 1) * ROWS, dtype=np.int64)
        decay = np.exp(-step / (BATCHES * ROWS / 4))[:, None]
        values = (decay * (1 + 0.1 * random.standard_normal((ROWS, SERIES)))).astype(np.float32).astype(np.float64)
        wall_ns = 1_700_000_000_000_000_000 + step * 100_000_000 + random.integers(0, 8_000_000, ROWS)
        epoch = step / 500
        yield row.Matrix(names, step.tobytes(), epoch.tobytes(), wall_ns.tobytes(), wall_ns.tobytes(), values.tobytes())


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _store(folder: Path) -> None:
    with store_opening.open_stores(folder) as stores:
        for batch, matrix in enumerate(_matrices()):
            lane = ports.LaneRows(RUN.id, 1, WRITER, 0, batch * ROWS, (matrix,))
            stores.series.append(PROJECT, [lane]).result()
        while stores.series.seal(PROJECT, RUN.id):
            pass


def _rows(folder: Path) -> None:
    database = sqlite3.connect(folder / "rows.db")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE point (series INT, step INT, epoch REAL, wall_ns INT, value REAL)")
    for matrix in _matrices():
        values = np.frombuffer(matrix.values).reshape(ROWS, SERIES)
        axis = zip(
            np.frombuffer(matrix.step, "<i8").tolist(), np.frombuffer(matrix.wall_ns, "<i8").tolist(), strict=True
        )
        points = [
            (series, step, step / 500, wall_ns, value)
            for (step, wall_ns), line in zip(axis, values.tolist(), strict=True)
            for series, value in enumerate(line)
        ]
        with database:
            database.executemany("INSERT INTO point VALUES (?, ?, ?, ?, ?)", points)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _http(folder: Path) -> None:
    command = [sys.executable, "-m", "yoloscope", "up", "--json", "--port", "0", "--data", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    sender = client.Client(json.loads(server.stdout.readline())["url"])
    attempt = row.AttemptRef(0, 1, 1)
    try:
        for batch, matrix in enumerate(_matrices()):
            sent = row.Batch(RUN, attempt, WRITER, 0, batch * ROWS, (matrix,))
            sender.send(codec.body_from_batches([sent]))
    finally:
        sender.close()
        server.terminate()
        server.wait()
        server.stdout.close()


VARIANTS: dict[str, Callable[[Path], None]] = {
    "block store": _store,
    "block store behind HTTP, 1 client (server start included)": _http,
    "SQLite, a row a point": _rows,
}


def main() -> None:
    """Print a table; the variants take turns."""
    seconds: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    size_bytes: dict[str, float] = dict.fromkeys(VARIANTS, math.nan)
    for _ in range(ROUNDS):
        for variant, write in VARIANTS.items():
            with tempfile.TemporaryDirectory() as folder:
                begun = time.perf_counter()
                write(Path(folder))
                seconds[variant].append(time.perf_counter() - begun)
                size_bytes[variant] = _size(Path(folder))
    print(
        f"| {BATCHES} durable batches of {SERIES * ROWS} points, median of {ROUNDS} | points/s | bytes/point |\n|---|---|---|"
    )
    for variant, times in seconds.items():
        print(f"| {variant} | {POINTS / statistics.median(times):,.0f} | {size_bytes[variant] / POINTS:.1f} |")


if __name__ == "__main__":
    main()
