"""What reading costs: curves in buckets, a zoom, many runs at once, last values; in a small file and in one with many points more.

python -m benchmarks.store_reads 100000000      the file filled up to so many points

Everything is stored as a server does it and read through `query`, catalogue included. *Cold* is the first question of a process that has
the file in the system's cache; *again* the same question repeated.
"""

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks import machine
from yoloscope.query import series
from yoloscope.records import ids, row
from yoloscope.store import open as opening
from yoloscope.store import ports

PROJECT = ids.ProjectName("benchmark")
WRITER = ids.WriterId("0" * 32)
LONG, LONG_ROWS = ids.RunId("long"), 5_000_000
OVERLAID, OVERLAID_RUNS, OVERLAID_ROWS = "overlaid", 100, 20_000
TABLE, TABLE_RUNS, TABLE_NAMES = "table", 1_000, 40
FILLER, FILLER_NAMES, FILLER_ROWS = "filler", 40, 10_000
LOSS = "train/box_loss"
BATCH_ROWS = 20_000
_TIMES = 25


def main(points: int = 0) -> None:
    """Build the file, then print what each question costs."""
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory)
        began_s = time.perf_counter()
        with opening.open_stores(data) as stores:
            stored = _build(stores, points=points)
        size = sum(path.stat().st_size for path in (data / "series").iterdir())
        print(
            f"{stored:,} points in {size / 1e6:,.0f} MB, built in {time.perf_counter() - began_s:.0f} s; {machine.load()}\n"
        )
        print("| question | bar | cold | again, median | slowest of ten | processor time | points told |")
        print("|---|---|---|---|---|---|---|")
        for question, bar_ms, ask in _questions():
            with opening.open_stores(data) as stores:
                print(_line(question, bar_ms, lambda ask=ask, stores=stores: ask(stores)), flush=True)
        print(f"\nmedian of {_TIMES}; {machine.load()}")


def _questions() -> Iterator[tuple[str, float, Callable[[opening.Stores], str]]]:
    middle = LONG_ROWS // 2
    runs = [ids.RunId(f"{OVERLAID}-{at}") for at in range(OVERLAID_RUNS)]
    for axis in ("step", "epoch", "time", "elapsed"):
        window = series.Window(axis, 2_000)
        yield f"{LONG_ROWS:,} points to 2,000 buckets by {axis}", 40, _curves([LONG], window)
    for axis in ("step", "elapsed"):
        yield (
            f"{OVERLAID_RUNS} runs x {OVERLAID_ROWS:,} points to 500 buckets by {axis}",
            120,
            _curves(runs, series.Window(axis, 500)),
        )
    yield (
        "a zoom to 2,000 points of them, every point",
        3,
        _curves([LONG], series.Window("step", 0, middle, middle + 1_999)),
    )
    yield (
        "a zoom to 100,000 points to 2,000 buckets",
        40,
        _curves([LONG], series.Window("step", 2_000, middle, middle + 99_999)),
    )
    yield f"last values of {TABLE_NAMES} metrics x {TABLE_RUNS:,} runs", 60, _last_values


def _curves(runs: list[ids.RunId], window: series.Window) -> Callable[[opening.Stores], str]:
    def ask(stores: opening.Stores) -> str:
        found = series.series_columns(stores.series, stores.catalog, runs=runs, names=[LOSS], window=window)
        return f"{sum(len(one.x) for one in found):,} of {sum(one.total for one in found):,}"

    return ask


def _last_values(stores: opening.Stores) -> str:
    found = stores.series.last_values(PROJECT, [ids.RunId(f"{TABLE}-{at}") for at in range(TABLE_RUNS)])
    return f"{sum(map(len, found.values())):,}"


def _line(question: str, bar_ms: float, ask: Callable[[], str]) -> str:
    took_ms: list[float] = []
    worked_ms: list[float] = []
    answer = ""
    for _ in range(1 + _TIMES):
        worked_s, began_s = time.process_time(), time.perf_counter()
        answer = ask()
        took_ms.append(1000 * (time.perf_counter() - began_s))
        worked_ms.append(1000 * (time.process_time() - worked_s))
    again = sorted(took_ms[1:])
    slow = again[math.ceil(0.9 * len(again)) - 1]
    figures = (took_ms[0], statistics.median(again), slow, statistics.median(worked_ms[1:]))
    return f"| {question} | {bar_ms:g} ms | {' | '.join(f'{one:.1f} ms' for one in figures)} | {answer} |"


def _build(stores: opening.Stores, *, points: int) -> int:
    random = np.random.default_rng(1)
    stored = _run(stores, LONG, rows=LONG_ROWS, names=1, random=random)
    for at in range(OVERLAID_RUNS):
        stored += _run(stores, ids.RunId(f"{OVERLAID}-{at}"), rows=OVERLAID_ROWS, names=1, random=random)
    for at in range(TABLE_RUNS):
        stored += _run(stores, ids.RunId(f"{TABLE}-{at}"), rows=10, names=TABLE_NAMES, random=random)
    at = 0
    while stored < points:
        stored += _run(stores, ids.RunId(f"{FILLER}-{at}"), rows=FILLER_ROWS, names=FILLER_NAMES, random=random)
        at += 1
    return stored


def _run(stores: opening.Stores, run: ids.RunId, *, rows: int, names: int, random: np.random.Generator) -> int:
    """Store a run and seal it; return its points."""
    stores.catalog.open_run(row.RunRef(run, PROJECT, run, 1))
    attempt = stores.catalog.open_attempt(run, WRITER, row.AttemptRef(0, wall_ns=10**18, mono_ns=10**18))
    batches = (
        _matrix(first, min(BATCH_ROWS, rows - first), names=names, random=random)
        for first in range(0, rows, BATCH_ROWS)
    )
    asked = [stores.series.append(PROJECT, [ports.LaneRows(run, attempt, WRITER, 0, None, (one,))]) for one in batches]
    for one in asked:
        one.result()
    stores.series.seal(PROJECT, run)
    return rows * names


def _matrix(first: int, rows: int, *, names: int, random: np.random.Generator) -> row.Matrix:
    """Return rows a few milliseconds apart, of curves that fall and are noisy, as a training's losses are."""
    step = np.arange(first, first + rows)
    times = 10**18 + step * 5_000_000 + random.integers(0, 1_000_000, rows)
    values = np.exp(-step[:, None] / 1e6) + random.normal(0, 0.05, (rows, names))
    return row.Matrix(
        names=tuple(LOSS if at == 0 else f"metrics/m{at}" for at in range(names)),
        step=step.tobytes(),
        epoch=(step / 5_000).tobytes(),
        wall_ns=times.tobytes(),
        mono_ns=times.tobytes(),
        values=values.astype(np.float32).astype(np.float64).tobytes(),
    )


if __name__ == "__main__":
    machine.describe()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
