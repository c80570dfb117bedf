"""Half an hour of everything at once against one server: trainings that come and go, readers, deletions, backups; not in CI.

    python tools/mixed_load.py                     30 minutes
    python tools/mixed_load.py --minutes 3 --store influxdb://127.0.0.1:8086/mixed

Six writers send runs of 20,000 rows of 40 series one after the other, resumed in between; readers ask for curves, overlays and filtered
pages; now and then a finished run is moved to the trash and removed, and a backup is made. At the end every row of every run that is left
is compared with what was sent, and the memory of the last third with that of the second. The summary is JSON; exit code 1 if anything differs.
"""

import argparse
import http.client
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib import parse

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import realistic, serving
from benchmarks.store import anonymous_mb

from yoloscope.records import ids, row
from yoloscope.store import open as store_opening
from yoloscope.wire import codec, protocol

WRITERS = 6
RUN_ROWS = 20_000
RESUMED_AT = 15_000
RESUMED_FROM = 12_000
ROWS = 50
RATE_POINTS_S = 40_000
PROJECT = ids.ProjectName("mixed")
GROWTH_MOST = 1.10
"""Between the second and the last third of the time: what caches do not explain."""


class Load:
    """What was sent, what was removed, and what went wrong."""

    def __init__(self, server: serving.Server, data: Path) -> None:
        self.server = server
        self.data = data
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.sent: dict[str, list[tuple[int, int, int]]] = {}
        self.finished: list[str] = []
        self.removed: set[str] = set()
        self.faults: list[str] = []
        self.asked = 0
        self.backups = 0
        self.memory_mb: list[float] = []

    def request(
        self, method: str, path: str, body: bytes | None = None, *, headers: dict[str, str] | None = None
    ) -> bytes:
        """Return the body of an answer.

        Raises:
            RuntimeError: if the server refuses.
        """
        connection = http.client.HTTPConnection(parse.urlsplit(self.server.url).netloc, timeout=120)
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {self.server.token}", **(headers or {})})
            answer = connection.getresponse()
            told = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path[:80]}: {answer.status} {told[:200]!r}")
        return told

    def guarded(self, work: Callable[[], None]) -> None:
        """Repeat some work until the end; what it raises is noted."""
        while not self.stop.is_set():
            try:
                work()
            except (RuntimeError, OSError, http.client.HTTPException) as error:
                self.faults.append(str(error))
                time.sleep(1)


def _seed(run: str) -> int:
    return zlib.crc32(run.encode())


def _write(load: Load, writer: int, number: int) -> None:
    """Send one run: 15,000 rows, then a new attempt that begins again at step 12,000."""
    run = f"w{writer}-{number}"
    ref = row.RunRef(ids.RunId(run), PROJECT, run, created_ns=time.time_ns(), tags=("night",) if number % 2 else ())
    load.sent[run] = []
    seq = 0
    for index, (first, end) in enumerate(((0, RESUMED_AT), (RESUMED_FROM, RUN_ROWS))):
        attempt = row.AttemptRef(index, 1 + index, 1, start_step=first if index else None)
        for at in range(first, end, ROWS):
            if load.stop.is_set():
                return
            matrix = realistic.matrix(at, ROWS, of=RUN_ROWS, seed=_seed(run) + index)
            config = (row.Updated("config", {"lr0": 0.01 * writer, "imgsz": 640}),) if not seq else ()
            batch = row.Batch(ref, attempt, ids.WriterId(f"{_seed(run):032x}"), 0, seq, (*config, matrix))
            _post(load, batch)
            load.sent[run].append((at, index, len(load.sent[run])))
            seq += ROWS + len(config)
            time.sleep(WRITERS * ROWS * realistic.SERIES / RATE_POINTS_S)
    _end(load, ref, seq=seq)
    with load.lock:
        load.finished.append(run)


def _end(load: Load, ref: row.RunRef, *, seq: int) -> None:
    """Say that the run is over: only then may it be removed for good."""
    ended = row.Ended("finished", time.time_ns())
    attempt = row.AttemptRef(1, 2, 1, start_step=RESUMED_FROM)
    _post(load, row.Batch(ref, attempt, ids.WriterId(f"{_seed(ref.id):032x}"), 0, seq, (ended,), alive=False))


def _post(load: Load, batch: row.Batch) -> None:
    body = zlib.compress(codec.body_from_batches([batch]), 1)
    headers = {"Content-Type": protocol.CONTENT_TYPE, "Content-Encoding": "deflate"}
    load.request("POST", protocol.INGEST_PATH, body, headers=headers)


def _writer(load: Load, writer: int) -> None:
    number = 0

    def one() -> None:
        nonlocal number
        number += 1
        _write(load, writer, number)

    load.guarded(one)


def _read(load: Load) -> None:
    runs = list(load.sent)
    if not runs:
        time.sleep(0.5)
        return
    one = random.choice(runs)
    names = "&".join(f"name={parse.quote(name)}" for name in random.sample(realistic.NAMES, 4))
    some = "&".join(f"run={run}" for run in runs[-20:] if run not in load.removed)
    for path in (
        f"/api/v1/series?run={one}&{names}&buckets=800&x={random.choice(['step', 'epoch', 'elapsed', 'time'])}",
        f"/api/v1/series?{some}&name={parse.quote(realistic.NAMES[0])}&buckets=400",
        "/api/v1/runs?where="
        + parse.quote("config.imgsz == 640 and train/loss00_loss < 2")
        + "&sort=-train/loss01_loss&limit=50",
    ):
        try:
            load.request("GET", path, headers={"Accept": "application/vnd.yoloscope.columns, application/json"})
        except RuntimeError as error:
            # Removed since, or no run has come as far as the names of the filter.
            if "404" not in str(error) and "no run asked for has" not in str(error):
                raise
        load.asked += 1
    time.sleep(0.3)


def _remove(load: Load) -> None:
    load.stop.wait(20)
    with load.lock:
        run = load.finished.pop(0) if len(load.finished) > 2 else None
    if run is not None:
        load.request("DELETE", f"/api/v1/runs/{run}")
        load.removed.add(run)
        load.request("DELETE", f"/api/v1/runs/{run}?purge=true")


def _back_up(load: Load) -> None:
    if load.stop.wait(240):
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "yoloscope", "backup", f"{folder}/saved", "--data", str(load.data), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"backup: {done.stderr[-300:]}")
    load.backups += 1


def _weigh(load: Load) -> None:
    load.memory_mb.append(anonymous_mb(load.server.pid))
    load.stop.wait(5)


def _differences(load: Load, *, store_url: str | None) -> list[str]:
    """Compare every run that is left, column for column, with what was sent."""
    found: list[str] = []
    with store_opening.open_stores(load.data, store_url=store_url) as stores:
        for run, batches in load.sent.items():
            if run in load.removed:
                if stores.series.series(PROJECT, ids.RunId(run)):
                    found.append(f"{run} was removed and is there")
                continue
            matrices = [realistic.matrix(at, ROWS, of=RUN_ROWS, seed=_seed(run) + index) for at, index, _ in batches]
            for name in realistic.NAMES:
                column = realistic.NAMES.index(name)
                sent = np.concatenate(
                    [np.reshape(np.frombuffer(one.values), (ROWS, -1))[:, column] for one in matrices] or [np.empty(0)]
                )
                kept = stores.series.points(PROJECT, ids.RunId(run), name).value
                # One batch may have been stored whose acknowledgement was cut off by the end.
                if sent.tobytes() != kept[: len(sent)].tobytes() or len(kept) - len(sent) not in (0, ROWS):
                    found.append(f"{run} {name}: {len(kept)} of {len(sent)}")
    return found


def _summary(load: Load, differences: list[str]) -> dict[str, object]:
    third = len(load.memory_mb) // 3
    middle, last = load.memory_mb[third : 2 * third], load.memory_mb[2 * third :]
    grown = statistics.median(last) / statistics.median(middle)
    return {
        "runs": len(load.sent),
        "removed": len(load.removed),
        "points": sum(len(batches) for batches in load.sent.values()) * ROWS * realistic.SERIES,
        "questions": load.asked,
        "backups": load.backups,
        "memory_mb": {
            "median of the second third": statistics.median(middle),
            "of the last": statistics.median(last),
            "most": max(load.memory_mb),
        },
        "faults": load.faults[:10],
        "differences": differences[:10],
        "good": not differences and not load.faults and grown <= GROWTH_MOST,
    }


def main() -> None:
    """Run the load and tell what became of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--store", default=None)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        options = ["--store", asked.store] if asked.store else []
        with serving.server(data, options=options) as server:
            load = Load(server, data)
            works: list[Callable[[], None]] = [lambda writer=writer: _writer(load, writer) for writer in range(WRITERS)]
            works += [
                lambda work=work: load.guarded(lambda: work(load)) for work in (_read, _read, _remove, _back_up, _weigh)
            ]
            threads = [threading.Thread(target=work) for work in works]
            for thread in threads:
                thread.start()
            time.sleep(60 * asked.minutes)
            load.stop.set()
            for thread in threads:
                thread.join()
        told = _summary(load, _differences(load, store_url=asked.store))
    print(json.dumps(told, indent=1))
    sys.exit(0 if told["good"] else 1)


if __name__ == "__main__":
    main()
