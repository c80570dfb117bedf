"""Runs are judged by a process beside the server while they are trained; whatever is killed on the way, a finding is found."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator

import psutil
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

DIVERGES = """
import math, sys, threading, yoloscope
pace = threading.Event()
run = yoloscope.init(project="judged", name=sys.argv[1], config={"epochs": 40, "batch": 16})
print(run.id, flush=True)
for epoch in range(int(sys.argv[2])):
    for batch in range(10):
        loss = 2.0 - 0.02 * epoch if epoch < 6 else math.nan
        run.log({"train/box_loss": loss, "train/cls_loss": 1.0}, step=10 * epoch + batch, epoch=epoch + (batch + 1) / 10)
        pace.wait(0.05)
run.finish()
"""


@pytest.fixture(autouse=True)
def sees_no_rule_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLOSCOPE_STRICT", "1")


def judging(server) -> Iterator[psutil.Process]:
    """Yield the processes of a server that judge."""
    for child in psutil.Process(server.pid).children():
        with contextlib.suppress(psutil.Error):
            if "yoloscope.server.diagnosing.main" in child.cmdline():
                yield child


def findings(server, run: str) -> dict[str, str]:
    """Return the findings of a run by rule, and how each stands."""
    told = server.get(f"/api/v1/runs/{run}/findings")["items"]
    return {one["rule"]: one["status"] for one in told}  # type: ignore[union-attr]


def answer(server, run: str) -> dict[str, object]:
    if not any(one["id"] == run for one in server.get("/api/v1/runs")["items"]):  # type: ignore[union-attr]
        return {}
    told = server.get(f"/api/v1/runs/{run}/findings")["answer"]
    return {} if told is None else told["facts"]  # type: ignore[index]


def begun(training: "subprocess.Popen[str]") -> str:
    assert training.stdout is not None
    return training.stdout.readline().strip()


def test_a_fault_is_found_while_the_training_runs_though_the_judge_is_killed_again_and_again(
    outside, trainings: Callable, monkeypatch: pytest.MonkeyPatch, wait_until: Callable
) -> None:
    monkeypatch.setenv("YOLOSCOPE_SERVER", outside.url)
    training = trainings(DIVERGES, "killed", "40")
    run = begun(training)
    ended = threading.Event()
    for _ in range(3):
        wait_until(lambda: any(True for _ in judging(outside)))
        for process in judging(outside):
            process.kill()
        ended.wait(1.0)
    wait_until(lambda: findings(outside, run).get("N01") == "open")
    assert training.poll() is None, "the training ended before anything was found"
    told = outside.get(f"/api/v1/runs/{run}")
    assert (told["state"], told["health"]) == ("running", "critical")
    kinds = [one["kind"] for one in outside.get(f"/api/v1/runs/{run}/findings")["timeline"] if one["rule"] == "N01"]  # type: ignore[union-attr]
    assert kinds == ["opened"]
    os.kill(training.pid, signal.SIGKILL)
    wait_until(lambda: outside.get(f"/api/v1/runs/{run}")["state"] == "crashed")
    wait_until(lambda: answer(outside, run).get("ended") is True)
    assert findings(outside, run)["N01"] == "open"


def test_a_server_that_starts_again_keeps_findings_and_goes_on(
    server, trainings: Callable, monkeypatch: pytest.MonkeyPatch, wait_until: Callable
) -> None:
    server.start()
    port = int(server.url.rpartition(":")[2])
    monkeypatch.setenv("YOLOSCOPE_TOKEN", (server.data / "token").read_text().strip())
    monkeypatch.setenv("YOLOSCOPE_SERVER", server.url)
    training = trainings(DIVERGES, "restarted", "24")
    run = begun(training)
    wait_until(lambda: bool(answer(server, run)))
    children = list(judging(server))
    server.kill()
    wait_until(lambda: not psutil.wait_procs(children, timeout=0)[1])
    server.start(port)
    wait_until(lambda: findings(server, run).get("N01") == "open")
    assert training.wait(60) == 0
    wait_until(lambda: answer(server, run).get("ended") is True)
    assert answer(server, run)["epoch"] == 24
    before = server.get(f"/api/v1/runs/{run}/findings")["items"]
    children = list(judging(server))
    server.stop()
    assert not any(child.is_running() for child in children)
    server.start(port)
    assert server.get(f"/api/v1/runs/{run}/findings")["items"] == before
