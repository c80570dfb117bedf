"""Faults caused on purpose, with real processes: what `log` accepted arrives, and the training goes on."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from yoloscope.spool import layout

pytestmark = pytest.mark.slow

ENDLESS = """
import sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
print(run.id, flush=True)
step = 0
while True:
    run.log({"a": step * 0.1, "b": -step}, step=step, epoch=step / 100)
    sys.stdout.write(f"{step}\\n"); sys.stdout.flush()
    step += 1
"""

SHORT = """
import sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
for step in range(int(sys.argv[2])):
    run.log({"a": step * 0.1}, step=step, epoch=step / 100)
run.finish()
print(run.id, flush=True)
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sync(spool: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "yoloscope", "sync", str(spool), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _kill_with_sidecar(training: subprocess.Popen[str]) -> None:
    """Stop both in the same instant, then kill both: neither sees the other's end."""
    both = [psutil.Process(training.pid), *psutil.Process(training.pid).children(recursive=True)]
    assert len(both) == 2
    for process in both:
        os.kill(process.pid, signal.SIGSTOP)
    for process in both:
        os.kill(process.pid, signal.SIGKILL)
    training.wait()


@pytest.mark.parametrize("moment", [1, 40, 3000])
def test_rows_survive_the_kill_of_trainer_and_sidecar(server, trainings, tmp_path: Path, moment: int) -> None:
    server.start()
    training = trainings(ENDLESS, server.url)
    run = training.stdout.readline().strip()
    told = random.Random(moment).randint(1, moment)
    for _ in range(told):
        training.stdout.readline()
    _kill_with_sidecar(training)
    accepted = told + sum(1 for line in training.stdout if line.endswith("\n"))
    done = _sync(tmp_path / "spool", "--json")
    assert done.returncode == 0, done.stderr
    rows = server.rows(run)
    assert len(rows) in (accepted, accepted + 1)  # one more: stored, but killed before it was told
    assert rows == {step: step * 0.1 for step in range(len(rows))}
    assert server.rows(run, "b") == {step: float(-step) for step in range(len(rows))}
    assert server.get(f"/api/v1/runs/{run}")["state"] == "crashed"


def test_everything_arrives_when_the_server_was_down_during_the_training(
    server, trainings, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    port = _free_port()
    training = trainings(SHORT, f"http://127.0.0.1:{port}", "5000")
    run = training.stdout.readline().strip()
    assert training.wait(60) == 0
    server.start(port)
    wait_until(lambda: any(item["id"] == run for item in server.get("/api/v1/runs")["items"]))
    wait_until(lambda: server.get(f"/api/v1/runs/{run}")["rows"] == 5000)
    wait_until(lambda: server.get(f"/api/v1/runs/{run}")["state"] == "finished")
    assert server.rows(run) == {step: step * 0.1 for step in range(5000)}
    assert server.get(f"/api/v1/runs/{run}")["lost"] == {}


def test_syncing_again_changes_nothing(server, trainings, tmp_path: Path) -> None:
    server.start()
    training = trainings(ENDLESS, server.url)
    run = training.stdout.readline().strip()
    for _ in range(100):
        training.stdout.readline()
    _kill_with_sidecar(training)
    assert _sync(tmp_path / "spool").returncode == 0
    once = server.rows(run)
    for cursor in (tmp_path / "spool").rglob("cursor.json"):
        cursor.unlink()
    assert _sync(tmp_path / "spool").returncode == 0
    assert server.rows(run) == once


def test_sync_without_a_server_keeps_everything_and_says_so(trainings, tmp_path: Path) -> None:
    training = trainings(SHORT, f"http://127.0.0.1:{_free_port()}", "10")
    training.wait(60)
    (directory,) = (tmp_path / "spool").iterdir()
    for process in psutil.process_iter(["cmdline"]):
        if str(directory) in (process.info["cmdline"] or []):
            process.kill()
            process.wait()
    done = _sync(tmp_path / "spool")
    assert done.returncode == 1
    assert "kept: the server does not take it now" in done.stdout
    assert layout.load_manifest(directory).run.project == "p"


TINY = """
import sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
print(run.id, flush=True)
for step in range(60_000):
    run.log({"a": step * 0.1, "b": 1.0, "c": 2.0}, step=step)
run.finish()
"""


def test_a_full_spool_costs_rows_that_are_counted_and_never_the_training(
    server, trainings, tmp_path: Path, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """60,000 rows of 64 bytes do not fit a file system of 2 MB while the server is away."""
    spool = tmp_path / "spool"
    spool.mkdir()
    mount = f"mount -t tmpfs -o size=2m none '{spool}' && exec \"$@\""
    before = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a file system in a namespace of their own")
    port = _free_port()
    training = trainings(TINY, f"http://127.0.0.1:{port}", before=before)
    run = training.stdout.readline().strip()
    assert training.wait(60) == 0
    server.start(port)
    wait_until(lambda: any(item["id"] == run for item in server.get("/api/v1/runs")["items"]))
    wait_until(lambda: server.get(f"/api/v1/runs/{run}")["state"] in ("finished", "crashed"))
    wait_until(lambda: not any(str(spool) in " ".join(found) for found in _command_lines()))
    rows = server.rows(run)
    lost = server.get(f"/api/v1/runs/{run}")["lost"]
    assert rows == {step: step * 0.1 for step in rows}
    assert len(rows) > 10_000
    assert lost["disk_full"] > 0
    assert sum(lost.values()) == 60_000 - len(rows) + (0 if _has_end(server, run) else 1)


def _command_lines() -> list[list[str]]:
    return [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]


def _has_end(server, run: str) -> bool:
    """Tell whether the end of the run found room; if not, it is one more entry counted as lost."""
    return server.get(f"/api/v1/runs/{run}")["state"] == "finished"
