"""What a training notes of its own start."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from yoloscope.boot import hook
from yoloscope.records import ids, row
from yoloscope.sdk import launch_record
from yoloscope.sdk import run as runs
from yoloscope.spool import launched


def test_variables_that_a_second_start_needs_are_kept_and_no_secret() -> None:
    kept = {"CUDA_VISIBLE_DEVICES": "1", "OMP_NUM_THREADS": "2", "PATH": "/bin", "YOLOSCOPE_PROJECT": "signs"}
    left = {
        "YOLOSCOPE_TOKEN": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "YOLO_API_KEY": "x",
        "HOME": "/root",
        "YOLOSCOPE_SERVER": "http://token@board:1",
        hook.HANDSHAKE: "/tmp/a",
        hook.RESUME: "r",
        hook.RESUME_FROM: "/c",
    }
    path = {"PYTHONPATH": os.pathsep.join((hook.PATH_DIR, "/mine"))}
    assert launch_record.chosen({**kept, **left, **path}) == {**kept, "PYTHONPATH": "/mine"}
    assert launch_record.chosen({"YOLOSCOPE_SERVER": "http://board:1"}) == {"YOLOSCOPE_SERVER": "http://board:1"}


def test_a_run_leaves_its_record_where_it_is_found(begin: Callable[..., runs.Run]) -> None:
    run = begin()
    assert run.directory is not None
    record = launched.load(run.directory)
    place = launched.place(ids.RunId(run.id))
    assert record is not None
    assert place is not None
    assert (record.run, record.project, record.name, place.path) == (run.id, run.project, run.name, run.directory)
    assert record.words == [sys.executable, *sys.orig_argv[1:]]
    assert record.folder == Path.cwd()
    launch_record.tell_checkpoint(run.directory, Path("last.pt"))
    told = launched.load(run.directory)
    assert told is not None
    assert told.checkpoint_path == Path.cwd() / "last.pt"


def test_a_process_started_again_goes_on_with_its_run_once(
    begin: Callable[..., runs.Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = begin()
    monkeypatch.setenv(hook.RESUME, first.id)
    again, other = begin(), begin()
    assert (again.id, again.name, again.project) == (first.id, first.name, first.project)
    assert other.id != first.id


@pytest.mark.parametrize("wanted", ["", "unknown", "../x"])
def test_a_run_that_is_not_known_here_is_not_gone_on_with(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = row.RunRef(id=ids.RunId("own"), project=ids.ProjectName("p"), name="n", created_ns=0)
    monkeypatch.setenv(hook.RESUME, wanted)
    assert launch_record.continued(ref) == ref


_RANK = """
import os, sys
sys.argv[0] = sys.argv[1]
from yoloscope.sdk import launch_record
print(*launch_record._started().argv[1:], launch_record._started().whole, sep="|")
"""


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the kernel does not tell")
@pytest.mark.parametrize(
    ("script", "launchers", "told"),
    [
        ("train.py", ["torchrun"], ["torchrun", "True"]),
        ("/x/DDP/_temp_ab.py", ["torchrun", "mine.py"], ["mine.py", "True"]),
        ("train.py", ["srun.py"], ["False"]),
    ],
)
def test_of_a_distributed_training_the_whole_is_started_again(
    script: str, launchers: list[str], told: list[str], tmp_path: Path
) -> None:
    """Each process of the chain starts the next one and waits; the innermost is rank 0."""
    command = [sys.executable, "-c", _RANK, script]
    for name in launchers:
        outer = tmp_path / name
        outer.write_text(f"import subprocess\nsubprocess.run({command!r}, check=True)\n")
        command = [sys.executable, str(outer)]
    environment = {**os.environ, "RANK": "0", "WORLD_SIZE": "2"}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    words = said.split("|")
    assert [Path(words[0]).name if words[0].startswith("/") else words[0], words[-1]][-len(told) :] == told


def test_the_record_holds_what_is_needed_and_nothing_else(begin: Callable[..., runs.Run]) -> None:
    run = begin()
    assert run.directory is not None
    held = msgspec.json.decode((run.directory / "launch.json").read_bytes(), type=dict[str, object])
    assert set(held) == {
        *("argv", "checkpoint", "cwd", "environment", "framework", "host", "name", "number", "project", "restarts"),
        *("run", "version"),
    }
