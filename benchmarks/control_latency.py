"""How long a command takes from the click to the training, and until whoever clicked knows: server, sidecar and training on this machine.

A training whose batches take a known time is asked for one thing after the other, at random moments. "Applied" is the training's own word of when it
acted, "seen" when a client that waits for hints, as a page does, has read that it did. A page that has the run open has its rows sent sooner. The bar
is what is promised: 1 s and one batch for 95 of 100.
"""

import contextlib
import datetime as dt
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import urllib3
from websockets.sync import client as websocket

from benchmarks import machine, serving, variants

CASES = ((0.05, True), (0.5, True), (2.0, True), (0.05, False))
"""Seconds that a batch takes, and whether a page has the run open."""
ASKED = 120
WARM_S = 5.0
PROMISED_S = 1.0
TRAINING = """
import sys, time
import yoloscope
run = yoloscope.init(project="bench", server=sys.argv[1], directory=sys.argv[2])
run.on_set(lr=lambda value: None)
print(run.id, flush=True)
batch_s, step = float(sys.argv[3]), 0
while not run.should_stop():
    time.sleep(batch_s)
    run.log({f"train/m{index}": step * 0.1 for index in range(10)}, step=step)
    run.safe_point()
    step += 1
run.finish()
"""


class _At(msgspec.Struct):
    time: str


class _Act(msgspec.Struct):
    id: str
    state: str
    applied_at: _At | None = None


class _Acts(msgspec.Struct):
    items: list[_Act]


class Taken(msgspec.Struct, frozen=True):
    """Seconds from the click, of one command."""

    applied_s: float
    seen_s: float


class Asking:
    """Asks one run for things, and waits as a page does."""

    def __init__(self, server: serving.Server, run: str, *, watches: bool) -> None:
        self._headers = {"Authorization": f"Bearer {server.token}"}
        self._path = f"{server.url}/api/v1/runs/{run}/commands"
        self._pool = urllib3.PoolManager()
        url = server.url.replace("http", "ws", 1) + "/api/v1/live"
        self._live = websocket.connect(url, additional_headers=self._headers, proxy=None, max_queue=None)
        if watches:
            self._live.send(msgspec.json.encode({"type": "watch", "runs": [run]}).decode())

    def ask(self, verb: str, args: dict[str, object]) -> Taken:
        """Ask for one thing and return how long it took."""
        body = msgspec.json.encode({"verb": verb, "args": args})
        begun_ns, begun_s = time.time_ns(), time.perf_counter()
        headers = {**self._headers, "Content-Type": "application/json"}
        answer = self._pool.request("POST", self._path, body=body, headers=headers)
        if answer.status != 201:
            raise RuntimeError(f"a command is answered with {answer.status}: {answer.data[:300]!r}")
        asked = msgspec.json.decode(answer.data, type=_Act)
        while (act := self._newest()).id != asked.id or act.applied_at is None:
            self._live.recv(timeout=60.0)
        seen_s = time.perf_counter() - begun_s
        if act.state != "applied" or act.applied_at is None:
            raise RuntimeError(f"a command was {act.state}")
        applied_ns = dt.datetime.fromisoformat(act.applied_at.time.replace("Z", "+00:00")).timestamp() * 1e9
        return Taken((applied_ns - begun_ns) / 1e9, seen_s)

    def _newest(self) -> _Act:
        answer = self._pool.request("GET", f"{self._path}?limit=1", headers=self._headers)
        return msgspec.json.decode(answer.data, type=_Acts).items[0]

    def close(self) -> None:
        """Close both connections."""
        self._live.close()
        self._pool.clear()


@contextlib.contextmanager
def _training(server: serving.Server, batch_s: float) -> Iterator[str]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-c", TRAINING, server.url, folder, str(batch_s)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as training, contextlib.ExitStack() as open_:
            open_.callback(variants.end_left, folder)
            open_.callback(training.kill)
            assert training.stdout is not None
            run = training.stdout.readline().strip()
            time.sleep(WARM_S + 2 * batch_s)
            yield run


def measure(server: serving.Server, *, batch_s: float, watches: bool) -> list[Taken]:
    """Return how long each of some commands took."""
    chance = random.Random(7)
    found: list[Taken] = []
    with _training(server, batch_s) as run, contextlib.closing(Asking(server, run, watches=watches)) as asking:
        for number in range(ASKED):
            time.sleep(chance.uniform(0.1, 0.6))
            wish: dict[str, object] = {"lr": 0.001 + number / 1e6}
            found.append(asking.ask("set", wish))
    return found


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    """Print a table."""
    before = machine.load()
    lines = [
        "| a batch takes | page | applied after, p50 | p95 | most | seen after, p50 | p95 | most | promised |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as data, serving.server(Path(data)) as server:
        os.environ["YOLOSCOPE_TOKEN"] = server.token
        for batch_s, watches in CASES:
            found = measure(server, batch_s=batch_s, watches=watches)
            cells: list[str] = []
            for values in ([one.applied_s for one in found], [one.seen_s for one in found]):
                cells += [f"{_percentile(values, share):.2f} s" for share in (0.5, 0.95, 1.0)]
            page = "open" if watches else "closed"
            lines.append(f"| {batch_s:g} s | {page} | {' | '.join(cells)} | {PROMISED_S + batch_s:.2f} s |")
    lines.append(f"\n{before} before, {machine.load()} after; {ASKED} commands each")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    machine.describe()
    main()
