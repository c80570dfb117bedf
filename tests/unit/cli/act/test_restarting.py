"""Starting a training again: from its own machine's record, once, and only where it can work."""

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from yoloscope.boot import hook
from yoloscope.cli import main
from yoloscope.cli.act import restarting
from yoloscope.records import ids
from yoloscope.spool import launched, platform

RUN = ids.RunId("a1")
PICKLED = {
    "resumable": b"\x80\x02}q\x00X\x05\x00\x00\x00epochq\x01K\x03s.",
    "over": b"\x80\x02}q\x00X\x05\x00\x00\x00epochq\x01J\xff\xff\xff\xffs.",
}


@pytest.fixture
def record(tmp_path: Path) -> launched.Launch:
    return launched.Launch(
        run=RUN,
        project=ids.ProjectName("signs"),
        name="night",
        host=platform.host_name(),
        argv=(launched.encoded(sys.executable), "train.py", launched.encoded("数据 1")),
        cwd=launched.encoded(tmp_path),
        environment={"OMP_NUM_THREADS": "2", "YOLOSCOPE_SERVER": "http://old:1"},
    )


@pytest.fixture
def last(tmp_path: Path) -> Callable[..., Path]:
    def write(kind: str, name: str = "last.pt") -> Path:
        file = tmp_path / name
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("last/data.pkl", PICKLED[kind])
        return file

    return write


def yolo(record: launched.Launch, checkpoint: Path | str, **changes: object) -> launched.Launch:
    return msgspec.structs.replace(record, framework="ultralytics", checkpoint=launched.encoded(checkpoint), **changes)


def test_an_ultralytics_training_goes_on_from_its_checkpoint(record, last, tmp_path: Path) -> None:
    plan = restarting.plan(yolo(record, last("resumable")), environment={"YOLOSCOPE_SERVER": "http://new:1"})
    assert plan.command == [sys.executable, "train.py", "数据 1"]
    assert (plan.folder, plan.word) == (tmp_path, "")
    assert plan.environment == {
        "OMP_NUM_THREADS": "2",
        "YOLOSCOPE_SERVER": "http://new:1",
        hook.RESUME: RUN,
        hook.RESUME_FROM: str(tmp_path / "last.pt"),
    }


def test_of_a_script_with_several_trainings_the_one_alone_goes_on(record, last, tmp_path: Path) -> None:
    plan = restarting.plan(yolo(record, last("resumable"), number=2), environment={})
    assert (plan.command[0], plan.command[-1]) == (sys.executable, str(tmp_path / "last.pt"))
    assert hook.RESUME not in plan.environment
    assert "training 3 of its script" in plan.word


def test_another_script_is_told_which_run_it_goes_on_with(record) -> None:
    plan = restarting.plan(record, environment={})
    assert plan.environment[hook.RESUME] == RUN
    assert "YOLOSCOPE_RESUME=a1" in plan.word


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"restarts": False}, "by a scheduler"),
        ({"cwd": "/no/such/folder"}, "is gone"),
        ({"framework": "ultralytics"}, "no checkpoint"),
        ({"framework": "ultralytics", "checkpoint": "/no/such/last.pt"}, "no checkpoint"),
    ],
)
def test_what_cannot_go_on_says_why(record, changes: dict[str, object], said: str) -> None:
    with pytest.raises(restarting.CannotRestart, match=said):
        restarting.plan(msgspec.structs.replace(record, **changes), environment={})


def test_a_stripped_and_a_damaged_checkpoint_are_told(record, last, tmp_path: Path) -> None:
    with pytest.raises(restarting.CannotRestart, match="no optimizer any more"):
        restarting.plan(yolo(record, last("over")), environment={})
    (tmp_path / "last.pt").write_bytes(b"PK\x03\x04 half")
    with pytest.raises(restarting.CannotRestart, match="cannot be used"):
        restarting.plan(yolo(record, tmp_path / "last.pt"), environment={})


@pytest.mark.parametrize("is_there", [True, False])
def test_where_the_last_checkpoint_is_lost_the_newest_good_one_beside_it_is_taken(
    record, last, tmp_path: Path, is_there: bool
) -> None:
    if is_there:
        (tmp_path / "last.pt").write_bytes(b"PK\x03\x04 half")
    kinds = {"yolo11n.pt": "resumable", "best.pt": "resumable", "epoch2.pt": "resumable", "epoch9.pt": "over"}
    for at, (name, kind) in enumerate(kinds.items()):
        os.utime(last(kind, name), (1_000_000 + at, 1_000_000 + at))
    (tmp_path / "yoloscope-7.pt").write_bytes(b"half as well")
    os.utime(tmp_path / "yolo11n.pt", (2_000_000, 2_000_000))
    plan = restarting.plan(yolo(record, tmp_path / "last.pt"), environment={})
    assert plan.environment[hook.RESUME_FROM] == str(tmp_path / "epoch2.pt")
    assert "last.pt is missing or damaged: it goes on from epoch2.pt of 1970-01-12" in plan.word
    alone = restarting.plan(yolo(record, tmp_path / "last.pt", number=1), environment={})
    assert alone.command[-1] == str(tmp_path / "epoch2.pt")
    assert [line.split()[0] for line in alone.word.splitlines()] == [str(tmp_path / "last.pt"), "It"]


SCRIPT = """
import os, pathlib, time, yoloscope
pathlib.Path("seen.txt").write_text(os.environ["YOLOSCOPE_RESUME"] + os.environ["OMP_NUM_THREADS"])
run = yoloscope.init(project="signs", mode="offline")
run.log({"a": 1.0}, step=0)
while not pathlib.Path("go").exists():
    time.sleep(0.05)
run.finish()
"""


@pytest.mark.slow
def test_without_a_server_a_killed_script_is_started_again_once(
    record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It needs no server: what this machine knows is enough, and rows wait in the spool."""
    directory = tmp_path / ".yoloscope" / ("f" * 32)
    directory.mkdir(parents=True)
    (tmp_path / "train.py").write_text(SCRIPT)
    launched.save(directory, msgspec.structs.replace(record, environment={"OMP_NUM_THREADS": "1"}))
    launched.point(RUN, launched.Place(directory=launched.encoded(directory)))
    monkeypatch.chdir(tmp_path)
    nowhere = ("--server", "http://127.0.0.1:9")
    try:
        begun = CliRunner().invoke(main.cli, ["resume", "night", *nowhere])
        assert begun.exit_code == 0, begun.output
        assert begun.stdout.startswith("✓ night goes on as a new attempt")
        assert (tmp_path / "seen.txt").read_text() == "a11"
        place = launched.place(RUN)
        assert place is not None
        assert place.path != directory
        again = launched.load(place.path)
        assert again is not None
        assert (again.run, again.name, again.words[1:]) == (RUN, "night", ["train.py", "数据 1"])
        second = CliRunner().invoke(main.cli, ["resume", "a1", *nowhere])
        assert (second.exit_code, "still alive here" in second.output) == (1, True)
    finally:
        (tmp_path / "go").touch()
    for pid in list(platform._started):
        os.waitpid(pid, 0)


@pytest.mark.slow
def test_a_script_that_ends_at_once_is_told(record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / ".yoloscope" / ("f" * 32)
    directory.mkdir(parents=True)
    (tmp_path / "train.py").write_text("raise SystemExit(3)")
    launched.save(directory, record)
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(main.cli, ["resume", "a1", "--from", str(tmp_path), "--server", "http://127.0.0.1:9"])
    assert (said.exit_code, "ended before it trained" in said.output) == (1, True), said.output


SLOW_SCRIPT = """
import os, pathlib, time, yoloscope
with open("started.txt", "a") as file:
    file.write(f"{os.getppid()}\\n")
while not pathlib.Path("ready").exists():
    time.sleep(0.02)
yoloscope.init(project="signs", mode="offline").finish()
"""
"""It prepares until it is told to go on, as a training does that reads a large data set."""


@pytest.fixture
def killed(record, tmp_path: Path) -> Path:
    """Leave what a training leaves that was killed; return its writer's directory."""
    directory = tmp_path / ".yoloscope" / ("f" * 32)
    directory.mkdir(parents=True)
    (tmp_path / "train.py").write_text(SLOW_SCRIPT)
    launched.save(directory, record)
    launched.point(RUN, launched.Place(directory=launched.encoded(directory)))
    return directory


def started(folder: Path) -> list[int]:
    """Return the process of `yoloscope run` of each time that the script was started."""
    file = folder / "started.txt"
    return [int(line) for line in file.read_text().split()] if file.is_file() else []


@pytest.mark.slow
@pytest.mark.parametrize("second", [["--foreground"], ["--no-wait"]])
def test_what_is_started_in_a_terminal_is_started_by_nobody_else(
    killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = [sys.executable, "-m", "yoloscope", "resume", "night", "--server", "http://127.0.0.1:9"]
    with subprocess.Popen([*command, "--foreground"]) as first:
        try:
            while not started(tmp_path):
                assert first.poll() is None
                time.sleep(0.02)
            place = launched.place(RUN)
            assert place is not None
            assert (place.path, place.starting_pid, place.is_starting(time.time())) == (killed, first.pid, True)
            again = subprocess.run([*command, *second], capture_output=True, text=True, check=False, timeout=60)
            assert (again.returncode, "is being started again already" in again.stderr) == (1, True), again.stderr
            assert f"as process {first.pid}" in again.stderr
        finally:
            (tmp_path / "ready").touch()
        assert first.wait(60) == 0
    assert started(tmp_path) == [first.pid]
    place = launched.place(RUN)
    assert place is not None
    assert (place.path != killed, place.starting_pid) == (True, 0)


def test_a_terminal_starts_nothing_that_somebody_is_about_to_start(
    killed: Path, record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("it was started"))
    plan = restarting.plan(record, environment={})
    lock = platform.FileLock(killed / "resume.lock")
    assert lock.acquire()
    with pytest.raises(restarting.CannotRestart, match="is being started again already"):
        restarting.replace(plan, record, killed)
    lock.release()
    launched.starting(RUN, killed, pid=os.getppid())
    with pytest.raises(restarting.CannotRestart, match=f"as process {os.getppid()}"):
        restarting.replace(plan, record, killed)
    assert started(tmp_path) == []


def test_a_terminal_that_cannot_become_the_training_leaves_no_word_of_a_start(
    killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    said = CliRunner().invoke(main.cli, ["resume", "night", "--foreground", "--server", "http://127.0.0.1:9"])
    assert (said.exit_code, "could not be started: No such file" in said.output) == (1, True), said.output
    assert launched.place(RUN) == launched.Place(directory=launched.encoded(killed))
    assert not platform.is_locked(killed / "resume.lock")
