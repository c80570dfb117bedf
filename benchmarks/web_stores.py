"""Runs to look at: stored at once, growing while they are looked at, and one that is logged by the SDK at a pace."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import urllib3

from benchmarks import serving
from yoloscope.records import ids, row
from yoloscope.store import open as opening
from yoloscope.store import ports
from yoloscope.wire import codec, protocol

PROJECT = ids.ProjectName("bench")
_BEGAN_NS = 1_700_000_000 * 10**9
_ROWS_AT_ONCE = 5_000
_TRAINER = """
import json, sys, time, yoloscope
pace, out = float(sys.argv[1]), open(sys.argv[2], "w", buffering=1)
run = yoloscope.init(project="bench", name="paced")
print(run.id, flush=True)
step = 0
while True:
    time.sleep(1 / pace)
    out.write(json.dumps([step, time.time() * 1e3]) + "\\n")
    run.log({"value": step % 7 + 0.5, "other/loss": 1 / (step + 1)}, step=step)
    step += 1
"""


class Training:
    """A process that logs at a pace and notes when."""

    def __init__(self, run: str, notes: Path) -> None:
        self.run = run
        self._notes = notes

    def logged_ms(self) -> dict[int, float]:
        """Return Unix milliseconds at which each step was logged."""
        return dict(json.loads(line) for line in self._notes.read_text().splitlines())


@contextlib.contextmanager
def paced(server: serving.Server, folder: Path, *, a_second: float) -> Iterator[Training]:
    """Log by the SDK, so many rows a second, until the block ends."""
    folder.mkdir()
    notes = folder / "logged.jsonl"
    told = {
        "YOLOSCOPE_SERVER": server.url,
        "YOLOSCOPE_TOKEN": server.token,
        "YOLOSCOPE_DIR": str(folder / "spool"),
        "YOLOSCOPE_TELEMETRY": "off",
    }
    command = [sys.executable, "-c", _TRAINER, str(a_second), str(notes)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **told}, cwd=folder
    ) as process:
        assert process.stdout is not None
        run = process.stdout.readline().strip()
        time.sleep(3)  # its sidecar begins
        yield Training(run, notes)
        process.kill()


def small(folder: Path, *, runs: int) -> str:
    """Store runs of a hundred rows; return the id of one."""
    return live(folder, runs=runs, names=12, rows=100)[0]


def live(folder: Path, *, runs: int, names: int, rows: int) -> list[str]:
    """Store runs that go on, each with so many series of so many points; return their ids."""
    refs = [_ref(at) for at in range(runs)]
    with opening.open_stores(folder) as stores:
        for at, ref in enumerate(refs):
            stores.catalog.open_run(ref)
            number = stores.catalog.open_attempt(ref.id, _writer(at), row.AttemptRef(0, _BEGAN_NS, _BEGAN_NS))
            stores.catalog.apply(
                ref.id, [row.Updated("config", {"lr0": 0.01 / (at + 1), "model": f"yolo11{'nsmlx'[at % 5]}"})]
            )
            for first in range(0, rows, _ROWS_AT_ONCE):
                matrix = _matrix(at, names=names, first=first, rows=min(_ROWS_AT_ONCE, rows - first), of=rows)
                stores.series.append(
                    PROJECT, [ports.LaneRows(ref.id, number, _writer(at), 0, first, (matrix,))]
                ).result()
    return [str(ref.id) for ref in refs]


@contextlib.contextmanager
def growing(server: serving.Server, runs: list[str], *, names: int, a_second: float = 2.0) -> Iterator[None]:
    """Send each run a row of so many series so often until the block ends."""
    ended = threading.Event()
    thread = threading.Thread(target=_grow, args=(server, runs, names, a_second, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _grow(server: serving.Server, runs: list[str], names: int, a_second: float, ended: threading.Event) -> None:
    pool = urllib3.PoolManager()
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": protocol.CONTENT_TYPE}
    total = server.get(f"/api/v1/runs/{runs[0]}")["rows"]
    assert isinstance(total, int)
    sent = 0
    while not ended.wait(1 / a_second):
        batches = [_batch(at, names=names, first=total + sent) for at in range(len(runs))]
        answer = pool.request(
            "POST", server.url + protocol.INGEST_PATH, headers=headers, body=codec.body_from_batches(batches)
        )
        assert answer.status == 200, answer.data
        sent += 1


def _batch(at: int, *, names: int, first: int) -> row.Batch:
    return row.Batch(
        run=_ref(at),
        attempt=row.AttemptRef(0, _BEGAN_NS, _BEGAN_NS),
        writer=_writer(at),
        lane=0,
        first_seq=first,
        entries=(_matrix(at, names=names, first=first, rows=1, of=first + 1),),
        alive=True,
    )


def _writer(at: int) -> ids.WriterId:
    return ids.WriterId(f"{at:032x}")


def _ref(at: int) -> row.RunRef:
    name = f"yolo11{'nsmlx'[at % 5]}-lr{0.01 / (at + 1):.5f}-seed{at}"
    return row.RunRef(
        ids.RunId(f"r{at:05d}"), PROJECT, name, _BEGAN_NS + at * 10**9, tags=("night",), framework="ultralytics"
    )


def _matrix(at: int, *, names: int, first: int, rows: int, of: int) -> row.Matrix:
    """Return rows of losses that fall with noise; steps from `first` on."""
    steps = np.arange(first, first + rows, dtype=np.int64)
    chance = np.random.default_rng((at, first))
    fall = 3 * np.exp(-4 * steps / max(of, 1))[:, None] * (1 + 0.1 * chance.standard_normal((rows, names))) + 0.02 * at
    titles = ("metrics/mAP50-95", "metrics/mAP50", *(f"train/m{number}_loss" for number in range(names - 2)))
    times = _BEGAN_NS + steps * 10**8
    return row.Matrix(
        names=titles,
        step=steps.tobytes(),
        epoch=(steps / 100).astype(np.float64).tobytes(),
        wall_ns=times.tobytes(),
        mono_ns=times.tobytes(),
        values=np.ascontiguousarray(fall, np.float64).tobytes(),
    )
