"""How a training ended, told by real processes: killed, exited with a code, under a shell, with its parent killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from yoloscope.records import row
from yoloscope.spool import reader

pytestmark = pytest.mark.slow

TRAINING = """
import os, signal, sys
import yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
run.log({"a": 1.0}, step=0)
print(run.id, run.directory, flush=True)
"""
UNDER_RUN = (sys.executable, "-m", "yoloscope", "run", "--")


def _started(training: subprocess.Popen[str]) -> tuple[str, Path]:
    assert training.stdout is not None
    run, directory = training.stdout.readline().split()
    return run, Path(directory)


def _listed(server, run: str) -> dict[str, object]:
    """Return what the list of runs says of a run, nothing while it is not known."""
    return next((item for item in server.get("/api/v1/runs")["items"] if item["id"] == run), {})


def _ends(directory: Path) -> list[tuple[str, int | None, str | None]]:
    chunks = [chunk for lane in reader.lanes(directory) for chunk in reader.chunks(directory, lane=lane)]
    entries = [entry for chunk in chunks for entry in chunk.entries]
    return [(entry.state, entry.exit_code, entry.reason) for entry in entries if isinstance(entry, row.Ended)]


@pytest.mark.parametrize(
    ("end", "exit_code", "expected"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", 137, ("crashed", 137, "killed by SIGKILL")),
        ("os.kill(os.getpid(), signal.SIGTERM)", 143, ("crashed", 143, "killed by SIGTERM")),
        ("os._exit(4)", 4, ("failed", 4, "exit code 4")),
        ("sys.exit(3)", 3, ("failed", 3, "exit code 3")),
        ("", 0, ("finished", 0, None)),
        ("raise RuntimeError", 1, ("failed", None, "RuntimeError")),
        ("with run: sys.exit(5)", 5, ("failed", 5, "exit code 5")),
    ],
)
def test_under_run_every_end_is_told_with_its_code(
    server, trainings, end: str, exit_code: int, expected: tuple[str, int | None, str | None], tmp_path: Path
) -> None:
    """The command comes back only when the run is sent to its end: it may be all that keeps a container alive."""
    server.start()
    training = trainings(TRAINING + end, server.url, before=UNDER_RUN)
    run, directory = _started(training)
    assert training.wait(60) == exit_code
    assert server.get(f"/api/v1/runs/{run}")["state"] == expected[0]
    assert _ends(directory) == [expected]


def test_a_shell_around_the_training_tells_of_its_kill(server, trainings) -> None:
    server.start()
    shell = (*UNDER_RUN, "sh", "-c", '"$@"; exit $?', "sh")
    training = trainings(TRAINING + "os.kill(os.getpid(), signal.SIGKILL)", server.url, before=shell)
    run, directory = _started(training)
    assert training.wait(60) == 137
    assert server.get(f"/api/v1/runs/{run}")["state"] == "crashed"
    assert _ends(directory) == [("crashed", 137, "killed by SIGKILL")]


@pytest.mark.parametrize(("end", "state"), [("", "finished"), ("os.kill(os.getpid(), signal.SIGKILL)", "crashed")])
def test_a_parent_that_is_killed_leaves_what_the_sidecar_can_see(
    server, trainings, wait_until: Callable[[Callable[[], bool]], None], end: str, state: str
) -> None:
    server.start()
    script = TRAINING + "sys.stdin.readline()\n" + end
    read, write = os.pipe()
    training = trainings(script, server.url, before=UNDER_RUN, stdin=read)
    os.close(read)
    run, directory = _started(training)
    os.kill(training.pid, signal.SIGKILL)
    training.wait()
    os.close(write)
    wait_until(lambda: _listed(server, run).get("state") == state)
    assert _ends(directory) == ([("finished", None, None)] if state == "finished" else [])


def test_a_sidecar_holds_nothing_open_that_the_training_left(server, trainings) -> None:
    """A pipe that is inherited by mistake would keep its reader waiting for a day."""
    training = trainings("import os; os.dup2(1, 9, inheritable=True)" + TRAINING + "os._exit(0)", "http://127.0.0.1:9")
    _, directory = _started(training)
    assert training.stdout.read() == ""
    (sidecar,) = [
        found for found in psutil.process_iter(["cmdline"]) if str(directory) in (found.info["cmdline"] or [])
    ]
    sidecar.kill()


def test_a_copy_of_the_output_folder_made_by_the_training_is_no_end(
    server, trainings, wait_until: Callable[[Callable[[], bool]], None], tmp_path: Path
) -> None:
    server.start()
    copy = f"""
import shutil
shutil.copytree(run.directory.parent, {str(tmp_path / "copy")!r})
sys.stdin.readline()
run.log({{"a": 2.0}}, step=1)
run.finish()
"""
    read, write = os.pipe()
    training = trainings(TRAINING + copy, server.url, stdin=read)
    os.close(read)
    run, _ = _started(training)
    wait_until(lambda: _listed(server, run) and server.get(f"/api/v1/runs/{run}")["rows"] == 1)
    os.close(write)
    assert training.wait(60) == 0
    assert server.whole(run, count=2) == {0: 1.0, 1: 2.0}
