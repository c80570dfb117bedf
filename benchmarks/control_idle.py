"""What sidecars cost a server that merely wait for commands, and how soon one of them is handed its command.

Runs are written straight into the store; then a real server is started and each run's sidecar is played by a bare WebSocket. Processor and memory are those
of the server process over the time that it is left alone, once it has judged these runs, which are new to it.
"""

import asyncio
import os
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil
import urllib3
from websockets.asyncio import client as websocket

from benchmarks import serving
from yoloscope.records import ids, row
from yoloscope.store import open as opening
from yoloscope.wire import protocol

COUNTS = (100, 1_000, 5_000)
WATCHED_S = 30.0
SETTLES_S = 300.0
QUIET_PERCENT = 8.0
ASKED = 60
_AT_ONCE = 100
_CONTROL = {"control": {"verbs": ["note"], "settings": [], "cannot": {}}}


def _fill(data: Path, count: int) -> list[tuple[str, str]]:
    """Make runs that train; return each with its writer."""
    made: list[tuple[str, str]] = []
    now_ns = time.time_ns()
    with opening.open_stores(data) as stores:
        for at in range(count):
            run, writer = ids.RunId(f"idle{at:012d}"), ids.WriterId(secrets.token_hex(16))
            stores.catalog.open_run(row.RunRef(run, ids.ProjectName("bench"), f"idle {at}", now_ns))
            stores.catalog.open_attempt(run, writer, row.AttemptRef(0, now_ns, 0))
            stores.catalog.apply(run, [row.Updated("settings", _CONTROL)])
            made.append((run, writer))
    return made


async def _held(server: serving.Server, of: list[tuple[str, str]]) -> list[websocket.ClientConnection]:
    turn = asyncio.Semaphore(_AT_ONCE)
    headers = {"Authorization": f"Bearer {server.token}"}

    async def one(run: str, writer: str) -> websocket.ClientConnection:
        url = f"{server.url.replace('http', 'ws')}{protocol.CONTROL_PATH.format(run=run)}?writer={writer}"
        async with turn:
            opened = await websocket.connect(url, additional_headers=headers, ping_interval=20.0, open_timeout=60.0)
            await opened.recv(), await opened.recv()  # who it is, and that nothing is asked yet
            return opened

    return list(await asyncio.gather(*(one(run, writer) for run, writer in of)))


def _ask(server: serving.Server, run: str) -> None:
    body = msgspec.json.encode({"verb": "note", "args": {"text": "here"}})
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    answer = urllib3.request("POST", f"{server.url}/api/v1/runs/{run}/commands", body=body, headers=headers)
    if answer.status != 201:
        raise RuntimeError(f"a command is answered with {answer.status}: {answer.data[:300]!r}")


async def _handed_ms(server: serving.Server, run: str, opened: websocket.ClientConnection) -> float:
    """Return how long a command took from the request until its sidecar read it."""
    begun = time.perf_counter()

    async def read() -> float:
        await opened.recv()
        return (time.perf_counter() - begun) * 1e3

    took_ms, _ = await asyncio.wait_for(asyncio.gather(read(), asyncio.to_thread(_ask, server, run)), 30.0)
    return took_ms


async def _share(process: psutil.Process, over_s: float) -> float:
    """Return how much of a core a process takes over a time, in percent."""
    before = process.cpu_times()
    await asyncio.sleep(over_s)
    after = process.cpu_times()
    return 100 * (after.user + after.system - before.user - before.system) / over_s


async def _watched(server: serving.Server, of: list[tuple[str, str]]) -> str:
    process = psutil.Process(server.pid)
    until_s = time.monotonic() + SETTLES_S
    while await _share(process, 5.0) > QUIET_PERCENT and time.monotonic() < until_s:
        pass  # runs that nobody judged yet are judged first
    alone, memory = await _share(process, WATCHED_S), process.memory_info().rss
    begun = time.perf_counter()
    links = await _held(server, of)
    opened_s = time.perf_counter() - begun
    share, taken = await _share(process, WATCHED_S), (process.memory_info().rss - memory) / 2**20
    times = sorted([await _handed_ms(server, of[at % len(of)][0], links[at % len(of)]) for at in range(ASKED)])
    for link in links:
        link.transport.abort()
    p50, p95 = statistics.median(times), times[len(times) * 95 // 100]
    return f"| {len(of):,} | {opened_s:.1f} | +{taken:.0f} | {alone:.1f} → {share:.1f} | {p50:.1f} | {p95:.1f} |"


def main() -> None:
    """Print the table."""
    lines = [
        "| connections | opened in s | memory MB | CPU % of a core, without → with | handed over in ms, p50 | p95 |",
        "|---|---|---|---|---|---|",
    ]
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as place:
            made = _fill(Path(place), count)
            with serving.server(Path(place)) as server:
                lines.append(asyncio.run(_watched(server, made)))
    lines.append(f"\nload {os.getloadavg()[0]:.1f}, {WATCHED_S:g} s each, {ASKED} commands each")
    sys.stdout.write("\n".join(lines) + "\n")
