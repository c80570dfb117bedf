"""From the start of a viewer to all curves on screen, against TensorBoard and MLflow: 100 runs of 10 tags of 10,000 points, and a tag of 5 million.

Each viewer has data that its own writer wrote, is started as its users start it, and is asked over HTTP what its own front end asks for: every curve once.
The clock runs from the start of the process until the last curve is there with its last step. Peers are named by
``VIEWERS_PYTHON``, the Python of an environment with ``tensorboard`` and ``mlflow``; without it only ours is measured. ``VIEWERS_FOLDER`` is
where data is kept for the next time. MLflow takes in a few
thousand points a second, so it gets 100 points a tag and a tag of 100,000; its figures stand for these alone.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import numpy as np
import psutil
import urllib3

from benchmarks import machine, serving, viewers_write
from yoloscope.records import ids, row
from yoloscope.server.routes import columns, formats
from yoloscope.store import open as store_opening
from yoloscope.store import ports

ROUNDS = 3
PATIENCE_S = 180.0
PROJECT = ids.ProjectName("bench")
LONG_RUN = "long"
BUCKETS, LONG_BUCKETS = 500, 2_000  # a small chart, and one as wide as a screen
MLFLOW_POINTS = 320  # a curve, as its front end asks
_NS = 10**9
_APPEND_ROWS = 10_000


class Answered(msgspec.Struct, frozen=True):
    """What a viewer served once: curves, points in the answers, and how many of those written it can show at all."""

    curves: int
    points: int
    kept: int


class Viewer(msgspec.Struct, frozen=True):
    """How a viewer is started on a folder and a port, and asked for all curves; ``None`` as long as they are not complete."""

    name: str
    start: Callable[[Path, int], Sequence[str]]
    ask: Callable[[str], Answered | None]


class Measured(msgspec.Struct, frozen=True):
    """One start: seconds to the first answer at all, seconds to all curves, and CPU seconds and MB of its processes then."""

    first_s: float
    complete_s: float
    cpu_s: float
    rss_mb: float
    anonymous_mb: float
    answered: Answered


def main() -> None:
    """Write the data, print the table."""
    print(machine.load())
    python = os.environ.get("VIEWERS_PYTHON")
    viewers = [Viewer("yoloscope", _start_ours, _ask_ours), *(_peers(python) if python else ())]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as passing:
        root = Path(os.environ.get("VIEWERS_FOLDER") or passing)
        wrote = {viewer.name: _written(root / viewer.name, python=python) for viewer in viewers}
        rounds: dict[str, list[Measured]] = {viewer.name: [] for viewer in viewers}
        for _ in range(ROUNDS):
            for viewer in viewers:  # in turn, so that what else the machine does falls on all
                rounds[viewer.name].append(_round(viewer, root / viewer.name))
        lines = [_line(name, rounds[name], folder=root / name, wrote=wrote[name]) for name in wrote]
    print(
        "| viewer | written at | first answer | **all curves** | CPU | curves | points shown | points it can show | memory: RSS / anonymous | disk |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    print("\n".join(lines))
    print(f"\nmedian of {ROUNDS} starts, files in the page cache; {machine.load()}")


def _written(folder: Path, *, python: str | None) -> dict[str, float]:
    """Return how the data of a viewer was written: now, or when it was, if ``VIEWERS_FOLDER`` has it already."""
    note = folder.with_suffix(".json")
    if not note.exists():
        note.write_text(
            json.dumps(_write_peer(folder, str(python)) if folder.name != "yoloscope" else _write_ours(folder))
        )
    return json.loads(note.read_text())


def _line(name: str, rounds: Sequence[Measured], *, folder: Path, wrote: dict[str, float]) -> str:
    """Return the table's line of a viewer."""
    found, points = rounds[-1].answered, wrote["points"] + wrote["long_points"]

    def middle(of: Callable[[Measured], float]) -> float:
        return statistics.median(map(of, rounds))

    rate = f"{wrote['points'] / wrote['seconds'] / 1e3:.0f} k/s; long tag {wrote['long_points'] / wrote['long_seconds'] / 1e3:.0f} k/s"
    size_mb = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    written = points if name == "mlflow" else _all_points()
    complete = [one.complete_s for one in rounds]
    cells = [
        f"{name} {wrote.get('version', '')}",
        rate,
        f"{middle(lambda one: one.first_s):.2f} s",
        f"**{statistics.median(complete):.2f} s** ({min(complete):.2f}–{max(complete):.2f})",
        f"{middle(lambda one: one.cpu_s):.1f} s",
        f"{found.curves:,}",
        f"{found.points:,}",
        f"{found.kept:,} of {written:,}",
        f"{middle(lambda one: one.rss_mb):.0f} / {middle(lambda one: one.anonymous_mb):.0f} MB",
        f"{size_mb:,.0f} MB",
    ]
    return "| " + " | ".join(cells) + " |"


def _all_points() -> int:
    return viewers_write.RUNS * viewers_write.TAGS * viewers_write.STEPS + viewers_write.LONG


def _round(viewer: Viewer, folder: Path) -> Measured:
    """Start a viewer, wait for all curves, end it.

    Raises:
        RuntimeError: if it ends, or takes longer than `PATIENCE_S`.
    """
    port = serving.closed_port()
    url = f"http://127.0.0.1:{port}"
    begun = time.perf_counter()
    with _running(viewer.start(folder, port)) as process:
        first_s = None
        while (now := time.perf_counter() - begun) < PATIENCE_S and process.poll() is None:
            try:
                if first_s is None:
                    urllib3.request("GET", url, timeout=60.0, retries=False)
                    first_s = time.perf_counter() - begun
                answered = viewer.ask(url)
            except urllib3.exceptions.HTTPError:
                time.sleep(0.01)
                continue
            if answered is not None:
                complete_s = time.perf_counter() - begun
                rss, anonymous = _memory(process.pid)
                return Measured(first_s, complete_s, _cpu(process.pid), rss / 1e6, anonymous / 1e6, answered)
            time.sleep(0.1)
        raise RuntimeError(f"{viewer.name} had not all curves after {now:.0f} s")


@contextlib.contextmanager
def _running(command: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command until the block ends; its processes end with it."""
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        command, env={**os.environ, **quiet}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            for one in family:
                with contextlib.suppress(psutil.Error):
                    one.terminate()
            _, alive = psutil.wait_procs(family, timeout=10)
            for one in alive:
                with contextlib.suppress(psutil.Error):
                    one.kill()


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process and all below it, those that ended included."""
    times = [process.cpu_times() for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]]
    return sum(one.user + one.system + one.children_user + one.children_system for one in times)


def _memory(pid: int) -> tuple[int, int]:
    """Return resident and anonymous bytes of a process and all below it; pages that they share count once for each."""
    rss = anonymous = 0
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        kib = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
        rss, anonymous = rss + kib["Rss"] * 1024, anonymous + kib["Anonymous"] * 1024
    return rss, anonymous


# Ours


def _write_ours(folder: Path) -> dict[str, float]:
    """Write through the stores that the server has, then seal, as happens by itself where a run is idle for a minute."""
    random = np.random.default_rng(0)
    tags = tuple(viewers_write.tag(number) for number in range(viewers_write.TAGS))
    with store_opening.open_stores(folder, worker=True) as stores:
        begun = time.perf_counter()
        for number in range(viewers_write.RUNS):
            _write_run(stores, f"run{number:03d}", tags, steps=viewers_write.STEPS, random=random)
        seconds = time.perf_counter() - begun
        begun = time.perf_counter()
        _write_run(stores, LONG_RUN, (viewers_write.LONG_TAG,), steps=viewers_write.LONG, random=random)
        long_seconds = time.perf_counter() - begun
    points = viewers_write.RUNS * viewers_write.TAGS * viewers_write.STEPS
    return {"seconds": seconds, "points": points, "long_seconds": long_seconds, "long_points": viewers_write.LONG}


def _write_run(
    stores: store_opening.Stores, name: str, tags: tuple[str, ...], *, steps: int, random: np.random.Generator
) -> None:
    run, writer = ids.RunId(name), ids.WriterId(name.encode().hex().ljust(32, "0"))
    stores.catalog.open_run(row.RunRef(run, PROJECT, name, 1_700_000_000 * _NS))
    attempt = stores.catalog.open_attempt(run, writer, row.AttemptRef(0, 1_700_000_000 * _NS, _NS))
    for first in range(0, steps, _APPEND_ROWS):
        step = np.arange(first, min(steps, first + _APPEND_ROWS), dtype=np.int64)
        at_ns = (1_700_000_000 + step) * _NS
        noise = 1 + 0.1 * random.standard_normal((len(step), len(tags)))
        values = (3 * np.exp(-4 * step / steps)[:, None] * noise).astype(np.float32).astype(np.float64)
        told = row.Matrix(
            tags,
            step.tobytes(),
            np.full(len(step), np.nan).tobytes(),
            at_ns.tobytes(),
            at_ns.tobytes(),
            values.tobytes(),
        )
        stores.series.append(PROJECT, [ports.LaneRows(run, attempt, writer, 0, first, (told,))]).result()
    stores.catalog.apply(run, [row.Ended("finished", 1_700_000_000 * _NS + steps * _NS)])
    while stores.series.seal(PROJECT, run):
        pass


def _start_ours(folder: Path, port: int) -> Sequence[str]:
    return [sys.executable, "-m", "yoloscope", "up", "--no-auth", "--port", str(port), "--data", str(folder)]


def _ask_ours(url: str) -> Answered | None:
    """Ask for a chart of 100 runs for each tag, and for the long one, in the form that the dashboard asks for."""
    runs = [("run", f"run{number:03d}") for number in range(viewers_write.RUNS)]
    charts = [
        [*runs, ("name", viewers_write.tag(number)), ("buckets", str(BUCKETS))] for number in range(viewers_write.TAGS)
    ]
    charts.append([("run", LONG_RUN), ("name", viewers_write.LONG_TAG), ("buckets", str(LONG_BUCKETS))])
    curves = points = kept = 0
    for chart in charts:
        told = urllib3.request(
            "GET",
            f"{url}/api/v1/series?{urlencode(chart)}",
            headers={"Accept": formats.MEDIA_TYPES["columns"]},
            timeout=60.0,
            retries=False,
        )
        for one in _decoded(told.data):
            curves += 1
            points += one.columns["x"][1]
            kept += one.total
    return Answered(curves, points, kept) if kept == _all_points() else None


class _Curve(msgspec.Struct, frozen=True):
    """What the header of an answer says of a curve; a column is its offset and its length."""

    total: int
    columns: dict[str, tuple[int, int]]


class _Header(msgspec.Struct, frozen=True):
    """The header of an answer in columns."""

    series: list[_Curve]


def _decoded(body: bytes) -> list[_Curve]:
    if not body.startswith(columns.MAGIC):
        raise RuntimeError(f"no columns: {body[:200]!r}")
    size = int.from_bytes(body[8:12], "little")
    return msgspec.msgpack.decode(body[12 : 12 + size], type=_Header).series


# Peers


def _peers(python: str) -> list[Viewer]:
    scripts = Path(python).parent
    return [
        Viewer(
            "tensorboard",
            lambda folder, port: [str(scripts / "tensorboard"), "--logdir", str(folder), "--port", str(port)],
            _ask_tensorboard,
        ),
        Viewer(
            "mlflow",
            lambda folder, port: [
                *(str(scripts / "mlflow"), "server", "--port", str(port)),
                *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
            ],
            _ask_mlflow,
        ),
    ]


def _write_peer(folder: Path, python: str) -> dict[str, float]:
    script = Path(__file__).with_name("viewers_write.py")
    told = subprocess.run(
        [python, str(script), folder.name, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    )
    return json.loads(told.stdout.splitlines()[-1])


def _ask_tensorboard(url: str) -> Answered | None:
    """Ask for each card of the time series page, which shows a tag of all runs; complete once each curve has its last step."""
    route = f"{url}/data/plugin/timeseries/timeSeries"
    tags = [viewers_write.tag(number) for number in range(viewers_write.TAGS)]
    curves = points = 0
    for tag in [viewers_write.LONG_TAG, *tags]:
        asked = {"requests": json.dumps([{"plugin": "scalars", "tag": tag}])}
        told = urllib3.request("POST", route, fields=asked, timeout=60.0, retries=False)
        if told.status != 200:
            return None
        last = (viewers_write.LONG if tag == viewers_write.LONG_TAG else viewers_write.STEPS) - 1
        runs = 1 if tag == viewers_write.LONG_TAG else viewers_write.RUNS
        series = list((json.loads(told.data)[0].get("runToSeries") or {}).values())
        if len(series) < runs or any(not one or one[-1]["step"] < last for one in series):
            return None
        curves, points = curves + len(series), points + sum(map(len, series))
    return Answered(curves, points, points)


def _ask_mlflow(url: str) -> Answered | None:
    """Ask for each chart of the runs page, which shows a tag of up to 100 runs."""
    api = f"{url}/ajax-api/2.0/mlflow"
    found = urllib3.request(
        "POST", f"{api}/runs/search", json={"experiment_ids": ["1"], "max_results": 1000}, timeout=60.0, retries=False
    )
    if found.status != 200:
        return None
    runs = {one["info"]["run_name"]: one["info"]["run_id"] for one in json.loads(found.data).get("runs", [])}
    long = runs.pop("long")
    charts = [(list(runs.values()), viewers_write.tag(number)) for number in range(viewers_write.TAGS)]
    curves = points = 0
    for of, tag in [([long], viewers_write.LONG_TAG), *charts]:
        query = [*(("run_ids", run) for run in of), ("metric_key", tag), ("max_results", str(MLFLOW_POINTS))]
        route = f"{api}/metrics/get-history-bulk-interval?{urlencode(query)}"
        told = json.loads(urllib3.request("GET", route, timeout=60.0, retries=False).data)["metrics"]
        curves, points = curves + len({one["run_id"] for one in told}), points + len(told)
    kept = viewers_write.RUNS * viewers_write.TAGS * viewers_write.MLFLOW_STEPS + viewers_write.MLFLOW_LONG
    return Answered(curves, points, kept)


if __name__ == "__main__":
    machine.describe()
    main()
