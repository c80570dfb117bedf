"""A machine from end to end with real processes: trainings report it, then the agent does; a second host comes by plain HTTP."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from yoloscope.spool import platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PATIENCE_S = 60.0
TRAINING = """
import sys, yoloscope
run = yoloscope.init(project="signs", name=sys.argv[1], server=sys.argv[2])
run.log({"train/box_loss": 1.0}, step=0)
print(run.id, flush=True)
sys.stdin.read()
run.finish()
"""
LEFT = """
import sys, yoloscope
run = yoloscope.init(project="signs", name="left", server=sys.argv[1], mode="offline")
for step in range(50):
    run.log({"train/box_loss": 1.0 / (step + 1)}, step=step)
run.finish()
print(run.id, flush=True)
"""


def until(true: Callable[[], bool]) -> None:
    """Wait until something holds, for a minute at most."""
    end_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end_s, "it did not come to hold"
        time.sleep(0.1)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start a program of this test, whose sidecars elect among themselves alone; what still runs at the end is ended."""
    shared = tmp_path / "tmp"
    shared.mkdir()
    monkeypatch.setenv("TMPDIR", str(shared))
    monkeypatch.delenv("YOLOSCOPE_TELEMETRY", raising=False)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def _said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _here(up) -> dict[str, object] | None:
    """Return this machine as the server lists it."""
    items = up.get("/api/v1/machines")["items"]
    return next((one for one in items if one["host"] == platform.host_name()), None)


def _runs(up) -> set[tuple[str, str, str]]:
    found = _here(up)
    return set() if found is None else {(run["run"], run["name"], run["state"]) for run in found["runs"]}


def test_trainings_report_their_machine_and_then_the_agent_does(start_up, start) -> None:
    up = start_up()
    trainings = [start("-c", TRAINING, name, up.url) for name in ("one", "two")]
    ids = [_said(training) for training in trainings]
    until(lambda: _runs(up) == {(ids[0], "one", "running"), (ids[1], "two", "running")})
    found = _here(up)
    assert found is not None
    assert (found["online"], found["cpus"]) == (True, os.cpu_count())
    assert found["memory_total_bytes"] > found["memory_bytes"] > 0

    agent = start("-m", "yoloscope", "agent", "--server", up.url, "--every", "1")
    assert f"({platform.host_name()})" in _said(agent)
    for training in trainings:
        training.communicate("")
    until(lambda: _runs(up) == set())
    gone = _here(up)
    assert gone is not None
    until(lambda: (_here(up) or gone)["heard"] > gone["heard"])  # nobody but the agent is left to say so
    assert (_here(up) or gone)["online"]

    third = start("-c", TRAINING, "three", up.url)  # its sidecar uses what the agent reads of the machine
    run = _said(third)
    until(lambda: _runs(up) == {(run, "three", "running")})
    third.communicate("")
    until(lambda: _runs(up) == set())
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(30) == 0


def test_the_agent_sends_what_trainings_left(start_up, start, tmp_path: Path) -> None:
    up = start_up()
    run = _said(start("-c", LEFT, up.url))
    agent = start("-m", "yoloscope", "agent", str(tmp_path / "spool"), "--server", up.url, "--json")
    assert '"event":"started"' in _said(agent)
    until(lambda: any(item["id"] == run and item["rows"] == 50 for item in up.get("/api/v1/runs")["items"]))
    agent.send_signal(signal.SIGINT)
    assert agent.wait(30) == 0


def test_a_second_host_by_plain_http_whose_use_changes_over_time(serve) -> None:
    """The server's clock is driven, so that a day passes in a moment; all else is as it is."""
    server, clock = serve(), [10**18]
    server.services.clock_ns = lambda: clock[0]
    draw = random.Random(11)
    looks: list[tuple[int, tuple[float, float]]] = []
    for _ in range(24 * 20):
        clock[0] += draw.randrange(60, 240) * 10**9
        hour = (clock[0] - 10**18) // (3600 * 10**9)
        looks.append((clock[0], (90.0 if hour % 6 < 2 else 0.0, 70.0 if 3 <= hour < 9 else 1.0)))
        cards = [
            {"index": at, "uuid": f"GPU-{at}", "name": "RTX", "vendor": "nvidia", "util_percent": util}
            for at, util in enumerate(looks[-1][1])
        ]
        report = {"host": "other", "boot_id": "b", "wall_ns": clock[0], "interval_s": 80, "cpus": 4, "cards": cards}
        headers = {"Authorization": f"Bearer {server.token}"}
        answer = requests.post(f"{server.url}/api/v1/machines", json=report, headers=headers, timeout=30)
        assert answer.json() == {"host": "other", "taken": True}
    (found,) = server.get("/api/v1/machines").json()["items"]
    for at, card in enumerate(found["cards"]):
        used = [(when, utils[at] >= 5) for when, utils in looks]
        last_used_ns = max(when for when, busy in used if busy)
        assert card["use"]["day"] == pytest.approx(_share(used, clock[0]))
        if used[-1][1]:
            rests_ns = max(when for when, busy in used if not busy)
            first = min(when for when, busy in used if busy and when > rests_ns)
            assert (card["state"], card["idle_s"], card["since"]) == ("busy", 0.0, _iso(first))
        else:
            assert card["state"] == "idle"
            assert card["idle_s"] == pytest.approx((clock[0] - last_used_ns) / 1e9)
            assert card["since"] == _iso(last_used_ns)


def _share(used: list[tuple[int, bool]], now_ns: int) -> float:
    """Return the share of the last 24 h in use: the mean of all ten minutes that were heard of."""
    buckets: dict[int, list[bool]] = {}
    for when, busy in used:
        if when // (600 * 10**9) >= now_ns // (600 * 10**9) - 144:
            buckets.setdefault(when // (600 * 10**9), []).append(busy)
    shares = [sum(some) / len(some) for some in buckets.values()]
    return sum(shares) / len(shares)


def _iso(when_ns: int) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when_ns // 10**9))
    return f"{whole}.{when_ns // 10**6 % 1000:03}Z"
