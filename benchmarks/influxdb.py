"""InfluxDB beside the embedded store, through the same calls: what goes in durably, what it takes, and how fast charts are answered.

A real influxd from Debian on loopback, with its write-ahead log synced at every write, as it is by default. Batches are those of a
training: 40 series, 50 rows, 2,000 points. Queries are those of the series endpoint without HTTP.
"""

import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks import machine, realistic
from yoloscope.query import series
from yoloscope.records import ids, row
from yoloscope.store import open as store_opening
from yoloscope.store import ports
from yoloscope.store.influxdb import lines

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from contracts import influxd as servers

ROWS = 50
BATCHES = 500
LONG = 5_000_000
RUNS, RUN_ROWS = 100, 20_000
SMALL_RUNS = 1_000
SETTLES_S = 15.0  # without a change of size: what was in write-ahead logs is where it stays
_COLD = 'cache-snapshot-write-cold-duration = "5s"\n  compact-full-write-cold-duration = "10s"'
QUERIES = 7
PROJECT = ids.ProjectName("bench")
WRITER = ids.WriterId("0" * 32)
LOSS = "train/box_loss"
_START_NS = 1_700_000_000_000_000_000


def main() -> None:
    """Print the table of both stores."""
    measured = {}
    with tempfile.TemporaryDirectory() as folder:
        measured["blocks"] = _measured(Path(folder) / "data", url=None, sized=[Path(folder) / "data"])
    with tempfile.TemporaryDirectory() as folder:
        server = servers.Influxd(Path(folder) / "influxd", data_options=_COLD)
        try:
            sized = [Path(folder) / "influxd", Path(folder) / "data"]
            measured["InfluxDB"] = _measured(Path(folder) / "data", url=f"{server.url}/bench", sized=sized)
        finally:
            server.stop()
    print(f"| | {' | '.join(measured)} |\n|---|{'---|' * len(measured)}")
    for what in measured["blocks"]:
        print(f"| {what} | {' | '.join(of[what] for of in measured.values())} |")
    print(f"\none line a row, 40 values each: {_encoding_us():.2f} µs a point to encode; {machine.load()}")


def _measured(data: Path, *, url: str | None, sized: list[Path]) -> dict[str, str]:
    told: dict[str, str] = {}
    points = BATCHES * ROWS * realistic.SERIES
    with store_opening.open_stores(data, store_url=url) as stores:
        seconds, took_ms = _written(stores)
        stores.series.seal(PROJECT, ids.RunId("wide"))
    told["durable, points/s"] = f"{points / seconds:,.0f}"
    told["a batch of 2,000, ms p50 / p99"] = f"{np.percentile(took_ms, 50):.1f} / {np.percentile(took_ms, 99):.1f}"
    wide = _settled(sized)
    told["bytes a point on disk, 40 series a row"] = f"{wide / points:.1f}"
    with store_opening.open_stores(data, store_url=url) as stores:
        begun = time.perf_counter()
        _fill(stores, "long", rows=LONG)
        told["a series of 5 M points in, s"] = f"{time.perf_counter() - begun:.0f}"
        for number in range(RUNS):
            _fill(stores, f"r{number}", rows=RUN_ROWS)
    told["bytes a point on disk, 1 series a row"] = f"{(_settled(sized) - wide) / (LONG + RUNS * RUN_ROWS):.1f}"
    with store_opening.open_stores(data, store_url=url) as stores:
        _fill_small(stores)
        told |= _asked(stores)
        begun = time.perf_counter()
        stores.series.remove(PROJECT, ids.RunId("wide"))
        told["delete a run of 1 M points, ms until it is gone"] = f"{(time.perf_counter() - begun) * 1e3:.0f}"
    return told


def _asked(stores: store_opening.Stores) -> dict[str, str]:
    runs = [ids.RunId(f"r{number}") for number in range(RUNS)]
    small = [ids.RunId(f"s{number}") for number in range(SMALL_RUNS)]

    def curves(of: list[ids.RunId], window: series.Window) -> Callable[[], object]:
        return lambda: series.series_columns(stores.series, stores.catalog, runs=of, names=[LOSS], window=window)

    long = [ids.RunId("long")]
    middle = LONG // 2
    asked = {
        "5 M points → 2,000 buckets, ms": curves(long, series.Window("step", 2_000)),
        "100 runs × 20,000 → 500 buckets, ms": curves(runs, series.Window("step", 500)),
        "2,000 points as they are, of 5 M, ms": curves(long, series.Window("step", 0, middle, middle + 1_999)),
        "last values, 40 series × 1,000 runs, ms": lambda: stores.series.last_values(PROJECT, small),
    }
    return {what: f"{_median_ms(ask):.1f}" for what, ask in asked.items()}


def _median_ms(ask: Callable[[], object]) -> float:
    took: list[float] = []
    for _ in range(QUERIES):
        begun = time.perf_counter()
        ask()
        took.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(took)


def _written(stores: store_opening.Stores) -> tuple[float, list[float]]:
    """Return the seconds that batches of one run took, and the milliseconds of each."""
    matrices = list(realistic.matrices(BATCHES * ROWS, rows=ROWS))
    _open(stores, "wide")
    took_ms: list[float] = []
    begun = time.perf_counter()
    for matrix in matrices:
        sent = time.perf_counter()
        _append(stores, "wide", [matrix])
        took_ms.append((time.perf_counter() - sent) * 1e3)
    return time.perf_counter() - begun, took_ms


def _fill(stores: store_opening.Stores, name: str, *, rows: int) -> None:
    _open(stores, name)
    random = np.random.default_rng(rows)
    for first in range(0, rows, 10_000):
        step = np.arange(first, min(first + 10_000, rows), dtype=np.int64)
        wall = (_START_NS + step * 100_000_000).tobytes()
        values = np.float32(np.exp(-step / rows) * (1 + 0.1 * random.standard_normal(len(step)))).astype(np.float64)
        _append(
            stores, name, [row.Matrix((LOSS,), step.tobytes(), (step / 500).tobytes(), wall, wall, values.tobytes())]
        )
    while stores.series.seal(PROJECT, ids.RunId(name)):
        continue


def _fill_small(stores: store_opening.Stores) -> None:
    matrix = realistic.matrix(0, 2, of=10, seed=1)
    for number in range(SMALL_RUNS):
        _append(stores, f"s{number}", [matrix])


def _open(stores: store_opening.Stores, name: str) -> None:
    run = ids.RunId(name)
    stores.catalog.open_run(row.RunRef(run, PROJECT, name, 1))
    stores.catalog.open_attempt(run, WRITER, row.AttemptRef(0, 1, 1))


def _append(stores: store_opening.Stores, name: str, matrices: list[row.Matrix]) -> None:
    lane = ports.LaneRows(ids.RunId(name), 1, WRITER, 0, None, tuple(matrices))
    stores.series.append(PROJECT, [lane]).result()


def _encoding_us() -> float:
    """Return the microseconds a point that lines take to be made."""
    matrices = list(_some_matrices())
    begun = time.perf_counter()
    for matrix in matrices:
        "\n".join(lines.of_matrix(matrix, head="m,run=r ", place=1, at=lines.wall_ns(matrix))).encode()
    return (time.perf_counter() - begun) * 1e6 / (len(matrices) * ROWS * realistic.SERIES)


def _some_matrices() -> Iterator[row.Matrix]:
    yield from realistic.matrices(200 * ROWS, rows=ROWS)


def _settled(folders: list[Path]) -> int:
    """Return the bytes that folders take once they do not change any more."""
    size, since = -1, time.monotonic()
    while time.monotonic() - since < SETTLES_S:
        found = sum(map(_size, folders))
        if found != size:
            size, since = found, time.monotonic()
        time.sleep(1.0)
    return size


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_blocks * 512 if path.is_file() else 0
    return total
