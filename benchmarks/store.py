"""How many points a second become durable, what each takes on disk, and how long an acknowledgement takes while others read.

Batches are those of a training: 40 series, 50 rows, 2,000 points. `store` is the block store alone, one commit a batch; over HTTP each client is a
process of its own that sends what it prepared before, compressed as the sidecar does, and waits for each acknowledgement.
"""

import http.client
import multiprocessing
import sqlite3
import statistics
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib import parse

import numpy as np
import psutil

from benchmarks import machine, realistic, serving
from yoloscope.records import ids, row
from yoloscope.store import open as store_opening
from yoloscope.store import ports
from yoloscope.wire import codec, protocol

ROWS = 50
BATCH_POINTS = ROWS * realistic.SERIES
STORE_BATCHES = 2_000
HTTP_BATCHES = 600
CLIENTS = 4
ROUNDS = 3
PACED_S = 60.0
PACED_POINTS_S = 100_000
QUERIES_S = 10
PROJECT = ids.ProjectName("bench")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _store(folder: Path) -> tuple[float, list[float], float]:
    """Return seconds, milliseconds of each commit and bytes a point; sealing goes on beside, in the worker."""
    matrices = list(realistic.matrices(STORE_BATCHES * ROWS, rows=ROWS))
    took_ms: list[float] = []
    with store_opening.open_stores(folder, worker=True) as stores:
        begun = time.perf_counter()
        for number, matrix in enumerate(matrices):
            sent = time.perf_counter()
            lane = ports.LaneRows(ids.RunId("r"), 1, ids.WriterId("0" * 32), 0, number * ROWS, (matrix,))
            stores.series.append(PROJECT, [lane]).result()
            took_ms.append((time.perf_counter() - sent) * 1e3)
        seconds = time.perf_counter() - begun
        while stores.series.seal(PROJECT, ids.RunId("r")):
            pass
    return seconds, took_ms, _size(folder) / (STORE_BATCHES * BATCH_POINTS)


def _rows(folder: Path) -> tuple[float, list[float], float]:
    """The peer: SQLite with a row a point, one transaction a batch."""
    database = sqlite3.connect(folder / "rows.db")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE point (series INT, step INT, epoch REAL, wall_ns INT, value REAL)")
    took_ms: list[float] = []
    for matrix in realistic.matrices(STORE_BATCHES // 5 * ROWS, rows=ROWS):
        sent = time.perf_counter()
        steps, times = np.frombuffer(matrix.step, "<i8").tolist(), np.frombuffer(matrix.wall_ns, "<i8").tolist()
        lines = np.frombuffer(matrix.values).reshape(ROWS, -1).tolist()
        with database:
            database.executemany(
                "INSERT INTO point VALUES (?, ?, ?, ?, ?)",
                [
                    (series, steps[at], steps[at] / 500, times[at], value)
                    for at, line in enumerate(lines)
                    for series, value in enumerate(line)
                ],
            )
        took_ms.append((time.perf_counter() - sent) * 1e3)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    points = STORE_BATCHES // 5 * BATCH_POINTS
    return sum(took_ms) / 1e3 * 5, took_ms, _size(folder) / points


def _bodies(client: int, batches: int) -> list[bytes]:
    ref = row.RunRef(ids.RunId(f"r{client}"), PROJECT, f"r{client}", created_ns=1)
    writer, attempt = ids.WriterId(f"{client:032x}"), row.AttemptRef(0, 1, 1)
    return [
        zlib.compress(
            codec.body_from_batches([row.Batch(ref, attempt, writer, 0, number * ROWS, (matrix,))]),
            1,
        )
        for number, matrix in enumerate(realistic.matrices(batches * ROWS, rows=ROWS, seed=client))
    ]


class _Sender:
    """One kept connection that posts bodies."""

    def __init__(self, url: str, token: str) -> None:
        self._connection = http.client.HTTPConnection(parse.urlsplit(url).netloc, timeout=60)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": protocol.CONTENT_TYPE,
            "Content-Encoding": "deflate",
        }

    def post(self, body: bytes) -> float:
        """Return the milliseconds until the acknowledgement."""
        begun = time.perf_counter()
        self._connection.request("POST", protocol.INGEST_PATH, body, self._headers)
        answer = self._connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {told[:300]!r}")
        return (time.perf_counter() - begun) * 1e3


def _send(
    url: str,
    token: str,
    client: int,
    go: "multiprocessing.synchronize.Barrier",
    out: "multiprocessing.Queue[list[float]]",
) -> None:
    bodies = _bodies(client, HTTP_BATCHES)
    sender = _Sender(url, token)
    go.wait()
    out.put([sender.post(body) for body in bodies])


def _http(folder: Path, *, clients: int) -> tuple[float, list[float]]:
    with serving.server(folder) as server:
        spawn = multiprocessing.get_context("spawn")
        go, out = spawn.Barrier(clients + 1), spawn.Queue()
        senders = [
            spawn.Process(target=_send, args=(server.url, server.token, number, go, out)) for number in range(clients)
        ]
        for sender in senders:
            sender.start()
        go.wait()
        begun = time.perf_counter()
        took_ms = [ms for _ in senders for ms in out.get()]
        seconds = time.perf_counter() - begun
        for sender in senders:
            sender.join()
    return seconds, took_ms


class _Paced:
    """What 100 k points a second and ten queries a second took, and what the server held meanwhile."""

    def __init__(self) -> None:
        self.acks_ms: list[float] = []
        self.queries_ms: list[float] = []
        self.anonymous_mb: list[float] = []


def _paced(folder: Path) -> _Paced:
    found = _Paced()
    bodies = _bodies(0, int(PACED_S * PACED_POINTS_S / BATCH_POINTS))
    with serving.server(folder) as server:
        sender, stop = _Sender(server.url, server.token), threading.Event()
        sender.post(bodies[0])
        others = [
            threading.Thread(target=_query, args=(server, stop, found.queries_ms)),
            threading.Thread(target=_weigh, args=(server.pid, stop, found.anonymous_mb)),
        ]
        for other in others:
            other.start()
        due = time.perf_counter()
        for body in bodies[1:]:
            due += BATCH_POINTS / PACED_POINTS_S
            time.sleep(max(0.0, due - time.perf_counter()))
            found.acks_ms.append(sender.post(body))
        stop.set()
        for other in others:
            other.join()
    return found


def _query(server: serving.Server, stop: threading.Event, took_ms: list[float]) -> None:
    connection = http.client.HTTPConnection(parse.urlsplit(server.url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {server.token}", "Accept": "application/vnd.yoloscope.columns"}
    number, due = 0, time.perf_counter()
    while not stop.is_set():
        due += 1 / QUERIES_S
        time.sleep(max(0.0, due - time.perf_counter()))
        names = "&".join(f"name={parse.quote(realistic.NAMES[(number + at) % realistic.SERIES])}" for at in range(4))
        begun = time.perf_counter()
        connection.request("GET", f"/api/v1/series?run=r0&{names}&buckets=500", headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(str(answer.status))
        took_ms.append((time.perf_counter() - begun) * 1e3)
        number += 1


def anonymous_mb(pid: int) -> float:
    """Return the anonymous memory of a process and its children, MB."""
    whole = 0
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        told = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
        whole += sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Anonymous:"))
    return whole / 1024


def _weigh(pid: int, stop: threading.Event, found: list[float]) -> None:
    while not stop.wait(1.0):
        found.append(anonymous_mb(pid))


def percentiles(took_ms: Sequence[float]) -> str:
    """Return p50, p99 and the longest as cells of a table."""
    ordered = sorted(took_ms)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{statistics.median(ordered):.2f} | {p99:.1f} | {ordered[-1]:.0f}"


def _durable() -> None:
    variants: dict[str, Callable[[Path], tuple[float, list[float], float]]] = {
        "block store alone, one append at a time": _store,
        "SQLite, a row a point": _rows,
    }
    print(
        f"| {STORE_BATCHES} durable batches of {BATCH_POINTS} points, median of {ROUNDS} | points/s | p50 ms | p99 ms | "
        "longest ms | bytes/point |\n|---|---|---|---|---|---|"
    )
    for variant, write in variants.items():
        rounds: list[tuple[float, list[float], float]] = []
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                rounds.append(write(Path(folder)))
        rate = STORE_BATCHES * BATCH_POINTS / statistics.median(one[0] for one in rounds)
        took_ms = [ms for one in rounds for ms in one[1]]
        print(f"| {variant} | {rate:,.0f} | {percentiles(took_ms)} | {rounds[0][2]:.2f} |", flush=True)


def _over_http() -> None:
    print("\n| through HTTP | points/s | p50 ms | p99 ms | longest ms |\n|---|---|---|---|---|")
    for clients in (1, CLIENTS):
        rounds: list[tuple[float, list[float]]] = []
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                rounds.append(_http(Path(folder), clients=clients))
        rate = clients * HTTP_BATCHES * BATCH_POINTS / statistics.median(one[0] for one in rounds)
        took_ms = [ms for one in rounds for ms in one[1]]
        print(f"| {clients} clients | {rate:,.0f} | {percentiles(took_ms)} |", flush=True)


def main() -> None:
    """Print three tables."""
    print(machine.load(), "\n")
    _durable()
    _over_http()
    with tempfile.TemporaryDirectory() as folder:
        found = _paced(Path(folder))
    print(
        f"\n| {PACED_POINTS_S:,} points/s and {QUERIES_S} queries/s for {PACED_S:.0f} s | p50 ms | p99 ms | longest ms |\n"
        f"|---|---|---|---|\n| acknowledgements | {percentiles(found.acks_ms)} |\n| queries of 4 series | "
        f"{percentiles(found.queries_ms)} |\n\nanonymous memory of server and worker: at most "
        f"{max(found.anonymous_mb):.0f} MB\n\n{machine.load()}"
    )


if __name__ == "__main__":
    main()
