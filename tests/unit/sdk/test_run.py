"""`init`, `log`, `finish`: what a training sees, and that nothing of ours ever reaches it as an exception."""

import json
import math
import os
import re
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import pytest

from yoloscope import errors
from yoloscope.ingest import limits
from yoloscope.records import ids, row
from yoloscope.sdk import guard, launch_sidecar, outcome, settings
from yoloscope.sdk import run as runs
from yoloscope.spool import layout, platform, reader

START = launch_sidecar.start


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


@pytest.mark.usefixtures("spool")
def test_a_row_without_a_step_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    guard.forget()
    run = runs.init()
    run.log({"a": 1.0})
    run.log({"b": 1.0}, step=None, epoch=None)
    assert run._page is not None
    assert run._page.lost() == {}
    run.finish()
    assert "log(step)" not in capsys.readouterr().err


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
    monkeypatch.setenv("WORLD_SIZE", "2")
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


def _events(run: runs.Run) -> list[row.Entry]:
    assert run.directory is not None
    lanes = reader.lanes(run.directory)
    chunks = [chunk for lane in lanes for chunk in reader.chunks(run.directory, lane=lane)]
    return [entry for chunk in chunks for entry in chunk.entries if not isinstance(entry, row.Matrix)]


class Unprintable:
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.usefixtures("spool")
def test_a_config_of_any_kind_is_kept_leaf_by_leaf() -> None:
    config = {
        "names": {0: "person", 1: "car"},
        7: "seven",
        "none": {None: 1, (1, 2): 2},
        "path": Path("a/b"),
        "huge": 2**70,
        "nan": math.inf,
        "set": {1},
        "tuple": (1, 2.5, True, None),
        "surrogate": "a\udcff",
        "bytes": b"ab",
        "odd": Unprintable(),
    }
    config["itself"] = config
    with runs.init(config=config) as run:  # type: ignore[arg-type]
        pass
    (updated, _) = _events(run)
    assert isinstance(updated, row.Updated)
    itself = updated.values.pop("itself")
    assert updated.values == {
        "names": {"0": "person", "1": "car"},
        "7": "seven",
        "none": {"None": 1, "(1, 2)": 2},
        "path": "a/b",
        "huge": str(2**70),
        "nan": math.inf,
        "set": [1],
        "tuple": [1, 2.5, True, None],
        "surrogate": "a?",
        "bytes": "b'ab'",
        "odd": "<Unprintable>",
    }
    limits._check_section(row.Updated("config", {"itself": itself}), place="")  # the server takes it


@pytest.mark.usefixtures("spool", "lenient")
def test_odd_updates_and_ends_never_raise_and_leave_the_run_readable() -> None:
    run = runs.init()
    run.update("nonsense", {"a": 1})  # type: ignore[arg-type]
    run.update("config", None)  # type: ignore[arg-type]
    run.update("progress", {"epochs": 3})
    run.finish("done", reason=ValueError("x" * 20_000))  # type: ignore[arg-type]
    updated, ended = _events(run)
    assert updated == row.Updated("progress", {"epochs": 3})
    assert isinstance(ended, row.Ended)
    assert (ended.state, len(ended.reason or "")) == ("finished", outcome.REASON_MAX_CHARS)


@pytest.mark.usefixtures("spool")
def test_a_run_without_a_name_is_not_named_after_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/w/acme.py"])
    with runs.init() as run:
        assert re.fullmatch(r"\d{8}-run-\d{4}", run.name)


@pytest.mark.usefixtures("spool")
def test_odd_words_become_what_the_server_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/w/" + "训练\n\udcff" + "x" * 240 + ".py"])
    monkeypatch.setattr(sys, "orig_argv", ["python", "a\udcff"])
    one = runs.init(tags="night", group="g" * 300)
    two = runs.init(tags=[1, "a\n"] + ["x"] * 200)  # type: ignore[list-item]
    for run in (one, two):
        run.log({"a": 1.0})
        run.finish()
        assert run.directory is not None
        manifest = layout.load_manifest(run.directory)
        limits.check(row.Batch(manifest.run, manifest.attempts[0], manifest.writer, 0, 0, ()))
        assert manifest.run.name == ids.run_name_from_text(manifest.run.name)
        assert manifest.argv == ("python", "a?")
    assert layout.load_manifest(one.directory).run.tags == ("night",)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "start"),
    [
        ({"start_epoch": 3}, (3.0, None)),
        ({"start_step": 7.0}, (None, 7)),
        ({"start_epoch": Fraction(1, 2)}, (0.5, None)),
        ({"start_epoch": "soon", "start_step": 1}, (None, 1)),
        ({"start_epoch": math.nan, "start_step": 2**70}, (None, None)),
    ],
)
@pytest.mark.usefixtures("spool", "lenient")
def test_an_attempt_begins_whatever_its_start_is_given_as(given: dict[str, object], start: tuple[object, ...]) -> None:
    run = runs.init()
    run.new_attempt(**given)  # type: ignore[arg-type]
    run.new_attempt(start_epoch=9.0)
    run.finish()
    assert run.directory is not None
    attempts = layout.load_manifest(run.directory).attempts
    assert [(attempt.start_epoch, attempt.start_step) for attempt in attempts[1:]] == [start, (9.0, None)]


@pytest.mark.usefixtures("spool", "lenient")
def test_a_sidecar_that_cannot_start_costs_no_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object, **options: object) -> int:
        raise OSError(11, "no process left")

    monkeypatch.setattr(launch_sidecar, "start", START)
    monkeypatch.setattr(platform, "start_detached", fail)
    run = runs.init(config={"a": 1})
    run.log({"a": 1.0})
    run.finish()
    assert run.directory is not None
    assert reader.points(run.directory) == 1
    said = capsys.readouterr().err
    assert f"yoloscope sync {run.directory}" in said


def test_a_failed_init_keeps_no_file_open(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, size_bytes: int) -> None:
        del descriptor, size_bytes
        raise errors.SpoolFull("no room")

    monkeypatch.setattr(platform, "allocate", full)
    before = list(Path("/proc/self/fd").iterdir())
    for _ in range(3):
        with pytest.raises(errors.SpoolFull):
            runs.init()
    assert len(list(Path("/proc/self/fd").iterdir())) == len(before)
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("server", ["http://", "http://h:port", "http://[::1", "ftp://h"])
@pytest.mark.usefixtures("spool")
def test_a_server_address_that_leads_nowhere_is_named_at_once(server: str) -> None:
    with pytest.raises(errors.ConfigError, match="is no URL"):
        runs.init(server=server)


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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "state"),
    [
        ("run.finish('stopped')", "stopped"),
        ("", "finished"),
        ("raise RuntimeError('out of memory')", "failed"),
        ("raise KeyboardInterrupt", "stopped"),
        ("sys.exit(3)", "finished"),
        ("sys.excepthook = print; raise RuntimeError('hook replaced')", "failed"),
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


LEAVING = """
import threading, yoloscope
one, two = yoloscope.init(mode="offline"), yoloscope.init(mode="offline")
stop = threading.Event()
def log():
    while not stop.is_set():
        one.log({"a": 1.0})
thread = threading.Thread(target=log, daemon=True)
thread.start()
while one._page is None or not one._writer._pool:
    pass
one.finish()
two.log({"b": None})
"""


def test_an_interpreter_that_turns_every_warning_into_an_error_leaves_in_silence(tmp_path: Path) -> None:
    """With a thread that still logs, and a run that nobody finished."""
    environment = {**os.environ, "YOLOSCOPE_DIR": str(tmp_path / "spool")}
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", LEAVING]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    said = "yoloscope: log('b'): 'b' is a NoneType, not a number; it is left out\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, "", said)


def test_init_loads_nothing_heavy(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import json, sys
        before = set(sys.modules)
        import yoloscope
        rooms = sorted(name for name in sys.modules if name.startswith("yoloscope."))
        yoloscope.init(mode="offline").finish()
        heavy = {"numpy", "torch", "urllib3", "sqlite3", "ssl", "fastapi", "starlette", "asyncio", "http.client"}
        heavy.add("yoloscope.records.reduction")  # 10 ms, for items that hold texts
        print(json.dumps([rooms, sorted(heavy & set(sys.modules))]))
    """)
    environment = {**os.environ, "YOLOSCOPE_DIR": str(tmp_path / "spool"), "YOLOSCOPE_STRICT": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[], []]
