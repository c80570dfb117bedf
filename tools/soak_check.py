"""What must hold after a soak: contents equal to the ledgers, and memory that does not grow."""

import json
import struct
import urllib.parse
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from soak_training import WORD, expected, series

Get = Callable[[str], bytes]
SERVER_GROWTH_BYTES = 32 * 1024 * 1024
SIDECAR_GROWTH_BYTES = 4 * 1024 * 1024
"""What a line fitted to the last two thirds of a soak may rise. The server keeps totals of every series it was told of, about 1 kB
each, and an hour makes a thousand; caches of SQLite fill up to their limit; a restart begins lower and rises again, which tilts the
line. A sidecar keeps a place a lane and its buffers, and pages that the allocator does not give back after a large body. A leak of
100 bytes a row would be far above both: eight trainings log some five million rows in an hour."""


class Difference(msgspec.Struct, frozen=True):
    """What one thread of one training left that the server does not hold as it should."""

    run: str
    series: str
    said: str


class Compared(msgspec.Struct, frozen=True):
    """How the server's contents compare with all ledgers."""

    trainings: int
    threads: int
    rows_returned: int
    rows_stored: int
    differences: list[Difference]


def compare(folder: Path, get: Get) -> Compared:
    """Return the comparison of every ledger in a folder with what the server answers."""
    trainings = sorted(int(path.stem) for path in folder.glob("*.run"))
    threads = returned_rows = stored_rows = 0
    differences: list[Difference] = []
    for number in trainings:
        run = json.loads((folder / f"{number}.run").read_text())["run"]
        more = 0 if (folder / f"{number}.finished").exists() else 1
        ledger = (folder / f"{number}.ledger").read_bytes()
        for thread, (returned,) in enumerate(WORD.iter_unpack(ledger)):
            names = series(number, thread)
            found = _columns(get, run, names) if returned else {}
            threads += 1
            returned_rows += returned
            for place, name in enumerate(names):
                steps, values = found.get(name, (np.empty(0), np.empty(0)))
                stored_rows += len(steps) if place == 0 else 0
                said = _difference(
                    steps, values, number=number, thread=thread, place=place, returned=returned, more=more
                )
                differences += [Difference(run, name, said)] if said else []
    runs = {str(json.loads((folder / f"{number}.run").read_text())["run"]) for number in trainings}
    differences += [Difference(run, "", said) for run in sorted(runs) if (said := _not_told_whole(get, run))]
    return Compared(len(trainings), threads, returned_rows, stored_rows, differences)


def _not_told_whole(get: Get, run: str) -> str:
    """Return what a run's own account says is lost or still to come, an empty text if nothing is."""
    detail = json.loads(get(f"/api/v1/runs/{run}"))
    told = {"lost": detail["lost"], "deferred": detail["deferred"]}
    return f"the run says {told}" if any(told.values()) else ""


def _difference(  # noqa: PLR0913 - a column, and whose it is
    steps: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    number: int,
    thread: int,
    place: int,
    returned: int,
    more: int,
) -> str:
    """Return what is wrong with a column, an empty text if nothing is."""
    count = len(steps)
    if len(np.unique(steps)) != count:
        return f"{count - len(np.unique(steps))} rows are there twice"
    if not returned <= count <= returned + more:
        missing = np.setdiff1d(np.arange(returned), steps)
        return f"{returned} rows returned, {count} stored; {len(missing)} missing, from {missing[:1].tolist()} on"
    order = np.argsort(steps)
    if not np.array_equal(steps[order], np.arange(count)):
        return "the steps are not those that were logged"
    wanted = np.array([expected(number, thread, row)[place] for row in range(count)], dtype=np.float64)
    wrong = np.flatnonzero(~((values[order] == wanted) | (np.isnan(values[order]) & np.isnan(wanted))))
    return f"{len(wrong)} values differ, first at step {wrong[0]}" if len(wrong) else ""


def _columns(get: Get, run: str, names: Sequence[str]) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return steps and values of each series that the server has, all points."""
    query = urllib.parse.urlencode([("run", run), *(("name", name) for name in names), ("x", "step"), ("buckets", "0")])
    body = get(f"/api/v1/series?{query}")
    (length,) = struct.unpack_from("<I", body, 8)
    header = msgspec.msgpack.decode(body[12 : 12 + length])
    begin = (12 + length + 7) // 8 * 8
    found: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for one in header["series"]:
        x, y = (
            np.frombuffer(body, "<f8", count=one["columns"][key][1], offset=begin + one["columns"][key][0])
            for key in ("x", "y")
        )
        found[one["name"]] = (x, y)
    return found


def growth_bytes(samples: Sequence[tuple[float, int]]) -> float:
    """Return by how much a line fitted to the last two thirds of (seconds, bytes) rises over them; 0 with too few."""
    begin_s, end_s = samples[0][0], samples[-1][0]
    late = [(at, size) for at, size in samples if at >= begin_s + (end_s - begin_s) / 3]
    if len(late) < 6:
        return 0.0
    slope = np.polyfit([at for at, _ in late], [size for _, size in late], 1)[0]
    return float(slope * (late[-1][0] - late[0][0]))
