"""`init`, `log`, `finish`: what a training sees, and that nothing of ours ever reaches it as an exception."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from yoloscope import errors
from yoloscope.sdk import guard, launch_sidecar, settings
from yoloscope.sdk import run as runs
from yoloscope.spool import layout, reader


@pytest.fixture
def spool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(runs, "FINISH_DEAD_S", 0.0)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    monkeypatch.setenv("YOLOSCOPE_STRICT", "1")
    return tmp_path / "spool"


@pytest.fixture
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YOLOSCOPE_STRICT", raising=False)
    guard.forget()


def test_a_run_says_who_and_where_it_is(spool: Path) -> None:
    with runs.init(project="signs", name="first", tags=["night"], group="g", server="http://h:1/") as run:
        run.log({"a": 1.0}, step=0)
        assert run.directory is not None
        manifest = layout.load_manifest(run.directory)
    assert run.directory.parent == spool
    assert (manifest.run.project, manifest.run.name, manifest.run.tags, manifest.run.group) == (
        "signs",
        "first",
        ("night",),
        "g",
    )
    assert manifest.server == "http://h:1"
    assert reader.points(run.directory) == 1


def test_two_runs_of_one_name_write_to_two_places(spool: Path) -> None:
    with runs.init(name="same") as one, runs.init(name="same") as two:
        assert one.directory != two.directory
        assert one.id != two.id
    assert len(list(spool.iterdir())) == 2


def test_calls_after_finish_do_nothing(spool: Path) -> None:
    run = runs.init()
    run.finish()
    run.log({"a": 1.0})
    run.update("config", {"a": 1})
    run.new_attempt(start_epoch=1)
    run.finish()
    assert run.directory is not None
    assert reader.points(run.directory) == 0
    assert run.directory.parent == spool


def test_other_ranks_of_a_distributed_training_write_nothing(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    run = runs.init()
    run.log({"a": 1.0})
    run.finish()
    assert not spool.exists()


@pytest.mark.parametrize("argument", [{"project": "a/b"}, {"mode": "sometimes"}, {"server": "h:1"}, {"resume": "../x"}])
def test_a_wrong_argument_is_raised_only_under_strict(
    spool: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argument: dict[str, str]
) -> None:
    with pytest.raises((errors.ConfigError, errors.InvalidRecord)):
        runs.init(**argument)  # type: ignore[arg-type]
    monkeypatch.delenv("YOLOSCOPE_STRICT")
    guard.forget()
    run = runs.init(**argument)  # type: ignore[arg-type]
    run.log({"a": 1.0}, step=1)
    run.finish()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("yoloscope: init: ")
    assert not spool.exists()


@pytest.mark.usefixtures("lenient")
def test_a_place_that_cannot_be_written_costs_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    monkeypatch.setenv("YOLOSCOPE_DIR", str(blocker))
    for _ in range(3):
        run = runs.init()
        run.log({"a": 1.0}, step=1)
        run.finish()
    assert capsys.readouterr().err.count("\n") == 1


def test_environment_wins_over_the_file_and_arguments_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yoloscope.toml").write_text('project = "from-file"\nserver = "http://file:1"\nmode = "offline"\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    chosen = settings.resolve(
        server="http://argument:3",
        environment={"YOLOSCOPE_SERVER": "http://env:2", "YOLOSCOPE_PROJECT": "env"},
        start=inner,
    )
    assert (chosen.server, chosen.project, chosen.mode) == ("http://argument:3", "env", "offline")


SCRIPT = """
import os, sys
import yoloscope
run = yoloscope.init(project="p", mode="offline")
run.log({"a": 1.0}, step=0)
child = os.fork()
if child == 0:
    run.log({"a": 2.0}, step=1)
    run.finish()
    os._exit(0)
os.waitpid(child, 0)
run.log({"a": 3.0}, step=2)
"""


@pytest.mark.parametrize(
    ("end", "state"),
    [
        ("run.finish('stopped')", "stopped"),
        ("", "finished"),
        ("raise RuntimeError('out of memory')", "failed"),
        ("raise KeyboardInterrupt", "stopped"),
        ("sys.exit(3)", "finished"),
    ],
)
def test_every_way_to_end_is_recorded_and_a_forked_child_writes_nothing(tmp_path: Path, end: str, state: str) -> None:
    environment = {**os.environ, "YOLOSCOPE_DIR": str(tmp_path / "spool"), "YOLOSCOPE_STRICT": "1"}
    subprocess.run([sys.executable, "-c", SCRIPT + end], env=environment, capture_output=True, check=False)
    (directory,) = (tmp_path / "spool").iterdir()
    entries = [entry for chunk in reader.chunks(directory, lane=0) for entry in chunk.entries]
    ends = [entry.state for entry in entries if hasattr(entry, "state")]
    assert ends == [state]
    assert reader.points(directory) == 2


def test_init_loads_nothing_heavy(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import json, sys
        before = set(sys.modules)
        import yoloscope
        rooms = sorted(name for name in sys.modules if name.startswith("yoloscope."))
        yoloscope.init(mode="offline").finish()
        heavy = {"numpy", "torch", "urllib3", "sqlite3", "ssl", "fastapi", "starlette", "asyncio", "http.client"}
        print(json.dumps([rooms, sorted(heavy & set(sys.modules))]))
    """)
    environment = {**os.environ, "YOLOSCOPE_DIR": str(tmp_path / "spool"), "YOLOSCOPE_STRICT": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[], []]
