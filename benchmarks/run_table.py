"""How long a page of the run table takes with 10,000 runs on the server: plain, filtered, sorted, summed up, and when nothing changed.

Each run has 40 series, a configuration of 30 keys, 20 settings and 40 lines of provenance; all are of one project. Asked over HTTP, as a browser
asks; `live` while eight trainings send a batch each 100 ms, so that no answer finds the table as the one before left it.
"""

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib import parse

import numpy as np
import psutil
import urllib3

from benchmarks import machine, serving
from yoloscope.query import table, table_page
from yoloscope.records import ids, row
from yoloscope.store import open as opening
from yoloscope.store import ports
from yoloscope.wire import codec, protocol

RUNS = 10_000
ASKED = 100
PROJECT = ids.ProjectName("bench")
NAMES = ("metrics/mAP50", "metrics/mAP50-95", "train/box_loss", "lr", *(f"class/{at}/AP50" for at in range(36)))
_BEGAN_NS = 1_700_000_000 * 10**9
_TRAINING = 8
_FILTER = 'metrics/mAP50 > 0.5 and config.imgsz == 640 and tags contains "night"'
QUESTIONS: dict[str, dict[str, str]] = {
    "newest 100": {},
    "filtered": {"where": _FILTER},
    "sorted by a metric": {"sort": "-metrics/mAP50"},
    "filtered and sorted": {"where": _FILTER, "sort": "-best(metrics/mAP50),config.lr0"},
    "with three aggregates": {"where": _FILTER, "aggregates": "metrics/mAP50,train/box_loss,elapsed_s"},
    "with five columns": {"columns": "config.lr0,config.imgsz,best(metrics/mAP50),settings.s3,created"},
    "by a pattern": {"where": 'name matches "^run-[0-9]*7$"'},
}


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        _fill(Path(folder))
        print(f"{RUNS} runs stored in {time.perf_counter() - began:.0f} s\n")
        _in_process(Path(folder))
        with serving.server(Path(folder)) as server:
            _wait_until_warm(server)
            print(f"Server: {psutil.Process(server.pid).memory_full_info().uss / 1e6:.0f} MB of its own\n")
            _over_http(server)
    print(machine.load())


def _in_process(folder: Path) -> None:
    """Print how long the first question takes and what a run takes in memory, in this process."""
    with opening.open_stores(folder) as stores:
        before = psutil.Process().memory_full_info().uss
        began = time.perf_counter()
        known = table.Table(stores.series, stores.catalog)
        snapshot = known.now()
        took = time.perf_counter() - began
        held = psutil.Process().memory_full_info().uss - before
        print(f"First question: {took:.1f} s; memory: {held / RUNS / 1e3:.1f} kB a run (caches of SQLite among it)")
        question = table_page.Question(project=PROJECT, where=_FILTER, sort="-metrics/mAP50")
        took_ms: list[float] = []
        for _ in range(ASKED):
            began = time.perf_counter()
            table_page.page(question, snapshot=snapshot, now_ns=time.time_ns())
            took_ms.append((time.perf_counter() - began) * 1e3)
        print(f"A filtered, sorted page without HTTP: {statistics.median(took_ms):.1f} ms\n")


def _over_http(server: serving.Server) -> None:
    print(f"| n = {ASKED} each | ms (median) | p95 | live: ms (median) | p95 | kB |")
    print("|---|---|---|---|---|---|")
    rows = {name: _timed(server, asked) for name, asked in QUESTIONS.items()}
    known = _timed(server, {"sort": "-metrics/mAP50"}, with_tag=True)
    with _trainings(server):
        live = {name: _timed(server, asked) for name, asked in QUESTIONS.items()}
    for name, (took, size) in rows.items():
        print(f"| {name} | {_times(took)} | {_times(live[name][0])} | {size / 1e3:.0f} |")
    print(f"| nothing changed (304) | {_times(known[0])} | | | {known[1] / 1e3:.0f} |\n")


def _times(took_ms: list[float]) -> str:
    return f"{statistics.median(took_ms):.1f} | {np.percentile(took_ms, 95):.1f}"


def _timed(server: serving.Server, asked: dict[str, str], *, with_tag: bool = False) -> tuple[list[float], int]:
    """Return milliseconds of each answer and the size of one."""
    pool = urllib3.PoolManager()
    url = f"{server.url}/api/v1/runs?{parse.urlencode({'project': PROJECT, 'limit': 100} | asked)}"
    headers = {"Authorization": f"Bearer {server.token}"}
    took_ms: list[float] = []
    first = pool.request("GET", url, headers=headers)
    assert first.status == 200, first.data
    if with_tag:
        headers["If-None-Match"] = first.headers["ETag"]
    size = 0
    for _ in range(ASKED):
        began = time.perf_counter()
        answer = pool.request("GET", url, headers=headers)
        took_ms.append((time.perf_counter() - began) * 1e3)
        assert answer.status == (304 if with_tag else 200)
        size = len(answer.data)
    return took_ms, size


def _wait_until_warm(server: serving.Server) -> None:
    assert server.get("/api/v1/runs?limit=1")["total"] == RUNS


@contextmanager
def _trainings(server: serving.Server) -> Iterator[None]:
    """Have eight runs log until the block ends."""
    ended = threading.Event()
    threads = [threading.Thread(target=_train, args=(server, at, ended)) for at in range(_TRAINING)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _train(server: serving.Server, at: int, ended: threading.Event) -> None:
    pool = urllib3.PoolManager()
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": protocol.CONTENT_TYPE}
    first_seq = 0
    while not ended.wait(0.1):
        batch = row.Batch(
            run=_ref(at),
            attempt=row.AttemptRef(0, _BEGAN_NS, _BEGAN_NS),
            writer=ids.WriterId(f"{at:032x}"),
            lane=1,
            first_seq=first_seq,
            entries=(_matrix(at, first=3 + first_seq, rows=5),),
            alive=True,
        )
        answer = pool.request(
            "POST", server.url + protocol.INGEST_PATH, headers=headers, body=codec.body_from_batches([batch])
        )
        assert answer.status == 200, answer.data
        first_seq += 5


def _fill(folder: Path) -> None:
    with opening.open_stores(folder) as stores:
        for first in range(0, RUNS, 100):
            lanes: list[ports.LaneRows] = []
            for at in range(first, first + 100):
                ref, writer = _ref(at), ids.WriterId(f"{at:032x}")
                stores.catalog.open_run(ref)
                number = stores.catalog.open_attempt(ref.id, writer, row.AttemptRef(0, _BEGAN_NS, _BEGAN_NS))
                told = [row.Updated(section, values) for section, values in _sections(at).items()]
                stores.catalog.apply(ref.id, [*told, row.Ended("finished", _BEGAN_NS + at * 10**9)])
                lanes.append(ports.LaneRows(ref.id, number, writer, 0, 0, (_matrix(at, first=0, rows=3),)))
            stores.series.append(PROJECT, lanes).result()


def _ref(at: int) -> row.RunRef:
    tags = (("night", "day")[at % 2], f"v{at % 7}")
    return row.RunRef(
        ids.RunId(f"r{at:05d}"),
        PROJECT,
        f"run-{at}",
        _BEGAN_NS + at * 10**9,
        tags=tags,
        group=f"g{at % 20}",
        host=f"gpu-{at % 4}",
        framework="ultralytics",
    )


def _sections(at: int) -> dict[row.Section, dict[str, object]]:
    random = np.random.default_rng(at)
    config: dict[str, object] = {f"option_{key}": [key, f"value {key}", key % 2 == 0][key % 3] for key in range(26)}
    config |= {
        "lr0": float(random.uniform(1e-4, 1e-1)),
        "imgsz": (320, 640, 1280)[at % 3],
        "seed": at,
        "model": "yolo11n",
    }
    packages = {f"package-{key}": f"{key}.{at % 3}.0" for key in range(38)}
    return {
        "config": config,
        "settings": {f"s{key}": key * 0.5 for key in range(20)},
        "provenance": {"packages": packages, "git": {"commit": f"{at:040x}", "dirty": False}},
        "progress": {"epochs": 100, "best_epoch": at % 100},
    }


def _matrix(at: int, *, first: int, rows: int) -> row.Matrix:
    random = np.random.default_rng((at, first))
    steps = np.arange(first, first + rows, dtype=np.int64)
    times = _BEGAN_NS + steps * 10**9
    values = random.uniform(0, 1, (rows, len(NAMES)))
    return row.Matrix(
        NAMES, steps.tobytes(), (steps / 10).tobytes(), times.tobytes(), times.tobytes(), values.tobytes()
    )


if __name__ == "__main__":
    main()
