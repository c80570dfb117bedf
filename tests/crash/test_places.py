"""Places that cannot be written, or no longer: the training goes on, one line says what is wrong, rows are kept where they can be."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import faults
import pytest

pytestmark = pytest.mark.slow

Trainings = Callable[[], faults.Training]
Wait = Callable[[Callable[[], bool]], None]
MOUNTS = "--mount"


def _read_only(place: Path) -> str:
    """Return what makes a folder read-only for all that follows; permissions would not bind root."""
    place.mkdir(parents=True, exist_ok=True)
    return f"mount --bind '{place}' '{place}' && mount -o remount,bind,ro '{place}'"


def test_a_home_that_is_read_only_costs_nothing(
    server, new_training: Trainings, wait_until: Wait, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = faults.namespace(MOUNTS, prepare=_read_only(tmp_path / "home"))
    server.start()
    _trains_to_the_end(server, new_training().begin(server.url, pause_s=0.0005, before=before), wait_until)
    assert capfd.readouterr().err == ""


def test_a_machine_without_shared_memory_costs_nothing(
    server, new_training: Trainings, wait_until: Wait, capfd: pytest.CaptureFixture[str]
) -> None:
    before = faults.namespace(MOUNTS, prepare="mount -t tmpfs -o ro,size=4k none /dev/shm")
    server.start()
    _trains_to_the_end(server, new_training().begin(server.url, pause_s=0.0005, before=before), wait_until)
    assert capfd.readouterr().err == ""


def _trains_to_the_end(server, training: faults.Training, wait_until: Wait) -> None:
    wait_until(lambda: training.accepted().get("t0", 0) > 1000)
    training.stop()
    assert training.process.wait(60) == 0
    training.check(server)
    assert faults.state_of(server, training.run) == "finished"


UNWRITABLE = """
import os, sys
if sys.argv[2] != "spool":
    del os.environ["YOLOSCOPE_DIR"]
if sys.argv[2] == "cwd":
    os.chdir(sys.argv[3])
import yoloscope
run = yoloscope.init(project="p", server=sys.argv[1], directory=sys.argv[3] if sys.argv[2] == "output" else None)
for step in range(1000):
    run.log({"a": 1.0}, step=step)
run.update("config", {"a": 1})
run.new_attempt()
run.finish()
print("trained", step)
"""


@pytest.mark.parametrize("which", ["spool", "output", "cwd"])
def test_a_place_that_cannot_be_written_costs_the_run_one_line_and_the_training_nothing(
    server, trainings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], which: str
) -> None:
    place = tmp_path / ("spool" if which == "spool" else "runs")
    before = faults.namespace(MOUNTS, prepare=_read_only(place))
    server.start()
    monkeypatch.setenv("YOLOSCOPE_STRICT", "0")  # as in a user's training
    training = trainings(UNWRITABLE, server.url, which, str(place), before=before)
    assert training.wait(60) == 0
    assert training.stdout.read() == "trained 999\n"
    (said,) = capfd.readouterr().err.splitlines()
    assert said.startswith("yoloscope: init: ")
    assert "Read-only file system" in said
    assert str(place) in said
    assert server.get("/api/v1/runs")["items"] == []
    assert list(place.iterdir()) == []


TURNS = """
import subprocess, sys
import yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
for step in range(1000):
    run.log({"a": step * 0.5}, step=step)
print(run.id, run.directory, flush=True)
sys.stdin.readline()
for step in range(1000, 40_000):
    if step == 2000:
        subprocess.run(["sh", "-c", sys.argv[2]], check=True)
    run.log({"a": step * 0.5}, step=step)
run.finish()
"""


def test_a_place_that_turns_read_only_costs_rows_that_are_counted(
    server, trainings, wait_until: Wait, tmp_path: Path
) -> None:
    """What fits into the files that are open is kept and sent, although nobody can note how far."""
    spool = tmp_path / "spool"
    before = faults.namespace(MOUNTS)
    server.start()
    training = trainings(TURNS, server.url, _read_only(spool), before=before, stdin=subprocess.PIPE)
    run, directory = training.stdout.readline().split()
    wait_until(lambda: faults.rows_of(server, run) == 1000)
    training.stdin.close()
    assert training.wait(60) == 0
    wait_until(lambda: not faults.couriers_of(Path(directory)))
    rows = server.rows(run)
    assert len(rows) > 2000
    assert rows == {step: step * 0.5 for step in range(len(rows))}
    detail = server.get(f"/api/v1/runs/{run}")
    untold_end = int(detail["state"] != "finished")
    assert detail["lost"] == {"disk_full": 40_000 - len(rows) + untold_end}


REMOVED = """
import shutil, sys
import yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
for step in range(1000):
    run.log({"a": step * 0.5}, step=step)
print(run.id, run.directory, flush=True)
sys.stdin.readline()
shutil.rmtree(run.directory)
for step in range(1000, 40_000):
    run.log({"a": step * 0.5}, step=step)
run.finish()
print("trained")
"""


def test_a_spool_that_somebody_removes_costs_its_rows_and_leaves_no_process(
    server, trainings, wait_until: Wait
) -> None:
    server.start()
    training = trainings(REMOVED, server.url, stdin=subprocess.PIPE)
    run, directory = training.stdout.readline().split()
    wait_until(lambda: faults.rows_of(server, run) == 1000)
    training.stdin.close()
    assert training.wait(60) == 0
    assert training.stdout.read() == "trained\n"
    wait_until(lambda: not faults.couriers_of(Path(directory)))
    rows = server.rows(run)
    assert len(rows) >= 1000
    assert rows == {step: step * 0.5 for step in range(len(rows))}
